"""Targets as the command line names them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plugintool.errors import ConfigError
from plugintool.lint.registry import all_rules
from plugintool.lint.rule import ALL_TARGETS, UNBOUND, Rule
from plugintool.lint.targets import Target, parse_target, version_text


@pytest.mark.parametrize("name", ALL_TARGETS)
def test_every_target_has_its_name(name: str) -> None:
    assert parse_target(name) == Target(name)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("claude-code@2.1.197", (2, 1, 197)),
        ("cowork@1.46388", (1, 46388, 0)),
        ("cowork@1.24012.9", (1, 24012, 9)),
        ("claude-code@0.0.0", (0, 0, 0)),
    ],
)
def test_a_version_has_the_numbers_of_its_program(text: str, version: tuple[int, int, int]) -> None:
    assert parse_target(text) == Target(text.partition("@")[0], version)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("nowhere", "unknown target"),
        ("", "unknown target"),
        ("@1.2.3", "unknown target"),
        ("Cowork", "unknown target"),
        ("mcpb@0.4", "has no versions"),
        ("directory@1.0.0", "has no versions"),
        ("claude-code@2.1", "no version of claude-code"),
        ("claude-code@", "no version of claude-code"),
        ("claude-code@2.1.x", "no version of claude-code"),
        ("claude-code@2.1.٣", "no version of claude-code"),
        ("claude-code@2.1.330.1", "no version of claude-code"),
        ("cowork@1", "no version of cowork"),
        ("cowork@latest", "no version of cowork"),
        ("cowork@1.1234567", "no version of cowork"),
        ("cowork@1.2@3", "no version of cowork"),
    ],
)
def test_what_is_no_target_is_refused_with_what_would_be(text: str, word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_target(text)
    assert word in caught.value.message
    assert caught.value.detail["field"] == "--target"
    assert caught.value.detail["expected"]


def ranged(**bounds: Any) -> Rule:
    """A rule for all targets that is true for some versions only."""
    return replace(all_rules()["MC023"], **{"targets": ALL_TARGETS, "app_since": UNBOUND, **bounds})


@pytest.mark.parametrize(
    ("bounds", "version", "runs"),
    [
        ({}, None, True),
        ({}, (1, 0, 0), True),
        ({"app_since": (1, 2, 0)}, None, True),
        ({"app_since": (1, 2, 0)}, (1, 2, 0), True),
        ({"app_since": (1, 2, 0)}, (1, 1, 9), False),
        ({"app_until": (1, 2, 0)}, None, False),
        ({"app_until": (1, 2, 0)}, (1, 1, 9), True),
        ({"app_until": (1, 2, 0)}, (1, 2, 0), False),
        ({"app_since": (1, 1, 0), "app_until": (1, 2, 0)}, (1, 1, 5), True),
        ({"since": (2, 1, 330)}, (1, 1, 5), True),
    ],
)
def test_a_rule_knows_the_apps_that_it_is_true_for(
    bounds: dict[str, tuple[int, int, int]], version: tuple[int, int, int] | None, runs: bool
) -> None:
    """Without a version the newest one counts."""
    assert ranged(**bounds).is_true_for("cowork", version) is runs


@pytest.mark.parametrize(
    ("bounds", "version", "runs"),
    [
        ({"since": (2, 1, 330)}, None, True),
        ({"since": (2, 1, 330)}, (2, 1, 330), True),
        ({"since": (2, 1, 330)}, (2, 1, 197), False),
        ({"since": (2, 1, 330), "error_until": (2, 1, 330)}, (2, 1, 197), True),
        ({"app_until": (1, 2, 0)}, (2, 1, 197), True),
    ],
)
def test_a_rule_knows_the_clients_that_report_it(
    bounds: dict[str, tuple[int, int, int]], version: tuple[int, int, int] | None, runs: bool
) -> None:
    assert ranged(**bounds).is_true_for("claude-code", version) is runs


def test_a_rule_of_another_target_never_runs() -> None:
    assert not all_rules()["OC009"].is_true_for("claude-code", None)
    assert not all_rules()["OC009"].is_true_for("mcpb", (1, 0, 0))


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.id)
def test_a_range_is_one_and_its_rule_is_for_the_app(rule: Rule) -> None:
    """A range without the app among the targets would say nothing."""
    assert not rule.is_of_some_apps or "cowork" in rule.targets
    assert rule.app_until == UNBOUND or rule.app_since < rule.app_until


def test_versions_are_written_as_people_do() -> None:
    assert version_text((1, 24012, 9)) == "1.24012.9"
