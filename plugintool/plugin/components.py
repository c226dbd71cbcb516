"""Where agents, commands and skills are found: the default directories, and what the manifest names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from plugintool.jsontext import JsonValue
from plugintool.plugin import frontmatter
from plugintool.plugin.frontmatter import FrontMatter
from plugintool.plugin.model import Component, Kind, Plugin
from plugintool.plugin.paths import resolve
from plugintool.relpath import RelPath

SKILL_FILE = "SKILL.md"
DIRECTORIES = {Kind.AGENT: "agents", Kind.COMMAND: "commands", Kind.SKILL: "skills"}
"""The default directory of each kind, which is also the key of the manifest."""

Read = Callable[[RelPath], bytes | None]


def find_components(plugin: Plugin, read: Read) -> Iterator[Component]:
    """Yield the components of a plugin whose files are known, each file once; default directories come first."""
    seen: set[tuple[Kind, RelPath]] = set()
    for kind, path, declared in _places(plugin):
        if (kind, path) in seen:
            continue
        seen.add((kind, path))
        data = read(path)
        if data is not None:
            yield _component(plugin, kind, path, frontmatter.read(data), declared=declared)


def named_paths(value: JsonValue) -> list[str]:
    """Return the paths in the value of a component key: of a text, a list of texts, or a command map."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    if isinstance(value, dict):
        sources = [item.get("source") for item in value.values() if isinstance(item, dict)]
        return [source for source in sources if isinstance(source, str)]
    return []


def _component(plugin: Plugin, kind: Kind, path: RelPath, matter: FrontMatter, *, declared: bool) -> Component:
    source = plugin.source_file(path)
    name = _name(plugin, kind, path, matter)
    return Component(kind, path, name, matter, declared=declared, linked=source is not None and source.via is not None)


def _name(plugin: Plugin, kind: Kind, path: RelPath, matter: FrontMatter) -> str:
    if kind is Kind.AGENT:
        return matter.text("name") or path.name[: -len(".md")]
    if kind is Kind.COMMAND:
        return path.name[: -len(".md")]
    if path in {SKILL_FILE, f"skills/{SKILL_FILE}"}:
        return matter.text("name") or plugin.name
    return path.segments[-2]


def _places(plugin: Plugin) -> Iterator[tuple[Kind, RelPath, bool]]:
    for kind in (Kind.AGENT, Kind.COMMAND):
        yield from ((kind, path, False) for path in plugin.below(DIRECTORIES[kind]) if _is_markdown(path))
    skills = [path for path in plugin.below("skills") if _is_skill_place(path)]
    yield from ((Kind.SKILL, path, False) for path in skills)
    if SKILL_FILE in plugin.files and "skills" not in plugin.directories:
        yield Kind.SKILL, RelPath(SKILL_FILE), False
    for kind, key in DIRECTORIES.items():
        for text in named_paths(plugin.value.get(key)):
            target = resolve(text)
            if target is not None:
                yield from ((kind, path, True) for path in _declared(plugin, kind, target))


def _declared(plugin: Plugin, kind: Kind, target: str) -> Iterator[RelPath]:
    """Yield the files that one path of the manifest means."""
    if target in plugin.files:
        if kind is not Kind.SKILL and _is_markdown(target):
            yield RelPath(target)
        return
    depth = target.count("/") + 1 if target else 0
    for path in plugin.below(target):
        below = path.segments[depth:]
        if kind is Kind.SKILL:
            if below[-1] == SKILL_FILE and len(below) <= 2:  # noqa: PLR2004 - the directory itself or a folder in it
                yield path
        elif _is_markdown(path) and target:
            yield path


def _is_markdown(path: str) -> bool:
    return path.lower().endswith(".md")


def _is_skill_place(path: RelPath) -> bool:
    """``skills/SKILL.md`` or ``skills/<folder>/SKILL.md``, in exactly this letter case."""
    return path.name == SKILL_FILE and len(path.segments) in {2, 3}
