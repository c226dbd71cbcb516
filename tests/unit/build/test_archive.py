"""``pack`` makes a canonical archive from a built tree and reads it again."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.build import archive
from plugintool.build.archive import Packed, archive_name, pack_tree
from plugintool.build.plan import plan_build
from plugintool.build.write import write_tree
from plugintool.digest import sha256
from plugintool.envelope.signature_file import SignatureFile, render_signature_file
from plugintool.envelope.statement import make_statement
from plugintool.errors import BuildError, InputError, LimitExceededError, OutputError, UnsafePathError
from plugintool.formats.project import load_project
from plugintool.plugin.load import load_plugin
from plugintool.tree.copy import record_of
from plugintool.tree.directory import open_built, survey
from plugintool.tree.zip_writer import write_zip


@pytest.fixture
def built(make_plugin: Any, tmp_path: Path) -> Path:
    found = survey(make_plugin({"bin/run": "#!/bin/sh\n", "docs/a.md": "a" * 500}))
    project = load_project(found)
    return write_tree(found, plan_build(load_plugin(found), project), project, out=tmp_path / "out").root


def sign(root: Path, *, name: str = "plugin.sigstore.json") -> None:
    """Put a signature file there; nobody checks the signature itself here."""
    record = record_of(open_built(root))
    statement = make_statement(name="demo", version="1.0.0", sequence=1, sync_version="1", record=record)
    file = SignatureFile(
        payload=statement.payload, payload_type="application/vnd.in-toto+json", signature=b"x" * 64, key_id=sha256(b"k")
    )
    (root / ".claude-plugin" / name).write_bytes(render_signature_file(file))


def pack(root: Path, out: Path, *, store: bool = False) -> Packed:
    return pack_tree(root, out=out, store=store)


def test_the_archive_holds_every_file(built: Path, tmp_path: Path) -> None:
    packed = pack(built, tmp_path / "dist")
    names = zipfile.ZipFile(packed.path).namelist()
    assert names == [".claude-plugin/plugin.json", "bin/run", "docs/a.md", "skills/greet/SKILL.md", "version.json"]
    assert packed.path == tmp_path / "dist/demo-1.0.0.zip"
    assert packed.path.stat().st_mode & 0o777 == 0o644
    assert (packed.sha256, packed.size) == (sha256(packed.path.read_bytes()), packed.path.stat().st_size)
    assert packed.record == record_of(open_built(built))
    assert os.listdir(tmp_path / "dist") == ["demo-1.0.0.zip"]


def test_signature_files_are_packed_and_counted(built: Path, tmp_path: Path) -> None:
    unsigned = pack(built, tmp_path / "dist")
    sign(built)
    sign(built, name="plugin.01234567.sigstore.json")
    packed = pack(built, tmp_path / "dist")
    assert (unsigned.signatures, packed.signatures) == (0, 2)
    assert unsigned.record == packed.record
    assert ".claude-plugin/plugin.sigstore.json" in zipfile.ZipFile(packed.path).namelist()


def test_a_tree_that_was_changed_after_signing_is_not_packed(built: Path, tmp_path: Path) -> None:
    sign(built)
    (built / "docs/a.md").write_text("changed")
    with pytest.raises(BuildError, match="changed after it was signed"):
        pack(built, tmp_path / "dist")
    assert os.listdir(tmp_path / "dist") == []


def test_packing_again_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    one, other = pack(built, tmp_path / "1"), pack(built, tmp_path / "2")
    assert one.sha256 == other.sha256
    assert pack(built, tmp_path / "1").sha256 == one.sha256


def test_store_compresses_nothing(built: Path, tmp_path: Path) -> None:
    packed = pack(built, tmp_path / "dist", store=True)
    assert {info.compress_type for info in zipfile.ZipFile(packed.path).infolist()} == {zipfile.ZIP_STORED}


def test_executables_follow_the_project_file_in_the_tree(make_plugin: Any, tmp_path: Path) -> None:
    found = survey(make_plugin({"plugintool.toml": '[build]\nexecutables = ["tool"]\n', "tool": "x"}))
    project = load_project(found)
    root = write_tree(found, plan_build(load_plugin(found), project), project, out=tmp_path / "out").root
    info = zipfile.ZipFile(pack(root, tmp_path / "dist").path).getinfo("tool")
    assert info.external_attr >> 16 == 0o100755


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.0", "demo-1.2.0.zip"),
        ("1.2.0+build.7", "demo-1.2.0_build.7.zip"),
        ("1.2.0 beta/..\\x", "demo-1.2.0_beta_.._x.zip"),
        ("../..", "demo.zip"),
        ("", "demo.zip"),
        ("v1", "demo-v1.zip"),
        ("1\n\x1b", "demo-1.zip"),
        ("9" * 200, f"demo-{'9' * 80}.zip"),
    ],
)
def test_the_version_in_the_name_is_safe(version: str, expected: str) -> None:
    assert archive_name("demo", version) == expected


def test_an_older_archive_is_replaced_in_one_step(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when packing fails: then the older one is still there."""
    before = pack(built, tmp_path / "dist").path.read_bytes()
    monkeypatch.setattr(limits, "RATIO_FREE_BYTES", 10)
    monkeypatch.setattr(limits, "RATIO_MAX", 0)
    with pytest.raises(LimitExceededError):
        pack(built, tmp_path / "dist")
    assert (tmp_path / "dist/demo-1.0.0.zip").read_bytes() == before
    assert os.listdir(tmp_path / "dist") == ["demo-1.0.0.zip"]


