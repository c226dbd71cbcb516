"""The next version is written into every place, and nothing else changes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.bump import Bumped, BumpRequest, bump
from plugintool.author.version_places import places_of
from plugintool.cli.main import run
from plugintool.errors import ConfigError, InputError, MalformedFileError, MissingPathError, PlugintoolError
from plugintool.scaffold.write import apply_changes

PLUGIN = '{\n\t"name": "acme",\n\t"version" :  "1.2.3" , "description": "x"\n}\n'
MARKET = (
    '{"name": "m", "owner": {"name": "o"}, "plugins": [\r\n'
    ' {"name": "other", "source": "./plugins/other", "version": "9.9.9"},\r\n'
    ' {"name": "acme", "source": "./plugins/acme", "version": "1.2.3"}]}\r\n'
)
BUNDLE = '{"manifest_version":"0.3","name":"clock","version":"1.2.3","server":{"type":"uv"}}'
PACKAGE = '{"name": "clock", "version": "1.2.3", "dependencies": {"x": "1.2.3"}}'
LOCK = (
    '{"name": "clock", "version": "1.2.3", "packages": {"": {"name": "clock", "version": "1.2.3"},'
    ' "node_modules/x": {"version": "1.2.3"}}}'
)
PROJECT = """\
[build-system]
requires = ["x==1.2.3"]
version = "1.2.3"

[project] # the project
name = "clock"
  version = '1.2.3'  # as in manifest.json
dependencies = ["mcp>=1.2.3"]
"""
UV_LOCK = """\
version = 1

[[package]]
name = "mcp"
version = "1.2.3"

[[package]]
name = "clock"
version = "1.2.3"
source = { virtual = "." }
"""
FILES = {
    "plugins/acme/.claude-plugin/plugin.json": PLUGIN,
    ".claude-plugin/marketplace.json": MARKET,
    "plugins/acme/bundles/clock/manifest.json": BUNDLE,
    "plugins/acme/bundles/clock/package.json": PACKAGE,
    "plugins/acme/bundles/clock/package-lock.json": LOCK,
    "plugins/acme/bundles/clock/pyproject.toml": PROJECT,
    "plugins/acme/bundles/clock/uv.lock": UV_LOCK,
}
PLACES = [
    "plugins/acme/.claude-plugin/plugin.json /version",
    ".claude-plugin/marketplace.json /plugins/1/version",
    "plugins/acme/bundles/clock/manifest.json /version",
    "plugins/acme/bundles/clock/package.json /version",
    "plugins/acme/bundles/clock/package-lock.json /version",
    "plugins/acme/bundles/clock/package-lock.json /packages//version",
    "plugins/acme/bundles/clock/pyproject.toml project.version",
    "plugins/acme/bundles/clock/uv.lock package clock",
]
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a marketplace with a plugin with a bundle, some files replaced, and return the plugin."""

    def write(changed: Mapping[str, str | None] | None = None) -> Path:
        for name, text in {**FILES, **(changed or {})}.items():
            if text is not None:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).write_bytes(text.encode())
        return tmp_path / "plugins" / "acme"

    return write


def contents(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_bytes().decode() for path in root.rglob("*") if path.is_file()}


def done(root: Path, to: str, **options: Any) -> Bumped:
    (outcome,) = bump(root, BumpRequest(to=to, **options)).outcomes
    assert outcome.error is None, outcome.error
    assert outcome.value is not None
    return outcome.value


def error_of(root: Path, to: str, **options: Any) -> PlugintoolError:
    (outcome,) = bump(root, BumpRequest(to=to, **options)).outcomes
    assert outcome.error is not None
    return outcome.error


def test_every_place_is_known(make: Make, tmp_path: Path) -> None:
    found = places_of(make())
    assert [f"{place.path.relative_to(tmp_path)} {place.field}" for place in found] == PLACES
    assert {place.version for place in found} == {"1.2.3"}
    assert sum(place.follows for place in found) == 3


@pytest.mark.parametrize(
    ("to", "new"), [("minor", "1.3.0"), ("2.0.0-rc.1+x", "2.0.0-rc.1+x"), ("10.20.30", "10.20.30")]
)
def test_all_places_change_and_nothing_else(make: Make, tmp_path: Path, to: str, new: str) -> None:
    root = make()
    before = contents(tmp_path)
    value = done(root, to)
    assert (value.old, value.new, len(value.places)) == ("1.2.3", new, len(PLACES))
    after = contents(tmp_path)
    assert after.keys() == before.keys()
    for name, text in before.items():
        length = sum(PLACE.startswith(f"{name} ") for PLACE in PLACES)
        assert after[name].count(new) == length, name
        assert after[name].replace(new, "1.2.3") == text, name
    assert '"x": "1.2.3"' in after["plugins/acme/bundles/clock/package.json"]
    assert '"version": "9.9.9"' in after[".claude-plugin/marketplace.json"]
    project = after["plugins/acme/bundles/clock/pyproject.toml"]
    assert f"  version = '{new}'  # as in manifest.json" in project
    assert project.startswith('[build-system]\nrequires = ["x==1.2.3"]\nversion = "1.2.3"\n')
    lock = after["plugins/acme/bundles/clock/uv.lock"]
    assert re.findall(r'name = "(\w+)"\nversion = "(.*)"', lock) == [("mcp", "1.2.3"), ("clock", new)]


