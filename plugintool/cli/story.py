"""The story that ``plugintool demo`` plays: real command lines in a directory of its own, and what must happen.

Each step is exactly what a person would type; between steps the story does what an author, or an attacker, does to
files. Nothing here knows how a command works inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from plugintool.cli import story_files as files
from plugintool.errors import InstallError, PlugintoolError, VerificationError
from plugintool.frozen import dataclass

DEVICE = ("--root", "device")
AUTHORITY = "authority"
GATES = "new-hook,new-host,new-executable"
NEXT = "99.0.0"
"""The version of the second release: higher than any that a plugin of the user has."""
_BY_AUTHORITY = ("--trust-policy", f"{AUTHORITY}/trust-policy.json")
_STOPPED, _NOT_VERIFIED, _NOT_INSTALLED = PlugintoolError.exit_code, VerificationError.exit_code, InstallError.exit_code


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
    """A part of the story: who acts, what it shows and why that matters, and the steps."""

    title: str
    why: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: the plugin with its version and whether the story makes it first, and the bundle.

    The source of the plugin is ``<name>/`` in the directory of the story; its version is empty when it has none.
    """

    name: str
    version: str
    is_scaffolded: bool = False

    @property
    def tree(self) -> str:
        """The built tree."""
        return f"dist/org-plugins/{self.name}"

    @property
    def first(self) -> str:
        """The archive of the first release."""
        return f"dist/{self.name}-{self.version or '0'}.zip"

    @property
    def second(self) -> str:
        """The archive of the second release."""
        return f"dist/{self.name}-{NEXT}.zip"

    @property
    def server(self) -> str:
        """The bundle, whose source is in a directory of this name."""
        return "word-tools" if self.name != "word-tools" else "letter-tools"

    @property
    def bundle(self) -> str:
        """The file of the bundle."""
        return f"dist/{self.server}-0.1.0.mcpb"


def acts(cast: Cast) -> Iterator[Act]:
    """Yield the acts."""
    yield Act(
        "The author",
        "a plugin is checked and built before anybody gets it: mistakes show here, not on devices",
        tuple(_author(cast)),
    )
    yield Act(
        "The author of a bundle",
        "a bundle carries a program: check starts it and asks, as the app would",
        tuple(_bundle(cast)),
    )
    yield Act(
        "The release engineer",
        "one signature says who made it and what it holds: whoever has the trust policy can tell",
        tuple(_release(cast)),
    )
    yield Act(
        "The next release",
        "what a plugin can newly do is said before it is signed, and a gate stops what nobody agreed to",
        tuple(_next_release(cast)),
    )
    yield Act(
        "The administrator",
        "a device takes what its trust policy allows, whole or not at all, and can always go one step back",
        tuple(_administrator(cast)),
    )
    yield Act(
        "The attacker",
        "every one of these works on a device that clones or downloads; here each is refused, and says why",
        tuple(_attacks(cast)),
    )


def _author(cast: Cast) -> Iterator[Step]:
    if cast.is_scaffolded:
        yield Step(why="a plugin with an agent, a command, a skill and a server", args=("new", "plugin", cast.name))
    yield Step(why="the rules of the genuine client, and what it does not say", args=("lint", cast.name))
    yield Step(
        why="the tree that devices get: regular files only, the same bytes everywhere", args=("build", cast.name)
    )
    yield Step(why="what can it do?", args=("inspect", cast.tree))


def _bundle(cast: Cast) -> Iterator[Step]:
    yield Step(
        why="a bundle with an MCP server that needs nothing but a shell",
        args=("new", "bundle", cast.server, "--server", "binary"),
    )
    yield Step(why="one file, with the bill of what is in it", args=("build", cast.server))
    yield Step(why="does it really answer?", args=("check", cast.bundle))


def _release(cast: Cast) -> Iterator[Step]:
    yield Step(why="a key, and the trust policy that trusts it", args=("keys", "new", "acme", "--for", cast.name))
    yield Step(
        why="one signature over the record of all files",
        args=("sign", cast.tree, "--key", "acme.key.pem", "--sequence", "1"),
    )
    yield Step(why="one file to carry it", args=("pack", cast.tree))
    yield Step(
        why="eight questions, each answered", args=("verify", cast.first, "--trust-policy", "acme.trust-policy.json")
    )
    yield Step(
        why="a bundle is signed with a certificate; this is a small authority of our own",
        args=("keys", "new-ca", AUTHORITY, "--organization", "Acme"),
    )
    yield Step(
        why="the signature goes behind the archive, with a timestamp that outlives the certificate",
        args=(
            *("sign", cast.bundle, "--key", f"{AUTHORITY}/signer.key.pem"),
            *("--certificate-chain", f"{AUTHORITY}/signer.chain.pem", "--timestamp-key", AUTHORITY),
        ),
    )
    yield Step(why="the same eight questions", args=("verify", cast.bundle, *_BY_AUTHORITY))


