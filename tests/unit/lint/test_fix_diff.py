"""Patches: for any change git must take them and get exactly the bytes that were meant."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from plugintool.lint import fix_diff
from plugintool.lint.fix_diff import patch
from plugintool.lint.fix_write import Change
from plugintool.relpath import RelPath

A, B = RelPath("a.md"), RelPath("b c/ü.md")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def changed(before: bytes, after: bytes, path: RelPath = A) -> Change:
    return Change(path, path, before, after, 0o644, 0o644)


def apply(where: Path, text: str) -> None:
    where.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(where), "GIT_CONFIG_NOSYSTEM": "1"}
    for args, data in ((["init", "--quiet"], b""), (["apply", "--whitespace=nowarn", "-"], text.encode())):
        done = subprocess.run(["git", *args], check=False, cwd=where, input=data, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()


NUMBERS = b"".join(b"%d\n" % number for number in range(40))
CONTENTS = {
    "one line": (b"a\nb\nc\n", b"a\nX\nc\n"),
    "no newline before": (b"a", b"a\n"),
    "no newline after": (b"a\n", b"b"),
    "no newline at all": (b"a", b"b"),
    "only the last line": (b"a\nb", b"a\nc"),
    "a new first line": (b"a\n", b"x\na\n"),
    "emptied": (b"a\nb\n", b""),
    "filled": (b"", b"a\n"),
    "far apart": (NUMBERS, NUMBERS.replace(b"3\n", b"three\n")),
    "grown in the middle": (NUMBERS, NUMBERS.replace(b"20\n", b"20\nnew\nnew\n")),
    "shrunk in the middle": (NUMBERS, NUMBERS.replace(b"20\n21\n", b"")),
    "carriage returns": (b"a\r\nb\r\n", b"a\r\nc\r\n"),
    "carriage returns gone": (b"#!/bin/sh\r\nb\r\n", b"#!/bin/sh\nb\n"),
    "a mark gone": (b"\xef\xbb\xbf{}\n", b"{}\n"),
    "odd line ends": ("a\u0085b\x0bc\nd\n".encode(), "a\u0085b\x0bc\ne\n".encode()),
    "other writing": ("ä\n日本\n".encode(), "ö\n日本\n".encode()),
    "no text": (b"\xff\xfe\n", b"\xff\n"),
    "escape sequences": (b"\x1b[31mred\n", b"\x1b[31mblue\n"),
    "a lone carriage return": (b"a\rb\n", b"c\rb\n"),
    "right to left": ("a\u202eb\n".encode(), b"a\n"),
    "zeros": (b"\0" * 5000, b"\0" * 5001),
    "like a patch": (b"--- a\n+++ b\n@@ -1 +1 @@\n", b"--- a\n@@ -1 +1 @@\n"),
}


@needs_git
@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("path", [A, B])
def test_git_makes_the_same_bytes(name: str, path: RelPath, tmp_path: Path) -> None:
    before, after = CONTENTS[name]
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_bytes(before)
    apply(tmp_path, patch([changed(before, after, path)], below=""))
    assert (tmp_path / path).read_bytes() == after


@needs_git
@pytest.mark.parametrize("below", ["here", "a b/c", 'odd "name"', "tab\there"])
def test_paths_are_those_seen_from_where_it_is_applied(below: str, tmp_path: Path) -> None:
    (tmp_path / below).mkdir(parents=True)
    (tmp_path / below / A).write_bytes(b"a\n")
    apply(tmp_path, patch([changed(b"a\n", b"b\n")], below=below))
    assert (tmp_path / below / A).read_bytes() == b"b\n"


@needs_git
def test_other_paths_modes_and_new_files(tmp_path: Path) -> None:
    """Each by itself, and a file that moves, changes and becomes a program in one go."""
    for name in ("moved", "mode", "all"):
        (tmp_path / name).write_bytes(b"x\n")
    changes = [
        Change(RelPath("moved"), RelPath("to/moved"), None, None, 0o644, 0o644),
        Change(RelPath("mode"), RelPath("mode"), None, None, 0o640, 0o750),
        Change(RelPath("all"), RelPath("to/all"), b"x\n", b"y\n", 0o644, 0o755),
        Change(RelPath("new"), RelPath("new"), None, b"new\n", 0, 0o644),
        Change(RelPath("odd"), RelPath("odd"), None, b"\0", 0, 0o644),
        Change(RelPath("empty"), RelPath("empty"), None, b"", 0, 0o644),
    ]
    apply(tmp_path, patch(changes, below=""))
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if ".git" not in path.parts}
    assert found == {"to", "to/moved", "to/all", "mode", "new", "odd", "empty"}
    assert (tmp_path / "to/all").read_bytes() == b"y\n"
    assert [os.access(tmp_path / name, os.X_OK) for name in ("mode", "to/all")] == [True, True]
    assert (tmp_path / "odd").read_bytes() == b"\0"


@needs_git
def test_a_large_file_is_compared_without_finding_the_least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fix_diff, "_SLOW", 10)
    after = NUMBERS.replace(b"3\n", b"three\n")
    text = patch([changed(NUMBERS, after)], below="")
    assert text.count("@@ -") == 1
    (tmp_path / A).write_bytes(NUMBERS)
    apply(tmp_path, text)
    assert (tmp_path / A).read_bytes() == after


def test_many_lines_far_from_a_change_cost_nothing() -> None:
    """Comparing 200,000 lines with each other would take minutes."""
    data = b"line\n" * 200_000
    text = patch([changed(data + b"a\n", data + b"b\n")], below="")
    assert text.splitlines()[3:] == ["@@ -199998,4 +199998,4 @@", " line", " line", " line", "-a", "+b"]


def test_a_patch_of_a_text_is_read_by_people() -> None:
    assert patch([changed(b"a\nb\n", b"a\nc\n")], below="x").splitlines() == [
        "diff --git a/x/a.md b/x/a.md",
        "--- a/x/a.md",
        "+++ b/x/a.md",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]


def test_nothing_in_a_patch_plays_tricks_on_a_terminal() -> None:
    text = patch([changed(before, after) for before, after in CONTENTS.values()], below="")
    assert not any(char < " " and char not in "\n\r\t" for char in text)
    assert "\u202e" not in text


def test_no_changes_are_no_patch() -> None:
    assert patch([], below="x") == ""
