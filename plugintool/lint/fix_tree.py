"""Repairs of trees: files in another place or letter case, and the manifest that a lone skill lacks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from plugintool import jsontext
from plugintool.errors import UnsafePathError
from plugintool.jsontext import JsonObject
from plugintool.lint.fix import Create, Detach, Edit, Fix, Mode, Remove, Rename
from plugintool.pattern import pattern
from plugintool.plugin.components import SKILL_FILE
from plugintool.plugin.model import MANIFEST, Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding
from plugintool.tree.record import VERSION_FILE
from plugintool.tree.version_file import is_sync_version, render

_KEBAB = pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def manifest_renamed(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Spell the manifest and its directory as they must be, with everything else in that directory."""
    found = plugin.manifest_path
    if plugin.manifest is None or not plugin.manifest.is_misspelt or finding.location.path != found:
        return
    folder, proper = found.rpartition("/")[0], MANIFEST.rpartition("/")[0]
    for path in plugin.below(folder) if folder != proper else [found]:
        inner = MANIFEST if path == found else RelPath(f"{proper}/{path[len(folder) + 1 :]}")
        yield Rename(path, inner)


def file_called(name: str) -> Fix:
    """Make the repair that gives a file another name in its folder."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        del plugin
        path = RelPath(finding.location.path)
        yield Rename(path, RelPath("/".join((*path.split("/")[:-1], name))))

    fix.__doc__ = f"Call the file ``{name}``."
    return fix


def moved(places: Mapping[str, str], *, also_case: bool = False) -> Fix:
    """Make the repair that moves a file or directory to its place in ``places``.

    Args:
        places: where it should be, by where it is.
        also_case: a directory that is not among them is spelled in lower case.
    """

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        """Move it to the place where it is looked for."""
        here = finding.location.path
        there = places.get(here) or (here.lower() if also_case and here in plugin.directories else "")
        if there in {"", here}:
            return
        if here in plugin.files:
            yield Rename(RelPath(here), RelPath(there))
            return
        yield from (Rename(path, RelPath(f"{there}/{path[len(here) + 1 :]}")) for path in plugin.below(here))

    return fix


def debris_removed(names: Collection[str]) -> Fix:
    """Make the repair that takes a file, or everything in a folder, away whose name is one of ``names``."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        """Delete files of operating systems and caches, which are made again; what holds more stays."""
        here = finding.location.path
        if here.rpartition("/")[2] in names:
            yield from map(Remove, [RelPath(here)] if here in plugin.files else plugin.below(here))

    return fix


def link_replaced(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Put a copy of the file in the place of a link to it, as build does; a link to a directory is for a person."""
    path = finding.location.path
    if any(link.path == path and not link.to_directory for link in plugin.links) and plugin.read(path) is not None:
        yield Detach(RelPath(path))


def mode_restricted(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Take setuid and setgid away, and the bit by which everybody may write the file."""
    source = plugin.source_file(finding.location.path)
    if source is not None and source.mode & 0o6002:
        yield Mode(source.path, source.mode & 0o1775)


def skill_foldered(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Give a loose Markdown file in ``skills/`` a folder of its name, in which it is the SKILL.md."""
    path = finding.location.path
    if path in plugin.files and path.count("/") == 1:
        yield Rename(RelPath(path), RelPath(f"{path[: -len('.md')]}/{SKILL_FILE}"))


def ended_as_markdown(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Call a text ``.md`` that stands where agents or commands do."""
    path = finding.location.path
    if path in plugin.files and path.count("/") == 1:
        yield Rename(RelPath(path), RelPath(f"{path.rpartition('.')[0]}.md"))


def called_plainly(plain: Callable[[str], str]) -> Fix:
    """Make the repair that gives the file of a component, or the folder of a skill, the name that ``plain`` makes."""

    def fix(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
        """Give the file, or the folder of a skill, a plain name."""
        path = RelPath(finding.location.path)
        folder, _, name = path.rpartition("/")
        if name != SKILL_FILE:
            stem, _, ending = name.rpartition(".")
            yield Rename(path, RelPath(f"{folder}/{plain(stem)}.{ending}"))
            return
        above, _, own = folder.rpartition("/")
        for inner in plugin.below(folder) if above else ():
            yield Rename(inner, RelPath(f"{above}/{plain(own)}{inner[len(folder) :]}"))

    return fix


def version_file_written(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Write a version.json that says the version of the plugin manifest."""
    del finding
    if plugin.version and is_sync_version(plugin.version) and VERSION_FILE not in plugin.files:
        yield Create(VERSION_FILE, render(plugin.version))


def manifest_written(plugin: Plugin, finding: Finding) -> Iterator[Edit]:
    """Write a manifest with the name of the directory and the description of the skill in it."""
    del finding
    try:
        name = RelPath(plugin.name)
    except UnsafePathError:
        return
    if plugin.manifest is None and _KEBAB.match(name) and MANIFEST not in plugin.files:
        matter = plugin.components[0].front_matter if plugin.components else None
        fields: JsonObject = {"name": str(name), "version": "0.1.0"}
        if matter and matter.text("description"):
            fields["description"] = matter.text("description")
        yield Create(MANIFEST, jsontext.pretty(fields))
