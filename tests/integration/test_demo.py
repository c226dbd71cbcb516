"""``plugintool demo`` from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from plugintool.cli import stage
from plugintool.cli.output import Output
from plugintool.cli.story import Act, Step


def _plugintool(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plugintool", *args], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_demo_ends_well_and_shows_the_refusals(tmp_path: Path) -> None:
    """Everything works, a server answers, a gate stops, attacks are refused, and nothing is left behind."""
    done = _plugintool("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("exit code 3") == 5
    assert done.stdout.count("exit code 4") == 1
    assert done.stdout.count("exit code 1") == 1
    assert "server word-tools  answered" in done.stdout
    assert "error new-hook" in done.stdout
    assert "manifestSha256" in done.stdout
    assert "all steps ended as they must" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_demo_in_json_is_one_document(tmp_path: Path) -> None:
    """With json there is no narration on stdout, only the report of all steps."""
    done = _plugintool("demo", "--format", "json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert document["exit_code"] == 0
    codes = [step["value"]["exit_code"] for step in document["subjects"]]
    assert [code for code in codes if code] == [1, 3, 3, 3, 4, 3, 3]


def test_keep_leaves_the_directory_and_refuses_an_existing_one(tmp_path: Path) -> None:
    """``--keep`` plays in a new directory; an existing one is never written to."""
    assert _plugintool("demo", "--keep", "kept", cwd=tmp_path).returncode == 0
    assert (tmp_path / "kept/dist/code-reviewer-0.1.0.zip").is_file()
    with zipfile.ZipFile(tmp_path / "kept/smuggled.mcpb") as seen:  # the attack is real: others read the intruder
        assert seen.read("manifest.json") == b'{"name": "intruder"}'
    again = _plugintool("demo", "--keep", "kept", cwd=tmp_path)
    assert again.returncode == 1
    assert "kept" in again.stderr


def test_the_demo_plays_a_plugin_of_the_user(tmp_path: Path) -> None:
    """The user's plugin is copied and takes the leading role; the original stays as it is."""
    assert _plugintool("new", "plugin", "my-tool", "--with", "skill,hook", cwd=tmp_path).returncode == 0
    before = {path: path.read_bytes() for path in (tmp_path / "my-tool").rglob("*") if path.is_file()}
    done = _plugintool("demo", "my-tool", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dist/my-tool-0.1.0.zip" in done.stdout
    assert before == {path: path.read_bytes() for path in (tmp_path / "my-tool").rglob("*") if path.is_file()}


@pytest.mark.parametrize(("args", "found"), [("tools", "a bundle"), ("nothing", "nothing"), ("empty", "none")])
def test_what_is_no_plugin_is_told_so(tmp_path: Path, args: str, found: str) -> None:
    """A bundle, a directory without a plugin, and nothing at all are told apart, and what to do is said."""
    assert _plugintool("new", "bundle", "tools", cwd=tmp_path).returncode == 0
    (tmp_path / "empty").mkdir()
    done = _plugintool("demo", args, cwd=tmp_path)
    assert done.returncode == 1
    assert f"found: {found}\n" in done.stderr
    assert "fix: plugintool demo without a path" in done.stderr


@pytest.mark.parametrize("manifest", ["", "[]", '{"name": 3}', '{"name": "../x"}', '{"name": "a/b"}'])
def test_a_plugin_without_a_usable_name_is_refused(tmp_path: Path, manifest: str) -> None:
    """The demonstration does not start with a plugin that cannot be named; the error names the manifest."""
    (tmp_path / "odd/.claude-plugin").mkdir(parents=True)
    (tmp_path / "odd/.claude-plugin/plugin.json").write_text(manifest)
    done = _plugintool("demo", "odd", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "odd" in done.stderr


def test_a_step_that_ends_differently_stops_the_demo(tmp_path: Path) -> None:
    """The demonstration is a smoke test: an unexpected exit code is a failure that names the step."""
    story = (Act("one", "a smoke test", (Step(why="a typo", args=("lnt",), expect=0),)),)
    with pytest.raises(stage.StoryError) as caught:
        stage.play(tmp_path, story, Output(quiet=True))
    assert caught.value.detail["field"] == "lnt"
    assert caught.value.detail["found"] == "exit code 2"
