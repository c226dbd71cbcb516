"""PM010 to PM018: the name of a plugin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from plugintool.lint import fix_json
from plugintool.lint.rule import MEASURED, Context, Source, in_manifest, rule
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_NAME = Source(MEASURED, "plugin.json, name", "2.1.330 and 2.1.197, November 2026")
_KEBAB = pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_CONTROL = pattern("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DESKTOP = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
_DEVICE = pattern(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z", re.IGNORECASE)
_RESERVED_PREFIXES = ("claude-", "anthropic-", "anthropics-", "cc-plugin-", "ccplugin-")
_RESERVED = frozenset({"claude", "anthropic", "anthropics", "claudecode", "claudemods"})
_OFFICIAL = pattern(r"official-?(?:claude|anthropic)|(?:claude|anthropic)-?official")
_LOOK_ALIKES = str.maketrans("аеосрԁһіѕӏαουιν", "aeocpdhislaouiv")  # noqa: RUF001 - that is the point
"""Cyrillic and Greek letters that read as the Latin ones of the reserved names."""
_LONG = 64


def _name(plugin: Plugin) -> str | None:
    """The name when it is a text, also an empty one."""
    value = plugin.value.get("name")
    return value if isinstance(value, str) else None


def _is_reserved(name: str) -> bool:
    name = _as_read(name)
    return name in _RESERVED or name.startswith(_RESERVED_PREFIXES) or bool(_OFFICIAL.search(name))


def _as_read(name: str) -> str:
    """What a reader makes of a name: without accents and look-alikes, one hyphen for everything between words."""
    plain = unicodedata.normalize("NFKD", name).lower().translate(_LOOK_ALIKES)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") + ("-" if plain.endswith("-") else "")


@rule(
    "PM010",
    Severity.ERROR,
    "`name` is missing or no text",
    source=_NAME,
    backed_by="C",
    why="The name is the one required field; without it the install is refused.",
    bad='{"version": "1.0.0"}',
    good='{"name": "acme-review", "version": "1.0.0"}',
)
def missing_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The manifest has no `name`, or one that is no text."""
    del context
    if plugin.manifest and isinstance(plugin.manifest.json.value, dict) and _name(plugin) is None:
        found = f"is {kind_of(plugin.value['name'])}, expected a text" if "name" in plugin.value else "is missing"
        yield missing_name.finding(f"`name` {found}", in_manifest(plugin, "name"), hint='add "name": "my-plugin"')


@rule(
    "PM011",
    Severity.ERROR,
    "`name` is empty or has blanks",
    source=_NAME,
    backed_by="C",
    why="Names with blanks are refused at install; commands are called plugin:command.",
    bad='{"name": "My Plugin"}',
    good='{"name": "my-plugin"}',
    unsafe_fix=fix_json.replaced(fix_json.kebab),
)
def blank_in_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` is an empty text or holds a blank, also at its end."""
    del context
    name = _name(plugin)
    if name is not None and (not name or " " in name):
        fixed = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "my-plugin"
        what = f"`name` {name!r} holds a blank" if name else "`name` is empty"
        yield blank_in_name.finding(what, in_manifest(plugin, "name"), hint=f"call it {fixed}")


@rule(
    "PM012",
    Severity.ERROR,
    "`name` holds control or bidirectional characters",
    source=_NAME,
    backed_by="C",
    why="Such a name shows as something else than it is.",
    bad='{"name": "acme\\u202ereview"}',
    good='{"name": "acme-review"}',
    since=(2, 1, 330),
)
def control_in_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` holds a control character or one that changes the direction of text."""
    del context
    found = _CONTROL.search(_name(plugin) or "")
    if found:
        message = f"`name` holds the character U+{ord(found[0]):04X}"
        yield control_in_name.finding(message, in_manifest(plugin, "name"), hint="use letters, digits and hyphens")


@rule(
    "PM013",
    Severity.WARNING,
    "`name` is not kebab-case",
    source=_NAME,
    backed_by="C",
    why="Only lower-case letters, digits and single hyphens work with every marketplace and consumer; names with "
    "slashes, colons or letters beyond ASCII cannot be installed from a marketplace that lists them.",
    bad='{"name": "AcmeReview"}',
    good='{"name": "acme-review"}',
    unsafe_fix=fix_json.replaced(fix_json.kebab),
)
def name_not_kebab(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` is not made of lower-case letters and digits joined by single hyphens."""
    del context
    name = _name(plugin)
    if name and " " not in name and not _KEBAB.match(name):
        fixed = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-")
        hint = f"call it {fixed}" if fixed else "use lower-case letters, digits and hyphens"
        yield name_not_kebab.finding(f"`name` {name!r} is not kebab-case", in_manifest(plugin, "name"), hint=hint)


