"""SK005 to SK016: names, lengths and links of skills."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from plugintool.lint import fix_keys, fix_tree, prose
from plugintool.lint.fix import Edit
from plugintool.lint.known import OPEN_SKILL_KEYS, docs_of_client
from plugintool.lint.rule import Context, Source, at, in_front_matter, rule
from plugintool.lint.rules.agents import is_paper
from plugintool.pattern import pattern
from plugintool.plugin.components import SKILL_FILE
from plugintool.plugin.model import Component, Kind, Plugin
from plugintool.plugin.paths import normalise
from plugintool.report import Finding, Severity

_SPECIFICATION = Source("https://agentskills.io/specification", "SKILL.md", "August 2026")
_SKILLS = docs_of_client("skills", "front matter reference")
_REAL = Source("a sample of 1,551 public plugins", "links of skills", "autumn 2026")
_NAME_MAX = 64
_DESCRIPTION_MAX = 1024
_LISTING_MAX = 1536
_COMPATIBILITY_MAX = 500
_LINES_MAX = 500
_LINKS_MAX = 100
"""Findings on the links of one skill."""
_UNPLAIN = pattern(r"[A-Z\s]")
_MARKUP = pattern(r"</?[A-Za-z][A-Za-z0-9_-]{0,40}(?:\s[^<>]{0,200})?/?>")


def _folder(component: Component) -> str:
    """The name of a skill's folder; empty for one at the root or directly in skills/."""
    parts = component.path.segments[:-1]
    return parts[-1] if len(parts) > 1 or (parts and component.declared) else ""


def _plain(name: str) -> str:
    return "-".join(name.lower().split())


def _renamed_plainly(plugin: Plugin, finding: Finding) -> Iterable[Edit]:
    """Call a component what the finding says, in its front matter or on disk."""
    plainly = fix_keys.value_spelt(lambda _, __, name: _plain(name) if len(name) <= _NAME_MAX else "")
    on_disk = fix_tree.called_plainly(lambda name: _plain(name) if len(name) <= _NAME_MAX else name)
    return (plainly if finding.location.pointer else on_disk)(plugin, finding)


