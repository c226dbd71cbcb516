"""What follows from a plugin is worked out once for each plugin."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from plugintool.frozen import replace
from plugintool.lint.entries import hooks_of, runs_of, servers_of
from plugintool.lint.manifest_paths import paths_of
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.plugin.once import once
from plugintool.tree.memory import MemoryTree

asked: list[str] = []


@once
def letters_of(plugin: Plugin) -> Iterator[str]:
    """Yield the letters of its name."""
    asked.append(plugin.name)
    yield from plugin.name


@once
def failing(plugin: Plugin) -> Iterator[str]:
    asked.append(plugin.name)
    yield "a"
    raise ValueError(plugin.name)


@pytest.fixture(autouse=True)
def forgotten() -> None:
    asked.clear()


def _plugin(name: str, **files: bytes) -> Plugin:
    paths = {"manifest": ".claude-plugin/plugin.json", "hooks": "hooks/hooks.json", "mcp": ".mcp.json"}
    return load_plugin(MemoryTree(name, {paths[key]: data for key, data in files.items()}))


def test_it_is_asked_once_and_answers_the_same() -> None:
    plugin = _plugin("ab")
    assert letters_of(plugin) == letters_of(plugin) == ("a", "b")
    assert letters_of(plugin) is letters_of(plugin)
    assert asked == ["ab"]


def test_each_plugin_has_its_own_answer() -> None:
    """Also one that differs from the other in one field only."""
    plugin = _plugin("ab")
    other = replace(plugin, name="cd")
    assert (letters_of(plugin), letters_of(other), letters_of(plugin)) == (("a", "b"), ("c", "d"), ("a", "b"))
    assert asked == ["ab", "cd"]


def test_two_functions_do_not_share_an_answer() -> None:
    @once
    def first_of(plugin: Plugin) -> Iterator[str]:
        return iter(plugin.name[:1])

    plugin = _plugin("ab")
    assert (letters_of(plugin), first_of(plugin)) == (("a", "b"), ("a",))


def test_an_empty_answer_is_an_answer() -> None:
    plugin = _plugin("")
    assert letters_of(plugin) == letters_of(plugin) == ()
    assert asked == [""]


def test_what_fails_is_asked_again_and_fails_again() -> None:
    """Else the second rule that asks would find half of what there is."""
    plugin = _plugin("ab")
    for _ in range(2):
        with pytest.raises(ValueError, match="ab"):
            failing(plugin)
    assert asked == ["ab", "ab"]


def test_answers_change_neither_the_plugin_nor_what_is_sent_of_it() -> None:
    plugin, other = _plugin("ab"), _plugin("ab")
    letters_of(plugin)
    assert pickle.loads(pickle.dumps(replace(plugin, contents=other.contents))).derived == {}
    assert repr(plugin) == repr(other)


def test_it_keeps_name_and_text_of_the_function() -> None:
    assert letters_of.__name__ == "letters_of"
    assert letters_of.__doc__ == "Yield the letters of its name."


def test_entries_and_paths_are_worked_out_once() -> None:
    """A dozen rules ask for the hooks, another dozen for the servers."""
    hooks = b'{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "a"}]}]}}'
    manifest = b'{"name": "t", "commands": ["./commands/a.md"]}'
    plugin = _plugin("t", manifest=manifest, hooks=hooks, mcp=b'{"mcpServers": {"s": {"command": "b"}}}')
    for listed in (hooks_of, servers_of, runs_of, paths_of):
        assert listed(plugin)
        assert listed(plugin) is listed(plugin)
    assert [entry.text("command") for entry, _ in runs_of(plugin)] == ["a", "b"]
