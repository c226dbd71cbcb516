"""``marketplace`` on the command line: what it prints, writes and returns."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugintool.cli.main import command, run
from tests.hostile_input import NAME, plugin_files, report_schema, write_files

FILE = "dist/marketplace/.claude-plugin/marketplace.json"
WORDS = ["--name", "acme-market", "--owner", "Acme Corp", "--base-url", "https://plugins.acme.example"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packed plugin that has one of everything."""
    here = tmp_path_factory.mktemp("release")
    write_files(here / NAME, plugin_files())
    assert run(["build", str(here / NAME), "--out", str(here / "dist"), "--quiet"]) == 0
    assert run(["pack", str(here / "dist/org-plugins" / NAME), "--out", str(here), "--quiet"]) == 0
    return here / f"{NAME}-1.0.0.zip"


def call(*args: object) -> Result:
    """Run one command line in the present directory."""
    return CliRunner().invoke(command, list(map(str, args)))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_pin_and_the_configuration_are_printed(archive: Path) -> None:
    """The pin is that of the file on disk, and what is printed for the app is a JSON text."""
    ended = call("marketplace", archive, *WORDS)
    assert ended.exit_code == 0, ended.output
    pin = hashlib.sha256(Path(FILE).read_bytes()).hexdigest()
    assert f"manifestSha256  {pin}" in ended.stdout
    text = ended.stdout.split("desktop app:\n")[1].split("managed settings")[0]
    (entry,) = json.loads(text)["allowedPluginMarketplaces"]
    assert entry["manifestSha256"] == pin
    assert entry["expectedName"] == "acme-market"


def test_the_document_has_the_published_schema(archive: Path) -> None:
    """One document, with the file names and digests of all archives."""
    ended = call("marketplace", archive, *WORDS, "--format", "json")
    value: Any = json.loads(ended.stdout)
    report_schema().validate(value)
    found = value["subjects"][0]["value"]
    assert found["plugins"][0]["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_twice_is_once(archive: Path) -> None:
    """Byte for byte, also over what the first run wrote."""
    call("marketplace", archive, *WORDS)
    first = Path(FILE).read_bytes()
    assert call("marketplace", archive, *WORDS).exit_code == 0
    assert Path(FILE).read_bytes() == first


def test_lint_accepts_what_was_written(archive: Path) -> None:
    """The directory as an author would hand it to lint, warnings included."""
    call("marketplace", archive, *WORDS)
    assert call("lint", "--strict", "dist/marketplace").exit_code == 0


@pytest.mark.parametrize("missing", ["--name", "--owner"])
def test_the_words_are_asked_for(archive: Path, missing: str) -> None:
    """Each is part of the file; there is nothing to guess it from."""
    at = WORDS.index(missing)
    ended = call("marketplace", archive, *WORDS[:at], *WORDS[at + 2 :])
    assert ended.exit_code == 2
    assert not Path("dist").exists()


def test_two_releases_of_one_plugin_are_a_usage_error(archive: Path) -> None:
    """Both are named, whatever their files are called."""
    Path("copy.zip").write_bytes(archive.read_bytes())
    assert run(["marketplace", str(archive), "copy.zip", *WORDS]) == 2
    assert not Path("dist").exists()


def test_a_foreign_directory_is_left_alone(archive: Path) -> None:
    """With the name of what is not ours."""
    Path("dist/marketplace").mkdir(parents=True)
    Path("dist/marketplace/index.html").write_text("mine")
    ended = call("marketplace", archive, *WORDS)
    assert ended.exit_code == 1
    assert "is not replaced" in ended.output
    assert Path("dist/marketplace/index.html").read_text() == "mine"


def test_a_finding_says_which_word_is_wrong(archive: Path) -> None:
    """With the code that ``explain`` takes."""
    ended = call("marketplace", archive, *WORDS[:-1], "http://plugins.acme.example")
    assert ended.exit_code == 1
    assert "MP011" in ended.output


def test_odd_words_are_escaped(archive: Path) -> None:
    """Nothing that the owner is called moves the cursor of who reads the log."""
    ended = call("marketplace", archive, "--owner", "Ac\x1b[2Jme", *WORDS[:2], *WORDS[4:], "--description", "a\x07b")
    assert "\x1b" not in ended.output
    assert "\x07" not in ended.output


def test_without_an_address_it_is_a_directory(archive: Path) -> None:
    """With the files of the plugins, no archives, no pin to configure, and a hint how to try it."""
    ended = call("marketplace", archive, *WORDS[:4])
    assert ended.exit_code == 0, ended.output
    assert "try it: claude plugin marketplace add ./dist/marketplace" in ended.stdout
    assert "allowedPluginMarketplaces" not in ended.stdout
    assert {path.name for path in Path("dist/marketplace").iterdir()} == {".claude-plugin", "plugins"}
    assert call("lint", "dist/marketplace").exit_code == 0
    value: Any = json.loads(call("marketplace", archive, *WORDS[:4], "--format", "json").stdout)
    report_schema().validate(value)
    assert value["subjects"][0]["value"]["app_configuration"] is None
