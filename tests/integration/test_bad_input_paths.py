"""Paths that are wrong: nothing there, a file for a directory, unreadable, in the way, or named to harm.

One row a case; ``{none}`` is nothing, ``{file}`` a text file, ``{empty}`` an empty directory, ``{foreign}`` one with
somebody's work in it.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_input import NAME, Ended, Workshop, call, copy_of, make_workshop, picture, spawn

STATE = "device/Library/Application Support/plugintool"
LOCK = f"{STATE}/lock"
LIBC = ctypes.CDLL(None)
PR_CAPBSET_DROP, DAC_OVERRIDE, DAC_READ_SEARCH = 24, 1, 2
"""Numbers of linux/prctl.h and linux/capability.h."""

WRONG_PATHS: list[tuple[str, int, str, str]] = [
    # command line, exit code, error code, what the error must name
    ("lint {none}", 1, "path-missing", "{none}"),
    ("lint {file}", 1, "path-missing", "{file}"),
    ("lint {source} {none}", 1, "path-missing", "{none}"),
    ("build {none} --out {base}/new", 1, "path-missing", "{none}"),
    ("build {file} --out {base}/new", 1, "path-missing", "{file}"),
    ("build {empty} --out {base}/new", 1, "build-failed", "{empty}"),
    ("build {none} --list", 1, "path-missing", "{none}"),
    ("build {source} --why {none}", 1, "path-missing", "{none}"),
    ("build {source} --out {file}", 1, "output-refused", "{file}"),
    ("build {source} --out {file}/below", 1, "output-refused", "{file}/below"),
    ("sign {none} --key {key}", 1, "path-missing", "{none}"),
    ("sign {file} --key {key}", 1, "signing-failed", "{file}"),
    ("sign {archive} --key {key}", 1, "signing-failed", "{archive}"),
    ("sign {empty} --key {key}", 1, "signing-failed", "{empty}"),
    ("sign {source} --key {key}", 1, "signing-failed", "{source}"),
    ("sign {tree} --key {none}", 1, "key-unavailable", "{none}"),
    ("sign {tree} --key {file}", 1, "key-unavailable", "{file}"),
    ("sign {tree} --key {empty}", 1, "key-unavailable", "{empty}"),
    ("sign {tree} --key {policy}", 1, "key-unavailable", "{policy}"),
    ("pack {none} --out {base}/new", 1, "path-missing", "{none}"),
    ("pack {file} --out {base}/new", 1, "input-invalid", "{file}"),
    ("pack {archive} --out {base}/new", 1, "input-invalid", "{archive}"),
    ("pack {empty} --out {base}/new", 1, "path-missing", "{empty}"),
    ("pack {source} --out {base}/new", 1, "path-missing", "{source}"),
    ("pack {tree} --out {file}", 1, "output-refused", "{file}"),
    ("verify {none} --trust-policy {policy}", 1, "path-missing", "{none}"),
    ("verify {file} --trust-policy {policy}", 3, "uncheckable", "{file}"),
    ("verify {empty} --trust-policy {policy}", 3, "not-signed", "{empty}"),
    ("verify {source} --trust-policy {policy}", 3, "not-signed", "{source}"),
    ("verify {tree} --trust-policy {none}", 1, "path-missing", "{none}"),
    ("verify {tree} --trust-policy {empty}", 1, "input-invalid", "{empty}"),
    ("verify {tree} --trust-policy {file}", 3, "trust-policy", "{file}"),
    ("inspect {none}", 1, "path-missing", "{none}"),
    ("inspect {file}", 1, "input-invalid", "{file}"),
    ("inspect {empty}", 1, "path-missing", "{empty}"),
    ("keys new other --out {file}", 1, "output-refused", "{file}"),
    ("keys new release --out {base}", 1, "output-refused", "{base}"),
    ("keys new other --out {base} --passphrase-file {none}", 1, "key-unavailable", "{none}"),
    ("keys new other --out {base} --passphrase-file {empty}", 1, "key-unavailable", "{empty}"),
    ("new plugin other --into {file}", 1, "path-missing", "{file}"),
    ("new plugin {name} --into {base}/src", 1, "output-refused", "{base}/src"),
    ("new agent x --plugin {none}", 1, "path-missing", "{none}"),
    ("new agent x --plugin {file}", 1, "path-missing", "{file}"),
    ("new agent x --plugin {empty}", 1, "path-missing", "{empty}"),
    ("demo {none} --keep {base}/demo", 1, "path-missing", "{none}"),
    ("demo {file} --keep {base}/demo", 1, "input-invalid", "{file}"),
    ("demo {empty} --keep {base}/demo", 1, "input-invalid", "{empty}"),
    ("demo --keep {empty}", 1, "output-refused", "{empty}"),
    ("demo --keep {file}", 1, "output-refused", "{file}"),
    ("device init --root {device} --trust-policy {none}", 1, "path-missing", "{none}"),
    ("device init --root {device} --trust-policy {empty}", 1, "input-invalid", "{empty}"),
    ("device init --root {device} --trust-policy {file}", 3, "trust-policy", "{file}"),
    ("device init --root {base}/other", 2, "config-invalid", "--trust-policy"),
    ("device init --root {file} --trust-policy {policy}", 4, "location-untrusted", "{file}"),
    ("device install --root {device} {none}", 1, "path-missing", "{none}"),
    ("device install --root {device} {file}", 3, "uncheckable", "{file}"),
    ("device install --root {device} {empty}", 3, "not-signed", "{empty}"),
    ("device install --root {none} {tree}", 4, "location-untrusted", "{none}"),
    ("device install --root {file} {tree}", 4, "location-untrusted", "{file}"),
    ("device status --root {none}", 4, "location-untrusted", "{none}"),
    ("device status --root {file}", 4, "location-untrusted", "{file}"),
    ("device audit --root {none}", 4, "location-untrusted", "{none}"),
    ("device status --root {device} acme-other", 4, "not-installed", "acme-other"),
    ("device audit --root {device} acme-other", 4, "not-installed", "acme-other"),
    ("device revert --root {device} acme-other", 4, "not-installed", "acme-other"),
    ("device revert --root {device} {name} --to 9.9.9", 4, "not-installed", "9.9.9"),
    ("device repair --root {device} acme-other", 4, "not-installed", "acme-other"),
    ("device unhold --root {device} acme-other", 4, "not-installed", "acme-other"),
    ("device repair --root {none}", 4, "location-untrusted", "{none}"),
    ("device uninstall --root {none} {name}", 4, "location-untrusted", "{none}"),
    ("device unhold --root {none} {name}", 4, "location-untrusted", "{none}"),
    ("device revert --root {none} {name}", 4, "location-untrusted", "{none}"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return make_workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture
def mine(shop: Workshop, tmp_path: Path) -> Workshop:
    """A workshop of one's own, with the paths that are wrong."""
    copied = copy_of(shop, tmp_path / "w")
    (copied.base / "file").write_text("hello\n")
    (copied.base / "empty").mkdir()
    return copied


