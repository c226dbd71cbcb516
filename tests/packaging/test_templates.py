"""The templates are the same files everywhere: checkout, source distribution, wheel, installed, editable."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from plugintool import __version__
from tests.packaging.conftest import Built, _lend_dependencies

PLACE = "plugintool/_templates/"
TOP = f"plugintool-{__version__}/templates/"
PROBE = """
import hashlib
from plugintool.scaffold.catalog import templates_root
def walk(directory, prefix=""):
    for entry in directory.iterdir():
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, hashlib.sha256(entry.read_bytes()).hexdigest()
print(templates_root())
for name, digest in sorted(walk(templates_root())):
    print(digest, name)
"""


@pytest.fixture(scope="module")
def contents(checkout: Path) -> dict[str, bytes]:
    """Every file of the templates in the checkout."""
    root = checkout / "templates"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def executables(checkout: Path) -> set[str]:
    """Those that are programs."""
    root = checkout / "templates"
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix() for path in files if path.stat().st_mode & 0o100}


def test_there_is_something_to_lose(contents: dict[str, bytes], executables: set[str]) -> None:
    """The counter-test: hidden files, placeholders in names and programs are among the templates."""
    assert "plugin/files/.claude-plugin/plugin.json" in contents
    assert "remote-server/files/.mcp.json" in contents
    assert executables == {
        "bundle-binary/files/server/{{name}}",
        "edit-check/files/scripts/{{name}}.sh",
        "session-context/files/scripts/{{name}}.sh",
    }


def test_the_wheel_has_them(built: Built, contents: dict[str, bytes], executables: set[str]) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        members = [member for member in wheel.infolist() if member.filename.startswith(PLACE)]
        found = {member.filename.removeprefix(PLACE): wheel.read(member) for member in members}
    assert found == contents
    runnable = {member.filename.removeprefix(PLACE) for member in members if member.external_attr >> 16 & 0o111}
    assert runnable == executables


def test_the_source_distribution_has_them(built: Built, contents: dict[str, bytes], executables: set[str]) -> None:
    found, runnable = {}, set()
    with tarfile.open(built.sdist) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.startswith(TOP) else None
            if content is not None:
                found[member.name.removeprefix(TOP)] = content.read()
                runnable |= {member.name.removeprefix(TOP)} if member.mode & 0o111 else set()
    assert found == contents
    assert runnable == executables


def probe(python: Path, cwd: Path) -> tuple[str, str]:
    """Return where an environment finds the templates, and their digests and names."""
    done = subprocess.run([str(python), "-c", PROBE], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    where, _, listing = done.stdout.partition("\n")
    return where, listing


def test_an_installed_wheel_finds_them_inside_the_package(
    installed: Path, tmp_path: Path, contents: dict[str, bytes]
) -> None:
    where, listing = probe(installed / "python", tmp_path)
    assert Path(where).parts[-2:] == ("plugintool", "_templates")
    assert len(listing.splitlines()) == len(contents)


def test_an_editable_installation_finds_the_same_in_the_checkout(
    checkout: Path, installed: Path, tmp_path: Path
) -> None:
    """There the package resolves to the checkout, beside which there is no ``_templates``."""
    place = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    _lend_dependencies(python)
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", *options, "--editable", str(checkout)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    where, listing = probe(python, tmp_path)
    assert Path(where).resolve() == (checkout / "templates").resolve()
    assert listing == probe(installed / "python", tmp_path)[1]


def test_no_template_has_a_name_that_the_ignore_file_takes_away(root: Path) -> None:
    """The source distribution obeys it, so such a file would be missing in the wheel that is made from that."""
    names = [str(path.relative_to(root)) for path in (root / "templates").rglob("*")]
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=root, input="\n".join(names), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.stdout == ""
    assert asked.returncode == 1, "1: git looked and none is ignored"
