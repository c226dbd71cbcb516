"""FM011 to FM023: keys, values and tools of front matter that parses, and the bytes of the file."""

from __future__ import annotations

from typing import Any

import pytest

from plugintool.lint.known import TOOLS, near_miss
from plugintool.lint.rules.front_matter_values import split_tools
from tests.advice_world import DESCRIPTION, component, findings, messages, places

PATHS = {"agent": "agents/x.md", "command": "commands/x.md", "skill": "skills/review/SKILL.md"}


def says(rule_id: str, kind: str, block: str, **options: Any) -> list[str]:
    return messages(rule_id, {PATHS[kind]: component(DESCRIPTION + block)}, **options)


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("name: x\n", []),
        ("name: x\nname: y\n", ["'name' stands twice"]),
        ("name: x\nname: y\nmodel: a\nmodel: b\n", ["'name' stands twice", "'model' stands twice"]),
        ("name: !!str x\n", ["the tag"]),
        ("name: &a x\nmodel: *a\n", ["the anchor &a"]),
        ("<<: {a: b}\n", ["a merge key"]),
        ("metadata:\n  a: b\n", []),
    ],
)
def test_yaml_that_others_read_differently(kind: str, block: str, words: list[str]) -> None:
    """FM011."""
    found = says("FM011", kind, block)
    assert len(found) == len(words)
    assert all(any(word in text for text in found) for word in words)


def test_the_place_of_a_double_key() -> None:
    """FM011: that of the key which counts."""
    assert places("FM011", {"commands/x.md": component("description: a\nmodel: b\ndescription: c\n")}) == [
        ("commands/x.md", 4)
    ]


@pytest.mark.parametrize(
    ("kind", "key", "meant"),
    [
        ("command", "allowedTools", "allowed-tools"),
        ("command", "allowed_tools", "allowed-tools"),
        ("command", "AllowedTools", "allowed-tools"),
        ("skill", "tools", "allowed-tools"),
        ("skill", "alowed-tools", "allowed-tools"),
        ("skill", "argumentHint", "argument-hint"),
        ("skill", "when-to-use", "when_to_use"),
        ("command", "Description", ""),
        ("command", "modle", "model"),
        ("agent", "allowed-tools", "tools"),
        ("agent", "disallowed-tools", "disallowedTools"),
        ("agent", "max_turns", "maxTurns"),
        ("agent", "tool", "tools"),
        ("agent", "tools", ""),
        ("agent", "colour", "color"),
        ("agent", "when_to_use", ""),
        ("agent", "capabilities", ""),
        ("skill", "version", ""),
        ("skill", "author", ""),
        ("skill", "tags", ""),
        ("skill", "triggers", ""),
        ("skill", "license", ""),
        ("skill", "path", "paths"),
        ("skill", "code", ""),
    ],
)
def test_a_misspelt_key(kind: str, key: str, meant: str) -> None:
    """FM014: near keys and the spellings of other kinds; what is like nothing is left alone."""
    found = findings("FM014", {PATHS[kind]: component(f"{DESCRIPTION}{key}: x\n")})
    assert [item.hint for item in found] == ([f"did you mean {meant}?"] if meant else [])
    assert [item.location.line for item in found] == [3] * len(found)


def test_a_misspelt_key_beside_the_right_one() -> None:
    """FM014: the right one counts, so nothing is lost."""
    assert says("FM014", "command", "allowed-tools: Read\nallowedTools: Read\n") == []


@pytest.mark.parametrize(
    ("kind", "block", "word"),
    [
        ("agent", "model: sonnet\n", ""),
        ("agent", "model: inherit\n", ""),
        ("agent", "model: claude-opus-4-5\n", ""),
        ("agent", "model: us.anthropic.claude-x:0\n", ""),
        ("skill", "model: gpt\n", "the model 'gpt' is unknown"),
        ("skill", "model: 4\n", "the model 4 is unknown"),
        ("skill", "model: [sonnet]\n", "the model a list is unknown"),
        ("skill", "model:\n", ""),
        ("agent", "effort: high\n", ""),
        ("agent", "effort: extreme\n", "`effort` is 'extreme'"),
        ("skill", "effort: 5\n", "`effort` is 5"),
        ("agent", "color: cyan\n", ""),
        ("agent", "color: magenta\n", "`color` is 'magenta'"),
        ("skill", "color: magenta\n", ""),
        ("agent", "memory: project\n", ""),
        ("agent", "memory: team\n", "`memory` is 'team'"),
        ("agent", "isolation: container\n", "`isolation` is 'container'"),
        ("agent", "isolation: worktree\n", ""),
        ("skill", "context: fork\n", ""),
        ("skill", "context: new\n", "`context` is 'new'"),
        ("agent", "context: new\n", ""),
        ("agent", "maxTurns: 5\n", ""),
        ("agent", "maxTurns: '5'\n", ""),
        ("agent", "maxTurns: 0\n", "`maxTurns` is 0"),
        ("agent", "maxTurns: many\n", "`maxTurns` is 'many'"),
        ("agent", "maxTurns: true\n", "`maxTurns` is True"),
        ("skill", "maxTurns: many\n", ""),
        ("skill", "user-invocable: false\n", ""),
        ("skill", "user-invocable: 'false'\n", ""),
        ("skill", "user-invocable: no\n", ""),
        ("skill", "user-invocable: Off\n", ""),
        ("skill", "user-invocable: 0\n", ""),
        ("skill", "user-invocable: never\n", "expected true or false"),
        ("skill", "disable-model-invocation: [true]\n", "expected true or false"),
        ("agent", "background: maybe\n", "expected true or false"),
        ("command", "argument-hint: a\n", ""),
        ("command", "argument-hint: [a]\n", ""),
        ("command", "argument-hint: {a: b}\n", "`argument-hint` is an object"),
    ],
)
def test_a_value_that_is_documented(kind: str, block: str, word: str) -> None:
    """FM017."""
    found = says("FM017", kind, block)
    assert len(found) == int(bool(word))
    assert all(word in text for text in found)


