"""PT001 to PT009, OP006: what a tree must not hold, whatever its files say."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint import fix_tree
from plugintool.lint.rule import MEASURED, Ask, Context, Source, at, rule
from plugintool.plugin.components import named_paths
from plugintool.plugin.model import Plugin
from plugintool.plugin.paths import resolve
from plugintool.report import Finding, Severity
from plugintool.tree.directory import LinkFate
from plugintool.tree.entry import collisions
from plugintool.tree.record import VERSION_FILE, is_proof

_INSTALL = Source("claude plugin install", "copying of a plugin", "2.1.330, November 2026")
_SAFE = Source("docs/reference/paths.md", "C16 to C23", "2026-11")
_FATES = {
    LinkFate.LEAVES: "leaves the plugin",
    LinkFate.ABSOLUTE: "is absolute",
    LinkFate.DANGLING: "leads nowhere",
    LinkFate.LOOP: "leads in a circle",
}
_MISPLACED_DIRECTORIES = {
    **{f".claude-plugin/{name}": name for name in ("agents", "commands", "skills", "hooks")},
    **{f".claude/{name}": name for name in ("agents", "commands", "skills", "hooks")},
    "skill": "skills",
    "command": "commands",
    "agent": "agents",
    "hook": "hooks",
}
_MISPLACED_FILES = {
    "hooks/hook.json": "hooks/hooks.json",
    "hooks.json": "hooks/hooks.json",
    "mcp.json": ".mcp.json",
    ".claude-plugin/.mcp.json": ".mcp.json",
    ".claude-plugin/mcp.json": ".mcp.json",
    ".claude-plugin/hooks.json": "hooks/hooks.json",
}
_SAFELY_MOVED = {
    here: there
    for here, there in {**_MISPLACED_DIRECTORIES, **_MISPLACED_FILES}.items()
    if not here.startswith(".claude/")
}
"""Not what stands in .claude/: that may be meant for those who work on the plugin."""
_DIRECTORIES = ("agents", "commands", "skills", "hooks")


@rule(
    "PT001",
    Severity.ERROR,
    "a symbolic link that leaves the plugin or leads nowhere",
    source=_INSTALL,
    backed_by="LDP",
    why="Such links are skipped when the plugin is installed: what they show is not there.",
    bad="agents/reviewer.md -> ../../shared/reviewer.md",
    good="agents/reviewer.md as a file",
)
def escaping_link(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A symbolic link leaves the plugin, is absolute, dangles or loops."""
    del context
    for link in plugin.links:
        if link.fate is not LinkFate.INSIDE:
            message = f"the link to {link.target!r} {_FATES[link.fate]}"
            yield escaping_link.finding(message, at(link.path), hint="put a copy of the file in its place")


