"""The ``relevance`` of a marketplace entry: when the client proposes the plugin (measured, 2.1.330, November 2026)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint.expressions import expression_flaw
from plugintool.lint.shapes import OBJECT, Member, Misfit, Shape, misfits
from plugintool.pattern import pattern

_TEXT_MAX = 256
_ITEMS_MAX = 10
_HOST = pattern(r"[a-z0-9.-]+\Z")


def _fits(value: JsonValue, longest: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= longest


def _texts(longest: int, *, most: int = _ITEMS_MAX, test: Callable[[str], object] = bool) -> Member:
    def fits(value: JsonValue) -> bool:
        texts = value if isinstance(value, list) else [None]
        return len(texts) <= most and all(_fits(text, longest) and test(str(text)) for text in texts)

    return Member(fits, f"a list of up to {most} texts of 1 to {longest} characters")


def _is_dependency(value: JsonValue) -> bool:
    """Whether a value names a file and what must stand in it, both as regular expressions."""
    said = [value.get("file"), value.get("pattern")] if isinstance(value, dict) else [None]
    return all(_fits(text, _TEXT_MAX) and not expression_flaw(str(text)) for text in said)


def _are_dependencies(value: JsonValue) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= _ITEMS_MAX and all(map(_is_dependency, value))


_RELEVANCE = Shape(
    {"signals": OBJECT}, {"topic": Member(lambda value: _fits(value, 64), "a text of 1 to 64 characters")}
)
_HOSTS = Member(_texts(128, most=20, test=_HOST.match).test, "a list of up to 20 host names in small letters")
_DEPENDENCIES = Member(_are_dependencies, "a list of 1 to 10 objects with the regular expressions `file` and `pattern`")
_SIGNALS = Shape(
    {},
    {
        "cli": _texts(64),
        "cwd": _texts(_TEXT_MAX),
        "filesRead": _texts(_TEXT_MAX),
        "hosts": _HOSTS,
        "manifestDeps": _DEPENDENCIES,
    },
)
SIGNALS = frozenset(_SIGNALS.optional)
"""What can speak for a plugin."""


def relevance_flaws(relevance: JsonObject, pointer: Pointer) -> Iterator[Misfit]:
    """Yield everything that is wrong with a ``relevance`` that stands at ``pointer``."""
    yield from misfits(relevance, _RELEVANCE, pointer)
    signals = relevance.get("signals")
    if isinstance(signals, dict):
        place = (*pointer, "signals")
        yield from misfits(signals, _SIGNALS, place)
        if all(signals.get(name) in (None, []) for name in SIGNALS):
            yield Misfit(place, f"says nothing of {', '.join(sorted(SIGNALS))}")
