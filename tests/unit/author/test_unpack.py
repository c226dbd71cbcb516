"""``unpack``: all of it or nothing, in two modes, and whatever goes wrong leaves the place as it was."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.author.container import Kind, open_container
from plugintool.author.unpack import unpack, unpack_file
from plugintool.digest import sha256
from plugintool.errors import ArchiveError, InputError, LimitExceededError, MissingPathError, OutputError
from plugintool.tree.copy import Writer, copy_stream
from plugintool.tree.memory import MemoryTree
from plugintool.tree.sink import DirectorySink
from plugintool.tree.zip_writer import write_zip
from tests.archive_cases import CORPUS, MORE

E, Z = CORPUS.E, CORPUS.Z
COPY = "plugintool.author.unpack.copy_stream"
PLUGIN = {
    ".claude-plugin/plugin.json": b'{"name": "acme-review", "version": "1.2.0"}',
    "bin/run": b"#!/bin/sh\n",
    "skills/x/SKILL.md": b"---\nname: x\n---\n" * 9,
}


def put(directory: Path, data: bytes, name: str = "x.mcpb") -> Path:
    path = directory / name
    path.write_bytes(data)
    return path


def packed(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    write_zip(MemoryTree("x", files, frozenset({"bin/run"})), target)
    return target.getvalue()


def test_a_bundle(tmp_path: Path) -> None:
    unpacked = unpack_file(put(tmp_path, MORE.GOOD), tmp_path / "out")
    assert (unpacked.kind, unpacked.name, unpacked.version) == (Kind.BUNDLE, "evil-case", "1.0.0")
    assert (tmp_path / "out/manifest.json").read_bytes() == CORPUS.MJ
    assert (tmp_path / "out/server/index.js").read_bytes() == CORPUS.JS
    assert unpacked.size == len(CORPUS.MJ) + len(CORPUS.JS)
    assert unpacked.root == tmp_path / "out"
    assert not unpacked.is_signed


def test_an_archive_of_ours(tmp_path: Path) -> None:
    unpacked = unpack_file(put(tmp_path, packed(PLUGIN), "x.zip"), tmp_path / "out")
    assert (unpacked.kind, unpacked.name, unpacked.version) == (Kind.ARCHIVE, "acme-review", "1.2.0")
    found = {file.path: (file.size, file.sha256, file.executable) for file in unpacked.files}
    assert found == {path: (len(data), sha256(data), path == "bin/run") for path, data in PLUGIN.items()}


@pytest.mark.parametrize("size", [1_000, 70_000, 3_000_000])
def test_an_archive_of_any_size(size: int, tmp_path: Path) -> None:
    """Nothing of it is asked for once it is closed, whatever was read last."""
    noise = os.urandom(size)
    unpacked = unpack_file(put(tmp_path, packed({**PLUGIN, "z.bin": noise}), "x.zip"), tmp_path / "out")
    assert (unpacked.name, unpacked.version) == ("acme-review", "1.2.0")
    assert (tmp_path / "out/z.bin").read_bytes() == noise


@pytest.mark.parametrize("size", [1_000, 70_000, 3_000_000])
@pytest.mark.parametrize("block", [b"", MORE.B])
def test_a_bundle_of_any_size(size: int, block: bytes, tmp_path: Path) -> None:
    noise = os.urandom(size)
    data = Z([E(b"z.bin", noise), *CORPUS.base(), E(b"zz.bin", noise, 0)]).build() + block
    unpacked = unpack_file(put(tmp_path, data), tmp_path / "out")
    assert (unpacked.name, unpacked.is_signed) == ("evil-case", bool(block))
    assert (tmp_path / "out/z.bin").read_bytes() == (tmp_path / "out/zz.bin").read_bytes() == noise


def test_a_zip_file_of_somebody_else(tmp_path: Path) -> None:
    data = Z([E(b"d/", b"", 0, 0o40755), E(b"d/x", b"1"), E(b"manifest.json", b"not even JSON")]).build()
    unpacked = unpack_file(put(tmp_path, data, "x.zip"), tmp_path / "out")
    assert (unpacked.kind, unpacked.name, unpacked.version) == (Kind.ZIP, "", "")
    assert [file.path for file in unpacked.files] == ["d/x", "manifest.json"]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("x.mcpb", MORE.GOOD, Kind.BUNDLE),
        ("x.DXT", MORE.GOOD, Kind.BUNDLE),
        ("x.zip", MORE.GOOD, Kind.BUNDLE),
        ("x", MORE.d1(MORE.B)(), Kind.BUNDLE),
        ("x.zip", packed(PLUGIN), Kind.ARCHIVE),
        ("x.zip", packed({**PLUGIN, "manifest.json": CORPUS.MJ}), Kind.ARCHIVE),
        ("x.zip", packed({"a": b""}), Kind.ZIP),
        ("x.zip", packed({"manifest.json": b'{"manifest_version": 3, "name": "a browser extension"}'}), Kind.ZIP),
    ],
)
def test_what_it_is(name: str, data: bytes, kind: Kind, tmp_path: Path) -> None:
    """By its name, its block, and what is in it."""
    with open_container(put(tmp_path, data, name)) as container:
        assert container.kind is kind


def test_a_plugin_that_calls_itself_a_bundle_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="C27"), open_container(put(tmp_path, packed(PLUGIN))):
        pass


def test_a_bundle_under_another_name_keeps_its_rules(tmp_path: Path) -> None:
    """Its manifest is judged, whatever the file is called."""
    path = put(tmp_path, CORPUS.mf(CORPUS.man(icon="../x.png")), "x.zip")
    with pytest.raises(ArchiveError, match="C29"):
        unpack_file(path, tmp_path / "out")
    assert os.listdir(tmp_path) == ["x.zip"]


@pytest.mark.parametrize("data", [MORE.d1(MORE.B)(), MORE.d2(MORE.B)()], ids=["D1", "D2"])
def test_a_signed_bundle_says_that_nobody_verified_it(data: bytes, tmp_path: Path) -> None:
    unpacked = unpack_file(put(tmp_path, data), tmp_path / "out")
    assert unpacked.is_signed
    assert unpacked.as_json()["verified"] is False
    assert sorted(os.listdir(tmp_path / "out")) == ["manifest.json", "server"]


def test_the_published_form(tmp_path: Path) -> None:
    value = unpack_file(put(tmp_path, packed({"bin/run": b"#!x"}), "x.zip"), tmp_path / "out").as_json()
    assert json.loads(json.dumps(value)) == {
        "kind": "zip file",
        "name": "",
        "version": "",
        "path": str(tmp_path / "out"),
        "bytes": 3,
        "signed": False,
        "verified": False,
        "files": [{"path": "bin/run", "size": 3, "sha256": sha256(b"#!x"), "executable": True}],
    }


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask_or_the_archive(umask: int, tmp_path: Path) -> None:
    modes = {b"a": 0o100777, b"b": 0o100600, b"c": 0o100000, b"d": 0, b"e/f": 0o100711}
    data = Z([E(name, b"x", 0, mode) for name, mode in modes.items()]).build()
    path, old = put(tmp_path, data, "x.zip"), os.umask(umask)
    try:
        unpack_file(path, tmp_path / "out")
    finally:
        os.umask(old)
    found = {name: stat.S_IMODE((tmp_path / "out" / name).stat().st_mode) for name in ("a", "b", "c", "d", "e", "e/f")}
    assert found == {"a": 0o755, "b": 0o644, "c": 0o644, "d": 0o644, "e": 0o755, "e/f": 0o755}
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755


def test_directories_without_a_file_are_not_made(tmp_path: Path) -> None:
    data = Z([E(b"empty/", b"", 0, 0o40755), E(b"a", b"x")]).build()
    unpack_file(put(tmp_path, data, "x.zip"), tmp_path / "out")
    assert os.listdir(tmp_path / "out") == ["a"]


@pytest.fixture(params=["file", "directory", "empty directory", "link", "dangling link"])
def in_the_way(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    target = tmp_path / "out"
    if "link" in request.param:
        (tmp_path / "elsewhere").mkdir()
        target.symlink_to("elsewhere" if request.param == "link" else "nowhere")
    elif request.param == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        if request.param == "directory":
            (target / "mine").write_text("mine")
    return target


def test_what_is_there_is_never_touched(in_the_way: Path, tmp_path: Path) -> None:
    path = put(tmp_path, MORE.GOOD)
    before = sorted((str(found), found.lstat().st_mtime_ns) for found in tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="exists already"):
        unpack_file(path, in_the_way)
    assert sorted((str(found), found.lstat().st_mtime_ns) for found in tmp_path.rglob("*")) == before


def test_the_directory_around_it_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        unpack_file(put(tmp_path, MORE.GOOD), tmp_path / "a/b")
    assert str(tmp_path / "a") in caught.value.detail["hint"]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError):
        unpack_file(tmp_path / "none.mcpb", tmp_path / "out")
    with pytest.raises(InputError):
        unpack_file(tmp_path, tmp_path / "out")
    assert os.listdir(tmp_path) == []


BAD_CONTENT = {
    "first": [E(b"a", b"hello", l_crc=1, c_crc=1), E(b"b", b"x"), E(b"c", b"x")],
    "last": [E(b"a", b"x"), E(b"b", b"x"), E(b"c", b"hello", raw=b"\7")],
    "longer": [E(b"a", b"x"), E(b"b", bytes(9 << 20), l_usize=5, c_usize=5), E(b"c", b"x")],
}


@pytest.mark.parametrize("case", BAD_CONTENT)
def test_content_that_is_bad_leaves_nothing(case: str, tmp_path: Path) -> None:
    """It is only met while files are written already."""
    path = put(tmp_path, Z(BAD_CONTENT[case]).build(), "x.zip")
    with pytest.raises(ArchiveError, match="C11"):
        unpack_file(path, tmp_path / "out")
    assert os.listdir(tmp_path) == ["x.zip"]


def test_a_file_is_never_larger_than_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The most that is on the disk at any time is what the directory says."""
    written = 0
    real = DirectorySink.create

    class Counting:
        def __init__(self, writer: Writer) -> None:
            self._writer = writer

        def write(self, data: bytes, /) -> object:
            nonlocal written
            written += len(data)
            return self._writer.write(data)

    @contextlib.contextmanager
    def counted(sink: DirectorySink, path: Any, *, executable: bool) -> Iterator[Writer]:
        with real(sink, path, executable=executable) as writer:
            yield Counting(writer)

    monkeypatch.setattr(DirectorySink, "create", counted)
    with pytest.raises(ArchiveError):
        unpack_file(put(tmp_path, Z(BAD_CONTENT["longer"]).build(), "x.zip"), tmp_path / "out")
    assert written <= 6


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), SystemExit()]
)
def test_a_full_disk_or_an_interrupt_leaves_nothing(
    failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real, count = put(tmp_path, packed(PLUGIN), "x.zip"), copy_stream, 0

    def fail(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3:
            raise failure
        return real(*args, **kwargs)

    monkeypatch.setattr(COPY, fail)
    with pytest.raises((OutputError, KeyboardInterrupt, SystemExit)) as caught:
        unpack_file(path, tmp_path / "out")
    assert os.listdir(tmp_path) == ["x.zip"]
    if isinstance(caught.value, OutputError):
        assert "no space left" in caught.value.message


def test_a_target_that_appears_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = put(tmp_path, packed(PLUGIN), "x.zip"), copy_stream

    def appear(*args: Any, **kwargs: Any) -> Any:
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out/mine").write_text("mine")
        return real(*args, **kwargs)

    monkeypatch.setattr(COPY, appear)
    with pytest.raises(OutputError):
        unpack_file(path, tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["out", "x.zip"]
    assert os.listdir(tmp_path / "out") == ["mine"]


def test_a_place_that_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Any, mode: int = 0) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    path = put(tmp_path, MORE.GOOD)
    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(OutputError, match="permission denied"):
        unpack_file(path, tmp_path / "out")
    assert os.listdir(tmp_path) == ["x.mcpb"]


def test_an_error_is_part_of_the_report(tmp_path: Path) -> None:
    (outcome,) = unpack(put(tmp_path, b"hello"), tmp_path / "out").outcomes
    assert outcome.value is None
    assert isinstance(outcome.error, ArchiveError)
    assert unpack(tmp_path / "x.mcpb", tmp_path / "out").exit_code == 1


def test_limits_are_those_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TREE_BYTES", 10)
    with pytest.raises(LimitExceededError, match="C25"):
        unpack_file(put(tmp_path, MORE.GOOD), tmp_path / "out")
    assert os.listdir(tmp_path) == ["x.mcpb"]