def test_spoken_booleans_need_a_newer_client() -> None:
    """FM017."""
    (text,) = says("FM017", "skill", "user-invocable: yes\n", client=(2, 1, 217))
    assert "before 2.1.218" in text
    assert says("FM017", "skill", "user-invocable: true\n", client=(2, 1, 217)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Read", ["Read"]),
        ("Read, Write", ["Read", "Write"]),
        ("Read Write", ["Read", "Write"]),
        ("Bash(git add:*, x), Read", ["Bash(git add:*, x)", "Read"]),
        ("Bash((a) b)", ["Bash((a) b)"]),
        ("Bash(git", None),
        ("Bash)git(", None),
        ("(" * 10_000, None),
    ],
)
def test_a_list_of_tools_is_split(text: str, expected: list[str] | None) -> None:
    assert split_tools(text) == expected


@pytest.mark.parametrize(
    ("kind", "block", "words"),
    [
        ("command", "allowed-tools: Read, Write(x)\n", []),
        ("command", "allowed-tools: read\n", ["'read' is unknown"]),
        ("command", "allowed-tools: [Raed, WebFetsh(x)]\n", ["'Raed'", "'WebFetsh'"]),
        ("command", "allowed-tools: Raed, Raed\n", ["'Raed'"]),
        ("command", "allowed-tools: Bash(git:*\n", ["do not match"]),
        ("skill", "disallowed-tools: web_search\n", []),
        ("skill", "disallowed-tools: Websearch\n", ["'Websearch'"]),
        ("agent", "tools: Grepp\n", ["'Grepp'"]),
        ("agent", "disallowedTools: [Edit, 5]\n", []),
        ("agent", "allowed-tools: Grepp\n", []),
        ("agent", "tools: mcp__search__find, Deploy, '*'\n", []),
        ("agent", "tools: 5\n", []),
    ],
)
def test_a_tool_that_exists(kind: str, block: str, words: list[str]) -> None:
    """FM020: a new tool is no mistake, a misspelt one is."""
    found = says("FM020", kind, block)
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))


def test_a_misspelt_tool_says_up_to_which_client() -> None:
    """FM020: with the right name, and the place of the key."""
    (found,) = findings("FM020", {"commands/x.md": component(f"{DESCRIPTION}allowed-tools: Raed\n")})
    assert (found.hint, found.location.line) == ("did you mean Read? known up to client 2.1.330", 3)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("Read", ""),
        ("Raed", "Read"),
        ("Rea", "Read"),
        ("Reads", "Read"),
        ("read", "Read"),
        ("Exec", ""),
        ("Fetch", ""),
        ("WebSearhc", "WebSearch"),
        ("Multiedit", "MultiEdit"),
        ("Search", ""),
        ("", ""),
    ],
)
def test_what_counts_as_a_near_miss(word: str, near: str) -> None:
    """Short words by one edit only: two turn them into other words."""
    assert near_miss(word, sorted(TOOLS)) == near


@pytest.mark.parametrize(
    ("data", "word", "place"),
    [
        (component(DESCRIPTION).encode("utf-16"), "UTF-16", (1, 1)),
        (component(DESCRIPTION).encode() + b"caf\xe9\n", "no UTF-8", (5, 4)),
        (component(DESCRIPTION).encode() + "é ".encode() + b"\xff\n", "no UTF-8", (5, 3)),
        (component(DESCRIPTION).encode() + "é\n".encode(), "", (0, 0)),
        (b"\xef\xbb\xbf" + component(DESCRIPTION).encode(), "", (0, 0)),
        (b"", "", (0, 0)),
    ],
)
@pytest.mark.parametrize("kind", PATHS)
def test_utf8(kind: str, data: bytes, word: str, place: tuple[int, int]) -> None:
    """FM023: the client replaces such bytes without a word, so its profile is silent."""
    found = findings("FM023", {PATHS[kind]: data})
    assert [(item.location.line, item.location.column) for item in found] == ([place] if word else [])
    assert all(word in item.message for item in found)
    assert findings("FM023", {PATHS[kind]: data}, profile="client") == []
