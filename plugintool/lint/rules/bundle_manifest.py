"""MB001 to MB015, MB052: the bundle manifest by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, VERSION_KEYS, VERSIONS
from plugintool.jsontext import JsonValue
from plugintool.lint import fix_bundle, values
from plugintool.lint.fix_json import removed, replaced
from plugintool.lint.rule import Context, at, rule
from plugintool.lint.rules.bundle_sources import (
    MEASURED,
    SPECIFICATION,
    TARGETS,
    BundleSource,
    directories_of,
    sources_of,
    texts_in,
)
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_SEMVER = pattern(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?\Z")
_NAME = pattern(r"(?:@?[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*\Z")
_ODD = pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ARGUMENT = pattern(r"\$\{arguments\.([^}]{1,100})\}")
_SHOWN = ("name", "display_name", "description", "long_description", "author")
_LATER = {"privacy_policies": "0.2", "icons": "0.3", "localization": "0.3", "_meta": "0.3"}
"""Fields, and the first version whose schema knows them."""
_ADDRESSES = ("homepage", "documentation", "support")


@rule(
    "MB001",
    Severity.ERROR,
    "a bundle without manifest.json at its root",
    source=MEASURED,
    backed_by="D",
    why="Hosts look for the manifest at the root of the bundle only; build makes no bundle of such a directory.",
    bad="bundles/clock/clock/manifest.json",
    good="bundles/clock/manifest.json",
    targets=TARGETS,
)
def missing_bundle_manifest(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A directory below bundles/ holds no manifest.json, or has it in a folder of its own."""
    del context
    for directory in directories_of(plugin):
        if f"{directory}/{BUNDLE_MANIFEST}" not in plugin.files:
            inner = next((path for path in plugin.below(directory) if path.endswith(f"/{BUNDLE_MANIFEST}")), "")
            hint = f"move the files of {inner.rpartition('/')[0]} up" if inner else "plugintool new mcp writes one"
            message = f"{directory} has no {BUNDLE_MANIFEST}"
            yield missing_bundle_manifest.finding(message, at(directory), hint=hint)


