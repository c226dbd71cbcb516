"""Python distributions brought in: from a directory of wheels, from pip (a stand-in), and the server itself."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.build import program, python_server, vendor_python
from plugintool.build.vendor_python import LIBRARY, VendoredPython, library_of
from plugintool.errors import ArchiveError, BuildError, InputError, MalformedFileError, UnsupportedFileError
from plugintool.formats.bundle_manifest import BundleManifest, read_bundle_manifest
from plugintool.tree.directory import survey
from tests.vendor_world import bundle_manifest, requirement, sha256_of, write_files, write_wheel

BACKEND = """
import base64, hashlib, os, sys, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    if os.path.exists("fail"):
        print("\\x1b[31mthe backend says no\\x1b[0m")
        raise SystemExit("stopped")
    files = {}
    for base, _, names in os.walk("src"):
        for name in names:
            path = os.path.join(base, name)
            files[os.path.relpath(path, "src").replace(os.sep, "/")] = open(path, "rb").read()
    info = "my_server-2.0.dist-info"
    files[f"{info}/METADATA"] = b"Metadata-Version: 2.1\\nName: my-server\\nVersion: 2.0\\n"
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\\nTag: py3-none-any\\n"
    lines = []
    for path, data in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        lines.append(f"{path},sha256={digest},{len(data)}\\n")
    files[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\\n"]).encode()
    name = os.environ.get("ODD_NAME") or "my_server-2.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        for path, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path), data)
    return name
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "my-server"
version = "2.0"
"""


def bundle(tmp_path: Path, files: dict[str, Any], **members: Any) -> tuple[Any, BundleManifest]:
    root = write_files(tmp_path / "clock", {"manifest.json": bundle_manifest("python", **members), **files})
    return survey(root), read_bundle_manifest((root / "manifest.json").read_bytes())


def vendored(
    tmp_path: Path, files: dict[str, Any], *, wheels: Path | None = None, **members: Any
) -> VendoredPython | None:
    tree, manifest = bundle(tmp_path, files, **members)
    staging = tmp_path / "staging"
    staging.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    return vendor_python.vendor_python(tree, manifest, staging, wheels=wheels, environment=environment)


def brought(found: VendoredPython | None) -> dict[str, bytes]:
    assert found is not None
    return {str(path): (found.survey.root / path).read_bytes() for path in found.survey.sources}


# -- from a directory ------------------------------------------------------------------------------------------------


def test_wheels_of_a_directory_become_the_library(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    one, two = write_wheel(wheels, "one"), write_wheel(wheels, "two")
    write_wheel(wheels, "unwanted")
    pins = {"requirements.txt": requirement(one) + requirement(two), "server/main.py": "import one\n"}
    found = vendored(tmp_path, pins, wheels=wheels)
    assert found is not None
    assert {path.split("/")[2] for path in brought(found)} == {
        "one",
        "one-1.0.dist-info",
        "two",
        "two-1.0.dist-info",
    }
    assert found.library == LIBRARY
    assert [(origin.name, origin.sha256) for origin in found.origins] == [
        ("one", sha256_of(one)),
        ("two", sha256_of(two)),
    ]


def test_the_same_wheels_give_the_same_library(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels", files={"tick/data": b"x" * 100})
    pins = {"requirements.txt": requirement(wheel)}
    first = brought(vendored(tmp_path, pins, wheels=tmp_path / "wheels"))
    (tmp_path / "again").mkdir()
    assert brought(vendored(tmp_path / "again", pins, wheels=tmp_path / "wheels")) == first


@pytest.mark.parametrize(
    ("value", "library"),
    [
        ("${__dirname}/server/lib", "server/lib"),
        ("${__dirname}/vendor/", "vendor"),
        ("${__dirname}/a:${__dirname}/b", "a"),
        ("${__dirname}/a;${__dirname}/b", "a"),
        ("/usr/lib/python3", LIBRARY),
        ("${__dirname}/../x", LIBRARY),
        ("${__dirname}", LIBRARY),
        ("", LIBRARY),
    ],
)
def test_modules_go_where_the_server_looks_for_them(value: str, library: str) -> None:
    manifest = bundle_manifest("python")
    manifest["server"]["mcp_config"]["env"] = {"PYTHONPATH": value}
    assert library_of(read_bundle_manifest(json.dumps(manifest).encode())) == library


def test_without_a_python_path_modules_go_to_the_usual_place() -> None:
    assert library_of(read_bundle_manifest(json.dumps(bundle_manifest()).encode())) == LIBRARY
    assert library_of(read_bundle_manifest(b"{}")) == LIBRARY


def test_where_there_is_nothing_to_bring_in(tmp_path: Path) -> None:
    assert vendored(tmp_path, {"server/main.py": "1"}, wheels=tmp_path) is None


def test_a_lock_file_without_hashes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedFileError) as caught:
        vendored(tmp_path, {"requirements.txt": "tick==1.0\n"}, wheels=tmp_path)
    assert caught.value.detail["problems"] == ("line 1: tick has no hash",)


def test_dependencies_without_a_lock_file_are_refused(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\ndependencies = ["tick>=1"]\n'
    with pytest.raises(BuildError, match="dependencies and there is no lock file") as caught:
        vendored(tmp_path, {"pyproject.toml": text, "server/main.py": "1"}, wheels=tmp_path)
    assert "--generate-hashes" in caught.value.detail["hint"]


def test_the_lock_file_of_uv_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFileError):
        vendored(tmp_path, {"uv.lock": "version = 1\n"}, wheels=tmp_path)


def test_a_hostile_wheel_is_refused_although_its_hash_is_locked(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels", files={"../../up.py": b"x"})
    with pytest.raises(ArchiveError, match="C17"):
        vendored(tmp_path, {"requirements.txt": requirement(wheel)}, wheels=tmp_path / "wheels")
    assert not list(tmp_path.rglob("up.py"))


def test_an_empty_lock_file_brings_nothing_in(tmp_path: Path) -> None:
    assert brought(vendored(tmp_path, {"requirements.txt": "# nothing --hash\n"}, wheels=tmp_path)) == {}


# -- from the network, with a stand-in for pip -----------------------------------------------------------------------


Fake = Callable[[Path], list[list[str]]]


@pytest.fixture
def fake_pip(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Replace the running of programs by one that copies wheels from a directory, and return what was run."""

    def make(wheels: Path) -> list[list[str]]:
        commands: list[list[str]] = []

        def run(command: list[str], *, cwd: Path, environment: dict[str, str], seconds: float = 0) -> None:
            commands.append([*command, (cwd.parent / "locked.txt").read_text()])
            if "download" in command:
                target = Path(command[command.index("--dest") + 1])
                target.mkdir()
                for wheel in wheels.iterdir():
                    (target / wheel.name).write_bytes(wheel.read_bytes())
            else:
                items = [
                    {
                        "download_info": {
                            "url": f"https://x.example/{one.name}",
                            "archive_info": {"hashes": {"sha256": sha256_of(one)}},
                        }
                    }
                    for one in wheels.iterdir()
                ]
                Path(command[command.index("--report") + 1]).write_text(json.dumps({"version": "1", "install": items}))

        monkeypatch.setattr(vendor_python, "run_program", run)
        return commands

    return make


def test_pip_is_asked_for_exactly_what_is_locked(tmp_path: Path, fake_pip: Fake) -> None:
    wheel = write_wheel(tmp_path / "index")
    commands = fake_pip(tmp_path / "index")
    found = vendored(tmp_path, {"requirements.txt": requirement(wheel)})
    assert found is not None
    assert found.origins[0].url == f"https://x.example/{wheel.name}"
    assert [command[4] for command in commands] == ["install", "download"]
    for command in commands:
        assert command[:4] == [sys.executable, "-I", "-m", "pip"]
        assert {"--require-hashes", "--no-deps", "--only-binary", ":all:"} <= set(command)
        assert command[-1] == f"tick==1.0 --hash=sha256:{sha256_of(wheel)}\n"
    assert "--dry-run" in commands[0]


def test_what_pip_brings_is_checked_again(tmp_path: Path, fake_pip: Fake) -> None:
    """pip checks hashes, too; nothing is taken on its word."""
    write_wheel(tmp_path / "index")
    fake_pip(tmp_path / "index")
    other = write_wheel(tmp_path / "other", files={"tick/more.py": b"1"})
    with pytest.raises(BuildError, match="1 of 1 distributions"):
        vendored(tmp_path, {"requirements.txt": requirement(other)})


def test_a_url_of_the_lock_file_for_this_python_is_used(tmp_path: Path, fake_pip: Fake) -> None:
    wheel = write_wheel(tmp_path / "index")
    commands = fake_pip(tmp_path / "index")
    text = f"""lock-version = "1.0"
[[packages]]
name = "tick"
version = "1.0"
wheels = [
  {{ url = "https://x.example/tick-1.0-cp27-cp27m-win32.whl", hashes = {{ sha256 = "{"0" * 64}" }} }},
  {{ url = "https://x.example/{wheel.name}", hashes = {{ sha256 = "{sha256_of(wheel)}" }} }},
  {{ name = "odd", url = "https://x.example/odd", hashes = {{ sha256 = "{"1" * 64}" }} }},
]
"""
    found = vendored(tmp_path, {"pylock.toml": text})
    assert commands[0][-1].startswith(f"tick @ https://x.example/{wheel.name} --hash=sha256:")
    assert found is not None
    assert found.origins[0].url == f"https://x.example/{wheel.name}"


@pytest.mark.parametrize("report", [b"", b"[]", b'{"install": 1}', b'{"install": [1, {}, {"download_info": {}}]}'])
def test_a_report_that_says_nothing_gives_no_urls(report: bytes) -> None:
    """pip's report is a stranger's text; without it the bill only has no URL."""
    assert vendor_python._urls(report) == {}


def test_a_python_without_pip_makes_one_that_has_it(
    tmp_path: Path, fake_pip: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = write_wheel(tmp_path / "index")
    commands = fake_pip(tmp_path / "index")
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pip" else real(name))

    made: list[list[str]] = []
    run = vars(vendor_python)["run_program"]

    def note(command: list[str], **options: Any) -> None:
        if "venv" in command:
            made.append(command)
        else:
            run(command, **options)

    monkeypatch.setattr(vendor_python, "run_program", note)
    assert vendored(tmp_path, {"requirements.txt": requirement(wheel)}) is not None
    assert [command[:4] for command in made] == [[sys.executable, "-I", "-m", "venv"]]
    assert commands[0][0].startswith(made[0][4])


# -- the server itself -----------------------------------------------------------------------------------------------


def project(**files: Any) -> dict[str, Any]:
    return {
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND,
        "src/my_server/__init__.py": "",
        "src/my_server/__main__.py": "print(1)\n",
        **files,
    }


@pytest.fixture
def quick_build(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Call the backend without an environment of its own, which costs seconds; return the environments."""
    environments: list[dict[str, str]] = []
    script = (
        "import os, sys; out, src = sys.argv[1:]; os.chdir(src); sys.path.insert(0, src); os.makedirs(out)\n"
        "import backend; backend.build_wheel(out)"
    )

    def run(command: list[str], *, cwd: Path, environment: dict[str, str], seconds: float = 0) -> None:
        environments.append(environment)
        assert command[1:5] == ["-I", "-m", "build", "--wheel"]
        quick = [sys.executable, "-c", script, command[-2], command[-1]]
        program.run_program(quick, cwd=cwd, environment={**environment, "ODD_NAME": os.environ.get("ODD_NAME", "")})

    monkeypatch.setattr(python_server, "run_program", run)
    return environments


ENTRY = "server/lib/my_server/__main__.py"


def served(tmp_path: Path, files: dict[str, Any], entry: str = ENTRY) -> VendoredPython | None:
    server = bundle_manifest("python")["server"]
    return vendored(tmp_path, files, wheels=tmp_path, server={**server, "entry_point": entry})


def test_a_project_is_built_where_its_entry_point_is_not_there(
    tmp_path: Path, quick_build: list[dict[str, str]]
) -> None:
    found = served(tmp_path, project())
    assert brought(found)[ENTRY] == b"print(1)\n"
    assert found is not None
    assert [(origin.name, origin.version) for origin in found.origins] == [("my-server", "2.0")]


def test_a_project_with_its_entry_point_in_place_is_no_project_to_build(
    tmp_path: Path, quick_build: list[dict[str, str]]
) -> None:
    assert served(tmp_path, project(), "src/my_server/__main__.py") is None
    assert quick_build == []


def test_without_a_backend_nothing_is_built(tmp_path: Path, quick_build: list[dict[str, str]]) -> None:
    assert served(tmp_path, {"pyproject.toml": '[project]\nname = "x"\n'}) is None
    assert quick_build == []


def test_a_backend_gets_no_network_but_the_directory_of_wheels(
    tmp_path: Path, quick_build: list[dict[str, str]]
) -> None:
    served(tmp_path, project())
    (environment,) = quick_build
    assert (environment["PIP_NO_INDEX"], environment["PIP_FIND_LINKS"]) == ("1", str(tmp_path))
    assert environment["SOURCE_DATE_EPOCH"] == "315532800"


def test_what_was_vendored_before_is_no_part_of_the_project(tmp_path: Path, quick_build: list[dict[str, str]]) -> None:
    found = served(tmp_path, project(**{"server/lib/old/__init__.py": "old", "src/server/lib.py": "kept"}))
    assert set(brought(found)) >= {"server/lib/server/lib.py", ENTRY}
    assert "server/lib/old/__init__.py" not in brought(found)


def test_the_server_and_what_it_needs_are_brought_in_together(
    tmp_path: Path, quick_build: list[dict[str, str]]
) -> None:
    wheel = write_wheel(tmp_path)
    found = served(tmp_path, project(**{"requirements.txt": requirement(wheel)}))
    assert {ENTRY, "server/lib/tick/__init__.py"} <= set(brought(found))


def test_a_backend_that_fails_is_told_with_what_it_said(tmp_path: Path, quick_build: list[dict[str, str]]) -> None:
    with pytest.raises(BuildError, match="ended with code") as caught:
        served(tmp_path, project(fail="1"))
    assert "the backend says no" in caught.value.detail["problems"]
    assert caught.value.detail["path"] == "pyproject.toml"
    assert "python -m build" in caught.value.detail["hint"]


def test_a_backend_that_makes_an_impossible_name(
    tmp_path: Path, quick_build: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD_NAME", "odd.whl")
    with pytest.raises(BuildError, match="impossible name"):
        served(tmp_path, project())


def test_a_backend_that_makes_nothing(
    tmp_path: Path, quick_build: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD_NAME", "notes.txt")
    with pytest.raises(BuildError, match="the backend made no wheel"):
        served(tmp_path, project())


@pytest.mark.parametrize("data", [b"\xff", b"[build-system", b"[project]\nname = 1 2\n"])
def test_a_project_file_that_cannot_be_read(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        served(tmp_path, {"pyproject.toml": data})
    assert caught.value.detail["path"] == "pyproject.toml"


@pytest.mark.parametrize("text", ["", "project = 1\n", "[project]\ndependencies = 'x'\n"])
def test_a_project_file_of_another_form_asks_for_nothing(text: str, tmp_path: Path) -> None:
    assert served(tmp_path, {"pyproject.toml": text}) is None


def test_a_project_is_built_in_an_isolated_environment(tmp_path: Path) -> None:
    """The real thing, once: PyPA build makes the environment, and the backend in the project needs nothing in it."""
    assert brought(served(tmp_path, project()))[ENTRY] == b"print(1)\n"
