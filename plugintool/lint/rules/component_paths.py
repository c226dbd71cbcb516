"""PA001 to PA010: the paths by which the plugin manifest names components."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonValue, Pointer
from plugintool.lint import fix_json, values
from plugintool.lint.rule import MEASURED, Context, Rule, Source, in_manifest, rule
from plugintool.lint.values import kind_of
from plugintool.plugin.model import Plugin
from plugintool.plugin.once import once
from plugintool.plugin.paths import resolve
from plugintool.relpath import fold
from plugintool.report import Finding, Severity
from plugintool.tree.directory import Link, LinkFate

_PATHS = Source(MEASURED, "component paths in plugin.json", "2.1.330 and 2.1.197, November 2026")
_BUNDLES = (".mcpb", ".dxt")


@dataclass(frozen=True, slots=True)
class _Form:
    """What one key takes: endings of files (empty = any file or directory), a list, an object, its own rule."""

    endings: tuple[str, ...] = ()
    objects: bool = False
    objects_in_list: bool = False
    texts_in_list: bool = True


_FORMS: dict[Pointer, _Form] = {
    ("commands",): _Form(objects=True),
    ("agents",): _Form((".md",)),
    ("skills",): _Form(),
    ("hooks",): _Form((".json",), objects=True, objects_in_list=True),
    ("mcpServers",): _Form((".json", *_BUNDLES), objects=True, objects_in_list=True),
    ("lspServers",): _Form((".json",), objects=True, objects_in_list=True),
    ("outputStyles",): _Form(),
    ("workflows",): _Form(),
    ("experimental", "themes"): _Form(),
    ("experimental", "monitors"): _Form((".json",), objects_in_list=True, texts_in_list=False),
    ("themes",): _Form(),
    ("monitors",): _Form((".json",), objects_in_list=True, texts_in_list=False),
}
_NEWLY_CHECKED = frozenset({"mcpServers", "lspServers", "outputStyles", "themes", "monitors"})
"""Keys whose targets 2.1.197 did not look for."""


@dataclass(frozen=True, slots=True)
class _Named:
    """One path of the manifest: its place, its text, and the last part of its key."""

    pointer: Pointer
    text: str
    key: str
    form: _Form


@once
def _forms(plugin: Plugin) -> Iterator[tuple[Pointer, JsonValue, _Form]]:
    for pointer, form in _FORMS.items():
        holder = plugin.value if len(pointer) == 1 else plugin.value.get("experimental")
        if isinstance(holder, dict) and pointer[-1] in holder:
            yield pointer, holder[str(pointer[-1])], form


@once
def _named(plugin: Plugin) -> Iterator[_Named]:
    """Yield every path that the manifest names, of whatever form."""
    for pointer, value, form in _forms(plugin):
        key = str(pointer[-1])
        if isinstance(value, str):
            yield _Named(pointer, value, key, form)
        elif isinstance(value, list) and form.texts_in_list:
            for index, item in enumerate(value):
                if isinstance(item, str):
                    yield _Named((*pointer, index), item, key, form)
        elif key == "commands" and isinstance(value, dict):
            for name, entry in value.items():
                if isinstance(entry, dict) and isinstance(entry.get("source"), str):
                    yield _Named((*pointer, name, "source"), str(entry["source"]), key, form)


def _is_bundle_url(named: _Named) -> bool:
    return (
        named.key == "mcpServers"
        and named.text.lower().startswith(("http://", "https://"))
        and named.text.lower().endswith(_BUNDLES)
    )


def _leaves(text: str) -> bool:
    return ".." in text.replace("\\", "/").split("/")


def _is_relative(named: _Named, context: Context) -> bool:
    """Whether the path has the form ``./…``."""
    if named.key == "skills" and named.text == ".":
        return not (context.as_client and context.client < (2, 1, 330))
    return named.text.startswith("./") and "\\" not in named.text


@rule(
    "PA001",
    Severity.ERROR,
    "a component path that does not begin with `./`",
    source=_PATHS,
    backed_by="C",
    why="A path of another form refuses the whole install, not only the component.",
    bad='{"commands": "commands/review.md"}',
    good='{"commands": "./commands/review.md"}',
    fix=fix_json.dot_slash_added,
)
def path_without_dot_slash(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a component path that does not begin with `./`.

    A component path is absolute, bare, empty, begins with `~`, is a URL (but that of a bundle) or holds a
    backslash.
    """
    for named in _named(plugin):
        if not _is_relative(named, context) and not _is_bundle_url(named) and not _leaves(named.text):
            bare = named.text.replace("\\", "/").removeprefix("./")
            hint = f"write ./{bare}" if plugin.has(bare.rstrip("/")) and bare else "write a path that begins with ./"
            message = f"the path {named.text!r} does not begin with ./"
            yield path_without_dot_slash.finding(message, in_manifest(plugin, *named.pointer), hint=hint)


