"""A whole workshop that works, the ways to damage a file in it, and one way to run a command over what is left.

``Workshop`` is made by the command line itself: a plugin with hooks, servers and a bundle, its signed tree, its
archive, a key, a trust policy, and a device on which an older and a newer release were installed.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from plugintool.cli.main import run
from tests.bundle_world import bundle_manifest

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "docs" / "reference" / "schemas" / "report.schema.json"
NAME = "acme-tools"
HUGE_BYTES = 100_000_000
SKILL = "---\nname: greet\ndescription: Greets whoever asks to be greeted.\n---\nSay hello.\n"
CLOCK = bundle_manifest()
HOOKS = {"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/bin/start.sh"}]}]}}
SERVERS = {"mcpServers": {"docs": {"type": "http", "url": "https://docs.acme.test/mcp"}}}


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    args: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout, checked against the published schema."""
        value = json.loads(self.stdout)
        report_schema().validate(value)
        assert value["exit_code"] == self.exit_code, self
        assert isinstance(value, dict)
        return value

    def errors(self) -> list[dict[str, Any]]:
        """The errors in the document."""
        return [subject["error"] for subject in self.document()["subjects"] if subject["error"]]

    def findings(self) -> list[dict[str, Any]]:
        """The findings in the document."""
        return list(self.document()["findings"])


@functools.cache
def report_schema() -> Draft202012Validator:
    """The published schema of reports."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def spawn(*args: object, env: Mapping[str, str] | None = None, **options: Any) -> Ended:
    """Run a command line in a process of its own."""
    words = tuple(map(str, args))
    everything = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    options = {"timeout": 120, "stdin": subprocess.DEVNULL, **options}
    command = [sys.executable, "-m", "plugintool", *words]
    done = subprocess.run(command, env=everything, capture_output=True, text=True, check=False, **options)
    return Ended(words, done.returncode, done.stdout, done.stderr)


def write_files(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a directory; what begins with ``#!`` gets its bit."""
    for path, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
        if data.startswith(b"#!"):
            (root / path).chmod(0o755)
    return root


def plugin_files(version: str = "1.0.0") -> dict[str, str | bytes]:
    """The source of a plugin that has one of everything a command reads."""
    manifest = {
        "name": NAME,
        "version": version,
        "description": "Greets and tells the time.",
        "author": {"name": "Acme"},
        "mcpServers": ["./.mcp.json", "./bundles/clock.mcpb"],
    }
    return {
        ".claude-plugin/plugin.json": json.dumps(manifest, indent=2),
        ".mcp.json": json.dumps(SERVERS, indent=2),
        "hooks/hooks.json": json.dumps(HOOKS, indent=2),
        "plugintool.toml": '[build]\nignore = ["*.tmp"]\n',
        "bin/start.sh": "#!/bin/sh\nexit 0\n",
        "skills/greet/SKILL.md": SKILL,
        "docs/größe.md": "größe\n" * 50,
        "bundles/clock/manifest.json": json.dumps(CLOCK),
        "bundles/clock/x.js": "console.log(1)\n",
    }


@dataclass(frozen=True)
class Workshop:
    """Where everything lies; all paths exist and are good until a test damages them."""

    base: Path

    @property
    def source(self) -> Path:
        return self.base / "src" / NAME

    @property
    def tree(self) -> Path:
        return self.base / "dist" / "org-plugins" / NAME

    @property
    def archive(self) -> Path:
        return self.base / "dist" / f"{NAME}-2.0.0.zip"

    @property
    def key(self) -> Path:
        return self.base / "release.key.pem"

    @property
    def policy(self) -> Path:
        return self.base / "release.trust-policy.json"

    @property
    def device(self) -> Path:
        return self.base / "device"

    @property
    def state(self) -> Path:
        return self.device / "Library/Application Support/plugintool"

    @property
    def org_plugins(self) -> Path:
        return self.device / "Library/Application Support/Claude/org-plugins"

    @property
    def receipt(self) -> Path:
        return self.state / "receipts" / f"{NAME}.json"

    def words(self, line: str) -> list[str]:
        """A command line with ``{source}`` and the like replaced by paths."""
        names = {name: getattr(self, name) for name in dir(Workshop) if isinstance(getattr(Workshop, name), property)}
        return [word.format(base=self.base, name=NAME, **names) for word in line.split()]


SCRIPT: Sequence[str] = (
    "keys new release --out {base}",
    "build {source} --out {base}/dist -q",
    "sign {tree} --key {key} --sequence 1 -q",
    "pack {tree} --out {base}/dist -q",
    "device init --root {device} --trust-policy {policy} -q",
    "device install --root {device} {tree} -q",
)
AGAIN: Sequence[str] = (
    "build {source} --out {base}/dist -q",
    "sign {tree} --key {key} --sequence 2 -q",
    "pack {tree} --out {base}/dist -q",
    "device install --root {device} {tree} -q",
)


