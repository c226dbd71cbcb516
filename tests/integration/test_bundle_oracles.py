"""Bundles as other programs read them, and as they come out under other circumstances."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.cli.main import run
from plugintool.envelope.bundle_file import open_bundle
from plugintool.scaffold.compose import SERVERS
from tests.bundle_world import bundle_manifest
from tests.conftest import RunNode

YAUZL = """
const yauzl = require('yauzl');
yauzl.open(process.argv[1], { lazyEntries: true, strictFileNames: true, validateEntrySizes: true }, (error, zip) => {
  if (error) throw error;
  const found = {};
  zip.on('entry', (entry) => zip.openReadStream(entry, (failed, stream) => {
    if (failed) throw failed;
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => {
      found[entry.fileName] = [Buffer.concat(parts).toString('hex'), entry.externalFileAttributes >>> 16];
      zip.readEntry();
    });
  }));
  zip.on('end', () => process.stdout.write(JSON.stringify(found)));
  zip.readEntry();
});
"""
EXTRA = {"docs/gr\u00f6\u00dfe.md": "x" * 5000, "docs/b c.md": "y", "empty": "", "run.sh": "#!/bin/sh\n"}

Mcpb = Callable[..., str]


@pytest.fixture(params=SERVERS)
def bundle(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built bundle of each type of server, with some names that readers may stumble over."""
    monkeypatch.chdir(tmp_path)
    assert run(["new", "bundle", "clock", "--server", request.param, "-q"]) == 0
    for name, text in EXTRA.items():
        Path("clock", name).parent.mkdir(exist_ok=True)
        Path("clock", name).write_text(text, "utf-8")
    assert run(["build", "clock", "-q"]) == 0
    return tmp_path / "dist" / "clock-0.1.0.mcpb"


@pytest.fixture
def expected(bundle: Path) -> dict[str, tuple[bytes, int]]:
    """Content and mode of each file of the source."""
    root = bundle.parents[1] / "clock"
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            found[path.relative_to(root).as_posix()] = (data, 0o755 if data.startswith(b"#!") else 0o644)
    return found