@rule(
    "PA002",
    Severity.ERROR,
    "a component path with a `..` segment",
    source=_PATHS,
    backed_by="C",
    why="Such a path is refused even when it stays inside; files outside a plugin do not come with it.",
    bad='{"commands": "./../shared/review.md"}',
    good='{"commands": "./commands/review.md"}',
)
def path_with_parent(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A component path holds a `..` segment."""
    for named in _named(plugin):
        unchecked = context.as_client and context.client < (2, 1, 330) and named.key in _NEWLY_CHECKED
        old = context.as_client and context.client < (2, 1, 330)  # which looks for two dots anywhere
        if (_leaves(named.text) or (old and ".." in named.text)) and not unchecked:
            message = f"the path {named.text!r} holds a .. segment"
            hint = "copy the file into the plugin" if resolve(named.text) is None else ""
            yield path_with_parent.finding(message, in_manifest(plugin, *named.pointer), hint=hint)


@rule(
    "PA003",
    Severity.ERROR,
    "a component path that does not exist",
    source=_PATHS,
    backed_by="C",
    why="The component is not loaded. Letter case counts, and neither patterns nor percent-encoding are read.",
    bad='{"commands": "./commands/*.md"}',
    good='{"commands": "./commands/"}',
    fix=fix_json.case_corrected,
)
def missing_component_path(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A component path of the right form names nothing in the tree."""
    for named in _named(plugin):
        target = resolve(named.text)
        unchecked = context.as_client and context.client < (2, 1, 330) and named.key in _NEWLY_CHECKED
        if target is None or _is_bundle_url(named) or unchecked or not _ends_well(named):
            continue
        if f"{target.removesuffix('.mcpb')}/manifest.json" in plugin.files and not context.as_client:
            continue  # build makes this bundle
        if not plugin.has(target) and not _is_elsewhere(plugin, target):
            message = f"the path {named.text!r} does not exist"
            yield missing_component_path.finding(
                message, in_manifest(plugin, *named.pointer), hint=_similar(plugin, target)
            )


def _leads_out(link: Link) -> bool:
    """Whether a link leads to something outside, which need not be looked at to know that it is there."""
    return link.fate in {LinkFate.LEAVES, LinkFate.ABSOLUTE}


def _is_elsewhere(plugin: Plugin, target: str) -> bool:
    """Whether a path is there although it is none of the tree: at or behind a link, or of a name that is refused."""
    led = next((link for link in plugin.links if link.path == target), None)
    if led is not None:
        return _leads_out(led)
    refused = [bad.raw for bad in plugin.bad_entries if bad.rule]
    barred = (*refused, *(link.path for link in plugin.links if _leads_out(link)))
    return any(target.startswith(f"{path}/") for path in barred) or any(
        raw == target or raw.startswith(f"{target}/") for raw in refused
    )


def _ends_well(named: _Named) -> bool:
    return not named.form.endings or named.text.lower().endswith(named.form.endings)


def _similar(plugin: Plugin, target: str) -> str:
    wanted = fold(target)
    found = next((path for path in (*plugin.files, *sorted(plugin.directories)) if fold(path) == wanted), "")
    return f"write ./{found}" if found else "create it or take the path out"


@rule(
    "PA004",
    Severity.ERROR,
    "`agents` names a directory or no Markdown file",
    source=_PATHS,
    backed_by="CR",
    why="Unlike `commands` and `skills`, `agents` takes files only; a directory refuses the whole install.",
    bad='{"agents": "./agents/"}',
    good='{"agents": ["./agents/reviewer.md"]}',
    fix=fix_json.agents_listed,
)
def agents_not_a_file(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A path of `agents` does not end in .md."""
    for named in _named(plugin):
        if named.key == "agents" and _is_relative(named, context) and not _ends_well(named):
            target = resolve(named.text)
            found = [path for path in plugin.below(target or "") if path.lower().endswith(".md")][:3]
            hint = f"list the files: {', '.join(f'./{path}' for path in found)}" if target and found else ""
            message = f"`agents` names {named.text!r}, expected a file ending in .md"
            yield agents_not_a_file.finding(message, in_manifest(plugin, *named.pointer), hint=hint)


@rule(
    "PA005",
    Severity.ERROR,
    "`skills` names a file",
    source=_PATHS,
    backed_by="CR",
    why="A skill is a folder with a SKILL.md; a file is not loaded.",
    bad='{"skills": "./skills/review/SKILL.md"}',
    good='{"skills": "./skills/review/"}',
    fix=fix_json.skill_folder,
)
def skills_not_a_directory(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A path of `skills` names a file instead of a directory."""
    del context
    for named in _named(plugin):
        target = resolve(named.text)
        linked = any(link.path == target and not link.to_directory and _leads_out(link) for link in plugin.links)
        if named.key == "skills" and target and (target in plugin.files or linked):
            folder = target.rpartition("/")[0]
            message = f"`skills` names the file {named.text!r}, expected a directory"
            hint = f"write ./{folder}/" if folder else "put it into a folder of its own"
            yield skills_not_a_directory.finding(message, in_manifest(plugin, *named.pointer), hint=hint)


@rule(
    "PA006",
    Severity.ERROR,
    "a component key of the wrong type or file ending",
    source=_PATHS,
    backed_by="C",
    why="A value of the wrong form refuses the whole install.",
    bad='{"hooks": [["./hooks/hooks.json"]]}',
    good='{"hooks": "./hooks/hooks.json"}',
)
def wrong_component_form(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a component key of the wrong type or file ending.

    The value of a component key is neither a path nor what else that key takes, or the file it names has the wrong
    ending or is a directory.
    """
    for pointer, value, form in _forms(plugin):
        yield from _wrong_values(plugin, pointer, value, form)
    experimental = plugin.value.get("experimental")
    evals = experimental.get("evals", []) if isinstance(experimental, dict) else []
    if isinstance(experimental, dict) and not isinstance(evals, str) and not values.is_text_list(evals):
        yield _wrong_form(wrong_component_form, plugin, ("experimental", "evals"), experimental["evals"])
    for named in _named(plugin):
        if named.key != "agents" and not _ends_well(named) and _is_relative(named, context):
            expected = " or ".join(named.form.endings)
            message = f"the path {named.text!r} does not end in {expected}"
            yield wrong_component_form.finding(message, in_manifest(plugin, *named.pointer))
        elif _is_read_as_json(named, context) and resolve(named.text) in plugin.directories:
            message = f"{named.text!r} is a directory, expected a JSON file"
            yield wrong_component_form.finding(message, in_manifest(plugin, *named.pointer))


def _is_read_as_json(named: _Named, context: Context) -> bool:
    unchecked = context.as_client and context.client < (2, 1, 330)
    return ".json" in named.form.endings and named.text.endswith(".json") and not unchecked


def _wrong_values(plugin: Plugin, pointer: Pointer, value: JsonValue, form: _Form) -> Iterator[Finding]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            fits = isinstance(item, str) and form.texts_in_list
            if not fits and not (isinstance(item, dict) and form.objects_in_list):
                yield _wrong_form(wrong_component_form, plugin, (*pointer, index), item)
    elif not isinstance(value, str) and not (isinstance(value, dict) and form.objects):
        yield _wrong_form(wrong_component_form, plugin, pointer, value)


def _wrong_form(made_by: Rule, plugin: Plugin, pointer: Pointer, value: JsonValue) -> Finding:
    key = ".".join(str(step) for step in pointer if isinstance(step, str))
    return made_by.finding(f"`{key}` takes no value that is {kind_of(value)} here", in_manifest(plugin, *pointer))


_MAP_MEMBERS: dict[str, values.Test] = {
    "source": values.is_text,
    "content": values.is_text,
    "description": values.is_text,
    "argumentHint": values.is_text,
    "model": values.is_text,
    "allowedTools": values.is_text_list,
}


@rule(
    "PA010",
    Severity.ERROR,
    "an entry of the command map without exactly one of `source` and `content`",
    source=_PATHS,
    backed_by="C",
    why="The text of a command must come from one place; otherwise the install is refused.",
    bad='{"commands": {"about": {"source": "./about.md", "content": "About us"}}}',
    good='{"commands": {"about": {"content": "About us"}}}',
)
def malformed_command_entry(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report an entry of the command map without exactly one of `source` and `content`.

    An entry of the map form of `commands` is no object, has both or none of `source` and `content`, or a member of
    the wrong type.
    """
    del context
    commands = plugin.value.get("commands")
    for name, entry in commands.items() if isinstance(commands, dict) else ():
        if not isinstance(entry, dict):
            yield _wrong_form(malformed_command_entry, plugin, ("commands", name), entry)
            continue
        if bool(entry.get("source")) == bool(entry.get("content")):
            message = f"the command {name!r} needs exactly one of source and content"
            yield malformed_command_entry.finding(message, in_manifest(plugin, "commands", name))
        for key, test in _MAP_MEMBERS.items():
            if key in entry and not test(entry[key]):
                yield _wrong_form(malformed_command_entry, plugin, ("commands", name, key), entry[key])
