"""MC005 to MC023: MCP servers that are well formed and do not start, are not safe, or not allowed on a device."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from plugintool.lint import fix_hooks, values
from plugintool.lint.entries import Entry, is_remote, servers_of
from plugintool.lint.known import DESKTOP, docs_of_client
from plugintool.lint.rule import Context, Source, rule
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_OURS = Source("docs/reference/rules/README.md", "MCP servers", "2026-11")
_MANAGED = Source("https://support.claude.com", "managed configuration of the desktop app", "August 2026")
_SCHEMES = frozenset({"http", "https", "ws", "wss"})
_MANAGED_KEYS = ("toolPolicy", "headersHelperTtlSec", "transport")
_WORDS = pattern(r"[A-Za-z0-9_.-]{1,100}\s+\S|[^\"']{1,2000}?\s--?[A-Za-z]")
_UNPLAIN = pattern(r"[^A-Za-z0-9_-]")
_RUNTIMES = frozenset(
    """
    node npm npx yarn pnpm bun bunx deno tsx python python3 pip pipx uv uvx ruby php java dotnet go cargo docker podman
    """.split()  # noqa: SIM905 - a table of one word a line would fill a page
)
"""Programs that a device need not have."""
_FETCHING = {
    "npx": pattern(r"(?:@[\w.-]{1,100}/)?[\w.-]{1,100}@[0-9]"),
    "bunx": pattern(r"(?:@[\w.-]{1,100}/)?[\w.-]{1,100}@[0-9]"),
    "uvx": pattern(r"[\w.-]{1,100}(?:\[[^\]]{0,100}\])?(?:==|@)[0-9]"),
    "pipx": pattern(r"[\w.-]{1,100}=="),
    "docker": pattern(r"\S{1,200}(?::[\w.-]{1,100}|@sha256:\w{64})\Z"),
}
"""Programs that fetch what they run, and how a fixed version looks among their arguments."""


def _is_stdio(server: Entry) -> bool:
    return bool(server.text("command")) and server.fields.get("type", "stdio") == "stdio"


@rule(
    "MC005",
    Severity.WARNING,
    "a server command of more than one word",
    source=_OURS,
    backed_by="B",
    why="No shell splits the text: the client looks for a program of that whole name and finds none.",
    bad='{"mcpServers": {"db": {"command": "node server.js"}}}',
    good='{"mcpServers": {"db": {"command": "node", "args": ["server.js"]}}}',
    fix=fix_hooks.words_divided,
)
def command_of_words(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `command` of a stdio server is a program with arguments instead of a program."""
    del context
    for server in servers_of(plugin):
        command = server.text("command")
        if _is_stdio(server) and _WORDS.match(command[:3000]):
            message = f"{command[:60]!r} is more than the name of a program"
            place = server.place(plugin, "command")
            yield command_of_words.finding(message, place, hint="move the words into args")


