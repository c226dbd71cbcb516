"""PM001 to PM008: is there a manifest, and can the JSON files be read."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool import jsontext
from plugintool.jsontext import Flaw
from plugintool.lint import fix_json, fix_tree
from plugintool.lint.rule import MEASURED, Ask, Context, Source, at, rule
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.components import named_paths
from plugintool.plugin.model import MANIFEST, Plugin
from plugintool.plugin.paths import resolve
from plugintool.relpath import RelPath
from plugintool.report import Finding, Location, Severity

_SCOPE = Source(MEASURED, "which files it reads", "2.1.330 and 2.1.197, November 2026")
_JSON = Source(MEASURED, "JSON files", "2.1.330 and 2.1.197, November 2026")
_MARKETPLACE = ".claude-plugin/marketplace.json"
_LINKED_UNREAD = pattern(
    r"(?:\.claude-plugin(?:/plugin\.json)?|hooks(?:/hooks\.json)?|\.mcp\.json|agents|commands|skills(?:/[^/]+(?:/SKILL\.md)?)?)\Z"
)
"""Places at which the client notes a link; linked agent and command files pass in silence."""
_SKILL = pattern(r"skills/[^/]+/SKILL\.md\Z")
_JSON_PLACES = {
    "hooks/hooks.json": Ask.WARNING,
    ".mcp.json": Ask.WARNING,
    ".lsp.json": Ask.SILENT,
    "monitors/monitors.json": Ask.SILENT,
    "settings.json": Ask.SILENT,
    "version.json": Ask.SILENT,
}
"""Files that are read without being named, and what 2.1.330 says of a directory in their place."""
_MISREAD = {
    Flaw.BOM: "begins with a byte order mark",
    Flaw.ENCODING: "is not valid UTF-8",
    Flaw.ODD_CHARACTER: "holds a NUL or half a surrogate pair in a text",
}


@rule(
    "PM001",
    Severity.ERROR,
    "no plugin manifest, or one in the wrong place or letter case",
    source=_SCOPE,
    backed_by="C",
    why="Without .claude-plugin/plugin.json in exactly this spelling the plugin is not found on systems that mind "
    "letter case, and cannot be installed.",
    bad=".Claude-Plugin/Plugin.json",
    good=".claude-plugin/plugin.json",
    fix=fix_tree.manifest_renamed,
)
def missing_manifest(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The file .claude-plugin/plugin.json is not there, is spelled in another letter case, or is no file."""
    if plugin.manifest is None and not _is_elsewhere(plugin):
        tree_of_skills = "skills" in plugin.directories and context.client >= (2, 1, 330)
        only_skill = "SKILL.md" in plugin.files
        if only_skill and not context.as_client:
            return  # SK019 says what such a plugin is good for
        view = Ask.SILENT if tree_of_skills or _MARKETPLACE in plugin.files else Ask.AS_RULE
        is_directory = MANIFEST in plugin.directories
        place = Location(MANIFEST, part="file") if is_directory else Location("", part="directory")
        yield missing_manifest.finding(_missing_text(plugin), place, client=view, hint=f"create {MANIFEST}")
    elif plugin.manifest is not None and plugin.manifest.is_misspelt:
        found = plugin.manifest.path
        yield missing_manifest.finding(f"the manifest is spelled {found}", at(found), hint=f"rename it to {MANIFEST}")


def _is_elsewhere(plugin: Plugin) -> bool:
    """Whether something stands at the manifest's place that other rules report."""
    linked = {link.path for link in plugin.links if not link.to_directory or link.path == ".claude-plugin"}
    return MANIFEST in plugin.files or not linked.isdisjoint({MANIFEST, RelPath(".claude-plugin")})


def _missing_text(plugin: Plugin) -> str:
    if MANIFEST in plugin.directories:
        return f"{MANIFEST} is a directory"
    if "plugin.json" in plugin.files:
        return "plugin.json stands at the plugin root, where it is not found"
    if _MARKETPLACE in plugin.files:
        return "this is a marketplace without local plugins, and no plugin"
    return f"there is no {MANIFEST}"


