"""UC005 to UC010, DP002: options, channels and dependencies that are well formed and contradict themselves."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from plugintool.frozen import dataclass
from plugintool.jsonedit import Splice
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint import fix_json, values
from plugintool.lint.entries import servers_of
from plugintool.lint.fix_json import Spot
from plugintool.lint.known import docs_of_client
from plugintool.lint.rule import Context, Source, at, in_manifest, rule
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_OURS = Source("docs/reference/rules/README.md", "options", "2026-11")
_WORD = pattern(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SECRET_WORDS = frozenset(
    {"token", "secret", "password", "passwd", "passphrase", "apikey", "credential", "credentials"}
)
_SECRET_PAIRS = frozenset({("api", "key"), ("private", "key"), ("access", "key"), ("secret", "key")})
_HARMLESS_WORDS = frozenset(
    {"limit", "budget", "count", "max", "min", "url", "uri", "endpoint", "file", "path", "dir", "name", "id", "ttl"}
)
"""Words beside which `token` or `key` means something else: a limit, a place, a name."""
_USED = pattern(r"\$\{user_config\.([A-Za-z0-9_]{1,64})\}")
_COMPARATOR = pattern(
    r"(?:[<>]=?|[=^~])?v?(?:[0-9]{1,10}|[xX*])(?:\.(?:[0-9]{1,10}|[xX*])){0,2}"
    r"(?:-[0-9A-Za-z.-]{1,100})?(?:\+[0-9A-Za-z.-]{1,100})?\Z"
)
_RANGE_MAX = 256
_RANGE_PARTS = 3


@dataclass(frozen=True, slots=True)
class _Option:
    """One option: its place, its key, its members."""

    pointer: Pointer
    key: str
    fields: JsonObject

    @property
    def is_sensitive(self) -> bool:
        """Whether its value is kept like a password."""
        return self.fields.get("sensitive") is True


def _options(plugin: Plugin) -> Iterator[_Option]:
    channels = plugin.value.get("channels")
    sets: list[tuple[Pointer, JsonValue]] = [(("userConfig",), plugin.value.get("userConfig"))]
    for index, channel in enumerate(channels if isinstance(channels, list) else ()):
        if isinstance(channel, dict):
            sets.append((("channels", index, "userConfig"), channel.get("userConfig")))
    for pointer, options in sets:
        for key, option in options.items() if isinstance(options, dict) else ():
            if isinstance(option, dict):
                yield _Option((*pointer, key), key, option)


@rule(
    "UC005",
    Severity.WARNING,
    "a default that the option does not allow",
    source=_OURS,
    backed_by="B",
    why="The client accepts it and hands a value to the plugin that no user could have entered.",
    bad='{"port": {"type": "number", "title": "Port", "description": "d", "default": "8080"}}',
    good='{"port": {"type": "number", "title": "Port", "description": "d", "default": 8080}}',
    fix=fix_json.default_fitted,
)
def unfitting_default(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `default` of an option is of another type than `type`, outside `min` and `max`, or `min` is above `max`."""
    del context
    for option in _options(plugin):
        for key, message in contradictions(option.fields):
            place = in_manifest(plugin, *option.pointer, key)
            yield unfitting_default.finding(f"the option {option.key!r} {message}", place)


