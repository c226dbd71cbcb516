"""What a user gets: the package, its data, and nothing else."""

from __future__ import annotations

import subprocess
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from plugintool import __version__
from tests.packaging.conftest import Built


def _expected_package(checkout: Path) -> set[str]:
    names = {path.relative_to(checkout).as_posix() for path in (checkout / "plugintool").rglob("*") if path.is_file()}
    templates = (
        path.relative_to(checkout / "templates") for path in (checkout / "templates").rglob("*") if path.is_file()
    )
    return names | {f"plugintool/_templates/{path.as_posix()}" for path in templates}


def test_the_wheel_holds_the_package_and_the_templates(wheel_names: list[str], checkout: Path) -> None:
    """Every file of both, dot files too, and not one more; no tests, no fixtures, no caches."""
    info = f"plugintool-{__version__}.dist-info/"
    ours = {name for name in wheel_names if not name.startswith(info)}
    assert ours == _expected_package(checkout)
    rest = {name.removeprefix(info) for name in wheel_names if name.startswith(info)}
    assert rest == {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


def test_no_name_stands_twice(wheel_names: list[str]) -> None:
    """A second member of a name would hide the first from some readers."""
    assert len(set(wheel_names)) == len(wheel_names)


def test_the_types_are_shipped(wheel_names: list[str]) -> None:
    """PEP 561: without the marker a type checker does not look at our annotations."""
    assert "plugintool/py.typed" in wheel_names


def test_the_wheel_fits_every_system(built: Built) -> None:
    """Pure Python, one file for all; its name is its version."""
    assert built.wheel.name == f"plugintool-{__version__}-py3-none-any.whl"
    assert built.sdist.name == f"plugintool-{__version__}.tar.gz"


@pytest.fixture(scope="module")
def metadata(built: Built) -> dict[str, list[str]]:
    """The headers of METADATA."""
    with zipfile.ZipFile(built.wheel) as wheel:
        text = wheel.read(f"plugintool-{__version__}.dist-info/METADATA").decode()
    headers = Parser().parsestr(text)
    return {name: [str(value) for value in headers.get_all(name, [])] for name in headers}


def test_the_metadata_says_who_we_are(metadata: dict[str, list[str]]) -> None:
    """Name, version, licence and Python; exactly the dependencies of the command line, and those of the extras."""
    assert metadata["Name"] == ["plugintool"]
    assert metadata["Version"] == [__version__]
    assert metadata["License-Expression"] == ["Apache-2.0"]
    assert metadata["Requires-Python"] == [">=3.11"]
    names = {requirement.split("<")[0].split(">")[0].split("=")[0].lower() for requirement in metadata["Requires-Dist"]}
    assert names == {
        "build",
        "click",
        "cryptography",
        "deflate",
        "jsonschema",
        "packaging",
        "pathspec",
        "python-pkcs11",
        "pyyaml",
    }


def test_the_console_script_works(installed: Path, tmp_path: Path) -> None:
    """From a fresh environment, in another directory, with the version of the wheel."""
    script = str(installed / "plugintool")
    done = subprocess.run([script, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"plugintool {__version__}\n"
    assert subprocess.run([script, "--help"], cwd=tmp_path, capture_output=True, check=True).stdout
    wrong = subprocess.run([script, "lnt"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2


def test_the_installed_package_is_the_wheel(installed: Path, tmp_path: Path) -> None:
    """The counter-test: this environment does not see the checkout, and the templates are where the scaffold looks."""
    code = (
        "import pathlib, plugintool\n"
        "package = pathlib.Path(plugintool.__file__).parent\n"
        "print(package, (package / '_templates').is_dir())"
    )
    done = subprocess.run(
        [str(installed / "python"), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    where, has_templates = done.stdout.split()
    assert installed.parent in Path(where).parents
    assert has_templates == "True"


def test_a_plugin_made_by_the_wheel_can_be_built_by_it(installed: Path, tmp_path: Path) -> None:
    """The first two commands of an author, from what was installed."""
    script = str(installed / "plugintool")
    for args in (["new", "plugin", "first-try"], ["lint", "first-try"], ["build", "first-try"]):
        done = subprocess.run([script, *args], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "dist/org-plugins/first-try/version.json").is_file()


@pytest.mark.parametrize("server", ["node", "python", "binary", "uv"])
def test_a_bundle_made_by_the_wheel(installed: Path, tmp_path: Path, server: str) -> None:
    """An installer compiles the Python files of templates; what it wrote beside them is no part of one."""
    script = str(installed / "plugintool")
    command = [script, "new", "bundle", "clock", "--server", server]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list(tmp_path.rglob("__pycache__"))
