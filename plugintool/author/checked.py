"""The values of ``plugintool check``: what was started, and what came of it (docs/reference/check.md)."""

from __future__ import annotations

from collections.abc import Iterable

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.probe.codes import CHECK_CODES, Flaw
from plugintool.probe.hooks import Hook, HookRun
from plugintool.probe.interview import Interview
from plugintool.probe.lists import names_of
from plugintool.report import Severity

_TAIL_LINES = 10
_HIDDEN = "***"
_STOPPED = frozenset({"CH001", "CH002", "CH003", "CH008"})
"""With these a conversation ends before everything has been asked."""
_SECRET_CHARACTERS = 4
"""Shorter values are not hidden: they would be found inside of ordinary words."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """What must not be repeated, whatever a program prints.

    Attributes:
        secrets: values that the user gave.
        paths: private paths, each with what is shown instead; the longer ones first.
    """

    secrets: tuple[str, ...] = ()
    paths: tuple[tuple[str, str], ...] = ()

    def hide(self, text: str) -> str:
        """Return ``text`` with every secret and every private path replaced."""
        for value in sorted(self.secrets, key=len, reverse=True):
            if len(value) >= _SECRET_CHARACTERS:
                text = text.replace(value, _HIDDEN)
        for private, shown in self.paths:
            text = text.replace(private, shown)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedServer:
    """One MCP server.

    Attributes:
        name: as the plugin or bundle calls it.
        transport: ``stdio``, ``http`` …
        state: ``answered``, ``failed``, ``authorization`` (a remote one that asks for it), or ``not checked``.
        era, version: of the protocol; empty without an agreement.
        server_name, server_version: as it calls itself.
        tools, prompts: their names; None when they were not offered or not asked for.
        first_answer: seconds to the first answer; None without one.
        exit_code: after stdin was closed; None when it had to be ended or was never started.
        stderr: the last lines, secrets hidden; only when something failed.
    """

    name: str
    transport: str
    state: str
    era: str = ""
    version: str = ""
    server_name: str = ""
    server_version: str = ""
    tools: tuple[str, ...] | None = None
    prompts: tuple[str, ...] | None = None
    first_answer: float | None = None
    exit_code: int | None = None
    stderr: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "name": self.name,
            "transport": self.transport,
            "state": self.state,
            "era": self.era,
            "protocol_version": self.version,
            "server_name": self.server_name,
            "server_version": self.server_version,
            "tools": None if self.tools is None else list(self.tools),
            "prompts": None if self.prompts is None else list(self.prompts),
            "first_answer_ms": None if self.first_answer is None else round(self.first_answer * 1000),
            "exit_code": self.exit_code,
            "stderr": list(self.stderr),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedHook:
    """One hook: what it is, whether it ran, and how it ended."""

    event: str
    matcher: str
    type: str
    command: str
    ran: bool
    exit_code: int | None = None
    seconds: float = 0.0
    output: str = "none"
    stderr: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "event": self.event,
            "matcher": self.matcher,
            "type": self.type,
            "command": self.command,
            "ran": self.ran,
            "exit_code": self.exit_code,
            "milliseconds": round(self.seconds * 1000),
            "output": self.output,
            "stderr": list(self.stderr),
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """One plugin or bundle: its kind, its name, and everything in it that can be started."""

    kind: str
    name: str
    servers: tuple[CheckedServer, ...] = ()
    hooks: tuple[CheckedHook, ...] = ()

    @property
    def started(self) -> int:
        """How many servers and hooks were tried."""
        return sum(server.state != "not checked" for server in self.servers) + sum(hook.ran for hook in self.hooks)

    def as_json(self) -> JsonObject:
        """Return the published form (docs/reference/schemas/check.schema.json)."""
        return {
            "kind": self.kind,
            "name": self.name,
            "checked": self.started,
            "not_checked": len(self.servers) + len(self.hooks) - self.started,
            "servers": [server.as_json() for server in self.servers],
            "hooks": [hook.as_json() for hook in self.hooks],
        }


def server_of(name: str, told: Interview, flaws: Iterable[Flaw], redaction: Redaction) -> CheckedServer:
    """Return the value for a stdio server that was started, or could not be."""
    agreement, codes = told.agreement, {flaw.code for flaw in flaws}
    failed = any(CHECK_CODES[code].severity is Severity.ERROR for code in codes)
    return CheckedServer(
        name=name,
        transport="stdio",
        state="answered" if agreement is not None and codes.isdisjoint(_STOPPED) else "failed",
        era="" if agreement is None else agreement.era.value,
        version="" if agreement is None else agreement.version,
        server_name="" if agreement is None else agreement.name,
        server_version="" if agreement is None else agreement.server_version,
        tools=None if told.tools is None else names_of(told.tools),
        prompts=None if told.prompts is None else names_of(told.prompts),
        first_answer=told.first_answer,
        exit_code=told.exit_code,
        stderr=_tail(told.stderr, redaction) if failed else (),
    )


def hook_of(hook: Hook, told: HookRun, command: str, redaction: Redaction) -> CheckedHook:
    """Return the value for a hook."""
    failed = any(CHECK_CODES[flaw.code].severity is Severity.ERROR for flaw in told.flaws)
    return CheckedHook(
        event=hook.event,
        matcher=hook.matcher,
        type=hook.type,
        command=command,
        ran=told.ran,
        exit_code=told.exit_code,
        seconds=told.seconds,
        output=told.output,
        stderr=_tail(told.stderr, redaction) if failed else (),
    )


def _tail(stderr: bytes, redaction: Redaction) -> tuple[str, ...]:
    lines = redaction.hide(stderr.decode(errors="replace")).splitlines()
    return tuple(line for line in lines if line.strip())[-_TAIL_LINES:]
