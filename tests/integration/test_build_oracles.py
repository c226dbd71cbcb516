"""Other programs see the same built tree: sha256sum the same digests, git the same files and modes; memory is flat."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.build.plan import plan_build
from plugintool.build.write import Built, write_tree
from plugintool.formats.project import load_project
from plugintool.plugin.load import load_plugin
from plugintool.tree.directory import survey
from plugintool.tree.record import VERSION_FILE


@pytest.fixture
def built(tmp_path: Path) -> Built:
    root = tmp_path / "demo"
    files = {
        ".claude-plugin/plugin.json": json.dumps({"name": "demo", "version": "1.0.0"}),
        "bin/run": "#!/bin/sh\n",
        "docs/gr\u00f6\u00dfe.md": "x",
        "docs/b c.md": "y",
        "empty": "",
        ".DS_Store": "x",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    found = survey(root)
    project = load_project(found)
    return write_tree(found, plan_build(load_plugin(found), project), project, out=tmp_path / "out")


@pytest.mark.foreign("sha256sum")
def test_sha256sum_sees_the_same_digests(built: Built, foreign: Callable[[str], str]) -> None:
    lines = "".join(f"{entry.sha256}  {entry.path}\n" for entry in built.record.entries)
    command = [foreign("sha256sum"), "--check", "--strict", "--quiet"]
    subprocess.run(command, input=lines, text=True, cwd=built.root, check=True)


@pytest.mark.foreign("git")
def test_git_sees_the_same_files_and_modes(built: Built, foreign: Callable[[str], str], tmp_path: Path) -> None:
    git = foreign("git")
    env = {
        **os.environ,
        "GIT_DIR": str(tmp_path / "git"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }

    def run(*args: str) -> str:
        command = [git, "-c", "core.quotePath=false", *args]
        return subprocess.run(command, cwd=built.root, env=env, capture_output=True, text=True, check=True).stdout

    run("init", "-q", "--bare", env["GIT_DIR"])
    run("--work-tree=.", "add", "-f", "-A")
    listed = [line.split("\t") for line in run("ls-tree", "-r", run("write-tree").strip()).splitlines()]
    found = {path: info.split()[0] for info, path in listed if path != VERSION_FILE}
    assert found == {entry.path: "100755" if entry.executable else "100644" for entry in built.record.entries}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak of this process alone")
def test_memory_does_not_grow_with_the_size_of_a_file(root: Path, tmp_path: Path) -> None:
    """Built, packed and read again with 120 MB in one file, half of it noise."""
    plugin = tmp_path / "demo"
    (plugin / ".claude-plugin").mkdir(parents=True)
    (plugin / ".claude-plugin/plugin.json").write_text('{"name": "demo", "version": "1.0.0", "description": "A demo."}')
    with open(plugin / "data.bin", "wb") as target:
        target.writelines(os.urandom(1_000_000) + bytes(1_000_000) for _ in range(60))
    for args in (["build", "demo"], ["pack", "dist/org-plugins"], ["inspect", "dist/demo-1.0.0.zip"]):
        script = (
            "import re, sys; from plugintool.cli.main import run; code = run(sys.argv[1:]);"
            "peak = re.search(r'VmHWM:\\s*([0-9]+)', open('/proc/self/status').read())[1];"
            "print(peak, file=sys.stderr); sys.exit(code)"
        )
        completed = subprocess.run(
            [sys.executable, "-c", script, *args],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        )
        # Not ru_maxrss: there a child starts with the peak of the process that made it.
        assert int(completed.stderr.split()[-1]) < 90_000, args
