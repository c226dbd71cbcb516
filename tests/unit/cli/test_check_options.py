"""The options of ``check`` as a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from plugintool import limits
from plugintool.author.check_request import CheckRequest
from plugintool.cli.check_options import check_options
from plugintool.errors import ConfigError, MalformedFileError, MissingPathError
from plugintool.probe.era import AUTO, Era


def parse(*args: object) -> CheckRequest:
    """Return the request that a command line makes."""
    made: list[CheckRequest] = []

    @click.command()
    @check_options
    def command(request: CheckRequest) -> None:
        made.append(request)

    result = CliRunner().invoke(command, [str(arg) for arg in args], catch_exceptions=True, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return made[0]


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugintool.cli.check_options.os.environ", {"PATH": "/bin", "HOME": "/root", "TOKEN": "t"})
    request = parse()
    assert request.given == {"PATH": "/bin"}, "nothing else of the caller"
    assert (request.settings, request.secrets) == ({}, ())
    assert (request.hooks, request.online, request.directory, request.strict) == (False, False, False, False)
    assert request.order == AUTO
    assert request.patience.answer == limits.CHECK_ANSWER_SECONDS
    assert request.patience.exit == limits.CHECK_EXIT_SECONDS


def test_switches() -> None:
    request = parse("--hooks", "--online", "--strict", "--target", "directory", "--timeout", "2.5")
    assert (request.hooks, request.online, request.directory, request.strict) == (True, True, True, True)
    assert request.patience.answer == 2.5


@pytest.mark.parametrize(
    ("era", "order"), [("auto", AUTO), ("stateless", (Era.STATELESS,)), ("handshake", (Era.HANDSHAKE,))]
)
def test_eras(era: str, order: tuple[Era, ...]) -> None:
    assert parse("--era", era).order == order


def test_variables_are_given_or_taken_over_and_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugintool.cli.check_options.os.environ", {"PATH": "/bin", "TOKEN": "t0ken", "EMPTY": ""})
    request = parse("--env", "TOKEN", "--env", "A=1=2", "--env", "B=", "--env", "EMPTY")
    assert request.given == {"PATH": "/bin", "TOKEN": "t0ken", "A": "1=2", "B": "", "EMPTY": ""}
    assert set(request.secrets) == {"t0ken", "1=2", ""}


def test_the_path_can_be_replaced() -> None:
    assert parse("--env", "PATH=/my/bin").given["PATH"] == "/my/bin"


@pytest.mark.parametrize("text", ["", "=", "=x", "NOT_SET_ANYWHERE", "A\0=1"])
def test_variables_that_cannot_be_used(text: str) -> None:
    with pytest.raises(ConfigError) as met:
        parse("--env", text)
    assert met.value.detail["field"] == "--env"


def test_settings() -> None:
    request = parse("--config", "a=1", "--config", "b=x=y", "--config", "a=2", "--config", "c=")
    assert request.settings == {"a": ("1", "2"), "b": ("x=y",), "c": ("",)}


@pytest.mark.parametrize("text", ["", "a", "=x"])
def test_settings_that_cannot_be_used(text: str) -> None:
    with pytest.raises(ConfigError):
        parse("--config", text)


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ("text", ("text",)),
        ("", ("",)),
        (7, ("7",)),
        (0.5, ("0.5",)),
        (True, ("true",)),
        (False, ("false",)),
        (["a", 1, False], ("a", "1", "false")),
        ([], ()),
    ],
)
def test_settings_of_a_file(tmp_path: Path, value: Any, values: tuple[str, ...]) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"k": value}))
    assert parse("--config-file", tmp_path / "c.json").settings == {"k": values}


def test_an_option_replaces_the_value_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"k": ["a", "b"], "other": 1}')
    request = parse("--config-file", tmp_path / "c.json", "--config", "k=c")
    assert request.settings == {"k": ("c",), "other": ("1",)}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[]", ConfigError),
        ('"x"', ConfigError),
        ('{"k": null}', ConfigError),
        ('{"k": {}}', ConfigError),
        ('{"k": [null]}', ConfigError),
        ("", MalformedFileError),
        ('{"k": 1, "k": 2}', MalformedFileError),
        ("\ufeff{}", MalformedFileError),
        ('{"k": NaN}', MalformedFileError),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, error: type[Exception]) -> None:
    (tmp_path / "c.json").write_text(text, "utf-8")
    with pytest.raises(error):
        parse("--config-file", tmp_path / "c.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError):
        parse("--config-file", tmp_path / "nope.json")


@pytest.mark.parametrize("timeout", ["0", "-1", "x", "3601", "nan", "inf"])
def test_times_that_cannot_be_used(timeout: str) -> None:
    with pytest.raises(click.UsageError):
        parse("--timeout", timeout)