def test_a_dry_run_shows_a_patch_and_writes_nothing(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make()
    before = contents(tmp_path)
    monkeypatch.chdir(tmp_path)
    value = done(root, "patch", dry_run=True)
    assert contents(tmp_path) == before
    assert value.diff.count("\n+++ b/") == 7
    assert (
        '\n-\t"version" :  "1.2.3" , "description": "x"\n+\t"version" :  "1.2.4" , "description": "x"\n' in value.diff
    )
    assert "+++ b/plugins/acme/.claude-plugin/plugin.json\n" in value.diff


def test_places_that_disagree_are_refused_and_named(make: Make, tmp_path: Path) -> None:
    root = make(
        {"plugins/acme/bundles/clock/package.json": PACKAGE.replace('"version": "1.2.3"', '"version": "1.2.0"')}
    )
    before = contents(tmp_path)
    error = error_of(root, "patch")
    assert isinstance(error, InputError)
    assert len(error.detail["problems"]) == 5, "lock files are not the author's words"
    assert any("package.json /version: 1.2.0" in line for line in error.detail["problems"])
    assert contents(tmp_path) == before
    value = done(root, "patch", force=True)
    assert {place.version for place in places_of(root)} == {"1.2.4"} == {value.new}


def test_a_bump_that_was_half_done_is_finished(make: Make) -> None:
    root = make({"plugins/acme/.claude-plugin/plugin.json": PLUGIN.replace("1.2.3", "1.3.0")})
    assert isinstance(error_of(root, "minor"), InputError)
    done(root, "1.3.0")
    assert {place.version for place in places_of(root)} == {"1.3.0"}


def test_lock_files_follow(make: Make) -> None:
    root = make(
        {
            "plugins/acme/bundles/clock/uv.lock": UV_LOCK.replace(
                'clock"\nversion = "1.2.3"', 'clock"\nversion = "0.1.0"'
            )
        }
    )
    done(root, "patch")
    assert {place.version for place in places_of(root)} == {"1.2.4"}


@pytest.mark.parametrize("text", ["package = 1\n", "package = [1, 2]\n", '[[package]]\nname = 1\nsource = "."\n', ""])
def test_a_lock_file_of_another_shape_has_no_place(make: Make, text: str) -> None:
    assert len(places_of(make({"plugins/acme/bundles/clock/uv.lock": text}))) == len(PLACES) - 1


@pytest.mark.parametrize("text", ["[]", "{}", '{"packages": []}', '{"version": null, "packages": {"": 1}}'])
def test_a_lock_file_of_npm_of_another_shape_has_no_place(make: Make, text: str) -> None:
    assert len(places_of(make({"plugins/acme/bundles/clock/package-lock.json": text}))) == len(PLACES) - 2


def test_the_same_version_changes_nothing(make: Make, tmp_path: Path) -> None:
    root = make()
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    assert done(root, "1.2.3").new == "1.2.3"
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == stamps


@pytest.mark.parametrize(
    ("to", "options", "message"),
    [
        ("1.2.2", {}, "comes before"),
        ("1.2.3-rc.1", {}, "comes before"),
        ("v2.0.0", {}, "not a version"),
        ("next", {}, "not a version"),
        ("1.2", {}, "not a version"),
        ("", {}, "no pre-release"),
        ("2.0.0", {"label": "rc"}, "label"),
        ("minor", {"label": "1"}, "label"),
    ],
)
def test_a_version_that_cannot_be_next_is_a_usage_error(
    make: Make, tmp_path: Path, to: str, options: dict[str, Any], message: str
) -> None:
    root = make()
    before = contents(tmp_path)
    error = error_of(root, to, **options)
    assert isinstance(error, ConfigError)
    assert message in error.message
    assert contents(tmp_path) == before


def test_an_older_version_needs_force(make: Make) -> None:
    root = make()
    assert done(root, "1.0.0", force=True).new == "1.0.0"


def test_a_plugin_without_a_version_gets_the_one_that_is_said(make: Make, tmp_path: Path) -> None:
    name = "plugins/acme/.claude-plugin/plugin.json"
    root = make({name: '{\n  "name": "acme"\n}\n'})
    assert "no version yet" in error_of(root, "patch").message
    assert done(root, "1.2.3").old == ""
    assert (tmp_path / name).read_text() == '{\n  "name": "acme",\n  "version": "1.2.3"\n}\n'


def test_a_version_that_is_no_semantic_version_is_replaced_only_by_a_said_one(make: Make) -> None:
    root = make({name: text.replace("1.2.3", "one") for name, text in FILES.items()})
    assert "no semantic version" in error_of(root, "patch").message
    done(root, "1.0.0")
    assert {place.version for place in places_of(root)} == {"1.0.0"}


def test_a_bundle_by_itself(make: Make) -> None:
    root = make() / "bundles" / "clock"
    assert done(root, "major").new == "2.0.0"
    assert len(places_of(root)) == 6
    assert json.loads((root.parents[1] / ".claude-plugin/plugin.json").read_text())["version"] == "1.2.3"


def test_the_top_of_a_repository_ends_the_search_for_a_marketplace(make: Make) -> None:
    root = make()
    (root / ".git").mkdir()
    assert len(places_of(root)) == len(PLACES) - 1


def test_only_entries_that_mean_the_plugin_count(make: Make) -> None:
    market = MARKET.replace("./plugins/acme", "https://x.test/acme.git")
    assert len(places_of(make({".claude-plugin/marketplace.json": market}))) == len(PLACES) - 1


def test_packages_without_a_version_of_their_own_are_left_alone(make: Make) -> None:
    dynamic = '[project]\nname = "clock"\ndynamic = ["version"]\n'
    files = {
        "plugins/acme/bundles/clock/pyproject.toml": dynamic,
        "plugins/acme/bundles/clock/package.json": '{"private": true}',
    }
    assert [place.path.name for place in places_of(make(files))] == ["plugin.json", "marketplace.json", "manifest.json"]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("plugins/acme/.claude-plugin/plugin.json", '{"name": "acme", "version": 1}', MalformedFileError),
        ("plugins/acme/.claude-plugin/plugin.json", '{"version": "1.2.3", "version": "1.2.3"}', MalformedFileError),
        ("plugins/acme/bundles/clock/manifest.json", "{", MalformedFileError),
        ("plugins/acme/bundles/clock/package.json", '\ufeff{"version": "1.2.3"}', MalformedFileError),
        ("plugins/acme/bundles/clock/pyproject.toml", "[project", MalformedFileError),
        ("plugins/acme/bundles/clock/pyproject.toml", 'project = { version = "1.2.3" }\n', InputError),
        ("plugins/acme/bundles/clock/pyproject.toml", '[project]\nversion = """1.2.3"""\n', InputError),
        ("plugins/acme/bundles/clock/pyproject.toml", '[project]\n"version" = "1.2.3"\n', InputError),
        (
            "plugins/acme/bundles/clock/pyproject.toml",
            "[project]\nd = '''\nversion = \"1.2.3\"\n'''\nversion = '1.2.3'\n",
            InputError,
        ),
    ],
)
def test_a_file_that_cannot_be_edited_stops_everything(
    make: Make, tmp_path: Path, name: str, text: str, kind: type[PlugintoolError]
) -> None:
    root = make({name: text})
    before = contents(tmp_path)
    assert isinstance(error_of(root, "patch"), kind)
    assert contents(tmp_path) == before


