"""Loading a marketplace: what a path means, where entries look for their plugins, and that nothing makes it fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.errors import MissingPathError
from plugintool.plugin.discover import MARKETPLACE, find_marketplace, find_plugins
from plugintool.plugin.marketplace import (
    load_marketplace,
    local_directory,
    plugin_root_directory,
)
from plugintool.relpath import RelPath
from tests.market_world import MANIFEST, entry, market, plugin_json, write_market

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


class TestFinding:
    """What a path means."""

    def test_a_directory_means_its_file(self, tmp_path: Path) -> None:
        assert find_marketplace(tmp_path) is None
        file = write_market(tmp_path, market())
        assert find_marketplace(tmp_path) == file

    def test_a_file_of_that_name_means_itself(self, tmp_path: Path) -> None:
        file = write_market(tmp_path, market())
        assert find_marketplace(file) == file
        (tmp_path / "marketplace.json").write_text("{}")
        assert find_marketplace(tmp_path / "marketplace.json") == tmp_path / "marketplace.json"

    def test_a_plugin_manifest_means_no_marketplace(self, tmp_path: Path) -> None:
        write_market(tmp_path, market())
        assert find_marketplace(tmp_path / MANIFEST) is None
        assert find_marketplace(tmp_path / "plugins/demo-plugin") is None
        assert find_marketplace(tmp_path / "nothing") is None

    def test_a_file_of_another_name_is_told_by_what_it_holds(self, tmp_path: Path) -> None:
        file = tmp_path / "team.json"
        file.write_text('{"name": "team", "owner": {}, "plugins": []}')
        assert find_marketplace(file) == file
        assert load_marketplace(file).declared_name == "team"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("team.json", '{"name": "team", "plugins": []}'),
            ("team.json", '{"name": "team", "owner": {}, "plugins": {}}'),
            ("team.json", "[]"),
            ("team.json", "{"),
            ("team.txt", '{"name": "team", "owner": {}, "plugins": []}'),
            ("plugin.json", '{"name": "team", "owner": {}, "plugins": []}'),
        ],
    )
    def test_what_holds_something_else_is_none(self, tmp_path: Path, name: str, text: str) -> None:
        """And who lints it is told what would be one."""
        (tmp_path / name).write_text(text)
        assert find_marketplace(tmp_path / name) is None
        with pytest.raises(MissingPathError) as caught:
            find_plugins(tmp_path / name)
        assert ("marketplace file" in caught.value.detail["hint"]) is name.endswith(".json")

    def test_a_manifest_that_is_about_to_be_written_counts(self, tmp_path: Path) -> None:
        """So does the file itself: a repair is judged before anything is on disk."""
        file = write_market(tmp_path, market())
        before = load_marketplace(file).entries[0].local
        assert before is not None
        place = RelPath(f"{before.directory}/{MANIFEST.removeprefix('plugins/demo-plugin/')}")
        text = json.dumps({**json.loads(file.read_text()), "name": "other"}).encode()
        loaded = load_marketplace(file, {place: b'{"name": "new-name"}', MARKETPLACE: text})
        assert loaded.declared_name == "other"
        local = loaded.entries[0].local
        assert local is not None
        assert local.plugin.declared_name == "new-name"


class TestLoading:
    """The value."""

    def test_root_name_and_path(self, tmp_path: Path) -> None:
        loaded = load_marketplace(write_market(tmp_path / "acme", market()))
        assert (loaded.root, loaded.name, loaded.path) == (tmp_path / "acme", "acme", MARKETPLACE)
        assert loaded.declared_name == "demo-market"
        assert loaded.is_object

    def test_a_file_elsewhere_has_its_own_directory_as_root(self, tmp_path: Path) -> None:
        write_market(tmp_path, market())
        (tmp_path / "marketplace.json").write_text('{"name": "x"}')
        loaded = load_marketplace(tmp_path / "marketplace.json")
        assert (loaded.root, loaded.path) == (tmp_path, "marketplace.json")
        assert loaded.root_plugin is None

    def test_an_entry_knows_its_plugin(self, tmp_path: Path) -> None:
        loaded = load_marketplace(write_market(tmp_path, market()))
        local = loaded.entries[0].local
        assert local is not None
        assert (local.directory, local.is_there, local.linked, local.is_file) == (
            "plugins/demo-plugin",
            True,
            False,
            False,
        )
        assert local.plugin.declared_name == "demo-plugin"
        assert local.plugin.name == "demo-plugin"

    @pytest.mark.parametrize(
        ("source", "kind"),
        [("./x", "path"), ({"source": "github", "repo": "a/b"}, "github"), ({"source": 5}, ""), (5, ""), (None, "")],
    )
    def test_the_kind_of_a_source(self, source: Any, kind: str, tmp_path: Path) -> None:
        loaded = load_marketplace(write_market(tmp_path, market(entry(source=source))))
        assert loaded.entries[0].kind == kind
        assert loaded.entries[0].source == (source if isinstance(source, dict) else {})

    def test_a_missing_directory_a_file_and_a_link(self, tmp_path: Path) -> None:
        listed = [entry(source=path) for path in ("./nope", "./file", "./link", "./link/demo-plugin")]
        files = {"file": "x", "link": {"symlink": "plugins"}}
        found = [item.local for item in load_marketplace(write_market(tmp_path, market(*listed), files)).entries]
        facts = [(item.is_there, item.is_file, item.linked) for item in found if item]
        assert facts == [
            (False, False, False),
            (False, True, False),
            (True, False, True),
            (True, False, True),
        ]

    def test_local_plugins_are_listed_once_with_the_root(self, tmp_path: Path) -> None:
        files = {".claude-plugin/plugin.json": plugin_json(name="root"), "b/x": ""}
        listed = [entry(), entry(), entry(source="./b"), entry(source="./nope")]
        loaded = load_marketplace(write_market(tmp_path, market(*listed), files))
        assert loaded.local_plugins() == [tmp_path, tmp_path / "b", tmp_path / "plugins/demo-plugin"]
        assert loaded.root_plugin is not None
        assert loaded.root_plugin.plugin.declared_name == "root"

    def test_hooks_at_the_root_are_a_root_plugin(self, tmp_path: Path) -> None:
        loaded = load_marketplace(write_market(tmp_path, market(), {"hooks/hooks.json": "{}"}))
        assert loaded.root_plugin is not None
        assert loaded.local_plugins() == [tmp_path / "plugins/demo-plugin"]

    def test_labels_name_the_entry_or_its_number(self, tmp_path: Path) -> None:
        loaded = load_marketplace(write_market(tmp_path, market(entry(), {"source": "./x"})))
        assert [item.label for item in loaded.entries] == ["'demo-plugin'", "number 2"]

    def test_a_place_has_line_and_column(self, tmp_path: Path) -> None:
        text = '{\n  "plugins": [\n    {"name": "a"}\n  ]\n}'
        place = load_marketplace(write_market(tmp_path, text)).locate("plugins", 0, "name")
        assert (place.path, place.line, place.column) == (MARKETPLACE, 3, 6)


class TestBadInput:
    """Nothing makes it raise."""

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "{}", '{"plugins": 5}', '{"plugins": [5, null]}'])
    def test_any_text(self, text: str, tmp_path: Path) -> None:
        loaded = load_marketplace(write_market(tmp_path, text))
        assert all(not item.is_object for item in loaded.entries)
        assert loaded.local_plugins() == []

    def test_a_directory_in_its_place_is_not_read(self, tmp_path: Path) -> None:
        (tmp_path / MARKETPLACE).mkdir(parents=True)
        loaded = load_marketplace(tmp_path / MARKETPLACE)
        assert not loaded.is_object
        assert [unread.path for unread in loaded.document.unread] == [MARKETPLACE]
        assert loaded.json.text == ""

    def test_a_plugin_that_is_gone_is_an_empty_one(self, tmp_path: Path) -> None:
        loaded = load_marketplace(write_market(tmp_path, market(entry(source="./nope"))))
        local = loaded.entries[0].local
        assert local is not None
        assert local.plugin.manifest is None
        assert local.plugin.unread == ()

    @settings(deadline=None, max_examples=60)
    @given(value=VALUES, listed=st.lists(VALUES, max_size=3))
    def test_any_value(self, value: Any, listed: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
        root = tmp_path_factory.mktemp("any")
        content = {"name": value, "metadata": value, "plugins": [*listed, {"name": value, "source": value}]}
        loaded = load_marketplace(write_market(root, content))
        assert len(loaded.entries) == len(listed) + 1
        assert loaded.local_plugins() is not None


@pytest.mark.parametrize(
    ("source", "root", "expected"),
    [
        (".", None, ""),
        ("./", None, ""),
        ("./a/b", None, "a/b"),
        ("./a//b/", None, "a/b"),
        ("./a", "./plugins", "a"),
        ("a", None, None),
        ("a", "./plugins", "plugins/a"),
        ("a", "plugins", "plugins/a"),
        ("a", ".", "a"),
        ("a", "../x", None),
        ("a", "/x", None),
        ("a", "", None),
        ("a", 5, None),
        ("a/b", "./plugins", None),
        (".a", "./plugins", None),
        ("../a", None, None),
        ("./a/../b", None, None),
        ("/a", None, None),
        ("./a\\b", None, None),
        ("", None, None),
        (5, None, None),
    ],
)
def test_where_a_source_looks(source: Any, root: Any, expected: str | None) -> None:
    """Only bare names are looked for below ``metadata.pluginRoot``."""
    assert local_directory(source, root) == expected


@pytest.mark.parametrize(
    ("root", "expected"), [("./a", "a"), ("a/b", "a/b"), (".", ""), ("a/../b", None), (None, None)]
)
def test_what_a_plugin_root_means(root: Any, expected: str | None) -> None:
    assert plugin_root_directory(root) == expected
