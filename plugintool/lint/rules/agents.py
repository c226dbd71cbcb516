"""AG001 to AG008, CM001, CM002: agents and commands: names, ignored keys, and files that are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from plugintool.lint import fix_keys, fix_tree
from plugintool.lint.known import docs_of_client
from plugintool.lint.rule import Ask, Context, Source, at, in_front_matter, rule
from plugintool.plugin.components import DIRECTORIES
from plugintool.plugin.frontmatter import State
from plugintool.plugin.model import Component, Kind, Plugin
from plugintool.report import Finding, Severity

_LISTED = Source("claude plugin details", "where components are found", "2.1.330, November 2026")
_AGENTS = docs_of_client("sub-agents", "supported front matter fields")
_IGNORED = ("hooks", "mcpServers", "permissionMode")
_PAPERS = frozenset({"README", "INDEX", "CHANGELOG", "CONTRIBUTING", "LICENSE"})
_NEARLY_MARKDOWN = (".txt", ".markdown", ".mdx", ".mdc", ".rst", ".toml", ".yaml", ".yml")
_FOLDERS = (DIRECTORIES[Kind.AGENT], DIRECTORIES[Kind.COMMAND])
_COLON_SINCE = (2, 1, 218)


def is_paper(component: Component) -> bool:
    """Whether a file among agents or commands is rather meant for the reader of the repository."""
    stem = component.path.name.rpartition(".")[0]
    written = stem.upper() in _PAPERS and component.kind is not Kind.SKILL
    return written and (stem.isupper() or not component.front_matter.text("description"))


@rule(
    "AG001",
    Severity.WARNING,
    "an agent without `name`",
    source=_AGENTS,
    backed_by="D",
    why="The name is documented as required; the client takes that of the file, other readers refuse the agent.",
    bad="---\ndescription: Reviews code\n---",
    good="---\nname: reviewer\ndescription: Reviews code\n---",
    fix=fix_keys.name_added,
)
def agent_without_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The front matter of an agent has no `name`, or an empty one."""
    del context
    for component in plugin.of_kind(Kind.AGENT):
        matter = component.front_matter
        is_missing = matter.values.get("name", "") in (None, "")
        if matter.state is State.MAPPING and is_missing and not is_paper(component):
            place = in_front_matter(component, "name" if "name" in matter.keys else "")
            hint = f"add name: {component.path.name[:-3]}"
            yield agent_without_name.finding("the agent has no `name`", place, hint=hint)


