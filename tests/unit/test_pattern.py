"""Patterns that are compiled when they are used are those of ``re``, and all of the package are sound."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import plugintool
from plugintool import pattern as subject
from plugintool.pattern import pattern


def modules_with_patterns() -> list[str]:
    """Names of all modules but those that run something when they are imported."""
    names = [found.name for found in pkgutil.walk_packages(plugintool.__path__, "plugintool.")]
    return [name for name in names if not name.endswith("__main__")]


def test_it_does_what_re_does() -> None:
    late, now = pattern(r"(a)(?P<rest>b*)", re.IGNORECASE), re.compile(r"(a)(?P<rest>b*)", re.IGNORECASE)
    for text in ("xABB ab", "", "b"):
        assert [found.groups() for found in late.finditer(text)] == [found.groups() for found in now.finditer(text)]
        assert late.sub("-", text) == now.sub("-", text)
        assert bool(late.match(text)) == bool(now.match(text))
        assert late.split(text) == now.split(text)
    assert (late.pattern, late.groups, late.flags) == (now.pattern, now.groups, now.flags)
    assert pattern(b"a+").findall(b"aab") == [b"aa"]


def test_nothing_is_compiled_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """And each method is looked up once."""
    asked: list[str] = []
    real = re.compile

    def compile_and_tell(source: str, flags: int) -> re.Pattern[str]:
        asked.append(source)
        return real(source, flags)

    monkeypatch.setattr(re, "compile", compile_and_tell)
    late = pattern("z+")
    assert asked == []
    assert late.search("zz")
    assert late.search("zz")
    assert asked == ["z+"]


def test_a_mistake_is_met_at_the_first_use() -> None:
    late = pattern("(")
    with pytest.raises(re.error):
        late.match("x")


@pytest.mark.parametrize("name", modules_with_patterns())
def test_every_pattern_of_the_package_can_be_compiled(name: str) -> None:
    """What ``re.compile`` would have said while importing."""
    values = list(vars(importlib.import_module(name)).values())
    flat = [item for value in values for item in (value if isinstance(value, tuple) else (value,))]
    for value in flat:
        if isinstance(value, subject._Pattern):
            re.compile(*value._arguments)
