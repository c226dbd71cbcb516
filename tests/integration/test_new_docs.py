"""How pages show commands: what a ``console`` block says must run, and what an output must look like.

A line that is only ``…`` stands for any lines, a ``…`` inside a line for any text. ``test_pages`` plays most pages,
others have a test of their own.
"""

from __future__ import annotations

import re

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@ next @@"


def steps_of(page: str) -> list[tuple[str, str]]:
    """Return the commands of a page, each with the output that it shows."""
    steps: list[tuple[str, str]] = []
    for line in "".join(BLOCK.findall(page)).splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], ""))
        else:
            command, shown = steps[-1]
            steps[-1] = (command, f"{shown}{line}\n")
    return steps


def pattern_of(shown: str) -> re.Pattern[str]:
    """Return what an output must match."""
    lines = [r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in shown.splitlines()]
    return re.compile("".join(lines) + r"\Z")


def test_a_page_that_shows_something_else_is_noticed() -> None:
    """The counter-test of the comparison."""
    assert pattern_of("a\n…\nz …\n").match("a\nb\nc\nz 1\n")
    assert not pattern_of("a\n…\nz …\n").match("a\nb\n")
    assert not pattern_of("a\n").match("a\nb\n")
    assert not pattern_of("a.c\n").match("abc\n")


def test_the_steps_of_a_page_are_its_commands_with_their_outputs() -> None:
    """Only blocks of the kind ``console`` count."""
    text = "```console\n$ one\nshown\n```\n```sh\n$ not this\n```\n```console\n$ two\n```\n"
    assert steps_of(text) == [("one", "shown\n"), ("two", "")]
