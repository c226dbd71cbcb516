"""How every command line ends: the exit code, what goes to stdout and what to stderr."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from plugintool.cli.main import COMMANDS, command
from tests.unit.cli.conftest import RunFake, Spawn

OUTCOMES = (
    "nothing", "ok", "info", "warning", "error", "missing", "malformed", "unsafe", "archive", "limit", "build",
    "usage", "not-verified", "not-installed", "several", "hostile", "wide", "raise-usage", "raise-missing",
    "raise-not-verified", "raise-not-installed", "crash", "recursion", "interrupt", "wrapped-interrupt",
    "disk-full",
)  # fmt: skip


@pytest.mark.parametrize("quiet", [(), ("--quiet",)], ids=["loud", "quiet"])
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_exit_code_depends_on_the_outcome_alone(
    fake: RunFake, fake_module: ModuleType, outcome: str, form: str, quiet: tuple[str, ...]
) -> None:
    """Neither the format nor how much is printed changes it."""
    assert fake("fake", outcome, "--format", form, *quiet).code == fake_module.EXIT_CODES[outcome]


def test_every_outcome_is_in_the_table(fake_module: ModuleType) -> None:
    """The list above and the fake command know the same outcomes."""
    assert set(OUTCOMES) == set(fake_module.EXIT_CODES)


@pytest.mark.parametrize("outcome", [name for name in OUTCOMES if "interrupt" not in name])
def test_json_is_one_document_on_stdout_whatever_happens(fake: RunFake, outcome: str) -> None:
    """Its ``exit_code`` is the real one, and ``code`` is ``ok`` exactly when that is 0."""
    ended = fake("fake", outcome, "--format", "json")
    document = json.loads(ended.out)
    assert document["exit_code"] == ended.code
    assert (document["code"] == "ok") == (ended.code == 0)
    assert "Traceback" not in ended.err


def test_json_of_a_usage_error_is_a_document_too(fake: RunFake) -> None:
    """Parsing fails before the options are known; the format is read from the raw arguments."""
    for form in (("--format", "json"), ("--format=json",)):
        ended = fake("fake", "ok", *form, "--no-such-option")
        assert ended.code == 2
        assert json.loads(ended.out)["code"] == "config-invalid"


def test_the_value_goes_to_stdout_and_talk_to_stderr(fake: RunFake) -> None:
    """A pipe after the command gets data only."""
    ended = fake("fake", "ok")
    assert ended.out == "value: all is well\n"
    assert ended.err == "talk\n"


def test_an_error_goes_to_stderr(fake: RunFake) -> None:
    """What, where, expected, found, all problems, what to do; the code stands at the end of the first line."""
    ended = fake("fake", "malformed", "--quiet")
    assert ended.out == ""
    assert ended.err == (
        "error: plugins/a/x.json:3:9: not what it should be [file-malformed]\n"
        "  field: /name\n  expected: a text\n  found: 7\n"
        "  - expected a text\n  - found 7\n"
        "  fix: write a text\n"
    )


def test_quiet_leaves_findings_and_errors_only(fake: RunFake) -> None:
    """Talk and values are gone, what went wrong is not."""
    assert fake("fake", "ok", "-q")[1:] == ("", "")
    assert fake("fake", "warning", "-q").out.startswith("plugins/a/skills/a/SKILL.md:3:7: warning X001")
    assert "older than" in fake("fake", "not-installed", "-q").err


def test_a_verification_error_names_its_step(fake: RunFake) -> None:
    """The number is the one of the ladder."""
    assert "plugins/a: README.md: step 7: one file differs [content-mismatch]" in fake("fake", "not-verified").err


def test_without_arguments_the_help_is_printed_and_the_exit_code_is_2(fake: RunFake) -> None:
    """The same on a terminal and on a pipe."""
    ended = fake()
    assert ended.code == 2
    assert "Usage: plugintool" in ended.err + ended.out


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (["lnt"], "lint"),
        (["buld", "x"], "build"),
        (["devise", "status"], "device"),
        (["completon", "bash"], "completion"),
        (["fake", "ok", "--fromat", "json"], "--format"),
        (["fake", "ok", "--quite"], "--quiet"),
        (["fake", "ok", "--format", "jsn"], "'json'"),
        (["completion", "zhs"], "'zsh'"),
        (["--versoin"], "--version"),
    ],
)
def test_a_typo_gets_a_suggestion(fake: RunFake, args: list[str], wanted: str) -> None:
    """Exit code 2, one line that says what, and the right word."""
    ended = fake(*args)
    assert ended.code == 2
    assert wanted in ended.err
    assert ended.err.startswith("error: ")


def test_a_usage_error_is_written_like_all_others(fake: RunFake) -> None:
    """Lower case, no period at the end, the code, and where to read on."""
    first, second = fake("fake", "ok", "--nonsense").err.splitlines()
    assert first == "error: no such option '--nonsense' [config-invalid]"
    assert second == "  fix: see plugintool fake --help"


def test_a_crash_says_so_in_one_sentence(fake: RunFake) -> None:
    """No traceback and no text of the exception, which may hold a secret."""
    ended = fake("fake", "crash")
    assert ended.code == 70
    assert "this is a bug in plugintool" in ended.err
    assert "PLUGINTOOL_DEBUG=1" in ended.err
    assert "Traceback" not in ended.err
    assert "secret detail" not in ended.out + ended.err


def test_an_error_of_the_system_names_the_file(fake: RunFake) -> None:
    """A full disk is no bug of ours."""
    ended = fake("fake", "disk-full")
    assert ended.err == "error: out.zip: the system refused: no space left on device [failure]\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_command_after_cleaning_up(spawn: Spawn, number: signal.Signals, code: int) -> None:
    """The shell's number for the signal, after the ``finally`` of what was at work, and no traceback."""
    with spawn("fake", "wait") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert err.strip() == b"cleaned up"


