"""Reports as text, and what of a stranger's text may reach a terminal."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.cli.render import text
from plugintool.errors import ArchiveError, BuildError, MissingPathError, PlugintoolError, UntrustedSignerError
from plugintool.jsontext import JsonObject
from plugintool.report import Finding, Location, Outcome, Report, Severity

BIDIRECTIONAL = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


class Value:
    """A value without content."""

    def as_json(self) -> JsonObject:
        return {}


@pytest.mark.parametrize(
    "point", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\u200f", "\ufeff"]
)
def test_a_character_that_acts_becomes_an_escape(point: str) -> None:
    """Visible, and unable to move the cursor, turn the text around or hide."""
    shown = text.escape(f"a{point}b")
    assert point not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("b")
    assert shown.isascii()


def test_no_character_of_a_dangerous_kind_is_forgotten() -> None:
    """All of Unicode: controls, halves of surrogates, separators of lines, everything that changes direction."""
    missed = []
    for number in range(sys.maxunicode + 1):
        point = chr(number)
        acts = (
            unicodedata.category(point) in {"Cc", "Cs", "Zl", "Zp"} or unicodedata.bidirectional(point) in BIDIRECTIONAL
        )
        if acts and text.escape(point) == point:
            missed.append(f"{number:04x}")
    assert missed == []


@pytest.mark.parametrize(
    "kept", ["plain", "プラグイン", "ñ", "🙂", "a\u0301", "❤\ufe0f", "back\\slash", "non breaking", ""]
)
def test_readable_text_stays(kept: str) -> None:
    """Accents, other scripts and emoji are no attack."""
    assert text.escape(kept) == kept


@given(st.text())
def test_escaping_is_idempotent_and_one_line(found: str) -> None:
    """What was escaped once holds nothing more to escape, and can never begin a new line."""
    once = text.escape(found)
    assert text.escape(once) == once
    assert len(once.splitlines()) <= 1


def _finding(**place: object) -> Finding:
    return Finding("X001", Severity.WARNING, "odd", Location("a.json", **place), hint="change it")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("finding", "subject", "first"),
    [
        (_finding(), "plugins/a", "plugins/a/a.json: warning X001 odd"),
        (_finding(), "plugins/a/", "plugins/a/a.json: warning X001 odd"),
        (_finding(line=3), "p", "p/a.json:3:1: warning X001 odd"),
        (_finding(line=3, column=9), "p", "p/a.json:3:9: warning X001 odd"),
        (_finding(pointer=("a/b", 0)), "", "a.json: warning X001 odd [/a~1b/0]"),
        (Finding("X001", Severity.INFO, "odd", Location("")), "p", "p: info X001 odd"),
    ],
)
def test_a_finding_names_its_place_as_editors_read_it(finding: Finding, subject: str, first: str) -> None:
    """``path:line:column``, relative to where the user stands."""
    lines = [_plain(line) for line in text.finding_lines(finding, subject)]
    assert lines[0] == first
    assert lines[1:] == (["  fix: change it"] if finding.hint else [])


@pytest.mark.parametrize(
    ("error", "subject", "line"),
    [
        (PlugintoolError("no"), "", "error: no [failure]"),
        (MissingPathError("nothing is there", path="x"), "x", "error: x: nothing is there [path-missing]"),
        (MissingPathError("nothing is there", path="x/y"), "x", "error: x/y: nothing is there [path-missing]"),
        (MissingPathError("nothing is there", path="y"), "x", "error: x: y: nothing is there [path-missing]"),
        (BuildError("bad", path="y", line=2), "", "error: y:2:1: bad [build-failed]"),
        (ArchiveError("gap", rule="C02"), "a.zip", "error: a.zip: gap [archive-invalid]"),
        (UntrustedSignerError("who", step=2), "a", "error: a: step 2: who [signer-untrusted]"),
    ],
)
def test_an_error_says_where_what_and_its_code(error: PlugintoolError, subject: str, line: str) -> None:
    """The subject is not said twice."""
    report: Report[Value] = Report("x", (Outcome(subject=subject, error=error),))
    assert [_plain(found) for found in text.error_lines(report)] == [line]


def test_values_come_after_their_findings_and_errors_apart() -> None:
    """A reader sees per subject what is wrong, then what it is; errors go to another stream."""
    report = Report(
        "x", (Outcome(subject="a", value=Value(), findings=(_finding(),)), Outcome(subject="b", value=Value()))
    )
    lines = [_plain(line) for line in text.outcome_lines(report, lambda _: ["value"], quiet=False)]
    assert lines == ["a/a.json: warning X001 odd", "  fix: change it", "value", "value"]
    assert len(list(text.outcome_lines(report, lambda _: ["value"], quiet=True))) == 2
    assert list(text.error_lines(report)) == []


def _plain(line: str) -> str:
    import click  # noqa: PLC0415 - only to take the styles away

    return click.unstyle(line)
