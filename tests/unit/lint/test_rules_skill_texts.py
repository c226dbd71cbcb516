"""SK005 to SK016: names, lengths and links of skills."""

from __future__ import annotations

import time
from typing import Any

import pytest

from plugintool.report import Severity
from tests.advice_world import DESCRIPTION, component, findings, messages, places

SKILL = "skills/review/SKILL.md"


def skill(block: str = "", body: str = "Text.\n") -> dict[str, str]:
    return {SKILL: component(f"name: review\n{DESCRIPTION}{block}", body)}


@pytest.mark.parametrize(
    ("path", "name", "count"),
    [
        (SKILL, "review", 0),
        (SKILL, "other", 1),
        (SKILL, "''", 0),
        (SKILL, "[a]", 0),
        ("skills/SKILL.md", "other", 0),
        ("agents/x.md", "other", 0),
    ],
)
def test_a_skill_is_called_like_its_folder(path: str, name: str, count: int) -> None:
    """SK005."""
    found = findings("SK005", {path: component(f"name: {name}\n{DESCRIPTION}")})
    assert [item.location.line for item in found] == [2] * count


def test_claude_code_does_not_mind() -> None:
    """SK005: it goes by the folder."""
    files = {SKILL: component("name: other\n")}
    assert findings("SK005", files, targets=("claude-code",)) == []
    assert len(findings("SK005", files, targets=("cowork",))) == 1


@pytest.mark.parametrize(
    ("path", "name", "hint"),
    [
        (SKILL, "Code Review", "call it code-review"),
        (SKILL, "x" * 65, "shorten it"),
        (SKILL, "code_review", ""),
        ("skills/My Skill/SKILL.md", "x", "call it my-skill"),
        ("agents/x.md", "Scout", "call it scout"),
        ("agents/Scout.md", "", "call it scout"),
        ("agents/Scout.md", "scout", ""),
        ("commands/Find Bugs.md", "x", "call it find-bugs"),
        ("commands/find-bugs.md", "Find Bugs", ""),
        ("commands/README.md", "x", ""),
        (f"commands/{'x' * 65}.md", "x", "shorten it"),
    ],
)
def test_plain_names(path: str, name: str, hint: str) -> None:
    """SK006: what people type."""
    block = f"name: {name}\n{DESCRIPTION}" if name else DESCRIPTION
    found = findings("SK006", {path: component(block)})
    assert [item.hint for item in found] == ([hint] if hint else [])


@pytest.mark.parametrize(
    ("path", "lengths", "word"),
    [
        (SKILL, (1024, 0, 0), ""),
        (SKILL, (1025, 0, 0), "`description` has 1025"),
        (SKILL, (1000, 536, 0), ""),
        (SKILL, (1000, 537, 0), "`when_to_use` has 1537"),
        (SKILL, (10, 0, 501), "`compatibility` has 501"),
        (SKILL, (10, 0, 500), ""),
        ("commands/x.md", (1536, 0, 0), ""),
        ("commands/x.md", (1537, 0, 0), "`description` has 1537"),
        ("agents/x.md", (5000, 0, 0), ""),
    ],
)
def test_caps(path: str, lengths: tuple[int, int, int], word: str) -> None:
    """SK008: at the limit is allowed; one finding a component."""
    keys = ("description", "when_to_use", "compatibility")
    block = "".join(f"{key}: {'x' * length}\n" for key, length in zip(keys, lengths, strict=True) if length)
    found = messages("SK008", {path: component(block)})
    assert len(found) == int(bool(word))
    assert all(word in text for text in found)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Reviews <b>code</b>", 1),
        ("Reviews <example> code", 1),
        ("Reviews <br/>", 1),
        ("Reviews if a < b and c > d", 0),
        ("Reviews <1> code", 0),
        ("Reviews code -> tests", 0),
        ("<" * 5000, 0),
    ],
)
def test_markup(text: str, count: int) -> None:
    """SK009: tags, not signs."""
    block = f"name: review\ndescription: '{text}'\n"
    assert len(findings("SK009", {SKILL: component(block)})) == count
    assert findings("SK009", {"agents/x.md": component(block)}) == []


