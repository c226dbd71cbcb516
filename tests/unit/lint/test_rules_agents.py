"""AG001 to AG008, CM001, CM002: names, ignored keys, and files that are no components."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugintool.report import Severity
from tests.advice_world import DESCRIPTION, component, findings, messages, places
from tests.rule_fixtures import clean_plugin, lint_directory

AGENT = component(f"name: reviewer\n{DESCRIPTION}")
PLAIN = component(DESCRIPTION)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (PLAIN, 1),
        (component(f"name: ''\n{DESCRIPTION}"), 2),
        (component(f"{DESCRIPTION}name:\n"), 3),
        (AGENT, 0),
        (component(f"name: [a]\n{DESCRIPTION}"), 0),
        ("no front matter", 0),
        (component(""), 0),
    ],
)
def test_an_agent_has_a_name(text: str, line: int) -> None:
    """AG001."""
    assert places("AG001", {"agents/scout.md": text}) == ([("agents/scout.md", line)] if line else [])


def test_the_missing_name_is_proposed() -> None:
    """AG001: as the client takes it."""
    (found,) = findings("AG001", {"agents/scout.md": PLAIN})
    assert found.hint == "add name: scout"
    assert findings("AG001", {"commands/scout.md": PLAIN}) == []


@pytest.mark.parametrize(
    ("name", "hint"), [("acme:scout", "call it scout"), ("a:b:scout", "call it scout"), ("scout:", "")]
)
def test_a_colon(name: str, hint: str) -> None:
    """AG002: from 2.1.218 on."""
    files = {"agents/x.md": component(f"name: '{name}'\n{DESCRIPTION}")}
    (found,) = findings("AG002", files)
    assert (found.severity, found.hint, found.location.line) == (Severity.ERROR, hint, 2)
    assert findings("AG002", files, client=(2, 1, 217)) == []
    assert findings("AG002", {"commands/x.md": component(f"name: '{name}'\n")}) == []


@pytest.mark.parametrize(
    ("files", "fields", "expected"),
    [
        ({"agents/a.md": AGENT, "agents/b.md": AGENT}, {}, [("agents/b.md", 2)]),
        ({"agents/a.md": AGENT, "agents/reviewer.md": PLAIN}, {}, [("agents/reviewer.md", 1)]),
        ({"agents/a.md": AGENT, "commands/reviewer.md": PLAIN}, {}, []),
        ({"commands/review.md": PLAIN}, {}, [("skills/review/SKILL.md", 0)]),
        ({"commands/a/x.md": PLAIN, "commands/b/x.md": PLAIN}, {}, []),
        ({"commands/x.md": PLAIN, "more/x.md": PLAIN}, {"commands": ["./commands/", "./more/"]}, [("more/x.md", 0)]),
        ({"more/review/SKILL.md": PLAIN}, {"skills": "./more/"}, [("skills/review/SKILL.md", 0)]),
        ({"commands/README.md": "x", "more/README.md": "x"}, {"commands": ["./commands/", "./more/"]}, []),
    ],
)
def test_two_of_one_name(files: dict[str, str], fields: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    """AG004: agents have names of their own, commands and skills share theirs."""
    assert places("AG004", files, fields) == expected


def test_many_of_one_name_are_one_finding_each() -> None:
    """AG004: never a finding for each pair."""
    files = {f"agents/a{number}.md": AGENT for number in range(200)}
    assert len(findings("AG004", files)) == 199


@pytest.mark.parametrize("key", ["hooks", "mcpServers", "permissionMode"])
def test_keys_that_are_ignored(key: str) -> None:
    """AG005: in agents only."""
    text = component(f"name: x\n{DESCRIPTION}{key}: y\n")
    assert messages("AG005", {"agents/x.md": text}) == [f"`{key}` is ignored in the agents of plugins"]
    assert places("AG005", {"agents/x.md": text}) == [("agents/x.md", 4)]
    assert findings("AG005", {"skills/review/SKILL.md": text}) == []


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("agents/README.md", PLAIN, 1),
        ("commands/readme.md", "text", 1),
        ("commands/readme.md", PLAIN, 0),
        ("commands/index.md", PLAIN, 0),
        ("commands/INDEX.md", PLAIN, 1),
        ("agents/CHANGELOG.MD", "x", 1),
        ("agents/scout.md", AGENT, 0),
        ("skills/README.md", "x", 0),
        ("docs/README.md", "x", 0),
    ],
)
def test_documents_among_components(path: str, text: str, count: int) -> None:
    """AG008: a command that happens to be called readme says what it is for."""
    found = findings("AG008", {path: text})
    assert [item.severity for item in found] == [Severity.INFO] * count
    assert findings("AG008", {path: text}, profile="client") == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["commands/a.md", "agents/b.md"], []),
        (["commands/git/a.md"], ["a command in a sub-directory"]),
        (["commands/git/a.md", "commands/git/b.md"], ["2 commands in a sub-directory"]),
        (["agents/x/a.md", "commands/y/z/b.md"], ["an agent", "a command"]),
        (["skills/review/more/a.md"], []),
    ],
)
def test_sub_directories(files: list[str], expected: list[str]) -> None:
    """CM001: one finding for each directory, whatever it holds."""
    found = messages("CM001", dict.fromkeys(files, PLAIN))
    assert len(found) == len(expected)
    assert all(text.startswith(word[0]) for word, text in zip(expected, found, strict=True))


def test_what_the_manifest_names_is_no_accident() -> None:
    """CM001."""
    assert findings("CM001", {"more/git/a.md": PLAIN}, {"commands": "./more/"}) == []


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("commands/x.txt", 1),
        ("agents/x.mdx", 1),
        ("commands/x.toml", 1),
        ("commands/x.sh", 0),
        ("commands/notes/x.txt", 0),
        ("commands/x.md/y.txt", 1),
        ("skills/review/x.txt", 0),
        ("agents", 1),
        ("docs/x.md/y.txt", 0),
    ],
)
def test_what_is_not_loaded(path: str, count: int) -> None:
    """CM002."""
    assert len(findings("CM002", {path: "text"})) == count


def test_a_document_is_the_only_finding(tmp_path: Path) -> None:
    """AG008: nobody is told to give a README a name, or a plain one."""
    root = clean_plugin(tmp_path, {"agents/README.md": PLAIN})
    assert [found.code for found in lint_directory(root)] == ["AG008"]
