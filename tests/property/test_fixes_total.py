"""No repair fails, whatever a plugin holds, and none reaches outside of the file that it edits."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.jsonedit import splice
from plugintool.lint import registry
from plugintool.lint.fix import Create, Mode, Remove, Rename, Replace
from plugintool.lint.fix_round import repairs_of
from plugintool.lint.rule import ALL_TARGETS, Subject
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import manifest

EVERY = tuple(found.id for found in registry.all_rules().values() if Subject.PLUGIN in found.subjects)
_KEYS = """
    name version userConfig dependencies commands agents skills hooks mcpServers lspServers experimental themes settings
    Stop PreToolUse SessionStart type comand command args matcher timout timeout if once url headers allowedEnvVars
    server default sensitive toolPolicy oauth extensionToLanguage go tools allowedTools color model manifest_version
    dxt_version icons entry_point mcp_config env platform_overrides windows user_config api_key node db
"""
KEYS = st.sampled_from(_KEYS.split())
TEXTS = st.sampled_from(
    ["", "./", "./x.md", "x.md", ".\\x", "node server.js", "./run.sh", "$CLAUDE_PLUGIN_ROOT/x", "${__dirname}/x",
     "bash", "mcp__db__x", "Startup", "number", "5", "true", "v1", "0.1", "Bearer $T", "http://x", "\u200b", "\ud800",
     "http", "string", "x" * 300, "gp", "yes"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers(-5, 50_000) | st.floats(allow_nan=False) | TEXTS | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=6)


def check(files: dict[str, bytes], **options: Any) -> None:
    """Ask every finding for its repair; edits are of files that are there, spans of bytes that they have."""
    plugin = load_plugin(MemoryTree("acme-review", files))
    for finding in lint_plugin(plugin, LintOptions(select=EVERY, targets=ALL_TARGETS, **options)):
        for edit in repairs_of(plugin, finding, unsafe=True):
            assert isinstance(edit, (Replace, Rename, Mode, Remove, Create))
            if isinstance(edit, Replace):
                data = files[edit.path]
                assert 0 <= edit.span.start <= edit.span.end <= len(data)
                after = splice(data, [edit.span])
                assert after.startswith(data[: edit.span.start])
                assert after.endswith(data[edit.span.end :])
            elif not isinstance(edit, Create):
                assert edit.path in files


def as_bytes(value: Any, indent: int | None) -> bytes:
    return json.dumps(value, indent=indent).encode()


@settings(deadline=None, max_examples=100)
@given(own=OBJECTS, hook=OBJECTS, server=OBJECTS, bundle=OBJECTS, indent=st.sampled_from([None, 1, 2]))
def test_in_any_json(own: Any, hook: Any, server: Any, bundle: Any, indent: int | None) -> None:
    groups = [{"matcher": "x", "hooks": [hook]}]
    check(
        {
            ".claude-plugin/plugin.json": as_bytes({**json.loads(manifest()), **own}, indent),
            "hooks/hooks.json": as_bytes({"hooks": {"PreToolUse": groups, "Stop": groups, **hook}}, indent),
            ".mcp.json": as_bytes({"mcpServers": {"db": server, "s": own}}, indent),
            ".lsp.json": as_bytes({"go": server}, indent),
            "bundles/clock/manifest.json": as_bytes({"manifest_version": "0.3", **bundle}, indent),
            "settings.json": as_bytes(own, indent),
            "run.sh": b"#!/bin/sh\r\n",
            "x.md": b"text",
        }
    )


@settings(deadline=None, max_examples=100)
@given(
    lines=st.lists(
        st.tuples(
            KEYS | st.sampled_from(["description", "allowed-tools", "effort", "user-invocable"]),
            TEXTS | st.text(max_size=8),
        ),
        max_size=5,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    body=st.text(max_size=40),
    client=st.sampled_from([(2, 1, 197), (2, 1, 330)]),
)
def test_in_any_front_matter(
    lines: list[tuple[str, str]], end: str, mark: str, body: str, client: tuple[int, int, int]
) -> None:
    written = end.join(["---", *(f"{key}: {value}" for key, value in lines), "---", body])
    data = (mark + written).encode(errors="replace")
    paths = ("agents/My Agent.md", "agents/x.md", "commands/x.md", "skills/X y/SKILL.md", "skills/z.md")
    check({".claude-plugin/plugin.json": manifest().encode(), **dict.fromkeys(paths, data)}, client=client)


@settings(deadline=None, max_examples=100)
@given(data=st.binary(max_size=200))
def test_in_any_bytes(data: bytes) -> None:
    paths = (
        ".claude-plugin/plugin.json",
        "agents/x.md",
        "skills/x/SKILL.md",
        "commands/x.txt",
        "bundles/c/manifest.json",
    )
    check(dict.fromkeys((*paths, "hooks/hooks.json", ".mcp.json", "version.json", ".DS_Store", "c.mcpb"), data))
