"""PM020 to PM035: the other fields of the plugin manifest."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.jsontext import JsonValue
from plugintool.lint import fix_json, values
from plugintool.lint.known import docs_of_client
from plugintool.lint.rule import MEASURED, Ask, Context, Source, in_manifest, rule
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.plugin.paths import resolve
from plugintool.report import Finding, Severity

_FIELDS = Source(MEASURED, "plugin.json, field by field", "2.1.330 and 2.1.197, November 2026")
_KNOWN = frozenset(
    """
    name version description author homepage repository license keywords displayName $schema
    defaultEnabled metadata engines icon documentationUrl supportUrl privacyPolicyUrl termsOfServiceUrl
    types settings experimental commands agents skills hooks mcpServers lspServers outputStyles
    workflows userConfig channels dependencies themes monitors
    """.split()  # noqa: SIM905 - a table of one word a line would fill a page
)
"""Fields that 2.1.330 knows; `themes` and `monitors` still load from the top level."""
_NEWLY_KNOWN = frozenset(
    {"icon", "documentationUrl", "supportUrl", "privacyPolicyUrl", "termsOfServiceUrl", "types", "engines", "metadata"}
)
"""Fields that 2.1.197 does not know."""
_EXPERIMENTAL = frozenset({"themes", "monitors", "evals"})
_ENTRY = frozenset({"category", "tags", "strict", "source", "relevance"})
_FOREIGN = {
    "npm": frozenset({"main", "scripts", "devDependencies", "peerDependencies", "bin", "files", "private", "type"}),
    "a VS Code extension": frozenset({"publisher", "contributes", "activationEvents", "categories"}),
    "an MCPB bundle": frozenset({"manifest_version", "dxt_version", "server", "tools", "prompts", "compatibility"}),
}
_TEXTS = ("version", "description", "repository", "license", "displayName", "$schema", "homepage")
_VERSION_MAX = 100
_UNUSABLE_VERSION = pattern(r"[/\\\x00-\x1f\x7f]|\.\.")


def _known_as(field: str) -> str:
    """The one field that a misspelt one can be; an empty text when there is none or several."""
    elsewhere = field in _ENTRY or any(field in fields for fields in _FOREIGN.values())
    return "userConfig" if field == "user_config" else "" if elsewhere else values.sole_near(field, _KNOWN)


def _is_old_client(context: Context) -> bool:
    return context.as_client and context.client < (2, 1, 330)


def _is_absent(plugin: Plugin, field: str) -> bool:
    """Whether a recommended text is absent or empty, in a manifest that can be read."""
    return bool(plugin.value) and plugin.value.get(field, "") == ""


def _recommended(field: str, advice: str) -> tuple[str, str]:
    return f"`{field}` is absent or empty", advice


@rule(
    "PM020",
    Severity.WARNING,
    "`version` is absent or empty",
    source=_FIELDS,
    backed_by="C",
    why="Without a version nobody can say which release a device runs.",
    bad='{"name": "acme-review"}',
    good='{"name": "acme-review", "version": "1.0.0"}',
)
def missing_version(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The manifest has no `version`, or an empty one."""
    del context
    if _is_absent(plugin, "version"):
        message, hint = _recommended("version", 'add "version": "0.1.0"')
        yield missing_version.finding(message, in_manifest(plugin, "version"), hint=hint)


