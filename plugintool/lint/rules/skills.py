"""SK001 to SK019: skills that are not found, and what only skills have."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint import fix_tree
from plugintool.lint.rule import MEASURED, Context, Source, at, in_front_matter, rule
from plugintool.lint.values import kind_of
from plugintool.plugin.components import SKILL_FILE
from plugintool.plugin.model import Kind, Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding, Location, Severity

_FOUND = Source("claude plugin details", "where components are found", "2.1.330, November 2026")


def _folders(plugin: Plugin) -> list[str]:
    """The folders directly below ``skills/``."""
    return sorted(path for path in plugin.directories if path.startswith("skills/") and path.count("/") == 1)


def _skill_files(plugin: Plugin, folder: str) -> list[str]:
    """The files below a folder that are a SKILL.md in any letter case."""
    return [path for path in plugin.below(folder) if path.name.lower() == SKILL_FILE.lower()]


@rule(
    "SK001",
    Severity.WARNING,
    "a folder of skills/ without SKILL.md",
    source=_FOUND,
    backed_by="LR",
    why="The folder is no skill and nothing in it is loaded.",
    bad="skills/review/README.md",
    good="skills/review/SKILL.md",
)
def skill_folder_without_skill(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A folder directly below skills/ holds no SKILL.md, and no folder in it does."""
    del context
    named = {component.path for component in plugin.of_kind(Kind.SKILL)}
    for folder in _folders(plugin):
        if not _skill_files(plugin, folder) and not any(path.startswith(f"{folder}/") for path in named):
            hint = "add SKILL.md, or move the folder out of skills/"
            yield skill_folder_without_skill.finding("this folder has no SKILL.md", at(folder), hint=hint)


@rule(
    "SK002",
    Severity.ERROR,
    "SKILL.md in another letter case",
    source=_FOUND,
    backed_by="LR",
    why="On systems that mind letter case the skill does not exist.",
    bad="skills/review/skill.md",
    good="skills/review/SKILL.md",
    fix=fix_tree.file_called(SKILL_FILE),
)
def skill_file_in_other_case(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A folder of skills/ holds skill.md or another spelling instead of SKILL.md."""
    del context
    for folder in _folders(plugin):
        for path in _skill_files(plugin, folder):
            if path.count("/") == 2 and not path.endswith(f"/{SKILL_FILE}"):  # noqa: PLR2004 - directly in the folder
                message = f"the skill is spelled {path.rpartition('/')[2]}"
                yield skill_file_in_other_case.finding(message, at(path), hint=f"rename it to {SKILL_FILE}")


@rule(
    "SK003",
    Severity.WARNING,
    "a skill where none is looked for",
    source=_FOUND,
    backed_by="LR",
    why="Skills are found one folder deep only; a loose file or a deeper folder is not loaded.",
    bad="skills/review.md",
    good="skills/review/SKILL.md",
    unsafe_fix=fix_tree.skill_foldered,
)
def misplaced_skill(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a skill where none is looked for.

    A Markdown file stands directly in skills/, or a SKILL.md two or more folders deep that the manifest does not
    name.
    """
    del context
    found = {component.path for component in plugin.of_kind(Kind.SKILL)}
    for path in plugin.below("skills"):
        depth = path.count("/")
        if depth == 1 and path.lower().endswith(".md") and path.name.lower() not in {"skill.md", "readme.md"}:
            hint = f"move it to skills/{path.name[:-3]}/{SKILL_FILE}"
            yield misplaced_skill.finding("a loose file in skills/ is not loaded", at(path), hint=hint)
        elif depth > 2 and path.name == SKILL_FILE and not _has_owner(path, found):  # noqa: PLR2004 - too deep
            hint = "move its folder up to skills/, or name it in the manifest"
            yield misplaced_skill.finding("a skill this deep is not loaded", at(path), hint=hint)


def _has_owner(path: str, found: set[RelPath]) -> bool:
    """Whether a SKILL.md is a skill itself, or a file inside the folder of one."""
    return any(path.startswith(f"{skill.rpartition('/')[0]}/") for skill in found)


@rule(
    "SK011",
    Severity.WARNING,
    "`metadata` of a skill or command that is no map",
    source=Source(MEASURED, "front matter of skills", "2.1.330, November 2026"),
    backed_by="C",
    why="The field is ignored.",
    bad="metadata: internal",
    good="metadata:\n  team: internal",
    since=(2, 1, 330),
)
def wrong_skill_metadata(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `metadata` in the front matter of a skill or command is neither a map nor null."""
    del context
    for component in plugin.components:
        if component.kind is Kind.AGENT:
            continue
        found = component.front_matter.values.get("metadata")
        if found is not None and not isinstance(found, dict):
            place = in_front_matter(component, "metadata")
            yield wrong_skill_metadata.finding(f"`metadata` is {kind_of(found)}, expected a map", place)


@rule(
    "SK019",
    Severity.ERROR,
    "a root SKILL.md as the only content",
    source=Source("https://support.claude.com", "organization plugins of the desktop app", "August 2026"),
    backed_by="CP",
    why="The desktop app reads such a directory as a plugin of one skill; Claude Code finds no manifest.",
    bad="SKILL.md",
    good=".claude-plugin/plugin.json\nskills/review/SKILL.md",
    targets=("claude-code",),
    fix=fix_tree.manifest_written,
)
def skill_without_manifest(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The plugin is a SKILL.md at the root without a plugin manifest."""
    if plugin.manifest is None and SKILL_FILE in plugin.files and not context.as_client:
        hint = "add .claude-plugin/plugin.json; build writes one"
        message = "a one-skill plugin without manifest works in the desktop app only"
        yield skill_without_manifest.finding(message, Location(SKILL_FILE), hint=hint)
