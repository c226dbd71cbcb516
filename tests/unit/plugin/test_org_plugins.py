"""An org-plugins directory: what it is, and what stands in it besides plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.plugin.load import load_plugin
from plugintool.plugin.org_plugins import is_org_plugins, org_plugins_of
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import clean_plugin


def test_a_directory_of_that_name_is_one(tmp_path: Path) -> None:
    clean_plugin(tmp_path / "org-plugins")
    assert is_org_plugins(tmp_path / "org-plugins")
    assert not is_org_plugins(tmp_path)
    assert not is_org_plugins(tmp_path / "org-plugins/acme-review")
    assert not is_org_plugins(tmp_path / "nothing/org-plugins")


def test_it_is_one_by_whatever_way_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "org-plugins").mkdir()
    monkeypatch.chdir(tmp_path / "org-plugins")
    assert is_org_plugins(Path())


def test_a_plugin_of_that_name_is_none(tmp_path: Path) -> None:
    assert not is_org_plugins(clean_plugin(tmp_path, name="org-plugins"))


def test_strays_are_visible_directories_without_plugin(tmp_path: Path) -> None:
    clean_plugin(tmp_path)
    for name in ("market/plugins/x", ".hidden", "empty"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "only-skill").mkdir()
    (tmp_path / "only-skill/SKILL.md").write_text("x")
    (tmp_path / "note.txt").write_text("x")
    assert org_plugins_of(tmp_path, []).strays == ("empty", "market")


def test_plugins_are_in_order_of_name(tmp_path: Path) -> None:
    plugins = [load_plugin(MemoryTree(name, {})) for name in ("b", "a")]
    assert [plugin.name for plugin in org_plugins_of(tmp_path, plugins).plugins] == ["a", "b"]


def test_a_directory_that_is_gone_has_nothing(tmp_path: Path) -> None:
    assert org_plugins_of(tmp_path / "nothing", []).strays == ()
