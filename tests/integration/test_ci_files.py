"""What runs in other people's pipelines: workflows of ``new --ci``, the pre-commit hooks, the GitHub action.

The steps are taken out of the files and run as the services run them, with a ``plugintool`` that is this checkout.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from plugintool.cli.main import command as top
from plugintool.cli.main import run
from plugintool.cli.new_plugin import CI as OFFERED
from plugintool.scaffold.compose import CI
from tests.rule_fixtures import clean_plugin

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW, PIPELINE = ".github/workflows/plugin.yml", ".gitlab-ci.yml"
NAME = "acme-review"


def parsed(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a program ``plugintool`` that runs this checkout."""
    shim = tmp_path / "bin/plugintool"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m plugintool "$@"\n')
    shim.chmod(0o755)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def shell(script: str, where: Path, **environment: str) -> str:
    """Run a step; a failing line fails the step, as on the services."""
    base = {"PATH": f"{where.parent / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(where.parent)}
    words = ["bash", "-e", "-o", "pipefail", "-c", script]
    done = subprocess.run(words, cwd=where, env=base | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def make_plugin(service: str) -> None:
    assert run(["new", "plugin", NAME, "--ci", service, "--quiet"]) == 0


def make_key(where: Path) -> dict[str, str]:
    """A key with its passphrase, as the two secrets hold them."""
    (where.parent / "pass").write_text("correct horse battery staple\n")
    shell(f"plugintool keys new release --for {NAME} --passphrase-file ../pass --out ..", where)
    return {"PLUGIN_KEY": str(where.parent / "release.key.pem"), "PLUGIN_KEY_PASSPHRASE": str(where.parent / "pass")}


def steps(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step and "pip install" not in step["run"]]


def test_the_services_that_are_offered_are_those_that_there_are() -> None:
    assert set(OFFERED) == set(CI)


def test_without_the_option_there_is_no_workflow(here: Path) -> None:
    assert run(["new", "plugin", NAME, "--quiet"]) == 0
    assert not {".github", PIPELINE} & {path.name for path in (here / NAME).iterdir()}


@pytest.mark.parametrize("service", OFFERED)
def test_a_plugin_with_a_workflow_is_as_clean_as_one_without(here: Path, service: str) -> None:
    """And the workflow does not become a part of what is released."""
    make_plugin(service)
    assert run(["lint", "--strict", NAME, "--quiet"]) == 0
    assert run(["build", NAME, "--quiet"]) == 0
    built = here / "dist/org-plugins" / NAME
    assert not {".github", PIPELINE} & {path.name for path in built.iterdir()}


@pytest.mark.parametrize(("service", "path"), [("github", WORKFLOW), ("gitlab", PIPELINE)])
def test_a_workflow_is_added_to_a_plugin_that_is_there_and_never_written_over(
    here: Path, service: str, path: str
) -> None:
    clean_plugin(here, name=NAME)
    assert run(["new", "plugin", NAME, "--here", "--into", NAME, "--ci", service, "--quiet"]) == 0
    (here / NAME / path).write_text("mine\n")
    assert run(["new", "plugin", NAME, "--here", "--into", NAME, "--ci", service, "--quiet"]) == 0
    assert (here / NAME / path).read_text() == "mine\n"


class TestGitHub:
    def test_the_steps_check_build_sign_and_pack(self, here: Path) -> None:
        make_plugin("github")
        jobs = parsed(here / NAME / WORKFLOW)["jobs"]
        secrets = {name: Path(path).read_text() for name, path in make_key(here).items()}
        (here.parent / "runner").mkdir()
        for script in steps(jobs["check"]):
            shell(script, here)
        for script in steps(jobs["release"]):
            shell(script, here, RUNNER_TEMP=str(here.parent / "runner"), **secrets)
        assert [path.name for path in (here / "dist").glob("*.zip")] == [f"{NAME}-0.1.0.zip"]
        assert (here / "dist/org-plugins" / NAME / ".claude-plugin/plugin.sigstore.json").exists()
        assert list((here.parent / "runner").iterdir()) == [], "the key does not stay on the runner"

    def test_a_fork_gets_no_secrets_and_no_rights(self, here: Path) -> None:
        make_plugin("github")
        workflow = parsed(here / NAME / WORKFLOW)
        assert workflow["permissions"] == {"contents": "read"}
        assert "secrets." not in str(workflow["jobs"]["check"])
        assert "tags/v" in workflow["jobs"]["release"]["if"]
        text = (here / NAME / WORKFLOW).read_text()
        assert text.count("${{ secrets.PLUGIN_KEY") == 2
        assert "pull_request_target" not in text

    def test_the_version_is_pinned(self, here: Path) -> None:
        make_plugin("github")
        jobs = parsed(here / NAME / WORKFLOW)["jobs"]
        installs = [step["run"] for job in jobs.values() for step in job["steps"] if "pip" in step.get("run", "")]
        assert len(installs) == 2
        assert all("plugintool==" in line for line in installs)


class TestGitLab:
    def test_the_scripts_check_build_sign_and_pack(self, here: Path) -> None:
        make_plugin("gitlab")
        pipeline = parsed(here / NAME / PIPELINE)
        files = make_key(here)
        shell("\n".join(pipeline["check"]["script"]), here / NAME, **_path(here))
        shell("\n".join(pipeline["release"]["script"]), here / NAME, **files, **_path(here))
        assert [path.name for path in (here / NAME / "dist").glob("*.zip")] == [f"{NAME}-0.1.0.zip"]

    def test_only_a_tag_is_released(self, here: Path) -> None:
        make_plugin("gitlab")
        pipeline = parsed(here / NAME / PIPELINE)
        assert pipeline["release"]["rules"] == [{"if": "$CI_COMMIT_TAG =~ /^v/"}]
        assert pipeline["variables"]["GIT_CLONE_PATH"].endswith(f"/{NAME}"), "the directory's name is the plugin's"


def _path(here: Path) -> dict[str, str]:
    """The program, for a step that runs one directory deeper."""
    return {"PATH": f"{here.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"}


class TestPreCommit:
    HOOKS = parsed(ROOT / ".pre-commit-hooks.yaml")

    def test_there_is_one_to_check_and_one_to_repair(self) -> None:
        assert [hook["id"] for hook in self.HOOKS] == ["plugintool-lint", "plugintool-fix"]

    @pytest.mark.parametrize("number", [0, 1])
    def test_a_hook_runs_a_command_that_there_is(self, number: int, here: Path) -> None:
        """On the root of a repository, and fails on a plugin with an error."""
        hook = self.HOOKS[number]
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        root = clean_plugin(here)
        shell(hook["entry"], root, **_path(here))
        (root / ".claude-plugin/plugin.json").write_text("{")
        with pytest.raises(AssertionError, match="PM002"):
            shell(hook["entry"], root, **_path(here))


class TestAction:
    ACTION = parsed(ROOT / "action.yml")

    def lines(self) -> list[str]:
        return [step["run"] for step in self.ACTION["runs"]["steps"]]

    def test_nothing_of_a_stranger_is_put_into_a_shell_line(self) -> None:
        """Inputs come as variables: ``${{ … }}`` in a script would let a branch name run commands."""
        assert all("${{" not in line for line in self.lines())
        assert all(step["shell"] == "bash" for step in self.ACTION["runs"]["steps"])

    def test_the_repository_that_is_checked_is_not_run(self, here: Path) -> None:
        """A directory called plugintool there must not become our program."""
        trap = here / "plugintool"
        trap.mkdir()
        (trap / "__init__.py").write_text("raise SystemExit('ran a stranger')\n")
        clean_plugin(here)
        (here.parent / "runner").mkdir()
        (here.parent / "runner/plugintool").symlink_to(ROOT)
        line = self.lines()[1].replace("python3", sys.executable)
        told = shell(line, here, CHECKED=NAME, FAIL_ON="error", RUNNER_TEMP=str(here.parent / "runner"))
        assert "stranger" not in told

    def test_the_options_are_those_of_the_command(self) -> None:
        words = self.lines()[1].partition("-m plugintool lint ")[2].split()
        found = top.get_command(click.Context(top), "lint")
        assert found is not None
        known = {opt for parameter in found.params for opt in parameter.opts}
        assert {word for word in words if word.startswith("--") and word != "--"} <= known
