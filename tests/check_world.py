"""What the tests of ``check`` share: bundles and plugins around the tiny server, and how they are started."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from plugintool.author.check_request import CheckRequest
from plugintool.probe.interview import Patience
from plugintool.probe.launch import Launch, private_place

SERVER = Path(__file__).with_name("tiny_server.py")
PYTHON = [sys.executable, "-S", "-E"]
"""Without site packages: a start costs half."""
PATH = {"PATH": os.environ.get("PATH", os.defpath)}
QUICK = Patience(answer=20, exit=10)
"""For servers that answer and end: they do not use it up."""
STUBBORN = Patience(answer=20, exit=0.4)
"""For servers that answer and stay."""
SHORT = Patience(answer=0.4, exit=0.4)
"""For servers that never answer."""
TOOLS = [{"name": "count", "description": "Counts."}]


@contextmanager
def launched(do: dict[str, Any] | None = None, *, env: dict[str, str] | None = None) -> Iterator[Launch]:
    """Give the launch of a tiny server that does as ``do`` says."""
    with private_place(PATH) as place:
        yield place.launch((*PYTHON, str(SERVER), json.dumps(do or {})), env or {})


def request(**options: Any) -> CheckRequest:
    """Return a request with the caller's PATH and little patience."""
    return CheckRequest(**{"given": PATH, "patience": QUICK, **options})


def write(path: Path, text: str) -> None:
    """Write a file, and the directories above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def write_bundle(root: Path, do: dict[str, Any] | None = None, **members: Any) -> Path:
    """Write the source of a bundle around a tiny server; ``members`` go into its manifest."""
    root.mkdir(parents=True)
    shutil.copy(SERVER, root / "server.py")
    config = {"command": sys.executable, "args": [*PYTHON[1:], "${__dirname}/server.py", json.dumps(do or {})]}
    manifest = {
        "manifest_version": "0.3",
        "name": "tiny",
        "version": "1.0.0",
        "description": "A tiny server.",
        "author": {"name": "The authors"},
        "server": {"type": "python", "entry_point": "server.py", "mcp_config": config},
        "tools": TOOLS,
    }
    write(root / "manifest.json", json.dumps({**manifest, **members}, indent=2))
    return root


def write_plugin(root: Path, servers: dict[str, Any] | None = None, **files: str) -> Path:
    """Write a plugin with servers in ``.mcp.json``; ``files`` are further files, ``__`` standing for a slash."""
    write(root / ".claude-plugin/plugin.json", json.dumps({"name": root.name, "version": "1.0.0"}))
    if servers is not None:
        write(root / ".mcp.json", json.dumps({"mcpServers": servers}, indent=2))
        shutil.copy(SERVER, root / "server.py")
    for name, text in files.items():
        write(root / name.replace("__", "/"), text)
    return root


def tiny(do: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return the entry of a tiny server for ``.mcp.json``."""
    args = [*PYTHON[1:], "${CLAUDE_PLUGIN_ROOT}/server.py", json.dumps(do or {})]
    return {"command": sys.executable, "args": args, **members}


def write_hooks(root: Path, *hooks: tuple[str, str, dict[str, Any]]) -> Path:
    """Write a plugin with hooks: event, matcher and handler of each."""
    events: dict[str, list[Any]] = {}
    for event, matcher, handler in hooks:
        group = {"matcher": matcher, "hooks": [{"type": "command", **handler}]}
        events.setdefault(event, []).append(group)
    write_plugin(root)
    write(root / "hooks/hooks.json", json.dumps({"hooks": events}, indent=2))
    return root


def python(code: str) -> dict[str, Any]:
    """Return a handler in exec form that runs Python code."""
    return {"command": sys.executable, "args": ["-S", "-E", "-c", code]}
