"""A command that ends as it is asked to: the command-line core is tested with it, so that no real command matters.

Run as a program it is ``plugintool`` with one more command, ``fake``; imported, it holds that command.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import click

from plugintool.cli.lazy import Listed
from plugintool.cli.main import COMMANDS, run
from plugintool.cli.output import Output, output_options
from plugintool.cli.render.text import escape
from plugintool.errors import (
    ArchiveError,
    BuildError,
    ConfigError,
    ContentMismatchError,
    LimitExceededError,
    MalformedFileError,
    MissingPathError,
    PlugintoolError,
    RollbackError,
    UnsafePathError,
)
from plugintool.jsontext import JsonObject
from plugintool.report import Finding, Location, Outcome, Report, Severity

HOSTILE = "a\x1b[31mred\u202eevil\u200b\x07\udc80\u2066z"
"""What a plugin might put into a name: a colour, a bidirectional override, invisible and unprintable characters."""
WIDE = "プラグイン ñ 🙂"


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a subject."""

    text: str
    more: JsonObject = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        return {"text": self.text, **self.more}


def finding(severity: Severity, message: str = "something is odd") -> Finding:
    place = Location("skills/a/SKILL.md", 3, 7, ("metadata", 0, "a/b"))
    return Finding("X001", severity, message, place, hint="change it")


def failed(error: PlugintoolError) -> Report[Value]:
    return Report("fake", (Outcome(subject="plugins/a", error=error),))


def found(severity: Severity, message: str = "something is odd") -> Report[Value]:
    return Report("fake", (Outcome(subject="plugins/a", value=Value("fine"), findings=(finding(severity, message),)),))


DETAIL = ("expected a text", "found 7")
REPORTS: dict[str, Callable[[], Report[Value]]] = {
    "nothing": lambda: Report("fake", ()),
    "ok": lambda: Report("fake", (Outcome(subject="plugins/a", value=Value("all is well")),)),
    "info": lambda: found(Severity.INFO),
    "warning": lambda: found(Severity.WARNING),
    "error": lambda: found(Severity.ERROR),
    "missing": lambda: failed(MissingPathError("nothing is there", path="plugins/a")),
    "malformed": lambda: failed(
        MalformedFileError(
            "not what it should be",
            path="plugins/a/x.json",
            line=3,
            column=9,
            field="/name",
            expected="a text",
            found="7",
            hint="write a text",
            problems=DETAIL,
        )
    ),
    "unsafe": lambda: failed(UnsafePathError("this name is not safe", rule="C17", found="con")),
    "archive": lambda: failed(ArchiveError("bytes before the first entry", rule="C02", path="a.zip")),
    "limit": lambda: failed(LimitExceededError("more than 3 bytes")),
    "build": lambda: failed(BuildError("two files are invalid", problems=("a: dangling link", "b: socket"))),
    "usage": lambda: failed(ConfigError("this option cannot be used", field="--to")),
    "not-verified": lambda: failed(ContentMismatchError("one file differs", step=7, path="README.md")),
    "not-installed": lambda: failed(RollbackError("older than what this device has seen")),
    "several": lambda: Report(
        "fake",
        (
            Outcome(subject="a", value=Value("fine")),
            Outcome(subject="b", error=ContentMismatchError("one file differs", step=7)),
            Outcome(subject="c", findings=(finding(Severity.ERROR),)),
        ),
    ),
    "hostile": lambda: Report(
        "fake",
        (
            Outcome(subject=HOSTILE, value=Value(HOSTILE), findings=(finding(Severity.ERROR, HOSTILE),)),
            Outcome(subject=HOSTILE, error=BuildError(HOSTILE, hint=HOSTILE, problems=(HOSTILE,), found=HOSTILE)),
        ),
    ),
    "wide": lambda: Report(
        "fake",
        (
            Outcome(subject=WIDE, value=Value(WIDE), findings=(finding(Severity.WARNING, WIDE),)),
            Outcome(subject=WIDE, error=MissingPathError(WIDE, path=WIDE)),
        ),
    ),
}
EXIT_CODES = {
    "nothing": 0, "ok": 0, "info": 0, "warning": 0, "error": 1, "missing": 1, "malformed": 1, "unsafe": 1,
    "archive": 1, "limit": 1, "build": 1, "usage": 2, "not-verified": 3, "not-installed": 4, "several": 3,
    "hostile": 1, "wide": 1, "raise-usage": 2, "raise-missing": 1, "raise-not-verified": 3, "raise-not-installed": 4,
    "crash": 70, "recursion": 70, "interrupt": 130, "wrapped-interrupt": 130, "disk-full": 1,
}  # fmt: skip


def _crash() -> None:
    raise ZeroDivisionError("secret detail")


def _recurse() -> None:
    _recurse()


def _interrupt() -> None:
    raise KeyboardInterrupt


def _wrapped_interrupt() -> None:
    raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()


def _disk_full() -> None:
    raise OSError(28, "No space left on device", "out.zip")


def _raise(name: str) -> Callable[[], None]:
    def work() -> None:
        error = REPORTS[name]().outcomes[0].error
        assert error is not None
        raise error

    return work


def _wait() -> None:
    try:
        click.echo("ready")
        time.sleep(30)
    finally:
        click.echo("cleaned up", err=True)


def _flood() -> None:
    for number in range(200_000):
        click.echo(f"line {number}")


ACTIONS: dict[str, Callable[[], None]] = {
    "crash": _crash,
    "recursion": _recurse,
    "interrupt": _interrupt,
    "wrapped-interrupt": _wrapped_interrupt,
    "disk-full": _disk_full,
    "wait": _wait,
    "flood": _flood,
    **{f"raise-{name}": _raise(name) for name in ("usage", "missing", "not-verified", "not-installed")},
}


def lines(value: Value) -> Iterator[str]:
    yield f"{click.style('value:', fg='green')} {escape(value.text)}"


@click.command(name="fake", short_help="end as asked")
@click.argument("outcome", type=click.Choice([*REPORTS, *ACTIONS]))
@output_options
def command(outcome: str, output: Output) -> None:
    """End as OUTCOME says."""
    if outcome in ACTIONS:
        ACTIONS[outcome]()
        return
    output.say("talk")
    output.emit(REPORTS[outcome](), lines)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us with it ignored
    COMMANDS["fake"] = Listed("Everybody", "end as asked")
    sys.modules["plugintool.cli.fake"] = sys.modules["__main__"]
    sys.exit(run(sys.argv[1:]))