def test_an_archive_that_does_not_read_back_gets_no_name(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = write_zip

    def write_less(tree: Any, target: Any, **options: Any) -> Any:
        record = real(tree, target, **options)
        other = io.BytesIO()
        (built / "docs/a.md").write_text("b" * 500)
        real(open_built(built), other, **options)
        target.seek(0)
        target.write(other.getvalue())
        target.truncate()
        return record

    monkeypatch.setattr(archive, "write_zip", write_less)
    with pytest.raises(OutputError, match="read back"):
        pack(built, tmp_path / "dist")
    assert os.listdir(tmp_path / "dist") == []


def test_a_source_tree_is_not_packed(make_plugin: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        pack(make_plugin(), tmp_path / "dist")
    assert caught.value.detail["hint"] == "plugintool build writes the tree to pack: dist/org-plugins/NAME"
    assert not (tmp_path / "dist").exists()


def test_a_tree_with_a_link_is_not_packed(built: Path, tmp_path: Path) -> None:
    (built / "link").symlink_to("version.json")
    with pytest.raises(UnsafePathError):
        pack(built, tmp_path / "dist")


def test_a_renamed_tree_is_not_packed(built: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        pack(built.rename(built.with_name("other")), tmp_path / "dist")
    assert (caught.value.detail["expected"], caught.value.detail["found"]) == ("other", "demo")


def test_a_foreign_version_file_is_not_packed(built: Path, tmp_path: Path) -> None:
    (built / "version.json").write_text('{"version": "1", "by": "me"}')
    with pytest.raises(BuildError, match="not of the form"):
        pack(built, tmp_path / "dist")


def test_a_directory_in_the_way_of_the_archive_stays(built: Path, tmp_path: Path) -> None:
    (tmp_path / "dist/demo-1.0.0.zip/inner").mkdir(parents=True)
    with pytest.raises(OutputError, match="directory is in the way"):
        pack(built, tmp_path / "dist")
    assert (tmp_path / "dist/demo-1.0.0.zip/inner").is_dir()


def test_a_file_where_the_output_directory_should_be(built: Path, tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("mine")
    with pytest.raises(OutputError):
        pack(built, tmp_path / "dist")
    assert (tmp_path / "dist").read_text() == "mine"
