"""Shell completion: the scripts, and what they are answered."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from plugintool.cli.completion import SHELLS
from plugintool.cli.main import COMMANDS
from tests.unit.cli.conftest import RunFake


@pytest.mark.parametrize("shell", SHELLS)
def test_there_is_a_script_for_each_shell(fake: RunFake, shell: str) -> None:
    """It names the program and the variable by which the program is asked."""
    ended = fake("completion", shell)
    assert ended.code == 0
    assert "plugintool" in ended.out
    assert "_PLUGINTOOL_COMPLETE" in ended.out
    assert ended.err == ""


@pytest.mark.foreign("bash")
def test_bash_reads_its_script(fake: RunFake, foreign: object) -> None:
    """No syntax error, and the function is registered for the program."""
    script = fake("completion", "bash").out
    ended = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\ncomplete -p plugintool"], capture_output=True, text=True, check=True
    )
    assert "_plugintool_completion" in ended.stdout


def _ask(words: str, position: int, **env: str) -> list[str]:
    asked = {"_PLUGINTOOL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(position), **env}
    done = subprocess.run(
        [sys.executable, "-m", "plugintool"], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.split()]


def test_names_of_commands_are_completed() -> None:
    """All of them for nothing, those that begin so for a beginning, none for nonsense."""
    assert _ask("plugintool ", 1) == list(COMMANDS)
    assert _ask("plugintool de", 1) == [name for name in COMMANDS if name.startswith("de")]
    assert _ask("plugintool zzz", 1) == []


def test_options_and_choices_are_completed() -> None:
    """Of the program, and of a command."""
    assert set(_ask("plugintool --", 1)) == {"--version", "--help"}
    assert _ask("plugintool completion f", 2) == ["fish"]


def test_an_unknown_shell_is_a_quiet_failure() -> None:
    """A shell asks again at the next key press: nothing is printed."""
    env = os.environ | {"_PLUGINTOOL_COMPLETE": "tcsh_complete"}
    done = subprocess.run([sys.executable, "-m", "plugintool"], env=env, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_completing_names_imports_no_command() -> None:
    """A key press must not wait for modules that are not asked for."""
    code = (
        "import sys\nfrom plugintool.cli.main import command\n"
        "context = command.make_context('plugintool', ['--'], resilient_parsing=True)\n"
        "assert [item.value for item in command.shell_complete(context, 'l')] == ['lint']\n"
        "assert 'plugintool.cli.lint' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