def test_a_closed_pipe_ends_the_command_quietly(spawn: Spawn) -> None:
    """``plugintool … | head -1``: 141, as a program that the signal killed, and not a word."""
    with spawn("fake", "flood") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"line 0\n"
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
    assert process.returncode == 141
    assert err == b""


@pytest.mark.parametrize("args", [("--version",), ("--help",), ("completion", "zsh"), ("fake", "error"), ("lnt",)])
def test_a_pipe_without_reader(spawn: Spawn, args: tuple[str, ...]) -> None:
    """Whatever is printed first: 141 if it goes to that pipe, and never a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    with spawn(*args, stdout=writing) as process:
        os.close(writing)
        assert process.stderr is not None
        err = process.stderr.read()
    assert process.returncode == (2 if args == ("lnt",) else 141)
    assert b"Broken" not in err
    assert b"Traceback" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("args", [("--version",), ("--help",), ("fake", "ok"), ("fake", "ok", "--format", "json")])
def test_a_full_disk_behind_stdout(finish: RunFake, args: tuple[str, ...]) -> None:
    """A failure that is told, not a success that lost its output."""
    with Path("/dev/full").open("wb") as full:
        ended = finish(*args, stdout=full)
    assert ended.code == 1
    assert "Traceback" not in ended.err
    assert "Exception ignored" not in ended.err


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("args", ["--version", "--help", "lnt", "completion fish", "lnt --format json"])
def test_a_closed_stream_is_no_crash(args: str, redirection: str) -> None:
    """The exit code stays what it is; nothing can be said."""
    line = f'exec "$0" -m plugintool {args} {redirection}'
    ended = subprocess.run(["/bin/sh", "-c", line, sys.executable], capture_output=True, check=False)
    assert ended.returncode == (2 if args.startswith("lnt") else 0)
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("args", [("--version",), ("--help",), ("lnt",)])
def test_nothing_is_warned_about(args: tuple[str, ...]) -> None:
    """With ``-W error`` the ordinary ways still work: no deprecated call, no file left open."""
    line = [sys.executable, "-W", "error", "-m", "plugintool", *args]
    ended = subprocess.run(line, capture_output=True, text=True, check=False)
    assert ended.returncode == (2 if args == ("lnt",) else 0)
    assert "Warning" not in ended.stderr


def test_version_has_one_form(fake: RunFake) -> None:
    """The quick way and click's own say the same."""
    quick = subprocess.run(
        [sys.executable, "-m", "plugintool", "--version"], capture_output=True, text=True, check=True
    )
    slow = fake("--version")
    assert quick.stdout == slow.out
    assert slow.code == 0


def test_the_help_lists_every_command_in_its_section(fake: RunFake) -> None:
    """All names of the table, with their sections, in 100 columns."""
    text = fake("--help").out
    assert all(f"\n  {name} " in text and listed.short_help in text for name, listed in COMMANDS.items())
    assert [line for line in text.splitlines() if line in {"Author:", "Release:", "Administrator:", "Everybody:"}]
    assert max(map(len, text.splitlines())) <= 100


def test_the_group_is_the_table() -> None:
    """``command`` and COMMANDS cannot drift apart."""
    assert command.list_commands(command.make_context("plugintool", ["--"], resilient_parsing=True)) == list(COMMANDS)
