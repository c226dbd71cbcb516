"""The short way through simple front matter gives what the YAML reader gives, whatever the block."""

from __future__ import annotations

import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugintool.plugin import plain_yaml, yaml_core
from tests.rule_fixtures import FIXTURES

KEYS = st.sampled_from(["name", "description", "a-b", "x_1", "true", "Null", "NO", "y", "1a", "-a", "a b"]) | st.text(
    st.sampled_from("ab-_ :#\"'\\0"), max_size=4
)
WORDS = [
    "word",
    "[a]",
    "{",
    "- ",
    "|",
    ">",
    "&a",
    "*a",
    "!t",
    "true",
    "~",
    "null",
    "FALSE",
    "5",
    "1e3",
    ".inf",
    "é",
    "🙂",
]
SIGNS = [
    " ",
    ": ",
    ":",
    "#",
    " #",
    '"',
    "'",
    "\\",
    "''",
    "\t",
    "\r",
    "\u2028",
    "\x85",
    "\ufeff",
    "\xa0",
    ",",
    "?",
    "%",
    "@",
]
PIECES = st.sampled_from(WORDS + SIGNS)
VALUES = st.lists(PIECES, max_size=5).map("".join) | st.text(max_size=6)
LINES = st.builds(lambda key, gap, value: f"{key}:{gap}{value}", KEYS, st.sampled_from([" ", "", "  ", "\t"]), VALUES)
INNER = st.builds(
    lambda indent, item, line: indent + item + line,
    st.sampled_from(["  ", " ", "    ", ""]),
    st.sampled_from(["", "", "- ", "-"]),
    LINES | VALUES,
)
"""Lines of what may stand below a key."""
OPENED = st.builds(lambda key, rest: "\n".join([f"{key}:", *rest]), KEYS, st.lists(INNER, max_size=3))
BLOCKS = st.lists(LINES | VALUES | OPENED | st.just(""), max_size=4).map("\n".join)


def _agree(block: str) -> bool:
    """Compare where the short way has an answer; return whether it had one."""
    found = plain_yaml.read(block)
    if found is None:
        return False
    document = yaml_core.read(block)
    assert (document.value, document.keys) == found, block
    assert (document.duplicates, document.oddities, document.outdented) == ([], [], None), block
    return True


@settings(deadline=None, max_examples=2500)
@given(BLOCKS)
@example("a: b\r\nc: 'd'\r\n")
@example('a: "x" \n\nb: Use it: now')
@example("a: b \nb: c #d")
@example("a: Yes\nb: on")
@example("a:\n  b: c\n  d: e\nf: g")
@example("a:\n  - b\n  - 'c'\n\nd: e")
@example("a: x:y\nb: http://c.example/#d\ne: f#g")
@example("a:\n  b: c\n   d: e")
@example("a:\n  b: c\n  b: d")
@example("a:\n  - b\n  c: d")
@example("a:\n\nb: c")
@example("a: b\n  c: d")
def test_the_short_way_agrees_with_the_long_one(block: str) -> None:
    _agree(block)


def test_it_is_taken_by_what_people_write() -> None:
    """All single and pairs of ordinary lines; a way that nobody goes would be no gain and no test."""
    lines = [
        "name: review",
        'description: "Reviews: all"',
        "tools: Read, Bash(git:*)",
        "license: 'MIT'",
        "model: opus\r",
        "",
    ]
    lines += [
        'metadata:\n  author: acme\n  version: "1.0"',
        "skills:\n  - one\n  - 'two'",
        "home: https://a.example/#b",
    ]
    blocks = ["\n".join(pair) for pair in itertools.permutations(lines, 2)]
    assert all(map(_agree, blocks))


def test_what_it_leaves_alone() -> None:
    """Everything with a meaning that a line does not show."""
    blocks = [
        "",
        "\n",
        "a:",
        "a:\nb: c",
        "a:\n  b:",
        "a:\n  - ",
        "a:\n  b: c\n d: e",
        "a:\n  - b\n  c: d",
        "a:\n  - b: c",
        "a:\n- b",
        "a:\n  b: 1",
        "a:\n  b: c\n  b: d",
        "a: b:",
        "a: 1",
        "a: true",
        "a: ~",
        "a: null",
        "a: b\na: c",
        "a: >\n  b",
        "a: [b]",
        "a: b\n  c",
        "- a",
    ]
    blocks += [
        "a: b: c",
        "a: b #c",
        'a: "b\\n"',
        "a: 'b''c'",
        "a:\tb",
        "a : b",
        "true: b",
        "a: b\0",
        "a: \u2028b",
        " a: b",
    ]
    assert [block for block in blocks if plain_yaml.read(block) is not None] == []


def test_it_agrees_on_all_fixtures() -> None:
    """Real blocks, good and bad."""
    texts = [path.read_bytes().decode(errors="replace") for path in sorted(FIXTURES.rglob("*.md"))]
    blocks = [text.split("---")[1].removeprefix("\n") for text in texts if text.startswith("---\n")]
    assert sum(map(_agree, blocks)) > len(blocks) // 3
