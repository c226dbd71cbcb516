"""Whatever people type and whatever lies in a plugin: a report, and a directory that is whole."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.author.new import ComponentRequest, PluginRequest, new_component, new_plugin
from plugintool.scaffold.compose import KINDS

TEXTS = st.text(max_size=40)
KEBAB = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
NAMES = KEBAB | TEXTS
AUTHORS = TEXTS | st.builds("{} <{}@{}>".format, TEXTS, TEXTS, TEXTS)
URLS = TEXTS | st.builds("https://{}".format, TEXTS) | st.builds("${{{}}}".format, TEXTS)
CHOICES = st.none() | st.lists(st.sampled_from(KINDS), unique=True).map(tuple)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)
SERVERS = st.dictionaries(TEXTS, JSON, max_size=3)
EVENTS = st.dictionaries(
    st.sampled_from(["PostToolUse", "Stop"]) | TEXTS, st.lists(JSON, max_size=2) | JSON, max_size=3
)
HOOK_FILES = JSON | EVENTS.map(lambda events: {"hooks": events})
SERVER_FILES = JSON | SERVERS.map(lambda servers: {"mcpServers": servers}) | SERVERS


@contextlib.contextmanager
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def make_plugin(root: Path, **files: bytes) -> Path:
    plugin = root / "acme"
    (plugin / ".claude-plugin").mkdir(parents=True)
    (plugin / "hooks").mkdir()
    (plugin / ".claude-plugin" / "plugin.json").write_bytes(files.get("manifest", b'{"name": "acme"}'))
    if "hooks" in files:
        (plugin / "hooks" / "hooks.json").write_bytes(files["hooks"])
    if "servers" in files:
        (plugin / ".mcp.json").write_bytes(files["servers"])
    return plugin


def request_for(kind: str, plugin: Path, **options: str) -> ComponentRequest:
    return ComponentRequest(
        kind=kind,
        name=options.get("name", "scout"),
        plugin=plugin,
        description=options.get("description", ""),
        url="https://mcp.acme.test",
        event="PostToolUse",
    )


def is_superset(after: Any, before: Any) -> bool:
    """Whether everything of ``before`` is in ``after`` at its place; lists may have grown at their end."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(key in after and is_superset(after[key], before[key]) for key in before)
    if isinstance(before, list) and isinstance(after, list):
        return after[: len(before)] == before
    return bool(after == before)


@settings(deadline=None, max_examples=150)
@given(NAMES, AUTHORS, TEXTS, CHOICES)
def test_any_answers_give_a_whole_plugin_or_nothing(
    name: str, author: str, description: str, kinds: tuple[str, ...] | None
) -> None:
    with directory() as root:
        request = PluginRequest(name=name, directory=root, author=author, description=description, kinds=kinds)
        report = new_plugin(request)
        if report.exit_code:
            assert not list(root.iterdir())
            return
        (outcome,) = report.outcomes
        assert outcome.value is not None
        assert sorted(contents(root / name)) == list(outcome.value.created)
        manifest = json.loads((root / name / ".claude-plugin" / "plugin.json").read_bytes())
        assert manifest["name"] == name
        assert manifest["description"]
        assert manifest["author"]["name"]
        assert description.strip() in {"", manifest["description"]}


@settings(deadline=None, max_examples=100)
@given(KEBAB, URLS)
def test_any_address_is_written_as_it_is_or_refused(name: str, url: str) -> None:
    with directory() as root:
        report = new_plugin(PluginRequest(name=name, directory=root, mcp_url=url, kinds=("mcp",)))
        if report.exit_code == 0 and url:
            servers = json.loads((root / name / ".mcp.json").read_bytes())["mcpServers"]
            assert servers == {name: {"type": "http", "url": url}}


@pytest.mark.parametrize("kind", ["agent", "command", "skill"])
@settings(deadline=None, max_examples=60)
@given(name=NAMES, description=TEXTS)
def test_front_matter_says_what_was_typed(kind: str, name: str, description: str) -> None:
    with directory() as root:
        plugin = make_plugin(root)
        report = new_component(request_for(kind, plugin, name=name, description=description))
        if report.exit_code:
            assert len(contents(plugin)) == 1
            return
        (path,) = set(contents(plugin)) - {".claude-plugin/plugin.json"}
        fields = yaml.safe_load((plugin / path).read_text("utf-8").split("---\n")[1])
        assert fields.get("name", name) == name
        assert description.strip() in {"", fields["description"]}


@settings(deadline=None, max_examples=100)
@given(HOOK_FILES)
def test_hooks_that_exist_survive(before: Any) -> None:
    check_survival("hook", hooks=json.dumps(before).encode())


@settings(deadline=None, max_examples=100)
@given(SERVER_FILES)
def test_servers_that_exist_survive(before: Any) -> None:
    check_survival("mcp", servers=json.dumps(before).encode())


def check_survival(kind: str, **files: bytes) -> None:
    """Add a component: an error leaves every byte, success leaves everything that was there."""
    (data,) = files.values()
    with directory() as root:
        plugin = make_plugin(root, **files)
        before = contents(plugin)
        report = new_component(request_for(kind, plugin))
        after = contents(plugin)
        if report.exit_code:
            assert after == before
            return
        merged = after["hooks/hooks.json" if kind == "hook" else ".mcp.json"]
        assert is_superset(json.loads(merged), json.loads(data))
        assert b"scout" in merged


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_in_a_plugin_give_a_report(manifest: bytes, hooks: bytes) -> None:
    with directory() as root:
        plugin = make_plugin(root, manifest=manifest, hooks=hooks)
        before = contents(plugin)
        report = new_component(request_for("hook", plugin))
        assert report.exit_code in {0, 1}
        if report.exit_code:
            assert contents(plugin) == before


@settings(deadline=None, max_examples=60)
@given(CHOICES, CHOICES)
def test_completing_keeps_every_byte_outside_merges(
    first: tuple[str, ...] | None, second: tuple[str, ...] | None
) -> None:
    with directory() as root:
        assert new_plugin(PluginRequest(name="acme", directory=root, kinds=first)).exit_code == 0
        before = contents(root / "acme")
        report = new_plugin(PluginRequest(name="acme", directory=root / "acme", here=True, kinds=second))
        (outcome,) = report.outcomes
        assert outcome.value is not None
        after = contents(root / "acme")
        assert set(after) == set(before) | set(outcome.value.created)
        changed = {path for path in before if after[path] != before[path]}
        assert changed == set(outcome.value.merged)
