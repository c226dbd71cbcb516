"""MP001 to MP006, MP020: the file marketplace.json apart from its entries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint import fix_market, values
from plugintool.lint.fix_json import Spot
from plugintool.lint.relevance import SIGNALS
from plugintool.lint.rule import MEASURED, Ask, Context, Source, rule
from plugintool.lint.shapes import FILLED, FLAG, OBJECT, TEXT, TEXTS, Member, Shape, misfits
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.marketplace import Marketplace
from plugintool.report import Finding, Location, Severity

FORM = Source(MEASURED, "marketplace.json", "2.1.330 and 2.1.197, November 2026")
INSTALLABLE = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
"""A part of a plugin id; the client installs nothing whose name is no such text (since 2.1.330)."""
NAME_MAX = 128
"""Characters of a name that the desktop app takes."""
LIST = Member(lambda value: isinstance(value, list), "a list")
_TOP = Shape(
    {"name": FILLED, "owner": OBJECT, "plugins": LIST},
    {
        "$schema": TEXT,
        "description": TEXT,
        "version": TEXT,
        "metadata": OBJECT,
        "allowCrossMarketplaceDependenciesOn": TEXTS,
        "renames": OBJECT,
        "forceRemoveDeletedPlugins": FLAG,
    },
)
_OWNER = Shape({"name": FILLED}, {"email": TEXT, "url": TEXT})
_METADATA = Shape({}, {"description": TEXT, "version": TEXT, "pluginRoot": TEXT})
_RESERVED = {
    "inline": "plugins given on the command line",
    "skills-dir": "skills outside plugins",
    "builtin": "built-in plugins",
}
_DESKTOP_RESERVED = frozenset({"org", "org-provisioned", "unknown"})
OFFICIAL = frozenset(
    """
    claude-code-marketplace claude-code-plugins claude-plugins-official claude-plugins-community claude-community
    anthropic-marketplace anthropic-plugins agent-skills anthropic-agent-skills knowledge-work-plugins life-sciences
    claude-for-legal claude-for-financial-services financial-services-plugins first-party-plugins healthcare
    """.split()  # noqa: SIM905 - a table of one word a line would fill a page
)
"""Names that load from Anthropic's own repositories only (documentation of plugin marketplaces, August 2026)."""
OWN_NAMES = OFFICIAL - {"claude-plugins-community", "claude-community"}
"""Marketplaces whose plugins may bear names that are reserved for Anthropic (measured with 2.1.330)."""
_LOOK_ALIKE = pattern(
    r"(?:claude|anthropic)[^a-z0-9]*(?:marketplace|plugins|official)"
    r"|.*(?:official[^a-z0-9]*(?:claude|anthropic)|(?:claude|anthropic)[^a-z0-9]*official)"
    r"|.*[^\x20-\x7e]",
    re.DOTALL,
)
_LOOK_ALIKE_330 = pattern(r"(?:claude|anthropic)[^a-z0-9]*directory")
_MISSING = pattern(r"has no `(\w+)`")
_NEWEST = (2, 1, 330)


