"""MC001 to MC013: MCP servers, in files and in the plugin manifest."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from plugintool.jsontext import JsonObject
from plugintool.lint import fix_json, fix_runs, values
from plugintool.lint.entries import Entry, declared_servers
from plugintool.lint.rule import MEASURED, Ask, Context, Source, rule
from plugintool.lint.rules.hooks import handlers_of
from plugintool.lint.shapes import (
    FILLED,
    FLAG,
    POSITIVE_WHOLE,
    TEXT,
    TEXT_MAP,
    TEXTS,
    Member,
    Misfit,
    Shape,
    misfits,
)
from plugintool.lint.values import kind_of
from plugintool.plugin.model import Declaration, Plugin
from plugintool.report import Finding, Severity

_SERVERS = Source(MEASURED, "MCP servers", "2.1.330 and 2.1.197, November 2026")
_DESKTOP = Source("https://support.claude.com", "organization plugins of the desktop app", "August 2026")
_OBJECT_SINCE = (1, 46388, 0)
"""The app whose documentation says that the file is an object with `type`; before, a list as in the managed key."""
_OAUTH_SINCE = (1, 24012, 0)
"""The app that starts OAuth by itself when a server asks for it, so that nobody needs to say so."""
_REMOTE = frozenset({"http", "sse", "ws", "streamable-http"})
_TYPES = ("stdio", *sorted(_REMOTE))
_NOT_TRUE = Member(lambda value: isinstance(value, (dict, bool)), "an object")
_COMMON = {"timeout": POSITIVE_WHOLE, "alwaysLoad": FLAG}
_STDIO = Shape({"command": FILLED}, {**_COMMON, "args": TEXTS, "env": TEXT_MAP})
_REMOTE_SHAPE = Shape({"url": TEXT}, {**_COMMON, "headers": TEXT_MAP, "headersHelper": TEXT, "oauth": _NOT_TRUE})
_WS_SHAPE = Shape({"url": TEXT}, {**_COMMON, "headers": TEXT_MAP, "headersHelper": TEXT})
_HTTPS = Member(lambda value: isinstance(value, str) and _is_https(value), "an https URL")
_OAUTH = Shape(
    {},
    {"clientId": TEXT, "callbackPort": POSITIVE_WHOLE, "scopes": FILLED, "authServerMetadataUrl": _HTTPS, "xaa": FLAG},
)


def _is_https(text: str) -> bool:
    return text.startswith("https://") and values.is_absolute_url(text)


def _is_wrapped_inline(declaration: Declaration) -> bool:
    return declaration.inline and isinstance(declaration.value, dict) and "mcpServers" in declaration.value


def _is_remote(fields: JsonObject) -> bool:
    return isinstance(fields.get("type"), str) and fields["type"] in _REMOTE


def _view(declaration: Declaration, context: Context) -> Ask:
    """How the client's validate sees a flawed entry: before 2.1.330 it looked at inline servers only."""
    return Ask.AS_RULE if declaration.inline or context.client >= (2, 1, 330) else Ask.SILENT


def _is_url_without_type(fields: JsonObject) -> bool:
    return "type" not in fields and "url" in fields and "command" not in fields


