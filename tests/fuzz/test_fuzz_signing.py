"""2,000 inputs of the fuzzer of signing, and the fuzzer itself: the same each time, and it notices what goes wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugintool.envelope import der
from plugintool.errors import MalformedFileError
from scripts import fuzz_signing
from scripts.fuzz_signing import Tally, failure_of, run
from scripts.fuzz_targets import TARGETS, Target, targets
from scripts.signing_mutations import mutate_bytes, mutate_der, mutate_json, parse

GOOD = der.encode(der.SEQUENCE, der.encode_integer(7), der.encode(der.SET, der.encode_oid("1.2.3")))


def target(name: str) -> Target:
    (found,) = [one for one in targets() if one.name == name]
    return found


def echo(read: object = None) -> Target:
    """A target that accepts everything, or does what is asked."""

    def accept(data: bytes) -> object:
        return data

    return Target("echo", [(GOOD, GOOD)], mutate_bytes, read or accept)  # type: ignore[arg-type]


def test_two_thousand_inputs(tmp_path: Path) -> None:
    """Nothing but our errors, and nothing accepted that means something else."""
    total = run(count=2000, seed=2026, jobs=1, save=tmp_path)
    assert total.failures == []
    assert set(total.inputs) == set(TARGETS)
    assert all(number == 200 for number in total.inputs.values())
    assert list(tmp_path.iterdir()) == []


def test_seeds_are_good() -> None:
    """Only a list that revokes is refused, and so must every mutant of it be."""
    refused = [one.name for one in targets() for _, meaning in one.seeds if meaning == "refused"]
    assert refused == ["list"]


@pytest.mark.parametrize("name", TARGETS)
def test_mutants_are_met_deep_inside(name: str) -> None:
    """Most are no longer good, some still are: both sides of every check are visited."""
    chance, tally, one = random.Random(5), Tally(), target(name)
    for _ in range(300):
        data, meaning = one.mutant(chance)
        assert failure_of(one, data, meaning, tally) == ""
    assert tally.accepted[name] < 300
    if name != "bundle":
        assert tally.accepted[name] > 0


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, again, other = (
        [one.mutant(random.Random(f"{seed}{number}"))[0] for number in range(20) for one in targets()]
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_the_number_of_processes_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_signing, "_BLOCK", 60)
    one, two = (run(count=120, seed=4, jobs=jobs, save=tmp_path) for jobs in (1, 2))
    assert (one.inputs, one.accepted) == (two.inputs, two.accepted)


def test_another_meaning_is_a_failure() -> None:
    """An input that is accepted and says something else than its seed."""
    assert failure_of(echo(), GOOD, GOOD, Tally()) == ""
    assert "its seed means" in failure_of(echo(), GOOD + b"x", GOOD, Tally())


def test_a_foreign_exception_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The input is saved under the name that is printed."""

    def broken(_: bytes) -> object:
        raise IndexError("list index out of range")

    monkeypatch.setattr(fuzz_signing, "targets", lambda: (echo(broken),))
    total = run(count=3, seed=1, jobs=1, save=tmp_path)
    assert len(total.failures) == 3
    assert "IndexError" in total.failures[0]
    assert Path(total.failures[0].partition(": ")[0]).is_file()


def test_our_errors_are_no_failure() -> None:
    def refuse(_: bytes) -> object:
        raise MalformedFileError("no", path="x")

    assert failure_of(echo(refuse), GOOD, GOOD, Tally()) == ""


def test_a_slow_input_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_signing, "SECONDS_MAX", 0.0)
    assert failure_of(echo(), GOOD, None, Tally()).startswith("took ")


def test_too_much_memory_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process needed before does not count, what a block adds does."""
    peaks = iter([400, 400, 400, 529])
    monkeypatch.setattr(fuzz_signing, "_peak_mib", lambda: next(peaks))
    monkeypatch.setattr(fuzz_signing, "targets", lambda: (echo(lambda _: GOOD),))
    assert run(count=1, seed=1, jobs=1, save=tmp_path).failures == []
    assert "grew from 400 to 529 MiB" in run(count=1, seed=1, jobs=1, save=tmp_path).failures[0]


def test_replay_says_what_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "block"
    saved.write_bytes(target("block").seeds[0][0])
    assert fuzz_signing.main(["--target", "block", "--replay", str(saved)]) == 0
    assert "accepted: ('acme-server', '1.2.0'" in capsys.readouterr().out
    saved.write_bytes(b"nothing")
    assert fuzz_signing.main(["--target", "block", "--replay", str(saved)]) == 0
    assert "refused" in capsys.readouterr().out


def test_the_figures_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_signing.main(["--count", "20", "--jobs", "1", "--save", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("20 inputs in ")
    assert "peak memory" in printed
    assert "0 failures" in printed


def mutants() -> Iterator[bytes]:
    chance = random.Random(3)
    for _ in range(400):
        yield mutate_der(chance, GOOD, [GOOD])


def test_most_mutants_are_still_elements() -> None:
    """Else only the first check would ever be met."""
    assert sum(bool(parse(data)) for data in mutants()) > 200


def test_elements_come_back_as_they_were() -> None:
    (element,) = parse(GOOD) or []
    assert element.encoded() == GOOD
    assert parse(b"\x30\x05\x02") is None


def test_mutants_of_json_change_values_and_text() -> None:
    """Values, members, base64, and bytes that are no JSON any more."""
    chance = random.Random(8)
    seen = {mutate_json(chance, b'{"a": ["aGVsbG8=", 1, true, null], "b": {"c": 5}}') for _ in range(400)}
    assert len(seen) > 150
    assert any(data.startswith(b"\xef\xbb\xbf") for data in seen)
    assert any(b"aGVsbG8" not in data for data in seen)