@rule(
    "PM021",
    Severity.WARNING,
    "`version` that is no semantic version",
    source=docs_of_client("plugins-reference", "version management"),
    backed_by="DR",
    why="Clients and marketplaces compare versions to find updates; words and ranges do not compare.",
    bad='{"version": "v1.0"}',
    good='{"version": "1.0.0"}',
    fix=fix_json.replaced(values.semantic),
)
def version_not_semantic(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `version` is a text that is not of the form 1.2.3, with what semver.org allows behind it."""
    del context
    version = plugin.version
    if version and not values.SEMANTIC.match(version) and not _cannot_be_directory(version):
        meant = values.semantic(version)
        hint = f"write {meant}" if meant else "write three numbers with dots"
        message = f"`version` {version[:40]!r} is no semantic version"
        yield version_not_semantic.finding(message, in_manifest(plugin, "version"), hint=hint)


def _cannot_be_directory(version: str) -> bool:
    return bool(_UNUSABLE_VERSION.search(version)) or len(version) > _VERSION_MAX


@rule(
    "PM022",
    Severity.ERROR,
    "`version` that cannot be a directory name",
    source=Source("claude plugin install", "cache directories", "2.1.330, November 2026"),
    backed_by="L",
    why="The version becomes the name of a directory in the client's cache; separators, `..`, control characters and "
    "very long texts fail there.",
    bad='{"version": "1/2"}',
    good='{"version": "1.2.0"}',
)
def unusable_version(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `version` holds a separator, `..` or a control character, or is longer than 100 characters."""
    del context
    if _cannot_be_directory(plugin.version):
        shown = plugin.version[:40]
        message = f"`version` {shown!r} cannot name a directory"
        yield unusable_version.finding(message, in_manifest(plugin, "version"), hint="use a version such as 1.0.0")


@rule(
    "PM024",
    Severity.WARNING,
    "`description` is absent or empty",
    source=_FIELDS,
    backed_by="C",
    why="The description is what people see before they install.",
    bad='{"name": "acme-review"}',
    good='{"name": "acme-review", "description": "Reviews pull requests by Acme rules"}',
)
def missing_description(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The manifest has no `description`, or an empty one."""
    del context
    if _is_absent(plugin, "description"):
        message, hint = _recommended("description", "say in one sentence what the plugin does")
        yield missing_description.finding(message, in_manifest(plugin, "description"), hint=hint)


@rule(
    "PM026",
    Severity.WARNING,
    "`author` is absent",
    source=_FIELDS,
    backed_by="C",
    why="Users want to know whom to ask.",
    bad='{"name": "acme-review"}',
    good='{"name": "acme-review", "author": {"name": "Acme Tools"}}',
)
def missing_author(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The manifest has no `author`."""
    del context
    if plugin.value and "author" not in plugin.value:
        hint = 'add "author": {"name": "…"}'
        yield missing_author.finding("`author` is absent", in_manifest(plugin, "author"), hint=hint)


@rule(
    "PM027",
    Severity.ERROR,
    "`author` is no object with a name",
    source=_FIELDS,
    backed_by="CR",
    why="Clients before 2.1.330 refuse the whole plugin; newer ones ignore the author. The form of npm is not read.",
    bad='{"author": "Jane <jane@acme.example>"}',
    good='{"author": {"name": "Jane", "email": "jane@acme.example"}}',
    fix=fix_json.replaced(fix_json.author_object),
)
def malformed_author(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `author` is no object, its `name` is missing or empty, or `email` or `url` are no texts."""
    del context
    if "author" not in plugin.value:
        return
    author = plugin.value["author"]
    if not isinstance(author, dict):
        hint = 'write {"name": "…", "email": "…"}'
        message = f"`author` is {kind_of(author)}, expected an object"
        yield malformed_author.finding(message, in_manifest(plugin, "author"), hint=hint)
        return
    if not values.is_filled(author.get("name")):
        yield malformed_author.finding("`author` has no `name`", in_manifest(plugin, "author", "name"))
    for key in ("email", "url"):
        if key in author and not values.is_text(author[key]):
            message = f"`author.{key}` is {kind_of(author[key])}, expected a text"
            yield malformed_author.finding(message, in_manifest(plugin, "author", key))


@rule(
    "PM028",
    Severity.ERROR,
    "`homepage` is no absolute URL",
    source=_FIELDS,
    backed_by="C",
    why="Clients before 2.1.330 refuse the plugin; newer ones ignore the field.",
    bad='{"homepage": "acme.example/review"}',
    good='{"homepage": "https://acme.example/review"}',
)
def relative_homepage(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `homepage` is a text but no absolute URL."""
    del context
    homepage = plugin.value.get("homepage")
    if isinstance(homepage, str) and not values.is_absolute_url(homepage):
        message = f"`homepage` {homepage!r} is no absolute URL"
        yield relative_homepage.finding(message, in_manifest(plugin, "homepage"), hint="begin it with https://")


@rule(
    "PM030",
    Severity.ERROR,
    "a known field of the wrong type",
    source=_FIELDS,
    backed_by="C",
    why="A known field of the wrong type, null too, fails validation and in older clients the install.",
    bad='{"keywords": "review, lint"}',
    good='{"keywords": ["review", "lint"]}',
    fix=fix_json.npm_form,
)
def wrong_field_type(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a known field of the wrong type.

    A text field holds no text, `keywords` no list of texts, `defaultEnabled` no boolean, `settings` no object,
    `types` no path of a .d.ts file that is there, or `engines.claude-code` no text.
    """
    for field in _TEXTS:
        if field in plugin.value and not values.is_text(plugin.value[field]):
            yield _wrong(plugin, (field,), "a text")
    if "defaultEnabled" in plugin.value and not values.is_flag(plugin.value["defaultEnabled"]):
        yield _wrong(plugin, ("defaultEnabled",), "true or false")
    if "settings" in plugin.value and not values.is_object(plugin.value["settings"]):
        yield _wrong(plugin, ("settings",), "an object")
    engines = None if _is_old_client(context) else plugin.value.get("engines")
    if isinstance(engines, dict) and "claude-code" in engines and not values.is_text(engines["claude-code"]):
        yield _wrong(plugin, ("engines", "claude-code"), "a text")
    yield from _check_keywords(plugin)
    yield from _check_types(plugin, context)


def _wrong(plugin: Plugin, pointer: tuple[str | int, ...], expected: str) -> Finding:
    value: JsonValue = plugin.value
    for step in pointer:
        value = value[step]  # type: ignore[index]
    message = f"`{pointer[0]}` is {kind_of(value)}, expected {expected}"
    return wrong_field_type.finding(message, in_manifest(plugin, *pointer))


def _check_keywords(plugin: Plugin) -> Iterator[Finding]:
    if "keywords" not in plugin.value:
        return
    keywords = plugin.value["keywords"]
    if not isinstance(keywords, list):
        yield _wrong(plugin, ("keywords",), "a list of texts")
        return
    for index, item in enumerate(keywords):
        if not values.is_text(item):
            yield _wrong(plugin, ("keywords", index), "texts only")


def _check_types(plugin: Plugin, context: Context) -> Iterator[Finding]:
    if "types" not in plugin.value or _is_old_client(context):
        return
    path = plugin.value["types"]
    target = resolve(path) if isinstance(path, str) else None
    if not isinstance(path, str) or not target or not path.endswith(".d.ts"):
        yield _wrong(plugin, ("types",), "a path ./….d.ts")
    elif target in plugin.directories:
        yield wrong_field_type.finding(f"`types` names {path}, which is a directory", in_manifest(plugin, "types"))
    elif not plugin.has(target):
        yield wrong_field_type.finding(f"`types` names {path}, which is not there", in_manifest(plugin, "types"))


@rule(
    "PM031",
    Severity.WARNING,
    "an unknown top-level field",
    source=_FIELDS,
    backed_by="C",
    why="An unknown field has no effect; often it is a misspelling of one that has, or belongs to another file.",
    bad='{"name": "acme-review", "keywrods": ["review"]}',
    good='{"name": "acme-review", "keywords": ["review"]}',
    fix=fix_json.renamed(lambda spot: _known_as(spot.key)),
)
def unknown_field(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The manifest holds a field that no client knows; `installationPreference` is known to the desktop app."""
    for field in plugin.value:
        if field in _KNOWN and not (field in _NEWLY_KNOWN and _is_old_client(context)):
            continue
        if field == "installationPreference" and "cowork" in context.targets and not context.as_client:
            continue
        yield unknown_field.finding(f"unknown field `{field}`", in_manifest(plugin, field), hint=_advice(field))
    experimental = plugin.value.get("experimental")
    for field in sorted(experimental.keys() - _EXPERIMENTAL) if isinstance(experimental, dict) else ():
        message = f"unknown field `experimental.{field}`"
        yield unknown_field.finding(message, in_manifest(plugin, "experimental", field))


def _advice(field: str) -> str:
    if field in _ENTRY:
        return "it belongs to the entry in marketplace.json"
    if field == "user_config":
        return "write userConfig"
    near = values.nearest(field, _KNOWN)
    if near:
        return f"did you mean {near}?"
    tool = next((name for name, fields in _FOREIGN.items() if field in fields), "")
    return f"it is a field of {tool}; remove it" if tool else "remove it"


@rule(
    "PM037",
    Severity.WARNING,
    "an experimental component at the top level",
    source=_FIELDS,
    backed_by="C",
    why="It still loads, but its place is `experimental`, and a later client may look only there.",
    bad='{"themes": "./themes/"}',
    good='{"experimental": {"themes": "./themes/"}}',
    fix=fix_json.moved_to_experimental,
)
def experimental_at_top(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """`themes` or `monitors` stand at the top of the manifest."""
    del context
    for field in ("themes", "monitors"):
        if field in plugin.value:
            hint = f"move it into experimental.{field}"
            yield experimental_at_top.finding(f"`{field}` is experimental", in_manifest(plugin, field), hint=hint)


@rule(
    "PM035",
    Severity.WARNING,
    "`metadata`, `experimental` or `engines` is no object",
    source=_FIELDS,
    backed_by="C",
    why="The field is ignored, with everything in it.",
    bad='{"metadata": "internal"}',
    good='{"metadata": {"team": "internal"}}',
)
def wrong_object_field(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """One of `metadata`, `experimental` and `engines` is there and no object."""
    for field in ("metadata", "experimental", "engines"):
        if field in _NEWLY_KNOWN and _is_old_client(context):
            continue
        if field in plugin.value and not values.is_object(plugin.value[field]):
            message = f"`{field}` is {kind_of(plugin.value[field])}, expected an object"
            yield wrong_object_field.finding(message, in_manifest(plugin, field), client=Ask.WARNING)