def test_a_directory_that_is_neither_is_named(tmp_path: Path) -> None:
    assert isinstance(error_of(tmp_path, "patch"), MissingPathError)
    (tmp_path / "SKILL.md").write_text("x")
    assert isinstance(error_of(tmp_path, "patch"), MissingPathError)


def test_a_failure_in_the_middle_takes_everything_back(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, real, calls = make(), os.replace, []
    before = contents(tmp_path)

    def replace(source: Any, target: Any) -> None:
        calls.append(target)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert error_of(root, "patch").exit_code == 1
    assert contents(tmp_path) == before


def test_a_file_that_changes_meanwhile_is_not_overwritten(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make()

    def apply(top: Path, *rest: Any) -> None:
        (root / ".claude-plugin" / "plugin.json").write_text("{}")
        apply_changes(top, *rest)

    monkeypatch.setattr("plugintool.author.bump.apply_changes", apply)
    assert "changed meanwhile" in error_of(root, "patch").message


def test_the_command_line(make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(make())
    assert run(["bump"]) == 0
    assert capsys.readouterr().out.startswith("set 1.2.4, after 1.2.3\n  .claude-plugin/plugin.json /version\n")
    assert run(["bump", "minor", "--pre", "rc", "-q"]) == 0
    assert run(["bump", "pre", ".", "--dry-run"]) == 0
    assert "+++ b/.claude-plugin/plugin.json" not in capsys.readouterr().out.split("diff --git")[0]
    assert run(["bump", "pre", "--format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)["subjects"][0]["value"]
    assert (value["old"], value["new"]) == ("1.3.0-rc.1", "1.3.0-rc.2")
    assert run(["bump", "1.0.0"]) == 2
    assert run(["bump", "patch", "nowhere"]) == 1