@pytest.fixture
def mcpb(foreign: Callable[[str], str], tmp_path: Path) -> Mcpb:
    """Run the official tool; it must succeed."""

    def call(*args: object) -> str:
        program = [foreign("node"), f"{foreign('@anthropic-ai/mcpb')}/dist/cli/cli.js"]
        ended = subprocess.run(
            [*program, *map(str, args)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    return call


def read_back(root: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) for path in files}


def test_the_standard_library_reads_it(bundle: Path, expected: dict[str, tuple[bytes, int]]) -> None:
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        found = {
            info.filename: (archive.read(info), stat.S_IMODE(info.external_attr >> 16)) for info in archive.infolist()
        }
    assert found == expected
    assert list(found) == sorted(expected)


def test_our_own_strict_reader_takes_it(bundle: Path, expected: dict[str, tuple[bytes, int]]) -> None:
    with open_bundle(bundle) as opened:
        found = {file.path: (opened.tree.open(file.path).read(), file.executable) for file in opened.tree.files()}
        assert opened.block is None
    assert found == {path: (data, mode == 0o755) for path, (data, mode) in expected.items()}


@pytest.mark.foreign("node", "@anthropic-ai/mcpb")
def test_the_official_tool_validates_shows_and_unpacks_it(
    bundle: Path, expected: dict[str, tuple[bytes, int]], mcpb: Mcpb, tmp_path: Path
) -> None:
    assert "Not signed" in mcpb("info", bundle)
    mcpb("unpack", bundle, tmp_path / "unpacked")
    assert read_back(tmp_path / "unpacked") == expected
    assert "passes" in mcpb("validate", tmp_path / "unpacked")


@pytest.mark.foreign("unzip")
def test_unzip_reads_it(
    bundle: Path, expected: dict[str, tuple[bytes, int]], foreign: Callable[[str], str], tmp_path: Path
) -> None:
    unzip, env = foreign("unzip"), {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run([unzip, "-tqq", bundle], check=True, env=env)
    subprocess.run([unzip, "-q", bundle, "-d", tmp_path / "unzipped"], check=True, env=env)
    assert read_back(tmp_path / "unzipped") == expected


@pytest.mark.foreign("7z")
def test_7z_reads_it(
    bundle: Path, expected: dict[str, tuple[bytes, int]], foreign: Callable[[str], str], tmp_path: Path
) -> None:
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = [foreign("7z"), "x", "-bb0", f"-o{tmp_path / 'seven'}", str(bundle)]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
    assert "Everything is Ok" in shown
    assert "Warnings" not in shown
    assert {name: data for name, (data, _) in read_back(tmp_path / "seven").items()} == {
        name: data for name, (data, _) in expected.items()
    }


@pytest.mark.foreign("node", "yauzl")
def test_yauzl_reads_it(bundle: Path, expected: dict[str, tuple[bytes, int]], run_node: RunNode) -> None:
    """The family of readers that the desktop app belongs to."""
    ended = run_node(YAUZL, str(bundle))
    assert ended.returncode == 0, ended.stderr
    found = {name: (bytes.fromhex(data), mode & 0o777) for name, (data, mode) in json.loads(ended.stdout).items()}
    assert found == expected


SETTINGS = {
    "umask-0": ({}, "umask 0"),
    "umask-077": ({}, "umask 077"),
    "east": ({"TZ": "Pacific/Kiritimati"}, ":"),
    "c": ({"LC_ALL": "C", "LANG": "C"}, ":"),
    "hash-1": ({"PYTHONHASHSEED": "1"}, ":"),
    "hash-2": ({"PYTHONHASHSEED": "2"}, ":"),
    "one-processor": ({}, "ONE=1"),
}


ONE_PROCESSOR = (
    "import os; os.cpu_count = lambda: 1\n"
    "from plugintool.cli.main import run\n"
    "raise SystemExit(run(['build', 'clock', '-q']))"
)


def reproducible_source(root: Path, *, is_other: bool) -> None:
    """Write enough files for several threads and one that is packed in pieces; the other way: order, times, modes."""
    manifest = bundle_manifest("lib/0/0.js")
    files = {f"lib/{number % 7}/{number}.js": f"export const x{number} = {number};\n" * 400 for number in range(150)}
    files |= {"manifest.json": json.dumps(manifest), "large.txt": "".join(f"line {n}\n" for n in range(800_000))}
    for path, text in sorted(files.items(), reverse=is_other):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        os.utime(target, (is_other * 10**9, is_other * 10**9))
        target.chmod(0o755 if is_other else 0o644)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bundle, built without anything special."""
    here = tmp_path_factory.mktemp("plain")
    reproducible_source(here / "clock", is_other=False)
    subprocess.run([sys.executable, "-m", "plugintool", "build", "clock", "-q"], cwd=here, check=True)
    return (here / "dist" / "clock-1.0.0.mcpb").read_bytes()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_same_source_gives_the_same_bytes(name: str, plain: bytes, tmp_path: Path) -> None:
    """Also when the files were written in another order, with other times and modes, below another path."""
    there = tmp_path / f"b {name}"
    reproducible_source(there / "clock", is_other=True)
    env, shell = SETTINGS[name]
    command = [sys.executable, "-m", "plugintool", "build", "clock", "-q"]
    if name == "one-processor":
        command = [sys.executable, "-c", ONE_PROCESSOR]
    line = ["/bin/sh", "-c", f'{shell}; exec "$@"', "sh", *command]
    subprocess.run(line, cwd=there, check=True, env={**os.environ, **env})
    built = there / "dist" / "clock-1.0.0.mcpb"
    assert built.read_bytes() == plain
    assert len(plain) < 2_000_000
    assert stat.S_IMODE(built.stat().st_mode) == 0o644


def test_nobody_is_named_in_a_bundle(bundle: Path) -> None:
    """No user, no machine, no directory, no time."""
    data = bundle.read_bytes()
    for text in (os.environ.get("USER", "root"), str(bundle.parent), os.uname().nodename):
        if len(text) > 4:
            assert text.encode() not in data
    assert {info.date_time for info in zipfile.ZipFile(bundle).infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is asked of Linux")
def test_memory_is_flat(tmp_path: Path) -> None:
    """160 MB of which half shrinks, in at most 64 MB; what the interpreter itself takes included."""
    assert run(["new", "bundle", "clock", "--into", str(tmp_path), "-q"]) == 0
    with (tmp_path / "clock" / "noise").open("wb") as noise, (tmp_path / "clock" / "text").open("wb") as text:
        for number in range(80):
            noise.write(os.urandom(1_000_000))
            text.write(b"".join(b"%d %d\n" % (number, index * index) for index in range(60_000))[:1_000_000])
    code = (
        "from pathlib import Path\nfrom plugintool.cli.main import run\n"
        "assert run(['build', 'clock', '-q']) == 0\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert int(ended.stdout) <= 64
    shutil.rmtree(tmp_path / "clock")
