"""Every ``--help``, at 80 columns: examples, exit codes, a word for each option; tables say what commands say."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from plugintool.cli.lazy import LazyGroup
from plugintool.cli.main import command as root


def pages(group: LazyGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with its words."""
    for name in group.table:
        found = group.get_command(click.Context(group), name)
        assert found is not None
        yield (*path, name), found
        if isinstance(found, LazyGroup):
            yield from pages(found, (*path, name))


assert isinstance(root, LazyGroup)
PAGES = {" ".join(words): found for words, found in pages(root)}


@pytest.mark.parametrize("name", PAGES)
def test_a_help_page_can_be_read_at_80_columns(name: str) -> None:
    """It has examples and names exit codes, no line is longer than the terminal, and nothing is left without a word."""
    done = CliRunner().invoke(root, [*name.split(), "--help"], terminal_width=80)
    assert done.exit_code == 0
    assert "Examples:\n" in done.output or name == "new"
    assert "Exit codes:" in done.output
    for line in done.output.splitlines():
        is_example = line.startswith("    ") and "plugintool " in line  # is copied, and may be longer
        assert len(line) <= (100 if is_example else 80), line


@pytest.mark.parametrize("name", PAGES)
def test_every_option_says_what_it_is_for(name: str) -> None:
    """Also those whose choices speak for themselves."""
    options = [one for one in PAGES[name].params if isinstance(one, click.Option)]
    assert [one.opts for one in options if not one.help] == []


@pytest.mark.parametrize("name", [name for name, found in PAGES.items() if isinstance(found, LazyGroup)])
def test_the_table_of_a_group_says_what_its_commands_say(name: str) -> None:
    """Short helps stand twice, so that a group imports nothing to list them."""
    group = PAGES[name]
    assert isinstance(group, LazyGroup)
    assert {word: PAGES[f"{name} {word}"].short_help for word in group.table} == {
        word: listed.short_help for word, listed in group.table.items()
    }


def test_the_commands_stand_in_the_order_of_the_journeys() -> None:
    """First what is made, then what is released, then what is installed."""
    sections = [listed.section for listed in root.table.values()]
    assert list(dict.fromkeys(sections)) == ["Author", "Release", "Administrator", "Everybody"]
    assert sections == sorted(sections, key=["Author", "Release", "Administrator", "Everybody"].index)