def make_workshop(base: Path) -> Workshop:
    """Play the journey twice: two releases, the newer one installed over the older."""
    shop = Workshop(base)
    for version, lines in (("1.0.0", SCRIPT), ("2.0.0", AGAIN)):
        write_files(shop.source, plugin_files(version))
        for line in lines:
            done = spawn(*shop.words(line))
            assert done.exit_code == 0, done
    return shop


def copy_of(shop: Workshop, base: Path) -> Workshop:
    """The same workshop elsewhere."""
    shutil.copytree(shop.base, base, symlinks=True, dirs_exist_ok=True)
    return Workshop(base)


def picture(base: Path) -> dict[str, object]:
    """Everything below a directory, by path: contents, targets of links, kinds; not what differs from run to run."""
    found: dict[str, object] = {}
    for directory, names, files in os.walk(base):
        for name in (*names, *files):
            path = Path(directory, name)
            found[path.relative_to(base).as_posix()] = _looks(path)
    return found


def _looks(path: Path) -> object:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if not path.is_file():
        return "directory" if path.is_dir() else "special"
    return path.read_bytes() if path.stat().st_size < HUGE_BYTES else path.stat().st_size


Damage = Callable[[Path], None]


def _with(change: Callable[[bytes], bytes]) -> Damage:
    def damage(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return damage


def _make_huge(path: Path) -> None:
    """A hundred megabytes that cost none on the disk: the file begins as it did and goes on with zeros."""
    with path.open("r+b") as target:
        target.truncate(HUGE_BYTES)


def _replace(make: Callable[[Path], object]) -> Damage:
    def damage(path: Path) -> None:
        path.unlink()
        make(path)

    return damage


def _deep(levels: int) -> bytes:
    return b'{"x":' * levels + b"0" + b"}" * levels


def _with_duplicate(data: bytes) -> bytes:
    """The first member once more, at the end."""
    first: str = next(iter(json.loads(data)))
    end = data.rindex(b"}")
    return data[:end] + b',"' + first.encode() + b'":0}'


JSON_DAMAGE: Mapping[str, Damage] = {
    "empty": _with(lambda _: b""),
    "truncated": _with(lambda data: data[: len(data) // 2]),
    "not-utf8": _with(lambda data: data.replace(b'"', b'"\xff', 1)),
    "bom": _with(lambda data: b"\xef\xbb\xbf" + data),
    "duplicate-key": _with(_with_duplicate),
    "deep": _with(lambda _: _deep(200)),
    "very-deep": _with(lambda _: _deep(100_000)),
    "huge": _make_huge,
    "nan": _with(lambda _: b'{"x": NaN}'),
    "lone-surrogate": _with(lambda _: b'{"name": "\\ud800"}'),
    "long-number": _with(lambda _: b'{"x": ' + b"9" * 5000 + b"}"),
    "array": _with(lambda _: b"[]"),
    "directory": _replace(Path.mkdir),
    "fifo": _replace(os.mkfifo),
    "link-loop": _replace(lambda path: path.symlink_to(path.name)),
    "link-dangling": _replace(lambda path: path.symlink_to("nowhere")),
}
"""Ways in which a JSON file is bad; by their name."""

TOML_DAMAGE: Mapping[str, Damage] = {
    "truncated": _with(lambda _: b"[build\n"),
    "not-utf8": _with(lambda data: data + b'x = "\xff"\n'),
    "duplicate-key": _with(lambda data: data + b'ignore = ["x"]\n'),
    "unknown-field": _with(lambda data: data + b"ignroe = []\n"),
    "wrong-type": _with(lambda _: b"[build]\nignore = 3\n"),
    "deep": _with(lambda _: b"x = " + b"[" * 200 + b"]" * 200 + b"\n"),
    "very-deep": _with(lambda _: b"x = " + b"[" * 100_000 + b"]" * 100_000 + b"\n"),
    "huge": _make_huge,
    "long-number": _with(lambda _: b"x = " + b"9" * 5000 + b"\n"),
    "long-path": _with(lambda _: b"a" + b".a" * 5000 + b" = 1\n"),
}
"""Ways in which ``plugintool.toml`` is bad."""


def call(*args: object) -> Ended:
    """Run a command line in this process, through the same function as the console script."""
    words = tuple(map(str, args))
    stdout, stderr, handler = io.StringIO(), io.StringIO(), signal.getsignal(signal.SIGTERM)
    try:
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            code = run(words)
    finally:
        signal.signal(signal.SIGTERM, handler)
    return Ended(words, code, stdout.getvalue(), stderr.getvalue())