@rule(
    "MB002",
    Severity.ERROR,
    "a bundle manifest that is no strict JSON object",
    source=MEASURED,
    backed_by="DB",
    why="Readers refuse it, or disagree about what it says.",
    bad='{"name": "clock", "name": "timer"}',
    good='{"name": "clock"}',
    targets=TARGETS,
)
def loose_bundle_json(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The text has a byte order mark, comments, a key twice, NaN, odd characters, or holds no object."""
    del context
    for source in sources_of(plugin):
        text = source.manifest.json
        for problem in text.problems:
            place = at(source.place().path, line=problem.line, column=problem.column)
            yield loose_bundle_json.finding(problem.message, place)
        if text.is_readable and not isinstance(text.value, dict):
            yield loose_bundle_json.finding(f"the root is {kind_of(text.value)}, expected an object", source.place())


@rule(
    "MB003",
    Severity.ERROR,
    "a bundle manifest of no known version",
    source=MEASURED,
    backed_by="D",
    why="The version decides which fields there are; without one no reader takes the bundle.",
    bad='{"manifest_version": 0.3}',
    good='{"manifest_version": "0.3"}',
    targets=TARGETS,
    fix=fix_bundle.version_as_text,
)
def unknown_bundle_version(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `manifest_version` (or `dxt_version`) is missing, no text, or not 0.1, 0.2, 0.3 or 0.4."""
    del context
    for source in _objects(plugin):
        if source.manifest.version is None:
            key = next((key for key in VERSION_KEYS if key in source.value), VERSION_KEYS[0])
            hint = f'write "{VERSION_KEYS[0]}": "0.3"'
            message = f"`{key}` is none of the texts {', '.join(VERSIONS)}"
            yield unknown_bundle_version.finding(message, source.place(key), hint=hint)


def _objects(plugin: Plugin) -> Iterator[BundleSource]:
    """Yield the sources whose manifest is an object."""
    return (source for source in sources_of(plugin) if isinstance(source.manifest.json.value, dict))


@rule(
    "MB004",
    Severity.WARNING,
    "`dxt_version` in a bundle manifest",
    source=SPECIFICATION,
    backed_by="DR",
    why="It is the old spelling; newer readers ask for manifest_version.",
    bad='{"dxt_version": "0.1"}',
    good='{"manifest_version": "0.3"}',
    targets=TARGETS,
    fix=fix_bundle.version_key_renamed,
)
def old_version_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The manifest says its version as `dxt_version`."""
    del context
    for source in _objects(plugin):
        if "dxt_version" in source.value:
            hint = "call it manifest_version" if "manifest_version" not in source.value else "take it out"
            yield old_version_key.finding("`dxt_version` is deprecated", source.place("dxt_version"), hint=hint)


@rule(
    "MB005",
    Severity.ERROR,
    "two versions in a bundle manifest",
    source=MEASURED,
    backed_by="D",
    why="Readers that look at the other key apply another schema; a known manifest_version decides.",
    bad='{"manifest_version": "0.3", "dxt_version": "0.1"}',
    good='{"manifest_version": "0.3"}',
    targets=TARGETS,
    fix=removed,
)
def two_bundle_versions(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `manifest_version` and `dxt_version` are both there and differ."""
    del context
    for source in _objects(plugin):
        said = [source.value[key] for key in VERSION_KEYS if key in source.value]
        if len(said) > 1 and said[0] != said[1]:
            message = "`manifest_version` and `dxt_version` differ"
            yield two_bundle_versions.finding(message, source.place("dxt_version"), hint="take dxt_version out")


@rule(
    "MB006",
    Severity.ERROR,
    "a bundle manifest that breaks the schema of its version",
    source=MEASURED,
    backed_by="D",
    why="The official tool refuses to pack it, and build makes no bundle.",
    bad='{"author": "Acme"}',
    good='{"author": {"name": "Acme"}}',
    targets=TARGETS,
)
def bundle_schema(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A field is missing, unknown or of the wrong type for the `manifest_version`."""
    del context
    for source in _objects(plugin):
        for problem in source.manifest.problems if source.manifest.version else ():
            known_later = [key for key in _LATER if f"'{key}'" in problem.message]
            uv = "mcp_config" in problem.message and source.kind == "uv"
            if problem.pointer != ("dxt_version",) and not known_later and not uv and not _is_of_text(source, problem):
                yield bundle_schema.finding(problem.message.rstrip("."), source.place(*problem.pointer))


def _is_of_text(source: BundleSource, problem: object) -> bool:
    """Whether it is a problem of the text, which MB002 reports: these come first."""
    return any(problem is item for item in source.manifest.problems[: len(source.manifest.json.problems)])


@rule(
    "MB007",
    Severity.ERROR,
    "a field that the version of the bundle manifest does not know",
    source=MEASURED,
    backed_by="D",
    why="The schema of an older version refuses fields of later ones.",
    bad='{"manifest_version": "0.2", "icons": []}',
    good='{"manifest_version": "0.3", "icons": []}',
    targets=TARGETS,
    fix=fix_bundle.version_raised(_LATER),
)
def later_bundle_field(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """One of `privacy_policies` (0.2), `icons`, `localization` and `_meta` (0.3) in a manifest of an older version."""
    del context
    for source in _objects(plugin):
        version = source.manifest.version or VERSIONS[-1]
        for key, first in _LATER.items():
            if key in source.value and version < first:
                message = f"`{key}` is known from version {first} on, not in {version}"
                yield later_bundle_field.finding(message, source.place(key), hint='write "manifest_version": "0.3"')


@rule(
    "MB008",
    Severity.INFO,
    "version 0.4 without a uv server",
    source=SPECIFICATION,
    backed_by="D",
    why="Version 0.4 is experimental and differs from 0.3 by servers of type uv only.",
    bad='{"manifest_version": "0.4", "server": {"type": "node"}}',
    good='{"manifest_version": "0.3", "server": {"type": "node"}}',
    targets=TARGETS,
    fix=replaced(lambda version: "0.3" if version == "0.4" else None),
)
def needless_version(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The version is 0.4 and `server.type` is not uv."""
    del context
    for source in _objects(plugin):
        if source.manifest.version == "0.4" and source.kind != "uv":
            message = "version 0.4 is needed for servers of type uv only"
            yield needless_version.finding(message, source.place("manifest_version"), hint="write 0.3")


@rule(
    "MB009",
    Severity.WARNING,
    "a uv server without `mcp_config`",
    source=MEASURED,
    backed_by="D",
    why="The specification makes it optional there, but the official tool does not validate or pack such a bundle.",
    bad='{"server": {"type": "uv", "entry_point": "server.py"}}',
    good='{"server": {"type": "uv", "entry_point": "server.py", "mcp_config": {"command": "uv", "args": […]}}}',
    targets=TARGETS,
    unsafe_fix=fix_bundle.config_added,
)
def uv_without_config(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `server.type` is uv and there is no `server.mcp_config`."""
    del context
    for source in _objects(plugin):
        if source.kind == "uv" and "mcp_config" not in source.server:
            hint = 'add "mcp_config": {"command": "uv", "args": ["run", "${__dirname}/server.py"]}'
            yield uv_without_config.finding("the uv server has no `mcp_config`", source.place("server"), hint=hint)


@rule(
    "MB010",
    Severity.ERROR,
    "a bundle name that is no machine name",
    source=SPECIFICATION,
    backed_by="DB",
    why="The name becomes part of the id under which hosts install the bundle.",
    bad='{"name": "Acme Clock"}',
    good='{"name": "acme-clock"}',
    targets=TARGETS,
)
def odd_bundle_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` is empty or no [a-z0-9][a-z0-9._-]*; one owner before a slash is a warning."""
    del context
    for source in _objects(plugin):
        name = source.manifest.text("name")
        if "name" in source.value and isinstance(source.value["name"], str) and not _NAME.match(name):
            hint = "use lower-case letters, digits and hyphens"
            yield odd_bundle_name.finding(f"`name` {name!r} is no machine name", source.place("name"), hint=hint)
        elif "/" in name:
            message = f"`name` {name!r} holds a path separator"
            yield odd_bundle_name.finding(message, source.place("name"), severity=Severity.WARNING)


@rule(
    "MB011",
    Severity.ERROR,
    "a bundle version that is no semantic version",
    source=SPECIFICATION,
    backed_by="D",
    why="Hosts compare versions to find updates.",
    bad='{"version": "v1"}',
    good='{"version": "1.0.0"}',
    targets=TARGETS,
    fix=replaced(values.semantic),
)
def odd_bundle_version(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `version` is not of the form 1.2.3 (https://semver.org)."""
    del context
    for source in _objects(plugin):
        version = source.value.get("version")
        if isinstance(version, str) and not values.SEMANTIC.match(version):
            message = f"`version` {version[:40]!r} is no semantic version"
            yield odd_bundle_version.finding(message, source.place("version"), hint="write three numbers")


@rule(
    "MB013",
    Severity.WARNING,
    "a bundle without description or author",
    source=SPECIFICATION,
    backed_by="R",
    why="Both are shown before somebody installs the bundle.",
    bad='{"description": ""}',
    good='{"description": "Tells the time of a city"}',
    targets=TARGETS,
)
def empty_bundle_text(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `description` or `author.name` is an empty text."""
    del context
    for source in _objects(plugin):
        author = source.value.get("author")
        if source.value.get("description") == "":
            yield empty_bundle_text.finding("`description` is empty", source.place("description"))
        if isinstance(author, dict) and author.get("name") == "":
            yield empty_bundle_text.finding("`author.name` is empty", source.place("author", "name"))


@rule(
    "MB014",
    Severity.ERROR,
    "invisible characters in a text that hosts show",
    source=MEASURED,
    backed_by="B",
    why="Such a text shows as something else than it is, and the official tool lets it pass.",
    bad='{"display_name": "Clock\\u202e"}',
    good='{"display_name": "Clock"}',
    targets=TARGETS,
    fix=fix_bundle.invisible_removed,
)
def invisible_bundle_text(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A shown text holds a control, bidirectional or zero-width character."""
    del context
    for source in _objects(plugin):
        for key in _SHOWN:
            for pointer, text in texts_in(source.value.get(key), (key,)):
                found = _ODD.search(text)
                if found:
                    message = f"`{key}` holds the character U+{ord(found[0]):04X}"
                    yield invisible_bundle_text.finding(message, source.place(*pointer))


@rule(
    "MB015",
    Severity.ERROR,
    "an address that is not https",
    source=MEASURED,
    backed_by="B",
    why="Hosts open these addresses; the official tool takes any scheme, javascript among them.",
    bad='{"homepage": "javascript:alert(1)"}',
    good='{"homepage": "https://acme.example/clock"}',
    targets=TARGETS,
)
def odd_bundle_address(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """One of `homepage`, `documentation` and `support` is no https address; `support` may be mailto."""
    del context
    for source in _objects(plugin):
        for key in _ADDRESSES:
            address = source.value.get(key)
            allowed = ("https:", "mailto:") if key == "support" else ("https:",)
            if isinstance(address, str) and not address.lower().startswith(allowed):
                message = f"`{key}` is no {' or '.join(allowed)} address"
                yield odd_bundle_address.finding(message, source.place(key))


@rule(
    "MB052",
    Severity.ERROR,
    "two tools or prompts of one name",
    source=MEASURED,
    backed_by="B",
    why="Users see a list of tools in which one hides another.",
    bad='{"tools": [{"name": "now"}, {"name": "now"}]}',
    good='{"tools": [{"name": "now"}, {"name": "zones"}]}',
    targets=TARGETS,
)
def repeated_tool(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report two tools or prompts of one name, and prompts that do not fit their arguments.

    Two items of `tools` or of `prompts` have the same `name`; the `text` of a prompt holds `${arguments.X}` and
    `arguments` does not name X, or the reverse.
    """
    del context
    for source in _objects(plugin):
        for key in ("tools", "prompts"):
            listed = source.value.get(key)
            items = listed if isinstance(listed, list) else []
            names = Counter(str(item.get("name")) for item in items if isinstance(item, dict))
            for name, count in names.items():
                if count > 1:
                    yield repeated_tool.finding(f"`{key}` lists {name!r} {count} times", source.place(key))
        for index, message in _prompt_flaws(source.value.get("prompts")):
            yield repeated_tool.finding(message, source.place("prompts", index))


def _prompt_flaws(prompts: JsonValue) -> Iterator[tuple[int, str]]:
    for index, prompt in enumerate(prompts if isinstance(prompts, list) else ()):
        text, listed = (prompt.get("text"), prompt.get("arguments", [])) if isinstance(prompt, dict) else (None, None)
        if not isinstance(text, str) or not values.is_text_list(listed):
            continue  # MB006
        named, used = {str(item) for item in listed or ()}, set(_ARGUMENT.findall(text))  # type: ignore[union-attr]
        for name in sorted(used - named):
            yield index, f"the prompt uses the argument {name[:60]!r}, which it does not name"
        for name in sorted(named - used):
            yield index, f"the prompt names the argument {name[:60]!r}, which it does not use"
