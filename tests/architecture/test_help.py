"""Every command's ``--help``: complete, narrow enough, with examples that parse, and the same words in the tables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from plugintool.cli.lazy import LazyGroup
from plugintool.cli.main import command as top
from tests.architecture.conftest import Named

WIDTH = 100
EXAMPLES = 2
NO_FORMAT = {"completion", "dev"}
"""Commands that print a script or talk for as long as they run: they have no ``--format``."""


def _help(named: Named) -> str:
    result = CliRunner().invoke(top, [*named.path[1:], "--help"], prog_name="plugintool", env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def _leaves(commands: list[Named]) -> list[Named]:
    return [named for named in commands if not isinstance(named.command, click.Group)]


def _examples(named: Named) -> list[list[str]]:
    """The command lines of the epilog, as words, without what a shell would do with them."""
    lines = [line.strip().removeprefix("$ ") for line in (named.command.epilog or "").splitlines()]
    return [_words(line) for line in lines if line.startswith("plugintool ")]


def _words(line: str) -> list[str]:
    return shlex.split(re.split(r"\s(?:[<>|]|>>|&&)\s", line)[0], comments=True)[1:]


def test_no_help_is_wider_than_100_columns(commands: list[Named]) -> None:
    """However wide the terminal is."""
    wide = {str(named): max(map(len, _help(named).splitlines())) for named in commands}
    assert {name: width for name, width in wide.items() if width > WIDTH} == {}


def test_every_command_has_two_examples(commands: list[Named]) -> None:
    """Most people read nothing else."""
    found = {str(named): len(_examples(named)) for named in _leaves(commands)}
    assert {name: count for name, count in found.items() if count < EXAMPLES} == {}


def test_every_example_parses(commands: list[Named]) -> None:
    """The command exists and has these options; whether files are there does not matter."""
    wrong = [f"{named}: {problem}" for named in commands for words in _examples(named) for problem in _problems(words)]
    assert wrong == []


def _problems(words: list[str]) -> Iterator[str]:
    found: click.Command = top
    rest, context = list(words), click.Context(top)
    while isinstance(found, click.Group) and rest:
        child = found.get_command(context, rest.pop(0))
        if child is None:
            yield f"no such command: {' '.join(words)}"
            return
        found, context = child, click.Context(child)
    try:
        found.make_parser(context).parse_args(rest)
    except click.UsageError as error:
        yield f"{' '.join(words)}: {error.format_message()}"


def test_every_command_names_its_exit_codes(commands: list[Named]) -> None:
    """What a script has to look at."""
    assert [str(named) for named in _leaves(commands) if "exit code" not in _help(named).lower()] == []


def test_every_option_says_what_it_does(commands: list[Named]) -> None:
    """Options of which click's choices say everything apart."""
    silent = [
        f"{named} {parameter.opts[0]}"
        for named in commands
        for parameter in named.command.params
        if isinstance(parameter, click.Option) and not parameter.help and not isinstance(parameter.type, click.Choice)
    ]
    assert silent == []


def test_every_command_can_speak_json(commands: list[Named]) -> None:
    """And be quiet, and leave colours alone: one set of options for all."""
    for named in _leaves(commands):
        if named.path[1] not in NO_FORMAT:
            opts = {opt for parameter in named.command.params for opt in parameter.opts}
            assert {"--format", "--quiet", "--color"} <= opts, named


def _plain(text: str) -> str:
    return text[:1].lower() + text[1:].removesuffix(".")


def test_the_tables_say_what_the_commands_say(groups: list[tuple[str, LazyGroup]]) -> None:
    """The table answers ``--help`` without an import, so it has to hold the commands' own short help."""
    differences = {}
    for path, group in groups:
        for name, listed in group.table.items():
            found = group.get_command(click.Context(group), name)
            assert found is not None
            if _plain(found.get_short_help_str(limit=WIDTH)) != _plain(listed.short_help):
                differences[f"{path} {name}"] = (listed.short_help, found.get_short_help_str(limit=WIDTH))
    assert differences == {}


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_has_two_names(word: str) -> None:
    """On the program and on a command."""
    for args in ([word], ["completion", word]):
        result = CliRunner().invoke(top, args)
        assert result.exit_code == 0
        assert result.output.startswith("Usage: ")
