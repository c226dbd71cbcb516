"""Front matter as the genuine client reads it; verdicts measured with claude 2.1.330, November 2026."""

from __future__ import annotations

import pytest

from plugintool import limits
from plugintool.plugin import frontmatter
from plugintool.plugin.frontmatter import FrontMatter, State


def read(block: str, body: str = "Body\n") -> FrontMatter:
    return frontmatter.read(f"---\n{block}---\n{body}".encode())


class TestWhereItIs:
    """The block begins at the first byte and ends at the first three hyphens."""

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"Just text\n",
            b"\n---\nname: x\n---\n",
            b" ---\nname: x\n---\n",
            b"----\nname: x\n---\n",
            b"---yaml\nname: x\n---\n",
            b"--\nname: x\n--\n",
            "---\nname: x\n---\n".encode("utf-16"),
        ],
    )
    def test_elsewhere_there_is_none(self, data: bytes) -> None:
        assert frontmatter.read(data).state is State.ABSENT

    @pytest.mark.parametrize("data", [b"---\nname: x\n", b"---\n", b"---\nname: x\n--\n", b"---\nname: x\n...\n"])
    def test_without_an_end_it_is_unclosed(self, data: bytes) -> None:
        assert frontmatter.read(data).state is State.UNCLOSED

    @pytest.mark.parametrize(
        "data",
        [
            b"---\nname: x\n---",
            b"---\nname: x\n---\n",
            b"--- \t\nname: x\n---  \nBody",
            b"---\r\nname: x\r\n---\r\nBody\r\n",
            b"\xef\xbb\xbf---\nname: x\n---\n",
            b"---\n\n\nname: x\n---\n",
        ],
    )
    def test_blanks_line_ends_and_a_mark_do_not_matter(self, data: bytes) -> None:
        found = frontmatter.read(data)
        assert (found.state, dict(found.values), found.cut) == (State.MAPPING, {"name": "x"}, None)

    @pytest.mark.parametrize(
        "data", [b"---\n---\nBody", b"---\n# only a comment\n---\n", b"---\n\n---\n", b"---\n~\n---\n"]
    )
    def test_an_empty_block_is_empty(self, data: bytes) -> None:
        assert frontmatter.read(data).state is State.EMPTY

    @pytest.mark.parametrize("block", ["hello\n", "- a\n- b\n", "5\n", "'x'\n"])
    def test_what_is_no_mapping_is_other(self, block: str) -> None:
        found = read(block)
        assert (found.state, dict(found.values)) == (State.OTHER, {})

    def test_invalid_bytes_are_replaced(self) -> None:
        found = frontmatter.read(b"---\nname: a\xffb\n---\n")
        assert found.values["name"] == "a\ufffdb"

    @pytest.mark.parametrize(
        ("text", "offset"),
        [
            ("---\na: b\n---\nBody", 13),
            ("---\na: b\n---", 12),
            ("---\r\na: b\r\n---\r\nBody", 16),
            ("---\na: b---x\n", 11),
        ],
    )
    def test_the_body_begins_after_the_closing_line(self, text: str, offset: int) -> None:
        assert frontmatter.read(text.encode()).body_offset == offset


class TestCut:
    """Three hyphens anywhere end the block, and everything after is body."""

    @pytest.mark.parametrize(
        ("block", "place", "values"),
        [
            ("description: x---y\ntools: Read\n", (2, 15), {"description": "x"}),
            ("description: |\n  a\n  ---\n  b\ntools: Read\n", (4, 3), {"description": "a\n"}),
            ("# ------\nname: x\n", (2, 3), {}),
            ("name: x\n---- \n", (3, 1), {"name": "x"}),
            ("name: x\n--- # end\n", (3, 1), {"name": "x"}),
        ],
    )
    def test_the_rest_is_lost(self, block: str, place: tuple[int, int], values: dict[str, str]) -> None:
        found = read(block)
        assert found.cut == place
        assert dict(found.values) == values

    def test_a_quote_that_is_cut_open_does_not_parse(self) -> None:
        found = read('description: "x --- y"\n')
        assert found.state is State.BROKEN
        assert found.cut == (2, 17)


