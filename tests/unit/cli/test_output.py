"""Colours and encodings: what reaches the stream, and when."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from plugintool.cli.output import Output, output_of
from plugintool.report import Report
from tests.unit.cli.conftest import RunFake, Spawn

ESC = "\x1b"


@pytest.mark.parametrize(
    ("env", "args"),
    [
        ({}, ()),
        ({"NO_COLOR": "1"}, ()),
        ({"TERM": "dumb"}, ()),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, ()),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, ()),
        ({"FORCE_COLOR": "1"}, ("--color", "never")),
        ({"FORCE_COLOR": ""}, ()),
    ],
)
@pytest.mark.parametrize("outcome", ["error", "malformed", "hostile"])
def test_no_escape_byte_where_none_is_wanted(
    finish: RunFake, outcome: str, env: dict[str, str], args: tuple[str, ...]
) -> None:
    """On a pipe, and wherever the user says no; a plugin's own escapes never come through."""
    ended = finish("fake", outcome, *args, env=env)
    assert ended.code == 1
    assert ESC not in ended.out + ended.err


@pytest.mark.parametrize(
    ("env", "args"), [({"FORCE_COLOR": "1"}, ()), ({}, ("--color", "always")), ({"NO_COLOR": "1"}, ("--color=always",))]
)
def test_colours_can_be_forced_on_a_pipe(finish: RunFake, env: dict[str, str], args: tuple[str, ...]) -> None:
    """The option is stronger than the environment."""
    assert ESC in finish("fake", "error", *args, env=env).out
    assert ESC in finish("fake", "malformed", *args, env=env).err
    assert ESC in finish("fake", "raise-missing", *args, env=env).err


def test_json_is_never_coloured(finish: RunFake) -> None:
    """A document has no styles, whatever is forced."""
    assert ESC not in finish("fake", "error", "--format", "json", "--color", "always").out


@pytest.mark.foreign("script")
def test_a_terminal_gets_colours(foreign: object) -> None:
    """Without any option, on a pseudo-terminal."""
    line = f"{sys.executable} {__file__.replace('test_output.py', 'fake_command.py')} fake error"
    env = {**os.environ, "TERM": "xterm"}
    for banned, expected in (({}, True), ({"NO_COLOR": "1"}, False)):
        command = ["script", "-qec", line, "/dev/null"]
        done = subprocess.run(command, env=env | banned, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        assert (ESC.encode() in done.stdout) is expected


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "cp1252:strict"},
        {"PYTHONIOENCODING": "latin-1:strict"},
        {"LC_ALL": "C.UTF-8"},
    ],
    ids=lambda env: "-".join(env.values()),
)
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("outcome", ["wide", "hostile"])
def test_no_encoding_is_too_narrow(spawn: Spawn, outcome: str, form: str, env: dict[str, str]) -> None:
    """What a stream cannot show becomes an escape; the exit code stays."""
    with spawn("fake", outcome, "--format", form, env=env) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out
    assert b"Traceback" not in err
    assert b"UnicodeEncodeError" not in out + err


def test_the_help_survives_a_narrow_encoding(finish: RunFake) -> None:
    """Help texts are printed by click, not through our port."""
    narrow = {"PYTHONIOENCODING": "ascii:strict"}
    assert finish("fake", "--help", env=narrow).code == 0
    assert finish("--help", env=narrow).code == 0


def test_a_name_that_is_no_text_can_be_said(finish: RunFake) -> None:
    """A file name with a byte that is no UTF-8 comes as half a surrogate; it is shown as an escape."""
    ended = finish(b"lnt\xff", "--format", "json")
    assert ended.code == 2
    assert finish(b"\xff").code == 2


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([], Output()),
        (["lint", "--format", "json"], Output("json")),
        (["lint", "--format=json", "--color=never"], Output("json", color="never")),
        (["--color", "always"], Output(color="always")),
        (["--color", "pink", "--format", "sarif"], Output()),
        (["x=y", "--format"], Output()),
    ],
)
def test_options_are_guessed_from_raw_arguments(args: list[str], expected: Output) -> None:
    """For errors that are met before there are parsed options."""
    assert output_of(args) == expected


def test_say_keeps_still_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Talk is for people; ``always`` is for errors."""
    Output(quiet=True).say("talk")
    Output(quiet=True).say("an error", always=True)
    Output().say("more")
    assert capsys.readouterr() == ("", "an error\nmore\n")


def test_a_stream_without_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the caller has closed it, or has put a plain buffer there."""
    monkeypatch.setattr("sys.stdout", None)
    assert Output("json").show(Report("x", ()), lambda _: ()) == 0
    buffer = io.StringIO()
    monkeypatch.setattr("sys.stdout", buffer)
    Output("json").show(Report("x", ()), lambda _: ())
    assert '"code": "ok"' in buffer.getvalue()
