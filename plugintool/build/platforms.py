"""Where a bundle runs: what ties it to platforms and Python versions, and whether its manifest says so.

A bundle manifest names platforms (``compatibility.platforms``) and ranges of run times (``compatibility.runtimes``);
it has no member for processors, so those are told only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugintool.build.fate import INVALID, Fate
from plugintool.build.native import PLATFORMS
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import object_of, texts_of

PYTHON_MINORS = range(6, 30)
"""Minor versions of Python 3 that are looked at."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One thing that does not run everywhere.

    Attributes:
        subject: a package or distribution.
        platforms: where it runs, names out of ``native.PLATFORMS``.
        details: what says so, one line each.
        minors: the minor versions of Python 3 that it runs on; None where that does not matter.
    """

    subject: str
    platforms: frozenset[str]
    details: tuple[str, ...]
    minors: frozenset[int] | None = None


def platform_problems(manifest: JsonObject, bounds: Sequence[Bound]) -> Iterator[Fate]:
    """Yield one fate for each bound that a bundle manifest promises more than."""
    compatibility = object_of(manifest.get("compatibility"))
    yield from _too_many_platforms(compatibility.get("platforms"), bounds)
    yield from _too_many_pythons(object_of(compatibility.get("runtimes")).get("python"), bounds)


def _too_many_platforms(value: JsonValue, bounds: Sequence[Bound]) -> Iterator[Fate]:
    promised = set(texts_of(value) or PLATFORMS)
    common = frozenset(PLATFORMS).intersection(*(bound.platforms for bound in bounds))
    for bound in bounds:
        missing = promised - bound.platforms
        if missing:
            runs = f"runs on {_listed(bound.platforms) or 'no known platform'}, not on {_listed(missing)}"
            yield _fate(f"{bound.subject} {runs} ({bound.details[0]}); {_platform_repair(common)}")


def _platform_repair(common: frozenset[str]) -> str:
    if not common:
        return "no platform has all that the bundle needs: build one bundle for each"
    names = ", ".join(f'"{name}"' for name in sorted(common))
    return f'write "compatibility": {{"platforms": [{names}]}}'


def _too_many_pythons(value: JsonValue, bounds: Sequence[Bound]) -> Iterator[Fate]:
    tied = [bound for bound in bounds if bound.minors is not None]
    if not tied:
        return
    promised = _promised_minors(value)
    common = frozenset(PYTHON_MINORS).intersection(*(bound.minors for bound in tied if bound.minors is not None))
    for bound in tied:
        assert bound.minors is not None
        if promised is not None and not promised <= bound.minors:
            detail = f"{bound.subject} runs on Python {_range(bound.minors)} ({bound.details[0]})"
            yield _fate(f"{detail}; {_python_repair(common)}")


def _promised_minors(value: JsonValue) -> frozenset[int] | None:
    """Return the versions in a range, all without one, and None where it cannot be read (lint speaks of that)."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - only bundles with Python need it

    if not isinstance(value, str):
        return frozenset(PYTHON_MINORS)
    try:
        wanted = SpecifierSet(",".join(value.replace(",", " ").split()))
    except InvalidSpecifier:
        return None
    return frozenset(minor for minor in PYTHON_MINORS if wanted.contains(f"3.{minor}.99"))


def _python_repair(common: frozenset[int]) -> str:
    if not common:
        return "no version of Python has all that the bundle needs"
    return f'write "compatibility": {{"runtimes": {{"python": "{_range(common)}"}}}}'


def _range(minors: frozenset[int]) -> str:
    if not minors:
        return "none"
    first, last = min(minors), max(minors)
    return f">=3.{first}" if last == PYTHON_MINORS[-1] else f">=3.{first},<3.{last + 1}"


def _fate(detail: str) -> Fate:
    return Fate(BUNDLE_MANIFEST, INVALID, "platform", detail)


def _listed(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))
