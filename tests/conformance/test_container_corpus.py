"""Every archive of fixtures/archives through ``unpack``: what is bad leaves nothing, what is fine is all there.

145 cases came with the generator; the others are ours, and name the rule that refuses them.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.inspect import inspect_paths
from plugintool.author.unpack import unpack_file
from plugintool.errors import ArchiveError, InputError, LimitExceededError
from scripts.fuzz_zip import Yauzl, read_by_us
from tests.archive_cases import ALL_CASES, CASES, MORE_CASES, write

REJECT = [case for case in ALL_CASES if case.verdict == "reject"]
ACCEPT = [case for case in ALL_CASES if case.verdict == "accept"]
BY_CONTENT = {"C11"}
"""Rules that only show when content is read."""


def name_of(case: Any) -> str:
    return str(case.name)


def rule_of(error: InputError) -> str:
    assert isinstance(error, ArchiveError | LimitExceededError), repr(error)
    rule = error.rule if isinstance(error, ArchiveError) else "C25"
    assert f"({rule})" in error.message
    return rule


def read_by_zipfile(data: bytes) -> dict[str, bytes]:
    """Every file as another reader sees it; a block in dialect D1 is bytes after the end for it."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}


def files_below(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_numbers() -> None:
    """So many cases there are; a case that is lost is noticed."""
    assert len(CASES) == 145
    assert len([case for case in CASES if case.verdict == "reject"]) == 125
    assert len(MORE_CASES) >= 350
    assert len({case.name for case in ALL_CASES}) == len(ALL_CASES)


@pytest.mark.parametrize("case", REJECT, ids=name_of)
def test_a_bad_archive_is_refused_and_leaves_nothing(case: Any, tmp_path: Path) -> None:
    path = write(case, tmp_path)
    with pytest.raises(InputError) as caught:
        unpack_file(path, tmp_path / "out")
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    expected = getattr(case, "rule", "")
    rule = rule_of(caught.value)
    assert not expected or rule in expected.split()


@pytest.mark.parametrize("case", ACCEPT, ids=name_of)
def test_a_good_archive_is_taken_as_others_read_it(case: Any, tmp_path: Path) -> None:
    """With the content that Python's zipfile reads, and no modes but two."""
    path, old = write(case, tmp_path), os.umask(0o077)
    try:
        unpacked = unpack_file(path, tmp_path / "out")
    finally:
        os.umask(old)
    found = files_below(tmp_path / "out")
    assert found == read_by_zipfile(path.read_bytes())
    assert [file.path for file in unpacked.files] == sorted(found)
    assert unpacked.is_signed == case.name.startswith("block_d")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["out", path.name])
    for entry in (tmp_path / "out").rglob("*"):
        assert stat.S_IMODE(entry.lstat().st_mode) in ({0o755} if entry.is_dir() else {0o644, 0o755})


@pytest.mark.parametrize("case", [case for case in ALL_CASES if case.danger != "big"], ids=name_of)
def test_inspect_says_the_same_as_unpack(case: Any, tmp_path: Path) -> None:
    """The rule that stops unpacking is among those that inspect names, and a good archive breaks none."""
    (outcome,) = inspect_paths([write(case, tmp_path)]).outcomes
    assert outcome.value is not None
    broken = {breach.rule for breach in outcome.value.breaches}
    if case.verdict == "accept":
        assert not broken
        assert outcome.error is None
        return
    with pytest.raises(InputError) as caught:
        unpack_file(tmp_path / f"{case.name}.mcpb", tmp_path / "out")
    assert rule_of(caught.value) in broken
    assert outcome.error is not None
    assert all(breach.repair for breach in outcome.value.breaches)


@pytest.fixture(scope="module")
def yauzl() -> Iterator[Yauzl]:
    reader = Yauzl()
    yield reader
    reader.close()


@pytest.mark.foreign("node", "yauzl")
@pytest.mark.parametrize("case", ACCEPT, ids=name_of)
def test_yauzl_sees_the_same_in_a_good_archive(case: Any, yauzl: Yauzl) -> None:
    """Names, sizes and contents; the block of dialect D1, which it refuses, is taken away first."""
    ours, plain = read_by_us(case.make())
    assert yauzl.read(plain) == ours


def test_without_reading_by_position_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where the file is searched instead."""
    monkeypatch.delattr(os, "pread")
    for case in ACCEPT:
        path = write(case, tmp_path)
        unpack_file(path, tmp_path / case.name)
        assert files_below(tmp_path / case.name) == read_by_zipfile(path.read_bytes())


@pytest.mark.parametrize("window", [1, 40, 4096])
def test_how_much_is_read_at_a_time_changes_nothing(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small archives fit into one window: with a smaller one every record lies on an edge of it somewhere."""
    small = {case.name: case.make() for case in ALL_CASES if case.danger != "big"}
    small = {name: data for name, data in small.items() if len(data) < 6_000}
    expected = {name: verdict(data) for name, data in small.items()}
    monkeypatch.setattr("plugintool.tree.zip_source._WINDOW", window)
    assert {name: verdict(data) for name, data in small.items()} == expected


def verdict(data: bytes) -> object:
    """What is seen, or why it is refused."""
    try:
        return read_by_us(data)
    except (ArchiveError, LimitExceededError) as error:
        return error.message
