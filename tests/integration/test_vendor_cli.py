"""``build --vendor`` and ``--wheels`` as a user runs them: what is printed, what is written, what stops it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.conftest import NODE_BIN
from tests.vendor_world import bundle_manifest, integrity, npm_lock, requirement, tarball, write_files, write_wheel

Completed: TypeAlias = subprocess.CompletedProcess[str]
Run: TypeAlias = Callable[..., Completed]
SERVER = """\
import json, sys
import tick

for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    answer = {"jsonrpc": "2.0", "id": request["id"]}
    if request["method"] == "initialize":
        answer["result"] = {
            "protocolVersion": request["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": tick.NAME, "version": "1"},
        }
    elif request["method"] == "tools/list":
        schema = {"type": "object"}
        hints = {"readOnlyHint": True}
        answer["result"] = {"tools": [{"name": "now", "title": "Now", "inputSchema": schema, "annotations": hints}]}
    else:
        answer["error"] = {"code": -32601, "message": "no such method"}
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Run:
    """Run the command line in a process of its own, in the temporary directory."""

    def call(*args: str, env: Mapping[str, str] | None = None) -> Completed:
        everything = {**os.environ, "PYTHONPATH": str(root), "NPM_CONFIG_CACHE": str(tmp_path / "cache"), **(env or {})}
        everything["PATH"] = f"{NODE_BIN}{os.pathsep}{everything['PATH']}" if env is None else everything["PATH"]
        command = [sys.executable, "-m", "plugintool", *args]
        options: dict[str, Any] = {"cwd": tmp_path, "timeout": 120, "env": everything}
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)

    return call


def python_bundle(tmp_path: Path, **members: Any) -> Path:
    wheel = write_wheel(tmp_path / "wheels", files={"tick/unused.py": b"x = 1\n"})
    manifest = bundle_manifest("python", tools=[{"name": "now"}], **members)
    manifest["server"]["mcp_config"]["command"] = sys.executable
    files: dict[str, Any] = {"manifest.json": manifest, "server/main.py": SERVER}
    files["requirements.txt"] = requirement(wheel)
    return write_files(tmp_path / "clock", files)


