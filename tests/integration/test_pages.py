"""The pages are played as they stand: every command of a ``console`` block runs, in order, and prints what is shown.

A line that is only ``…`` stands for any lines, a ``…`` inside a line for any text; a command without output may print
what it likes. A command must end with 0 unless its page says otherwise. ``# `` before a command means root: here it
gets ``--root`` instead. What a page takes as given is made first, and what cannot run has its reason.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from plugintool.frozen import dataclass, field
from tests.integration.test_new_docs import BLOCK, MARK, pattern_of

NETWORK = "needs the network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How a page is played.

    Attributes:
        given: shell commands that make what the page takes as given.
        left_out: beginnings of commands that do not run here, each with the reason.
        instead: beginnings of commands, each with what runs in its place.
        codes: exit codes that the page tells of, by the beginning of the command and in order; all others are 0.
    """

    given: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)
    codes: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a page, the output that the page shows, and the exit code."""

    command: str
    shown: str
    code: int = 0


RELEASED = (
    "plugintool new plugin acme-review --with agent",
    "plugintool bump 1.1.0 acme-review",
    "plugintool build acme-review",
    "plugintool pack dist/org-plugins/acme-review --out released",
)
HOOK = """{"hooks": {"PreToolUse": [{"matcher": "Bash",
 "hooks": [{"type": "command", "command": "\\"${CLAUDE_PLUGIN_ROOT}\\"/bin/check.sh"}]}]}}"""
NEXT = (
    "mkdir acme-review/bin acme-review/hooks",
    r"printf '#!/bin/sh\nexit 0\n' > acme-review/bin/check.sh",
    f"printf '%s' {shlex.quote(HOOK)} > acme-review/hooks/hooks.json",
    "plugintool new mcp api --url https://api.acme.example --plugin acme-review",
    "plugintool bump 1.2.0 acme-review",
    "plugintool build acme-review",
)
CLOCK = """import json, pathlib
path = pathlib.Path("bundles/clock/manifest.json")
zone = {"type": "string", "title": "Zone", "description": "The time zone", "required": True}
path.write_text(json.dumps({**json.loads(path.read_text()), "user_config": {"zone": zone}}, indent=2))"""

PAGES = {
    "README.md": Page(
        left_out={"make ": "this is what runs the tests", "python3 -m venv": NETWORK},
        instead={"plugintool dev ": "plugintool dev --once"},
    ),
    "CONTRIBUTING.md": Page(left_out={"make": "this is what runs the tests"}),
    "docs/tutorial/first-plugin.md": Page(codes={"plugintool lint": (1,)}),
    "docs/how-to/add-a-component.md": Page(),
    "docs/how-to/author.md": Page(
        given=(
            "mkdir plugins bundles && plugintool new plugin one --into plugins --with skill",
            "plugintool new plugin other-plugin --with agent",
            "plugintool new plugin my-plugin --with agent,hook,mcp",
            "plugintool new bundle clock --server python --into plugins",
            "plugintool bump 1.0.0 plugins/clock && plugintool build plugins/clock",
            "mv plugins/clock bundles/clock",
            f"$PYTHON -c {shlex.quote(CLOCK)}",
        ),
        left_out={"plugintool check --online": NETWORK},
    ),
    "docs/how-to/administrator.md": Page(
        given=(
            "plugintool keys new acme --for 'acme-*'",
            "plugintool new plugin acme-review --with agent",
            *(
                f"plugintool bump {version} acme-review && plugintool build acme-review && plugintool sign"
                f" dist/org-plugins/acme-review --key acme.key.pem --sequence {sequence} && plugintool pack --out ."
                " dist/org-plugins/acme-review"
                for sequence, version in enumerate(("1.2.0", "1.3.0"), 1)
            ),
        ),
        left_out={
            "plugintool trust": "needs an authority and its lists over the network; test_trust_commands plays it"
        },
    ),
    "docs/how-to/release-engineer.md": Page(
        given=(
            *RELEASED,
            *NEXT,
            "plugintool new bundle clock --server python && plugintool bump 2.0.0 clock",
            "plugintool build clock --out . && rm -r clock",
        ),
        codes={
            "plugintool diff released/acme-review-1.1.0.zip dist/acme-review-1.2.0.zip --fail-on": (1,),
        },
    ),
    "docs/how-to/bundle-dependencies.md": Page(left_out={"": NETWORK}),
}
"""Pages with commands. What is left out of the last one runs against a registry of our own in test_vendor_cli."""
ELSEWHERE = frozenset({"docs/how-to/signing.md", "docs/how-to/stolen-key.md"})
"""Pages that a test of their own plays: they need programs that are not ours, or a longer story."""


def steps_of(text: str, page: Page) -> list[Step]:
    """Return the commands of a page that run here."""
    steps: list[Step] = []
    told = {start: list(codes) for start, codes in page.codes.items()}
    for line in "".join(BLOCK.findall(text)).splitlines():
        if not line.startswith(("$ ", "# ")):
            steps[-1] = Step(steps[-1].command, f"{steps[-1].shown}{line}\n", steps[-1].code)
            continue
        command = next((new for old, new in page.instead.items() if line[2:].startswith(old)), line[2:])
        codes = next((codes for start, codes in told.items() if command.startswith(start)), [])
        code = codes.pop(0) if codes else 0
        steps.append(Step(command.replace("plugintool ", "as_root ", 1) if line[0] == "#" else command, "", code))
    return [step for step in steps if not any(step.command.startswith(start) for start in page.left_out)]


@pytest.mark.skipif(os.name == "nt", reason="the pages show a POSIX shell")
@pytest.mark.parametrize("name", PAGES)
def test_every_command_does_what_the_page_shows(name: str, root: Path, tmp_path: Path) -> None:
    """One shell plays the whole page."""
    page = PAGES[name]
    steps = steps_of((root / name).read_text("utf-8"), page)
    python = shlex.quote(sys.executable)
    script = [
        f'PYTHON={python}; plugintool() {{ {python} -m plugintool "$@" 2>&1; }}',
        'as_root() { plugintool "$@" --root device; }',
        *(f"{{ {line}\n}} > /dev/null || echo 'given: {index}' >&2" for index, line in enumerate(page.given)),
        f"echo '{MARK} 0'",
        *(f'{step.command}\necho "{MARK} $?"' for step in steps),
    ]
    done = subprocess.run(
        ["/bin/sh"], input="\n".join(script), cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    outputs = re.split(rf"{MARK} (\d+)\n", done.stdout)[2:]
    assert len(outputs) == 2 * len(steps) + 1
    for step, output, code in zip(steps, outputs[::2], outputs[1::2], strict=False):
        assert int(code) == step.code, f"{step.command}\nexit code {code}:\n{output}"
        assert not step.shown or pattern_of(step.shown).match(output), (
            f"{step.command}\nshown:\n{step.shown}\nprinted:\n{output}"
        )


def test_every_page_with_commands_is_played(root: Path) -> None:
    """A new page, or the first command on an old one, cannot be forgotten."""
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    assert {str(page.relative_to(root)) for page in pages if BLOCK.search(page.read_text("utf-8"))} == {
        *PAGES,
        *ELSEWHERE,
    }
    others = [test.read_text("utf-8") for test in (root / "tests").rglob("test_*.py") if test != Path(__file__)]
    assert [page for page in ELSEWHERE if not any(Path(page).name in text for text in others)] == []


@pytest.mark.parametrize("name", PAGES)
def test_what_is_said_of_a_page_is_true_of_it(name: str, root: Path) -> None:
    """An exception whose command is gone goes, too."""
    page = PAGES[name]
    commands = re.findall(r"^[$#] (.+)$", "".join(BLOCK.findall((root / name).read_text("utf-8"))), re.MULTILINE)
    for start in (*page.left_out, *page.instead, *page.codes):
        assert any(command.startswith(start) for command in commands), start


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files(name: str, root: Path) -> None:
    """Links between pages are relative paths."""
    for target in re.findall(r"\]\(([^)#:]+)\)", (root / name).read_text("utf-8")):
        assert (root / name).parent.joinpath(target).exists(), target


def test_steps_know_prompts_codes_and_exceptions() -> None:
    """A root prompt becomes another word, codes are used up in order, and left out is left out."""
    text = "```console\n$ one a\nshown\n# plugintool device x\n$ one b\n$ two\n```\n"
    page = Page(codes={"one": (1,)}, left_out={"two": "so"})
    assert steps_of(text, page) == [Step("one a", "shown\n", 1), Step("as_root device x", ""), Step("one b", "")]
