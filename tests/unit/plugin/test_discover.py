"""Which plugins a path means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugintool.errors import MissingPathError
from plugintool.plugin.discover import find_plugins, is_plugin
from tests.rule_fixtures import clean_plugin, write_plugin


def marketplace(where: Path, plugins: object) -> Path:
    return write_plugin(where, {".claude-plugin/marketplace.json": json.dumps({"plugins": plugins})}, name="market")


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_a_plugin_is_itself(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path)
    assert find_plugins(root) == [root]


def test_a_root_skill_is_a_plugin(tmp_path: Path) -> None:
    root = write_plugin(tmp_path, {"SKILL.md": "x"})
    assert is_plugin(root)
    assert find_plugins(root) == [root]


def test_a_misspelt_manifest_is_a_plugin(tmp_path: Path) -> None:
    root = write_plugin(tmp_path, {".Claude-Plugin/Plugin.json": "{}"})
    assert find_plugins(tmp_path) == [root]


def test_the_manifest_means_its_plugin(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path)
    assert find_plugins(root / ".claude-plugin/plugin.json") == [root]


def test_org_plugins_means_all_in_it(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        clean_plugin(tmp_path, name=name)
    (tmp_path / "no-plugin").mkdir()
    (tmp_path / "file.txt").write_text("")
    assert names(find_plugins(tmp_path)) == ["a", "b"]


def test_a_marketplace_means_its_local_plugins(tmp_path: Path) -> None:
    root = marketplace(
        tmp_path,
        [
            {"name": "b", "source": "./plugins/b"},
            {"name": "a", "source": "./plugins/a/"},
            {"name": "again", "source": "./plugins/a"},
            {"name": "gone", "source": "./plugins/gone"},
            {"name": "far", "source": {"source": "github", "repo": "a/b"}},
            {"name": "out", "source": "./../x"},
            {"name": "root", "source": "./"},
            5,
        ],
    )
    for name in ("a", "b", "unlisted"):
        clean_plugin(root / "plugins", name=name)
    assert names(find_plugins(root)) == ["a", "b"]
    assert names(find_plugins(root / ".claude-plugin/marketplace.json")) == ["a", "b"]


def test_a_listed_directory_without_manifest_is_named_too(tmp_path: Path) -> None:
    """What a marketplace lists is meant as a plugin; lint says what is missing."""
    root = marketplace(tmp_path, [{"name": "a", "source": "./a"}])
    (root / "a").mkdir()
    assert names(find_plugins(root)) == ["a"]


@pytest.mark.parametrize("plugins", [[], None, "x", {}])
def test_a_marketplace_without_local_plugins_is_itself(tmp_path: Path, plugins: object) -> None:
    root = marketplace(tmp_path, plugins)
    assert find_plugins(root) == [root]


def test_a_plugin_that_is_also_a_marketplace_is_the_plugin(tmp_path: Path) -> None:
    root = marketplace(tmp_path, [{"name": "a", "source": "./a"}])
    clean_plugin(tmp_path, name="market")
    assert find_plugins(root) == [root]


def test_a_directory_without_plugins_is_itself(tmp_path: Path) -> None:
    assert find_plugins(tmp_path) == [tmp_path]


@pytest.mark.parametrize("name", ["nothing", "file.txt"])
def test_what_is_no_directory_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(MissingPathError) as caught:
        find_plugins(tmp_path / name)
    assert caught.value.detail["path"] == str(tmp_path / name)
    assert "plugin.json" in caught.value.detail["hint"]


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to("nowhere")
    with pytest.raises(MissingPathError):
        find_plugins(tmp_path / "gone")
