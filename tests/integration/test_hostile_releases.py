"""``diff``, ``marketplace`` and the new ways to build meet what should not be there: an answer, never a traceback."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.cli.main import run
from tests.hostile_input import NAME, plugin_files, write_files

MARKET = ["--name", "m", "--owner", "o"]


def make_fifo(place: Path) -> None:
    os.mkfifo(place)


def make_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(place))


def make_loop(place: Path) -> None:
    place.symlink_to(place.name)


def make_device(place: Path) -> None:
    place.symlink_to("/dev/zero")


def make_odd_zip(place: Path) -> None:
    place.write_bytes(b"PK\x03\x04" + bytes(60))


KINDS: dict[str, Callable[[Path], object]] = {
    "fifo": make_fifo,
    "socket": make_socket,
    "loop": make_loop,
    "device": make_device,
    "empty directory": lambda place: place.mkdir(),
    "empty file": lambda place: place.write_bytes(b""),
    "odd zip": make_odd_zip,
    "text": lambda place: place.write_text("text"),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_release_is_an_error(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On either side of a diff, and among the archives of a marketplace; nothing is written, nobody waits."""
    KINDS[kind](Path("odd.zip"))
    write_files(Path(NAME), plugin_files())
    assert run(["diff", NAME, "odd.zip"]) == 1
    assert run(["diff", "odd.zip", NAME]) == 1
    assert run(["marketplace", "odd.zip", *MARKET, "--out", "out"]) == 1
    assert not Path("out").exists()
    assert "Traceback" not in capsys.readouterr().err


STRANGE: dict[str, Callable[[Path], object]] = {
    "fifo": lambda root: make_fifo(root / "fifo"),
    "loop": lambda root: make_loop(root / "loop"),
    "loop of directories": lambda root: (root / "again").symlink_to("."),
    "leaves": lambda root: (root / "away").symlink_to("../.."),
    "dangles": lambda root: (root / "gone").symlink_to("nowhere"),
    "no UTF-8": lambda root: (root / os.fsdecode(b"\xff\xfe.txt")).write_text("x"),
    "newline": lambda root: (root / "a\nb").write_text("x"),
    "reserved": lambda root: (root / "con.txt").write_text("x"),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_a_source_with_something_strange_is_compared(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What can be no file of a plugin is no difference; build says what is wrong with it."""
    old = write_files(Path("old") / NAME, plugin_files())
    new = write_files(Path("new") / NAME, plugin_files())
    STRANGE[kind](new)
    assert run(["diff", str(old), str(new), "--fail-on", "any-change"]) == 0
    assert "no difference" in capsys.readouterr().out
    assert run(["build", str(new), "--list"]) == 1


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"plugins": {}}', '{"plugins": [null, 3, {"source": 3}]}'],
)
def test_a_broken_marketplace_is_an_error(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever command is given its directory."""
    write_files(Path("market"), {".claude-plugin/marketplace.json": text, "x/commands/c.md": "c\n"})
    for args in (
        ["build", "market"],
        ["build", "market", "--list"],
        ["diff", "market", "market"],
        ["build", "market/x"],
        ["diff", "market/x", "market/x"],
    ):
        assert run(args) == 1, args
    assert "Traceback" not in capsys.readouterr().err
    assert not Path("dist/org-plugins").exists()


@pytest.mark.parametrize("name", ["../evil", "a/b", "con", "", ".hidden", "x" * 200, "a\u202eb", "-x"])
def test_an_entry_cannot_name_a_place_outside(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The name of an entry becomes that of a directory: only a safe one does."""
    entry = {"name": name, "source": "./x", "version": "1.0.0", "description": "d", "author": {"name": "A"}}
    market = {"name": "m", "owner": {"name": "o"}, "plugins": [entry]}
    files = {".claude-plugin/marketplace.json": json.dumps(market), "x/commands/c.md": "---\ndescription: d\n---\nc\n"}
    write_files(Path("inner/market"), files)
    before = sorted(str(path) for path in Path().rglob("*"))
    assert run(["build", "inner/market", "--out", "inner/out"]) == 1
    capsys.readouterr()
    left = [path for path in sorted(map(str, Path().rglob("*"))) if path not in before]
    assert [path for path in left if not path.startswith("inner/out")] == []
    assert [path for path in left if path.endswith(".json")] == []


def test_a_secret_of_another_plugin_is_not_allowed_by_its_name() -> None:
    """``--allow-secret`` means one file of the plugin that has it, not every file that is called so."""
    for name in ("one", "two"):
        manifest = {"name": name, "version": "1.0.0", "description": "d", "author": {"name": "A"}}
        files = {".claude-plugin/plugin.json": json.dumps(manifest), "commands/c.md": "---\ndescription: d\n---\nc\n"}
        write_files(Path(name), {**files, "deploy/test.pem": "-----BEGIN PRIVATE KEY-----\n"})
    assert run(["build", "one", "two", "--allow-secret", "one/deploy/test.pem", "--quiet"]) == 1
    assert [path.name for path in Path("dist/org-plugins").iterdir()] == ["one"]
