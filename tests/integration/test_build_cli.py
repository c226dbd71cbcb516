"""``build``, ``pack`` and ``inspect`` as a user runs them: exit codes, bad input, signals, other programs."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from plugintool.tree.zip_reader import open_archive
from tests.bundle_world import bundle_manifest

Completed: TypeAlias = subprocess.CompletedProcess[str]
Run: TypeAlias = Callable[..., Completed]
SKILL = "---\nname: {name}\ndescription: Greets whoever asks to be greeted.\n---\nSay hello.\n"
CLOCK = bundle_manifest()


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Run:
    """Run the command line in a process of its own, in the temporary directory."""

    def call(*args: str, env: Mapping[str, str] | None = None, **options: Any) -> Completed:
        command = [sys.executable, "-m", "plugintool", *args]
        everything = {**os.environ, "PYTHONPATH": str(root), **(env or {})}
        options = {"cwd": tmp_path, "timeout": 60, **options}
        return subprocess.run(command, env=everything, capture_output=True, text=True, check=False, **options)

    return call


def make(root: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    manifest = {"name": "demo", "version": "1.0.0", "description": "A demo.", "mcpServers": "./bundles/clock.mcpb"}
    everything: dict[str, str | bytes] = {
        ".claude-plugin/plugin.json": json.dumps(manifest),
        "skills/greet/SKILL.md": SKILL.format(name="greet"),
        "bin/run": "#!/bin/sh\n",
        "docs/größe.md": "größe" * 1000,
        "bundles/clock/manifest.json": json.dumps(CLOCK),
        "bundles/clock/x.js": "console.log(1)\n" * 100,
        **(files or {}),
    }
    for path, content in everything.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def value_of(completed: Completed) -> dict[str, Any]:
    value = json.loads(completed.stdout)["subjects"][0]["value"]
    assert isinstance(value, dict), completed
    return value


def left_in(out: Path) -> list[str]:
    """What lies in an output directory besides built trees and archives."""
    return [str(path) for path in out.rglob(".plugintool*")] if out.exists() else []


def test_build_pack_inspect(run: Run, tmp_path: Path) -> None:
    make(tmp_path / "demo")
    built, packed = run("build", "demo"), run("pack", "dist/org-plugins")
    assert (built.returncode, packed.returncode) == (0, 0), built.stderr + packed.stderr
    assert "built demo 1.0.0" in built.stdout
    assert "dist/demo-1.0.0.zip" in packed.stdout
    shown = run(
        "inspect", "demo", "dist/org-plugins", "dist/demo-1.0.0.zip", "dist/org-plugins/demo/bundles/clock.mcpb"
    )
    assert shown.returncode == 0, shown.stderr
    kinds = [line for line in shown.stdout.splitlines() if not line.startswith(" ")]
    assert kinds == ["source tree demo 1.0.0", "built tree demo 1.0.0", "archive demo 1.0.0", "bundle clock 1.0.0"]
    assert "nobody" in shown.stdout


def test_list_and_why(run: Run, tmp_path: Path) -> None:
    make(tmp_path / "demo", {".DS_Store": "x"})
    listed = run("build", "demo", "--list")
    assert listed.returncode == 0
    assert "+ bin/run\n" in listed.stdout
    assert "- .DS_Store  [system-file]" in listed.stdout
    assert run("build", "demo", "--why", ".DS_Store").stdout.startswith("- .DS_Store  [system-file]")
    assert run("build", "demo", "--why", "nothing").returncode == 1
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["build", "none"], 1),
        (["build", "demo", "--sync-version", "a b"], 2),
        (["build", "demo", "--out", "file"], 1),
        (["pack", "none"], 1),
        (["pack", "demo"], 1),
        (["pack", "file"], 1),
        (["inspect", "file"], 1),
        (["inspect", "none"], 1),
    ],
)
def test_exit_codes_of_bad_input(run: Run, tmp_path: Path, args: list[str], code: int) -> None:
    make(tmp_path / "demo")
    (tmp_path / "file").write_text("x")
    completed = run(*args)
    assert completed.returncode == code, completed
    assert "Traceback" not in completed.stderr
    assert completed.stderr
    as_json = run(*args, "--format", "json")
    assert as_json.returncode == code
    assert json.loads(as_json.stdout)["exit_code"] == code
    assert (tmp_path / "file").read_text() == "x"


def test_names_that_are_hostile_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    root = make(tmp_path / "demo", {"a\nb.md": "x", "x\x1b[2J.md": "x", "\u202egpj.exe": "x"})
    (root / "link\x1b[1m").symlink_to("/etc/\x1b[2J")
    os.mkfifo(root / "pipe")
    for args in (["build", "demo"], ["build", "demo", "--list"]):
        completed = run(*args)
        assert completed.returncode == 1
        assert "\x1b" not in completed.stdout + completed.stderr
        assert "\u202e" not in completed.stdout + completed.stderr
        assert "pipe" in completed.stdout + completed.stderr
    assert not (tmp_path / "dist").exists()


def test_a_device_in_a_plugin_is_refused(run: Run, tmp_path: Path) -> None:
    """Made where that is allowed; a link to one everywhere."""
    root = make(tmp_path / "demo")
    (root / "zero").symlink_to("/dev/zero")
    if os.geteuid() == 0:
        os.mknod(root / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    completed = run("build", "demo")
    assert completed.returncode == 1
    assert "zero" in completed.stderr + completed.stdout
    assert ("null" in completed.stderr + completed.stdout) == (os.geteuid() == 0)


def test_a_loop_of_directory_links_ends(run: Run, tmp_path: Path) -> None:
    root = make(tmp_path / "demo")
    (root / "docs/up").symlink_to("..")
    completed = run("build", "demo")
    assert completed.returncode == 1
    assert "docs/up" in completed.stderr + completed.stdout


def test_a_foreign_directory_at_the_output_is_not_touched(run: Run, tmp_path: Path) -> None:
    make(tmp_path / "demo")
    (tmp_path / "dist/org-plugins/demo").mkdir(parents=True)
    (tmp_path / "dist/org-plugins/demo/thesis.tex").write_text("years of work")
    completed = run("build", "demo")
    assert completed.returncode == 1
    assert "not replaced" in completed.stderr
    assert os.listdir(tmp_path / "dist/org-plugins/demo") == ["thesis.tex"]


def _as_nobody() -> None:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def as_plain_user(path: Path) -> dict[str, Any]:
    """Return options that run a program as ``nobody`` when the tests run as root; ``path`` becomes its own."""
    if os.geteuid() != 0:
        return {}
    for parent in [path, *path.parents]:
        if parent.stat().st_uid == 0 and str(parent).startswith(str(path.parents[2])):
            parent.chmod(0o755)
    for below in [path, *path.rglob("*")]:
        shutil.chown(below, 65534, 65534)
    return {"preexec_fn": _as_nobody}


def can_run_as_plain_user(root: Path) -> bool:
    """Whether ``nobody`` can reach the interpreter and the package: not in a home directory of root."""
    if os.geteuid() != 0:
        return True
    command = [sys.executable, "-c", "import click, plugintool.cli.main"]
    env = {"PYTHONPATH": str(root)}
    try:
        subprocess.run(command, cwd="/", env=env, preexec_fn=_as_nobody, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def test_an_unreadable_file_is_named(run: Run, root: Path, tmp_path: Path) -> None:
    """Run as a plain user where that is possible; root can read everything, so there the file must be built."""
    plugin = make(tmp_path / "demo")
    (plugin / "docs/größe.md").chmod(0)
    if not can_run_as_plain_user(root):
        assert run("build", "demo").returncode == 0
        return
    completed = run("build", "demo", **as_plain_user(tmp_path))
    assert completed.returncode == 1
    assert "gr" in completed.stderr
    assert "permission denied" in completed.stderr + completed.stdout
    assert left_in(tmp_path / "dist") == []


def test_a_full_disk_leaves_nothing_and_keeps_what_was_there(run: Run, tmp_path: Path) -> None:
    """The limit on the size of a file stands in for a full disk."""
    root = make(tmp_path / "demo")
    assert run("build", "demo").returncode == 0
    before = value_of(run("pack", "dist/org-plugins", "--format", "json"))
    (root / "docs/large.bin").write_bytes(os.urandom(500_000))

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    completed = run("build", "demo", preexec_fn=limit, env=env)
    assert completed.returncode == 1
    assert "cannot be written" in completed.stderr
    assert "Traceback" not in completed.stderr
    assert left_in(tmp_path / "dist") == []
    assert not (tmp_path / "dist/org-plugins/demo/docs/large.bin").exists()
    assert run("build", "demo").returncode == 0
    assert run("pack", "dist/org-plugins", preexec_fn=limit, env=env).returncode == 1
    assert left_in(tmp_path / "dist") == []
    assert (tmp_path / "dist/demo-1.0.0.zip").stat().st_size == before["size"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_at_a_random_moment_leaves_nothing_half_written(
    root: Path, tmp_path: Path, seed: int, signum: signal.Signals, code: int
) -> None:
    plugin = make(tmp_path / "demo", {f"docs/{number}.md": f"{number}" * 50 for number in range(400)})
    command = [sys.executable, "-m", "plugintool", "build", "demo"]
    env = {**os.environ, "PYTHONPATH": str(root)}
    assert subprocess.run(command, cwd=tmp_path, env=env, check=False, capture_output=True).returncode == 0
    (plugin / "docs/0.md").write_text("changed")
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while process.poll() is None and not left_in(tmp_path / "dist"):
            time.sleep(0.001)  # until it writes
        time.sleep(random.Random(seed).uniform(0, 0.1))
        process.send_signal(signum)
        output, errors = process.communicate(timeout=60)
    if process.returncode != code:  # too late: the interpreter is about to end
        assert b"built demo" in output
    assert b"Traceback" not in errors
    assert left_in(tmp_path / "dist") == []
    built = tmp_path / "dist/org-plugins/demo"
    assert len(list((built / "docs").iterdir())) == 401
    assert (built / "version.json").exists()


def test_two_builds_at_once_leave_one_whole_tree(root: Path, tmp_path: Path) -> None:
    for letter in "ab":
        make(tmp_path / letter / "demo", {f"docs/{number}": letter for number in range(200)})
    env = {**os.environ, "PYTHONPATH": str(root)}
    for _ in range(2):
        running = [
            subprocess.Popen([sys.executable, "-m", "plugintool", "build", f"{letter}/demo"], cwd=tmp_path, env=env)
            for letter in "ab"
        ]
        assert [process.wait(timeout=60) for process in running] == [0, 0]
        docs = tmp_path / "dist/org-plugins/demo/docs"
        assert len({(docs / str(number)).read_text() for number in range(200)}) == 1
        assert left_in(tmp_path / "dist") == []


@pytest.mark.parametrize(
    "setting",
    [
        {"env": {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}},
        {"env": {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"}, "umask": 0o077},
        {"env": {"SOURCE_DATE_EPOCH": "0", "PYTHONUTF8": "0"}, "umask": 0},
    ],
)
def test_the_same_source_gives_the_same_bytes_everywhere(run: Run, tmp_path: Path, setting: dict[str, Any]) -> None:
    """Another directory, time, umask, locale, time zone and hash seed: same record, same tree, same archive."""
    make(tmp_path / "here/demo")
    other = make(tmp_path / "over there/x/copy")
    for path in sorted(other.rglob("*")):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o777 if path.is_dir() else 0o600)
    options = {"env": setting["env"], **({"umask": setting["umask"]} if "umask" in setting else {})}
    one = value_of(run("build", "here/demo", "--out", "one", "--format", "json"))
    two = value_of(run("build", str(other), "--out", "two", "--format", "json", **options))
    assert one["digest"] == two["digest"]
    assert one["sync_version"] == two["sync_version"]
    packed = value_of(run("pack", "one/org-plugins", "--out", "one", "--format", "json"))
    again = value_of(run("pack", "two/org-plugins", "--out", "two", "--format", "json", **options))
    assert packed["sha256"] == again["sha256"]
    for path in (tmp_path / "one/org-plugins/demo").rglob("*"):
        twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert twin.stat().st_mode == path.stat().st_mode


def test_many_small_files(run: Run, tmp_path: Path) -> None:
    files = {f"skills/s{number}/SKILL.md": SKILL.format(name=f"s{number}") for number in range(2000)}
    make(tmp_path / "demo", files)
    built = value_of(run("build", "demo", "--format", "json"))
    assert built["files"] == 2005
    assert value_of(run("pack", "dist/org-plugins", "--format", "json"))["files"] == 2005


@pytest.fixture
def archives(run: Run, tmp_path: Path) -> list[Path]:
    """An archive and a bundle of ours, deflated and stored, with a name that is not ASCII."""
    make(tmp_path / "demo")
    assert run("build", "demo").returncode == 0
    assert run("pack", "dist/org-plugins").returncode == 0
    assert run("pack", "dist/org-plugins", "--store", "--out", "stored").returncode == 0
    bundle = tmp_path / "dist/org-plugins/demo/bundles/clock.mcpb"
    return [tmp_path / "dist/demo-1.0.0.zip", tmp_path / "stored/demo-1.0.0.zip", bundle]


def names_in(path: Path) -> list[str]:
    with open_archive(path) as tree:
        return [file.path for file in tree.files()]


def test_zipfile_reads_the_same(archives: list[Path]) -> None:
    for path in archives:
        archive = zipfile.ZipFile(path)
        assert archive.testzip() is None
        with open_archive(path) as tree:
            assert {name: archive.read(name) for name in archive.namelist()} == {
                file.path: tree.open(file.path).read() for file in tree.files()
            }


@pytest.mark.foreign("unzip")
def test_unzip_reads_the_same(archives: list[Path], foreign: Callable[[str], str], tmp_path: Path) -> None:
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    for number, path in enumerate(archives):
        listed = subprocess.run([foreign("unzip"), "-Z1", path], env=env, capture_output=True, text=True, check=True)
        assert listed.stdout.splitlines() == names_in(path)
        target = tmp_path / f"unzipped{number}"
        subprocess.run([foreign("unzip"), "-q", path, "-d", target], env=env, check=True)
        found = {str(file.relative_to(target)): file.read_bytes() for file in target.rglob("*") if file.is_file()}
        with open_archive(path) as tree:
            assert found == {file.path: tree.open(file.path).read() for file in tree.files()}
    assert os.access(tmp_path / "unzipped0/bin/run", os.X_OK)


@pytest.mark.foreign("7z")
def test_7z_reads_the_same(archives: list[Path], foreign: Callable[[str], str]) -> None:
    for path in archives:
        command = [foreign("7z"), "l", "-slt", "-ba", str(path)]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = [line.removeprefix("Path = ") for line in listed.splitlines() if line.startswith("Path = ")]
        assert found == names_in(path)
        subprocess.run([foreign("7z"), "t", path], capture_output=True, check=True)


@pytest.mark.foreign("yauzl")
def test_yauzl_reads_the_same(archives: list[Path], run_node: Callable[..., Completed]) -> None:
    """The reader that desktop apps are built on."""
    script = """
      const yauzl = require("yauzl"), names = [];
      yauzl.open(process.argv[1], {lazyEntries: true, strictFileNames: true}, (error, zip) => {
        if (error) throw error;
        zip.on("entry", entry => { names.push(entry.fileName); zip.readEntry(); });
        zip.on("end", () => console.log(JSON.stringify(names)));
        zip.readEntry();
      });
    """
    for path in archives:
        completed = run_node(script, str(path))
        assert json.loads(completed.stdout) == names_in(path), completed.stderr


def test_without_a_path_the_plugin_here_is_built(run: Run, tmp_path: Path) -> None:
    """As ``lint``: the current directory is the default."""
    make(tmp_path)
    completed = run("build")
    assert completed.returncode == 0, completed
    assert completed.stderr.startswith("next: plugintool sign")
    assert (tmp_path / "dist/org-plugins").is_dir()
