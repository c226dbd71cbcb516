"""Whatever the files hold, repairs end, are done once, and leave every file at least as readable as it was."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from plugintool.lint.fix import Mended
from plugintool.lint.fix_diff import patch
from plugintool.lint.fix_round import mend
from plugintool.lint.fix_write import Change
from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.frontmatter import State
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding
from plugintool.tree.directory import SourceFile, Survey
from tests.rule_fixtures import SKILL, manifest

MANIFEST, HOOKS, SERVERS = RelPath(".claude-plugin/plugin.json"), RelPath("hooks/hooks.json"), RelPath(".mcp.json")
COMMAND, SCRIPT = RelPath("commands/check.md"), RelPath("bin/run.py")
KEYS = """
    name author keywords repository license commands agents skills hooks mcpServers themes monitors experimental
    keywrods user_config dependencies Stop Stopp PreToolUse matcher type command url transport oauth args
""".split()  # noqa: SIM905 - a table of one word a line would fill a page
TEXTS = [
    *("", ".", "./", "commands/check.md", "./Commands/Check.md", "commands\\check.md", "./commands/", "./bin"),
    *("${CLAUDE_PLUGIN_ROOT}/bin/run.py", "'${CLAUDE_PLUGIN_ROOT}' \\", "Jane <j@a.test>", "a, b", "My Plugin"),
    *("http://a.test", "streamableHttp", "stdoi", "command", "http", "true", "ä🙂", "\u2028", '"', "\\"),
]
SCALARS = st.sampled_from(TEXTS) | st.booleans() | st.none() | st.integers(-5, 5) | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)
STYLES = st.tuples(st.sampled_from([None, 2, "\t"]), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))
LINES = [
    *("---", "--- ", "name: 2024", "name: a", "description: a: b", 'description: "a', 'b"', "description: [a", "b]"),
    *("description: a---b", "tools: [Read]", "", "\tx: y", "# Title", "- a", "key: {a: b}: c", "text", "-----"),
]
BLOCKS = st.lists(st.sampled_from(LINES) | st.text(max_size=5), max_size=7)


def written(value: Any, style: tuple[Any, str, str]) -> bytes:
    indent, end, mark = style
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return (mark + text.replace("\n", end) + end).encode(errors="surrogatepass")


def tree_of(files: dict[RelPath, bytes]) -> Mended:
    """A tree that is nowhere on disk."""
    whole = {MANIFEST: manifest().encode(), RelPath("skills/review/SKILL.md"): SKILL.encode(), **files}
    sources = {path: SourceFile(path, len(whole[path]), 0o644) for path in sorted(whole)}
    directories = frozenset(RelPath(path.rpartition("/")[0]) for path in whole if "/" in path)
    return Mended(root=Path("/nowhere/acme-review"), sources=sources, directories=directories, written=whole)


def lint(tree: Survey) -> tuple[Plugin, tuple[Finding, ...]]:
    plugin = load_plugin(tree)
    return plugin, lint_plugin(plugin, LintOptions(targets=ALL_TARGETS))


def check_repairs(tree: Mended) -> None:
    """Repair a tree, safely and not, and look at what came of every file."""
    before, findings = lint(tree)
    assert not [finding for finding in findings if finding.code == "LN001"]
    for unsafe in (False, True):
        mending = mend(tree, lint, unsafe=unsafe)
        after = load_plugin(mending.tree)
        assert_as_readable(before, after, mending.tree)
        again = mend(mending.tree, lint, unsafe=unsafe)
        assert again.repaired == ()
        assert again.tree.written == mending.tree.written
        if not mending.repaired:
            assert mending.tree.written == tree.written


def assert_as_readable(before: Plugin, after: Plugin, tree: Mended) -> None:
    now = {tree.origin(path): path for path in tree.sources}
    for path, text in before.json_files.items():
        if text.is_readable and now[path] in after.json_files:
            assert after.json_files[now[path]].is_readable
            assert len(after.json_files[now[path]].problems) <= len(text.problems)
    states = {component.path: component.front_matter for component in after.components}
    for component in before.components:
        then = states.get(now[component.path])
        if component.front_matter.state is State.MAPPING and then is not None:
            assert then.state is State.MAPPING
            assert len(then.values) >= len(component.front_matter.values)  # a repair may rename a key


@settings(deadline=None, max_examples=60)
@given(OBJECTS, STYLES)
def test_any_manifest(fields: dict[str, Any], style: tuple[Any, str, str]) -> None:
    files = {MANIFEST: written(fields, style), COMMAND: b"---\ndescription: A\n---\n", SCRIPT: b"print()\r\n"}
    check_repairs(tree_of(files))


@settings(deadline=None, max_examples=60)
@given(VALUES, VALUES, STYLES)
@example({"Stop": [{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/bin/run.py"}]}, [{"name": "s"}], (2, "\n", ""))
@example({"hooks": {"Stopp": {"type": "command", "command": "x"}, "Stopo": []}}, {"s": {"url": ""}}, ("\t", "\r\n", ""))
def test_any_hooks_and_servers(hooks: Any, servers: Any, style: tuple[Any, str, str]) -> None:
    files = {HOOKS: written(hooks, style), SERVERS: written(servers, style), SCRIPT: b"#!/bin/sh\r\n"}
    check_repairs(tree_of(files))


@settings(deadline=None, max_examples=100)
@given(BLOCKS, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff", "\n"]))
@example(["---", "description: a---b", "name: 1"], "\n", "\ufeff")
@example(["---", 'description: "a', 'b"', "---"], "\r\n", "")
def test_any_front_matter(lines: list[str], end: str, before: str) -> None:
    """With a block that is closed, and one that may be."""
    for text in (end.join(lines), end.join(["---", *lines, "---", "Body"])):
        check_repairs(tree_of({COMMAND: (before + text).encode(errors="surrogatepass")}))


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    check_repairs(tree_of({COMMAND: data, HOOKS: data, SCRIPT: data}))


PIECES = st.sampled_from(
    [b"a\n", b"b\n", b"\n", b"\r\n", b"c", b"\\", b" ", b"\xff", b"\0", b"--- a\n", "ü\n".encode()]
)
CONTENT = st.lists(PIECES, max_size=12).map(b"".join)


@pytest.mark.skipif(not Path("/usr/bin/git").exists(), reason="needs git")
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(CONTENT, CONTENT), min_size=1, max_size=8))
def test_git_applies_any_patch(contents: list[tuple[bytes, bytes]]) -> None:
    """Several files in one patch, since starting git costs more than applying."""
    pairs = {RelPath(f"f{index}"): pair for index, pair in enumerate(contents) if pair[0] != pair[1]}
    text = patch([Change(path, path, old, new, 0o644, 0o644) for path, (old, new) in pairs.items()], below="")
    with TemporaryDirectory() as name:
        for path, (old, _) in pairs.items():
            (Path(name) / path).write_bytes(old)
        command = ["git", "apply", "--whitespace=nowarn", "-"]
        if pairs:
            subprocess.run(command, cwd=name, input=text.encode(), check=True)
        assert {path: (Path(name) / path).read_bytes() for path in pairs} == {
            path: new for path, (_, new) in pairs.items()
        }
