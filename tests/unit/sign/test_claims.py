"""What a built tree says about itself must fit together before it is signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugintool.errors import SigningError
from plugintool.sign.claims import Claims, read_claims
from plugintool.tree import version_file
from plugintool.tree.directory import open_built
from tests import vector_forge as forge
from tests.signing_world import build_tree


def read(tree: Path) -> Claims:
    return read_claims(open_built(tree))


def refuse(tree: Path, match: str) -> SigningError:
    with pytest.raises(SigningError, match=match) as caught:
        read(tree)
    return caught.value


def set_version(tree: Path, text: str) -> Path:
    (tree / "version.json").write_text(json.dumps({"version": text}))
    return tree


def test_claims_of_a_clean_tree(tmp_path: Path) -> None:
    """All four."""
    claims = read(build_tree(tmp_path))
    assert (claims.name, claims.version) == (forge.NAME, "1.2.0")
    assert claims.sync_version == version_file.sync_version("1.2.0", claims.record.digest)


def test_plugin_without_version(tmp_path: Path) -> None:
    """The sync version then begins with 0."""
    claims = read(build_tree(tmp_path, version=None))
    assert not claims.version
    assert claims.sync_version.startswith("0+")


def test_executables_follow_the_project_file(tmp_path: Path) -> None:
    """It is part of the tree, so that anybody gets the same record."""
    tree = build_tree(tmp_path, more={"tool.py": b"x = 1\n", "plugintool.toml": b'[build]\nexecutables = ["*.py"]\n'})
    record = read(set_version(tree, "chosen-by-hand")).record
    assert {str(entry.path): entry.executable for entry in record.entries}["tool.py"] is True


@pytest.mark.parametrize("path", [".claude-plugin/plugin.json", "version.json"])
def test_missing_file_means_no_built_tree(tmp_path: Path, path: str) -> None:
    """The hint names the command that makes one."""
    tree = build_tree(tmp_path)
    (tree / path).unlink()
    error = refuse(tree, "not a built tree")
    assert error.detail["path"] == path
    assert "plugintool build" in error.detail["hint"]


def test_name_must_be_that_of_the_directory(tmp_path: Path) -> None:
    """The app knows the plugin by its directory."""
    tree = build_tree(tmp_path)
    other = tree.rename(tmp_path / "other")
    error = refuse(other, "not that of the directory")
    assert (error.detail["expected"], error.detail["found"]) == ("other", forge.NAME)


@pytest.mark.parametrize("manifest", ["", "[]", "{", '"x"', "null"])
def test_manifest_that_is_no_object(tmp_path: Path, manifest: str) -> None:
    """Whatever the bytes."""
    tree = build_tree(tmp_path)
    (tree / ".claude-plugin/plugin.json").write_text(manifest)
    refuse(tree, "no JSON object")


@pytest.mark.parametrize("version", [1, None, [], {}])
def test_version_that_is_no_text(tmp_path: Path, version: object) -> None:
    """A statement holds a text."""
    tree = build_tree(tmp_path)
    (tree / ".claude-plugin/plugin.json").write_text(json.dumps({"name": forge.NAME, "version": version}))
    refuse(tree, "no text")


@pytest.mark.parametrize("suffix", [".1", ".17", ".4294967295"])
def test_settle_suffix_is_refused(tmp_path: Path, suffix: str) -> None:
    """That is an installed plugin, not what build wrote."""
    tree = build_tree(tmp_path)
    refuse(set_version(tree, read(tree).sync_version + suffix), "suffix of an installed plugin")


def test_changed_tree_is_refused(tmp_path: Path) -> None:
    """version.json names the files that were built."""
    tree = build_tree(tmp_path)
    (tree / "bin/run.sh").write_text("#!/bin/sh\necho other\n")
    error = refuse(tree, "changed after it was built")
    assert error.detail["expected"] != error.detail["found"]


def test_changed_and_settled_tree_is_refused(tmp_path: Path) -> None:
    """Likewise."""
    tree = build_tree(tmp_path)
    set_version(tree, read(tree).sync_version + ".3")
    (tree / "bin/run.sh").write_text("#!/bin/sh\necho other\n")
    refuse(tree, "changed after it was built")


@pytest.mark.parametrize("text", ["2026.11.24", "release-7", "1"])
def test_sync_version_chosen_by_hand_is_kept(tmp_path: Path, text: str) -> None:
    """``build --sync-version`` writes such."""
    assert read(set_version(build_tree(tmp_path), text)).sync_version == text


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"version": 1}', b'{"version": "a b"}', b'{"version": ""}', b'{"version": "1", "x": 1}']
)
def test_version_file_of_another_form_is_refused(tmp_path: Path, data: bytes) -> None:
    """It is derived, so there is no reason for another form."""
    tree = build_tree(tmp_path)
    (tree / "version.json").write_bytes(data)
    refuse(tree, "not what build writes")