@rule(
    "SK005",
    Severity.INFO,
    "a skill whose `name` is not that of its folder",
    source=_SPECIFICATION,
    backed_by="DR",
    why="Claude Code goes by the folder, other products by the name: one skill has two names, and links to it break.",
    bad="skills/review/SKILL.md with name: code-review",
    good="skills/code-review/SKILL.md with name: code-review",
    targets=("cowork", "marketplace", "directory"),
    fix=fix_keys.value_spelt(lambda component, _, __: _folder(component)),
)
def skill_name_not_folder(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` of a skill differs from the name of its folder."""
    del context
    for component in plugin.of_kind(Kind.SKILL):
        name, folder = component.front_matter.text("name"), _folder(component)
        if name and folder and name != folder:
            message = f"`name` is {name[:60]!r}, the folder {folder[:60]!r}"
            place = in_front_matter(component, "name")
            yield skill_name_not_folder.finding(message, place, hint="give both the same name")


@rule(
    "SK006",
    Severity.WARNING,
    "a component name with blanks, capitals or more than 64 characters",
    source=_SPECIFICATION,
    backed_by="DLR",
    why="People type the name; other products take only small letters, digits and hyphens, at most 64 of them.",
    bad="skills/Code Review/SKILL.md",
    good="skills/code-review/SKILL.md",
    unsafe_fix=_renamed_plainly,
)
def unplain_component_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The name of an agent or skill, the file of a command or the folder of a skill is not plain and short."""
    del context
    for component in plugin.components:
        if is_paper(component):
            continue
        key, name = next((pair for pair in _names(component) if _is_unplain(pair[1])), ("", ""))
        if name:
            why = f"is longer than {_NAME_MAX} characters" if len(name) > _NAME_MAX else "holds blanks or capitals"
            place = in_front_matter(component, key) if key else at(component.path)
            hint = f"call it {_plain(name)}" if len(name) <= _NAME_MAX else "shorten it"
            yield unplain_component_name.finding(f"the name {name[:60]!r} {why}", place, hint=hint)


def _names(component: Component) -> list[tuple[str, str]]:
    """Pairs of front matter key (empty: the path) and name."""
    written = [("name", component.front_matter.text("name"))]
    if component.kind is Kind.SKILL:
        return [*written, ("", _folder(component))]
    return [("", component.name)] if component.kind is Kind.COMMAND or not written[0][1] else written


def _is_unplain(name: str) -> bool:
    return bool(_UNPLAIN.search(name)) or len(name) > _NAME_MAX


@rule(
    "SK008",
    Severity.WARNING,
    "a text that is longer than what is read of it",
    source=_SKILLS,
    backed_by="DR",
    why="Claude Code cuts the listing text of a skill at 1,536 characters, other products refuse a description over "
    "1,024.",
    bad="description: more than 1,024 characters",
    good="description: two sentences, the rest in the body",
)
def text_over_cap(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a text that is longer than what is read of it.

    The `description` of a skill has more than 1,024 characters, that of a skill or command together with
    `when_to_use` more than 1,536, or `compatibility` more than 500.
    """
    del context
    for component in plugin.components:
        if component.kind is Kind.AGENT:
            continue
        matter = component.front_matter
        for key, length, limit in _lengths(component):
            if length > limit:
                place = in_front_matter(component, key if key in matter.keys else "")
                yield text_over_cap.finding(f"`{key}` has {length} characters, at most {limit} are read", place)
                break


def _lengths(component: Component) -> Iterator[tuple[str, int, int]]:
    matter = component.front_matter
    description, trigger = len(matter.text("description")), len(matter.text("when_to_use"))
    if component.kind is Kind.SKILL:
        yield "description", description, _DESCRIPTION_MAX
    yield "when_to_use" if trigger else "description", description + trigger, _LISTING_MAX
    yield "compatibility", len(matter.text("compatibility")), _COMPATIBILITY_MAX


@rule(
    "SK009",
    Severity.WARNING,
    "markup in the name or description of a skill",
    source=_SPECIFICATION,
    backed_by="R",
    why="The text stands in the system prompt, where tags have a meaning of their own; uploads with tags are refused.",
    bad="description: Reviews code. <example>review this</example>",
    good='description: Reviews code, for example "review this"',
)
def markup_in_description(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` or `description` of a skill holds a tag such as `<example>`."""
    del context
    for component in plugin.of_kind(Kind.SKILL):
        for key in ("name", "description"):
            found = _MARKUP.search(component.front_matter.text(key))
            if found:
                message = f"`{key}` holds the tag {found[0][:60]}"
                yield markup_in_description.finding(message, in_front_matter(component, key), hint="write it in words")
                break


@rule(
    "SK010",
    Severity.INFO,
    "a skill of more than 500 lines",
    source=_SPECIFICATION,
    backed_by="R",
    why="The whole file is read whenever the skill is used; details belong in files that are read when needed.",
    bad="skills/review/SKILL.md of 900 lines",
    good="skills/review/SKILL.md of 200 lines and skills/review/reference.md",
    default=False,
)
def long_skill(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A SKILL.md has more than 500 lines."""
    del context
    for component in plugin.of_kind(Kind.SKILL):
        data = plugin.read(component.path) or b""
        lines = data.count(b"\n") + int(bool(data) and not data.endswith(b"\n"))
        if lines > _LINES_MAX:
            place = at(component.path, line=_LINES_MAX + 1)
            yield long_skill.finding(
                f"a text of {lines} lines, more than {_LINES_MAX}", place, hint="move details to other files"
            )


@rule(
    "SK013",
    Severity.WARNING,
    "a link to a file that is not there",
    source=_REAL,
    backed_by="R",
    why="Claude looks for the file, finds nothing, and goes on without what it should have read.",
    bad="[the checklist](reference/checklist.md) without that file",
    good="[the checklist](references/checklist.md)",
)
def broken_link(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A relative link of a skill, outside of code, names no file or directory, seen from the skill or the plugin."""
    del context
    for component in plugin.of_kind(Kind.SKILL):
        for link, target in _targets(plugin, component):
            if target is not None and not plugin.has(target) and not plugin.has(normalise(link.target) or ""):
                place = at(component.path, line=link.line, column=link.column)
                yield broken_link.finding(f"the file {link.target[:120]} is not there", place, hint="correct the link")


@rule(
    "SK014",
    Severity.ERROR,
    "a link that leaves the plugin",
    source=_REAL,
    backed_by="R",
    why="What stands beside the plugin on your machine does not come with it.",
    bad="[the style guide](../../../docs/style.md)",
    good="[the style guide](style.md)",
)
def link_outside(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A relative link of a skill, outside of code, leaves the plugin by `..` segments."""
    del context
    for component in plugin.of_kind(Kind.SKILL):
        for link, target in _targets(plugin, component):
            if target is None:
                place = at(component.path, line=link.line, column=link.column)
                message = f"the link to {link.target[:120]} leaves the plugin"
                yield link_outside.finding(message, place, hint="copy the file into the plugin")


def _targets(plugin: Plugin, component: Component) -> Iterator[tuple[prose.Link, str | None]]:
    """The relative links of a skill with what they mean below the plugin; None when they leave it."""
    folder = component.path.rpartition("/")[0]
    for count, link in enumerate(prose.relative_links(plugin, component)):
        if count >= _LINKS_MAX:
            break
        yield link, normalise(posixpath.join(folder, link.target))


@rule(
    "SK015",
    Severity.INFO,
    "keys that only Claude Code reads",
    source=_SPECIFICATION,
    backed_by="R",
    why="Other products know six keys and may refuse the rest; for Claude Code there is nothing wrong.",
    bad="context: fork",
    good="name, description, license, compatibility, metadata and allowed-tools only",
    default=False,
)
def key_outside_core(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A skill has keys outside of the core of the open Agent Skills format."""
    del context
    for component in plugin.of_kind(Kind.SKILL):
        foreign = sorted(component.front_matter.values.keys() - OPEN_SKILL_KEYS)
        if foreign:
            shown = ", ".join(key[:40] for key in foreign[:5])
            place = in_front_matter(component, foreign[0])
            yield key_outside_core.finding(f"keys outside of the open format: {shown}", place)


@rule(
    "SK016",
    Severity.WARNING,
    "a root SKILL.md that is ignored",
    source=_SKILLS,
    backed_by="D",
    why="A SKILL.md at the root is read only in a plugin without skills/; here it is a file like any other.",
    bad="SKILL.md beside skills/review/SKILL.md",
    good="skills/main/SKILL.md beside skills/review/SKILL.md",
)
def ignored_root_skill(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """There is a SKILL.md at the root and a directory skills/, and the manifest does not name the root."""
    del context
    loaded = {component.path for component in plugin.components}
    if SKILL_FILE in plugin.files and "skills" in plugin.directories and SKILL_FILE not in loaded:
        hint = "move it to skills/<name>/SKILL.md"
        yield ignored_root_skill.finding("it is ignored beside skills/", at(SKILL_FILE), hint=hint)
