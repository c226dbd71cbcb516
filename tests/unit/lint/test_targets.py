"""Targets as the command line names them."""

from __future__ import annotations

import pytest

from plugintool.errors import ConfigError
from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.targets import APP_CHANGES, Target, parse_target, version_text


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


def test_changes_of_the_app_have_a_bound_and_a_code() -> None:
    """A change without a version would be a property of every app."""
    assert len({change.code for change in APP_CHANGES}) == len(APP_CHANGES)
    for change in APP_CHANGES:
        assert any(change.since) != any(change.until)
        assert change.what == change.what.strip(". ")


def test_versions_are_written_as_people_do() -> None:
    assert version_text((1, 24012, 9)) == "1.24012.9"
