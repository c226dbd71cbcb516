"""The fuzzer itself: it is the same each time, it changes what it should, and it notices what goes wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugintool.lint.rules import tree
from plugintool.plugin.model import Plugin
from scripts import fuzz_lint
from scripts.fuzz_lint import mutate, run, seeds

FILES = {
    ".claude-plugin/plugin.json": b'{"name": "acme-review", "hooks": {"Stop": [{"hooks": []}]}}',
    "agents/x.md": b"---\nname: x\ndescription: d\n---\nBody\n",
}


def inputs(seed: int, count: int = 200) -> list[dict[str, bytes]]:
    chance = random.Random(seed)
    return [mutate(FILES, chance)[0] for _ in range(count)]


def test_the_seeds_cover_every_kind_of_file() -> None:
    kinds = {fuzz_lint._kind(name) for files in seeds() for name in files}
    assert kinds == {"manifest", "marketplace", "hooks", "mcp", "front matter", "other"}
    assert len(seeds()) > 600


def test_the_same_seed_gives_the_same_inputs() -> None:
    assert inputs(1) == inputs(1)
    assert inputs(1) != inputs(2)


def test_one_file_is_changed_at_a_time() -> None:
    for changed in inputs(3):
        assert changed.keys() == FILES.keys()
        assert sum(changed[name] != FILES[name] for name in FILES) <= 1


def test_most_changes_of_json_leave_json() -> None:
    """Else the fuzzer would only ever meet the parser."""
    manifests = [changed[".claude-plugin/plugin.json"] for changed in inputs(4, 400)]
    changed = [data for data in manifests if data != FILES[".claude-plugin/plugin.json"]]
    readable = sum(_is_json(data) for data in changed)
    assert readable > len(changed) * 0.5
    assert readable < len(changed)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def test_front_matter_gets_yaml_that_is_not_text() -> None:
    blocks = [changed["agents/x.md"] for changed in inputs(5, 600)]
    assert any(b"name: null" in block or b"name: [a" in block or b"name: {a" in block for block in blocks)
    assert any(b"\r\n" in block for block in blocks)
    assert any(len(block) > 1000 for block in blocks)


def test_some_hundred_inputs_fail_nowhere(tmp_path: Path) -> None:
    tally = run(count=200, seed=20, jobs=1, save=tmp_path)
    assert tally.failures == []
    assert tally.inputs == 200
    assert len(tally.codes) > 30
    assert list(tmp_path.iterdir()) == []


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    one, two = (run(count=20, seed=9, jobs=jobs, save=tmp_path) for jobs in (1, 2))
    assert (one.inputs, one.kinds, one.codes) == (two.inputs, two.kinds, two.codes)


def broken(plugin: Plugin, context: Any) -> Iterator[Any]:
    raise TypeError(f"unhashable: {plugin.name} {context}")


@pytest.fixture
def broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """PT008 raises, whatever it is given."""
    object.__setattr__(tree.root_claude_md, "check", broken)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    check = tree.root_claude_md.check
    yield
    object.__setattr__(tree.root_claude_md, "check", check)


@pytest.mark.usefixtures("broken_rule")
def test_a_rule_that_fails_is_a_failure_with_its_input_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fuzz_lint.main(["--count", "1", "--jobs", "1", "--seed", "1", "--save", str(tmp_path)]) == 1
    (saved,) = tmp_path.iterdir()
    printed = capsys.readouterr().out
    assert "1 failures" in printed
    assert str(saved) in printed
    assert "PT008" in printed


@pytest.mark.usefixtures("broken_rule")
def test_a_saved_input_fails_again_until_it_is_repaired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(count=1, seed=1, jobs=1, save=tmp_path)
    (saved,) = tmp_path.iterdir()
    assert fuzz_lint.main(["--replay", str(saved)]) == 1
    object.__setattr__(tree.root_claude_md, "check", lambda _plugin, _context: iter(()))
    assert fuzz_lint.main(["--replay", str(saved)]) == 0
    assert "no failure" in capsys.readouterr().out


def test_an_exception_outside_of_rules_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_tree: object) -> Plugin:
        raise RecursionError("too deep")

    monkeypatch.setattr(fuzz_lint, "load_plugin", fail)
    tally = run(count=2, seed=1, jobs=1, save=tmp_path)
    assert len(tally.failures) == 2
    assert "RecursionError: too deep" in tally.failures[0]


def test_an_input_that_takes_too_long_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_lint, "SECONDS_MAX", 0.0)
    assert "took" in fuzz_lint.failure_of(dict(FILES), tmp_path)[0]


def test_without_a_failure_the_exit_is_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_lint.main(["--count", "3", "--jobs", "1", "--save", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("3 inputs in ")
