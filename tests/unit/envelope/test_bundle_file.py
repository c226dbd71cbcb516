"""A bundle as a whole: its block and its container, read once and surveyed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from plugintool.envelope.bundle_file import MANIFEST_FILE, open_bundle, read_bundle, survey_bundle
from plugintool.errors import ArchiveError, InputError, MissingPathError
from tests.archive_cases import CORPUS, MORE

GOOD: bytes = MORE.GOOD
D1, D2 = MORE.d1(MORE.B)(), MORE.d2(MORE.B)()


@pytest.mark.parametrize("data", [GOOD, D1, D2], ids=["unsigned", "D1", "D2"])
def test_the_files_do_not_depend_on_the_signature(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.mcpb").write_bytes(data)
    with open_bundle(tmp_path / "x.mcpb") as bundle:
        assert bundle.tree.open(MANIFEST_FILE).read() == CORPUS.MJ
        assert [file.path for file in bundle.tree.files()] == ["manifest.json", "server/index.js"]
        assert (bundle.block is None) == (data is GOOD)


def test_the_bundle_is_named_in_its_errors(tmp_path: Path) -> None:
    (tmp_path / "x.mcpb").write_bytes(GOOD + b"\n")
    with pytest.raises(ArchiveError) as caught, open_bundle(tmp_path / "x.mcpb"):
        pass
    assert caught.value.detail["path"] == str(tmp_path / "x.mcpb")


def test_nothing_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError), open_bundle(tmp_path / "none.mcpb"):
        pass
    with pytest.raises(InputError), open_bundle(tmp_path):
        pass


@pytest.mark.parametrize("case", ["man_directory", "bomb_quine_top"])
def test_without_a_manifest_it_is_no_bundle(case: str) -> None:
    data = next(one for one in CORPUS.CASES if one.name == case).make()
    with pytest.raises(ArchiveError) as caught:
        read_bundle(io.BytesIO(data))
    assert caught.value.rule == "C27"


def test_a_survey_of_a_good_bundle_finds_nothing() -> None:
    for data in (GOOD, D1, D2):
        found = survey_bundle(io.BytesIO(data))
        assert found.breaches == ()
        assert found.archive.tree.members.keys() == {"manifest.json", "server/index.js"}


def test_a_survey_tells_the_dialect() -> None:
    """What lint says about D1 is said from here."""
    dialects = [found.block.dialects for data in (D1, D2) if (found := survey_bundle(io.BytesIO(data))).block]
    assert dialects == [("D1",), ("D2", "D3")]


def test_a_survey_of_a_broken_block_still_looks_at_the_container() -> None:
    data = CORPUS.plus(CORPUS.E(b"../x", b"x")) + MORE.sigblock(b"junk")
    found = survey_bundle(io.BytesIO(data))
    assert {"C32", "C17"} <= {breach.rule for breach in found.breaches}
    assert found.block is None


def test_a_survey_says_once_that_the_manifest_is_missing() -> None:
    """And not at all where nothing could be followed."""
    empty = CORPUS.Z([CORPUS.E(b"a.txt", b"x")]).build()
    assert [breach.rule for breach in survey_bundle(io.BytesIO(empty)).breaches] == ["C27"]
    assert "C27" not in {breach.rule for breach in survey_bundle(io.BytesIO(b"hello")).breaches}
