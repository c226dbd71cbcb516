"""The vectors through a command line, as other implementations run them: here our own, and some that are wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from scripts import run_vectors
from scripts.run_vectors import VECTORS, compare, fill, find, main

OURS = (
    f"{sys.executable} -m plugintool verify {{artifact}} --trust-policy {{policy}} --at {{at}} --format json {{lists}}"
)
REFUSED = {"step": 6, "code": "trust-policy"}
GOOD = {"step": 0, "code": "ok"}


def test_our_own_command_line_ends_as_the_vectors_say(capsys: pytest.CaptureFixture[str]) -> None:
    """A sample of each kind: trees, archives, bundles, with and without lists."""
    assert main(["--command", OURS, "--only", "*_[abl]2*"]) == 0
    assert main(["--command", OURS.replace(" {lists}", ""), "--only", "lists_g*"]) == 0
    assert main(["--command", OURS, "--only", "list_of_*"]) == 0
    assert "0 end otherwise" in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 1, 3])
def test_who_always_says_the_same_is_found_out(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Good and bad ones are among the vectors."""
    command = f"{sys.executable} -c 'raise SystemExit({status})' {{artifact}}"
    assert main(["--command", command, "--only", "bundle_a*"]) == 1
    assert f"exit code {status}" in capsys.readouterr().out


def test_command_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Said for each vector."""
    assert main(["--command", "/does/not/exist {artifact}", "--only", "bundle_d[12]"]) == 1
    assert capsys.readouterr().out.count("cannot be run") == 2


def test_no_vector_is_no_success(tmp_path: Path) -> None:
    """A wrong pattern or an empty directory must not look like one."""
    assert main(["--command", "true", "--only", "no such vector"]) == 1
    assert main(["--command", "true", "--vectors", str(tmp_path)]) == 1


def test_command_that_hangs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(run_vectors, "SECONDS_MAX", 0.1)
    command = f"{sys.executable} -c 'import time; time.sleep(5)'"
    assert main(["--command", command, "--only", "bundle_d2"]) == 1
    assert "cannot be run" in capsys.readouterr().out


def test_words_are_filled_in() -> None:
    """Also inside a word; lists become as many words as there are."""
    path = VECTORS / "lists_good"
    expect = json.loads((path / "expect.json").read_text())
    words = list(fill(path, expect, ["x", "--policy={policy}", "{lists}", "{artifact}", "{at}"]))
    assert words[:2] == ["x", f"--policy={path / 'trust-policy.json'}"]
    assert words[2::2][:2] == ["--crl", "--crl"]
    assert words[-2:] == [str(path / expect["artifact"]), expect["at"]]


@pytest.mark.parametrize(
    ("expect", "status", "printed", "problem"),
    [
        (GOOD, 0, "", ""),
        (GOOD, 3, "", "exit code 3"),
        (REFUSED, 0, "", "exit code 0"),
        (REFUSED, 1, "", "exit code 1"),
        (REFUSED, 3, "no JSON", ""),
        (REFUSED, 3, '{"step": 6, "code": "trust-policy"}', ""),
        (REFUSED, 3, '{"a": [{"failed_step": 6}]}', ""),
        (REFUSED, 3, '{"step": 5}', "step 5, expected 6"),
        (REFUSED, 3, '{"code": "revoked"}', "code revoked"),
        (GOOD, 0, '{"step": 5}', ""),
    ],
)
def test_answers_are_compared(expect: dict[str, object], status: int, printed: str, problem: str) -> None:
    """What is not said is not compared."""
    found = compare(expect, status, printed)
    assert found.startswith(problem) if problem else found == ""


def test_outer_members_come_first() -> None:
    assert list(find({"code": "a", "b": [{"code": "c"}, {"code": ""}]}, ["code"])) == ["a", "c"]
    assert list(find("code", ["code"])) == []