REPAIRED = [
    "description: Use this: when asked: now\n",
    "argument-hint: [a] [b]\n",
    "name: [x\n",
    "description: @mention\n",
    "description: *all\n",
    "description: *text* bold\n",
    "description: &x y: z\n",
    "description: !x y: z\n",
    "description: `x`: y\n",
    "description: %x\n",
    "description: >x\n",
    "description: |x\n",
    "description: ]x\n",
    'description: a\\b: "c" d\n',
    "description: 'a' b: c\n",
    "description:  x: y\n",
    "metadata:\n\ta: b\nname: x\n",
    "x:\n  - a\n\t- b\n",
    "description: a\n\tb\n",
]
"""Refused by YAML, read by 2.1.330, dropped by 2.1.197."""
BROKEN = [
    'description: "a\nb"\n',
    "description: 'a\nb'\n",
    "tools: [a,\nb]\n",
    "my key: a: b\n",
    "a.b: x: y\n",
    "a1: x: y\n",
    "metadata:\n  a: x: y\n",
    'description: "a" tail\n',
    "description: - x\n",
    "description: ? x\n",
    "description: a:\n",
    "description: a\n  b: c\n",
    "description: a\nb\n",
    "description: |\n text\nname: x: y\n",
    "description: a: b\r\nname: x\r\n",
    "description: :\n",
    "tools:\n  - a: b: c\n",
    "tools:\n- a\n- b: c: d\n",
    'description: "a\\qb"\n',
    'description: "\\ud800"\n',
    "x: [\n\ta]\n",
    "%YAML 1.1\ndescription: d\n",
    "description: a\u2028b: c\n",
    "description: a\0b\n",
    'description: "a\0b"\n',
    "# \0\ndescription: d\n",
    "description: d\n...\nfoo: bar\n",
]
"""Refused by 2.1.330, also after its repair."""
READ = [
    'description: "a\n b"\n',
    'description: "a\n\n b"\n',
    "tools: [a\n]\n",
    "x: {a: 1,\nb: 2}\n",
    "x: {a: 1\n}\n",
    "description: a #b: c\n",
    "description: d\t\n",
    "description: a\x07b\n",
    "description: a\u0085b\n",
    "x: &a {q: 1}\ny:\n  <<: *a\n",
    "? [a]\n: b\n",
    "x: &a 1\ny: &a 2\nz: *a\n",
    "x: [a,\n  \tb]\n",
    "x: [a,\n# note\n b]\n",
    "x: [a\n, b]\n",
    "{description: a,\nname: b}\n",
    "x: !!python/object:os.system 1\n",
    "description: >\n  line one\n  line two\n",
    "description: x\ndescription: y\n",
]
"""Read by both without repair."""


@pytest.mark.parametrize("block", REPAIRED)
def test_newer_clients_repair_one_line_values(block: str) -> None:
    found = read(block)
    assert found.state is State.MAPPING
    assert found.repaired
    assert found.flaw is not None


@pytest.mark.parametrize("block", BROKEN)
def test_what_no_client_repairs_is_broken(block: str) -> None:
    found = read(block)
    assert found.state is State.BROKEN
    assert not found.repaired
    assert dict(found.values) == {}
    assert found.flaw or found.outdented


@pytest.mark.parametrize("block", READ)
def test_what_is_yaml_needs_no_repair(block: str) -> None:
    found = read(block)
    assert found.state is State.MAPPING
    assert not found.repaired
    assert found.flaw is None


@pytest.mark.parametrize(
    ("block", "place"),
    [
        ('description: "a\nb"\n', (3, 1)),
        ('description: "a\n"\n', (3, 1)),
        ("x: y\ntools: [a,\nb]\n", (4, 1)),
        ('x: {a: "b\nc"}\n', (3, 1)),
        ("x: {a: [b,\nc]}\n", (3, 1)),
    ],
)
def test_an_outdented_value_says_where(block: str, place: tuple[int, int]) -> None:
    """PyYAML takes these; the client does not."""
    assert read(block).outdented == place


