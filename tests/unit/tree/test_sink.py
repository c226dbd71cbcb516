"""A sink creates and never replaces: modes, links, full disks, and what is flushed before success is reported."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import plugintool
from plugintool.errors import LimitExceededError, OutputError
from plugintool.relpath import RelPath
from plugintool.tree.copy import copy_stream
from plugintool.tree.memory import MemoryTree
from plugintool.tree.sink import DirectorySink, DiscardSink, Sink

FILE = RelPath("a/b/c.txt")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def write(sink: Sink, path: str, data: bytes = b"x", *, executable: bool = False) -> None:
    with sink.create(RelPath(path), executable=executable) as target:
        target.write(data)


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The umask of the caller, from nothing to everything."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_writes_files_and_parents(tmp_path: Path) -> None:
    """What was written is there, in directories made on the way, and nothing else."""
    sink = DirectorySink(tmp_path / "out")
    write(sink, "a/b/c.txt", b"one")
    write(sink, "a/b/d.txt", b"")
    write(sink, "a/e", b"\0" * 100_000)
    write(sink, "\u00e9 \u4e2d.md", b"two")
    sink.finish()
    found = {str(path.relative_to(sink.root)) for path in sink.root.rglob("*")}
    assert found == {"a", "a/b", "a/b/c.txt", "a/b/d.txt", "a/e", "\u00e9 \u4e2d.md"}
    assert (sink.root / FILE).read_bytes() == b"one"
    assert (sink.root / "a/e").read_bytes() == b"\0" * 100_000


def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    """0644, 0755 and nothing else (C24)."""
    sink = DirectorySink(tmp_path / "out")
    write(sink, "a/b/plain")
    write(sink, "a/run", executable=True)
    assert mode_of(sink.root) == mode_of(sink.root / "a") == mode_of(sink.root / "a/b") == 0o755
    assert mode_of(sink.root / "a/b/plain") == 0o644
    assert mode_of(sink.root / "a/run") == 0o755


def test_modes_do_not_come_from_the_parent(tmp_path: Path) -> None:
    """A setgid directory above leaves no trace."""
    tmp_path.chmod(0o2775)
    sink = DirectorySink(tmp_path / "out")
    write(sink, "a/b")
    assert mode_of(sink.root) == mode_of(sink.root / "a") == 0o755


def test_a_file_is_private_until_it_is_whole(tmp_path: Path) -> None:
    """While it is written, and when writing stopped half-way, nobody else can read or run it."""
    sink = DirectorySink(tmp_path / "out")
    with sink.create(FILE, executable=True) as target:
        target.write(b"x")
        assert mode_of(sink.root / FILE) == 0o600
    assert mode_of(sink.root / FILE) == 0o755
    with pytest.raises(LimitExceededError), sink.create(RelPath("half"), executable=True) as target:
        copy_stream(MemoryTree("", {"x": b"12345"}).open(RelPath("x")), target, max_bytes=3)
    assert mode_of(sink.root / "half") == 0o600


# -- what is in the way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["file", "directory", "link", "dangling"])
def test_the_root_must_not_exist(tmp_path: Path, kind: str) -> None:
    """Not even as an empty directory or a link to nowhere; what is there stays as it is."""
    root = tmp_path / "out"
    (tmp_path / "elsewhere").mkdir()
    if kind == "file":
        root.write_bytes(b"mine")
    elif kind == "directory":
        root.mkdir()
    else:
        root.symlink_to("elsewhere" if kind == "link" else "nowhere")
    with pytest.raises(OutputError, match="file exists") as caught:
        DirectorySink(root)
    assert caught.value.detail["path"] == str(root)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert not (tmp_path / "nowhere").exists()


def test_the_parent_of_the_root_must_exist(tmp_path: Path) -> None:
    """A mistyped place is not made on the way."""
    with pytest.raises(OutputError, match="no such file"):
        DirectorySink(tmp_path / "not" / "there")
    assert not (tmp_path / "not").exists()


def test_a_file_is_created_once(tmp_path: Path) -> None:
    """The second time is an error, and the first content stays."""
    sink = DirectorySink(tmp_path / "out")
    write(sink, "a", b"first")
    with pytest.raises(OutputError, match="file exists") as caught:
        write(sink, "a", b"second")
    assert caught.value.detail["path"] == "a"
    assert (sink.root / "a").read_bytes() == b"first"


@pytest.mark.parametrize("target", ["victim", "../victim", "nowhere"])
def test_no_link_is_followed(tmp_path: Path, target: str) -> None:
    """A link planted at the place of a file is in the way; its target is not touched."""
    sink = DirectorySink(tmp_path / "out")
    for victim in (tmp_path / "victim", sink.root / "victim"):
        victim.write_bytes(b"precious")
    (sink.root / "a").symlink_to(target)
    with pytest.raises(OutputError):
        write(sink, "a", b"evil")
    assert (tmp_path / "victim").read_bytes() == (sink.root / "victim").read_bytes() == b"precious"
    assert not (sink.root / "nowhere").exists()


def test_no_link_is_followed_on_the_way(tmp_path: Path) -> None:
    """A link planted at the place of a directory is in the way."""
    sink = DirectorySink(tmp_path / "out")
    (tmp_path / "elsewhere").mkdir()
    (sink.root / "a").symlink_to("../elsewhere")
    with pytest.raises(OutputError, match="file exists"):
        write(sink, "a/b")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_is_no_parent(tmp_path: Path) -> None:
    """``a`` and ``a/b`` cannot both be, in either order."""
    sink = DirectorySink(tmp_path / "out")
    write(sink, "a")
    with pytest.raises(OutputError):
        write(sink, "a/b")
    write(sink, "c/d")
    with pytest.raises(OutputError):
        write(sink, "c")


def test_a_fifo_in_the_way_does_not_block(tmp_path: Path) -> None:
    """Exclusive creation never opens what is there."""
    sink = DirectorySink(tmp_path / "out")
    os.mkfifo(sink.root / "a")
    with pytest.raises(OutputError, match="file exists"):
        write(sink, "a")


def test_errors_of_the_caller_pass_unchanged(tmp_path: Path) -> None:
    """Only what the system says about writing becomes an output error."""
    sink = DirectorySink(tmp_path / "out")
    with pytest.raises(KeyError), sink.create(FILE, executable=False):
        raise KeyError("mine")
    with pytest.raises(KeyboardInterrupt), sink.create(RelPath("other"), executable=False):
        raise KeyboardInterrupt


def test_every_handle_is_closed(tmp_path: Path) -> None:
    """Also after errors."""
    sink = DirectorySink(tmp_path / "out", durable=True)
    before = os.dup(0)
    os.close(before)
    write(sink, "a/b")
    with pytest.raises(OutputError):
        write(sink, "a/b")
    with pytest.raises(KeyError), sink.create(RelPath("c"), executable=False):
        raise KeyError
    sink.finish()
    after = os.dup(0)
    os.close(after)
    assert after == before


# -- no room -----------------------------------------------------------------------------------------------------

FULL = """
import resource, sys
from pathlib import Path
from plugintool.errors import OutputError
from plugintool.relpath import RelPath
from plugintool.tree.sink import DirectorySink

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
sink = DirectorySink(Path(sys.argv[1]), durable=True)
try:
    with sink.create(RelPath("a/big"), executable=True) as target:
        for _ in range(int(sys.argv[3])):
            target.write(b"x" * int(sys.argv[2]))
