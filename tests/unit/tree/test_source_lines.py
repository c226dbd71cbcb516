"""Lines of files, as positions count them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.tree.source_lines import DirectoryLines


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\nb\n", ["a", "b", "", None]),
        (b"a\r\nb", ["a", "b", None]),
        (b"\xef\xbb\xbfa\nb", ["a", "b", None]),
        (b"a\rb\n", ["a\rb", "", None]),
        (b"a\x0bb\x0cc\n", ["a\x0bb\x0cc", "", None]),
        ("a\u2028b\n".encode(), ["a\u2028b", "", None]),
        (b"\xff\n", ["\ufffd", "", None]),
        (b"", ["", None]),
    ],
)
def test_a_line_ends_with_a_line_feed_only(tmp_path: Path, data: bytes, expected: list[str | None]) -> None:
    """As in the positions of JSON values and front matter; other line ends would shift every number."""
    (tmp_path / "a.md").write_bytes(data)
    lines = DirectoryLines(tmp_path)
    assert [lines.line("a.md", number) for number in range(1, len(expected) + 1)] == expected


def test_there_is_no_line_zero(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a\nb\n")
    assert DirectoryLines(tmp_path).line("a.md", 0) is None
    assert DirectoryLines(tmp_path).line("a.md", -1) is None


@pytest.mark.parametrize("path", ["gone.md", "sub", "a\0b", "../outside.md", "/etc/hostname", "sub/../../outside.md"])
def test_what_cannot_be_read_has_no_lines(tmp_path: Path, path: str) -> None:
    """Nor has a file outside of the directory: a finding on a stranger's path must not print other files."""
    (tmp_path / "outside.md").write_text("secret\n")
    (tmp_path / "root/sub").mkdir(parents=True)
    assert DirectoryLines(tmp_path / "root").line(path, 1) is None


def test_a_large_file_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x\n" * (limits.TEXT_BYTES // 2 + 1))
    assert DirectoryLines(tmp_path).line("a.md", 1) is None


def test_one_file_is_kept(tmp_path: Path) -> None:
    """A file with many findings is read once; not all files of a plugin are kept."""
    (tmp_path / "a.md").write_text("old\n")
    (tmp_path / "b.md").write_text("b\n")
    lines = DirectoryLines(tmp_path)
    assert lines.line("a.md", 1) == "old"
    (tmp_path / "a.md").write_text("new\n")
    assert lines.line("a.md", 1) == "old"
    assert lines.line("b.md", 1) == "b"
    assert lines.line("a.md", 1) == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_fifo_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    assert DirectoryLines(tmp_path).line("a.md", 1) is None
