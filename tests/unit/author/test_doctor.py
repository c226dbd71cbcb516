"""A checkup: every line says how a thing is, and what is not well says how to repair it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.build import BuildOptions, build_plugins
from plugintool.author.doctor import EXACT, PYTHON, REQUIRED, Check, Health, Machine, examine
from plugintool.author.lint import lint_tree
from tests.rule_fixtures import PLUGIN_NAME, clean_plugin, manifest, write_plugin

ROOT = Path(__file__).resolve().parents[3]


def machine(changes: Mapping[str, str | None] | None = None, **more: Any) -> Machine:
    """A machine on which all is well, changed."""
    found = {**REQUIRED, **(changes or {})}
    return Machine(**{"installed": found.get, "program": "/usr/bin/{}".format, "python": (3, 12, 1), **more})


def checks(path: Path, **more: Any) -> dict[str, Check]:
    report = examine(path, machine(**more))
    return {check.subject: check for outcome in report.outcomes if outcome.value for check in outcome.value.checks}


class TestMachine:
    def test_all_is_well(self, tmp_path: Path) -> None:
        report = examine(clean_plugin(tmp_path), machine())
        assert report.exit_code == 0
        assert {check.health for check in checks(tmp_path / PLUGIN_NAME).values()} == {Health.OK}

    @pytest.mark.parametrize(
        ("library", "version", "health"),
        [
            ("deflate", "0.9.1", Health.WARN),
            ("deflate", None, Health.ERROR),
            ("cryptography", "46.0.2", Health.ERROR),
            ("cryptography", "46.0.3", Health.OK),
            ("cryptography", "100", Health.OK),
            ("click", "8.10.0rc1", Health.OK),
            ("click", "8", Health.ERROR),
            ("pyyaml", "unknown", Health.ERROR),
        ],
    )
    def test_a_library(self, tmp_path: Path, library: str, version: str | None, health: Health) -> None:
        found = checks(clean_plugin(tmp_path), changes={library: version})[library]
        assert found.health is health
        assert bool(found.fix) is (health is not Health.OK)

    def test_an_old_python_fails(self, tmp_path: Path) -> None:
        report = examine(clean_plugin(tmp_path), machine(python=(3, 10, 9)))
        assert report.exit_code == 1

    def test_programs_that_only_some_commands_need_are_no_error(self, tmp_path: Path) -> None:
        report = examine(clean_plugin(tmp_path), machine(program=lambda _: None))
        assert report.exit_code == 0
        assert checks(tmp_path / PLUGIN_NAME, program=lambda _: None)["claude"].health is Health.WARN

    def test_the_tables_are_those_of_the_package(self) -> None:
        """A requirement that is raised there is raised here."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        said = re.findall(r"^([a-z]+)[>=]=([0-9.]+)", "\n".join(project["dependencies"]), re.MULTILINE)
        assert dict(said) == REQUIRED
        assert {line.partition("==")[0] for line in project["dependencies"] if "==" in line} == EXACT
        assert project["requires-python"] == f">={'.'.join(map(str, PYTHON))}"

    def test_this_machine_can_be_looked_at(self, tmp_path: Path) -> None:
        report = examine(clean_plugin(tmp_path))
        assert report.exit_code == 0


class TestProject:
    def test_no_plugin_is_a_hint_and_no_failure(self, tmp_path: Path) -> None:
        """A release engineer has none."""
        found = checks(tmp_path)["plugin"]
        assert (found.health, examine(tmp_path, machine()).exit_code) == (Health.WARN, 0)
        assert "plugintool new plugin" in found.fix

    def test_a_directory_that_is_not_there_fails(self, tmp_path: Path) -> None:
        assert checks(tmp_path / "missing")["project"].health is Health.ERROR
        assert examine(tmp_path / "missing", machine()).exit_code == 1

    @pytest.mark.parametrize(
        ("toml", "word"),
        [
            ("[lint\n", "plugintool.toml"),
            ("unknown = 1\n", "unknown"),
            ('[lint]\nselect = ["QQ"]\n', "QQ"),
            ('[lint]\nignore = ["QQ123"]\n', "QQ123"),
        ],
    )
    def test_a_project_file_that_cannot_be_used(self, tmp_path: Path, toml: str, word: str) -> None:
        root = clean_plugin(tmp_path, {"plugintool.toml": toml})
        found = checks(root)[f"{PLUGIN_NAME}: plugintool.toml"]
        assert found.health is Health.ERROR
        assert word in found.found
        assert found.fix

    def test_a_project_file_says_for_whom(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"plugintool.toml": 'targets = ["cowork"]\n'})
        assert "cowork" in checks(root)[f"{PLUGIN_NAME}: plugintool.toml"].found

    @pytest.mark.parametrize("text", ["{", "[]", '{"version": "1"}'])
    def test_a_manifest_that_cannot_be_used(self, tmp_path: Path, text: str) -> None:
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": text})
        assert checks(root)[f"{PLUGIN_NAME}: plugin"].health is Health.ERROR

    def test_another_name_than_the_directory(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(name="other")})
        assert checks(root)[f"{PLUGIN_NAME}: plugin"].health is Health.WARN

    def test_a_lone_skill(self, tmp_path: Path) -> None:
        root = write_plugin(tmp_path, {"SKILL.md": "x"})
        assert "lint --fix" in checks(root)[f"{PLUGIN_NAME}: plugin"].fix

    def test_every_plugin_of_a_marketplace(self, tmp_path: Path) -> None:
        entries = [{"name": name, "source": f"./{name}"} for name in ("one", "two")]
        market = {"name": "acme", "owner": {"name": "Acme"}, "plugins": entries}
        write_plugin(tmp_path, {".claude-plugin/marketplace.json": json.dumps(market)}, name="market")
        for name in ("one", "two"):
            clean_plugin(tmp_path / "market", name=name)
        assert {"one: plugin", "two: plugin"} <= checks(tmp_path / "market").keys()


