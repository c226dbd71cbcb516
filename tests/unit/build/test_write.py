"""A built tree appears complete and in one step, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugintool.build import write
from plugintool.build.plan import plan_build
from plugintool.build.write import Built, write_tree
from plugintool.errors import BuildError, InputError, OutputError
from plugintool.formats.project import Project, load_project
from plugintool.install.fs import Fs
from plugintool.plugin.load import load_plugin
from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.directory import Survey, open_built, survey

MANIFEST = ".claude-plugin/plugin.json"


def build(root: Path, out: Path, *, sync_version: str | None = None) -> Built:
    found = survey(root)
    project = load_project(found)
    return write_tree(found, plan_build(load_plugin(found), project), project, out=out, sync_version=sync_version)


def content(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def assert_clean(out: Path) -> None:
    """Nothing is left but built trees."""
    assert [name for name in os.listdir(out / "org-plugins") if name.startswith(".")] == []


def test_the_tree_holds_what_was_planned_and_the_derived_version(make_plugin: Any, tmp_path: Path) -> None:
    built = build(make_plugin({"bin/run": "#!/bin/sh\n", ".DS_Store": "x"}), tmp_path / "out")
    assert built.root == tmp_path / "out/org-plugins/demo"
    assert sorted(content(built.root)) == [MANIFEST, "bin/run", "skills/greet/SKILL.md", "version.json"]
    assert built.record == record_of(open_built(built.root))
    assert built.sync_version == version_file.sync_version("1.0.0", built.record.digest)
    assert (built.root / "version.json").read_bytes() == version_file.render(built.sync_version)
    assert_clean(tmp_path / "out")


def test_modes_are_decided_by_content_not_by_the_disk_or_umask(make_plugin: Any, tmp_path: Path) -> None:
    root = make_plugin({"bin/run": "#!/bin/sh\n", "data": "x"})
    (root / "bin/run").chmod(0o600)
    (root / "data").chmod(0o777)
    before = os.umask(0o077)
    try:
        built = build(root, tmp_path / "out")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o7777 for path in built.root.rglob("*")}
    assert (modes["run"], modes["data"], modes["bin"], modes["version.json"]) == (0o755, 0o644, 0o755, 0o644)
    assert built.root.stat().st_mode & 0o777 == 0o755


def test_links_and_bundles_become_regular_files(make_plugin: Any, tmp_path: Path, bundle_files: dict[str, str]) -> None:
    root = make_plugin({**bundle_files, "AGENTS.md": "agents"})
    (root / "README.md").symlink_to("AGENTS.md")
    built = build(root, tmp_path / "out")
    assert (built.root / "README.md").read_text() == "agents"
    assert not (built.root / "README.md").is_symlink()
    assert (built.root / "bundles/clock.mcpb").read_bytes()[:2] == b"PK"
    assert not (built.root / "bundles/clock").exists()


def test_the_record_does_not_change_with_time_or_place(make_plugin: Any, tmp_path: Path) -> None:
    one, other = make_plugin({"a": "x"}, at="one/demo"), make_plugin({"a": "x"}, at="two/demo")
    os.utime(other / "a", (1, 1))
    assert build(one, tmp_path / "1").record == build(other, tmp_path / "2").record


def test_a_one_skill_plugin_gets_its_manifest(tmp_path: Path) -> None:
    root = tmp_path / "greet"
    root.mkdir()
    (root / "SKILL.md").write_text("---\nname: greet\ndescription: Greets.\n---\n")
    built = build(root, tmp_path / "out")
    assert json.loads((built.root / MANIFEST).read_bytes())["name"] == "greet"
    assert built.sync_version.startswith("0+")


def test_the_sync_version_can_be_given(make_plugin: Any, tmp_path: Path) -> None:
    built = build(make_plugin(), tmp_path / "out", sync_version="2026.11.24")
    assert (built.root / "version.json").read_bytes() == b'{"version": "2026.11.24"}\n'


@pytest.mark.parametrize("version", ["1 0", "v/1", "x" * 200])
def test_a_version_that_cannot_be_a_sync_version_leaves_nothing(make_plugin: Any, tmp_path: Path, version: str) -> None:
    with pytest.raises(BuildError, match="cannot be a sync version"):
        build(make_plugin(version=version), tmp_path / "out")
    assert os.listdir(tmp_path / "out/org-plugins") == []


def test_building_again_replaces_everything(make_plugin: Any, tmp_path: Path) -> None:
    root = make_plugin({"old": "x"})
    first = build(root, tmp_path / "out")
    (first.root / ".claude-plugin/plugin.sigstore.json").write_text("{}")
    (root / "old").unlink()
    (root / "new").write_text("y")
    second = build(root, tmp_path / "out")
    assert sorted(content(second.root)) == [MANIFEST, "new", "skills/greet/SKILL.md", "version.json"]
    assert first.sync_version != second.sync_version
    assert_clean(tmp_path / "out")


def test_where_names_cannot_be_exchanged_two_renames_do_it(
    make_plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fs, "exchange", lambda self, one, other: False)
    root = make_plugin()
    build(root, tmp_path / "out")
    (root / "new").write_text("y")
    assert (build(root, tmp_path / "out").root / "new").read_text() == "y"
    assert_clean(tmp_path / "out")


def test_when_the_second_rename_fails_the_first_is_taken_back(
    make_plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_plugin()
    before = content(build(root, tmp_path / "out").root)
    monkeypatch.setattr(Fs, "exchange", lambda self, one, other: False)
    (root / "new").write_text("y")
    rename = os.rename

    def refuse(source: Any, target: Any) -> None:
        if str(source).endswith("new"):
            raise PermissionError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OutputError, match="permission denied"):
        build(root, tmp_path / "out")
    assert content(tmp_path / "out/org-plugins/demo") == before
    assert_clean(tmp_path / "out")


FOREIGN: dict[str, dict[str, str]] = {
    "no version.json": {MANIFEST: '{"name": "demo"}'},
    "a foreign version.json": {MANIFEST: '{"name": "demo"}', "version.json": '{"version": "1", "by": "me"}'},
    "no manifest": {"version.json": '{"version": "1"}'},
    "another plugin": {MANIFEST: '{"name": "other"}', "version.json": '{"version": "1"}'},
    "a broken manifest": {MANIFEST: "{", "version.json": '{"version": "1"}'},
    "my thesis": {"thesis.tex": "x"},
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_directory_that_is_not_ours_is_not_replaced(make_plugin: Any, tmp_path: Path, case: str) -> None:
    there = make_plugin({MANIFEST: None, "skills/greet/SKILL.md": None, **FOREIGN[case]}, at="out/org-plugins/demo")
    before = content(there)
    with pytest.raises(OutputError, match="no built tree of the plugin demo"):
        build(make_plugin(), tmp_path / "out")
    assert content(there) == before
    assert_clean(tmp_path / "out")


def test_a_file_or_link_in_the_way_is_not_replaced(make_plugin: Any, tmp_path: Path) -> None:
    root = make_plugin()
    built = build(root, tmp_path / "elsewhere")
    (tmp_path / "out/org-plugins").mkdir(parents=True)
    there = tmp_path / "out/org-plugins/demo"
    there.symlink_to(built.root)
    with pytest.raises(OutputError, match="is no directory"):
        build(root, tmp_path / "out")
    there.unlink()
    there.write_text("mine")
    with pytest.raises(OutputError, match="is no directory"):
        build(root, tmp_path / "out")
    assert there.read_text() == "mine"


def test_a_file_where_the_output_directory_should_be(make_plugin: Any, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError):
        build(make_plugin(), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_plan_with_invalid_entries_is_not_written(make_plugin: Any, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="1 entry"):
        build(make_plugin({".env": "x"}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_source_that_changes_is_noticed(make_plugin: Any, tmp_path: Path) -> None:
    root = make_plugin({"a": "x"})
    found = survey(root)
    plan = plan_build(load_plugin(found), Project())
    (root / "a").write_text("longer")
    with pytest.raises(BuildError, match="changed while it was built"):
        write_tree(found, plan, Project(), out=tmp_path / "out")
    (root / "a").unlink()
    with pytest.raises(InputError):
        write_tree(found, plan, Project(), out=tmp_path / "out")
    assert os.listdir(tmp_path / "out/org-plugins") == []


def test_what_does_not_read_back_is_not_put_in_place(
    make_plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(root: Path) -> Any:
        (root / "a").write_text("y")
        return open_built(root)

    monkeypatch.setattr(write, "open_built", damaged)
    with pytest.raises(OutputError, match="read back"):
        build(make_plugin({"a": "x"}), tmp_path / "out")
    assert os.listdir(tmp_path / "out/org-plugins") == []


class _StopError(BaseException):
    """Stands for an interrupt."""


@pytest.mark.parametrize("call", ["open", "chmod", "rename", "mkdir"])
@pytest.mark.parametrize("exchange", [True, False])
def test_an_interrupt_at_any_call_leaves_one_whole_tree_and_nothing_else(
    make_plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, exchange: bool
) -> None:
    """Each n-th call of one kind is hit, until the build gets through."""
    root = make_plugin({"a/b/c": "x"})
    before = content(build(root, tmp_path / "out").root)
    (root / "a/b/c").write_text("y")
    wanted = content(build(root, tmp_path / "other").root)
    if not exchange:
        monkeypatch.setattr(Fs, "exchange", lambda self, one, other: False)
    real, hits = getattr(os, call), 0
    for allowed in range(1000):
        left = iter(range(allowed))

        def limited(*args: Any, _left: Iterator[int] = left, **options: Any) -> Any:
            if next(_left, None) is None:
                setattr(os, call, real)
                raise _StopError
            return real(*args, **options)

        monkeypatch.setattr(os, call, limited)
        try:
            build(root, tmp_path / "out")
        except _StopError:
            hits += 1
            assert content(tmp_path / "out/org-plugins/demo") in (before, wanted)
            assert_clean(tmp_path / "out")
        else:
            break
        finally:
            setattr(os, call, real)
    assert hits or call == "rename"
    assert (tmp_path / "out/org-plugins/demo/a/b/c").read_text() == "y"


def test_two_builds_at_once_give_one_whole_tree(make_plugin: Any, tmp_path: Path) -> None:
    """Each build holds a directory of its own with the same letter in all files."""
    out, errors = tmp_path / "out", []
    roots = [make_plugin({f"f{n}": letter for n in range(20)}, at=f"{letter}/demo") for letter in "abc"]

    def run(root: Path) -> None:
        try:
            for _ in range(5):
                build(root, out)
        except OutputError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(root,)) for root in roots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({(out / f"org-plugins/demo/f{n}").read_text() for n in range(20)}) == 1
    assert_clean(out)


def test_what_a_killed_build_left_is_removed(make_plugin: Any, tmp_path: Path) -> None:
    root = make_plugin()
    built = build(root, tmp_path / "out")
    leftover = tmp_path / "out/org-plugins/.plugintool-demo-01234567"
    shutil.copytree(built.root, leftover / "new")
    build(root, tmp_path / "out")
    assert_clean(tmp_path / "out")


def test_a_tree_that_a_killed_build_had_moved_aside_is_put_back(make_plugin: Any, tmp_path: Path) -> None:
    """Killed between the two renames: the next build, even one that fails, finds the old tree again."""
    built = build(make_plugin(), tmp_path / "out")
    leftover = tmp_path / "out/org-plugins/.plugintool-demo-01234567"
    leftover.mkdir()
    built.root.rename(leftover / "old")
    with pytest.raises(BuildError):
        build(make_plugin({}, version="1 0"), tmp_path / "out")
    assert (built.root / MANIFEST).exists()
    assert_clean(tmp_path / "out")


def test_a_survey_can_be_written_from_anywhere(
    make_plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_plugin()
    monkeypatch.chdir(root)
    found: Survey = survey(Path())
    built = write_tree(found, plan_build(load_plugin(found), Project()), Project(), out=Path("dist"))
    assert built.as_json()["path"] == "dist/org-plugins/demo"
    again = survey(Path())
    plan = plan_build(load_plugin(again), Project())
    assert write_tree(again, plan, Project(), out=Path("dist")).record == built.record
