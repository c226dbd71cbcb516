"""Suppressions: a finding is taken away only by somebody who says why.

In Markdown a comment speaks for its file: ``<!-- plugintool: ignore FM004 kept for an older client -->``. JSON has no
comments; there ``[[lint.suppress]]`` with ``id``, ``path`` and ``reason`` in plugintool.toml does it. What suppresses
nothing is itself a finding.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator

from plugintool.frozen import dataclass
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Location

_COMMENT = pattern(rb"<!--[ \t]*plugintool:[ \t]*ignore\b([^\n]{0,1000}?)-->")
"""Bounded: a file full of comments that are never closed would otherwise be read again from each of them."""
_IDS = pattern(r"[ \t]*([A-Z]{2}[0-9]{3}(?:[ \t]*,[ \t]*[A-Z]{2}[0-9]{3})*)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Suppression:
    """Who takes what away, and where that is said.

    Attributes:
        rule: one rule id.
        path: the file, or a pattern with ``*``.
        reason: why; without one nothing is suppressed.
        said_at: where it stands.
    """

    rule: str
    path: str
    reason: str
    said_at: Location = Location("plugintool.toml")

    def covers(self, finding: Finding) -> bool:
        """Whether it takes this finding away."""
        same = finding.location.path == self.path or fnmatch.fnmatchcase(finding.location.path, self.path)
        return same and finding.code == self.rule


def comments_of(plugin: Plugin, paths: Iterable[str]) -> Iterator[Suppression]:
    """Yield the suppressions in the Markdown files ``paths``; one without ids has an empty rule."""
    for path in paths:
        data = plugin.read(path) or b""
        for found in _COMMENT.finditer(data) if b"plugintool:" in data else ():
            line_start = data.rfind(b"\n", 0, found.start()) + 1
            place = Location(path, data.count(b"\n", 0, found.start()) + 1, found.start() - line_start + 1)
            yield from _split(found[1].decode(errors="replace"), path, place)


def _split(text: str, path: str, place: Location) -> Iterator[Suppression]:
    found = _IDS.match(text)
    ids = re.split(r"[ \t]*,[ \t]*", found[1]) if found else [""]
    reason = found[2].strip(" \t\r-:") if found else ""
    yield from (Suppression(rule, path, reason, place) for rule in ids)
