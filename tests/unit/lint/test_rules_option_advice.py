"""UC005 to UC010, DP002: options, channels and dependencies that contradict themselves."""

from __future__ import annotations

from typing import Any

import pytest

from plugintool.lint.rules.option_advice import is_range, is_secret_word
from tests.advice_world import DESCRIPTION, HTTP, component, findings, messages, places, servers

TEXTS = {"title": "T", "description": "d"}


def options(**named: Any) -> dict[str, Any]:
    return {"userConfig": {key: {**TEXTS, **option} for key, option in named.items()}}


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"type": "string", "default": "a"}, []),
        ({"type": "string", "default": 5}, ["is a number, expected a value of type string"]),
        ({"type": "string", "default": ["a"], "multiple": True}, []),
        ({"type": "string", "default": [5], "multiple": True}, ["is a list"]),
        ({"type": "number", "default": 5}, []),
        ({"type": "number", "default": "5"}, ["is a text"]),
        ({"type": "number", "default": True}, ["is a boolean"]),
        ({"type": "number", "default": 5, "min": 6}, ["below its min"]),
        ({"type": "number", "default": 5, "max": 4}, ["above its max"]),
        ({"type": "number", "default": 5, "min": 5, "max": 5}, []),
        ({"type": "number", "min": 6, "max": 5}, ["a min above its max"]),
        ({"type": "number", "min": "6", "max": 5}, []),
        ({"type": "boolean", "default": False}, []),
        ({"type": "boolean", "default": "false"}, ["is a text"]),
        ({"type": "file", "default": "/etc"}, []),
        ({"type": "directory", "default": 1}, ["is a number"]),
        ({"type": "colour", "default": 1}, []),
        ({"type": "string", "default": None}, []),
    ],
)
def test_a_default_fits_its_option(option: dict[str, Any], words: list[str]) -> None:
    """UC005."""
    found = messages("UC005", {}, options(k=option))
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))


def test_an_option_of_a_channel_counts() -> None:
    """UC005: with its own place."""
    channel = {"server": "s", "userConfig": {"k": {**TEXTS, "type": "number", "default": "5"}}}
    (found,) = findings("UC005", {}, {"channels": [channel]})
    assert found.location.pointer == ("channels", 0, "userConfig", "k", "default")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("api_key", True),
        ("apiKey", True),
        ("APIKEY", True),
        ("GITHUB_TOKEN", True),
        ("githubToken", True),
        ("password", True),
        ("client_secret", True),
        ("privateKey", True),
        ("token_limit", False),
        ("max_tokens", False),
        ("tokens", False),
        ("key", False),
        ("primary_key", False),
        ("secret_name", False),
        ("token_url", False),
        ("passwordFile", False),
        ("monkey", False),
        ("", False),
        ("x" * 100_000, False),
    ],
)
def test_what_speaks_of_a_secret(name: str, expected: bool) -> None:
    assert is_secret_word(name) is expected


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"token": {"type": "string"}}, ["looks like a secret"]),
        ({"token": {"type": "string", "sensitive": False}}, ["looks like a secret"]),
        ({"token": {"type": "string", "sensitive": True}}, []),
        ({"token": {"type": "number"}}, []),
        ({"team": {"type": "string"}}, []),
        ({"team": {"type": "string", "sensitive": True, "default": "x"}}, ["has a default"]),
        ({"team": {"type": "string", "sensitive": True, "default": ""}}, []),
        ({"team": {"type": "string", "sensitive": True, "default": ["x"]}}, ["has a default"]),
    ],
)
def test_a_secret_is_kept_like_one(named: dict[str, Any], words: list[str]) -> None:
    """UC008."""
    found = messages("UC008", {}, options(**named))
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))


def test_a_sensitive_value_in_a_text() -> None:
    """UC008: with the line of its first use; other options may stand there."""
    fields = options(token={"type": "string", "sensitive": True}, team={"type": "string"})
    body = "Team ${user_config.team}\n\nToken ${user_config.token} and ${user_config.token}\n"
    files = {"commands/x.md": component(DESCRIPTION, body)}
    assert places("UC008", files, fields) == [("commands/x.md", 6)]
    assert places("UC008", {"commands/x.md": component(DESCRIPTION, "${user_config.team}\n")}, fields) == []


@pytest.mark.parametrize(
    ("channels", "count"),
    [
        ([{"server": "chat"}], 0),
        ([{"server": "chatt"}], 1),
        ([{"server": "chat"}, {"server": "other"}], 1),
        ([{"server": 5}, {}, 5], 0),
        ({"server": "x"}, 0),
    ],
)
def test_a_channel_has_a_server(channels: Any, count: int) -> None:
    """UC010."""
    assert len(findings("UC010", servers(chat=HTTP), {"channels": channels})) == count


def test_a_near_server_is_named() -> None:
    """UC010."""
    (found,) = findings("UC010", servers(chat=HTTP), {"channels": [{"server": "chatt"}]})
    assert (found.hint, found.location.pointer) == ("did you mean chat?", ("channels", 0, "server"))


def test_with_a_bundle_nobody_can_tell() -> None:
    """UC010: the bundle may bring the server."""
    assert findings("UC010", {}, {"channels": [{"server": "x"}], "mcpServers": "./x.mcpb"}) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^1.0.0", True),
        ("~1.2", True),
        ("1.x", True),
        ("*", True),
        (">=1.0 <2", True),
        (">= 1.0", True),
        ("1.0 - 2.0", True),
        ("1.x || ^2.0.0-beta.1+5", True),
        ("v1.2.3", True),
        ("latest", False),
        ("", False),
        ("1.0 ||", False),
        ("1.2.3.4", False),
        ("^^1", False),
        ("1" * 300, False),
        (">" * 256, False),
    ],
)
def test_what_a_range_is(text: str, expected: bool) -> None:
    assert is_range(text) is expected


@pytest.mark.parametrize(
    ("dependencies", "words"),
    [
        (["other"], []),
        (["other@market@^1.0.0"], []),
        (["other@market@newest"], ["is no range"]),
        ([{"name": "other", "version": "^1"}], []),
        ([{"name": "other", "version": "latest"}], ["is no range"]),
        ([{"name": "other", "version": 5}], ["is no range"]),
        (["acme-review"], ["depends on itself"]),
        ([{"name": "acme-review"}], ["depends on itself"]),
        (["acme-review@market"], []),
        (["other", "other"], ["named twice"]),
        (["other", {"name": "other"}], ["named twice"]),
        (["other@a", "other@b"], []),
        ({"other": "^1"}, []),
        ([5, None, {}], []),
    ],
)
def test_a_dependency_can_be_met(dependencies: Any, words: list[str]) -> None:
    """DP002."""
    found = messages("DP002", {}, {"dependencies": dependencies})
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))
