"""What ``new`` makes passes ``check``: every type of bundle, as source and as built, and the hooks of a plugin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugintool.cli.main import command
from tests.check_world import write


def run(*args: object) -> str:
    done = CliRunner().invoke(command, [*map(str, args)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "server",
    [
        pytest.param("node", marks=pytest.mark.foreign("node")),
        pytest.param("python", marks=pytest.mark.foreign("python3")),
        pytest.param("binary", marks=pytest.mark.foreign("awk")),
    ],
)
def test_every_type_of_bundle_answers(here: Path, server: str) -> None:
    """In both eras, without a single finding."""
    run("new", "bundle", "clock", "--server", server)
    for era in ("stateless", "handshake"):
        told = run("check", "--strict", "--target", "directory", "--era", era, "clock")
        assert "CH0" not in told
        assert f"answered  stdio · {era} 20" in told
    assert here.joinpath("clock/manifest.json").exists()


@pytest.mark.foreign("python3")
def test_a_bundle_for_uv_answers_with_a_stand_in(here: Path, foreign: Callable[[str], str]) -> None:
    """uv itself is the host's; this one runs the file that it is given, without an environment of its own."""
    run("new", "bundle", "clock", "--server", "uv")
    write(here / "bin/uv", f'#!/bin/sh\n[ "$1" = run ] && exec {foreign("python3")} "$5"\n')
    (here / "bin/uv").chmod(0o755)
    told = run("check", "--strict", "--env", f"PATH={here}/bin", "clock")
    assert "server clock  answered" in told


@pytest.mark.foreign("node")
def test_a_plugin_with_everything_answers(here: Path) -> None:
    """Its remote server is left out, its hook takes the sample event."""
    run("new", "plugin", "full", "--with", "hooks", "--with", "bundle")
    told = run("check", "--strict", "--hooks", "full")
    assert "2 checked, 0 not checked" in told
    run("build", "full")
    assert "2 checked, 0 not checked" in run("check", "--strict", "--hooks", "dist/org-plugins/full")
