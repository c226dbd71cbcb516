"""What the judgement of a subject depends on, and the results that a cache knows already."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from plugintool.author.lint_subjects import PROJECT_FILE, Judgement, LintSubject, Loaded, What
from plugintool.errors import PlugintoolError
from plugintool.lint.cache import Basis, LintCache
from plugintool.lint.result import LintResult, bound
from plugintool.plugin.discover import find_plugins, is_plugin
from plugintool.tree.source_lines import DirectoryLines

_LINE_MAX = 500
"""Characters of a line that is kept beside a finding; longer ones are read again when they are shown."""


def cache_in(directory: Path, judgement: Judgement) -> LintCache:
    """Return the cache in a directory.

    Raises:
        OutputError: it cannot be made.
    """
    return LintCache(directory, repr(judgement))


def basis_of(subject: LintSubject, loaded: Loaded) -> Basis:
    """Return what the findings on a subject depend on."""
    place = os.path.abspath(subject.place)
    if subject.what is What.BUNDLE and os.path.isfile(place):
        return Basis(subject.what, place, files=(place,))
    if subject.what in {What.PLUGIN, What.LISTED, What.BUNDLE}:
        return Basis(subject.what, place, trees=(place,))
    if subject.what is What.ORG_PLUGINS:
        beside = [(name, os.path.isdir(os.path.join(place, name))) for name in _names(place)]
        plugins = tuple(str(found) for found in find_plugins(Path(place)) if str(found) != place)
        return Basis(subject.what, place, repr(beside), trees=plugins)
    return _basis_of_marketplace(subject.what, place, loaded)


def _basis_of_marketplace(what: What, place: str, loaded: Loaded) -> Basis:
    marketplace = loaded.marketplace(Path(place))
    locals_ = [entry.local for entry in marketplace.entries if entry.local]
    said = [(item.directory, item.is_there, item.is_file, item.linked) for item in locals_]
    trees = [str(item.place) for item in locals_ if item.is_there]
    if is_plugin(marketplace.root) or marketplace.root_plugin is not None:
        trees.append(str(marketplace.root))
    files = (place, str(marketplace.root / PROJECT_FILE))
    return Basis(what, place, repr((marketplace.name, said)), files, tuple(dict.fromkeys(trees)))


def _names(place: str) -> list[str]:
    try:
        return sorted(os.listdir(place))
    except OSError:
        return []


class Recall:
    """The results that a cache knows of some subjects, and the keeping of those it does not know."""

    def __init__(self, cache: LintCache, loaded: Loaded) -> None:
        self._cache = cache
        self._loaded = loaded

    def find(self, subjects: Sequence[LintSubject]) -> Iterator[LintResult | None]:
        """Yield the known result of each subject."""
        for subject in subjects:
            try:
                yield self._cache.find(basis_of(subject, self._loaded))
            except PlugintoolError:  # whoever judges it will say so
                yield None

    def keep(self, subject: LintSubject, result: LintResult) -> None:
        """Keep a new result, with the lines that will be shown of it."""
        source = DirectoryLines(Path(subject.shown))
        places = dict.fromkeys((item.location.path, item.location.line) for item in bound(result.findings).shown)
        read = ((*place, source.line(*place)) for place in places if place[1])
        lines = tuple((path, number, text) for path, number, text in read if text and len(text) <= _LINE_MAX)
        self._cache.keep(basis_of(subject, self._loaded), result._replace(lines=lines))

    def save(self) -> None:
        """Write what was kept."""
        self._cache.save()