class TestValues:
    """YAML 1.2 core: only few plain words are no texts."""

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("true", True),
            ("FALSE", False),
            ("null", None),
            ("~", None),
            ("", None),
            ("5", 5),
            ("-5", -5),
            ("010", 10),
            ("0o17", 15),
            ("0x1f", 31),
            ("1.5", 1.5),
            ("1e3", 1000.0),
            ("1.0", 1.0),
            (".5", 0.5),
            (".inf", float("inf")),
            ("-.INF", float("-inf")),
            ("yes", "yes"),
            ("on", "on"),
            ("2024-01-01", "2024-01-01"),
            ("1:30", "1:30"),
            ("1_000", "1_000"),
            ("0b11", "0b11"),
            ("tRue", "tRue"),
            ("'5'", "5"),
            ('"true"', "true"),
            ("!!str 5", "5"),
            ("!foo bar", "bar"),
            ("9" * 65, "9" * 65),
            ("[a, 1, true]", ["a", 1, True]),
            ("{a: 1}", {"a": 1}),
        ],
    )
    def test_a_plain_word_is_resolved(self, text: str, value: object) -> None:
        assert read(f"x: {text}\n").values["x"] == value

    def test_not_a_number_is_a_number(self) -> None:
        found = read("x: .nan\n").values["x"]
        assert isinstance(found, float)
        assert found != found  # noqa: PLR0124 - that is what it is

    @pytest.mark.parametrize(("key", "name"), [("1", "1"), ("true", "true"), ("null", ""), ("'a b'", "a b")])
    def test_keys_are_texts(self, key: str, name: str) -> None:
        assert list(read(f"{key}: x\n").values) == [name]

    def test_the_last_of_equal_keys_wins_and_is_named(self) -> None:
        found = read("a: 1\na: 2\nb: {c: 1, c: 2}\n")
        assert (found.values["a"], found.duplicates) == (2, ("a",))

    def test_aliases_are_expanded(self) -> None:
        found = read("a: &x [1, 2]\nb: *x\n")
        assert found.values["b"] == [1, 2]
        assert "the anchor &x in line 1" in found.oddities

    def test_text_is_empty_for_what_is_none(self) -> None:
        found = read("a: x\nb: 5\n")
        assert (found.text("a"), found.text("b"), found.text("c")) == ("x", "", "")


class TestPlaces:
    """Line and column in the file, from 1."""

    def test_of_keys(self) -> None:
        found = read("name: x\n\n# note\ndescription: y\nmetadata:\n  name: z\n")
        assert dict(found.keys) == {"name": (2, 1), "description": (5, 1), "metadata": (6, 1)}
        assert found.place("description") == (5, 1)
        assert found.place("nothing") == (1, 1)
        assert found.place() == (1, 1)

    def test_after_blank_lines(self) -> None:
        assert frontmatter.read(b"---\n\n\nname: x\n---\n").place("name") == (4, 1)

    def test_of_a_flaw(self) -> None:
        flaw = read('name: x\ndescription: "a" tail\n').flaw
        assert flaw is not None
        assert (flaw.line, flaw.column) == (3, 18)


class TestLimits:
    """Nothing that a stranger writes costs more than it should."""

    def test_deep_nesting_is_refused(self) -> None:
        deep = limits.YAML_DEPTH + 1
        found = read("x: " + "[" * deep + "]" * deep + "\nd: 'x\n'\n")
        assert found.state is State.BROKEN
        assert found.flaw is not None
        assert "deeper" in found.flaw.message

    def test_an_explosion_of_aliases_is_refused(self) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
        found = read("\n".join(lines) + "\nd: 'x\n'\n")
        assert found.state is State.BROKEN
        assert found.flaw is not None
        assert "aliases expanded" in found.flaw.message

    def test_many_values_are_refused(self) -> None:
        found = read("x: [" + "a, " * (limits.YAML_NODES + 1) + "b]\nd: 'x\n'\n")
        assert found.state is State.BROKEN

    @pytest.mark.parametrize("block", ["[" * 100_000, "- " * 100_000, "{" * 100_000, "? " * 100_000, "&a " * 10_000])
    def test_a_hundred_thousand_openings_end(self, block: str) -> None:
        assert read(f"{block}\n").state is State.BROKEN

    def test_an_alias_of_itself_ends(self) -> None:
        assert read("x: &a [*a]\n").state is State.MAPPING


class TestQuoting:
    """The client's repair, which other readers do not know."""

    @pytest.mark.parametrize(
        ("line", "quoted"),
        [
            ("a: b", "a: b"),
            ("a: b: c", 'a: "b: c"'),
            ("a: [b] [c]", 'a: "[b] [c]"'),
            ('a: "b: c"', 'a: "b: c"'),
            ("a: 'b: c'", "a: 'b: c'"),
            ('a: say "x": y', 'a: "say \\"x\\": y"'),
            ("a: b\\c: d", 'a: "b\\\\c: d"'),
            ("a1: b: c", "a1: b: c"),
            (" a: b: c", " a: b: c"),
            ("a: b: c\r", "a: b: c\r"),
            ("- a: b: c", "- a: b: c"),
        ],
    )
    def test_a_line(self, line: str, quoted: str) -> None:
        assert frontmatter.quote_values(line) == quoted

    def test_tabs_that_indent_become_blanks(self) -> None:
        assert frontmatter.expand_tabs("a:\n\tb: c\td\n \t- e") == "a:\n  b: c\td\n   - e"
