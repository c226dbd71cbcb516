"""Ask one stdio server who it is and what it offers, in the era of MCP that it speaks.

Which era a server speaks may be decided by the first request it gets, so each is tried on a process of its own: first
``server/discover``, and ``initialize`` when that brings an error or nothing. stdin stays open until every request is
answered; then it is closed, and the server has to end.
"""

from __future__ import annotations

import time

from plugintool import limits
from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonValue
from plugintool.jsonvalue import shown
from plugintool.probe import era as eras
from plugintool.probe.codes import Flaw
from plugintool.probe.era import AUTO, OPENINGS, Agreement, Era
from plugintool.probe.launch import Launch
from plugintool.probe.process import StartError, running
from plugintool.probe.session import Session, StoppedError


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a server gets: to its first answer, then for all others together, and to its end."""

    answer: float = limits.CHECK_ANSWER_SECONDS
    exit: float = limits.CHECK_EXIT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """What one server said.

    Attributes:
        agreement: what was agreed on at the beginning; None when the server took no opening.
        tools, prompts: as they came, of whatever shape; None when they are not offered, or not answered.
        first_answer: seconds from the start to the first answer; None without one.
        exit_code: after stdin was closed; negative for a signal; None when it had to be ended, or never ran.
        stderr: the last bytes.
        flaws: what was wrong.
    """

    agreement: Agreement | None = None
    tools: tuple[JsonValue, ...] | None = None
    prompts: tuple[JsonValue, ...] | None = None
    first_answer: float | None = None
    exit_code: int | None = None
    stderr: bytes = b""
    flaws: tuple[Flaw, ...] = ()


def interview(launch: Launch, patience: Patience | None = None, *, order: tuple[Era, ...] = AUTO) -> Interview:
    """Start a server, talk to it, and end it with everything it has started.

    Args:
        launch: how it is started; once for each era that is tried.
        patience: how long to wait.
        order: the eras to try; when none is taken, the last one tells why.
    """
    patience, result, refused = patience or Patience(), Interview(), tuple[Flaw, ...]()
    for era in order:
        result = _attempt(launch, era, patience)
        if result.agreement is not None or any(flaw.code == "CH001" for flaw in result.flaws):
            return result
        refused += tuple(flaw for flaw in result.flaws if flaw.code == "CH006")
    return replace(result, flaws=(*result.flaws, *(flaw for flaw in refused if flaw not in result.flaws)))


def _attempt(launch: Launch, era: Era, patience: Patience) -> Interview:
    try:
        with running(launch) as child:
            session = Session(child)
            told = _converse(session, era, patience.answer)
            if told.agreement is not None:
                told = replace(told, exit_code=_part(session, patience.exit))
    except StartError as error:
        return Interview(flaws=(Flaw("CH001", f"{launch.argv[0]}: {error}"),))
    stop = told.flaws
    return replace(told, first_answer=session.first_answer, stderr=child.stderr(), flaws=(*stop, *session.flaws))


def _converse(session: Session, era: Era, seconds: float) -> Interview:
    """Open the conversation and ask for everything; what stops it is the one flaw of the result."""
    told = Interview()
    try:
        agreement = OPENINGS[era](session, session.child.started + seconds)
        if agreement is not None:
            told, deadline = Interview(agreement=agreement), time.monotonic() + seconds
            told = replace(told, tools=_list(session, "tools", agreement, deadline))
            told = replace(told, prompts=_list(session, "prompts", agreement, deadline))
    except StoppedError as stop:
        return replace(told, flaws=(stop.flaw,))
    return told


def _part(session: Session, seconds: float) -> int | None:
    """Close stdin, and look whether the server and all it has started end by themselves; return its exit code."""
    child, deadline = session.child, time.monotonic() + seconds
    session.finish(deadline)
    code = child.wait(deadline - time.monotonic())
    if code is None:
        session.note("CH009", f"it still runs {seconds:g} s later")
        return None
    for stray in child.strays():
        session.note("CH010", stray)
    return code


def _list(session: Session, kind: str, agreement: Agreement, deadline: float) -> tuple[JsonValue, ...] | None:
    """Ask for all pages of a list; None when the server does not offer it or refuses."""
    if kind not in agreement.capabilities:
        return None
    method, cursor, seen = f"{kind}/list", "", set[str]()
    found: list[JsonValue] = []
    while len(seen) < limits.CHECK_PAGES and len(found) <= limits.CHECK_ITEMS:
        seen.add(cursor)
        params = {**agreement.base, "cursor": cursor} if cursor else agreement.base
        result = eras.result_of(session, session.request(method, params, deadline), method)
        if result is None:
            return None
        if agreement.era is Era.STATELESS:
            eras.check_result_type(session, result, method)
        found += _page(session, kind, result.get(kind))
        cursor = _cursor(session, method, result.get("nextCursor", ""))
        if not cursor:
            return tuple(found)
        if cursor in seen:
            raise StoppedError("CH008", f"{method}: the pages do not end: {shown(cursor)} comes again")
    raise StoppedError("CH008", f"{method}: more than {limits.CHECK_PAGES} pages or {limits.CHECK_ITEMS} entries")


def _page(session: Session, kind: str, value: JsonValue) -> list[JsonValue]:
    if isinstance(value, list):
        return value
    session.note("CH005", f'{kind}/list: "{kind}" is {shown(value)}, expected a list')
    return []


def _cursor(session: Session, method: str, value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    session.note("CH005", f'{method}: "nextCursor" is {shown(value)}, expected a text')
    return ""
