"""FM001 to FM016: front matter of agents, commands and skills."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint import fix_front_matter
from plugintool.lint.rule import MEASURED, Ask, Context, Source, at, in_front_matter, rule
from plugintool.lint.values import kind_of
from plugintool.plugin.frontmatter import NONE, State
from plugintool.plugin.model import Component, Kind, Plugin
from plugintool.report import Finding, Severity

_FRONT = Source(MEASURED, "front matter", "2.1.330 and 2.1.197, November 2026")


def _view(component: Component, context: Context) -> Ask:
    """How the client's validate sees a flaw of a front matter: not at all where it sees no front matter."""
    return Ask.SILENT if _is_hidden(component, context) else _file_view(component)


def _file_view(component: Component) -> Ask:
    """Whether the client's validate reads this file: only default directories, no links, one level of skills."""
    deep = component.path.count("/") == 2  # noqa: PLR2004 - skills/<folder>/SKILL.md
    looked_at = not component.declared and not component.linked and (component.kind is not Kind.SKILL or deep)
    return Ask.AS_RULE if looked_at else Ask.SILENT


def _is_hidden(component: Component, context: Context) -> bool:
    """Whether a byte order mark hides the front matter, as it does from clients before 2.1.330."""
    return component.front_matter.marked and context.client < (2, 1, 330)


