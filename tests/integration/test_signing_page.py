"""The page about keys, certificates and timestamps is played as it stands, with the programs that it names."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import token_world
from tests import vector_cases_bundles as bundles
from tests.integration.test_new_docs import MARK, pattern_of, steps_of
from tests.signing_world import build_tree

PAGE = "docs/how-to/signing.md"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """What ``build`` wrote, and an empty SoftHSM."""
    build_tree(tmp_path / "dist/org-plugins")
    for name in ("acme-server", "other"):
        (tmp_path / f"dist/{name}.mcpb").write_bytes(bundles.ARCHIVE)
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\nlog.level = ERROR\n")
    return tmp_path


@pytest.mark.foreign("openssl", "softhsm2-util", "python3", "node", "@anthropic-ai/mcpb")
def test_every_command_prints_what_the_page_shows(root: Path, place: Path, foreign: Callable[[str], str]) -> None:
    steps = steps_of((root / PAGE).read_text("utf-8"))
    mcpb = f"{foreign('@anthropic-ai/mcpb')}/dist/cli/cli.js"
    script = "".join(
        [
            f'plugintool() {{ {shlex.quote(sys.executable)} -m plugintool "$@" 2>&1; }}\n',
            f'mcpb() {{ {shlex.quote(foreign("node"))} {shlex.quote(mcpb)} "$@" 2>&1; }}\n',
            'openssl() { command openssl "$@" 2>&1; }\n',
            *(f"{command}\necho '{MARK}'\n" for command, _ in steps),
        ]
    ).replace(token_world.LIBRARIES[0], token_world.find_library())
    env = {**os.environ, "SOFTHSM2_CONF": str(place / "softhsm2.conf")}
    done = subprocess.run(
        ["/bin/sh"], input=script, cwd=place, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    outputs = done.stdout.split(f"{MARK}\n")
    for (command, shown), output in zip(steps, outputs, strict=False):
        assert pattern_of(shown).match(output), f"{command}\nshown:\n{shown}\nprinted:\n{output}\n{done.stderr}"
    assert len(outputs) == len(steps) + 1
    assert (place / "checked").read_bytes() == bundles.ARCHIVE
