"""Plugins that only a marketplace describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.plugin.described import Described, described_plugins

SKILL = "---\nname: s\ndescription: d\n---\n"


def market(root: Path, *entries: Any, **fields: Any) -> Path:
    """Write a marketplace with these entries."""
    value = {"name": "m", "owner": {"name": "o"}, "plugins": list(entries), **fields}
    (root / ".claude-plugin").mkdir(parents=True, exist_ok=True)
    (root / ".claude-plugin/marketplace.json").write_text(json.dumps(value))
    return root


def skill(root: Path, path: str) -> None:
    (root / path).mkdir(parents=True)
    (root / path / "SKILL.md").write_text(SKILL)


def entry(name: str, source: Any, **fields: Any) -> dict[str, Any]:
    return {"name": name, "source": source, **fields}


def test_an_entry_is_a_manifest_without_what_is_said_of_the_offer(tmp_path: Path) -> None:
    """Where it is, how it is sorted and merged is no part of the plugin."""
    skill(tmp_path, "plugins/a/skills/x")
    fields: dict[str, Any] = {"version": "1.0.0", "lspServers": {"go": {"command": "gopls"}}, "author": {"name": "A"}}
    offer = {"category": "c", "tags": ["t"], "strict": False, "relevance": {}, "icon": "i"}
    market(tmp_path, entry("a", "./plugins/a", **fields, **offer))
    (found,) = described_plugins(tmp_path)
    assert found == Described(tmp_path / "plugins/a", {"name": "a", **fields})
    assert found.name == "a"


def test_a_plugin_with_a_manifest_is_none(tmp_path: Path) -> None:
    """Nor is one with a root SKILL.md, which has a name of its own."""
    skill(tmp_path, "plugins/a")
    (tmp_path / "plugins/b/.claude-plugin").mkdir(parents=True)
    (tmp_path / "plugins/b/.claude-plugin/plugin.json").write_text("{}")
    market(tmp_path, entry("a", "./plugins/a"), entry("b", "./plugins/b"))
    assert described_plugins(tmp_path) == []
    assert described_plugins(tmp_path / "plugins/b") == []


@pytest.mark.parametrize("source", ["./gone", "../outside", 3, None, {"source": "github", "repo": "a/b"}, "./file"])
def test_what_is_not_here_is_not_described(tmp_path: Path, source: Any) -> None:
    """The entry is about something else, or about nothing."""
    (tmp_path / "file").write_text("x")
    market(tmp_path, entry("a", source), "text", 3)
    assert described_plugins(tmp_path) == []


def test_a_directory_is_found_by_itself(tmp_path: Path) -> None:
    """The marketplace above it is looked for, and says which of its plugins is meant."""
    for name in ("a", "b"):
        skill(tmp_path, f"plugins/{name}/skills/x")
    market(tmp_path, entry("a", "./plugins/a"), entry("b", "./plugins/b"))
    (found,) = described_plugins(tmp_path / "plugins/b")
    assert (found.name, found.place) == ("b", tmp_path / "plugins/b")
    assert described_plugins(tmp_path / "plugins") == []


def test_the_nearest_marketplace_counts(tmp_path: Path) -> None:
    """A marketplace further up that lists the same directory is another matter."""
    skill(tmp_path, "inner/a/skills/x")
    market(tmp_path, entry("outer-name", "./inner/a"))
    market(tmp_path / "inner", entry("a", "./a"))
    assert [one.name for one in described_plugins(tmp_path / "inner/a")] == ["a"]


def test_far_above_nobody_looks(tmp_path: Path) -> None:
    """A home directory is no marketplace of everything in it."""
    deep = "/".join("abcdefgh")
    skill(tmp_path, f"{deep}/skills/x")
    market(tmp_path, entry("a", f"./{deep}"))
    assert described_plugins(tmp_path / deep) == []


def test_entries_share_a_directory(tmp_path: Path) -> None:
    """Each takes the skills that it lists; what another lists is left out, what nobody lists stays."""
    for name in ("one", "two", "three", "four"):
        skill(tmp_path, f"skills/{name}")
    first = entry("first", "./", skills=["./skills/one", "./skills/two"])
    second = entry("second", "./", skills=["./skills/three", "./skills/two"])
    market(tmp_path, first, second)
    found = described_plugins(tmp_path)
    assert [(one.name, one.others, one.shared) for one in found] == [
        ("first", ("skills/three",), True),
        ("second", ("skills/one",), True),
    ]


def test_an_entry_that_lists_no_skills_takes_all(tmp_path: Path) -> None:
    """So does the client (2.1.330)."""
    for name in ("one", "two"):
        skill(tmp_path, f"skills/{name}")
    market(tmp_path, entry("some", ".", skills="./skills/one"), entry("all", "."))
    assert [one.others for one in described_plugins(tmp_path)] == [(), ()]


@pytest.mark.parametrize("value", [3, {}, [3, None], ["skills/one"], ["../x"], "./", [[]]])
def test_odd_lists_of_skills_are_read(tmp_path: Path, value: Any) -> None:
    """What is no path inside names nothing."""
    skill(tmp_path, "skills/one")
    market(tmp_path, entry("a", ".", skills=value), entry("b", ".", skills=["./skills/one"]))
    assert [one.others for one in described_plugins(tmp_path)][1] == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"plugins": 3}'])
def test_a_marketplace_that_cannot_be_read_describes_nothing(tmp_path: Path, text: str) -> None:
    """Whoever builds says that there is no plugin."""
    market(tmp_path)
    (tmp_path / ".claude-plugin/marketplace.json").write_text(text)
    assert described_plugins(tmp_path) == []
    assert described_plugins(tmp_path / "gone") == []


def test_an_entry_without_name_has_none(tmp_path: Path) -> None:
    """The build says what is wrong with that."""
    skill(tmp_path, "a/skills/x")
    market(tmp_path, {"source": "./a", "name": 3})
    assert [one.name for one in described_plugins(tmp_path)] == [""]
