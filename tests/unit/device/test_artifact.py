"""From a path to artifacts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plugintool.device.artifact import find_artifacts, open_artifact
from plugintool.errors import MissingPathError, UncheckableError
from tests import vector_forge as forge
from tests.signing_world import write_tree


def refuse(path: Path) -> UncheckableError:
    with pytest.raises(UncheckableError) as caught, open_artifact(path):
        pass
    assert caught.value.step == 1
    assert caught.value.detail["path"]
    return caught.value


def test_directory_is_opened_as_a_built_tree(tmp_path: Path) -> None:
    """With its name."""
    root = write_tree(tmp_path / "acme-tools", forge.signed())
    with open_artifact(root) as tree:
        assert tree.name == "acme-tools"
        assert {str(file.path) for file in tree.files()} == set(forge.signed())


def test_file_is_opened_as_an_archive(tmp_path: Path) -> None:
    """Whatever it is called; it has no name of its own."""
    path = tmp_path / "anything.bin"
    path.write_bytes(forge.archive(forge.signed()))
    with open_artifact(path) as tree:
        assert not tree.name
        assert {str(file.path) for file in tree.files()} == set(forge.signed())


def test_link_to_a_directory_is_followed(tmp_path: Path) -> None:
    """An installed plugin is a link into the store, and is called as the link."""
    write_tree(tmp_path / "store" / "0123", forge.signed())
    (tmp_path / "acme-tools").symlink_to(tmp_path / "store" / "0123")
    with open_artifact(tmp_path / "acme-tools") as tree:
        assert tree.name == "acme-tools"


@pytest.mark.parametrize("path", ["missing", "a/b/c", "nul\0byte", "x" * 5000])
def test_missing_path_stays_missing(tmp_path: Path, path: str) -> None:
    """Exit code 1: there is nothing to verify."""
    with pytest.raises(MissingPathError), open_artifact(tmp_path / path):
        pass


def test_file_that_is_no_archive_fails_step_1(tmp_path: Path) -> None:
    """With a hint at what would do."""
    path = tmp_path / "x.zip"
    path.write_bytes(b"hello")
    assert refuse(path).detail["hint"]


def test_link_inside_a_tree_fails_step_1(tmp_path: Path) -> None:
    """A built tree holds regular files only."""
    root = write_tree(tmp_path / "acme-tools", forge.signed())
    (root / "link").symlink_to("bin/run.sh")
    assert "symbolic link" in refuse(root).message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_fifo_in_a_tree_fails_step_1(tmp_path: Path) -> None:
    """And does not hang."""
    root = write_tree(tmp_path / "acme-tools", forge.signed())
    os.mkfifo(root / "pipe")
    assert "FIFO" in refuse(root).message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_fifo_as_artifact_is_refused(tmp_path: Path) -> None:
    """And does not hang."""
    os.mkfifo(tmp_path / "pipe")
    refuse(tmp_path / "pipe")


@pytest.mark.parametrize("inside", [".git", "skills/.git"])
def test_git_directory_in_a_tree_fails_step_1(tmp_path: Path, inside: str) -> None:
    """It is in no record, and files in it would go unseen."""
    root = write_tree(tmp_path / "acme-tools", {**forge.signed(), f"{inside}/config": b"x"})
    assert ".git" in refuse(root).message


def test_unsafe_name_in_a_tree_fails_step_1(tmp_path: Path) -> None:
    """Some system would read it differently."""
    refuse(write_tree(tmp_path / "acme-tools", {**forge.signed(), "aux.txt": b"x"}))


def test_plugin_directory_is_itself(tmp_path: Path) -> None:
    """Also when there are archives in it."""
    root = write_tree(tmp_path / "acme-tools", {**forge.signed(), "x.zip": b""})
    assert find_artifacts(root) == [root]


def test_directory_of_plugins_means_all_of_them(tmp_path: Path) -> None:
    """Plugin directories and archives in order of name; other things are no artifacts."""
    for name in ("beta", "alpha"):
        write_tree(tmp_path / name, forge.signed())
    (tmp_path / "gamma.zip").write_bytes(b"")
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("x")
    assert [path.name for path in find_artifacts(tmp_path)] == ["alpha", "beta", "gamma.zip"]


def test_directory_without_any_is_returned_as_it_is(tmp_path: Path) -> None:
    """So that opening it says what is wrong."""
    assert find_artifacts(tmp_path) == [tmp_path]
    assert find_artifacts(tmp_path / "missing") == [tmp_path / "missing"]
