"""The strict text of a bundle manifest: what it may not do to its readers, each rule with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool import limits
from plugintool.errors import ArchiveError
from plugintool.formats.bundle_text import BundleManifestText, read_bundle_text, require_bundle_text
from tests.archive_cases import CORPUS

FILES = {"manifest.json", "server/index.js", "icon.png", "docs/r\u00e9.md"}
GOOD: dict[str, Any] = {**CORPUS.MANIFEST, "icon": "icon.png"}


def read(**changes: Any) -> BundleManifestText:
    """Read a good manifest with changes; a value of ``...`` takes a key away."""
    value = {key: item for key, item in {**GOOD, **changes}.items() if item is not ...}
    return read_bundle_text(json.dumps(value).encode(), FILES)


def broken(text: BundleManifestText) -> list[tuple[str, str]]:
    return [(breach.rule, "/".join(map(str, breach.pointer))) for breach in text.breaches]


def test_a_good_manifest_breaks_nothing() -> None:
    text = read()
    assert text.breaches == ()
    assert text.value["name"] == "evil-case"
    assert (text.text("name"), text.text("server", "type"), text.text("none"), text.text("server")) == (
        "evil-case",
        "node",
        "",
        "",
    )


BYTES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"name: x",
    "list": b"[]",
    "number": b"5",
    "two": b"{} {}",
    "comment": b"/* x */ {}",
    "trailing comma": b'{"a": 1,}',
    "mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "not UTF-8": b'{"a": "\xff"}',
    "surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "half a pair": b'{"a": "\\ud800"}',
    "NUL": b'{"a": "\\u0000"}',
    "raw control": b'{"a": "\x01"}',
    "twice": b'{"a": 1, "a": 2}',
    "NaN": b'{"a": NaN}',
    "too deep": b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}",
    "too large": b'{"a": "' + b"x" * limits.TEXT_BYTES + b'"}',
    "proto": b'{"a": [{"__proto__": 1}]}',
    "constructor": b'{"constructor": 1}',
    "prototype": b'{"a": {"prototype": {}}}',
}


@pytest.mark.parametrize("case", BYTES)
def test_a_text_that_two_readers_see_differently(case: str) -> None:
    """C28 comes first, whatever else is wrong."""
    text = read_bundle_text(BYTES[case], FILES)
    assert text.breaches[0].rule == "C28"
    with pytest.raises(ArchiveError) as caught:
        require_bundle_text(BYTES[case], FILES)
    assert caught.value.rule == "C28"
    assert caught.value.detail["path"] == "manifest.json"


VALUES: list[tuple[dict[str, Any], str]] = [
    ({"manifest_version": ...}, "manifest_version"),
    ({"manifest_version": 0.3}, "manifest_version"),
    ({"manifest_version": "1.0"}, "manifest_version"),
    ({"manifest_version": None}, "manifest_version"),
    ({"manifest_version": ["0.3"]}, "manifest_version"),
    ({"dxt_version": "9"}, "dxt_version"),
    ({"name": ...}, "name"),
    ({"name": ""}, "name"),
    ({"name": "../x"}, "name"),
    ({"name": "/x"}, "name"),
    ({"name": "a/b/c"}, "name"),
    ({"name": "a\\b"}, "name"),
    ({"name": "nul"}, "name"),
    ({"name": "a:b"}, "name"),
    ({"name": "a."}, "name"),
    ({"name": {"a": 1}}, "name"),
    ({"version": ...}, "version"),
    ({"version": "1/2"}, "version"),
    ({"version": ".."}, "version"),
    ({"version": 1}, "version"),
    ({"icon": "none.png"}, "icon"),
    ({"icon": "https://example.com/i.png"}, "icon"),
    ({"icon": "Icon.png"}, "icon"),
    ({"icon": ""}, "icon"),
    ({"icon": None}, "icon"),
    ({"icons": [{"src": "icon.png", "size": "1x1"}, {"src": "../i.png"}]}, "icons/1/src"),
    ({"server": {"type": "node"}}, "server/entry_point"),
    ({"server": []}, "server/entry_point"),
    ({"server": ...}, "server/entry_point"),
    ({"server": {"entry_point": "server"}}, "server/entry_point"),
    ({"server": {"entry_point": "./../server/index.js"}}, "server/entry_point"),
    ({"server": {"entry_point": "/server/index.js"}}, "server/entry_point"),
    ({"display_name": "a\x1b[2J"}, "display_name"),
    ({"display_name": "a\nb"}, "display_name"),
    ({"display_name": "a\u202eb"}, "display_name"),
    ({"display_name": "a\u2028b"}, "display_name"),
    ({"display_name": "a\u200fb"}, "display_name"),
    ({"display_name": "a\x85b"}, "display_name"),
    ({"description": "a\x07"}, "description"),
    ({"long_description": "a\u2066b"}, "long_description"),
    ({"author": {"name": "a\tb"}}, "author/name"),
    ({"license": "MIT\r"}, "license"),
    ({"keywords": ["fine", "a\x00b".replace("\x00", "\x01")]}, "keywords/1"),
    ({"tools": [{"name": "x", "description": "a\x1bb"}]}, "tools/0/description"),
    ({"prompts": [{"name": "x\n", "text": "fine\n"}]}, "prompts/0/name"),
    ({"user_config": {"k": {"title": "a\u2067b"}}}, "user_config/k/title"),
]


@pytest.mark.parametrize(("changes", "place"), VALUES, ids=[str(row[0])[:50] for row in VALUES])
def test_a_value_that_leads_or_looks_elsewhere(changes: dict[str, Any], place: str) -> None:
    """C29, with its place, and nothing else."""
    assert broken(read(**changes)) == [("C29", place)]


FINE: list[dict[str, Any]] = [
    {"manifest_version": "0.1"},
    {"manifest_version": "0.4"},
    {"manifest_version": ..., "dxt_version": "0.1"},
    {"dxt_version": "0.3"},
    {"name": "@acme/clock"},
    {"name": "acme/clock"},
    {"name": "Clock with blanks"},
    {"version": "1.0.0-beta.1+build.5"},
    {"icon": "./icon.png"},
    {"icon": ...},
    {"icons": []},
    {"icons": "odd"},
    {"server": {"entry_point": "./server/index.js"}},
    {"long_description": "# A\r\n\n\tcode"},
    {"description": "\u0639\u0631\u0628\u0649 \u65e5\u672c\u8a9e \U0001f468\u200d\U0001f469"},
    {"prompts": [{"name": "x", "text": "a\nb"}]},
    {"tools": "odd", "prompts": None, "user_config": [], "keywords": {"a": "b"}, "author": "odd"},
]


@pytest.mark.parametrize("changes", FINE, ids=[str(row)[:50] for row in FINE])
def test_what_is_only_unusual_is_left_to_the_linter(changes: dict[str, Any]) -> None:
    assert broken(read(**changes)) == []


def test_all_problems_are_told() -> None:
    with pytest.raises(ArchiveError) as caught:
        require_bundle_text(json.dumps({**GOOD, "name": "..", "version": "..", "icon": "x"}).encode(), FILES)
    assert [problem.partition(":")[0] for problem in caught.value.detail["problems"]] == ["/name", "/version", "/icon"]


def test_long_values_are_cut() -> None:
    (breach,) = read(name="x/" * 50_000).breaches
    assert len(breach.message) < 300


def test_a_line_is_named_where_there_is_no_pointer() -> None:
    breach = read_bundle_text(b'{\n"a": 1,\n"a": 2}', FILES).breaches[0].as_breach()
    assert breach.message.startswith("line 3: ")
    assert breach.entry == "manifest.json"


@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_value(data: bytes) -> None:
    assert read_bundle_text(data, FILES).breaches


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["0.3", "server/index.js"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted([*GOOD, "src", "title", "entry_point", "tools", "icons"])), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(value=st.dictionaries(st.sampled_from(sorted([*GOOD, "icons", "tools", "prompts", "user_config"])), JSON))
def test_any_object_gives_a_value(value: dict[str, Any]) -> None:
    """Whatever stands where, and every breach is one of the two rules."""
    text = read_bundle_text(json.dumps(value).encode(), FILES)
    assert {breach.rule for breach in text.breaches} <= {"C28", "C29"}
    assert all(breach.as_breach().text for breach in text.breaches)
