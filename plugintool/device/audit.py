"""Compare what the app sees with what was signed, in place; findings, never a verified tree."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from plugintool.device.session import appoint_judge, known_names, looking, not_installed
from plugintool.errors import PlugintoolError, VerificationError
from plugintool.frozen import dataclass
from plugintool.install.compare import Difference, Kind
from plugintool.install.destination import DestinationKind, look_at
from plugintool.install.journal import read_journal
from plugintool.install.layout import Layout
from plugintool.install.location import check_directories
from plugintool.install.memory import Memory, find_differences, recall
from plugintool.install.receipt import Installed
from plugintool.install.store import find_stored, recorded_files
from plugintool.jsontext import JsonObject
from plugintool.report import Finding, Location, Outcome, Report, Severity
from plugintool.verify.judge import Judge

COMMAND = "device audit"


class AuditCode(NamedTuple):
    """One kind of finding: what it says, and what to do."""

    title: str
    hint: str


_REPAIR = "plugintool device repair NAME"
_REINSTALL = "install the plugin again from its artifact"

AUDIT_CODES: Final[dict[str, AuditCode]] = {
    "AU001": AuditCode("a file has other content than was signed", _REINSTALL),
    "AU002": AuditCode("a file that was not signed", _REPAIR),
    "AU003": AuditCode("a signed file, or the whole plugin, is missing", f"{_REPAIR}, or {_REINSTALL}"),
    "AU004": AuditCode("a file has another mode than it was installed with", _REPAIR),
    "AU005": AuditCode("org-plugins does not lead to the installed version", _REPAIR),
    "AU006": AuditCode("somebody else owns a file or can write it", _REPAIR),
    "AU007": AuditCode("version.json does not name the installed version", _REPAIR),
    "AU008": AuditCode("the trust policy does not trust the installed version any more", "install a newer release"),
    "AU009": AuditCode("a change is being made, or was interrupted", "wait, or run plugintool device repair"),
    "AU010": AuditCode("not installed by us", "nothing: it is only listed"),
    "AU011": AuditCode("the receipt is gone; the stored statements stand in for it", _REPAIR),
}
"""Every finding of an audit; described in docs/reference/device-files.md."""

_CODES: Final = {
    Kind.CHANGED: "AU001",
    Kind.ADDED: "AU002",
    Kind.MISSING: "AU003",
    Kind.MODE: "AU004",
    Kind.LINK: "AU005",
    Kind.OWNER: "AU006",
    Kind.VERSION: "AU007",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedPlugin:
    """One plugin that was looked at; ``current`` is None for what is not ours."""

    name: str
    current: Installed | None
    is_clean: bool

    def as_json(self) -> JsonObject:
        """Return the published form."""
        current = self.current
        return {
            "name": self.name,
            "ours": current is not None,
            "clean": self.is_clean,
            "version": None if current is None else current.version,
            "sequence": None if current is None else current.sequence,
            "digest": None if current is None else current.digest,
        }


def audit(names: tuple[str, ...], *, layout: Layout, now: dt.datetime) -> Report[AuditedPlugin]:
    """Audit the named plugins, or everything in org-plugins; nothing is locked or written.

    Raises:
        UntrustedLocationError: somebody else can write where we trust, or the device is not set up.
        TrustPolicyError: the trust policy of the device cannot be used.
        DamagedStateError: the journal cannot be read.
    """
    check_directories(layout)
    judge, change = appoint_judge(layout, now=now), read_journal(layout)
    changing = None if change is None else change.name
    ours = [_audit_one(layout, name, judge, changing=changing) for name in names or known_names(layout)]
    outcomes = [outcome for outcome in ours if outcome is not None]
    with looking():
        foreign = [] if names else [_foreign(layout, name) for name in _foreign_names(layout, now)]
    missing = [_not_there(layout, name, now) for name, outcome in zip(names, ours, strict=False) if outcome is None]
    return Report(COMMAND, (*outcomes, *missing, *foreign))


def _audit_one(layout: Layout, name: str, judge: Judge, *, changing: str | None) -> Outcome[AuditedPlugin] | None:
    """Audit one plugin; None when it is not installed."""
    try:
        with looking():
            memory = recall(layout, name, now=judge.now)
            if memory.receipt is None or memory.receipt.current is None:
                return None
            current = memory.receipt.current
            findings = tuple(_findings(layout, memory, judge, changing=changing))
    except PlugintoolError as error:
        return Outcome(subject=name, error=error)
    value = AuditedPlugin(name=name, current=current, is_clean=not findings)
    return Outcome(subject=name, value=value, findings=findings)


def _findings(layout: Layout, memory: Memory, judge: Judge, *, changing: str | None) -> Iterator[Finding]:
    receipt = memory.receipt
    assert receipt is not None
    if receipt.name == changing:
        yield _finding("AU009", receipt.name)
        return
    if memory.is_rebuilt:
        yield _finding("AU011", receipt.name)
    for difference in find_differences(layout, receipt):
        yield _difference(difference, receipt.name)
    yield from _judge_trust(layout, memory, judge)


def _judge_trust(layout: Layout, memory: Memory, judge: Judge) -> Iterator[Finding]:
    receipt = memory.receipt
    assert receipt is not None
    assert receipt.current is not None
    stored = find_stored(layout, receipt.name, receipt.current.directory)
    if stored is None:
        return
    source = recorded_files(receipt.name, stored)
    try:
        trusted = judge.authenticate(source)
        if trusted.inventory.allowed and not stored.differences():  # other content has been reported already
            judge.check_content(trusted, source)
    except VerificationError as error:
        yield _finding("AU008", receipt.name, detail=f"step {error.step}: {error.message}")
        return
    if trusted.statement.payload != stored.statement.payload:
        yield _finding("AU008", receipt.name, detail="its signature files sign another statement")


def _difference(difference: Difference, name: str) -> Finding:
    code = _CODES[difference.kind]
    detail = f"expected {difference.expected}, found {difference.found}"
    return _finding(code, name, path=difference.path, detail=detail)


def _finding(code: str, name: str, *, path: str = "", detail: str = "", severity: Severity = Severity.ERROR) -> Finding:
    title, hint = AUDIT_CODES[code]
    message = f"{title}: {detail}" if detail else title
    return Finding(code, severity, message, Location(path), hint.replace("NAME", name))


def _foreign_names(layout: Layout, now: dt.datetime) -> list[str]:
    """What stands in org-plugins and is not ours; our own temporary directory is left out."""
    entries = sorted(set(os.listdir(layout.org_plugins)) - {layout.staging_beside_plugins.name})
    return [name for name in entries if not _is_ours(layout, name, now)]


def _is_ours(layout: Layout, name: str, now: dt.datetime) -> bool:
    if look_at(layout, name).kind is DestinationKind.OUR_LINK:
        return True
    try:
        receipt = recall(layout, name, now=now).receipt
    except PlugintoolError:
        return True  # reported with its plugin
    return receipt is not None and receipt.current is not None


def _foreign(layout: Layout, name: str) -> Outcome[AuditedPlugin]:
    detail = look_at(layout, name).kind.value
    finding = _finding("AU010", name, detail=detail, severity=Severity.INFO)
    value = AuditedPlugin(name=name, current=None, is_clean=True)
    return Outcome(subject=name, value=value, findings=(finding,))


def _not_there(layout: Layout, name: str, now: dt.datetime) -> Outcome[AuditedPlugin]:
    return Outcome(subject=name, error=not_installed(name, recall(layout, name, now=now).receipt))
