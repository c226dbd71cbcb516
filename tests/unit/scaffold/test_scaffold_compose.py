"""What a new plugin says of itself, and that its parts fit together."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
import yaml

from plugintool.cli import new_plugin
from plugintool.cli.new_hook import command as hook_command
from plugintool.scaffold import compose
from plugintool.scaffold.compose import Part, compose_base, compose_component, compose_example, join_words
from plugintool.scaffold.names import DESCRIPTION_CHARACTERS, Author, check_description

ANA = Author("Ana", "ana@acme.test")
COMBINATIONS = [
    kinds for size in range(len(compose.KINDS) + 1) for kinds in itertools.combinations(compose.KINDS, size)
]
NAMED = ("agent", "command", "skill")


def examples(*kinds: str, **options: str) -> list[Part]:
    return [compose_example(kind, plugin="acme", author=ANA, **options) for kind in kinds]


def base(*parts: Part, description: str = "", with_license: bool = True, author: Author = ANA) -> dict[str, str]:
    part = compose_base("acme", parts, author=author, description=description, with_license=with_license)
    return {str(file.path): file.data.decode() for file in part.files}


def manifest_of(files: dict[str, str]) -> Any:
    return json.loads(files[".claude-plugin/plugin.json"])


def front_matter(text: str) -> Any:
    _, block, _ = text.split("---\n", 2)
    return yaml.safe_load(block)


def test_the_command_line_knows_the_same_kinds_and_events() -> None:
    """It has its own lists, so that --help imports nothing."""
    assert new_plugin.KINDS == compose.KINDS
    event = next(option for option in hook_command.params if option.name == "event")
    assert list(event.type.choices) == list(compose.EVENTS)  # type: ignore[attr-defined]


def test_the_manifest_is_complete() -> None:
    assert manifest_of(base()) == {
        "$schema": "https://json.schemastore.org/claude-code-plugin-manifest.json",
        "name": "acme",
        "version": "0.1.0",
        "description": "Acme, a plugin for Claude.",
        "author": {"name": "Ana", "email": "ana@acme.test"},
        "license": "MIT",
    }


def test_members_without_a_value_are_left_out() -> None:
    files = base(with_license=False, author=Author("Ana"))
    assert manifest_of(files)["author"] == {"name": "Ana"}
    assert "license" not in manifest_of(files)
    assert "LICENSE" not in files


def test_the_license_names_the_author() -> None:
    assert "Copyright (c) Ana\n" in base()["LICENSE"]


@pytest.mark.parametrize("kinds", COMBINATIONS, ids="+".join)
def test_every_combination_is_described_and_fits(kinds: tuple[str, ...]) -> None:
    """No two parts write one file, the README has an entry for each, the description is one that readers keep."""
    parts = examples(*kinds)
    files = base(*parts)
    paths = [*files, *(file.path for part in parts for file in part.files)]
    assert len(paths) == len(set(paths))
    assert files["README.md"].count("\n- **") == len(kinds)
    assert len(files["README.md"].split()) >= 40
    assert check_description(manifest_of(files)["description"])
    assert ("mcpServers" in manifest_of(files)) == ("bundle" in kinds)


def test_the_description_lists_what_is_inside() -> None:
    assert manifest_of(base(*examples("agent", "hook")))["description"] == (
        "Adds a reviewing agent and a hook that checks edits."
    )


def test_a_description_that_was_given_is_used_as_it_is() -> None:
    description = 'Says "no" to bugs: C:\\temp, ü'
    files = base(description=description)
    assert manifest_of(files)["description"] == description
    assert f"\n{description}\n" in files["README.md"]


def test_the_readme_says_how_to_run_it() -> None:
    assert "claude --plugin-dir acme" in base(*examples("agent"))["README.md"]
    with_bundle = base(*examples("bundle"))["README.md"]
    assert "plugintool build acme\n    claude --plugin-dir dist/org-plugins/acme" in with_bundle


def test_the_address_of_a_new_server_reaches_nobody() -> None:
    (part,) = examples("mcp")
    server = json.loads(part.files[0].data)["mcpServers"]["acme"]
    assert server == {"type": "http", "url": "${MCP_URL_ACME:-https://mcp.invalid/acme}"}
    assert "`MCP_URL_ACME`" in part.readme
    assert ".invalid" in part.readme


def test_an_address_that_was_given_is_used() -> None:
    (part,) = examples("mcp", url="https://mcp.acme.test/x")
    assert json.loads(part.files[0].data)["mcpServers"]["acme"]["url"] == "https://mcp.acme.test/x"
    assert part.readme.endswith("at `https://mcp.acme.test/x`.")


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("name", ["scout", "123", "true", "null", "a-b"])
def test_front_matter_is_right_for_any_name(kind: str, name: str) -> None:
    """A bare 123 or true would be no text in YAML."""
    (file,) = compose_component(kind, name).files
    fields = front_matter(file.data.decode())
    assert fields.get("name", name) == name
    assert 0 < len(fields["description"]) <= DESCRIPTION_CHARACTERS


@pytest.mark.parametrize("kind", NAMED)
def test_front_matter_is_right_for_any_description(kind: str) -> None:
    description = 'Use it when: "quotes", #hash, [list], {map}, *star, & more: yes'
    (file,) = compose_component(kind, "scout", description=description).files
    assert front_matter(file.data.decode())["description"] == description
    assert f"{description}\n" in file.data.decode().split("---\n", 2)[2]


@pytest.mark.parametrize("kind", ["agent", "command", "skill"])
def test_the_examples_have_front_matter_that_yaml_reads(kind: str) -> None:
    (part,) = examples(kind)
    fields = front_matter(part.files[0].data.decode())
    assert fields["description"]
    assert fields.get("name", part.name) == part.name


@pytest.mark.parametrize(("event", "matcher"), [("PostToolUse", "Edit|Write"), ("SessionStart", "startup|resume")])
def test_a_hook_runs_its_own_script_quoted(event: str, matcher: str) -> None:
    part = compose_component("hook", "watch", event=event)
    hooks, script = part.files
    (group,) = json.loads(hooks.data)["hooks"][event]
    assert group["matcher"] == matcher
    assert group["hooks"][0]["command"] == '"${CLAUDE_PLUGIN_ROOT}/scripts/watch.sh"'
    assert script.path == "scripts/watch.sh"
    assert script.executable


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_joined(words: list[str], text: str) -> None:
    assert join_words(words) == text