@rule(
    "PT002",
    Severity.WARNING,
    "a symbolic link inside the plugin",
    source=Source(MEASURED, "tree", "2.1.330, November 2026"),
    backed_by="CD",
    why="Installs keep it, but the client does not check what it shows and some zip readers refuse it; build puts a "
    "copy in its place.",
    bad="AGENTS.md -> README.md",
    good="AGENTS.md as a file",
    since=(2, 1, 330),
    unsafe_fix=fix_tree.link_replaced,
)
def inner_link(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A symbolic link leads to another place of the plugin."""
    del context
    for link in plugin.links:
        if link.fate is LinkFate.INSIDE:
            message = f"a link to {link.target!r}"
            hint = "build replaces it by a copy"
            yield inner_link.finding(message, at(link.path), hint=hint, client=Ask.SILENT)  # PM008 has its view


@rule(
    "PT003",
    Severity.ERROR,
    "a name that Windows or another system cannot hold",
    source=_SAFE,
    backed_by="RB",
    why="The plugin cannot be unpacked there, or unpacks as something else.",
    bad="skills/review:code/SKILL.md",
    good="skills/review-code/SKILL.md",
)
def unportable_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a name that Windows or another system cannot hold.

    A name is a device name of Windows, holds one of <>:"|?* or a control or invisible character, ends in a dot or
    blank, is too long, or spells .git.
    """
    del context
    for bad in plugin.bad_entries:
        if bad.rule in {"C17", "C18", "C19", "C20", "C21"}:
            yield unportable_name.finding(f"{bad.reason} ({bad.rule})", at(bad.raw), hint="rename it")


@rule(
    "PT004",
    Severity.ERROR,
    "two paths that some system cannot tell apart",
    source=_SAFE,
    backed_by="B",
    why="On macOS and Windows one of the two files overwrites the other.",
    bad="docs/Guide.md beside docs/guide.md",
    good="docs/guide.md",
)
def colliding_paths(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Two paths are equal after folding letter case and compatibility forms."""
    del context
    links = (link.path for link in plugin.links if not plugin.has(link.path))  # others are seen through
    for first, second in collisions([*plugin.files, *links]):
        yield colliding_paths.finding(f"the same as {first} for some systems", at(second), hint="rename one of them")


@rule(
    "PT005",
    Severity.ERROR,
    "a name that is not UTF-8 in normal form",
    source=_INSTALL,
    backed_by="L",
    why="The install fails; systems also store such a name differently.",
    bad="docs/caf\\xe9.md",
    good="docs/cafe.md",
)
def name_not_unicode(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A name is not valid UTF-8, or not in Unicode normal form NFC."""
    del context
    for bad in plugin.bad_entries:
        if bad.rule == "C16":
            yield name_not_unicode.finding(bad.reason, at(bad.raw), hint="rename it")


@rule(
    "PT007",
    Severity.WARNING,
    "a component where nothing looks for it",
    source=Source("claude plugin details", "where components are found", "2.1.330, November 2026"),
    backed_by="LR",
    why="It is not loaded, and nothing says so.",
    bad=".claude-plugin/commands/review.md",
    good="commands/review.md",
    fix=fix_tree.moved(_SAFELY_MOVED, also_case=True),
    unsafe_fix=fix_tree.moved(_MISPLACED_DIRECTORIES),
)
def misplaced_component(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a component where nothing looks for it.

    A component directory stands in .claude-plugin/ or .claude/ or is spelled Skills/ or skill/; hooks stand in
    hooks.json or hooks/hook.json, servers in mcp.json; and the manifest names none of them.
    """
    del context
    named = _named(plugin)
    spelt = {path: path.lower() for path in plugin.directories if path.lower() in _DIRECTORIES and not path.islower()}
    for directory, proper in sorted({**_MISPLACED_DIRECTORIES, **spelt}.items()):
        if directory in plugin.directories and not _is_named(directory, named):
            place = at(directory)
            yield misplaced_component.finding(f"{directory}/ is not looked at", place, hint=f"move it to {proper}/")
    for path, proper in sorted(_MISPLACED_FILES.items()):
        if path in plugin.files and path not in named:
            yield misplaced_component.finding(f"{path} is not looked at", at(path), hint=f"move it to {proper}")


def _named(plugin: Plugin) -> set[str]:
    """The paths that the manifest names."""
    keys = ("agents", "commands", "skills", "hooks", "mcpServers")
    found = [resolve(text) for key in keys for text in named_paths(plugin.value.get(key))]
    return {path for path in found if path is not None}


def _is_named(directory: str, named: set[str]) -> bool:
    return any(path == directory or path.startswith(f"{directory}/") for path in named)


@rule(
    "PT008",
    Severity.WARNING,
    "CLAUDE.md at the plugin root",
    source=Source(MEASURED, "tree", "2.1.330 and 2.1.197, November 2026"),
    backed_by="CR",
    why="It is not loaded as context: what it says never reaches Claude.",
    bad="CLAUDE.md",
    good="skills/conventions/SKILL.md",
)
def root_claude_md(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """There is a file CLAUDE.md at the root of the plugin."""
    del context
    if "CLAUDE.md" in plugin.files:
        linked = any(link.path == "CLAUDE.md" for link in plugin.links)
        hint = "move what Claude should know into a skill"
        view = Ask.SILENT if linked else Ask.AS_RULE
        yield root_claude_md.finding("CLAUDE.md is not loaded from a plugin", at("CLAUDE.md"), hint=hint, client=view)


@rule(
    "PT009",
    Severity.ERROR,
    "a special file",
    source=_SAFE,
    backed_by="B",
    why="Reading a FIFO or device blocks or never ends; none can be part of a plugin.",
    bad="run/pipe (a FIFO)",
    good="only regular files",
)
def special_file(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """There is a FIFO, socket or device."""
    del context
    for bad in plugin.bad_entries:
        if bad.rule == "C23":
            yield special_file.finding(f"this is {bad.reason}", at(bad.raw), hint="remove it")


@rule(
    "OP006",
    Severity.ERROR,
    "a file whose name is reserved",
    source=Source("https://support.claude.com", "organization plugins of the desktop app", "August 2026"),
    backed_by="P",
    why="The desktop app and plugintool write files of these names themselves; a source tree must not bring them.",
    bad=".org-plugin-version",
    good="no such file",
    targets=("cowork",),
)
def reserved_file(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a file whose name is reserved.

    The tree holds .org-plugin-version, .plugintool/, or, when it is no built tree, a signature file or (a warning)
    a version.json, which build overwrites.
    """
    for path in plugin.files:
        if path == ".org-plugin-version" or path.startswith(".plugintool/"):
            yield reserved_file.finding(f"{path} is reserved", at(path), hint="remove it")
        elif context.built:
            continue
        elif is_proof(path):
            message = "a signature or lineage file in a source tree"
            yield reserved_file.finding(message, at(path), hint="sign writes it into the built tree")
        elif path == VERSION_FILE:
            message = "build overwrites version.json"
            hint = "remove it; set the version in plugin.json"
            yield reserved_file.finding(message, at(path), severity=Severity.WARNING, hint=hint)