except OutputError as error:
    print(error.message, error.detail["path"], bool(error.detail["hint"]), sep="|")
else:
    print("written")
"""


@pytest.mark.parametrize(
    ("size", "times", "said"),
    [
        (4096, 1, "written"),
        (4097, 1, "cannot be written: file too large|a/big|True"),
        (2**20, 2, "cannot be written: file too large|a/big|True"),
        (100, 100, "cannot be written: file too large|a/big|True"),
    ],
)
def test_a_full_disk_is_an_output_error(tmp_path: Path, size: int, times: int, said: str) -> None:
    """While writing, and when the last buffer is flushed; the unfinished file stays private."""
    command = [sys.executable, "-c", FULL, str(tmp_path / "out"), str(size), str(times)]
    checkout = Path(plugintool.__file__).parents[1]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr, done.returncode) == (said, "", 0)
    assert mode_of(tmp_path / "out/a/big") == (0o755 if said == "written" else 0o600)


# -- durable -----------------------------------------------------------------------------------------------------


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which files and directories were flushed, in order, by their present path."""
    seen: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        info = os.fstat(handle)
        path = os.readlink(f"/proc/self/fd/{handle}") if os.path.isdir("/proc/self/fd") else str(info.st_ino)
        seen.append(path)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def test_durable_flushes_every_file_and_every_directory(tmp_path: Path, flushed: list[str]) -> None:
    """Files when they are whole; then directories from the deepest up to the one that holds the root."""
    root = tmp_path / "out"
    sink = DirectorySink(root, durable=True)
    for name in ("a/b/c", "a/b/d", "a/z", "e", "f/g"):
        write(sink, name)
    files = list(flushed)
    sink.finish()
    directories = flushed[len(files) :]
    if os.path.isdir("/proc/self/fd"):
        assert files == [str(root / name) for name in ("a/b/c", "a/b/d", "a/z", "e", "f/g")]
        assert sorted(directories) == sorted(map(str, [root / "a/b", root / "a", root / "f", root, tmp_path]))
        assert directories.index(str(root / "a/b")) < directories.index(str(root / "a"))
        assert directories[-2:] == [str(root), str(tmp_path)]
    assert (len(files), len(directories)) == (5, 5)


def test_a_file_is_flushed_with_its_content_and_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Buffers are written and the mode is set before the flush, else it would promise too much."""
    seen: list[tuple[int, int]] = []

    def fsync(handle: int) -> None:
        info = os.fstat(handle)
        seen.append((info.st_size, stat.S_IMODE(info.st_mode)))

    monkeypatch.setattr(os, "fsync", fsync)
    write(DirectorySink(tmp_path / "out", durable=True), "a", b"content", executable=True)
    assert seen == [(7, 0o755)]


def test_not_durable_flushes_nothing(tmp_path: Path, flushed: list[str]) -> None:
    """A build that can be repeated does not wait for the disk."""
    sink = DirectorySink(tmp_path / "out")
    write(sink, "a/b")
    sink.finish()
    assert flushed == []


def test_a_failed_flush_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Success is not reported for what may not be on the disk."""
    sink = DirectorySink(tmp_path / "out", durable=True)
    write(sink, "a/b")

    def fsync(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OutputError, match="input/output error"):
        write(sink, "c")
    with pytest.raises(OutputError, match="input/output error"):
        sink.finish()


# -- checking without writing ------------------------------------------------------------------------------------


def test_discard_takes_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same calls, nothing on the disk."""
    monkeypatch.chdir(tmp_path)
    sink: Sink = DiscardSink()
    write(sink, "a/b", b"x" * 1000)
    write(sink, "a/b", b"again", executable=True)
    sink.finish()
    assert list(tmp_path.iterdir()) == []
