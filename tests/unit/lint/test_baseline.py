"""Baselines: what is known does not fail, what is new does, what is gone is told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.errors import ConfigError, OutputError
from plugintool.lint.baseline import Baseline, Known, Matching, fingerprint, known_as, read_baseline, write_baseline
from plugintool.report import Finding, Location, Severity

RULES = ("FM004", "PM030", "LN001")


def finding(
    code: str = "FM004", path: str = "commands/a.md", message: str = "no front matter", line: int = 1
) -> Finding:
    return Finding(code, Severity.ERROR, message, Location(path, line, 1))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lint-baseline.json"


def baseline_of(file: Path, *found: Finding, subject: str | None = None) -> Baseline:
    where = subject or str(file.parent / "p")
    return write_baseline(file, [known_as(item, where, file) for item in found])


def test_what_is_written_can_be_read(file: Path) -> None:
    written = baseline_of(file, finding(), finding(line=9), finding("PM030"))
    assert read_baseline(file) == written
    assert sorted(written.counts.values()) == [1, 2]


def test_the_file_is_the_same_whatever_the_order(file: Path) -> None:
    """It is committed: a diff must show changes only."""
    found = [finding(), finding("PM030"), finding(path="z.md"), finding(message="other")]
    baseline_of(file, *found)
    first = file.read_bytes()
    baseline_of(file, *reversed(found))
    assert file.read_bytes() == first
    assert first.endswith(b"}\n")


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the file means the same from every working directory."""
    file = tmp_path / "config/baseline.json"
    monkeypatch.chdir(tmp_path)
    from_here = known_as(finding(), "plugins/p", Path("config/baseline.json"))
    assert from_here == known_as(finding(), str(tmp_path / "plugins/p"), file)
    assert from_here.path == "../plugins/p/commands/a.md"


def test_a_line_does_not_matter_and_a_message_does() -> None:
    assert fingerprint(finding(line=1)) == fingerprint(finding(line=900))
    assert fingerprint(finding(message="a")) != fingerprint(finding(message="b"))
    assert len(fingerprint(finding(message="\ud800"))) == 16


class TestMatching:
    """One run."""

    def test_a_known_finding_is_taken_away(self, file: Path) -> None:
        matching = Matching(baseline_of(file, finding()))
        new = finding("PM030")
        assert matching.new([finding(line=7), new], str(file.parent / "p"), RULES) == (new,)
        assert matching.use() == type(matching.use())(1, ())

    def test_an_entry_covers_as_many_as_it_says(self, file: Path) -> None:
        """A third copy of a mistake is a new mistake."""
        matching = Matching(baseline_of(file, finding(), finding(line=5)))
        found = [finding(line=line) for line in (1, 2, 3)]
        assert matching.new(found, str(file.parent / "p"), RULES) == (found[2],)
        assert matching.known == 2

    @pytest.mark.parametrize(
        "other", [finding("PM030"), finding(path="commands/b.md"), finding(message="no front matter at all")]
    )
    def test_another_finding_is_new(self, file: Path, other: Finding) -> None:
        assert Matching(baseline_of(file, finding())).new([other], str(file.parent / "p"), RULES) == (other,)

    def test_the_same_file_of_another_plugin_is_new(self, file: Path) -> None:
        matching = Matching(baseline_of(file, finding()))
        assert matching.new([finding()], str(file.parent / "q"), RULES) == (finding(),)

    def test_what_is_found_no_more_is_stale(self, file: Path) -> None:
        baseline = baseline_of(file, finding(), finding("PM030"), finding("PM030", line=2))
        matching = Matching(baseline)
        matching.new([finding("PM030")], str(file.parent / "p"), RULES)
        assert [(item.rule, str(item)) for item in matching.stale()] == [
            ("FM004", "p/commands/a.md: FM004"),
            ("PM030", "p/commands/a.md: PM030"),
        ]

    def test_what_was_not_looked_for_is_not_stale(self, file: Path) -> None:
        """Another subject, or a rule that did not run: nobody knows."""
        baseline = baseline_of(file, finding())
        matching = Matching(baseline)
        matching.new([], str(file.parent / "p"), ("PM030",))
        matching.new([], str(file.parent / "pp"), RULES)
        assert matching.stale() == ()
        matching.new([], str(file.parent), RULES)
        assert len(matching.stale()) == 1

    def test_a_rule_that_broke_is_never_known(self, file: Path) -> None:
        """Its verdict is missing, today as well."""
        broken = finding("LN001", path="")
        baseline = Baseline(file, {known_as(broken, str(file.parent / "p"), file): 1})
        assert Matching(baseline).new([broken], str(file.parent / "p"), RULES) == (broken,)
        assert baseline_of(file, broken).counts == {}

    @settings(deadline=None)
    @given(
        st.lists(
            st.builds(finding, st.sampled_from(RULES[:2]), st.sampled_from("ab"), st.sampled_from("xy")), max_size=9
        )
    )
    def test_what_was_written_covers_itself(
        self, tmp_path_factory: pytest.TempPathFactory, found: list[Finding]
    ) -> None:
        file = tmp_path_factory.mktemp("b") / "baseline.json"
        baseline_of(file, *found)
        matching = Matching(read_baseline(file))
        assert matching.new(found, str(file.parent / "p"), RULES) == ()
        assert (matching.known, matching.stale()) == (len(found), ())


ENTRY: dict[str, Any] = {"rule": "FM004", "path": "a.md", "fingerprint": "0" * 16, "count": 1}


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"version": 2, "findings": []},
        {"version": 1},
        {"version": 1, "findings": {}},
        {"version": 1, "findings": [5]},
        {"version": 1, "findings": [{**ENTRY, "more": 1}]},
        {"version": 1, "findings": [{**ENTRY, "rule": 4}]},
        {"version": 1, "findings": [{**ENTRY, "count": 0}]},
        {"version": 1, "findings": [{**ENTRY, "count": True}]},
        {"version": 1, "findings": [{**ENTRY, "count": "1"}]},
    ],
)
def test_what_is_no_baseline_is_refused(file: Path, value: Any) -> None:
    """A baseline that silently knows nothing would be noticed; one that knows something else would not."""
    file.write_text(json.dumps({"version": 1, "findings": [ENTRY]}))
    assert read_baseline(file).counts == {Known("a.md", "FM004", "0" * 16): 1}
    file.write_text(json.dumps(value))
    with pytest.raises(ConfigError) as caught:
        read_baseline(file)
    assert caught.value.detail["path"] == str(file)


@pytest.mark.parametrize("data", [b"", b"{", b'{"version": 1, "version": 1, "findings": []}', b"\xff"])
def test_bytes_that_are_no_json_are_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(ConfigError):
        read_baseline(file)


def test_a_missing_file_says_how_to_make_one(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_baseline(file)
    assert "--write-baseline" in caught.value.detail["hint"]


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_baseline(tmp_path / "gone/baseline.json", [])
    assert caught.value.detail["path"].endswith("gone/baseline.json")
    (tmp_path / "taken.json").mkdir()
    with pytest.raises(OutputError):
        write_baseline(tmp_path / "taken.json", [])
    assert os.listdir(tmp_path) == ["taken.json"]
