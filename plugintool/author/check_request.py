"""What the user asks ``check`` to do, and what all servers and hooks of one subject share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from plugintool.author.checked import Redaction
from plugintool.frozen import dataclass, field, replace
from plugintool.jsontext import JsonValue
from plugintool.probe.bundle import secrets_of
from plugintool.probe.codes import CHECK_CODES, Flaw
from plugintool.probe.era import AUTO, Era
from plugintool.probe.interview import Patience
from plugintool.probe.launch import Place
from plugintool.report import Finding, Location, Severity

_WITH_STDERR = frozenset({"CH002", "CH003", "CH030", "CH031"})
_LAST_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What the user asked for.

    Attributes:
        settings: values of the user configuration, for each key one or more.
        given: variables of the environment that programs get: where programs are, and what was asked for.
        secrets: values of ``given`` that must not be repeated.
        patience: how long servers may take.
        order: the eras of MCP to try.
        hooks, online: whether hooks are run, and remote servers asked.
        directory: whether the rules of the public directory count.
        strict: warnings fail, too.
    """

    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    patience: Patience = field(default_factory=Patience)
    order: tuple[Era, ...] = AUTO
    hooks: bool = False
    online: bool = False
    directory: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the parts of one subject are tried.

    Attributes:
        place: the private place.
        root: the private copy of the plugin or bundle.
        shown: how the user calls what was copied.
        request: what the user asked for.
        secrets: what must not be repeated.
    """

    place: Place
    root: Path
    shown: str
    request: CheckRequest
    secrets: tuple[str, ...] = ()

    @property
    def redaction(self) -> Redaction:
        """What messages about this bench must not hold: secrets, and paths that nobody can look at afterwards."""
        paths = ((str(self.root), self.shown), (str(self.place.root), "<private>"))
        return Redaction((*self.request.secrets, *self.secrets), paths)

    def hiding(self, options: JsonValue) -> Bench:
        """Return the same bench that also hides the sensitive values of a user configuration."""
        return replace(self, secrets=(*self.secrets, *secrets_of(options, self.request.settings)))


@dataclass(frozen=True, slots=True)
class Site:
    """One server or hook in its place: who findings speak of, and where they point.

    Attributes:
        kind: ``server`` or ``hook``; empty for a whole subject.
        name: of the server, or the event of the hook.
        place: where it is declared.
        bench: where it is tried.
    """

    kind: str
    name: str
    place: Location
    bench: Bench

    def findings(self, flaws: Iterable[Flaw], *, stderr: Sequence[str] = ()) -> tuple[Finding, ...]:
        """Turn flaws into findings; the last line of stderr is told with a failure, secrets never are."""
        return tuple(self._finding(flaw, stderr[-1][-_LAST_CHARACTERS:] if stderr else "") for flaw in flaws)

    def _finding(self, flaw: Flaw, last: str) -> Finding:
        code = CHECK_CODES[flaw.code]
        said = f"; stderr: {last}" if last and flaw.code in _WITH_STDERR else ""
        detail = f": {flaw.message}" if flaw.message else ""
        is_strict = self.bench.request.directory and flaw.code == "CH016"
        message = self.bench.redaction.hide(f"{self.kind} {self.name}: {code.title}{detail}{said}".lstrip())
        return Finding(flaw.code, Severity.ERROR if is_strict else code.severity, message, self.place, code.repair)