@rule(
    "MC001",
    Severity.ERROR,
    "an MCP server of the wrong shape",
    source=_SERVERS,
    backed_by="C",
    why="The client drops the server without a word, or refuses the install when it stands in plugin.json.",
    bad='{"mcpServers": {"db": {"args": ["server.js"]}}}',
    good='{"mcpServers": {"db": {"command": "node", "args": ["server.js"]}}}',
    fix=fix_json.replaced(fix_json.as_text),
)
def malformed_server(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report an MCP server of the wrong shape.

    The entry of a server is no object, lacks `command` (stdio) or `url` (remote), or has a member of the wrong
    type.
    """
    for declaration in plugin.mcp:
        pointer, value = declaration.unwrapped("mcpServers")
        if pointer != declaration.pointer and not isinstance(value, (dict, list)):
            message = f"`mcpServers` is {kind_of(value)}, expected an object"
            place, view = plugin.locate(declaration.path, pointer), _view(declaration, context)
            yield malformed_server.finding(message, place, client=view)
    for server in declared_servers(plugin):
        fields = server.fields
        if server.is_object and (_is_url_without_type(fields) or not _has_known_type(fields)):
            continue  # MC002 and MC003
        for misfit in _server_misfits(server):
            place = plugin.locate(server.declaration.path, misfit.pointer)
            view = _view(server.declaration, context)
            yield malformed_server.finding(f"the server {server.name!r} {misfit.message}", place, client=view)


def _server_misfits(server: Entry) -> Iterator[Misfit]:
    fields = server.fields
    shape = _STDIO if not _is_remote(fields) else _WS_SHAPE if fields["type"] == "ws" else _REMOTE_SHAPE
    yield from misfits(server.value, shape, server.pointer)
    if isinstance(fields.get("oauth"), dict) and shape is _REMOTE_SHAPE:
        yield from misfits(fields["oauth"], _OAUTH, (*server.pointer, "oauth"))


def _has_known_type(fields: JsonObject) -> bool:
    return "type" not in fields or (isinstance(fields["type"], str) and fields["type"] in _TYPES)


@rule(
    "MC002",
    Severity.ERROR,
    "an MCP server with `url` and without `type`",
    source=_SERVERS,
    backed_by="C",
    why="Without type the entry is read as a local command, which it does not have, and the server is dropped.",
    bad='{"mcpServers": {"search": {"url": "https://mcp.acme.example"}}}',
    good='{"mcpServers": {"search": {"type": "http", "url": "https://mcp.acme.example"}}}',
    fix=fix_runs.type_added,
    app_since=_OBJECT_SINCE,
)
def url_without_type(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An entry has a `url`, no `command` and no `type`."""
    for server in declared_servers(plugin):
        if _is_url_without_type(server.fields) and "transport" not in server.fields:
            message = f"the server {server.name!r} has a url and no type"
            view = _view(server.declaration, context)
            yield url_without_type.finding(message, server.place(plugin), hint='add "type": "http"', client=view)


@rule(
    "MC003",
    Severity.ERROR,
    "an MCP server of an unknown type",
    source=_SERVERS,
    backed_by="CP",
    why="The server is dropped; `transport` is a key of managed configuration, not of this file.",
    bad='{"mcpServers": {"search": {"type": "streamableHttp", "url": "https://mcp.acme.example"}}}',
    good='{"mcpServers": {"search": {"type": "http", "url": "https://mcp.acme.example"}}}',
    fix=fix_runs.type_corrected(_TYPES),
    app_since=_OBJECT_SINCE,
)
def unknown_server_type(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `type` is none of stdio, http, sse, ws and streamable-http, or `transport` stands in its place."""
    for server in declared_servers(plugin):
        fields, view = server.fields, _view(server.declaration, context)
        if _is_url_without_type(fields) and "transport" in fields:
            message = f"the server {server.name!r} has `transport` instead of `type`"
            place = server.place(plugin, "transport")
            yield unknown_server_type.finding(message, place, hint="call it type", client=view)
        elif not _has_known_type(fields):
            near = values.nearest(str(fields["type"]).replace("_", "-"), _TYPES)
            hint = f"did you mean {near}?" if near else f"known are {', '.join(_TYPES)}"
            message = f"the server {server.name!r} has the unknown type {fields['type']!r}"
            place = server.place(plugin, "type")
            yield unknown_server_type.finding(message, place, hint=hint, client=view)


def _urls(plugin: Plugin) -> Iterator[tuple[Entry, str]]:
    for server in declared_servers(plugin):
        url = server.fields.get("url")
        if _is_remote(server.fields) and isinstance(url, str):
            yield server, url


@rule(
    "MC006",
    Severity.ERROR,
    "an MCP server whose `url` is not absolute",
    source=_SERVERS,
    backed_by="C",
    why="There is nothing to connect to; the server is dropped.",
    bad='{"mcpServers": {"search": {"type": "http", "url": "/mcp"}}}',
    good='{"mcpServers": {"search": {"type": "http", "url": "https://mcp.acme.example"}}}',
    since=(2, 1, 330),
)
def relative_server_url(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `url` of a remote server is no absolute URL; `${VAR}` and `${VAR:-default}` may stand in it."""
    del context
    for server, url in _urls(plugin):
        if url and not values.has_variable(url) and not values.is_absolute_url(url):
            message = f"the url {url!r} of the server {server.name!r} is not absolute"
            yield relative_server_url.finding(message, server.place(plugin, "url"), hint="begin it with https://")


@rule(
    "MC007",
    Severity.WARNING,
    "an MCP server with an empty `url`",
    source=Source("https://code.claude.com/docs/en/mcp", "placeholders", "August 2026"),
    backed_by="DR",
    why="An empty address is a placeholder: the server is listed and never connects.",
    bad='{"mcpServers": {"search": {"type": "http", "url": ""}}}',
    good='{"mcpServers": {"search": {"type": "http", "url": "https://mcp.acme.example"}}}',
)
def empty_server_url(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `url` of a remote server is an empty text."""
    del context
    for server, url in _urls(plugin):
        if not url:
            place = server.place(plugin, "url")
            yield empty_server_url.finding(f"the url of the server {server.name!r} is empty", place)


@rule(
    "MC008",
    Severity.WARNING,
    "plain http or ws to another machine",
    source=_SERVERS,
    backed_by="C",
    why="Everybody on the way can read and change what is sent, tokens too.",
    bad='{"mcpServers": {"search": {"type": "http", "url": "http://mcp.acme.example"}}}',
    good='{"mcpServers": {"search": {"type": "http", "url": "https://mcp.acme.example"}}}',
    since=(2, 1, 330),
    unsafe_fix=fix_json.replaced(fix_runs.encrypted),
)
def cleartext_url(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The address of an MCP server or http hook begins with http: or ws: and names no loopback host."""
    del context
    for server, url in _urls(plugin):
        if _is_cleartext(url):
            message = f"the server {server.name!r} is reached without encryption"
            yield cleartext_url.finding(message, server.place(plugin, "url"), hint="use https or wss")
    for declaration, pointer, handler in handlers_of(plugin):
        url_value = handler.get("url")
        if handler.get("type") == "http" and isinstance(url_value, str) and _is_cleartext(url_value):
            place = plugin.locate(declaration.path, (*pointer, "url"))
            message = "the hook sends without encryption"
            yield cleartext_url.finding(message, place, hint="use https", client=Ask.SILENT)


def _is_cleartext(url: str) -> bool:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    if values.has_variable(parts.netloc):
        return False
    return parts.scheme.lower() in {"http", "ws"} and not values.is_loopback(url)


@rule(
    "MC011",
    Severity.ERROR,
    "`oauth` that is true or false",
    source=_SERVERS,
    backed_by="CP",
    why="The desktop app documents it, Claude Code drops the server; an object, or no `oauth` at all, works in both.",
    bad='{"mcpServers": {"s": {"type": "http", "url": "https://mcp.acme.example", "oauth": true}}}',
    good='{"mcpServers": {"s": {"type": "http", "url": "https://mcp.acme.example"}}}',
    fix=fix_json.removed,
    app_since=_OAUTH_SINCE,
)
def oauth_flag(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `oauth` of a remote server is a boolean."""
    for server in declared_servers(plugin):
        takes_oauth = _is_remote(server.fields) and server.fields["type"] != "ws"
        if isinstance(server.fields.get("oauth"), bool) and takes_oauth:
            hint = "leave it out, or write an object with clientId"
            message = f"the server {server.name!r} has a boolean `oauth`"
            view = _view(server.declaration, context)
            yield oauth_flag.finding(message, server.place(plugin, "oauth"), hint=hint, client=view)


@rule(
    "MC012",
    Severity.WARNING,
    "MCP servers without, or inline servers with, the wrapper `mcpServers`",
    source=_DESKTOP,
    backed_by="CPR",
    why="The desktop app documents only the wrapped form of the file; inline, a wrapper refuses the install.",
    bad='.mcp.json: {"db": {"command": "node"}}',
    good='.mcp.json: {"mcpServers": {"db": {"command": "node"}}}',
    targets=("cowork",),
    fix=fix_runs.servers_wrapped,
    app_since=_OBJECT_SINCE,
)
def wrong_server_wrapper(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file has no `mcpServers` around its servers (a warning), or plugin.json has (an error)."""
    del context
    for declaration in plugin.mcp:
        if _is_wrapped_inline(declaration):
            yield wrong_server_wrapper.finding(
                "inline servers are wrapped in `mcpServers` twice",
                plugin.locate(declaration.path, declaration.pointer),
                severity=Severity.ERROR,
                hint="take one mcpServers away",
            )
        elif isinstance(declaration.value, dict) and declaration.value and _is_bare(declaration):
            hint = 'write {"mcpServers": {…}}'
            message = "the servers stand without `mcpServers` around them"
            place = plugin.locate(declaration.path, declaration.pointer)
            yield wrong_server_wrapper.finding(message, place, hint=hint, client=Ask.SILENT)


def _is_bare(declaration: Declaration) -> bool:
    return not declaration.inline and declaration.unwrapped("mcpServers")[0] == declaration.pointer


@rule(
    "MC013",
    Severity.ERROR,
    "MCP servers as a list",
    source=_DESKTOP,
    backed_by="CP",
    why="The list is the form of managed configuration; here it is read as a map by index, and what lacks a type is "
    "dropped.",
    bad='[{"name": "search", "url": "https://mcp.acme.example"}]',
    good='{"mcpServers": {"search": {"type": "http", "url": "https://mcp.acme.example"}}}',
    since=(2, 1, 330),
    fix=fix_runs.servers_mapped,
    app_since=_OBJECT_SINCE,
)
def server_list(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file of MCP servers, or its `mcpServers`, is a list."""
    del context
    for declaration in plugin.mcp:
        pointer, value = declaration.unwrapped("mcpServers")
        if isinstance(value, list):
            place = plugin.locate(declaration.path, pointer)
            hint = "write an object with the names as keys"
            view = Ask.WARNING if value else Ask.SILENT
            yield server_list.finding("the servers are a list", place, hint=hint, client=view)