@rule(
    "PM014",
    Severity.ERROR,
    "`name` is reserved for Anthropic",
    source=_NAME,
    backed_by="C",
    why="Since 2.1.330 these names are refused, whoever publishes them.",
    bad='{"name": "claude-review"}',
    good='{"name": "acme-review"}',
    since=(2, 1, 330),
)
def reserved_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report `name` is reserved for Anthropic.

    The `name` begins with claude-, anthropic-, anthropics- or cc-plugin-, is one of a few exact names, or joins
    "official" with claude or anthropic; letter case, accents, look-alikes and what stands
    between words do not matter.
    """
    del context
    if _is_reserved(_name(plugin) or ""):
        message = f"`name` {plugin.declared_name!r} is reserved for Anthropic"
        yield reserved_name.finding(message, in_manifest(plugin, "name"), hint="begin it with your own name")


@rule(
    "PM015",
    Severity.WARNING,
    "`name` reads as Anthropic's",
    source=_NAME,
    backed_by="C",
    why="Users take the plugin for an official one, and public directories ask for another name.",
    bad='{"name": "mcp-for-claude"}',
    good='{"name": "acme-mcp"}',
    since=(2, 1, 330),
    targets=("marketplace", "directory"),
)
def name_reads_official(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` holds claude or anthropic as a word and is not reserved."""
    del context
    name = _name(plugin) or ""
    if {"claude", "anthropic"} & set(_as_read(name).split("-")) and not _is_reserved(name):
        message = f"`name` {name!r} reads as Anthropic's"
        yield name_reads_official.finding(message, in_manifest(plugin, "name"), hint="begin it with your own name")


@rule(
    "PM016",
    Severity.ERROR,
    "`name` that cannot be a directory of org-plugins or a marketplace entry",
    source=Source("https://support.claude.com", "organization plugins of the desktop app", "August 2026"),
    backed_by="PB",
    why="The desktop app takes only names that every file system takes; devices of Windows are refused there.",
    bad='{"name": "con"}',
    good='{"name": "acme-console"}',
    targets=("cowork", "marketplace"),
)
def unusable_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report `name` that cannot be a directory of org-plugins or a marketplace entry.

    The `name` is outside [A-Za-z0-9][A-Za-z0-9._-]{0,127}, a device name of Windows, ends in a dot, or (a warning)
    is longer than 64 characters.
    """
    del context
    name = _name(plugin)
    if not name or " " in name or _CONTROL.search(name):
        return
    if not _DESKTOP.match(name) or _DEVICE.match(name) or name.endswith("."):
        message = f"`name` {name!r} cannot name a directory everywhere"
        yield unusable_name.finding(message, in_manifest(plugin, "name"), hint="use letters, digits and hyphens")
    elif len(name) > _LONG:
        message = f"`name` has {len(name)} characters, more than {_LONG}"
        yield unusable_name.finding(message, in_manifest(plugin, "name"), severity=Severity.WARNING)


@rule(
    "PM018",
    Severity.WARNING,
    "`name` differs from the directory name",
    source=Source("https://support.claude.com", "organization plugins of the desktop app", "August 2026"),
    backed_by="PR",
    why="In org-plugins the directory name is the name; two names for one plugin confuse settings and people.",
    bad='acme-tools/.claude-plugin/plugin.json with {"name": "acme-review"}',
    good='acme-review/.claude-plugin/plugin.json with {"name": "acme-review"}',
    targets=("cowork",),
    unsafe_fix=fix_json.named_as_directory,
)
def name_differs_from_directory(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `name` is another than that of the plugin's directory; in a built tree this is an error."""
    name = plugin.declared_name
    if name and plugin.name and name != plugin.name:
        yield name_differs_from_directory.finding(
            f"`name` is {name!r}, the directory is {plugin.name!r}",
            in_manifest(plugin, "name"),
            severity=Severity.ERROR if context.built else None,
            hint=f"build writes it to {name}/" if not context.built else "build it again",
        )
