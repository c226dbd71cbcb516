"""MP007, MP015 to MP018, MP023: the entries of a marketplace, and the plugins that they mean.

An entry may carry every field of a plugin manifest, so the rules about those judge it too: as the manifest of a plugin
without files.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from plugintool.jsontext import JsonObject
from plugintool.lint import fix_market, registry
from plugintool.lint.relevance import relevance_flaws
from plugintool.lint.rule import MEASURED, Ask, Context, Source, rule
from plugintool.lint.rules.marketplace_file import INSTALLABLE, NAME_MAX, OWN_NAMES
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.lint.shapes import FLAG, TEXT, TEXTS, Shape, misfits
from plugintool.lint.values import kind_of
from plugintool.plugin.discover import DEFAULT_HOOKS
from plugintool.plugin.load import load_plugin
from plugintool.plugin.marketplace import Entry, LocalPlugin, Marketplace
from plugintool.plugin.model import MANIFEST, Plugin
from plugintool.report import Finding, Severity
from plugintool.tree.memory import MemoryTree

_ENTRIES = Source(MEASURED, "marketplace.json, entries", "2.1.330 and 2.1.197, November 2026")
_LOADING = Source("https://code.claude.com/docs/en/plugin-marketplaces", "strict mode", "August 2026")
_ORG = Source("https://support.claude.com", "organization plugins of the desktop app", "August 2026")
_OWN = Shape({}, {"strict": FLAG, "category": TEXT, "tags": TEXTS})
_NOTHING: JsonObject = {}
_OWN_KEYS = frozenset({*_OWN.optional, "source", "relevance", "headers", "headersHelper"})
_NOT_OF_ENTRIES = ("PM001", "PM008", "PM020", "PM024", "PM026", "PM013", "PM031", "PM037", "PA003", "HK029", "HK031")
"""Rules about plugin manifests that ask for files, or for what an entry need not have."""
_OF_OTHER_FILES = ("AG", "DX", "FM", "PT008", "PT010")
"""Rules of which no finding can be about a plugin manifest, or is reported by the client: a thousand entries ask."""
_OF_DECLARATIONS = ("HK00", "HK018", "HK025", "LS", "MC", "OC001", "SE003", "UC012", "UC013")
"""Rules about hooks, servers and monitors, of which a finding is about the file that declares them."""
_SPELLINGS = frozenset({"HK030", "HK031"})
"""Rules about the spelling of paths from which hooks come."""
_RESERVED_NAMES = ("PM014", "PM015")
COMPONENTS = (
    "commands",
    "agents",
    "skills",
    "hooks",
    "mcpServers",
    "lspServers",
    "outputStyles",
    "workflows",
    "themes",
    "monitors",
)
"""Keys of a plugin manifest that declare components."""
_NEWEST = (2, 1, 330)


@rule(
    "MP007",
    Severity.ERROR,
    "a malformed entry of a marketplace",
    source=_ENTRIES,
    backed_by="C",
    why="The client refuses the whole marketplace for one such entry, or cannot install the plugin.",
    bad='{"name": "Acme Review", "source": "./acme-review", "strict": "false"}',
    good='{"name": "acme-review", "source": "./acme-review", "strict": false}',
)
def malformed_entry(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """Report a malformed entry of a marketplace.

    An entry is no object, its `name` is missing, refused or used twice, or one of its fields has the wrong form; the
    fields are those of a plugin manifest and `strict`, `category`, `tags`, `relevance`.
    """
    names = Counter(entry.name for entry in marketplace.entries if entry.name)
    for entry in marketplace.entries:
        if not entry.is_object:
            listed = marketplace.value["plugins"]
            found = kind_of(listed[entry.index]) if isinstance(listed, list) else "nothing"
            message = f"the entry is {found}, expected an object"
            yield malformed_entry.finding(message, marketplace.locate(*entry.pointer))
            continue
        if names[entry.name] > 1:
            message = f"the name {entry.name!r} stands {names[entry.name]} times"
            yield malformed_entry.finding(message, marketplace.locate(*entry.pointer, "name"))
        yield from _check_name(marketplace, entry, context)
        yield from _check_own(marketplace, entry)
        yield from _check_as_manifest(marketplace, entry, context)


def _check_name(marketplace: Marketplace, entry: Entry, context: Context) -> Iterator[Finding]:
    """What a name may not be in a marketplace although a plugin manifest may say so (since 2.1.330)."""
    if not entry.name or " " in entry.name:
        return
    if INSTALLABLE.match(entry.name) and len(entry.name) <= NAME_MAX:
        return
    place = marketplace.locate(*entry.pointer, "name")
    view = Ask.AS_RULE if context.client >= _NEWEST else Ask.SILENT
    if not INSTALLABLE.match(entry.name):
        message = f"the name {entry.name!r} cannot be part of a plugin id"
        yield malformed_entry.finding(message, place, hint="use letters, digits and hyphens", client=view)
    else:
        message = f"the name has {len(entry.name)} characters, more than {NAME_MAX}"
        yield malformed_entry.finding(message, place, severity=Severity.WARNING, client=view)


def _check_own(marketplace: Marketplace, entry: Entry) -> Iterator[Finding]:
    for misfit in misfits(entry.value, _OWN, entry.pointer):
        yield malformed_entry.finding(_of(entry, misfit.message), marketplace.locate(*misfit.pointer))
    relevance = entry.value.get("relevance", _NOTHING)
    place = (*entry.pointer, "relevance")
    if not isinstance(relevance, dict):
        message = _of(entry, f"`relevance` is {kind_of(relevance)}, expected an object")
        yield malformed_entry.finding(message, marketplace.locate(*place), severity=Severity.WARNING)
        return
    for misfit in relevance_flaws(relevance, place) if relevance is not _NOTHING else ():
        yield malformed_entry.finding(_of(entry, f"`relevance` {misfit.message}"), marketplace.locate(*misfit.pointer))


def _of(entry: Entry, message: str) -> str:
    return f"entry {entry.label}: {message}"


def _check_as_manifest(marketplace: Marketplace, entry: Entry, context: Context) -> Iterator[Finding]:
    """Judge the fields that a plugin manifest has too; an unknown hook event is an error here for every client."""
    for finding in _client_findings(_as_plugin(entry, marketplace.name), marketplace, context, but=_NOT_OF_ENTRIES):
        severity = finding.severity
        if registry.all_rules()[finding.code].error_until > (0, 0, 0):
            severity = Severity.ERROR
        place = marketplace.locate(*entry.pointer, *finding.location.pointer)
        yield malformed_entry.finding(_of(entry, finding.message), place, hint=finding.hint, severity=severity)


def _as_plugin(entry: Entry, name: str) -> Plugin:
    fields: JsonObject = {key: value for key, value in entry.value.items() if key not in _OWN_KEYS}
    types = fields.get("types")
    if isinstance(types, str) and types.startswith("./") and types.endswith(".d.ts"):
        del fields["types"]  # whether it is there is nobody's question here
    return load_plugin(MemoryTree(name, {MANIFEST: json.dumps(fields).encode()}))


def _client_findings(
    plugin: Plugin, marketplace: Marketplace, context: Context, *, but: tuple[str, ...] = ()
) -> tuple[Finding, ...]:
    """What the genuine client says of one plugin manifest; Anthropic's own marketplaces may use the reserved names.

    Args:
        plugin: whose it is.
        marketplace: which lists the plugin.
        context: for which client.
        but: rules that are not asked.
    """
    allowed = _RESERVED_NAMES if marketplace.declared_name.lower() in OWN_NAMES else ()
    declared = (item.path for item in (*plugin.hooks, *plugin.mcp, *plugin.lsp, *plugin.monitors))
    absent = () if plugin.manifest_path in declared else _OF_DECLARATIONS
    ignored = (*_OF_OTHER_FILES, *absent, *but, *allowed)
    return lint_plugin(plugin, LintOptions(profile="client", client=context.client, ignore=ignored))


@rule(
    "MP015",
    Severity.WARNING,
    "an entry whose version differs from the plugin manifest's",
    source=_ENTRIES,
    backed_by="CR",
    why="The plugin manifest wins, so the version that the marketplace shows is wrong.",
    bad='{"name": "acme-review", "source": "./acme-review", "version": "2.0.0"} beside "version": "1.0.0"',
    good='{"name": "acme-review", "source": "./acme-review"}',
    fix=fix_market.version_taken,
)
def stale_entry_version(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """The `version` of an entry and that of its plugin.json are two different texts."""
    del context
    for entry, local in _present(marketplace):
        said = entry.value.get("version")
        real = local.plugin.version
        if isinstance(said, str) and said and real and said != real:
            message = f"the entry says version {said!r}, its plugin.json {real!r}"
            place = marketplace.locate(*entry.pointer, "version")
            yield stale_entry_version.finding(message, place, hint="take the version out of the entry")


def _present(marketplace: Marketplace) -> Iterator[tuple[Entry, LocalPlugin]]:
    """Yield the entries whose plugin is there, and not behind a link, which the client does not follow."""
    for entry in marketplace.entries:
        if entry.local is not None and entry.local.is_there and not entry.local.linked:
            yield entry, entry.local


@rule(
    "MP016",
    Severity.ERROR,
    "an entry whose plugin manifest or hooks are invalid",
    source=_ENTRIES,
    backed_by="C",
    why="The marketplace offers a plugin that cannot be installed, or whose hooks break it.",
    bad='{"name": "acme-review", "source": "./acme-review"} with an acme-review/.claude-plugin/plugin.json of "{"',
    good="the same with a plugin.json that passes",
)
def invalid_listed_plugin(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """Report an entry whose plugin manifest or hooks are invalid.

    The genuine client refuses the plugin.json of a local entry; for clients from 2.1.330 on also its hooks, and
    everything about the plugin that stands at the root of the marketplace, listed or not.
    """
    root = marketplace.root_plugin if context.as_client and context.client >= _NEWEST else None
    for entry, local in _present(marketplace):
        yield from _check_manifest(marketplace, entry, local, context)
        if context.as_client and context.client >= _NEWEST and not (root and root.place == local.place):
            yield from _check_files(local, _hook_files(local.plugin))
    if root is not None:
        yield from _check_files(root, None if MANIFEST in root.plugin.files else _hook_files(root.plugin))


def _check_manifest(marketplace: Marketplace, entry: Entry, local: LocalPlugin, context: Context) -> Iterator[Finding]:
    """Say once an entry that its manifest is invalid: linting the plugin says the rest."""
    said = _client_findings(local.plugin, marketplace, context)
    found = [item for item in said if _is_of_manifest(item, local.plugin, context)]
    errors = [item for item in found if item.severity is Severity.ERROR]
    shown = errors or (found if context.as_client else [])
    if shown:
        more = f", and {len(shown) - 1} more" if len(shown) > 1 else ""
        message = _of(entry, f"in its plugin.json {shown[0].message}{more}")
        yield invalid_listed_plugin.finding(
            message, marketplace.locate(*entry.pointer), severity=shown[0].severity, hint=shown[0].hint
        )


def _is_of_manifest(finding: Finding, plugin: Plugin, context: Context) -> bool:
    if (
        finding.code == "PM001"
    ):  # an entry needs no manifest; a misspelt one counts since 2.1.330, a directory until then
        misspelt = plugin.manifest is not None
        return misspelt if context.client >= _NEWEST else MANIFEST in plugin.directories
    return finding.location.path == plugin.manifest_path


def _hook_files(plugin: Plugin) -> set[str]:
    """The files of hooks of one plugin: the one that is read unnamed, and those the manifest names."""
    return {DEFAULT_HOOKS, *(item.path for item in plugin.hooks if not item.inline)}


def _check_files(local: LocalPlugin, paths: set[str] | None) -> Iterator[Finding]:
    """Report what the client finds in some files of a plugin; None means all of them."""
    found = lint_plugin(local.plugin, LintOptions(profile="client"))
    for finding in found:
        place = finding.location
        if paths is None or place.path in paths or finding.code in _SPELLINGS:
            below = f"{local.directory}/{place.path}" if local.directory else place.path
            where = replace(place, path=below, part=below if place.part == place.path else place.part)
            yield invalid_listed_plugin.finding(finding.message, where, severity=finding.severity, hint=finding.hint)


@rule(
    "MP017",
    Severity.WARNING,
    "an entry whose name differs from the plugin manifest's",
    source=_LOADING,
    backed_by="D",
    why="Users install the plugin by one name and find its commands under the other.",
    bad='{"name": "review", "source": "./acme-review"} beside "name": "acme-review"',
    good='{"name": "acme-review", "source": "./acme-review"}',
)
def entry_name_differs(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """The `name` of an entry and that of its plugin.json are two different texts."""
    del context
    for entry, local in _present(marketplace):
        real = local.plugin.declared_name
        if entry.name and real and entry.name != real:
            message = f"the entry is called {entry.name!r}, its plugin.json {real!r}"
            yield entry_name_differs.finding(message, marketplace.locate(*entry.pointer, "name"))


@rule(
    "MP018",
    Severity.ERROR,
    "`strict: false` beside a plugin manifest that declares components",
    source=_LOADING,
    backed_by="D",
    why="With strict off the entry is the whole definition; a manifest that declares components as well makes the "
    "plugin fail when it is loaded.",
    bad='{"name": "acme-review", "source": "./acme-review", "strict": false} beside "commands": "./cmd/"',
    good='{"name": "acme-review", "source": "./acme-review"} beside "commands": "./cmd/"',
)
def two_definitions(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """An entry says `strict: false`, and its plugin.json has a key that declares components."""
    del context
    for entry, local in _present(marketplace):
        declared = [key for key in COMPONENTS if key in local.plugin.value]
        if entry.value.get("strict") is False and declared:
            message = _of(entry, f"strict is off, but its plugin.json declares {', '.join(declared)}")
            hint = "take strict out, or move the declarations into the entry"
            yield two_definitions.finding(message, marketplace.locate(*entry.pointer, "strict"), hint=hint)


@rule(
    "MP023",
    Severity.WARNING,
    "an entry whose plugin has no plugin.json",
    source=_ORG,
    backed_by="PR",
    why="A copy of the directory in org-plugins is ignored by the desktop app, although a marketplace can offer it.",
    bad='{"name": "acme-review", "source": "./acme-review"} beside acme-review/skills/ only',
    good="the same with acme-review/.claude-plugin/plugin.json",
    targets=("cowork",),
    fix=fix_market.manifest_written,
)
def entry_without_manifest(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """The directory of a local entry holds neither a plugin.json nor a root SKILL.md."""
    del context
    for entry, local in _present(marketplace):
        plugin = local.plugin
        if plugin.manifest is None and not plugin.unread and "SKILL.md" not in plugin.files:
            message = _of(entry, f"{local.directory or 'the root'} holds no {MANIFEST}")
            yield entry_without_manifest.finding(message, marketplace.locate(*entry.pointer, "source"))
