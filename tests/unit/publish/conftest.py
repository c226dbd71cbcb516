"""Archives to publish."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.build.archive import archive_name
from plugintool.publish.marketplace import Storefront
from plugintool.publish.offer import Offer, read_offer
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import write_zip

MakeArchive = Callable[..., Path]


def write_archive(path: Path, files: dict[str, bytes]) -> Path:
    """Write an archive in canonical form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w+b") as target:
        write_zip(MemoryTree("x", files), target)
    return path


@pytest.fixture
def make_archive(tmp_path: Path) -> MakeArchive:
    """Write the archive of a plugin, its manifest changed by ``fields``; None takes a field away."""

    def make(name: str = "demo", *, at: str = "", files: dict[str, bytes] | None = None, **fields: Any) -> Path:
        manifest = {"name": name, "version": "1.0.0", "description": "A demo.", "author": {"name": "A"}, **fields}
        kept = {key: value for key, value in manifest.items() if value is not None}
        content = {
            ".claude-plugin/plugin.json": json.dumps(kept).encode(),
            "skills/greet/SKILL.md": b"---\nname: greet\ndescription: Greets.\n---\nSay hello.\n",
            "version.json": b'{"version": "1.0.0+000000000000"}\n',
            **(files or {}),
        }
        return write_archive(tmp_path / "archives" / (at or f"{name}.zip"), content)

    return make


@pytest.fixture
def offer_of() -> Callable[[Path], Offer]:
    """Read an archive under the name that ``pack`` gives it."""
    return lambda path: read_offer(path, file_name=archive_name)


@pytest.fixture
def front() -> Storefront:
    """Words without any finding."""
    return Storefront(name="acme-market", owner="Acme Corp", base_url="https://plugins.acme.example/r1/")