@rule(
    "AG002",
    Severity.ERROR,
    "an agent with a colon in its name",
    source=_AGENTS,
    backed_by="D",
    why="The colon separates plugin and agent, so clients from 2.1.218 on do not load it.",
    bad="name: acme:reviewer",
    good="name: reviewer",
    since=_COLON_SINCE,
    unsafe_fix=fix_keys.value_spelt(lambda _, __, name: name.rpartition(":")[2].strip()),
)
def colon_in_agent_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` of an agent holds a colon."""
    for component in plugin.of_kind(Kind.AGENT):
        name = component.front_matter.text("name")
        if ":" in name and context.client >= _COLON_SINCE:
            hint = f"call it {name.rpartition(':')[2].strip()}" if name.rpartition(":")[2].strip() else ""
            place = in_front_matter(component, "name")
            yield colon_in_agent_name.finding(f"the name {name[:60]!r} holds a colon", place, hint=hint)


@rule(
    "AG004",
    Severity.WARNING,
    "two components of one name",
    source=_LISTED,
    backed_by="L",
    why="Both are listed and one of them wins; which one is not documented.",
    bad="agents/a.md and agents/b.md that both say name: reviewer",
    good="agents/a.md with name: reviewer, agents/b.md with name: tester",
)
def same_name_twice(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Two agents, or two of the commands and skills, have the same name."""
    del context
    seen: dict[tuple[bool, str], Component] = {}
    for component in plugin.components:
        if is_paper(component):
            continue
        is_agent = component.kind is Kind.AGENT
        first = seen.setdefault((is_agent, _called(component)), component)
        if first is not component and first.path != component.path:
            place = in_front_matter(component, "name") if is_agent else at(component.path)
            message = f"the file {first.path} is called {_called(component)[:60]!r} too"
            yield same_name_twice.finding(message, place, hint="rename one of them")


def _called(component: Component) -> str:
    """The name, for a command in a sub-directory with it."""
    if component.kind is Kind.COMMAND and not component.declared:
        return component.path.partition("/")[2][: -len(".md")]
    return component.name


@rule(
    "AG005",
    Severity.WARNING,
    "keys that are ignored in the agents of plugins",
    source=docs_of_client("plugins-reference", "agents"),
    backed_by="D",
    why="For safety the agents of plugins bring neither hooks nor servers nor permissions; what the keys promise does "
    "not happen.",
    bad="permissionMode: acceptEdits",
    good="hooks in hooks/hooks.json, servers in .mcp.json, permissions with the user",
)
def ignored_agent_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The front matter of an agent has `hooks`, `mcpServers` or `permissionMode`."""
    del context
    for component in plugin.of_kind(Kind.AGENT):
        for key in _IGNORED:
            if key in component.front_matter.values:
                message = f"`{key}` is ignored in the agents of plugins"
                yield ignored_agent_key.finding(message, in_front_matter(component, key), hint="remove it")


@rule(
    "AG008",
    Severity.INFO,
    "a document that is loaded as a component",
    source=_LISTED,
    backed_by="CR",
    why="Every Markdown file of agents/ and commands/ is a component, the one that explains them too.",
    bad="agents/README.md",
    good="docs/agents.md",
)
def document_as_component(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """README, INDEX, CHANGELOG or the like stands in agents/ or commands/."""
    del context
    for component in plugin.components:
        if is_paper(component):
            message = f"it is loaded as a {component.kind.value}" if component.name else "it is loaded"
            place = at(component.path)
            yield document_as_component.finding(message, place, hint="move it out", client=Ask.SILENT)


@rule(
    "CM001",
    Severity.INFO,
    "commands or agents in a sub-directory",
    source=_LISTED,
    backed_by="L",
    why="The client checks them and does not list them; whether a session loads them is not documented.",
    bad="commands/git/review.md",
    good="commands/git-review.md",
)
def nested_component(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A sub-directory of commands/ or agents/ holds Markdown files; one finding for each."""
    del context
    folders: Counter[str] = Counter()
    for component in plugin.components:
        folder = component.path.rpartition("/")[0]
        if component.kind is not Kind.SKILL and not component.declared and "/" in folder:
            folders[folder] += 1
    for folder, count in sorted(folders.items()):
        kind = folder.partition("/")[0].rstrip("s")
        what = f"a {kind}" if count == 1 else f"{count} {kind}s"
        yield nested_component.finding(f"{what} in a sub-directory", at(folder), hint=f"keep them in {kind}s/ itself")


@rule(
    "CM002",
    Severity.WARNING,
    "an entry of agents/ or commands/ that is not loaded",
    source=_LISTED,
    backed_by="L",
    why="Only files that end in .md are components; everything else is passed over in silence.",
    bad="commands/review.txt",
    good="commands/review.md",
    unsafe_fix=fix_tree.ended_as_markdown,
)
def unloaded_entry(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A text directly in agents/ or commands/ does not end in .md, a folder does, or the directory is a file."""
    del context
    hint = "name it .md, or move it out"
    for folder in _FOLDERS:
        if folder in plugin.files:
            yield unloaded_entry.finding(f"`{folder}` is a file, expected a directory", at(folder))
        for path in plugin.below(folder):
            if path.count("/") == 1 and path.lower().endswith(_NEARLY_MARKDOWN):
                kind = folder.rstrip("s")
                yield unloaded_entry.finding(f"a {kind} ends in .md, so this is none", at(path), hint=hint)
    for directory in sorted(plugin.directories):
        if directory.startswith(tuple(f"{folder}/" for folder in _FOLDERS)) and directory.lower().endswith(".md"):
            message = "a directory is no component, whatever its name"
            yield unloaded_entry.finding(message, at(directory), hint="rename it")
