"""The pages about ``new`` are played as they stand: every command of a ``console`` block runs and prints what is shown.

A line that is only ``…`` stands for any lines, a ``…`` inside a line for any text.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = ["docs/tutorial/first-plugin.md", "docs/how-to/add-a-component.md"]
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
    lines = [r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in shown.splitlines()]
    return re.compile("".join(lines) + r"\Z")


@pytest.mark.skipif(os.name == "nt", reason="the pages show a POSIX shell")
@pytest.mark.parametrize("page", PAGES)
def test_every_command_prints_what_the_page_shows(page: str, root: Path, tmp_path: Path) -> None:
    steps = steps_of((root / page).read_text("utf-8"))
    program = f'plugintool() {{ {shlex.quote(sys.executable)} -m plugintool "$@" 2>&1; }}\n'
    script = program + "".join(f"{command}\necho '{MARK}'\n" for command, _ in steps)
    done = subprocess.run(
        ["/bin/sh"], input=script, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    outputs = done.stdout.split(f"{MARK}\n")
    assert len(outputs) == len(steps) + 1
    for (command, shown), output in zip(steps, outputs, strict=False):
        assert pattern_of(shown).match(output), f"{command}\nshown:\n{shown}\nprinted:\n{output}"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str, root: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (root / page).read_text("utf-8")):
        assert (root / page).parent.joinpath(target).is_file(), target


def test_a_page_that_shows_something_else_is_noticed() -> None:
    """The counter-test of the comparison."""
    assert pattern_of("a\n…\nz …\n").match("a\nb\nc\nz 1\n")
    assert not pattern_of("a\n…\nz …\n").match("a\nb\n")
    assert not pattern_of("a\n").match("a\nb\n")
    assert not pattern_of("a.c\n").match("abc\n")
