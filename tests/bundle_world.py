"""A bundle manifest that every client takes, for tests that need one and look at something else."""

from __future__ import annotations

from typing import Any


def bundle_manifest(entry_point: str = "x.js", **members: Any) -> dict[str, Any]:
    """Return the manifest of a bundle whose server Node.js runs.

    Args:
        entry_point: the file that it runs.
        members: take the place of members, or come besides.
    """
    return {
        "manifest_version": "0.3",
        "name": "clock",
        "version": "1.0.0",
        "description": "tells the time",
        "author": {"name": "Acme"},
        "server": {
            "type": "node",
            "entry_point": entry_point,
            "mcp_config": {"command": "node", "args": [f"${{__dirname}}/{entry_point}"]},
        },
        **members,
    }
