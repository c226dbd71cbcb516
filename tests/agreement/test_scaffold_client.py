"""Everything that ``new`` writes is, for the genuine client, valid without a warning."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.cli.main import run
from plugintool.errors import ConfigError
from plugintool.scaffold.compose import EVENTS, KINDS
from plugintool.scaffold.names import check_name

Client = Callable[..., "subprocess.CompletedProcess[str]"]
COMBINATIONS = [",".join(kinds) for size in range(1, len(KINDS) + 1) for kinds in itertools.combinations(KINDS, size)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*args: str) -> None:
    assert run(["new", *args, "--quiet"]) == 0


def built(name: str) -> Path:
    """Build the plugin, which packs its bundle, and return the built tree."""
    assert run(["build", name, "--quiet"]) == 0
    return Path("dist", "org-plugins", name).absolute()


def assert_valid(claude: Client, plugin: Path) -> None:
    ended = claude("plugin", "validate", "--strict", str(plugin.absolute()))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_example_is_valid_as_source_and_as_built_tree(claude: Client, here: Path) -> None:
    make("plugin", "code-reviewer")
    assert_valid(claude, Path("code-reviewer"))
    assert_valid(claude, built("code-reviewer"))


@pytest.mark.parametrize("kinds", COMBINATIONS)
def test_every_combination_is_valid(claude: Client, here: Path, kinds: str) -> None:
    """The bundle is packed by the build, so with one it is the built tree that counts."""
    make("plugin", "acme-review", "--with", kinds, "--author", "Ana <ana@acme.test>")
    assert_valid(claude, built("acme-review") if "bundle" in kinds else Path("acme-review"))


def test_components_of_any_name_are_valid(claude: Client, here: Path) -> None:
    make("plugin", "acme", "--with", "all")
    for name in ("scout", "123", "true", "null"):
        for kind in ("agent", "skill"):
            make(kind, name, "--plugin", "acme", "--description", 'Use "it": [always] #1')
        make("command", f"{name}-again", "--plugin", "acme")
        make("mcp", name, "--plugin", "acme", "--url", "https://mcp.acme.test/x?y=z")
    for event in EVENTS:
        make("hook", event.lower(), "--plugin", "acme", "--event", event)
    assert_valid(claude, built("acme"))


def test_a_folder_of_skills_becomes_a_valid_plugin(claude: Client, here: Path) -> None:
    skill = here / "office" / "skills" / "letters"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: letters\ndescription: Writes letters\n---\n\nWrite.\n")
    make("plugin", "office", "--here", "--into", "office")
    assert_valid(claude, Path("office"))


def test_a_session_loads_the_built_plugin_without_an_error(claude: Client, here: Path) -> None:
    make("plugin", "acme", "--with", "all")
    ended = claude("--plugin-dir", str(built("acme").parent), "plugin", "list", "--json")
    (listed,) = json.loads(ended.stdout)
    assert listed["enabled"] is True
    assert not listed.get("errors")


@pytest.mark.parametrize("name", ["claude", "claude-x", "my-claude", "anthropics-x", "cc-plugin-x", "a--b", "A", "a b"])
def test_names_that_the_client_refuses_are_refused_before(claude: Client, here: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        check_name(name, what="a plugin")
    make("plugin", "stand-in")
    manifest = Path("stand-in/.claude-plugin/plugin.json")
    manifest.write_text(manifest.read_text().replace('"stand-in"', json.dumps(name)))
    assert claude("plugin", "validate", "--strict", str(here / "stand-in")).returncode == 1
