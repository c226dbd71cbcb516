"""Whole conversations with a tiny server: both eras, and everything that can go wrong in them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.probe.era import AUTO, Era
from plugintool.probe.interview import Interview, Patience, interview
from tests.check_world import QUICK, SHORT, STUBBORN, launched
from tests.tiny_server import TOOL


def ask(do: dict[str, Any] | None = None, patience: Patience = QUICK, order: tuple[Era, ...] = AUTO) -> Interview:
    with launched(do) as launch:
        return interview(launch, patience, order=order)


def codes(told: Interview) -> set[str]:
    return {flaw.code for flaw in told.flaws}


def message(told: Interview, code: str) -> str:
    return next(flaw.message for flaw in told.flaws if flaw.code == code)


HAND = {"eras": ["handshake"]}
MODERN = {"eras": ["stateless"]}


@pytest.mark.parametrize(
    ("do", "era", "version"),
    [
        ({}, Era.STATELESS, "2026-07-28"),
        (MODERN, Era.STATELESS, "2026-07-28"),
        (HAND, Era.HANDSHAKE, "2025-11-25"),
        ({**HAND, "version": "2025-06-18"}, Era.HANDSHAKE, "2025-06-18"),
        ({**HAND, "version": "2024-11-05"}, Era.HANDSHAKE, "2024-11-05"),
        ({**HAND, "silent": ["notifications/initialized"]}, Era.HANDSHAKE, "2025-11-25"),
    ],
)
def test_a_good_server_of_each_era(do: dict[str, Any], era: Era, version: str) -> None:
    told = ask(do)
    assert told.flaws == ()
    assert told.agreement is not None
    assert (told.agreement.era, told.agreement.version) == (era, version)
    assert (told.agreement.name, told.agreement.server_version) == ("tiny", "1.0")
    assert told.tools == (TOOL,)
    assert told.prompts is None, "it does not offer any"
    assert told.exit_code == 0
    assert told.first_answer is not None
    assert 0 < told.first_answer < 10


@pytest.mark.parametrize("era", list(Era))
def test_a_server_of_both_eras_in_each(era: Era) -> None:
    told = ask({}, order=(era,))
    assert told.agreement is not None
    assert told.agreement.era is era
    assert told.flaws == ()


@pytest.mark.parametrize(("do", "era"), [(HAND, Era.STATELESS), (MODERN, Era.HANDSHAKE)])
def test_the_other_era_alone_is_refused(do: dict[str, Any], era: Era) -> None:
    told = ask(do, order=(era,))
    assert told.agreement is None
    assert codes(told) == {"CH007"}
    assert "error -32601" in message(told, "CH007")


def test_what_is_sent_in_the_stateless_era(tmp_path: Path) -> None:
    """Every request carries version and capabilities; there is no handshake."""
    log = tmp_path / "log"
    ask({"log": str(log), "prompts": [[{"name": "p"}]]})
    sent = [json.loads(line) for line in log.read_text().splitlines()]
    assert [one["method"] for one in sent] == ["server/discover", "tools/list", "prompts/list"]
    for one in sent:
        meta = one["params"]["_meta"]
        assert meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
        assert meta["io.modelcontextprotocol/clientCapabilities"] == {}
        assert meta["io.modelcontextprotocol/clientInfo"]["name"] == "plugintool-check"


def test_what_is_sent_in_the_handshake_era(tmp_path: Path) -> None:
    """On a process of its own, begun with initialize."""
    log = tmp_path / "log"
    ask({**HAND, "log": str(log)})
    first, *sent = [json.loads(line) for line in log.read_text().splitlines()]
    assert first["method"] == "server/discover"
    assert [one["method"] for one in sent] == ["initialize", "notifications/initialized", "tools/list"]
    assert sent[0]["params"]["protocolVersion"] == "2025-11-25"
    assert sent[0]["id"] == 1, "a new process, a new count"
    assert "id" not in sent[1]
    assert "params" not in sent[2]


def test_what_is_not_offered_is_not_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    told = ask({**HAND, "log": str(log), "capabilities": {}})
    assert "tools/list" not in log.read_text()
    assert (told.tools, told.prompts, told.flaws) == (None, None, ())


def test_all_pages_are_read() -> None:
    pages = [[{"name": "a"}], [], [{"name": "b"}, {"name": "c"}]]
    told = ask({"tools": pages, "prompts": [[{"name": "p"}]]})
    assert told.tools == ({"name": "a"}, {"name": "b"}, {"name": "c"})
    assert told.prompts == ({"name": "p"},)


def test_pages_that_do_not_end() -> None:
    assert "comes again" in message(ask({"cursor": "0"}), "CH008")


def test_more_pages_than_the_limit() -> None:
    told = ask({"tools": [[{"name": str(at)}] for at in range(limits.CHECK_PAGES + 1)]})
    assert "pages" in message(told, "CH008")
    assert told.tools is None


def test_a_cursor_of_the_wrong_kind() -> None:
    told = ask({"cursor": 7})
    assert '"nextCursor" is 7' in message(told, "CH005")
    assert told.tools == (TOOL,)


@pytest.mark.parametrize(
    ("result", "code", "said"),
    [
        ('{"tools": {}}', "CH005", '"tools" is {}'),
        ("{}", "CH005", '"tools" is None'),
        ("[]", "CH005", '"result" is []'),
        ("null", "CH005", '"result" is None'),
    ],
)
def test_a_list_of_the_wrong_shape(result: str, code: str, said: str) -> None:
    line = f'{{"jsonrpc":"2.0","id":2,"result":{result}}}'
    told = ask({**HAND, "instead": {"tools/list": line}})
    assert codes(told) == {code}
    assert said in message(told, code)


def test_a_list_that_is_refused() -> None:
    told = ask({"errors": {"tools/list": {"code": -32603, "message": "out of order"}}})
    assert message(told, "CH007") == "tools/list: error -32603: out of order"
    assert told.agreement is not None


def test_a_stateless_result_that_does_not_say_that_it_is_complete() -> None:
    line = '{"jsonrpc":"2.0","id":2,"result":{"tools":[]}}'
    assert "resultType" in message(ask({"instead": {"tools/list": line}}), "CH005")


@pytest.mark.parametrize("version", ["2099-01-01", "1.0", "", None, 7, ["2025-11-25"], "2026-07-28"])
def test_a_version_that_is_not_known(version: object) -> None:
    """Also the stateless one, which has no handshake."""
    told = ask({**HAND, "version": version})
    assert codes(told) == {"CH006"}
    assert repr(version) in message(told, "CH006")
    assert told.tools == (TOOL,), "what can be asked is asked"


def test_a_stateless_server_of_a_later_version() -> None:
    told = ask({**MODERN, "supported": ["2099-01-01"]})
    assert "2099-01-01" in message(told, "CH006")


def test_a_server_that_refuses_our_version_is_told_even_if_the_handshake_fails() -> None:
    refused = {"code": -32022, "message": "unsupported", "data": {"supported": ["2099-01-01"]}}
    told = ask({"eras": [], "errors": {"server/discover": refused}})
    assert "2099-01-01" in message(told, "CH006")
    assert told.agreement is None


@pytest.mark.parametrize(
    "info", [None, {}, {"name": "x"}, {"name": "", "version": "1"}, {"name": 1, "version": "1"}, []]
)
@pytest.mark.parametrize("do", [HAND, MODERN], ids=["handshake", "stateless"])
def test_a_server_that_does_not_say_who_it_is(do: dict[str, Any], info: object) -> None:
    assert "serverInfo" in message(ask({**do, "info": info}), "CH005")


@pytest.mark.parametrize("do", [HAND, MODERN], ids=["handshake", "stateless"])
def test_capabilities_of_the_wrong_kind(do: dict[str, Any]) -> None:
    assert "capabilities" in message(ask({**do, "capabilities": []}), "CH005")


def test_silence_costs_one_wait_for_each_era() -> None:
    begun = time.monotonic()
    told = ask({"start": "sleep"}, SHORT)
    assert 2 * SHORT.answer <= time.monotonic() - begun < 2 * SHORT.answer + 2
    assert codes(told) == {"CH003"}
    assert message(told, "CH003") == "initialize"
    assert told.first_answer is None


def test_a_server_that_is_silent_on_discovery_only() -> None:
    """Some ignore what they do not know before the handshake."""
    told = ask({**HAND, "silent": ["server/discover"]}, Patience(answer=2, exit=10))
    assert told.flaws == ()
    assert told.agreement is not None


def test_a_server_that_falls_over_on_discovery_only() -> None:
    told = ask({**HAND, "exit_on": {"server/discover": 1}})
    assert told.flaws == ()
    assert told.agreement is not None


def test_a_slow_start_is_no_flaw() -> None:
    told = ask({"delay": 0.5})
    assert told.flaws == ()
    assert told.first_answer is not None
    assert told.first_answer > 0.5


def test_an_exit_before_the_answer() -> None:
    told = ask({"start": "exit", "stderr": "no module named x\n"})
    assert message(told, "CH002") == "initialize: exit code 3"
    assert told.stderr == b"no module named x\n"


def test_an_exit_in_the_middle() -> None:
    told = ask({"exit_on": {"tools/list": 7}})
    assert message(told, "CH002") == "tools/list: exit code 7"
    assert told.agreement is not None
    assert b"going down" in told.stderr


def test_a_closed_stdout() -> None:
    assert "closed stdout" in message(ask({"start": "close"}, SHORT), "CH002")


@pytest.mark.parametrize(
    ("first", "quoted"),
    [
        ("Server listening\n", '"Server listening"'),
        ('{"level":"info","msg":"up"}\n', '"{"level":"info","msg":"up"}"'),
        ("\udcff\udcfe\n", '"\\xff\\xfe"'),
        ("\n", '""'),
        ("Content-Length: 10\r\n\r\n", '"Content-Length: 10" (and 1 more)'),
    ],
)
def test_noise_on_stdout(first: str, quoted: str) -> None:
    told = ask({"first": first})
    assert message(told, "CH004") == quoted
    assert told.tools == (TOOL,)


def test_noise_between_messages() -> None:
    told = ask({"before": {"tools/list": ["one", "two"]}})
    assert message(told, "CH004") == '"one" (and 1 more)'


def test_requests_of_the_server_while_it_is_asked() -> None:
    line = '{"jsonrpc":"2.0","id":"s1","method":"ping"}'
    told = ask({"before": {"tools/list": [line]}})
    assert told.flaws == ()


def test_a_line_that_is_too_long() -> None:
    assert "bytes" in message(ask({"start": "long-line"}), "CH008")


def test_a_flood_on_stderr_does_not_matter() -> None:
    told = ask({"start": "flood-stderr"}, SHORT)
    assert codes(told) == {"CH003"}
    assert len(told.stderr) == limits.CHECK_STDERR_BYTES


@pytest.mark.parametrize("end", ["stay", "ignore-term"])
def test_a_server_that_ignores_the_end_of_stdin(end: str) -> None:
    told = ask({"end": end}, STUBBORN)
    assert message(told, "CH009") == "it still runs 0.4 s later"
    assert told.exit_code is None
    assert told.tools == (TOOL,)


@pytest.mark.parametrize("end", ["child", "holding-child", "daemon"])
def test_children_that_stay(end: str) -> None:
    told = ask({"end": end})
    assert codes(told) == {"CH010"}
    assert "time.sleep(30)" in message(told, "CH010")
    assert told.exit_code == 0


def test_the_exit_code_after_the_end_is_told() -> None:
    told = ask({"end": 5})
    assert told.exit_code == 5
    assert told.flaws == ()


def test_a_program_that_is_not_there_is_not_tried_twice() -> None:
    with launched() as launch:
        told = interview(type(launch)(("nonesuch-program",), launch.env, launch.cwd, launch.mark), QUICK)
    assert message(told, "CH001") == "nonesuch-program: no such file or directory"
    assert len(told.flaws) == 1
