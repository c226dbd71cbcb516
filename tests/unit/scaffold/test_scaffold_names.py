"""Which names, authors, descriptions and addresses are accepted, and what is suggested instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.errors import ConfigError
from plugintool.scaffold.names import (
    DESCRIPTION_CHARACTERS,
    NAME_CHARACTERS,
    Author,
    check_description,
    check_name,
    check_url,
    parse_author,
    suggest_name,
    title_of,
)

GOOD = ["a", "code-reviewer", "3d-tools", "x2", "123", "true", "claudette", "official-tools", "a" * NAME_CHARACTERS]
BAD = [
    "",
    "A",
    "Code-Reviewer",
    "code_reviewer",
    "a b",
    "a--b",
    "-a",
    "a-",
    "ä",
    "a/b",
    "../a",
    "a.b",
    "a\n",
    "a\u200b",
]
RESERVED = [
    "claude",
    "claude-x",
    "claude-code",
    "claude-mods",
    "anthropic-tools",
    "anthropics",
    "cc-plugin-x",
    "my-claude",
]


@pytest.mark.parametrize("name", GOOD)
def test_a_usable_name_is_returned(name: str) -> None:
    assert check_name(name, what="a plugin") == name


@pytest.mark.parametrize("name", [*BAD, "a" * (NAME_CHARACTERS + 1)])
def test_a_name_that_some_reader_refuses_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="not a usable name for a plugin: it "):
        check_name(name, what="a plugin")


@pytest.mark.parametrize("name", RESERVED)
def test_names_that_the_client_reserves_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="reserved"):
        check_name(name, what="a plugin")


@pytest.mark.parametrize("name", ["con", "nul", "com1", "lpt9", "aux"])
def test_device_names_of_windows_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="device name"):
        check_name(name, what="a skill")


@pytest.mark.parametrize(
    ("raw", "suggestion"),
    [
        ("Code Reviewer", "code-reviewer"),
        ("codeReviewer", "code-reviewer"),
        ("code_reviewer.", "code-reviewer"),
        ("claude-helper", "helper"),
        ("Anthropic Tools for Claude", "tools-for"),
        ("cc-plugin-x", "x"),
        ("Über-Prüfer", "uber-prufer"),
        ("x" * 70, "x" * NAME_CHARACTERS),
        ("claude", ""),
        ("...", ""),
        ("con", ""),
    ],
)
def test_a_similar_usable_name_is_suggested(raw: str, suggestion: str) -> None:
    assert suggest_name(raw) == suggestion


@given(st.text())
def test_a_suggestion_is_always_usable(raw: str) -> None:
    suggestion = suggest_name(raw)
    assert not suggestion or check_name(suggestion, what="a plugin") == suggestion


@given(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True))
def test_a_usable_name_is_its_own_suggestion(name: str) -> None:
    try:
        check_name(name, what="a plugin")
    except ConfigError:
        return
    assert suggest_name(name) == name


def test_the_suggestion_stands_in_the_error() -> None:
    with pytest.raises(ConfigError) as caught:
        check_name("Claude Reviewer", what="a plugin")
    assert caught.value.detail["hint"] == "call it reviewer"


def test_without_a_suggestion_there_is_no_hint() -> None:
    with pytest.raises(ConfigError) as caught:
        check_name("claude", what="a plugin")
    assert "hint" not in caught.value.detail


def test_a_title_is_the_name_as_words() -> None:
    assert title_of("code-reviewer") == "Code reviewer"


@pytest.mark.parametrize(
    ("raw", "author"),
    [
        ("Ana", Author("Ana")),
        ("Ana Lima <ana@acme.test>", Author("Ana Lima", "ana@acme.test")),
        ("  Ana  <ana@acme.test>  ", Author("Ana", "ana@acme.test")),
        ("Grüße & Co. <a+b@x.y>", Author("Grüße & Co.", "a+b@x.y")),
    ],
)
def test_an_author_has_a_name_and_perhaps_an_address(raw: str, author: Author) -> None:
    assert parse_author(raw) == author


@pytest.mark.parametrize(
    "raw", ["", " ", "<a@b>", "Ana <ana>", "Ana <a@b", "Ana <a b@c>", "Ana <a@b> x", "A\nB", "A\u202eB"]
)
def test_what_is_no_author_is_refused(raw: str) -> None:
    with pytest.raises(ConfigError, match="not an author"):
        parse_author(raw)


def test_a_description_is_stripped() -> None:
    assert check_description("  Finds bugs.  ") == "Finds bugs."


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "visible"),
        ("  ", "visible"),
        ("two\nlines", "one line"),
        ("bell\a", "visible"),
        ("bidi \u202e", "visible"),
        ("line\u2028end", "one line"),
        ("a --- b", "ends the front matter"),
        ("<b>bold</b>", "markup"),
        ("x" * (DESCRIPTION_CHARACTERS + 1), "characters"),
    ],
)
def test_a_description_that_a_reader_would_cut_is_refused(raw: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        check_description(raw)


@pytest.mark.parametrize(
    "url",
    [
        "https://mcp.acme.test",
        "https://mcp.acme.test:8443/a/b?c=d",
        "http://localhost:3000/mcp",
        "http://127.0.0.1/mcp",
        "http://[::1]:9/",
        "${ACME_URL}",
        "${ACME_URL:-https://mcp.acme.test}/x",
    ],
)
def test_a_usable_address_is_returned(url: str) -> None:
    assert check_url(url, field="--url") == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "begin with https"),
        ("mcp.acme.test", "begin with https"),
        ("ftp://x.test", "begin with https"),
        ("https:///path", "begin with https"),
        ("http://mcp.acme.test", "not encrypted"),
        ("https://me:secret@mcp.acme.test", "credentials"),
        ("https://a b.test", "blanks"),
        ("https://a.test/\n", "control"),
        ("https://a.test:99999/", "port"),
        ("https://[::1", "ipv6"),
    ],
)
def test_an_unusable_address_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"(?i){reason}") as caught:
        check_url(url, field="--url")
    assert caught.value.detail["field"] == "--url"