@rule(
    "MP001",
    Severity.ERROR,
    "a required field of marketplace.json is missing, or a field has the wrong type",
    source=FORM,
    backed_by="C",
    why="The client refuses the whole marketplace, with every plugin in it.",
    bad='{"name": "acme", "plugins": []}',
    good='{"name": "acme", "owner": {"name": "Acme Tools"}, "plugins": []}',
)
def malformed_marketplace(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """Report a field that is missing or has the wrong type.

    `name`, `owner.name` and `plugins` must be there; they and the optional fields have the right type. A file that
    cannot be opened is reported too.
    """
    del context
    if marketplace.document.manifest is None:
        place = Location(marketplace.path)
        reason = next((unread.reason for unread in marketplace.document.unread), "cannot be read")
        silent = Ask.SILENT if reason.startswith("larger") else Ask.AS_RULE
        yield malformed_marketplace.finding(f"the file is not read: {reason}", place, client=silent)
    for pointer, value, shape in _objects(marketplace):
        for misfit in misfits(value, shape, pointer):
            missing = _MISSING.match(misfit.message)
            place = marketplace.locate(*misfit.pointer, *([missing[1]] if missing else []))
            message = f"`{'.'.join((*pointer, missing[1]))}` is missing" if missing else misfit.message
            yield malformed_marketplace.finding(message, place)


def _objects(marketplace: Marketplace) -> Iterator[tuple[tuple[str, ...], JsonValue, Shape]]:
    if not marketplace.is_object:
        return
    yield (), marketplace.value, _TOP
    for key, shape in (("owner", _OWNER), ("metadata", _METADATA)):
        if isinstance(marketplace.value.get(key), dict):
            yield (key,), marketplace.value[key], shape


@rule(
    "MP002",
    Severity.ERROR,
    "a marketplace name that is refused",
    source=FORM,
    backed_by="C",
    why="The name becomes part of every plugin id and of directories in the client's cache; names that pass for "
    "Anthropic's are refused.",
    bad='{"name": "acme tools"}',
    good='{"name": "acme-tools"}',
)
def refused_marketplace_name(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """Report a marketplace name that is refused.

    The `name` holds blanks, separators or `..`, is reserved, passes for an official one, or (since 2.1.330) is outside
    [A-Za-z0-9][A-Za-z0-9._-]*.
    """
    name = marketplace.declared_name
    hint = "use letters, digits and hyphens, and your own name"
    reason = _refusal(name, context) if name else ""
    if reason:
        yield refused_marketplace_name.finding(f"`name` {name!r} {reason}", marketplace.locate("name"), hint=hint)


def _refusal(name: str, context: Context) -> str:
    """Say why a name is refused; an empty text when it is not."""
    newest = context.client >= _NEWEST
    if " " in name:
        return "holds a blank"
    if "/" in name or "\\" in name or ".." in name or name == ".":
        return "holds a path separator or a dot segment"
    if name.lower() in _RESERVED:
        return f"is reserved for {_RESERVED[name.lower()]}"
    if name.lower() not in OFFICIAL and _LOOK_ALIKE.match(name.lower()):
        return "passes for a marketplace of Anthropic, or holds characters outside ASCII"
    if newest and _LOOK_ALIKE_330.match(name.lower()):
        return "passes for a marketplace of Anthropic"
    return "cannot be part of a plugin id" if newest and not INSTALLABLE.match(name) else ""


@rule(
    "MP003",
    Severity.WARNING,
    "a marketplace name that the desktop app rejects, or an official one",
    source=FORM,
    backed_by="CDP",
    why="The desktop app does not sync a marketplace of such a name; an official name is bound to Anthropic's "
    "repositories, so that nobody else can add it.",
    bad='{"name": "org-provisioned"}',
    good='{"name": "acme-tools"}',
)
def unsynced_marketplace_name(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """The `name` is one that the desktop app keeps for itself, is too long for it, or belongs to Anthropic."""
    name, place = marketplace.declared_name, marketplace.locate("name")
    view = Ask.AS_RULE if context.client >= _NEWEST else Ask.SILENT
    if name.lower() in _DESKTOP_RESERVED:
        yield unsynced_marketplace_name.finding(f"`name` {name!r} is kept by the desktop app", place, client=view)
    elif len(name) > NAME_MAX:
        message = f"`name` has {len(name)} characters, more than {NAME_MAX}"
        yield unsynced_marketplace_name.finding(message, place, client=view)
    elif name.lower() in OFFICIAL:
        message = f"`name` {name!r} loads from Anthropic's own repositories only"
        yield unsynced_marketplace_name.finding(message, place, client=Ask.SILENT)


@rule(
    "MP005",
    Severity.WARNING,
    "a marketplace without description or without plugins",
    source=FORM,
    backed_by="C",
    why="The description is what people see before they add a marketplace; an empty one offers nothing.",
    bad='{"name": "acme-tools", "owner": {"name": "Acme"}, "plugins": []}',
    good='{"name": "acme-tools", "description": "Tools of Acme", "owner": {"name": "Acme"}, "plugins": [{…}]}',
)
def empty_marketplace(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """There is no `description` at the top or in `metadata`, or `plugins` is an empty list."""
    del context
    metadata = marketplace.value.get("metadata")
    told = [marketplace.value.get("description"), metadata.get("description") if isinstance(metadata, dict) else None]
    if marketplace.is_object and not any(told):
        message, hint = "the marketplace has no description", 'add "description": "…"'
        yield empty_marketplace.finding(message, marketplace.locate("description"), hint=hint)
    if marketplace.value.get("plugins") == []:
        yield empty_marketplace.finding("the marketplace has no plugins", marketplace.locate("plugins"))


_TOP_KEYS = frozenset({*_TOP.required, *_TOP.optional})
_ENTRY_KEYS = frozenset(
    """
    $schema name version description author homepage repository license keywords displayName defaultEnabled settings
    experimental commands agents skills hooks mcpServers lspServers outputStyles workflows userConfig channels
    dependencies themes monitors source category tags strict relevance
    """.split()  # noqa: SIM905 - as above
)
_ENTRY_KEYS_330 = frozenset({"metadata", "engines", "types", "headers", "headersHelper"})
_RELEVANCE_KEYS = frozenset({"topic", "signals"})
"""What `relevance.signals` may hold."""
_DESKTOP_KEYS = frozenset({"installationPreference"})
"""Read by the desktop app only."""


def _keyed_objects(
    marketplace: Marketplace, context: Context
) -> Iterator[tuple[tuple[str | int, ...], JsonObject, frozenset[str]]]:
    yield (), marketplace.value, _TOP_KEYS
    metadata = marketplace.value.get("metadata")
    if isinstance(metadata, dict):
        yield ("metadata",), metadata, frozenset(_METADATA.optional)
    known = _ENTRY_KEYS | (_ENTRY_KEYS_330 if context.client >= _NEWEST else frozenset())
    if "cowork" in context.targets and not context.as_client:
        known |= _DESKTOP_KEYS
    for entry in marketplace.entries:
        yield entry.pointer, entry.value, known
        relevance = entry.value.get("relevance")
        if isinstance(relevance, dict):
            yield (*entry.pointer, "relevance"), relevance, _RELEVANCE_KEYS
            signals = relevance.get("signals")
            if isinstance(signals, dict):
                yield (*entry.pointer, "relevance", "signals"), signals, SIGNALS


def _known_beside(marketplace: Marketplace, spot: Spot) -> frozenset[str]:
    """The keys that the object knows in which a key stands."""
    objects = _keyed_objects(marketplace, Context())
    return next((known for pointer, _, known in objects if pointer == spot.pointer[:-1]), frozenset())


@rule(
    "MP006",
    Severity.WARNING,
    "an unknown key in marketplace.json",
    source=FORM,
    backed_by="C",
    why="An unknown key has no effect; often it is a misspelling of one that has.",
    bad='{"name": "acme-review", "source": "./acme-review", "categroy": "review"}',
    good='{"name": "acme-review", "source": "./acme-review", "category": "review"}',
    fix=fix_market.key_spelt(_known_beside),
)
def unknown_marketplace_key(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """An object of marketplace.json holds a key that the client does not know; `owner` and sources may."""
    for pointer, value, known in _keyed_objects(marketplace, context):
        for key in sorted(value.keys() - known):
            near = values.nearest(key, known)
            hint = f"did you mean {near}?" if near else "remove it"
            place = marketplace.locate(*pointer, key)
            yield unknown_marketplace_key.finding(f"unknown key `{key}`", place, hint=hint)


@rule(
    "MP020",
    Severity.ERROR,
    "a renamed plugin whose new name leads nowhere",
    source=FORM,
    backed_by="C",
    why="Users of the old name would lose the plugin at the next update instead of moving to the new one.",
    bad='{"renames": {"acme-check": "acme-reviw"}, "plugins": [{"name": "acme-review", …}]}',
    good='{"renames": {"acme-check": "acme-review"}, "plugins": [{"name": "acme-review", …}]}',
)
def broken_rename(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """A chain of `renames` ends in a name that is not listed, runs in a circle, or holds something that is no name."""
    del context
    renames = marketplace.value.get("renames")
    listed = {entry.name for entry in marketplace.entries}
    for old in renames if isinstance(renames, dict) else ():
        wrong = _follow(old, renames, listed) if isinstance(renames, dict) else ""
        if wrong:
            hint = "name a plugin of this marketplace, or null for one that is gone"
            message = f"the rename of {old!r} {wrong}"
            yield broken_rename.finding(message, marketplace.locate("renames", old), hint=hint)


def _follow(old: str, renames: JsonObject, listed: set[str]) -> str:
    """Say what is wrong with a chain; an empty text when it ends well."""
    seen, name = {old}, renames[old]
    while isinstance(name, str) and name in renames:
        if name in seen:
            return "runs in a circle"
        seen.add(name)
        name = renames[name]
    if name is None or (isinstance(name, str) and name in listed):
        return ""
    return f"leads to {name!r}, which is not listed" if isinstance(name, str) else f"leads to {kind_of(name)}"
