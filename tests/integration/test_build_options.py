"""``build`` with what a release asks for: described plugins, allowed secrets, many at once, twice to compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugintool.cli.main import command, run
from tests.hostile_input import NAME, plugin_files, report_schema, spawn, write_files
from tests.rule_fixtures import clean_plugin

KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
SKILL = "---\nname: {0}\ndescription: Does what {0} is for, when somebody asks for it.\n---\nDo it.\n"
WORDS = {"version": "1.0.0", "description": "Described by its entry.", "author": {"name": "Acme"}}


def call(*args: object) -> Result:
    return CliRunner().invoke(command, ["build", *map(str, args)])


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a directory, with its mode."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mode) for path in files}


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """Two entries share a directory, a third has one of its own; none has a manifest."""
    entries = [
        {"name": "one", "source": "./", "strict": False, "skills": ["./skills/one"], "category": "x", **WORDS},
        {"name": "two", "source": "./", "strict": False, "skills": ["./skills/two"], **WORDS},
        {"name": "three", "source": "./three", **WORDS},
    ]
    value = {"name": "m", "owner": {"name": "Acme"}, "description": "d", "plugins": entries}
    skills = {f"skills/{name}/SKILL.md": SKILL.format(name) for name in ("one", "two")}
    extra = {"three/skills/three/SKILL.md": SKILL.format("three"), "README.md": "Read me.\n", "LICENSE": "MIT\n"}
    return write_files(tmp_path / "market", {".claude-plugin/marketplace.json": json.dumps(value), **skills, **extra})


def test_what_a_marketplace_describes_gets_its_manifest(market: Path, tmp_path: Path) -> None:
    """Each entry becomes a plugin of its own, with the skills that it lists; the source stays as it is."""
    before = tree(market)
    ended = call(market, "--out", tmp_path / "out")
    assert ended.exit_code == 0, ended.output
    built = tmp_path / "out/org-plugins"
    assert {path.name for path in built.iterdir()} == {"one", "two", "three"}
    manifest: Any = json.loads((built / "one/.claude-plugin/plugin.json").read_text())
    assert manifest == {"name": "one", "skills": ["./skills/one"], **WORDS}
    assert [path.name for path in (built / "two/skills").iterdir()] == ["two"]
    assert tree(market) == before


def test_a_described_plugin_is_judged_by_lint(market: Path, tmp_path: Path) -> None:
    """As if its manifest were there."""
    file = market / ".claude-plugin/marketplace.json"
    file.write_text(file.read_text().replace('"author": {"name": "Acme"}', '"author": "Acme"'))
    ended = call(market / "three", "--out", tmp_path / "out")
    assert ended.exit_code == 1
    assert ".claude-plugin/plugin.json" in ended.output


def test_listing_tells_the_written_manifest(market: Path) -> None:
    """And what the other entry takes."""
    ended = call(market, "--list")
    assert ended.exit_code == 0, ended.output
    assert "+ .claude-plugin/plugin.json  [generated]" in ended.stdout
    assert "- skills/two/SKILL.md  [pattern]" in ended.stdout


def test_a_secret_is_refused_until_it_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, relative to where one is or to the plugin; lint is content then, too."""
    plugin = clean_plugin(tmp_path, {"tests/server.pem": KEY})
    monkeypatch.chdir(tmp_path)
    refused = call(plugin)
    assert refused.exit_code == 1
    assert "--allow-secret tests/server.pem" in refused.output
    assert call(plugin, "--allow-secret", "tests/other.pem").exit_code == 1
    for path in ("tests/server.pem", plugin / "tests/server.pem"):
        assert call(plugin, "--allow-secret", path).exit_code == 0
    (built,) = Path("dist/org-plugins").iterdir()
    assert (built / "tests/server.pem").read_text() == KEY
    listed = call(plugin, "--why", "tests/server.pem", "--allow-secret", "tests/server.pem")
    assert "+ tests/server.pem  [kept]" in listed.stdout


def test_several_fates_are_asked_for_at_once(tmp_path: Path) -> None:
    """In the order of the questions; one that is not there is an error beside the others."""
    plugin = clean_plugin(tmp_path, {"a.txt": "a", "b/c.txt": "c"})
    ended = call(plugin, "--why", "b", "--why", "a.txt")
    assert [line.split()[1] for line in ended.stdout.splitlines()] == ["b/c.txt", "a.txt"]
    assert call(plugin, "--why", "a.txt", "--why", "gone").exit_code == 1


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Good plugins, two of one name, one that lint refuses, one that cannot be built, one that is not there."""
    here = tmp_path_factory.mktemp("many")
    plugins = [clean_plugin(here, name=f"p{number}") for number in range(5)]
    plugins.insert(2, clean_plugin(here / "again", name="p0"))
    plugins.insert(3, clean_plugin(here, {".claude-plugin/plugin.json": "{"}, name="bad"))
    plugins.insert(4, clean_plugin(here, {"con.txt": "x"}, name="odd"))
    return [*plugins, here / "gone"]


def report_of(many: list[Path], out: Path, jobs: str) -> tuple[int, Any]:
    ended = call(*many, "--out", out, "--jobs", jobs, "--format", "json")
    return ended.exit_code, json.loads(ended.stdout.replace(str(out), "OUT"))


@pytest.mark.parametrize("jobs", ["2", "0"])
def test_the_number_of_processes_changes_nothing(many: list[Path], tmp_path: Path, jobs: str) -> None:
    """Neither report nor output; the second of one name is refused in either case."""
    alone = report_of(many, tmp_path / "alone", "1")
    assert report_of(many, tmp_path / "jobs", jobs) == alone
    assert tree(tmp_path / "jobs") == tree(tmp_path / "alone")
    code, report = alone
    report_schema().validate(report)
    assert code == 1
    assert [subject["error"] is None for subject in report["subjects"]] == [
        True, True, False, False, False, True, True, True, False,
    ]  # fmt: skip
    assert "two plugins are named p0" in report["subjects"][2]["error"]["message"]


def test_a_reproducible_build_says_so(tmp_path: Path) -> None:
    """From the command line to the second process and back; nothing but the output is left."""
    write_files(tmp_path / NAME, plugin_files())
    ended = spawn("build", NAME, "--check-reproducible", cwd=tmp_path)
    assert ended.exit_code == 0, ended.text
    assert "a second build gave the same bytes" in ended.stderr
    assert {path.name for path in tmp_path.iterdir()} == {NAME, "dist"}


def test_an_odd_number_of_jobs_is_a_usage_error(tmp_path: Path) -> None:
    """Before anything is read."""
    assert run(["build", str(tmp_path), "--jobs", "-1"]) == 2
    assert run(["build", str(tmp_path), "--jobs", "many"]) == 2