@rule(
    "MC009",
    Severity.ERROR,
    "an address with credentials or of a scheme that no server speaks",
    source=_MANAGED,
    backed_by="PB",
    why="Credentials in an address end up in logs and in the hands of everybody who has the plugin; MCP speaks http "
    "and ws only.",
    bad='{"mcpServers": {"s": {"type": "http", "url": "https://user:secret@mcp.acme.example"}}}',
    good='{"mcpServers": {"s": {"type": "http", "url": "https://mcp.acme.example"}}}',
)
def unsafe_server_url(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `url` of a server holds a user name or password, or its scheme is none of http, https, ws and wss."""
    del context
    for server in servers_of(plugin):
        flaw = _url_flaw(server.text("url")[:4000]) if is_remote(server) else ""
        if flaw:
            message = f"the url of the server {server.name[:60]!r} {flaw}"
            place = server.place(plugin, "url")
            yield unsafe_server_url.finding(message, place, hint="use https and pass the credentials in a header")


def _url_flaw(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        has_user = bool(parts.username or parts.password)
    except ValueError:
        return ""
    if has_user and not values.has_variable(parts.netloc.rpartition("@")[0]):
        return "holds credentials"
    absolute = values.is_absolute_url(url) and not values.has_variable(url.partition(":")[0])
    return "is neither http nor ws" if absolute and parts.scheme.lower() not in _SCHEMES else ""


@rule(
    "MC014",
    Severity.WARNING,
    "keys of managed configuration that are not read here",
    source=_MANAGED,
    backed_by="P",
    why="In a plugin the desktop app reads none of them: the policy that they promise does not hold.",
    bad='{"mcpServers": {"s": {"type": "http", "url": "https://mcp.acme.example", "toolPolicy": {}}}}',
    good="toolPolicy in the managed configuration of the desktop app",
    targets=("cowork",),
    fix=fix_hooks.members_removed(*_MANAGED_KEYS),
    app_since=(1, 46388, 0),
)
def managed_server_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A server has `toolPolicy`, `headersHelperTtlSec`, or `transport` beside `type`."""
    del context
    for server in servers_of(plugin):
        for key in _MANAGED_KEYS:
            if key in server.fields and (key != "transport" or "type" in server.fields):
                place = server.place(plugin, key)
                yield managed_server_key.finding(f"`{key}` is not read from a plugin", place, hint="remove it")


@rule(
    "MC015",
    Severity.WARNING,
    "a server name that changes in tool names",
    source=docs_of_client("mcp", "tool names"),
    backed_by="D",
    why="Other characters become `_` in the names of tools, and `__` divides them: rules and matchers miss the tools.",
    bad='{"mcpServers": {"acme search": {"type": "http", "url": "https://mcp.acme.example"}}}',
    good='{"mcpServers": {"acme-search": {"type": "http", "url": "https://mcp.acme.example"}}}',
)
def unplain_server_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a server name that changes in tool names.

    A server name is empty, holds `__`, or equals another once characters other than letters, digits, `_` and `-` are
    replaced; a name that only changes is an info.
    """
    del context
    seen: dict[str, str] = {}
    for server in servers_of(plugin):
        if isinstance(server.pointer[-1], int):
            continue  # MC013
        plain = _UNPLAIN.sub("_", server.name)
        first = seen.setdefault(plain, server.name)
        flaw = "is empty" if not plain else "holds `__`" if "__" in server.name else ""
        if first != server.name:
            flaw = f"is the same as {first[:60]!r} in the names of tools"
        severity = None if flaw else Severity.INFO
        flaw = flaw or (f"becomes {plain[:60]} in the names of tools" if plain != server.name else "")
        if flaw:
            message = f"the server name {server.name[:60]!r} {flaw}"
            hint = "use letters, digits and -"
            yield unplain_server_name.finding(message, server.place(plugin), severity=severity, hint=hint)


@rule(
    "MC021",
    Severity.INFO,
    "a server that needs what a device may lack",
    source=Source("a sample of 1,551 public plugins", "MCP servers", "autumn 2026"),
    backed_by="R",
    why="Devices of an organization have neither node nor docker by themselves; what is fetched without a version is "
    "another program tomorrow.",
    bad='{"command": "npx", "args": ["-y", "acme-mcp"]}',
    good="the server as a bundle, or a remote server",
    targets=("cowork", "mcpb"),
)
def runtime_needed(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A stdio server is run by node, python, docker or the like, or fetches a package without a fixed version."""
    del context
    for server in servers_of(plugin):
        program = server.text("command").replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
        if not _is_stdio(server) or program not in _RUNTIMES:
            continue
        floating = "" if _is_pinned(server, program) else ", in no fixed version"
        message = f"the server {server.name[:60]!r} needs {program} on the device{floating}"
        yield runtime_needed.finding(message, server.place(plugin, "command"))


def _is_pinned(server: Entry, program: str) -> bool:
    args = server.fields.get("args")
    pattern = _FETCHING.get(program)
    texts = [item[:500] for item in args[:100] if isinstance(item, str)] if isinstance(args, list) else []
    return pattern is None or any(pattern.match(text) for text in texts if not text.startswith("-"))


@rule(
    "MC023",
    Severity.INFO,
    "a server that runs on the device",
    source=_MANAGED,
    backed_by="P",
    why="Where the setting isLocalDevMcpEnabled is false the desktop app starts no local server of a plugin.",
    bad='{"mcpServers": {"db": {"command": "node", "args": ["server.js"]}}}',
    good='{"mcpServers": {"db": {"type": "http", "url": "https://mcp.acme.example"}}}',
    targets=("cowork",),
    app_since=(1, 44121, 1),
)
def local_server(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A server is started as a program (`command`) instead of being reached by an address."""
    del context
    for server in servers_of(plugin):
        if _is_stdio(server):
            message = f"the server {server.name[:60]!r} is blocked where isLocalDevMcpEnabled is false"
            yield local_server.finding(message, server.place(plugin), hint=f"see {DESKTOP.section}")
