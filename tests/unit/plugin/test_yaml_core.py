"""The YAML reader below front matter: core schema, positions, oddities, limits, and errors with a place."""

from __future__ import annotations

import pytest

from plugintool import limits
from plugintool.plugin import yaml_core
from plugintool.plugin.yaml_core import YamlDocument, YamlError


def failure(text: str) -> YamlError:
    with pytest.raises(YamlError) as caught:
        yaml_core.read(text)
    return caught.value


class TestValue:
    """What a document holds."""

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("", None),
            ("# note\n", None),
            ("a", "a"),
            ("- a\n- 1\n- [x, {y: z}]\n", ["a", 1, ["x", {"y": "z"}]]),
            ("a: {b: [1, 2], c: }\n", {"a": {"b": [1, 2], "c": None}}),
            ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
            ("a: >-\n  x\n  y\n", {"a": "x y"}),
            ("a: 'it''s'\n", {"a": "it's"}),
            ('a: "x\\ty"\n', {"a": "x\ty"}),
            ("a:\n- b\n- c\n", {"a": ["b", "c"]}),
            ("? a\n: b\n", {"a": "b"}),
            ("<<: {a: b}\n", {"<<": {"a": "b"}}),
        ],
    )
    def test_plain_values(self, text: str, value: object) -> None:
        assert yaml_core.read(text).value == value

    @pytest.mark.parametrize(
        ("key", "name"),
        [("1.5", "1.5"), ("false", "false"), ("~", ""), ("[a, b]", "['a', 'b']"), ("{a: b}", "{'a': 'b'}")],
    )
    def test_every_key_becomes_a_text(self, key: str, name: str) -> None:
        assert list(yaml_core.read(f"? {key}\n: x\n").value) == [name]

    @pytest.mark.parametrize("tag", ["!!python/object:os.system", "!!binary", "!!set", "!mine", "!!timestamp", "!<x>"])
    def test_a_tag_makes_nothing(self, tag: str) -> None:
        """No object is ever made of what a stranger writes."""
        found = yaml_core.read(f"a: {tag} x\n")
        assert found.value == {"a": "x"}
        assert len(found.oddities) == 1

    def test_what_yaml_forbids_is_replaced(self) -> None:
        assert yaml_core.read("a: x\x07y\u2028z\n").value == {"a": "x\ufffdy\ufffdz"}

    def test_an_alias_shares_its_value(self) -> None:
        found = yaml_core.read("a: &x {b: c}\nd: *x\ne: &x 2\nf: *x\n")
        assert found.value == {"a": {"b": "c"}, "d": {"b": "c"}, "e": 2, "f": 2}


class TestPlaces:
    """Positions count from 1 and are those of top-level keys."""

    def test_keys(self) -> None:
        found = yaml_core.read("a: 1\n\n'b c': 2\n? d\n: {e: 3}\n")
        assert found.keys == {"a": (1, 1), "b c": (3, 1), "d": (4, 3)}

    def test_the_last_of_equal_keys(self) -> None:
        found = yaml_core.read("a: 1\nb: 2\na: 3\n")
        assert found.keys["a"] == (3, 1)
        assert found.duplicates == ["a"]

    def test_a_document_of_one_value_has_none(self) -> None:
        assert yaml_core.read("x") == YamlDocument(value="x")

    @pytest.mark.parametrize(
        ("text", "line"),
        [("a: [\n", 2), ("a: b: c\n", 1), ("ok: 1\n\tb: 2\n", 2), ("ok: 1\nx: *y\n", 2), ("a: \0\n", 1)],
    )
    def test_errors(self, text: str, line: int) -> None:
        error = failure(text)
        assert error.line == line
        assert error.column >= 1
        assert error.message


class TestOutdent:
    """A value that is continued in column 0."""

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ('a: "x\ny"\n', (2, 1)),
            ("a: 'x\n\ny'\n", (3, 1)),
            ("a:\n  - 'x\ny'\n", (3, 1)),
            ("a: [x,\ny]\n", (2, 1)),
            ("a: [x,\n\ty]\n", (2, 1)),
            ('a: "x\n y"\n', None),
            ("a: [x\n]\n", None),
            ("a: [x\n,y]\n", None),
            ("a: {x: 1,\ny: 2}\n", None),
            ("[x,\ny]\n", None),
            ('"x\ny"\n', None),
            ("a: x\n", None),
        ],
    )
    def test_it_is_found(self, text: str, place: tuple[int, int] | None) -> None:
        assert yaml_core.read(text).outdented == place


class TestLimits:
    """Depth, number of values and expanded aliases are bounded."""

    def test_depth(self) -> None:
        assert yaml_core.read("[" * limits.YAML_DEPTH + "]" * limits.YAML_DEPTH).value
        error = failure("[" * (limits.YAML_DEPTH + 1) + "]" * (limits.YAML_DEPTH + 1))
        assert f"deeper than {limits.YAML_DEPTH}" in error.message

    def test_values(self) -> None:
        assert len(yaml_core.read("- a\n" * (limits.YAML_NODES - 1)).value) == limits.YAML_NODES - 1
        assert "more than" in failure("- a\n" * (limits.YAML_NODES + 1)).message

    def test_aliases_count_expanded(self) -> None:
        text = "a: &a [" + "x, " * 999 + "x]\n" + "".join(f"b{n}: *a\n" for n in range(30))
        assert "aliases expanded" in failure(text).message
