"""Groups whose commands are imported only when used."""

from __future__ import annotations

import sys
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from plugintool.cli.lazy import LazyGroup, Listed

TABLE = {
    "alpha": Listed("First", "do alpha"),
    "beta": Listed("Second", "do beta"),
    "gamma": Listed("First", "do gamma"),
}


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> LazyGroup:
    """A group with one real command behind three names."""
    module = ModuleType("plugintool.cli.test_alpha")

    @click.command(name="alpha", short_help="do alpha")
    def command() -> None:
        click.echo("alpha done")

    module.command = command  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "plugintool.cli.test_alpha", module)
    return LazyGroup(name="test", table=TABLE, prefix="test_")


def test_a_command_is_found_by_prefix_and_name(group: LazyGroup) -> None:
    """``alpha`` is ``command`` of ``plugintool.cli.test_alpha``."""
    assert CliRunner().invoke(group, ["alpha"]).output == "alpha done\n"


def test_the_help_imports_no_command(group: LazyGroup) -> None:
    """``beta`` and ``gamma`` do not exist, and still stand in the help, in their sections."""
    text = CliRunner().invoke(group, ["--help"]).output
    assert text.index("First:") < text.index("alpha") < text.index("gamma") < text.index("Second:") < text.index("beta")
    assert not [name for name in sys.modules if name.startswith("plugintool.cli.test_b")]


def test_a_name_that_is_not_in_the_table_is_no_command(group: LazyGroup) -> None:
    """Even if a module of that name exists: ``main`` of ``plugintool.cli.main`` is none."""
    context = click.Context(group)
    assert LazyGroup(name="top", table=TABLE).get_command(context, "main") is None


@pytest.mark.parametrize(("typo", "suggested"), [("alhpa", "alpha"), ("gama", "gamma"), ("qqq", None)])
def test_a_typo_is_a_usage_error_with_a_suggestion(group: LazyGroup, typo: str, suggested: str | None) -> None:
    """Only close names are suggested."""
    result = CliRunner().invoke(group, [typo])
    assert result.exit_code == 2
    assert ("Did you mean" in result.output) is (suggested is not None)
    assert suggested is None or suggested in result.output


def test_names_are_completed_from_the_table(group: LazyGroup) -> None:
    """With their short helps, without an import; options follow."""
    context = click.Context(group)
    found = {item.value: item.help for item in group.shell_complete(context, "")}
    assert found == {name: listed.short_help for name, listed in TABLE.items()}
    assert [item.value for item in group.shell_complete(context, "--h")] == ["--help"]