@pytest.mark.parametrize(("lines", "count"), [(496, 0), (497, 1)])
def test_long_skills(lines: int, count: int) -> None:
    """SK010: 500 lines are allowed, the four of the front matter among them; off unless selected."""
    files = {SKILL: component("name: review\n", "x\n" * (lines + 1))}
    found = findings("SK010", files)
    assert [(item.severity, item.location.line) for item in found] == [(Severity.INFO, 501)] * count
    assert "SK010" not in {item.code for item in findings("SK010", files, select=())}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[a](there.md)", 0),
        ("[a](missing.md)", 1),
        ("[a](missing.md#part)", 1),
        ("[a](there.md#part)", 0),
        ("[a](there.md?raw=1)", 0),
        ('[a](missing.md "title")', 1),
        ("[a](<my file.md>)", 0),
        ("[a](my%20file.md)", 0),
        ("[a](docs/guide.md)", 0),
        ("[a](../review/there.md)", 0),
        ("[a](../review)", 0),
        ("![a](missing.png)", 1),
        ("[a](https://acme.example/x.md)", 0),
        ("[a](mailto:x@acme.example)", 0),
        ("[a](#part)", 0),
        ("[a](/missing.md)", 0),
        ("[a](~/missing.md)", 0),
        ("[a](//acme.example/x)", 0),
        ("[a](${ROOT}/missing.md)", 0),
        ("[a]({name}.md)", 0),
        ("[a](<name>.md)", 0),
        ("[a](...)", 0),
        ("`[a](missing.md)`", 0),
        ("``[a](missing.md) ` ``", 0),
        ("```\n[a](missing.md)\n```", 0),
        ("```md\n[a](missing.md)\n```\n[a](missing.md)", 1),
        ("~~~\n```\n[a](missing.md)\n~~~", 0),
        ("````\n```\n[a](missing.md)\n````", 0),
        ("[a](missing.md) and [b](gone.md)", 2),
        ("[a]()", 0),
        ("text ] ( missing.md )", 0),
    ],
)
def test_links(body: str, expected: int) -> None:
    """SK013: relative links outside of code, seen from the skill or from the plugin."""
    files = {
        **skill(body=body + "\n"),
        "skills/review/there.md": "x",
        "skills/review/my file.md": "x",
        "docs/guide.md": "x",
    }
    assert len(findings("SK013", files)) == expected


def test_the_place_of_a_link() -> None:
    """SK013: line and column of the end of its text."""
    (found,) = findings("SK013", skill(body="one\n\nsee [a](missing.md)\n"))
    assert (found.location.path, found.location.line, found.location.column) == (SKILL, 7, 7)


@pytest.mark.parametrize(
    ("target", "count"),
    [("../../../x.md", 1), ("../../x.md", 0), ("../../../../etc/x", 1), ("x/../../../../y", 1), ("x.md", 0)],
)
def test_links_that_leave(target: str, count: int) -> None:
    """SK014: an error, and none for a missing file at once."""
    found = findings("SK014", skill(body=f"[a]({target})\n"))
    assert [item.severity for item in found] == [Severity.ERROR] * count
    if count:
        assert findings("SK013", skill(body=f"[a]({target})\n")) == []


def test_the_number_of_findings_is_bounded() -> None:
    """SK013, SK014: a hundred for each skill."""
    assert len(findings("SK013", skill(body="[a](missing.md)\n" * 5000))) == 100


@pytest.mark.parametrize("text", ["[" * 100_000, "](" * 50_000, "`" * 100_000, "[a](" + "x" * 100_000, "](<" * 30_000])
def test_hostile_texts_cost_little(text: str) -> None:
    """SK013: linear, whatever stands there."""
    start = time.process_time()
    assert findings("SK013", skill(body=text)) == []
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("block", "word"),
    [
        ("license: MIT\nmetadata: {}\n", ""),
        ("context: fork\n", "context"),
        ("version: 1\nauthor: x\n", "author, version"),
    ],
)
def test_the_open_core(block: str, word: str) -> None:
    """SK015: off unless selected."""
    found = messages("SK015", skill(block))
    assert [text.partition(": ")[2] for text in found] == ([word] if word else [])


@pytest.mark.parametrize(
    ("files", "fields", "count"),
    [
        ({"SKILL.md": component(DESCRIPTION)}, {}, 1),
        ({"SKILL.md": component(DESCRIPTION)}, {"skills": "."}, 0),
        ({"SKILL.md": component(DESCRIPTION)}, {"skills": ["./"]}, 0),
        ({"docs/SKILL.md": component(DESCRIPTION)}, {}, 0),
        ({}, {}, 0),
    ],
)
def test_a_root_skill(files: dict[str, str], fields: dict[str, Any], count: int) -> None:
    """SK016."""
    assert places("SK016", files, fields) == [("SKILL.md", 0)] * count
