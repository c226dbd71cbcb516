"""The use case of ``pack``: several trees, each with its own outcome."""

from __future__ import annotations

import json
from pathlib import Path

from plugintool.author.pack import pack_trees
from plugintool.errors import InputError, MissingPathError


def make_built(root: Path) -> Path:
    """Write the least that counts as a built tree."""
    (root / ".claude-plugin").mkdir(parents=True)
    (root / ".claude-plugin/plugin.json").write_text(json.dumps({"name": root.name, "version": "1.0.0"}))
    (root / "version.json").write_text('{"version": "1"}\n')
    return root


def test_every_tree_of_a_directory_is_packed(tmp_path: Path) -> None:
    for name in "ab":
        make_built(tmp_path / "org-plugins" / name)
    report = pack_trees([tmp_path / "org-plugins"], out=tmp_path / "dist")
    assert [outcome.value.path.name for outcome in report.outcomes if outcome.value] == ["a-1.0.0.zip", "b-1.0.0.zip"]
    assert [outcome.value.as_json()["signatures"] for outcome in report.outcomes if outcome.value] == [0, 0]


def test_what_cannot_be_packed_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "file.zip").write_text("x")
    paths = [tmp_path / "none", tmp_path / "file.zip", make_built(tmp_path / "a")]
    report = pack_trees(paths, out=tmp_path / "dist")
    assert [type(outcome.error) for outcome in report.outcomes] == [MissingPathError, InputError, type(None)]
    assert report.exit_code == 1
