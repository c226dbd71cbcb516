"""A project file that Python's own reader of TOML refuses in its own way is a usage error like any other."""

from __future__ import annotations

import pytest

from plugintool.errors import ConfigError
from plugintool.formats.project import parse_project


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = " + "9" * 5000, 1, "too many digits"),
        ("[build]\n\nx = " + "9_" * 5000 + "9\n", 3, "too many digits"),
        ("[build\n", 1, "not valid TOML"),
        ("a = 1\na = 2\n", 2, "overwrite"),
        ("a" + ".a" * 5000 + " = 1\n", 1, "unknown"),
    ],
)
def test_what_cannot_be_read_has_a_line(text: str, line: int, said: str) -> None:
    """Whatever the reader raises."""
    with pytest.raises(ConfigError) as caught:
        parse_project(text.encode())
    detail = caught.value.detail
    assert detail["line"] == line
    assert said in caught.value.message + "".join(detail.get("problems", ()))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["x = " + "[" * 200, "x = " + "[" * 100_000, "x = " + "{a=" * 100_000])
def test_nesting_that_is_too_deep_is_no_crash(text: str) -> None:
    with pytest.raises(ConfigError, match="not valid TOML"):
        parse_project(text.encode())