def _next_release(cast: Cast) -> Iterator[Step]:
    gate = ("--fail-on", GATES)
    yield Step(
        why="somebody proposes a change with a hook in it: the gate stops it",
        args=("diff", cast.first, f"proposal/{cast.name}", *gate),
        expect=_STOPPED,
        before=lambda here: files.propose_hook(here / cast.name, here / "proposal" / cast.name),
    )
    yield Step(
        why="the author only adds release notes and raises the version: nothing new to agree to",
        args=("diff", cast.first, cast.name, *gate),
        before=lambda here: files.make_next_version(here / cast.name, NEXT),
    )
    yield Step(why="so it is built", args=("build", cast.name))
    yield Step(why="signed", args=("sign", cast.tree, "--key", "acme.key.pem", "--sequence", "2"))
    yield Step(why="packed", args=("pack", cast.tree))
    yield Step(
        why="and published: the app compares the marketplace with the pin that is printed here",
        args=(
            *("marketplace", cast.second, "--name", "acme", "--owner", "Acme"),
            *("--base-url", "https://plugins.acme.invalid/r2"),
        ),
    )


def _administrator(cast: Cast) -> Iterator[Step]:
    yield Step(
        why="a device that trusts this key and nothing else",
        args=("device", "init", *DEVICE, "--trust-policy", "acme.trust-policy.json"),
    )
    yield Step(why="verified first, then written", args=("device", "install", *DEVICE, cast.first))
    yield Step(why="an update is one rename", args=("device", "install", *DEVICE, cast.second))
    yield Step(why="what is on the device", args=("device", "status", *DEVICE))
    yield Step(why="are these still the signed files?", args=("device", "audit", *DEVICE))
    yield Step(why="one step back, kept there", args=("device", "revert", *DEVICE, cast.name))
    yield Step(why="and let go again", args=("device", "unhold", *DEVICE, cast.name))
    yield Step(why="forward to the newest release", args=("device", "install", *DEVICE, cast.second))


def _attacks(cast: Cast) -> Iterator[Step]:
    stranger = f"stranger/org-plugins/{cast.name}"
    yield Step(
        why="attack 1: one byte of the archive is flipped",
        args=("device", "install", *DEVICE, "flipped.zip"),
        expect=_NOT_VERIFIED,
        before=lambda here: files.flip_byte(here / cast.second, here / "flipped.zip"),
    )
    yield Step(
        why="attack 2: a file is added to the signed tree",
        args=("verify", f"added/{cast.name}", "--trust-policy", "acme.trust-policy.json"),
        expect=_NOT_VERIFIED,
        before=lambda here: files.add_file(here / cast.tree, here / "added" / cast.name),
    )
    yield Step(why="attack 3: a stranger has a key", args=("keys", "new", "mallory"))
    yield Step(why="and builds", args=("build", cast.name, "--out", "stranger"))
    yield Step(why="and signs", args=("sign", stranger, "--key", "mallory.key.pem", "--sequence", "3"))
    yield Step(
        why="but the device does not know that key",
        args=("device", "install", *DEVICE, stranger),
        expect=_NOT_VERIFIED,
    )
    yield Step(
        why="attack 4: an old release, with its right signature, is offered again",
        args=("device", "install", *DEVICE, cast.first),
        expect=_NOT_INSTALLED,
    )
    yield Step(
        why="attack 5: one byte of the bundle is flipped",
        args=("verify", "flipped.mcpb", *_BY_AUTHORITY),
        expect=_NOT_VERIFIED,
        before=lambda here: files.flip_byte(here / cast.bundle, here / "flipped.mcpb", place=1 / 4),
    )
    yield Step(
        why="attack 6: a second archive hides in the signature block, where most zip readers look first",
        args=("verify", "smuggled.mcpb", *_BY_AUTHORITY),
        expect=_NOT_VERIFIED,
        before=lambda here: files.smuggle_archive(here / cast.bundle, here / "smuggled.mcpb"),
    )
    yield Step(why="nothing of this reached the device", args=("device", "audit", *DEVICE))
