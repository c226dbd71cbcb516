"""Repairs of a marketplace.json, and of plugins that it lists."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from plugintool import jsontext
from plugintool.jsonedit import Splice
from plugintool.jsontext import JsonObject
from plugintool.lint import values
from plugintool.lint.fix import Create, Edit, Fix
from plugintool.lint.fix_json import Spot, on_json
from plugintool.pattern import pattern
from plugintool.plugin.marketplace import Entry, Marketplace, local_directory
from plugintool.plugin.model import MANIFEST
from plugintool.relpath import RelPath
from plugintool.report import Finding

_KEBAB = pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_TOLD = ("version", "description", "author", "homepage", "repository", "license", "keywords")
"""Fields of an entry that a plugin manifest has too and that say what the plugin is."""


def on_market(change: Callable[[Marketplace, Spot], Iterable[Splice]]) -> Fix:
    """Make a repair of what is to change in a marketplace.json at the place of a finding."""

    def fix(marketplace: Marketplace, finding: Finding) -> Iterable[Edit]:
        return on_json(lambda spot: change(marketplace, spot))(marketplace.document, finding)

    fix.__doc__ = change.__doc__
    return fix


def _entry(marketplace: Marketplace, finding: Finding) -> Entry | None:
    pointer = finding.location.pointer[:2]
    return next((entry for entry in marketplace.entries if entry.pointer == pointer), None)


def key_spelt(known: Callable[[Marketplace, Spot], Iterable[str]]) -> Fix:
    """Make the repair that spells a key as the one of its object that it can only mean."""

    def change(marketplace: Marketplace, spot: Spot) -> Iterator[Splice]:
        """Spell the key as the one that it can only mean."""
        new = values.sole_near(spot.key, known(marketplace, spot)) if spot.key else ""
        if new and isinstance(spot.parent, dict) and new not in spot.parent:
            yield spot.document.rename(spot.pointer, new)

    return on_market(change)


@on_market
def source_written(marketplace: Marketplace, spot: Spot) -> Iterator[Splice]:
    """Write ``./`` before a path that leads to a directory of the marketplace, and slashes for backslashes."""
    text = spot.value
    if not isinstance(text, str) or text.startswith(("/", "~")):
        return
    new = f"./{text.replace(chr(92), '/').removeprefix('./').strip('/')}"
    directory = local_directory(new)
    if new != text and directory and os.path.isdir(marketplace.root / directory):  # a name that is too long is none
        yield spot.document.replace(spot.pointer, new)


def version_taken(marketplace: Marketplace, finding: Finding) -> Iterable[Edit]:
    """Give an entry the version that its plugin manifest says, which is the one that counts."""
    entry = _entry(marketplace, finding)
    real = entry.local.plugin.version if entry and entry.local else ""

    def change(spot: Spot) -> Iterator[Splice]:
        if real and isinstance(spot.value, str):
            yield spot.document.replace(spot.pointer, real)

    return on_json(change)(marketplace.document, finding)


def manifest_written(marketplace: Marketplace, finding: Finding) -> Iterator[Edit]:
    """Write a plugin manifest that says what the entry says of the plugin."""
    entry = _entry(marketplace, finding)
    if entry is None or entry.local is None or not _KEBAB.match(entry.name):
        return
    told: JsonObject = {key: entry.value[key] for key in _TOLD if key in entry.value}
    fields: JsonObject = {"name": entry.name, "version": "0.1.0", **told}
    directory = entry.local.directory
    yield Create(RelPath(f"{directory}/{MANIFEST}" if directory else MANIFEST), jsontext.pretty(fields))