@rule(
    "FM001",
    Severity.ERROR,
    "front matter that is no YAML",
    source=_FRONT,
    backed_by="CR",
    why="The file loads with every field dropped: no description, no tools, no name.",
    bad='description: "Reviews code" and more',
    good='description: "Reviews code and more"',
)
def broken_front_matter(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The front matter does not parse as YAML 1.2, also after the client's attempt to quote its values."""
    for component in plugin.components:
        matter = component.front_matter
        if matter.state is State.BROKEN and not matter.outdented and matter.flaw:
            flaw = matter.flaw
            yield broken_front_matter.finding(
                f"the front matter is no YAML: {flaw.message}",
                at(component.path, line=flaw.line, column=flaw.column, part="frontmatter"),
                hint="put the value in quotes" if not matter.cut else "a --- inside ends the front matter there",
                client=_view(component, context),
            )


@rule(
    "FM002",
    Severity.WARNING,
    "front matter that only newer clients repair",
    source=_FRONT,
    backed_by="CR",
    why="Clients before 2.1.330, and every other reader, drop all fields of this file.",
    bad="description: Use this: when asked",
    good='description: "Use this: when asked"',
    error_until=(2, 1, 330),
    fix=fix_front_matter.values_quoted,
)
def repaired_front_matter(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The front matter parses only after each one-line value with special characters was put in quotes."""
    silent = context.client >= (2, 1, 330)  # it repairs and says nothing
    for component in plugin.components:
        flaw = component.front_matter.flaw
        if component.front_matter.repaired:
            line, column = (flaw.line, flaw.column) if flaw else component.front_matter.place()
            place = at(component.path, line=line, column=column, part="frontmatter")
            why = f": {flaw.message}" if flaw else ""
            message = f"the front matter is YAML only after quoting{why}"
            view = Ask.SILENT if silent else _view(component, context)
            yield repaired_front_matter.finding(message, place, hint="put the value in quotes", client=view)


@rule(
    "FM003",
    Severity.ERROR,
    "a quoted text or list continued in column 0",
    source=_FRONT,
    backed_by="C",
    why="YAML asks for an indent there; some readers are lenient, the client drops all fields of the file.",
    bad='description: "Reviews code\nand more"',
    good='description: "Reviews code\n  and more"',
    fix=fix_front_matter.continuation_indented,
)
def outdented_value(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A quoted text or a `[` list of the front matter goes on in the next line without an indent."""
    for component in plugin.components:
        if component.front_matter.outdented:
            line, column = component.front_matter.outdented
            message = "a value is continued without an indent"
            place = at(component.path, line=line, column=column, part="frontmatter")
            yield outdented_value.finding(message, place, hint="indent the line", client=_view(component, context))


@rule(
    "FM004",
    Severity.WARNING,
    "no front matter",
    source=_FRONT,
    backed_by="CR",
    why="The component loads without name and description, so Claude does not know when to use it.",
    bad="# Review\n\nReview the code.",
    good="---\ndescription: Reviews code\n---\n\nReview the code.",
    fix=fix_front_matter.blanks_before_removed,
    unsafe_fix=fix_front_matter.description_from_text,
)
def no_front_matter(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The file has no front matter: none at all, none at its first byte, or no closing `---`."""
    for component in plugin.components:
        state, hidden = component.front_matter.state, _is_hidden(component, context)
        if state in NONE or hidden:
            absent = "is not closed by ---" if state is State.UNCLOSED else "is missing"
            found = "stands behind a byte order mark, where this client sees none" if hidden else absent
            hint = "save it without the mark" if hidden else "begin the file with ---, description: …, and ---"
            place = at(component.path, line=1, column=1, part="frontmatter")
            yield no_front_matter.finding(f"the front matter {found}", place, hint=hint, client=_file_view(component))


@rule(
    "FM005",
    Severity.ERROR,
    "front matter that is a list or a single value",
    source=_FRONT,
    backed_by="C",
    why="Only keys and values are read; the file loads with every field dropped.",
    bad="---\n- description\n---",
    good="---\ndescription: Reviews code\n---",
)
def front_matter_no_mapping(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The front matter is YAML but no mapping of keys to values."""
    for component in plugin.components:
        if component.front_matter.state is State.OTHER:
            place = in_front_matter(component)
            message = "the front matter is no mapping of keys to values"
            yield front_matter_no_mapping.finding(message, place, client=_view(component, context))


@rule(
    "FM007",
    Severity.ERROR,
    "`name` that is no text, or `description` that is a list or map",
    source=_FRONT,
    backed_by="C",
    why="Such a value is not usable; numbers and true need quotes to be a name.",
    bad="name: 2024",
    good='name: "2024"',
    fix=fix_front_matter.scalar_quoted,
    unsafe_fix=fix_front_matter.flow_quoted,
)
def wrong_name_or_description(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` in the front matter is a number, boolean, list or map, or the `description` a list or map."""
    for component in plugin.components:
        found = component.front_matter.values
        name, description = found.get("name"), found.get("description")
        if name is not None and not isinstance(name, str):
            message = f"`name` is {kind_of(name)}, expected a text"
            place = in_front_matter(component, "name")
            yield wrong_name_or_description.finding(
                message, place, hint="put it in quotes", client=_view(component, context)
            )
        if isinstance(description, (list, dict)):
            message = f"`description` is {kind_of(description)}, expected a text"
            place = in_front_matter(component, "description")
            yield wrong_name_or_description.finding(
                message, place, hint="put it in quotes", client=_view(component, context)
            )


@rule(
    "FM009",
    Severity.WARNING,
    "`description` missing, empty, null or a number",
    source=_FRONT,
    backed_by="C",
    why="Claude decides by the description when to use the component.",
    bad="---\nname: review\n---",
    good="---\nname: review\ndescription: Reviews code. Use after edits.\n---",
)
def no_description(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The front matter is empty, or its `description` is missing, empty, null or a number."""
    for component in plugin.components:
        matter = component.front_matter
        if matter.state is State.EMPTY:
            fails = context.client < (2, 1, 330)
            severity = Severity.ERROR if fails else None
            view = Ask.ERROR if fails and _view(component, context) is Ask.AS_RULE else _view(component, context)
            place = in_front_matter(component)
            yield no_description.finding("the front matter is empty", place, severity=severity, client=view)
        elif matter.state is State.MAPPING and not isinstance(matter.values.get("description"), (list, dict)):
            yield from _judge_description(component, context)


def _judge_description(component: Component, context: Context) -> Iterator[Finding]:
    found = component.front_matter.values.get("description")
    if isinstance(found, str) and found.strip():
        return
    absent = "description" not in component.front_matter.values
    what = "is missing" if absent else "is empty" if isinstance(found, str) else f"is {kind_of(found)}"
    place = in_front_matter(component, "" if absent else "description")
    view = _view(component, context) if absent else Ask.SILENT
    hint = "say what it does and when to use it"
    yield no_description.finding(f"`description` {what}", place, hint=hint, client=view)


@rule(
    "FM012",
    Severity.WARNING,
    "`---` inside the front matter ends it there",
    source=_FRONT,
    backed_by="CL",
    why="The rest of the value and all keys after it are lost, without a word where the YAML stays valid.",
    bad="description: Reviews code---and more\ntools: Read",
    good="description: Reviews code and more\ntools: Read",
    client_severity=Severity.WARNING,
    fix=fix_front_matter.dashes_shortened,
)
def front_matter_cut_short(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Three hyphens in a value, a comment or a block text end the front matter before its closing line."""
    del context
    for component in plugin.components:
        if component.front_matter.cut:
            line, column = component.front_matter.cut
            yield front_matter_cut_short.finding(
                "the front matter ends here, at a --- that is no line of its own",
                at(component.path, line=line, column=column),
                hint="use a shorter or another dash",
                client=Ask.SILENT,
            )


@rule(
    "FM016",
    Severity.ERROR,
    "`shell` or `allowed-tools` that cannot be used",
    source=_FRONT,
    backed_by="C",
    why="The client refuses the value, and what it should allow or run does not happen.",
    bad="shell: zsh",
    good="shell: bash",
)
def wrong_shell_or_tools(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report `shell` or `allowed-tools` of a component that cannot be used.

    The `shell` of a command or skill is neither bash nor powershell, or the `allowed-tools` of any component neither a
    text nor a list of texts.
    """
    for component in plugin.components:
        for key, message in _unusable(component, context):
            place = in_front_matter(component, key)
            yield wrong_shell_or_tools.finding(message, place, client=_view(component, context))


def _unusable(component: Component, context: Context) -> Iterator[tuple[str, str]]:
    """Yield key and message; the client does not mind the shell of an agent since 2.1.330."""
    shell = component.front_matter.values.get("shell")
    tools = component.front_matter.values.get("allowed-tools")
    minded = component.kind is not Kind.AGENT or context.client < (2, 1, 330)
    if minded and shell is not None and str(shell).lower() not in {"bash", "powershell"}:
        yield "shell", f"`shell` is {shell!r}, expected bash or powershell"
    if tools is not None and not _is_tools(tools):
        yield "allowed-tools", f"`allowed-tools` is {kind_of(tools)}, expected a text or a list of texts"


def _is_tools(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