def filled(shop: Workshop, text: str) -> str:
    names = {name: shop.base / name for name in ("none", "file", "empty")}
    return " ".join(shop.words(" ".join(word.format_map(_Keep(names)) for word in text.split())))


class _Keep(dict[str, Path]):
    """Leaves names that it does not know for the next one."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def changed_since(before: Mapping[str, object], base: Path) -> set[str]:
    after = picture(base)
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} - {LOCK}


@pytest.mark.parametrize(("line", "exit_code", "code", "named"), WRONG_PATHS, ids=[row[0] for row in WRONG_PATHS])
def test_a_wrong_path(line: str, exit_code: int, code: str, named: str, mine: Workshop) -> None:
    """A named error with the path, the right exit code, and nothing is changed."""
    words, place = filled(mine, line).split(), filled(mine, named)
    before = picture(mine.base)
    ended = call(*words, "--format", "json")
    assert (ended.exit_code, ended.document()["code"]) == (exit_code, code), ended
    assert place in str([ended.errors(), [one["subject"] for one in ended.document()["subjects"]]])
    assert not changed_since(before, mine.base)
    as_text = call(*words)
    assert as_text.exit_code == exit_code
    assert f"[{code}]" in as_text.stderr
    assert place in as_text.stderr
    assert "Traceback" not in as_text.text


FOREIGN: list[tuple[str, str, int, str]] = [
    # where somebody else's directory is, the command line, exit code, error code
    ("new/org-plugins/acme-tools", "build {source} --out {base}/new", 1, "output-refused"),
    ("new/acme-tools-2.0.0.zip", "pack {tree} --out {base}/new", 1, "output-refused"),
    ("new/release.key.pem", "keys new release --out {base}/new", 1, "output-refused"),
    ("new/other", "new plugin other --into {base}/new", 1, "output-refused"),
    ("new", "demo --keep {base}/new", 1, "output-refused"),
    ("fresh/Library/Application Support/Claude/org-plugins/acme-tools", "device install", 4, "foreign-directory"),
]


@pytest.mark.parametrize(("place", "line", "exit_code", "code"), FOREIGN, ids=[row[0] for row in FOREIGN])
def test_somebody_elses_directory_is_not_touched(
    place: str, line: str, exit_code: int, code: str, mine: Workshop
) -> None:
    """It is named, and left as it is."""
    if line == "device install":
        root = mine.base / "fresh"
        assert call("device", "init", "--root", root, "--trust-policy", mine.policy).exit_code == 0
        words = ["device", "install", "--root", str(root), str(mine.tree)]
    else:
        words = mine.words(line)
    foreign = mine.base / place
    foreign.mkdir(parents=True)
    (foreign / "thesis.tex").write_text("years of work")
    before = picture(mine.base)
    ended = call(*words, "--format", "json")
    assert (ended.exit_code, ended.document()["code"]) == (exit_code, code), ended
    assert foreign.name in str(ended.errors())
    changed = changed_since(before, mine.base)
    assert all(path.endswith("/lock") for path in changed), changed


# -- names that are made to harm ---------------------------------------------------------------------------------

HARMFUL = {
    "newline": "a\nerror: all is lost",
    "escape": "x\x1b[2J\x1b]0;owned\x07y",
    "c1": "x\x9b31my",
    "right-to-left": "x\u202egpj.exe",
    "invisible": "x\u200by",
    "not-utf8": os.fsdecode(b"x\xff\xfey"),
    "carriage-return": "ok\roverwritten",
    "backslash": "..\\..\\evil",
    "reserved": "aux.md",
    "long": "x" * 255,
}
ACCEPTED = {"long"}
"""Names that are allowed everywhere."""


MAY_BE_ANYTHING = ("uninstall", "--author X", "--description X", "--mcp-url X", "--url X")
"""What need not be there, or is only quoted."""


def assert_safe(ended: Ended, harmful: str) -> None:
    """No character of a name reaches the terminal as it is."""
    lines = ended.text.splitlines()
    assert not any(character in ended.text for character in "\x1b\x07\x9b\u202e\u200b\r"), ended
    assert harmful not in ended.text or harmful.isprintable()
    assert not any(line.startswith("error: all is lost") for line in lines), ended
    assert "Traceback" not in ended.text
    assert not any("\ud800" <= character <= "\udfff" for character in ended.text)


@pytest.mark.parametrize("name", HARMFUL)
@pytest.mark.parametrize(
    ("line", "exit_code", "in_source"),
    [
        ("lint {source}", 1, True),
        ("build {source} --out {base}/new", 1, True),
        ("build {source} --list --out {base}/new", 1, True),
        ("inspect {source}", 0, True),
        ("new agent x --plugin {source}", 0, True),
        ("inspect {tree}", 1, False),
        ("sign {tree} --key {key}", 1, False),
        ("pack {tree} --out {base}/new", 1, False),
        ("verify {tree} --trust-policy {policy}", 3, False),
        ("device install --root {device} {tree}", 3, False),
    ],
)
def test_a_name_in_a_tree_that_is_made_to_harm(
    name: str, line: str, exit_code: int, in_source: bool, mine: Workshop
) -> None:
    """It stops what it must stop, and is escaped wherever it is shown."""
    harmful = HARMFUL[name]
    (mine.source if in_source else mine.tree).joinpath(harmful).write_bytes(b"x")
    words = mine.words(line)
    ended = call(*words)
    if name not in ACCEPTED:
        assert ended.exit_code == exit_code, ended
    assert_safe(ended, harmful)
    assert_safe(call(*words, "--color", "never", "-q"), harmful)
    document = call(*words, "--format", "json")
    document.document()
    assert document.stdout.isascii()


@pytest.mark.parametrize("name", sorted(set(HARMFUL) - {"backslash"}))
@pytest.mark.parametrize(
    "line",
    [
        "lint X",
        "build X --out {base}/new",
        "build {source} --why X",
        "sign X --key {key}",
        "sign {tree} --key X",
        "pack X",
        "verify X --trust-policy {policy}",
        "verify {tree} --trust-policy X",
        "inspect X",
        "keys new X --out {base}/new",
        "keys new x --out {base}/new --for X",
        "new plugin X --into {base}/new",
        "new plugin other --into {base}/new --author X",
        "new plugin other --into {base}/new --description X",
        "new plugin other --into {base}/new --mcp-url X",
        "new mcp other --plugin {source} --url X",
        "build {source} --out {base}/new --sync-version X",
        "verify {tree} --trust-policy {policy} --at X",
        "completion X",
        "new agent X --plugin {source}",
        "device install --root {device} X",
        "device status --root {device} X",
        "device audit --root {device} X",
        "device revert --root {device} X",
        "device revert --root {device} {name} --to X",
        "device uninstall --root {device} X",
        "device repair --root {device} X",
        "device unhold --root {device} X",
        "device init --root {device} --trust-policy X",
        "demo X --keep {base}/demo",
        "explain X",
        "X",
        "lint --X",
    ],
)
def test_an_argument_that_is_made_to_harm(name: str, line: str, mine: Workshop) -> None:
    """The same for what stands on the command line; there is nothing of that name."""
    words = [word.replace("X", HARMFUL[name]) if "X" in word else word for word in mine.words(line)]
    before = picture(mine.base)
    ended = call(*words)
    if name in {"newline", "escape", "not-utf8"} and not any(word in line for word in MAY_BE_ANYTHING):
        assert ended.exit_code in {1, 2, 3, 4}, ended
    assert ended.exit_code != 70, ended
    assert_safe(ended, HARMFUL[name])
    assert not changed_since(before, mine.base) or ended.exit_code == 0


# -- what is no file and no directory ----------------------------------------------------------------------------


def _make_socket(path: Path) -> None:
    """Sockets have short paths only, so it is made by a relative one."""
    made = socket.socket(socket.AF_UNIX)
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)
        made.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)
        made.close()


def _make_device(path: Path) -> None:
    """A device where the system lets us make one, else what comes nearest."""
    if os.geteuid() == 0:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    else:
        os.mkfifo(path)


SPECIAL: dict[str, Callable[[Path], None]] = {
    "fifo": os.mkfifo,
    "socket": _make_socket,
    "device": _make_device,
    "link-to-device": lambda path: path.symlink_to("/dev/zero"),
    "link-to-itself": lambda path: path.symlink_to(path.name),
    "link-to-the-directory-above": lambda path: path.symlink_to(".."),
    "link-to-nothing": lambda path: path.symlink_to("nowhere"),
    "link-that-leaves": lambda path: path.symlink_to("../../../release.key.pem"),
}


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("lint {source}", 1),
        ("build {source} --out {base}/new", 1),
        ("build {source} --list --out {base}/new", 1),
        ("inspect {source}", 0),
        ("inspect {tree}", 1),
        ("sign {tree} --key {key}", 1),
        ("pack {tree} --out {base}/new", 1),
        ("verify {tree} --trust-policy {policy}", 3),
        ("device install --root {device} {tree}", 3),
    ],
)
def test_something_in_a_tree_that_is_no_file(kind: str, line: str, exit_code: int, mine: Workshop) -> None:
    """Nobody waits for a fifo or reads a device to its end; a source may be looked at, nothing else."""
    where = mine.source if "{source}" in line else mine.tree
    SPECIAL[kind](where / "skills" / "odd")
    before = picture(mine.base)
    ended = call(*mine.words(line), "--format", "json")
    assert ended.exit_code == exit_code, ended
    if exit_code:
        assert "skills/odd" in ended.stdout
        assert not changed_since(before, mine.base)


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("lint X", {1}),
        ("build X --out {base}/new", {1}),
        ("sign X --key {key}", {1}),
        ("sign {tree} --key X", {1}),
        ("pack X --out {base}/new", {1}),
        ("verify X --trust-policy {policy}", {1, 3}),
        ("verify {tree} --trust-policy X", {1, 3}),
        ("inspect X", {0, 1}),
        ("device install --root {device} X", {1, 3}),
        ("device init --root {device} --trust-policy X", {1, 3}),
        ("demo X --keep {base}/demo", {1}),
    ],
)
def test_an_argument_that_is_no_file(kind: str, line: str, codes: set[int], mine: Workshop) -> None:
    """The same as an argument; a link that leads to a readable file is followed, as the user asked."""
    place = mine.base / "a" / "b" / "c" / "odd"
    place.parent.mkdir(parents=True)
    SPECIAL[kind](place)
    before = picture(mine.base)
    ended = call(*(word.replace("X", str(place)) for word in mine.words(line)), "--format", "json")
    if kind == "link-that-leaves":
        codes = codes | {0}
    assert ended.exit_code in codes, ended
    ended.document()
    assert not changed_since(before, mine.base) or ended.exit_code == 0


# -- what cannot be read or written ------------------------------------------------------------------------------


def _heed_modes() -> None:
    """Take from root, until the next program, the right to read and write what modes forbid (Linux capabilities)."""
    for capability in (DAC_OVERRIDE, DAC_READ_SEARCH):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@functools.cache
def plain_user() -> dict[str, Any] | None:
    """Options under which a program is bound by the modes of files; None where root cannot be."""
    if os.geteuid() != 0:
        return {}
    if not sys.platform.startswith("linux"):
        return None
    options: dict[str, Any] = {"preexec_fn": _heed_modes}
    probe = "import os, tempfile; f = tempfile.mkstemp()[1]; os.chmod(f, 0); open(f)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False, **options)
    return options if "PermissionError" in done.stderr else None


UNREADABLE: list[tuple[str, str, int, str]] = [
    # what has no permission at all, the command line, exit code, what the output must name
    ("src/acme-tools/docs/größe.md", "build {source} --out {base}/new", 1, "docs/gr"),
    ("src/acme-tools/docs", "build {source} --out {base}/new", 1, "docs"),
    ("src/acme-tools/docs", "lint {source}", 0, '"path": "docs"'),
    ("src/acme-tools/.claude-plugin/plugin.json", "build {source} --out {base}/new", 1, "plugin.json"),
    ("src/acme-tools/.claude-plugin/plugin.json", "inspect {source}", 1, "plugin.json"),
    ("src/acme-tools/.claude-plugin", "inspect {source}", 1, "acme-tools"),
    ("src/acme-tools", "lint {source}", 1, "acme-tools"),
    ("src/acme-tools", "build {source} --out {base}/new", 1, "acme-tools"),
    ("src/acme-tools/plugintool.toml", "build {source} --out {base}/new", 1, "plugintool.toml"),
    ("dist/org-plugins/acme-tools/bin/start.sh", "sign {tree} --key {key}", 1, "bin/start.sh"),
    ("dist/org-plugins/acme-tools/bin/start.sh", "pack {tree} --out {base}/new", 1, "bin/start.sh"),
    ("dist/org-plugins/acme-tools/bin/start.sh", "verify {tree} --trust-policy {policy}", 3, "bin/start.sh"),
    ("dist/org-plugins/acme-tools/bin/start.sh", "device install --root {device} {tree}", 3, "bin/start.sh"),
    ("dist/org-plugins/acme-tools/bin/start.sh", "inspect {tree}", 1, "bin/start.sh"),
    ("dist/org-plugins/acme-tools/bin", "verify {tree} --trust-policy {policy}", 1, "bin"),
    ("dist/org-plugins/acme-tools", "sign {tree} --key {key}", 1, "acme-tools"),
    ("dist/acme-tools-2.0.0.zip", "verify {archive} --trust-policy {policy}", 1, "acme-tools-2.0.0.zip"),
    ("dist/acme-tools-2.0.0.zip", "device install --root {device} {archive}", 1, "acme-tools-2.0.0.zip"),
    ("dist/acme-tools-2.0.0.zip", "inspect {archive}", 1, "acme-tools-2.0.0.zip"),
    ("release.key.pem", "sign {tree} --key {key}", 1, "release.key.pem"),
    ("release.trust-policy.json", "verify {tree} --trust-policy {policy}", 1, "release.trust-policy.json"),
    ("release.trust-policy.json", "device init --root {device} --trust-policy {policy}", 1, "trust-policy.json"),
    (f"{STATE}/receipts/acme-tools.json", "device status --root {device}", 4, "receipts"),
    (f"{STATE}/receipts", "device install --root {device} {tree}", 4, "receipts"),
    (f"{STATE}/store", "device audit --root {device}", 1, "store"),
    (f"{STATE}/trust-policy.json", "device repair --root {device}", 1, "trust-"),
    ("dist", "build {source} --out {base}/dist", 1, "dist"),
    ("dist/org-plugins", "build {source} --out {base}/dist", 1, "org-plugins"),
]


@pytest.mark.parametrize(
    ("place", "line", "exit_code", "named"), UNREADABLE, ids=[f"{r[1]} ({r[0]})" for r in UNREADABLE]
)
def test_something_without_permission(place: str, line: str, exit_code: int, named: str, mine: Workshop) -> None:
    """Run as somebody bound by modes; where root cannot be that, the file is readable and the command must succeed."""
    options = plain_user()
    closed = mine.base / place
    mode = closed.stat().st_mode
    closed.chmod(0)
    words = mine.words(line)
    if options is None:
        assert call(*words).exit_code == 0
        return
    ended = spawn(*words, "--format", "json", cwd=mine.base, **options)
    assert ended.exit_code == exit_code, ended
    ended.document()
    assert named in ended.stdout
    assert not ended.stderr
    closed.chmod(mode)
    assert not list(mine.base.rglob(".plugintool-*"))
    assert not list(mine.base.glob("new/*/*"))


@pytest.mark.parametrize(
    ("place", "line", "exit_code"),
    [
        ("dist/org-plugins", "build {source} --out {base}/dist", 1),
        ("dist", "pack {tree} --out {base}/dist", 1),
        ("dist/org-plugins/acme-tools/.claude-plugin", "sign {tree} --key {base}/second.key.pem", 1),
        (".", "keys new other --out {base}", 1),
        (".", "new plugin other --into {base}", 1),
        (".", "demo --keep {base}/demo", 1),
        (f"{STATE}/staging", "device install --root {device} {base}/newer", 4),
        ("device/Library/Application Support/Claude/org-plugins", "device uninstall --root {device} {name}", 4),
    ],
)
def test_a_directory_that_is_read_only(place: str, line: str, exit_code: int, mine: Workshop) -> None:
    """What stood there stays, and the error says so."""
    assert call("keys", "new", "second", "--out", mine.base).exit_code == 0
    newer = mine.base / "newer" / NAME
    shutil.copytree(mine.tree, newer)
    shutil.rmtree(newer)
    assert call("build", mine.source, "--out", mine.base / "n", "--sync-version", "other").exit_code == 0
    assert call("sign", mine.base / "n/org-plugins", "--key", mine.key, "--sequence", "9").exit_code == 0
    shutil.move(mine.base / "n/org-plugins" / NAME, newer)
    options = plain_user()
    closed, words = mine.base / place, mine.words(line)
    if options is None:
        assert call(*words).exit_code in {0, 1}
        return
    before, mode = picture(mine.base), closed.stat().st_mode
    closed.chmod(0o555)
    ended = spawn(*words, "--format", "json", cwd=mine.base, **options)
    closed.chmod(mode)
    assert ended.exit_code == exit_code, ended
    assert ended.errors()
    assert not changed_since(before, mine.base)
