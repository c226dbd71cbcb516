"""The project's own files agree with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from plugintool import __version__


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def _requirements(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {name.lower(): version for name, _, version in (line.partition("==") for line in lines)}


def _floors(project: dict[str, Any]) -> dict[str, str]:
    found = {}
    for requirement in project["project"]["dependencies"]:
        match = re.fullmatch(r"([a-z]+)(?:>=|==)([\d.]+)(?:,<[\d.]+)?", requirement)
        assert match is not None, requirement
        found[match[1]] = match[2]
    return found


def test_the_lowest_versions_are_those_that_are_allowed(project: dict[str, Any], root: Path) -> None:
    """``make test-lowest`` tests the promise of pyproject.toml, not another one."""
    lowest = _requirements(root / "requirements/lowest.txt")
    assert {name: _padded(version) for name, version in lowest.items()} == {
        name: _padded(version) for name, version in _floors(project).items()
    }


def _padded(version: str) -> str:
    return ".".join([*version.split("."), "0", "0"][:3])


def test_every_tool_is_pinned(project: dict[str, Any], root: Path) -> None:
    """What the tests and the build run with is the same tomorrow."""
    pins = _requirements(root / "requirements/dev.txt")
    groups = project["dependency-groups"]
    wanted = [*project["project"]["dependencies"], *(name for group in groups.values() for name in group)]
    names = {re.split(r"[<>=\[]", requirement)[0] for requirement in wanted}
    assert {name for name in names if name.lower() not in pins} == set()
    assert all(re.fullmatch(r"[\w.]+", version) for version in pins.values())


def test_the_encoder_is_pinned_exactly(project: dict[str, Any]) -> None:
    """The bytes of an archive are a property of its version."""
    assert "deflate==0.9.0" in project["project"]["dependencies"]


def test_the_changelog_knows_what_is_not_released(root: Path) -> None:
    """Keep a Changelog: an Unreleased section at the top, then versions that fall."""
    headings = re.findall(r"^## \[([^\]]+)\]", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1:] in ([], [__version__, *headings[2:]])


@pytest.mark.parametrize("place", ["tests/foreign", "tests/agreement"])
def test_npm_packages_are_locked(root: Path, place: str) -> None:
    """Exact versions with a digest each; where they come from is the business of the machine that installs."""
    text = (root / place / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text
    assert text.count('"integrity"') == text.count('"node_modules/')


@pytest.mark.parametrize("script", ["run", "install_foreign.sh", "install_client.sh"])
def test_shell_scripts_parse_and_can_be_run(root: Path, script: str) -> None:
    """``bash -n``, and the bit that makes them programs."""
    path = root / (".ci" if script == "run" else "scripts") / script
    subprocess.run(["bash", "-n", str(path)], check=True)
    assert path.stat().st_mode & 0o111


@pytest.mark.foreign("make")
def test_make_lists_its_targets(root: Path, foreign: object) -> None:
    """``make`` alone says what there is; every target that is a promise is listed."""
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    listed = set(re.findall(r"^  make (\S+)", shown, re.MULTILINE))
    assert listed >= {
        "demo", "test", "lint", "agreement", "test-lowest", "dist", "bench", "format", "fixtures", "clean", "help",
    }  # fmt: skip


def test_actions_are_pinned_by_commit(root: Path) -> None:
    """A tag of somebody else's repository can move."""
    for path in sorted((root / ".github/workflows").glob("*.yml")):
        text = path.read_text("utf-8")
        used = re.findall(r"uses:\s*(\S+)", text)
        assert used
        assert [name for name in used if not re.search(r"@[0-9a-f]{40}$", name)] == []
        assert "permissions: {}" in text or "permissions:\n  contents: read" in text
