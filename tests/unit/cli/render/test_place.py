"""How documents name files."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.cli.render.place import relative_path


@pytest.mark.parametrize(
    ("subject", "path", "expected"),
    [
        (".", "a.md", "a.md"),
        ("", "a.md", "a.md"),
        ("p", "a.md", "p/a.md"),
        ("./p/", "s/a.md", "p/s/a.md"),
        ("p", "", "p"),
        ("", "", ""),
        (".", "", "."),
        ("../q", "a.md", "../q/a.md"),
        ("p/../q", "a.md", "q/a.md"),
        ("/elsewhere/p", "a.md", "/elsewhere/p/a.md"),
    ],
)
def test_paths_are_joined_and_plain(subject: str, path: str, expected: str) -> None:
    assert relative_path(subject, path) == expected


def test_absolute_paths_below_the_working_directory_become_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A neighbour whose name begins alike is not below."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert relative_path(str(here / "p"), "a.md") == "p/a.md"
    assert relative_path(str(here), "a.md") == "a.md"
    assert relative_path(str(here), "") == "."
    assert relative_path(f"{here}-more", "a.md") == f"{here}-more/a.md"
