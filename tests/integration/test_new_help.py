"""The help of ``new``: quick, with examples that run, and the same words in the list and in the commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from plugintool.cli.main import COMMANDS as ALL_COMMANDS
from plugintool.cli.main import run
from plugintool.cli.new import COMMANDS, command

EXAMPLE = re.compile(r"^  (?:cd \S+ && )?plugintool (new .*)$", re.MULTILINE)


def sub_command(name: str) -> click.Command:
    found = command.get_command(click.Context(command), name)
    assert isinstance(found, click.Command)
    return found


def test_the_short_helps_are_the_same_on_both_sides() -> None:
    assert command.short_help == ALL_COMMANDS["new"].short_help
    assert {name: sub_command(name).short_help for name in COMMANDS} == {
        name: listed.short_help for name, listed in COMMANDS.items()
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_has_two_examples_and_the_exit_codes(name: str) -> None:
    epilog = sub_command(name).epilog or ""
    assert len(EXAMPLE.findall(epilog)) >= 2
    assert "Exit codes: 0 done" in epilog


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "plugin"])
def test_the_examples_of_components_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in a plugin of the name it mentions, or in the plugin itself."""
    for number, example in enumerate(EXAMPLE.findall(sub_command(name).epilog or "")):
        place = tmp_path / str(number)
        place.mkdir()
        monkeypatch.chdir(place)
        assert run(["new", "plugin", "acme-review", "--with", "agent", "-q"]) == 0
        assert run(["new", "plugin", "code-reviewer", "-q"]) == 0
        if "--plugin" not in example and name != "bundle":
            monkeypatch.chdir("acme-review")
        assert run([*shlex.split(example), "-q"]) == 0, example


def test_the_examples_of_plugins_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, example in enumerate(EXAMPLE.findall(sub_command("plugin").epilog or "")):
        place = tmp_path / str(number) / "my-skills"
        place.mkdir(parents=True)
        monkeypatch.chdir(place)
        assert run([*shlex.split(example), "-q"]) == 0, example


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_imports_no_use_case(name: str) -> None:
    code = (
        "import sys\nfrom plugintool.cli.main import run\n"
        f"assert run(['new', {name!r}, '--help']) == 0\n"
        "print([m for m in sys.modules if m.startswith(('plugintool.author', 'plugintool.scaffold'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n[]\n")
