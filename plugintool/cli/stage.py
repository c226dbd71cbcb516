"""Where the story of ``demo`` is played: each step is run by the real command line, and its end is compared."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
from pathlib import Path

import click

from plugintool.build.plan import is_safe_name
from plugintool.cli.main import run
from plugintool.cli.output import Output
from plugintool.cli.render.text import escape
from plugintool.cli.story import Act, Cast, Step, acts
from plugintool.cli.story_files import MANIFEST
from plugintool.errors import InputError, InstallError, MissingPathError, PlugintoolError, VerificationError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue, read_strict
from plugintool.plugin.discover import is_bundle, is_plugin
from plugintool.report import Outcome, Report
from plugintool.tree.directory import read_bounded
from plugintool.tree.sink import output_errors

_REFUSED = frozenset({VerificationError.exit_code, InstallError.exit_code})
"""Exit codes that an attack must end with."""


class StoryError(PlugintoolError):
    """A step of the demonstration ended in another way than it must."""

    code = "demo-failed"


@dataclass(frozen=True, slots=True)
class Played:
    """One step as it went; ``output`` is what the command printed, both streams in order."""

    act: str
    step: Step
    exit_code: int
    output: str

    def as_json(self) -> JsonObject:
        """Return the published form."""
        args: list[JsonValue] = list(self.step.args)
        return {"act": self.act, "why": self.step.why, "args": args, "exit_code": self.exit_code, "output": self.output}


def prepare(plugin: Path | None, here: Path, *, example: str) -> tuple[Act, ...]:
    """Copy the user's plugin, if there is one, into ``here`` and return the story to play.

    Raises:
        InputError: the plugin has no readable manifest with a name.
    """
    if plugin is None:
        return tuple(acts(Cast(example, "0.1.0", is_scaffolded=True)))
    _require_plugin(plugin)
    manifest = read_strict(read_bounded(plugin / MANIFEST), path=str(plugin / MANIFEST))
    name = manifest.get("name") if isinstance(manifest, dict) else None
    if not isinstance(manifest, dict) or not isinstance(name, str) or not is_safe_name(name):
        raise InputError("the plugin manifest has no usable name", path=str(plugin / MANIFEST), field="/name")
    with output_errors(here / name):
        shutil.copytree(plugin, here / name, symlinks=True, ignore=shutil.ignore_patterns(".git", "dist"))
    return tuple(acts(Cast(name, str(manifest.get("version") or ""))))


def _require_plugin(path: Path) -> None:
    if is_plugin(path):
        return
    found = "a bundle" if is_bundle(path) or path.suffix == ".mcpb" else "none" if os.path.lexists(path) else "nothing"
    raise (InputError if os.path.lexists(path) else MissingPathError)(
        "the demonstration is played with a plugin",
        path=str(path),
        expected=f"a directory with {MANIFEST}",
        found=found,
        hint="plugintool demo without a path makes an example; plugintool new plugin NAME makes a plugin",
    )


def play(here: Path, story: tuple[Act, ...], output: Output) -> None:
    """Play all acts in ``here`` and end the command; stops at the first step that ends in another way."""
    played: list[Outcome[Played]] = []
    with contextlib.chdir(here):
        for act in story:
            output.tell(click.style(f"\n== {act.title}", bold=True))
            output.tell(act.why)
            played.extend(Outcome(subject=act.title, value=_play_step(act, step, here, output)) for step in act.steps)
    refused = sum(step.expect in _REFUSED for act in story for step in act.steps)
    output.tell(click.style(f"\nall steps ended as they must; {refused} of {refused} attacks were refused", fg="green"))
    output.tell("next: plugintool demo PLUGIN plays it with a plugin of yours, --keep DIR keeps all files")
    output.emit(Report("demo", tuple(played)), lambda _: ())


def _play_step(act: Act, step: Step, here: Path, output: Output) -> Played:
    step.before(here)
    output.tell(f"\n# {escape(step.why)}")
    output.tell(click.style(f"$ {escape(shlex.join(('plugintool', *step.args)))}", bold=True))
    spoken = io.StringIO()
    with contextlib.redirect_stdout(spoken), contextlib.redirect_stderr(spoken):
        exit_code = run(step.args)
    output.tell(spoken.getvalue().rstrip("\n"))
    if exit_code:
        output.tell(f"exit code {exit_code}")
    if exit_code != step.expect:
        raise StoryError(
            "a step ended in another way than it must",
            field=shlex.join(step.args),
            expected=f"exit code {step.expect}",
            found=f"exit code {exit_code}",
            hint="what it printed stands above; --keep DIR keeps the files, so that it can be run again there",
        )
    return Played(act.title, step, exit_code, spoken.getvalue())
