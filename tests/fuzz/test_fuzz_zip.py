"""2,000 archives of the fuzzer, and the fuzzer itself: it is the same each time, and it notices what goes wrong."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugintool.errors import ArchiveError
from scripts import fuzz_zip
from scripts.fuzz_zip import Tally, Yauzl, failure_of, read_by_us, read_by_zipfile, run
from scripts.zip_mutations import corpus, mutant
from tests.archive_cases import CORPUS, MORE

GOOD: bytes = MORE.GOOD


def mutants(seed: int, count: int) -> list[bytes]:
    chance, seeds = random.Random(seed), corpus()
    return [mutant(chance, seeds) for _ in range(count)]


def test_two_thousand_archives(tmp_path: Path) -> None:
    """Nothing that we take is seen differently by Python's reader, and nothing but our errors is raised."""
    total = run(count=2000, seed=2026, jobs=1, save=tmp_path)
    assert total.failures == []
    assert total.accepted > 150
    assert total.asked["zipfile"] == total.accepted
    assert len(total.rules) >= 25


@pytest.mark.foreign("node", "yauzl")
def test_yauzl_is_asked_too(tmp_path: Path) -> None:
    total = run(count=200, seed=7, jobs=1, save=tmp_path)
    assert total.failures == []
    assert total.asked["yauzl"] == total.accepted > 10


def test_the_same_seed_gives_the_same_archives() -> None:
    assert mutants(1, 50) == mutants(1, 50)
    assert mutants(1, 50) != mutants(2, 50)


def test_the_seeds_are_small_and_many() -> None:
    assert len(corpus()) > 350
    assert max(map(len, corpus())) <= 4000


def test_the_number_of_processes_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_zip, "_BLOCK", 50)
    one, two = (run(count=100, seed=4, jobs=jobs, save=tmp_path) for jobs in (1, 2))
    assert (one.archives, one.accepted, one.rules) == (two.archives, two.accepted, two.rules)


def test_zipfile_is_believed() -> None:
    """What it sees in a good archive is what we see."""
    assert read_by_zipfile(GOOD) == read_by_us(GOOD)[0]
    assert isinstance(read_by_zipfile(b"nothing"), str)


def test_a_block_that_others_do_not_expect_is_taken_away() -> None:
    """Only in dialect D1; in the others it is the comment of the archive."""
    d1, d2 = MORE.d1(MORE.B)(), MORE.d2(MORE.B)()
    assert read_by_us(d1) == (read_by_us(GOOD)[0], GOOD)
    assert read_by_us(d2)[1] == d2


@pytest.mark.foreign("node", "yauzl")
def test_one_node_process_reads_many_archives() -> None:
    yauzl = Yauzl()
    try:
        for _ in range(3):
            assert yauzl.read(GOOD) == read_by_us(GOOD)[0]
            assert isinstance(yauzl.read(b"nothing at all"), str)
            assert isinstance(yauzl.read(CORPUS.plus(zip64="bogus_locator")), list | str)
    finally:
        yauzl.close()


def test_another_view_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive is saved under the name that is printed, and can be replayed."""
    monkeypatch.setattr(fuzz_zip, "read_by_zipfile", lambda _: [("evil.txt", 1, "")])
    total = run(count=40, seed=1, jobs=1, save=tmp_path)
    assert len(total.failures) == total.accepted > 0
    assert "zipfile sees [('evil.txt', 1, '')]" in total.failures[0]
    saved = Path(total.failures[0].partition(": ")[0])
    assert saved.is_file()
    assert fuzz_zip.replay(saved) == 1


def test_a_foreign_exception_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        raise IndexError("list index out of range")

    monkeypatch.setattr(fuzz_zip, "read_archive", broken)
    assert "IndexError" in failure_of(GOOD, None, Tally())


def test_a_survey_that_disagrees_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: bytes) -> Iterator[None]:
        raise ArchiveError("something else", rule="C13")

    monkeypatch.setattr(fuzz_zip, "read_by_us", refuse)
    assert "does not name C13" in failure_of(GOOD, None, Tally())


def test_a_slow_archive_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_zip, "SECONDS_MAX", 0.0)
    assert failure_of(GOOD, None, Tally()).startswith("took ")


def test_replay_says_what_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data, expected in (("a", GOOD, "accepted"), ("b", GOOD + b"x", "refused by C02")):
        (tmp_path / name).write_bytes(data)
        assert fuzz_zip.main(["--replay", str(tmp_path / name)]) == 0
        assert expected in capsys.readouterr().out


def test_the_figures_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_zip.main(["--count", "60", "--jobs", "1", "--save", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("60 archives in ")
    assert "0 failures" in printed
    assert "peak memory" in printed


def test_many_mutants_are_still_archives() -> None:
    """Else only the first checks would ever be met."""
    read = 0
    for data in mutants(3, 300):
        try:
            zipfile.ZipFile(io.BytesIO(data)).infolist()
        except Exception:  # noqa: BLE001 - it raises many kinds
            continue
        read += 1
    assert read > 120
