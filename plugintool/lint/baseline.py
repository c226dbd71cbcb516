"""Baselines: the findings that a project knows and has not repaired yet; only new ones count.

A finding is known by its rule, its file and a fingerprint of its message, not by its line: an edit above it changes
nothing. What stands in the file and is found no more is stale. Paths are relative to the baseline file.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from plugintool import digest, jsontext, limits
from plugintool.errors import ConfigError, InputError, MalformedFileError, OutputError
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.report import Finding
from plugintool.tree.directory import read_bounded
from plugintool.tree.place import replacing

VERSION = 1
_FINGERPRINT_DIGITS = 16
_KEYS = {"rule", "path", "fingerprint", "count"}
_NEVER_KNOWN = frozenset({"LN001"})
"""A rule that broke has said nothing about the plugin."""


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """What makes a finding the same one tomorrow: path relative to the baseline file, rule, and fingerprint."""

    path: str
    rule: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known findings of a file, each with how often it was found."""

    file: Path
    counts: dict[Known, int]


@dataclass(frozen=True, slots=True)
class BaselineUse:
    """What a run made of a baseline.

    Attributes:
        known: findings that were taken away.
        stale: what stands in the file and is found no more.
        written: the file was written by this run.
    """

    known: int
    stale: tuple[Known, ...] = ()
    written: bool = False

    def as_json(self) -> JsonObject:
        """Return the published form."""
        stale: list[JsonValue] = [{"path": item.path, "rule": item.rule} for item in self.stale]
        return {"baseline": {"known": self.known, "stale": stale, "written": self.written}}


def fingerprint(finding: Finding) -> str:
    """Return 16 hexadecimal digits that depend on the message only."""
    return digest.sha256(finding.message.encode("utf-8", "surrogatepass"))[:_FINGERPRINT_DIGITS]


def known_as(finding: Finding, subject: str, file: Path) -> Known:
    """Return how the baseline ``file`` calls a finding on ``subject``."""
    path = _relative(os.path.join(subject, finding.location.path), file)
    return Known(path, finding.code, fingerprint(finding))


def read_baseline(file: Path) -> Baseline:
    """Read a baseline.

    Raises:
        ConfigError: it is not there, cannot be read, or is no baseline.
    """
    try:
        value = jsontext.read_strict(read_bounded(file, max_bytes=limits.BASELINE_BYTES), path=str(file),
                                     max_bytes=limits.BASELINE_BYTES)  # fmt: skip
        return Baseline(file, dict(_entries(value, str(file))))
    except InputError as error:
        hint = "write one with --write-baseline"
        raise ConfigError(f"the baseline cannot be used: {error.message}", path=str(file), hint=hint) from error


def write_baseline(file: Path, found: Iterable[Known]) -> Baseline:
    """Write a baseline that knows exactly ``found``, and return it; the file appears at once or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    counts = Counter(item for item in found if item.rule not in _NEVER_KNOWN)
    items: list[JsonValue] = [
        {"rule": item.rule, "path": item.path, "fingerprint": item.fingerprint, "count": counts[item]}
        for item in sorted(counts)
    ]
    data = jsontext.pretty({"version": VERSION, "findings": items})
    try:
        with replacing(file) as (target, _):
            target.write(data)
    except OSError as error:
        raise OutputError("the baseline cannot be written", path=str(file), found=error.strerror or "") from error
    return Baseline(file, dict(counts))


class Matching:
    """The state of one run against a baseline: every entry covers as many findings as it says."""

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline
        self._left = Counter(baseline.counts)
        self._looked_at: list[tuple[str, frozenset[str]]] = []
        self.known = 0

    def new(self, findings: Iterable[Finding], subject: str, rules: Sequence[str]) -> tuple[Finding, ...]:
        """Return the findings on one subject that are not known; ``rules`` are the ids that ran on it."""
        self._looked_at.append((_relative(subject, self._baseline.file), frozenset(rules)))
        return tuple(finding for finding in findings if not self._covers(finding, subject))

    def stale(self) -> tuple[Known, ...]:
        """Return, after all subjects, the entries that cover nothing though their rule ran on their subject."""
        return tuple(sorted(item for item, number in self._left.items() if number > 0 and self._ran(item)))

    def use(self, *, written: bool = False) -> BaselineUse:
        """Return, after all subjects, what this run made of the baseline."""
        return BaselineUse(self.known, self.stale(), written)

    def _covers(self, finding: Finding, subject: str) -> bool:
        item = known_as(finding, subject, self._baseline.file)
        if finding.code in _NEVER_KNOWN or not self._left[item]:
            return False
        self._left[item] -= 1
        self.known += 1
        return True

    def _ran(self, item: Known) -> bool:
        return any(item.rule in rules and _is_below(item.path, root) for root, rules in self._looked_at)


def _is_below(path: str, root: str) -> bool:
    return root in {".", path} or path.startswith(f"{root}/")


def _relative(path: str, file: Path) -> str:
    try:
        shown = os.path.relpath(path, file.parent)
    except ValueError:  # another drive of Windows
        shown = os.path.abspath(path)
    return PurePath(shown).as_posix()


def _entries(value: JsonValue, path: str) -> Iterable[tuple[Known, int]]:
    items = value.get("findings") if isinstance(value, dict) and value.get("version") == VERSION else None
    if not isinstance(items, list):
        raise MalformedFileError(f"no object with version {VERSION} and a list of findings", path=path)
    for item in items:
        if not isinstance(item, dict) or set(item) != _KEYS:
            raise MalformedFileError("an entry has other keys than rule, path, fingerprint and count", path=path)
        texts = [item[key] for key in ("path", "rule", "fingerprint")]
        count = item["count"]
        if not all(isinstance(text, str) for text in texts) or type(count) is not int or count < 1:
            raise MalformedFileError("an entry has a value of the wrong type", path=path)
        yield Known(*map(str, texts)), count
