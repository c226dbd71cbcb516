"""LS001, OC001: language servers and monitors, whose entries are strict."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugintool.jsonedit import Splice
from plugintool.jsontext import JsonValue
from plugintool.lint import values
from plugintool.lint.fix_json import Spot, on_json
from plugintool.lint.rule import MEASURED, Ask, Context, Source, rule
from plugintool.lint.shapes import FILLED, FLAG, POSITIVE_WHOLE, TEXT, TEXT_MAP, TEXTS, Member, Shape, choice, misfits
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_STRICT = Source(MEASURED, "LSP servers and monitors", "2.1.330 and 2.1.197, November 2026")


def _is_command(value: JsonValue) -> bool:
    return isinstance(value, str) and value != "" and (" " not in value or value.startswith("/"))


def _is_extension_map(value: JsonValue) -> bool:
    if not isinstance(value, dict) or not value:
        return False
    return all(key.startswith(".") and len(key) > 1 and values.is_filled(item) for key, item in value.items())


def _is_when(value: JsonValue) -> bool:
    return isinstance(value, str) and bool(re.match(r"always\Z|on-skill-invoke:.", value))


_COUNT = Member(lambda value: values.is_whole(value) and value >= 0, "a whole number from 0")  # type: ignore[operator]
_LSP = Shape(
    {
        "command": Member(_is_command, "a program without blanks, arguments in `args`"),
        "extensionToLanguage": Member(_is_extension_map, "an object from `.ext` to a language"),
    },
    {
        "args": TEXTS,
        "env": TEXT_MAP,
        "transport": choice("stdio", "socket"),
        "initializationOptions": Member(lambda _: True, "anything"),
        "settings": Member(lambda _: True, "anything"),
        "workspaceFolder": TEXT,
        "startupTimeout": POSITIVE_WHOLE,
        "shutdownTimeout": POSITIVE_WHOLE,
        "requestTimeout": POSITIVE_WHOLE,
        "restartOnCrash": FLAG,
        "maxRestarts": _COUNT,
        "diagnostics": FLAG,
    },
    strict=True,
)
_OLD_LSP = Shape(
    _LSP.required, {key: member for key, member in _LSP.optional.items() if key != "requestTimeout"}, strict=True
)
"""As 2.1.197 knows it."""
_MONITOR = Shape(
    {"name": FILLED, "command": FILLED, "description": FILLED},
    {"when": Member(_is_when, "always or on-skill-invoke:<skill>")},
    strict=True,
)


@on_json
def _server_mended(spot: Spot) -> Iterator[Splice]:
    """Put dots before file extensions, and take a wrapper away that is read as a server."""
    document = spot.document
    if spot.key == "extensionToLanguage" and isinstance(spot.value, dict):
        for extension in spot.value:
            if extension and not extension.startswith(".") and f".{extension}" not in spot.value:
                yield document.rename((*spot.pointer, extension), f".{extension}")
    elif (
        "lspServers" in spot.pointer[:1] and isinstance(document.value, dict) and list(document.value) == ["lspServers"]
    ):
        yield document.unwrap((), ("lspServers",))


@rule(
    "LS001",
    Severity.ERROR,
    "a language server of the wrong shape",
    source=_STRICT,
    backed_by="CD",
    why="These entries are strict: inline, a wrong one refuses the install; in .lsp.json the server is skipped.",
    bad='{"lspServers": {"go": {"command": "gopls", "extensionToLanguage": {"go": "go"}}}}',
    good='{"lspServers": {"go": {"command": "gopls", "extensionToLanguage": {".go": "go"}}}}',
    targets=("claude-code",),
    fix=_server_mended,
)
def malformed_language_server(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a language server of the wrong shape.

    A language server lacks `command` or `extensionToLanguage`, has a member of the wrong type or an unknown key;
    in .lsp.json this is a warning.
    """
    shape = _OLD_LSP if context.as_client and context.client < (2, 1, 330) else _LSP
    for declaration in plugin.lsp:
        if not isinstance(declaration.value, dict):
            continue  # PM003 or PA006
        for name, entry in declaration.value.items():
            for misfit in misfits(entry, shape, (*declaration.pointer, name)):
                yield malformed_language_server.finding(
                    f"the language server {name!r} {misfit.message}",
                    plugin.locate(declaration.path, misfit.pointer),
                    severity=None if declaration.inline else Severity.WARNING,
                    hint="take the wrapper away" if name == "lspServers" else "",
                    client=Ask.AS_RULE if declaration.inline else Ask.SILENT,
                )


@rule(
    "OC001",
    Severity.ERROR,
    "a monitor of the wrong shape",
    source=_STRICT,
    backed_by="CL",
    why="Inline, a wrong entry refuses the install; in monitors/monitors.json no monitor of the file runs.",
    bad='[{"name": "build", "command": "make watch"}]',
    good='[{"name": "build", "command": "make watch", "description": "Rebuilds on change"}]',
    targets=("claude-code",),
)
def malformed_monitor(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A monitor lacks `name`, `command` or `description`, has a bad `when`, an unknown key, or the name of another."""
    del context
    for declaration in plugin.monitors:
        if not isinstance(declaration.value, list):
            continue  # PM003 or PA006
        view = Ask.AS_RULE if declaration.inline and declaration.pointer[0] == "experimental" else Ask.SILENT
        seen: set[str] = set()
        for index, entry in enumerate(declaration.value):
            pointer = (*declaration.pointer, index)
            if isinstance(entry, str):
                continue  # PA006
            for misfit in misfits(entry, _MONITOR, pointer):
                place = plugin.locate(declaration.path, misfit.pointer)
                yield malformed_monitor.finding(f"monitor {index} {misfit.message}", place, client=view)
            name = entry.get("name") if isinstance(entry, dict) else None
            if isinstance(name, str) and name in seen:
                place = plugin.locate(declaration.path, (*pointer, "name"))
                yield malformed_monitor.finding(f"two monitors are called {name!r}", place, client=view)
            seen.update([name] if isinstance(name, str) else [])
