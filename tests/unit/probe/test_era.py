"""How conversations are opened, played without a process: every answer a server may give to the first request."""

from __future__ import annotations

import json
import time
from typing import Any, cast

import pytest

from plugintool.probe import era
from plugintool.probe.era import HANDSHAKE_VERSIONS, STATELESS_VERSIONS, Agreement, Era, discover, shake_hands
from plugintool.probe.jsonrpc import Failure, Response
from plugintool.probe.process import Child
from plugintool.probe.session import Session, StoppedError
from tests.unit.probe.test_session import Played

INFO = {"name": "s", "version": "1"}
META = "io.modelcontextprotocol/"


def soon() -> float:
    return time.monotonic() + 60


def playing(answer: dict[str, Any]) -> tuple[Session, Played]:
    line = json.dumps({"jsonrpc": "2.0", "id": 1, **answer}).encode() + b"\n"
    child = Played(line, b"", code=0)
    return Session(cast("Child", child)), child


def initialised(**members: Any) -> tuple[Session, Played]:
    result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": INFO}
    return playing({"result": {**result, **members}})


def discovered(**members: Any) -> tuple[Session, Played]:
    result = {
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {}},
        "_meta": {f"{META}serverInfo": INFO},
    }
    return playing({"result": {**result, **members}})


def codes(session: Session) -> list[str]:
    return [flaw.code for flaw in session.flaws]


class TestHandshake:
    """``initialize``."""

    def test_it_is_agreed(self) -> None:
        session, child = initialised()
        agreement = shake_hands(session, soon())
        assert agreement == Agreement(Era.HANDSHAKE, "2025-11-25", "s", "1", {"tools": {}}, {})
        assert session.flaws == ()
        assert [message["method"] for message in child.sent] == ["initialize", "notifications/initialized"]

    def test_the_request_is_complete(self) -> None:
        session, child = initialised()
        shake_hands(session, soon())
        params = child.sent[0]["params"]
        assert params["protocolVersion"] == HANDSHAKE_VERSIONS[0]
        assert params["capabilities"] == {}
        assert params["clientInfo"].keys() == {"name", "version"}

    @pytest.mark.parametrize("version", HANDSHAKE_VERSIONS)
    def test_every_version_of_the_era_is_known(self, version: str) -> None:
        session, _ = initialised(protocolVersion=version)
        agreement = shake_hands(session, soon())
        assert agreement is not None
        assert agreement.version == version
        assert session.flaws == ()

    @pytest.mark.parametrize("version", [*STATELESS_VERSIONS, "2024-10-07", "2025-13-01", "", None, 1, [], {}])
    def test_others_are_not(self, version: Any) -> None:
        session, child = initialised(protocolVersion=version)
        assert shake_hands(session, soon()) is not None
        assert codes(session) == ["CH006"]
        assert len(child.sent) == 2, "the conversation goes on: its lists can still be judged"

    @pytest.mark.parametrize(
        ("member", "value", "said"),
        [
            ("capabilities", None, '"capabilities" is None'),
            ("capabilities", [], '"capabilities" is []'),
            ("capabilities", "tools", "'tools'"),
            ("serverInfo", None, '"serverInfo" is None'),
            ("serverInfo", {}, '"serverInfo" is {}'),
            ("serverInfo", {"name": "x"}, "with name and version"),
            ("serverInfo", {"version": "1"}, "with name and version"),
            ("serverInfo", {"name": "", "version": "1"}, "with name and version"),
            ("serverInfo", {"name": "x", "version": 1}, "with name and version"),
        ],
    )
    def test_what_is_missing_is_told(self, member: str, value: Any, said: str) -> None:
        session, _ = initialised(**{member: value})
        agreement = shake_hands(session, soon())
        assert agreement is not None
        assert agreement.capabilities == ({} if member == "capabilities" else {"tools": {}})
        assert codes(session) == ["CH005"]
        assert said in session.flaws[0].message

    def test_an_error_is_no_agreement(self) -> None:
        session, child = playing({"error": {"code": -32600, "message": "not today"}})
        assert shake_hands(session, soon()) is None
        assert session.flaws[0].message == "initialize: error -32600: not today"
        assert len(child.sent) == 1, "nothing is initialised"

    @pytest.mark.parametrize("result", [None, [], "yes", 7, True])
    def test_a_result_that_is_no_object_is_none_either(self, result: Any) -> None:
        session, _ = playing({"result": result})
        assert shake_hands(session, soon()) is None
        assert codes(session) == ["CH005"]

    def test_silence_stops_it(self) -> None:
        with pytest.raises(StoppedError):
            shake_hands(Session(cast("Child", Played(None))), soon())