def node_bundle(tmp_path: Path) -> Path:
    package = {"name": "clock", "version": "1.0.0", "dependencies": {"atlas": "file:packages/atlas.tgz"}}
    package["devDependencies"] = {"jest": "file:packages/jest.tgz"}
    files: dict[str, Any] = {
        "manifest.json": bundle_manifest(),
        "package.json": package,
        "server/index.js": "require('atlas');\n",
        ".mcpbignore": "/packages\n",
    }
    packages = {}
    for name, members in (("atlas", {}), ("jest", {"dev": True})):
        data = tarball({"name": name, "version": "1.0.0", "license": "ISC"}, {"index.d.ts": "export {};\n"})
        files[f"packages/{name}.tgz"] = data
        packages[f"node_modules/{name}"] = {
            "resolved": f"file:packages/{name}.tgz",
            "integrity": integrity(data),
            **members,
        }
    files["package-lock.json"] = npm_lock(packages, **package)
    return write_files(tmp_path / "clock", files)


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_wheels_are_vendored_and_the_server_answers(run: Run, tmp_path: Path) -> None:
    """The whole way: build, bill, check."""
    python_bundle(tmp_path)
    built = run("build", "clock", "--wheels", "wheels")
    assert built.returncode == 0, built.stderr
    assert "  bill     dist/clock-1.0.0.mcpb.cdx.json" in built.stdout.splitlines()
    bill = (tmp_path / "dist/clock-1.0.0.mcpb.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    assert [one["purl"] for one in json.loads(bill)["components"]] == ["pkg:pypi/tick@1.0"]
    checked = run("check", "dist/clock-1.0.0.mcpb")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "tick" in checked.stdout


def test_vendoring_is_reproducible(run: Run, tmp_path: Path) -> None:
    python_bundle(tmp_path)
    built = run("build", "clock", "--wheels", "wheels", "--check-reproducible")
    assert built.returncode == 0, built.stderr


def test_json_names_the_bill(run: Run, tmp_path: Path) -> None:
    python_bundle(tmp_path)
    built = run("build", "clock", "--wheels", "wheels", "--format", "json")
    text = json.dumps(json.loads(built.stdout))
    assert '"bills": ["dist/clock-1.0.0.mcpb.cdx.json"]' in text


def test_the_first_error_says_how_to_go_on(run: Run, tmp_path: Path) -> None:
    """A lock file, and nothing installed."""
    root = python_bundle(tmp_path)
    write_files(root, {"server/lib/.keep": ""})
    built = run("build", "clock")
    assert built.returncode == 1
    assert "nothing of it is in the bundle" in built.stderr
    assert "build with --vendor or --wheels DIRECTORY" in built.stderr
    assert not (tmp_path / "dist").exists()


def test_a_directory_of_wheels_that_is_not_there(run: Run, tmp_path: Path) -> None:
    python_bundle(tmp_path)
    built = run("build", "clock", "--wheels", "nowhere")
    assert built.returncode == 1
    assert "nowhere" in built.stderr
    assert "Traceback" not in built.stderr


@pytest.mark.foreign("npm")
def test_packages_are_vendored_by_npm(run: Run, tmp_path: Path) -> None:
    """From files beside the bundle, so without a network."""
    root = node_bundle(tmp_path)
    built = run("build", "clock", "--vendor")
    assert built.returncode == 0, built.stderr
    assert names(tmp_path / "dist/clock-1.0.0.mcpb") == {
        "manifest.json",
        "node_modules/atlas/index.js",
        "node_modules/atlas/package.json",
        "package-lock.json",
        "package.json",
        "server/index.js",
    }
    bill = (tmp_path / "dist/clock-1.0.0.mcpb.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    (component,) = json.loads(bill)["components"]
    assert (component["purl"], component["hashes"][0]["alg"]) == ("pkg:npm/atlas@1.0.0", "SHA-512")
    assert not (root / "node_modules").exists()


@pytest.mark.foreign("npm")
def test_each_file_that_is_left_out_has_its_reason(run: Run, tmp_path: Path) -> None:
    """Of what the author installed, with development packages."""
    root = node_bundle(tmp_path)
    environment = {"PATH": f"{NODE_BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    install = ["npm", "ci", "--no-audit", "--no-fund", "--cache", str(tmp_path / "cache")]
    subprocess.run(install, cwd=root, env=environment, check=True, capture_output=True, timeout=60)
    listed = run("build", "clock", "--list")
    assert listed.returncode == 0, listed.stderr
    lines = {line.split()[1]: line for line in listed.stdout.splitlines()}
    assert "[dev-dependency] a package that only development needs" in lines["node_modules/jest/index.js"]
    assert "[not-read]" in lines["node_modules/atlas/index.d.ts"]
    assert "[package-manager]" in lines["node_modules/.package-lock.json"]
    assert lines["node_modules/atlas/index.js"].startswith("+")
    assert run("build", "clock").returncode == 0


def test_without_npm_nothing_is_built(run: Run, tmp_path: Path) -> None:
    node_bundle(tmp_path)
    built = run("build", "clock", "--vendor", env={"PATH": str(tmp_path)})
    assert built.returncode == 1
    assert "the program npm is not on PATH" in built.stderr
    assert "install Node.js" in built.stderr
    assert not (tmp_path / "dist").exists()


def test_what_a_program_prints_is_escaped(run: Run, tmp_path: Path) -> None:
    """A registry, or a package, must not write to the terminal of whoever builds."""
    node_bundle(tmp_path)
    program = write_files(tmp_path / "bin", {"npm": "#!/bin/sh\nprintf '\\033[2Jgone\\007\\n'; exit 1\n"}) / "npm"
    program.chmod(0o755)
    built = run("build", "clock", "--vendor", env={"PATH": f"{program.parent}:/bin:/usr/bin"})
    assert built.returncode == 1
    assert "gone" in built.stderr
    assert "\x1b" not in built.stderr
    assert "\x07" not in built.stderr


def test_nothing_is_left_in_the_temporary_directory(run: Run, tmp_path: Path) -> None:
    python_bundle(tmp_path)
    private = tmp_path / "private"
    private.mkdir()
    assert (
        run("build", "clock", "--wheels", "wheels", env={"TMPDIR": str(private), "PATH": os.environ["PATH"]}).returncode
        == 0
    )
    assert list(private.iterdir()) == []


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_program_and_leaves_nothing(sent: signal.Signals, root: Path, tmp_path: Path) -> None:
    """The stand-in for npm would work for a minute, and so would its child."""
    node_bundle(tmp_path)
    private = tmp_path / "private"
    private.mkdir()
    script = f"#!/bin/sh\n(sleep 2; touch {tmp_path}/late) &\ntouch {tmp_path}/started\nsleep 60\n"
    program = write_files(tmp_path / "bin", {"npm": script}) / "npm"
    program.chmod(0o755)
    path = f"{program.parent}:/bin:/usr/bin"
    environment = {**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(private), "PATH": path}
    command = [sys.executable, "-m", "plugintool", "build", "clock", "--vendor"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not (tmp_path / "started").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(sent)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + sent
    assert "Traceback" not in said
    assert list(private.iterdir()) == []
    assert not (tmp_path / "dist").exists()
    time.sleep(2.2)
    assert not (tmp_path / "late").exists()
