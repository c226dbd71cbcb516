"""For arbitrary source trees: the plan is a partition, the built tree is the plan, and building is repeatable."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.build.ignore import INVALID_REASONS, OMIT_REASONS
from plugintool.build.plan import BuildPlan, plan_build
from plugintool.build.write import write_tree
from plugintool.formats.project import load_project
from plugintool.plugin.load import load_plugin
from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.directory import Survey, open_built, survey
from plugintool.tree.entry import collisions

NAMES = st.sampled_from(
    [
        *("a", "b.md", "bin", ".env", ".DS_Store", "__pycache__", "dist", "org-plugins", "x.mcpb", "version.json"),
        *("Version.json", "con.txt", "bundles", "manifest.json", "skills", "SKILL.md", ".codex-plugin", "a b"),
        *("\u00e9", "e\u0301", "A", ".org-plugin-version"),
    ]
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
CONTENTS = st.sampled_from(
    [b"", b"text", b"#!/bin/sh\n", b"\x7fELF", b"-----BEGIN PRIVATE KEY-----", b"{}", b"\0" * 3000]
)
LINKS = st.dictionaries(PATHS, st.sampled_from(["a", "../a", ".", "/etc/hostname", "nothing", "skills"]), max_size=3)
PATTERNS = st.lists(st.sampled_from(["*.md", "!*.md", "a", "/bin/", "!.env", "con.txt", "*", "!a"]), max_size=3)
MANIFEST = ".claude-plugin/plugin.json"


@contextmanager
def source_tree(files: Mapping[str, bytes], links: Mapping[str, str], patterns: list[str]) -> Iterator[Path]:
    """Write a plugin; whatever contradicts what is already there is left out."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "demo"
        everything = {MANIFEST: json.dumps({"name": "demo", "version": "1.0.0"}).encode(), **files}
        if patterns:
            everything["plugintool.toml"] = f"[build]\nignore = {json.dumps(patterns)}\n".encode()
        for path, content in everything.items():
            try:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content)
            except OSError:
                continue  # a directory is there, or a file where a directory is needed
        for path, target in links.items():
            if not os.path.lexists(root / path) and (root / path).parent.is_dir():
                (root / path).symlink_to(target)
        yield root


def plan_of(found: Survey) -> BuildPlan:
    return plan_build(load_plugin(found), load_project(found))


def entries_of(found: Survey) -> set[str]:
    """Everything that a survey names, each of which must have a fate."""
    links = [link.path for link in found.links if link.path not in found.sources and link.path not in found.directories]
    bad = [entry.raw for entry in found.bad]
    return {*found.sources, *links, *bad, *found.empty_directories, *found.version_control}


@settings(deadline=None)
@given(files=st.dictionaries(PATHS, CONTENTS, max_size=10), links=LINKS, patterns=PATTERNS)
def test_every_entry_has_exactly_one_fate(files: dict[str, bytes], links: dict[str, str], patterns: list[str]) -> None:
    with source_tree(files, links, patterns) as root:
        found = survey(root)
        plan = plan_of(found)
        counts = Counter(fate.path for fate in plan.fates())
        made = {*plan.generated, *(bundle.path for bundle in plan.bundles)}
        assert set(counts) - made == entries_of(found) - made
        assert all(count == 1 or path.endswith("manifest.json") for path, count in counts.items())
        assert {fate.reason for fate in plan.omitted} <= set(OMIT_REASONS)
        assert {fate.reason for fate in plan.invalid} <= set(INVALID_REASONS)
        assert not collisions(fate.path for fate in plan.included)


@settings(deadline=None)
@given(files=st.dictionaries(PATHS, CONTENTS, max_size=8), links=LINKS, patterns=PATTERNS)
def test_what_can_be_built_is_built_as_planned(
    files: dict[str, bytes], links: dict[str, str], patterns: list[str]
) -> None:
    with source_tree(files, links, patterns) as root, tempfile.TemporaryDirectory() as out:
        found = survey(root)
        plan, project = plan_of(found), load_project(found)
        if plan.invalid:
            return
        first = write_tree(found, plan, project, out=Path(out) / "1")
        second = write_tree(found, plan, project, out=Path(out) / "2")
        assert first.record == second.record
        tree = open_built(first.root)
        assert [file.path for file in tree.files()] == sorted([*(fate.path for fate in plan.included), "version.json"])
        assert record_of(tree, project.executable_rule()) == first.record
        for entry in first.record.entries:
            if entry.path in found.sources:
                assert (first.root / entry.path).read_bytes() == (root / entry.path).read_bytes()
        assert version_file.settle_of((first.root / "version.json").read_bytes(), first.sync_version) == 0


@settings(deadline=None)
@given(files=st.dictionaries(PATHS, CONTENTS, max_size=8), patterns=PATTERNS)
def test_building_what_was_built_changes_nothing(files: dict[str, bytes], patterns: list[str]) -> None:
    """A built tree is a source tree whose build has the same record."""
    with source_tree(files, {}, patterns) as root, tempfile.TemporaryDirectory() as out:
        found = survey(root)
        plan, project = plan_of(found), load_project(found)
        if plan.invalid or plan.bundles:
            return
        built = write_tree(found, plan, project, out=Path(out) / "1")
        again = survey(built.root)
        assert write_tree(again, plan_of(again), project, out=Path(out) / "2").record == built.record


@settings(deadline=None)
@given(files=st.dictionaries(PATHS, CONTENTS, max_size=8), links=LINKS, patterns=PATTERNS)
def test_the_three_fates_share_no_path_and_forget_none(
    files: dict[str, bytes], links: dict[str, str], patterns: list[str]
) -> None:
    """Included, omitted and invalid divide what was found; asking for the root of a path gives what is below it."""
    with source_tree(files, links, patterns) as root:
        plan = plan_of(survey(root))
        parts = [{fate.path for fate in part} for part in (plan.included, plan.omitted, plan.invalid)]
        assert not parts[0] & parts[1]
        assert not parts[0] & parts[2]
        for fate in plan.included:
            assert fate in plan.fate_of(fate.path)
            assert fate in plan.fate_of(fate.path.partition("/")[0])
