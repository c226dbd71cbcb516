"""``pack`` on a disk without room: the error is ours, whenever the system says no, and nothing is left."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.pack import pack_trees
from plugintool.build import archive
from plugintool.errors import BuildError, MalformedFileError, OutputError
from plugintool.tree import zip_writer
from tests.signing_world import build_tree

NAME = "acme-tools"


@contextlib.contextmanager
def _no_room() -> Iterator[io.BytesIO]:
    """A file whose last buffer cannot be written when it is closed."""
    yield io.BytesIO()
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_room_when_the_file_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The buffer is written by ``close``, after everything seemed well."""
    tree = build_tree(tmp_path)
    handles: list[int] = []

    original = os.fdopen

    def fdopen(handle: int, mode: str, *args: Any, **options: Any) -> Any:
        if mode != "w+b":
            return original(handle, mode, *args, **options)
        handles.append(handle)
        return _no_room()

    monkeypatch.setattr(os, "fdopen", fdopen)
    monkeypatch.setattr(archive, "_check_reads_back", lambda *_: None)
    with pytest.raises(OutputError, match="no space left") as caught:
        archive.pack_tree(tree, out=tmp_path / "out")
    os.close(handles[0])
    assert "acme-tools" in caught.value.detail["path"]
    assert os.listdir(tmp_path / "out") == []


def test_one_tree_without_room_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its own outcome."""
    trees = [build_tree(tmp_path / "one"), build_tree(tmp_path / "two", name="acme-review")]
    write = zip_writer.write_zip

    def write_first_only(tree: Any, target: Any, **options: Any) -> Any:
        if tree.name == NAME:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(tree, target, **options)

    monkeypatch.setattr(archive, "write_zip", write_first_only)
    first, second = pack_trees(trees, out=tmp_path / "out").outcomes
    assert isinstance(first.error, OutputError)
    assert second.value is not None
    assert os.listdir(tmp_path / "out") == ["acme-review-1.2.0.zip"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ('{\n"name": "acme-tools",', 2), ("{" * 70, 1), ('{"name":\n NaN}', 2)],
)
def test_a_manifest_that_is_no_json_is_called_that(tmp_path: Path, text: str, line: int) -> None:
    """And not a manifest with another name."""
    tree = build_tree(tmp_path)
    (tree / ".claude-plugin/plugin.json").write_text(text)
    with pytest.raises(MalformedFileError) as caught:
        archive.pack_tree(tree, out=tmp_path / "out")
    assert (caught.value.detail["path"], caught.value.detail["line"]) == (".claude-plugin/plugin.json", line)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ['"acme-tools"', "[]", '{"name": "other"}', '{"name": 3}', "{}"])
def test_a_manifest_without_the_name_of_the_directory(tmp_path: Path, text: str) -> None:
    tree = build_tree(tmp_path)
    (tree / ".claude-plugin/plugin.json").write_text(text)
    with pytest.raises(BuildError, match="is not that of the directory") as caught:
        archive.pack_tree(tree, out=tmp_path / "out")
    assert caught.value.detail["expected"] == NAME