def contradictions(option: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield what in an option contradicts the rest of it: the key of the member, and words that go on from its name."""
    low, high, default = option.get("min"), option.get("max"), option.get("default")
    if values.is_number(low) and values.is_number(high) and low > high:  # type: ignore[operator]
        yield "min", "has a min above its max"
    if default is None:
        return
    if not _is_of_type(default, option):
        yield "default", f"has a default that is {kind_of(default)}, expected a value of type {option.get('type')}"
    elif option.get("type") == "number" and values.is_number(default):
        below = values.is_number(low) and default < low  # type: ignore[operator]
        above = values.is_number(high) and default > high  # type: ignore[operator]
        if below or above:
            yield "default", f"has a default {'below its min' if below else 'above its max'}"


def _is_of_type(value: JsonValue, option: JsonObject) -> bool:
    kind = option.get("type")
    if option.get("multiple") is True:
        return values.is_text_list(value) or isinstance(value, str)
    if kind == "number":
        return values.is_number(value)
    if kind == "boolean":
        return isinstance(value, bool)
    return kind not in ("string", "directory", "file") or isinstance(value, str)  # a foreign `type` may be a list


@rule(
    "UC008",
    Severity.WARNING,
    "an option that is a secret and not kept like one",
    source=docs_of_client("plugins-reference", "user configuration"),
    backed_by="BD",
    why="Only `sensitive` values are kept in the system's key store; everything else ends up in settings files and "
    "texts in the clear.",
    bad='{"api_key": {"type": "string", "title": "API key", "description": "d"}}',
    good='{"api_key": {"type": "string", "title": "API key", "description": "d", "sensitive": true}}',
    fix=fix_json.member_added("sensitive", value=True),
)
def exposed_secret_option(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report an option that is a secret and not kept like one.

    The key of a text option speaks of a token, password or key and `sensitive` is not true; or a sensitive option has
    a default; or its value is put into the text of a component.
    """
    del context
    sensitive: set[str] = set()
    for option in _options(plugin):
        sensitive.update([option.key] if option.is_sensitive else [])
        if option.is_sensitive and option.fields.get("default") not in (None, ""):
            place = in_manifest(plugin, *option.pointer, "default")
            message = f"the sensitive option {option.key!r} has a default that everybody can read"
            yield exposed_secret_option.finding(message, place, hint="remove the default")
        elif option.fields.get("type") == "string" and not option.is_sensitive and is_secret_word(option.key):
            place = in_manifest(plugin, *option.pointer)
            message = f"the option {option.key!r} looks like a secret and is not sensitive"
            yield exposed_secret_option.finding(message, place, hint='add "sensitive": true')
    yield from _spilled(plugin, sensitive) if sensitive else ()


def _spilled(plugin: Plugin, sensitive: set[str]) -> Iterator[Finding]:
    for component in plugin.components:
        text = (plugin.read(component.path) or b"").decode(errors="replace")
        for found in _USED.finditer(text) if "${user_config." in text else ():
            if found[1] in sensitive:
                place = at(component.path, line=text.count("\n", 0, found.start()) + 1)
                message = f"the sensitive option {found[1]!r} is put into a text that Claude reads"
                yield exposed_secret_option.finding(message, place, hint="pass it to a server or program instead")
                break


def is_secret_word(name: str) -> bool:
    """Whether a key such as ``apiKey`` or ``GITHUB_TOKEN`` speaks of a secret, not of its limit, place or name."""
    words = [word.lower() for word in _WORD.findall(name[:200])]
    if not _HARMLESS_WORDS.isdisjoint(words):
        return False
    return not _SECRET_WORDS.isdisjoint(words) or not _SECRET_PAIRS.isdisjoint(itertools.pairwise(words))


@rule(
    "UC010",
    Severity.WARNING,
    "a channel of a server that the plugin does not declare",
    source=docs_of_client("plugins-reference", "channels"),
    backed_by="D",
    why="The channel never opens, and nothing says so.",
    bad='{"channels": [{"server": "chat"}]} without a server chat',
    good='{"channels": [{"server": "chat"}]} with the server chat in .mcp.json',
)
def channel_without_server(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `server` of a channel is the name of no MCP server of the plugin; with bundles nobody can tell."""
    del context
    channels = plugin.value.get("channels")
    if not isinstance(channels, list) or plugin.bundles:
        return
    known = {server.name for server in servers_of(plugin)}
    for index, channel in enumerate(channels):
        server = channel.get("server") if isinstance(channel, dict) else None
        if isinstance(server, str) and server and server not in known:
            near = values.nearest(server, sorted(known))
            hint = f"did you mean {near}?" if near else "declare it in .mcp.json"
            place = in_manifest(plugin, "channels", index, "server")
            yield channel_without_server.finding(f"there is no server {server!r}", place, hint=hint)


def _needless_dependency(spot: Spot) -> Iterator[Splice]:
    """Take a dependency away that is the plugin itself, or stands before."""
    name, market, _ = _dependency(spot.value)
    listed, index = spot.parent, spot.pointer[-1]
    before = listed[:index] if isinstance(listed, list) and isinstance(index, int) else []
    is_known = any(_dependency(item)[:2] == (name, market) for item in before)
    if name and (is_known or name == spot.plugin.declared_name):
        yield spot.document.remove(spot.pointer)


@rule(
    "DP002",
    Severity.WARNING,
    "a dependency that cannot be met",
    source=docs_of_client("plugin-dependencies", "version ranges"),
    backed_by="D",
    why="Such a dependency is silently useless, or keeps the plugin from loading on every device.",
    bad='{"dependencies": [{"name": "other", "version": "latest"}]}',
    good='{"dependencies": [{"name": "other", "version": "^1.0.0"}]}',
    fix=fix_json.on_json(_needless_dependency),
)
def impossible_dependency(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The plugin depends on itself, names a dependency twice, or gives a version that is no range."""
    del context
    found = plugin.value.get("dependencies")
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(found if isinstance(found, list) else ()):
        name, market, wanted = _dependency(item)
        flaws = []
        if name and name == plugin.declared_name and not market:
            flaws.append(("the plugin depends on itself", "remove it"))
        if name and (name, market) in seen:
            flaws.append((f"the dependency {name} is named twice", "remove one"))
        if wanted is not None and not (isinstance(wanted, str) and is_range(wanted)):
            shown = repr(wanted[:60]) if isinstance(wanted, str) else kind_of(wanted)
            flaws.append((f"the version {shown} is no range", "write ^1.0.0 or such"))
        for message, hint in flaws:
            place = in_manifest(plugin, "dependencies", index)
            yield impossible_dependency.finding(message, place, hint=hint)
        seen.add((name, market))


def _dependency(item: JsonValue) -> tuple[str, str, JsonValue]:
    """Name, marketplace and version of a dependency, as far as they are there."""
    if isinstance(item, str):
        name, _, rest = item.partition("@")
        market, mark, version = rest.partition("@")
        return name, market, version if mark else None
    if isinstance(item, dict):
        said, place = item.get("name"), item.get("marketplace")
        return said if isinstance(said, str) else "", place if isinstance(place, str) else "", item.get("version")
    return "", "", None


def is_range(text: str) -> bool:
    """Whether a text is a version range as npm writes them: ``^1.2``, ``>=1 <2``, ``1.x || 2.x``, ``1.0 - 2.0``."""
    if len(text) > _RANGE_MAX:
        return False
    return all(_is_conjunction(re.sub(r"([<>=^~]) +", r"\1", part).split()) for part in text.split("||"))


def _is_conjunction(parts: list[str]) -> bool:
    if len(parts) == _RANGE_PARTS and parts[1] == "-":
        parts = [parts[0], parts[2]]
    return bool(parts) and all(_COMPARATOR.match(part) for part in parts)