class TestDiscovery:
    """``server/discover``."""

    def test_it_is_agreed(self) -> None:
        session, child = discovered()
        agreement = discover(session, soon())
        assert agreement is not None
        assert (agreement.era, agreement.version) == (Era.STATELESS, "2026-07-28")
        assert (agreement.name, agreement.server_version, agreement.capabilities) == ("s", "1", {"tools": {}})
        assert session.flaws == ()
        assert len(child.sent) == 1, "there is no second message of an opening"

    def test_later_requests_carry_what_the_first_did(self) -> None:
        session, child = discovered()
        agreement = discover(session, soon())
        assert agreement is not None
        assert agreement.base == child.sent[0]["params"]
        assert set(agreement.base["_meta"]) == {  # type: ignore[arg-type]
            f"{META}protocolVersion",
            f"{META}clientInfo",
            f"{META}clientCapabilities",
        }

    def test_further_versions_do_not_matter(self) -> None:
        session, _ = discovered(supportedVersions=["2099-01-01", "2026-07-28", "2025-11-25", 7])
        assert discover(session, soon()) is not None
        assert session.flaws == ()

    @pytest.mark.parametrize("versions", [None, [], {}, "2026-07-28", ["2025-11-25"], [7, None]])
    def test_a_server_without_our_version(self, versions: Any) -> None:
        session, _ = discovered(supportedVersions=versions)
        assert discover(session, soon()) is not None
        assert codes(session) == ["CH006"]

    @pytest.mark.parametrize("kind", [None, "input_required", "", 1])
    def test_a_result_that_is_not_complete(self, kind: Any) -> None:
        session, _ = discovered(resultType=kind)
        assert discover(session, soon()) is not None
        assert codes(session) == ["CH005"]

    @pytest.mark.parametrize("meta", [None, [], {}, {f"{META}serverInfo": "s"}, {"serverInfo": INFO}])
    def test_a_server_without_a_name(self, meta: Any) -> None:
        session, _ = discovered(_meta=meta)
        agreement = discover(session, soon())
        assert agreement is not None
        assert (agreement.name, agreement.server_version) == ("", "")
        assert codes(session) == ["CH005"]

    @pytest.mark.parametrize("code", [-32601, -32602, -32600, 0, 1])
    def test_an_error_is_no_agreement(self, code: int) -> None:
        session, _ = playing({"error": {"code": code, "message": "m"}})
        assert discover(session, soon()) is None
        assert codes(session) == ["CH007"]

    @pytest.mark.parametrize(
        ("data", "said"),
        [({"supported": ["2099-01-01"]}, "['2099-01-01']"), ({}, "None"), (None, "None"), ("x", "None"), ([], "None")],
    )
    def test_a_refused_version_is_told_as_such(self, data: Any, said: str) -> None:
        session, _ = playing({"error": {"code": -32022, "message": "m", "data": data}})
        assert discover(session, soon()) is None
        assert session.flaws[0].code == "CH006"
        assert f"the server supports {said}" in session.flaws[0].message


def test_every_era_has_an_opening_and_is_tried() -> None:
    assert set(era.OPENINGS) == set(Era) == set(era.AUTO)
    assert era.AUTO[0] is Era.STATELESS, "a server of both would take the handshake, too"


def test_the_versions_are_sorted_and_apart() -> None:
    assert list(HANDSHAKE_VERSIONS) == sorted(HANDSHAKE_VERSIONS, reverse=True)
    assert set(HANDSHAKE_VERSIONS).isdisjoint(STATELESS_VERSIONS)


def test_long_errors_of_a_server_are_cut() -> None:
    session, _ = playing({"result": {}})
    era.result_of(session, Response(1, failure=Failure(1, "x" * 10_000)), "m")
    assert len(session.flaws[0].message) < 300
