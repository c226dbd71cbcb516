"""The two eras of MCP: how a conversation is opened in each, and what client and server have agreed on then.

In the *handshake* era (2024-11-05 to 2025-11-25) a session begins with ``initialize``; in the *stateless* era
(2026-07-28) every request carries its version in ``_meta`` and ``server/discover`` says who answers
(https://modelcontextprotocol.io/specification, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from plugintool import __version__
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import object_of, shown, text_of
from plugintool.probe.jsonrpc import Response
from plugintool.probe.session import Session

HANDSHAKE_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Versions of the handshake era, newest first."""
STATELESS_VERSIONS = ("2026-07-28",)
"""Versions of the stateless era."""
_META = "io.modelcontextprotocol/"
_UNSUPPORTED_VERSION = -32022
CLIENT: JsonObject = {"name": "plugintool-check", "version": __version__}
"""How we call ourselves."""
_SHOWN_CHARACTERS = 200


class Era(StrEnum):
    """How client and server agree on a version."""

    STATELESS = "stateless"
    HANDSHAKE = "handshake"


AUTO = (Era.STATELESS, Era.HANDSHAKE)
"""The eras that are tried, in this order."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What opening a conversation has brought.

    Attributes:
        era, version: what is spoken.
        name, server_version: as the server calls itself.
        capabilities: what it offers.
        base: the params that every later request carries.
    """

    era: Era
    version: str
    name: str
    server_version: str
    capabilities: JsonObject
    base: JsonObject


Opening: TypeAlias = Callable[[Session, float], "Agreement | None"]
"""Opens a conversation until a deadline; None when the server does not take it."""


def shake_hands(session: Session, deadline: float) -> Agreement | None:
    """Open a conversation of the handshake era.

    Raises:
        StoppedError: no answer.
    """
    asked: JsonObject = {"protocolVersion": HANDSHAKE_VERSIONS[0], "capabilities": {}, "clientInfo": CLIENT}
    result = result_of(session, session.request("initialize", asked, deadline), "initialize")
    if result is None:
        return None
    version = result.get("protocolVersion")
    if version not in HANDSHAKE_VERSIONS:
        known = ", ".join(HANDSHAKE_VERSIONS)
        session.note("CH006", f"initialize is answered with the protocol version {shown(version)}; known here: {known}")
    session.notify("notifications/initialized", deadline)
    name, its_version = _identity(session, result.get("serverInfo"))
    return Agreement(Era.HANDSHAKE, text_of(version), name, its_version, _capabilities(session, result), {})


def discover(session: Session, deadline: float) -> Agreement | None:
    """Open a conversation of the stateless era.

    Raises:
        StoppedError: no answer.
    """
    meta: JsonObject = {
        f"{_META}protocolVersion": STATELESS_VERSIONS[0],
        f"{_META}clientInfo": CLIENT,
        f"{_META}clientCapabilities": {},
    }
    response = session.request("server/discover", {"_meta": meta}, deadline)
    if response.failure is not None and response.failure.code == _UNSUPPORTED_VERSION:
        _note_refused_version(session, response.failure.data)
        return None
    result = result_of(session, response, "server/discover")
    if result is None:
        return None
    versions = result.get("supportedVersions")
    if not isinstance(versions, list) or not any(version in STATELESS_VERSIONS for version in versions):
        session.note("CH006", f"server/discover names the versions {shown(versions)}; known here: 2026-07-28")
    check_result_type(session, result, "server/discover")
    its = result.get("_meta")
    name, its_version = _identity(session, its.get(f"{_META}serverInfo") if isinstance(its, dict) else None)
    capabilities = _capabilities(session, result)
    return Agreement(Era.STATELESS, STATELESS_VERSIONS[0], name, its_version, capabilities, {"_meta": meta})


OPENINGS: dict[Era, Opening] = {Era.STATELESS: discover, Era.HANDSHAKE: shake_hands}
"""How each era is opened."""


def result_of(session: Session, response: Response, method: str) -> JsonObject | None:
    """Return the result of a response; None, with a flaw, when it is an error or no object."""
    if response.failure is not None:
        said = response.failure.message[:_SHOWN_CHARACTERS]
        session.note("CH007", f"{method}: error {response.failure.code}: {said}")
        return None
    if not isinstance(response.result, dict):
        session.note("CH005", f'{method}: "result" is {shown(response.result)}, expected an object')
        return None
    return response.result


def check_result_type(session: Session, result: JsonObject, method: str) -> None:
    """Note a result of the stateless era that does not say that it is complete."""
    if result.get("resultType") != "complete":
        session.note("CH005", f'{method}: "resultType" is {shown(result.get("resultType"))}, expected "complete"')


def _note_refused_version(session: Session, data: JsonValue) -> None:
    """A server that refuses the version speaks this era, but another version of it."""
    supported = data.get("supported") if isinstance(data, dict) else None
    session.note("CH006", f"the server supports {shown(supported)}; known here: {', '.join(STATELESS_VERSIONS)}")


def _capabilities(session: Session, result: JsonObject) -> JsonObject:
    value = result.get("capabilities")
    if isinstance(value, dict):
        return value
    session.note("CH005", f'"capabilities" is {shown(value)}, expected an object')
    return {}


def _identity(session: Session, value: JsonValue) -> tuple[str, str]:
    """Return name and version of the server; both are required."""
    known = object_of(value)
    name, version = text_of(known.get("name")), known.get("version")
    if not name or not isinstance(version, str):
        session.note("CH005", f'"serverInfo" is {shown(value)}, expected an object with name and version')
    return name, text_of(version)
