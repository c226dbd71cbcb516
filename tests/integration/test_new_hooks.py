"""The scripts of scaffolded hooks, run by a real shell in a real repository."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.scaffold.compose import EVENTS, compose_component
from plugintool.scaffold.write import write_tree

MARKERS = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"

Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Run the script of the hook for an event as the client does: with the event on stdin and the project named."""

    def run(event: str, project: Path, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
        root = tmp_path / "plugin"
        write_tree(root, compose_component("hook", "watch", event=event).files)
        return subprocess.run(
            [str(root / "scripts" / "watch.sh")],
            input='{"hook_event_name": "' + event + '"}',
            env={"PATH": path, "CLAUDE_PROJECT_DIR": str(project), "HOME": str(tmp_path)},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run


@pytest.fixture
def project(tmp_path: Path, foreign: Callable[[str], str]) -> Path:
    """A repository with one commit; its path has a blank."""
    root = tmp_path / "my project"
    root.mkdir()
    (root / "file.txt").write_text("a\n")
    identity = ("-c", "user.name=t", "-c", "user.email=t@t.test")
    for args in (("init", "-q", "-b", "trunk"), ("add", "."), (*identity, "commit", "-q", "-m", "first")):
        subprocess.run([foreign("git"), *args], cwd=root, check=True, capture_output=True)
    return root


@pytest.mark.parametrize("event", EVENTS)
def test_outside_a_repository_nothing_is_said(script: Script, tmp_path: Path, event: str) -> None:
    (tmp_path / "plain").mkdir()
    ended = script(event, tmp_path / "plain")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.foreign("git")
def test_clean_edits_are_not_commented(script: Script, project: Path) -> None:
    (project / "file.txt").write_text("b \n")
    ended = script("PostToolUse", project)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", ""), "a blank at the end is the author's business"


@pytest.mark.foreign("git")
@pytest.mark.parametrize("staged", [False, True])
def test_conflict_markers_are_reported_with_their_place(
    script: Script, project: Path, staged: bool, foreign: Callable[[str], str]
) -> None:
    (project / "file.txt").write_text(MARKERS)
    if staged:
        subprocess.run([foreign("git"), "add", "."], cwd=project, check=True)
    ended = script("PostToolUse", project)
    assert ended.returncode == 2, "shows stderr to Claude"
    assert "file.txt:1: leftover conflict marker" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.foreign("git")
def test_a_session_begins_with_branch_and_changes(script: Script, project: Path) -> None:
    (project / "new.txt").write_text("x")
    ended = script("SessionStart", project)
    assert ended.returncode == 0
    assert ended.stdout == "The branch is trunk.\nChanged files, as in git status (at most 20):\n?? new.txt\n"


@pytest.mark.foreign("git")
def test_a_clean_repository_is_said_to_be_clean(script: Script, project: Path) -> None:
    assert script("SessionStart", project).stdout == "The branch is trunk.\nThere are no uncommitted changes.\n"
