"""Paths that manifests and command lines name."""

from __future__ import annotations

import pytest

from plugintool.plugin.paths import normalise, plugin_targets, resolve

ROOT = "${CLAUDE_PLUGIN_ROOT}"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("./a", "a"),
        ("./a/", "a"),
        ("./a//b", "a/b"),
        ("././a", "a"),
        (".", ""),
        ("./", ""),
        ("a", None),
        ("", None),
        ("/a", None),
        ("~/a", None),
        ("../a", None),
        ("./../a", None),
        ("./a/../b", None),
        (".\\a", None),
        ("./a\\b", None),
        ("./..a", "..a"),
    ],
)
def test_a_manifest_path_begins_with_dot_slash(text: str, path: str | None) -> None:
    assert resolve(text) == path


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        (f"{ROOT}/bin/x", ["bin/x"]),
        (f'"{ROOT}"/bin/x', ["bin/x"]),
        (f'"{ROOT}/bin/x" --all', ["bin/x"]),
        (f'"{ROOT}/my dir/x" --all', ["my dir/x"]),
        (f"'{ROOT}/bin/x'", ["bin/x"]),
        (f"node {ROOT}/a.js {ROOT}/b.js", ["a.js", "b.js"]),
        (f"{ROOT}/a; {ROOT}/b|c", ["a", "b"]),
        (f"cd {ROOT} && make", []),
        (f"{ROOT}/", []),
        (f"{ROOT}", []),
        (f'"{ROOT}/$NAME"', []),
        ("$CLAUDE_PLUGIN_ROOT/x", []),
        ("bin/x", []),
    ],
)
def test_a_shell_command_is_split_at_blanks_unless_quoted(text: str, targets: list[str]) -> None:
    assert plugin_targets(text, shell=True) == targets


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        (f"{ROOT}/my dir/x", ["my dir/x"]),
        (f"{ROOT}/bin/x/", ["bin/x"]),
        (f"--config={ROOT}/x", []),
        (f"{ROOT}/$X", []),
        (f"{ROOT}", []),
    ],
)
def test_an_argument_is_one_path(text: str, targets: list[str]) -> None:
    assert plugin_targets(text, shell=False) == targets


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("a/b", "a/b"),
        ("a/./b//c", "a/b/c"),
        ("a/../b", "b"),
        ("a/..", ""),
        ("..", None),
        ("../a", None),
        ("a/../../b", None),
    ],
)
def test_parents_are_resolved_inside_only(target: str, path: str | None) -> None:
    assert normalise(target) == path