@rule(
    "PM002",
    Severity.ERROR,
    "a JSON file that does not parse",
    source=_JSON,
    backed_by="CL",
    why="A manifest that does not parse refuses the install; hooks, servers and settings in such a file are dropped, "
    "often without a word.",
    bad='{"name": "acme-review",}',
    good='{"name": "acme-review"}',
)
def unreadable_json(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a JSON file that does not parse.

    A JSON file that the client reads is empty, no JSON, too large, nested too deeply, or holds comments, NaN or
    trailing commas.
    """
    seen = _validated(plugin)
    for path, text in plugin.json_files.items():
        for problem in text.problems:
            if problem.flaw in jsontext.FATAL:
                silent = path not in seen or problem.flaw is not Flaw.SYNTAX
                silent = silent or (path != plugin.manifest_path and not _reads_file(plugin, path, context))
                place = at(path, line=problem.line, column=problem.column, part="json")
                view = Ask.SILENT if silent else Ask.AS_RULE
                yield unreadable_json.finding(f"not readable as JSON: {problem.message}", place, client=view)


def _validated(plugin: Plugin) -> set[RelPath]:
    """The JSON files that the client's validate opens."""
    named = {declaration.path for declaration in (*plugin.hooks, *plugin.mcp)}
    linked = {link.path for link in plugin.links}
    return {plugin.manifest_path, *(named - linked)}


def _reads_file(plugin: Plugin, path: RelPath, context: Context) -> bool:
    """Whether this client reads that hooks or MCP file: before 2.1.330 only hooks/hooks.json was read."""
    default = any(item.path == path and item.default for item in plugin.hooks)
    return default or context.client >= (2, 1, 330)


@rule(
    "PM003",
    Severity.ERROR,
    "a JSON file whose root has the wrong type",
    source=_JSON,
    backed_by="CL",
    why="The client expects one JSON object; anything else is refused or dropped.",
    bad="[]",
    good='{"name": "acme-review"}',
)
def wrong_root(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a JSON file whose root has the wrong type.

    The root of plugin.json, an MCP or LSP file, settings.json, version.json or a theme is no object, or that of a
    monitors file no list.
    """
    del context
    hooks, monitors = ({item.path for item in items} for items in (plugin.hooks, plugin.monitors))
    mcp = {item.path for item in plugin.mcp}
    for path, text in plugin.json_files.items():
        if not text.is_readable or (path in hooks and path != plugin.manifest_path):
            continue  # the root of a hooks file is HK001
        wanted: tuple[type, ...] = (list,) if path in monitors and path != plugin.manifest_path else (dict,)
        if path in mcp and path != plugin.manifest_path:
            wanted = (dict, list)  # a list is read as a map by index, which MC013 reports
        if not isinstance(text.value, wanted):
            view = Ask.AS_RULE if path == plugin.manifest_path or path in mcp else Ask.SILENT
            names = " or ".join("a list" if kind is list else "an object" for kind in wanted)
            message = f"the root is {kind_of(text.value)}, expected {names}"
            yield wrong_root.finding(message, plugin.locate(path), client=view)


@rule(
    "PM004",
    Severity.WARNING,
    "a byte order mark, invalid UTF-8, NUL or half a surrogate pair in a JSON file",
    source=_JSON,
    backed_by="C",
    why="Readers differ on these: a mark in hooks.json or .mcp.json drops the file, elsewhere it broke older clients.",
    bad="a file that begins with the bytes EF BB BF",
    good="the same file saved as UTF-8 without a mark",
    fix=fix_json.mark_removed,
)
def odd_bytes(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A JSON file begins with a byte order mark, is not valid UTF-8, or holds characters that are no characters."""
    strict = {item.path for item in (*plugin.hooks, *plugin.mcp) if not item.inline}
    for path, text in plugin.json_files.items():
        for problem in text.problems:
            if problem.flaw not in _MISREAD:
                continue
            fails = problem.flaw is Flaw.BOM and (path in strict or context.client < (2, 1, 330))
            yield odd_bytes.finding(
                f"the file {_MISREAD[problem.flaw]}",
                at(path, line=problem.line, column=problem.column, part="json" if fails else ""),
                severity=Severity.ERROR if fails else None,
                hint="save it as UTF-8 without a byte order mark",
                client=Ask.AS_RULE if fails and path in _validated(plugin) else Ask.SILENT,
            )


@rule(
    "PM005",
    Severity.WARNING,
    "a key that stands twice in one JSON object",
    source=Source("https://www.rfc-editor.org/rfc/rfc8259", "4 Objects", "December 2017"),
    backed_by="B",
    why="The client takes the last one, other readers the first, and a reviewer sees either.",
    bad='{"version": "1.0.0", "version": "2.0.0"}',
    good='{"version": "2.0.0"}',
)
def duplicate_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An object in a JSON file holds the same key more than once."""
    del context
    for path, text in plugin.json_files.items():
        for problem in text.problems:
            if problem.flaw is Flaw.DUPLICATE_KEY:
                yield duplicate_key.finding(problem.message, at(path, line=problem.line, column=problem.column))


@rule(
    "PM008",
    Severity.WARNING,
    "a file that the client does not read",
    source=_SCOPE,
    backed_by="C",
    why="What is not read is not checked, and hooks, servers and manifests are loaded all the same: nobody has looked "
    "at what runs.",
    bad="skills/review/SKILL.md of 3 MB",
    good="a short SKILL.md that points to files in its folder",
    since=(2, 1, 330),
)
def unread_file(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a file that the client does not read.

    A manifest, component, hooks or MCP file is larger than 1 MiB (an error for JSON files), cannot be read, or is a
    directory; a directory cannot be read.
    """
    for unread in plugin.unread:
        is_json = unread.path.lower().endswith(".json")
        severity, hint = (Severity.ERROR, "divide it, or make it smaller") if is_json else (None, "")
        message = f"not read: {unread.reason}"
        yield unread_file.finding(message, at(unread.path), severity=severity, hint=hint, client=Ask.WARNING)
    for path, view in _JSON_PLACES.items():
        if path in plugin.directories:
            message = "not read: it is a directory"
            yield unread_file.finding(message, at(path), severity=Severity.ERROR, hint="it must be a file", client=view)
    for bad in plugin.bad_entries:
        if not bad.rule:
            yield unread_file.finding(f"not read: {bad.reason}", at(bad.raw))
    if context.as_client:  # else PT001, PT002 and SK001 say more
        for path in sorted(filter(_LINKED_UNREAD.match, (link.path for link in plugin.links))):
            yield unread_file.finding("not read: it is a symbolic link", at(path))
        for path in sorted(filter(_SKILL.match, plugin.directories)):
            yield unread_file.finding("not read: it is a directory", at(path))
        for path in sorted(_behind_links(plugin)):
            yield unread_file.finding("not read: a symbolic link leads to it", at(path))


def _behind_links(plugin: Plugin) -> set[str]:
    """The files of hooks and servers that the manifest names and that are, or stand behind, a link."""
    named = {text for key in ("hooks", "mcpServers") for text in named_paths(plugin.value.get(key))}
    targets = {target for text in named if (target := resolve(text)) and text.endswith(".json")}
    links = [link.path for link in plugin.links]
    return {target for target in targets if any(target == path or target.startswith(f"{path}/") for path in links)}