def bundle(place: Path, command: str = "node", **files: str) -> Path:
    """The source of a bundle."""
    server = {"type": "node", "entry_point": "index.js", "mcp_config": {"command": command, "args": []}}
    place.mkdir(parents=True)
    (place / "manifest.json").write_text(json.dumps({"name": place.name, "version": "1.0.0", "server": server}))
    for name, text in files.items():
        (place / name).write_text(text)
    return place


class TestBundles:
    def test_a_bundle_by_itself_is_a_project(self, tmp_path: Path) -> None:
        found = checks(bundle(tmp_path / "clock"))
        assert found["clock: bundle"].found == "clock 1.0.0"
        assert found["clock: node"].health is Health.OK
        assert "plugin" not in found

    def test_the_bundles_of_a_plugin_are_looked_at(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path)
        bundle(root / "bundles/clock", "python3")
        assert {"clock: bundle", "clock: python3"} <= checks(root).keys()

    def test_a_program_that_is_missing_is_told_with_its_use(self, tmp_path: Path) -> None:
        place = bundle(tmp_path / "clock", **{"package-lock.json": "{}"})
        found = checks(place, program=lambda _: None)
        assert (found["clock: node"].health, found["clock: npm"].health) == (Health.WARN, Health.WARN)
        assert "plugintool check" in found["clock: node"].fix
        assert "build --vendor" in found["clock: npm"].fix
        assert examine(place, machine(program=lambda _: None)).exit_code == 0

    @pytest.mark.parametrize("command", ["${__dirname}/server/run", "/bin/sh", "server\\run.exe", ""])
    def test_a_program_that_is_not_on_the_path_is_not_looked_for(self, tmp_path: Path, command: str) -> None:
        assert checks(bundle(tmp_path / "clock", command)).keys() - checks(clean_plugin(tmp_path)) == {"clock: bundle"}

    @pytest.mark.parametrize("text", ["{", "[]", '{"name": 1}', ""])
    def test_a_bundle_manifest_that_cannot_be_used(self, tmp_path: Path, text: str) -> None:
        place = bundle(tmp_path / "clock", **{"manifest.json": text})
        assert checks(place)["clock: bundle"].health is Health.ERROR
        assert examine(place, machine()).exit_code == 1


class TestOutput:
    def built(self, where: Path) -> Path:
        root = clean_plugin(where)
        assert build_plugins([root], BuildOptions(out=root / "dist", lint=lint_tree)).exit_code == 0
        return root

    def test_nothing_built_is_nothing_to_say(self, tmp_path: Path) -> None:
        assert f"{PLUGIN_NAME}: dist" not in checks(clean_plugin(tmp_path))

    def test_what_was_built(self, tmp_path: Path) -> None:
        found = checks(self.built(tmp_path))[f"{PLUGIN_NAME}: dist"]
        assert (found.health, found.found) == (Health.OK, "built, not signed")

    def test_a_source_that_is_newer(self, tmp_path: Path) -> None:
        root = self.built(tmp_path)
        os.utime(root / "skills/review/SKILL.md", (4e9, 4e9))
        found = checks(root)[f"{PLUGIN_NAME}: dist"]
        assert (found.health, "plugintool build" in found.fix) == (Health.WARN, True)

    def test_a_tree_that_is_no_built_one(self, tmp_path: Path) -> None:
        root = self.built(tmp_path)
        (root / "dist/org-plugins" / PLUGIN_NAME / "version.json").unlink()
        assert checks(root)[f"{PLUGIN_NAME}: dist"].health is Health.ERROR


def test_the_published_form(tmp_path: Path) -> None:
    value = examine(clean_plugin(tmp_path), machine()).outcomes[0].value
    assert value is not None
    first: Any = value.as_json()["checks"]
    assert first[0] == {"subject": "Python", "health": "ok", "found": first[0]["found"], "fix": ""}
