"""The how-to for a stolen key is played as it stands, on a device below a temporary directory."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "stolen-key.md"
SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n)*)", re.MULTILINE)
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@ next @@"
STATE = "/Library/Application Support/plugintool"
SIGN_CERTIFIED = "plugintool sign dist/org-plugins/acme-review --key authority/signer.key.pem"
PREPARED = {
    "The policy pins the key": [
        "plugintool keys new old --for 'acme-*'",
        "plugintool sign dist/org-plugins/acme-review --key old.key.pem",
        "plugintool device init --trust-policy old.trust-policy.json",
    ],
    "The policy knows a certificate": [
        "plugintool keys new-ca authority --organization Acme --for 'acme-*'",
        f"{SIGN_CERTIFIED} --certificate-chain authority/signer.chain.pem --timestamp-key authority",
        "plugintool device init --trust-policy authority/trust-policy.json",
        f'mkdir -p "{STATE}/crls"',
        f'cp authority/crls/*.crl "{STATE}/crls/"',
    ],
}
"""What each section finds: a key, a signed plugin, and a device that trusts it; the plugin is installed then."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the page shows a POSIX shell")


def section(title: str) -> str:
    """Return the text below a heading."""
    sections: dict[str, str] = dict(SECTION.findall(PAGE.read_text("utf-8")))
    return sections[title]


def steps_of(text: str) -> list[tuple[str, str]]:
    """Return the commands of a section, of both people, each with the output that it shows."""
    steps: list[tuple[str, str]] = []
    for line in "".join(BLOCK.findall(text)).splitlines():
        if line.startswith(("$ ", "# ")):
            steps.append((line[2:], ""))
        else:
            command, shown = steps[-1]
            steps[-1] = (command, f"{shown}{line}\n")
    return steps


def pattern_of(shown: str) -> re.Pattern[str]:
    lines = [r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in shown.splitlines()]
    return re.compile("".join(lines) + r"\Z")


def play(commands: list[str], directory: Path) -> list[str]:
    """Run commands in one shell; the device, and its state, lie below the directory."""
    python = f"{shlex.quote(sys.executable)} -m plugintool"
    program = (
        f'plugintool() {{ if [ "$1" = device ]; then sub=$2; shift 2; {python} device "$sub" --root device "$@" 2>&1; '
        f'else {python} "$@" 2>&1; fi; }}\n'
    )
    placed = [command.replace(f'"{STATE}', f'"device{STATE}') for command in commands]
    script = program + "".join(f"{command}\necho '{MARK}'\n" for command in placed)
    done = subprocess.run(
        ["/bin/sh"], input=script, cwd=directory, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    outputs = done.stdout.split(f"{MARK}\n")
    assert len(outputs) == len(commands) + 1
    return outputs[:-1]


def installed(title: str, directory: Path) -> None:
    """Bring about what a section begins with."""
    begin = ["plugintool new plugin acme-review", "plugintool build acme-review"]
    end = ["plugintool device install dist/org-plugins/acme-review", "cp -R dist before"]
    outputs = play([*begin, *PREPARED[title], *end], directory)
    assert outputs[-2].startswith("installed acme-review"), outputs


@pytest.mark.parametrize("title", PREPARED)
def test_every_command_prints_what_the_page_shows(title: str, tmp_path: Path) -> None:
    """In order; the last one finds a clean device."""
    installed(title, tmp_path)
    steps = steps_of(section(title))
    outputs = play([command for command, _ in steps], tmp_path)
    for (command, shown), output in zip(steps, outputs, strict=True):
        assert pattern_of(shown).match(output), f"{command}\nshown:\n{shown}\nprinted:\n{output}"
    assert steps[-1][0] == "plugintool device audit"


def test_what_the_stolen_key_signed_is_refused_for_ever(tmp_path: Path) -> None:
    """The old release, one that the thief makes, and one by the thief's own heir."""
    title = "The policy pins the key"
    installed(title, tmp_path)
    play([command for command, _ in steps_of(section(title))], tmp_path)
    thief = [
        "plugintool device install before/org-plugins/acme-review",
        "plugintool build acme-review",
        "plugintool sign dist/org-plugins/acme-review --key old.key.pem --sequence 9000000000",
        "plugintool device install dist/org-plugins/acme-review",
        "plugintool keys new thief",
        "plugintool keys rotate --key old.key.pem --new-public-key thief.pub.pem --out heir.json",
        "plugintool build acme-review",
        "plugintool sign dist/org-plugins/acme-review --key thief.key.pem --lineage heir.json --sequence 9000000000",
        "plugintool device install dist/org-plugins/acme-review",
    ]
    outputs = play(thief, tmp_path)
    for number in (0, 3, 8):
        assert "[signer-untrusted]" in outputs[number], outputs[number]


def test_who_follows_lineages_learns_of_it_from_the_release(tmp_path: Path) -> None:
    """An administrator who was not reached: the same release is installed, and the old key is dead afterwards."""
    title = "The policy pins the key"
    installed(title, tmp_path)
    policy = json.loads((tmp_path / "old.trust-policy.json").read_text())
    policy["policies"][0]["publishers"][0]["lineage"] = True
    (tmp_path / "follows.json").write_text(json.dumps(policy))
    author = [command for command, _ in steps_of(section(title)) if not command.startswith("plugintool device")]
    play(author, tmp_path)
    outputs = play(
        [
            "plugintool device init --trust-policy follows.json",
            "plugintool device install dist/org-plugins/acme-review",
            "plugintool build acme-review",
            "plugintool sign dist/org-plugins/acme-review --key old.key.pem --sequence 9000000000",
            "plugintool device install dist/org-plugins/acme-review",
        ],
        tmp_path,
    )
    assert outputs[1].startswith("updated acme-review")
    assert "[signer-untrusted]" in outputs[4]
    assert "gave up the right to sign" in outputs[4]


def test_links_lead_to_files() -> None:
    """Also those to sections."""
    for target in re.findall(r"\]\(([^)#]+)", PAGE.read_text("utf-8")):
        assert PAGE.parent.joinpath(target).is_file(), target


def test_a_page_that_shows_something_else_is_noticed() -> None:
    """The counter-test of the comparison."""
    assert pattern_of("a\n…\nz …\n").match("a\nb\nc\nz 1\n")
    assert not pattern_of("a\n").match("b\n")
