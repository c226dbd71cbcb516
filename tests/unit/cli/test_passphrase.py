"""Where a passphrase comes from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import pytest

from plugintool.cli import passphrase
from plugintool.cli.passphrase import PassphraseSource, ask_from
from plugintool.errors import KeyUnavailableError


class Terminal:
    """A standard stream that is, or is not, a terminal."""

    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What a person at a terminal is asked for; the answer is always the same."""
    questions: list[tuple[str, dict[str, Any]]] = []

    def prompt(text: str, **options: Any) -> str:
        questions.append((text, options))
        return "caf\u00e9"

    monkeypatch.setattr(click, "prompt", prompt)
    return questions


def set_streams(monkeypatch: pytest.MonkeyPatch, *, stdin: bool, stderr: bool) -> None:
    monkeypatch.setattr(passphrase.sys, "stdin", Terminal(is_terminal=stdin))  # type: ignore[attr-defined]
    monkeypatch.setattr(passphrase.sys, "stderr", Terminal(is_terminal=stderr))  # type: ignore[attr-defined]


def test_file_is_read_without_asking(tmp_path: Path, asked: list[object]) -> None:
    """Its first line."""
    path = tmp_path / "pass"
    path.write_text("secret\nmore\n")
    assert ask_from(path) == b"secret"
    assert asked == []


def test_empty_file_is_an_error_and_no_reason_to_ask(tmp_path: Path, asked: list[object]) -> None:
    """A script that forgot to fill it must not hang."""
    (tmp_path / "pass").write_text("")
    with pytest.raises(KeyUnavailableError):
        ask_from(tmp_path / "pass")
    assert asked == []


@pytest.mark.parametrize(("stdin", "stderr"), [(False, True), (True, False), (False, False)])
def test_nobody_is_asked_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, asked: list[object], *, stdin: bool, stderr: bool
) -> None:
    """Both to read from and to show the question on."""
    set_streams(monkeypatch, stdin=stdin, stderr=stderr)
    assert ask_from(None) is None
    assert asked == []


def test_person_at_a_terminal_is_asked(
    monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    """Hidden, on stderr, with the key that it is for."""
    set_streams(monkeypatch, stdin=True, stderr=True)
    assert ask_from(None, path=Path("release.key.pem")) == "caf\u00e9".encode()
    ((text, options),) = asked
    assert "release.key.pem" in text
    assert options == {"hide_input": True, "confirmation_prompt": False, "err": True}


def test_source_is_read_once(tmp_path: Path) -> None:
    """A pipe gives its passphrase once, and a call may need it for several keys."""
    path = tmp_path / "pass.txt"
    path.write_text("first\n")
    source = PassphraseSource(path)
    assert source.ask("one key") == b"first"
    path.write_text("second\n")
    assert (source.ask("another"), source.given) == (b"first", b"first")


def test_descriptor_is_read(tmp_path: Path) -> None:
    """Of which the number is given."""
    path = tmp_path / "pass.txt"
    path.write_text("from a descriptor\nrest\n")
    source = PassphraseSource(os.open(path, os.O_RDONLY))
    assert source.given == b"from a descriptor"
    assert source.ask("a key") == b"from a descriptor"


def test_descriptor_that_is_not_open() -> None:
    """Named by its number."""
    with pytest.raises(KeyUnavailableError) as caught:
        PassphraseSource(987).ask("a key")
    assert caught.value.detail["path"] == "descriptor 987"


def test_without_options_a_person_is_asked(
    monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    """For a key that is there; a new one is not encrypted unless somebody says so."""
    set_streams(monkeypatch, stdin=True, stderr=True)
    source = PassphraseSource(None)
    assert source.given is None
    assert asked == []
    assert source.ask("the token release") == "caf\u00e9".encode()
    assert asked[0][0] == "passphrase of the token release"


def test_without_options_and_terminal_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller says what to do."""
    set_streams(monkeypatch, stdin=False, stderr=True)
    assert PassphraseSource(None).ask("x") is None
