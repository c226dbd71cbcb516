"""The genuine client beside us, live: a few dozen plugins from our own scaffold, each with one thing changed.

The recorded cases could be fitted by chance; what is made here was never recorded. Only the exit is compared: 0 valid,
1 invalid.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from plugintool.author.lint import LintRequest, lint_paths
from tests.rule_fixtures import SKILL, manifest

Files: TypeAlias = dict[str, str]
Client: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]

HANDLER = {"type": "command", "command": "date"}
OPTION = {"type": "string", "title": "Key", "description": "The key"}


def with_manifest(**fields: Any) -> Files:
    return {".claude-plugin/plugin.json": manifest(**fields)}


def with_hooks(event: str, handler: Any) -> Files:
    return {"hooks/hooks.json": json.dumps({"hooks": {event: [{"hooks": [handler]}]}})}


def with_servers(entry: Any) -> Files:
    return {".mcp.json": json.dumps({"mcpServers": {"db": entry}})}


def with_block(path: str, *lines: str) -> Files:
    return {path: "\n".join(["---", *lines, "---", "", "Text", ""])}


CHANGES: dict[str, Files] = {
    "nothing": {},
    "name in capitals": with_manifest(name="Acme"),
    "name with a tab": with_manifest(name="acme\treview"),
    "name of Anthropic": with_manifest(name="anthropics-review"),
    "name that only holds claude": with_manifest(name="for-claude-users"),
    "version as a number": with_manifest(version=2),
    "version as a word": with_manifest(version="latest"),
    "author as a list": with_manifest(author=["Acme"]),
    "author with a number as e-mail": with_manifest(author={"name": "Acme", "email": 5}),
    "homepage without scheme": with_manifest(homepage="acme.example"),
    "homepage of another scheme": with_manifest(homepage="gopher://acme.example"),
    "keywords with null": with_manifest(keywords=["a", None]),
    "licence as an object": with_manifest(license={"type": "MIT"}),
    "unknown field": with_manifest(colour="red"),
    "commands that are not there": with_manifest(commands="./comands/"),
    "commands by a pattern": with_manifest(commands="./skills/*/SKILL.md"),
    "commands as a list of objects": with_manifest(commands=[{"source": "./x.md"}]),
    "command from two places": with_manifest(commands={"x": {"source": "./skills/review/SKILL.md", "content": "y"}}),
    "agents as a directory": with_manifest(agents="./skills/"),
    "skills as a file": with_manifest(skills="./skills/review/SKILL.md"),
    "skills by the root": with_manifest(skills="./"),
    "hooks by an absolute path": with_manifest(hooks="/hooks.json"),
    "hooks inline and flat": with_manifest(hooks={"Stop": [HANDLER]}),
    "servers inline without command": with_manifest(mcpServers={"db": {"args": []}}),
    "language server without dot": with_manifest(
        lspServers={"go": {"command": "go", "extensionToLanguage": {"g": "g"}}}
    ),
    "option with a dash": with_manifest(userConfig={"api-key": OPTION}),
    "option without a title": with_manifest(userConfig={"key": {"type": "string", "description": "x"}}),
    "option with choices and no default": with_manifest(userConfig={"key": {**OPTION, "options": ["a"]}}),
    "option with choices": with_manifest(userConfig={"key": {**OPTION, "options": ["a", "b"], "default": "b"}}),
    "dependencies as of npm": with_manifest(dependencies={"other": "1"}),
    "channel without server": with_manifest(channels=[{"displayName": "x"}]),
    "monitor without description": with_manifest(experimental={"monitors": [{"name": "m", "command": "x"}]}),
    "hook of an unknown event": with_hooks("BeforeTool", HANDLER),
    "hook without command": with_hooks("Stop", {"type": "command"}),
    "guard without command": with_hooks("PreToolUse", {"type": "command"}),
    "guard with an odd failure mode": with_hooks("PermissionRequest", {**HANDLER, "onFailure": "ask"}),
    "guard at the top level": with_manifest(PreToolUse=[{"hooks": [HANDLER]}]),
    "guard in an unknown field": with_manifest(components={"hooks": ["check.sh"]}),
    "guard in the author": with_manifest(author={"name": "Acme", "PermissionRequest": 1}),
    "guard in metadata": with_manifest(metadata={"PreToolUse": [{"hooks": [HANDLER]}]}),
    "guard beside hooks": {"hooks/hooks.json": json.dumps({"hooks": {}, "PreToolUse": [{"hooks": [HANDLER]}]})},
    "guard below another event": {"hooks/hooks.json": '{"hooks": {"Stop": [{"PreToolUse": 1}]}}'},
    "guard four levels deep": with_manifest(a={"b": {"c": {"d": {"PreToolUse": 1}}}}),
    "guard five levels deep": with_manifest(a={"b": {"c": {"d": {"e": {"PreToolUse": 1}}}}}),
    "guard that is null": {"hooks/hooks.json": '{"hooks": {"PreToolUse": null}}'},
    "hooks in another spelling": {"Hooks/hooks.json": '{"hooks": {}}'},
    "hooks by a short name of Windows": {**with_manifest(hooks="./h~1.json"), "h~1.json": '{"hooks": {}}'},
    "hooks by a directory": {**with_manifest(hooks="./h.json"), "h.json/x": "x"},
    "commands by a device name of Windows": {**with_manifest(commands="./con.md"), "con.md": SKILL},
    "hook with a negative timeout": with_hooks("PostToolUse", {**HANDLER, "timeout": -1}),
    "hooks file without hooks": {"hooks/hooks.json": '{"Stop": []}'},
    "hooks file with a comment": {"hooks/hooks.json": '{"hooks": {}} // none'},
    "server with an empty command": with_servers({"command": ""}),
    "server with a number in env": with_servers({"command": "db", "env": {"PORT": 5432}}),
    "server with a url only": with_servers({"url": "https://mcp.acme.example"}),
    "server of an unknown type": with_servers({"type": "websocket", "url": "wss://mcp.acme.example"}),
    "server with a url of variables": with_servers({"type": "http", "url": "${BASE:-https://acme.example}/mcp"}),
    "server with oauth as a flag": with_servers({"type": "http", "url": "https://acme.example", "oauth": True}),
    "server with an undeclared option": with_servers({"command": "db", "args": ["${user_config.key}"]}),
    "agent with a colon in its description": with_block("agents/x.md", "name: x", "description: Use this: now"),
    "agent with text after a quote": with_block("agents/x.md", "name: x", 'description: "a" b'),
    "agent with a number as name": with_block("agents/x.md", "name: 12", "description: d"),
    "agent with a dash rule in a quote": with_block("agents/x.md", 'description: "a --- b"'),
    "command with another shell": with_block("commands/x.md", "description: d", "shell: fish"),
    "command with tools as a map": with_block("commands/x.md", "description: d", "allowed-tools:", "  Read: true"),
    "command without front matter": {"commands/x.md": "Text\n"},
    "command with an empty block": {"commands/x.md": "---\n---\nText\n"},
    "skill with a list in front": {"skills/x/SKILL.md": "---\n- a\n---\n"},
    "skill with a quote over lines": with_block("skills/x/SKILL.md", 'description: "a', 'b"'),
    "skill two folders deep": with_block("skills/a/b/SKILL.md", "name: 5"),
    "manifest with a trailing comma": {".claude-plugin/plugin.json": '{"name": "acme-review",}'},
    "manifest with a byte order mark": {".claude-plugin/plugin.json": "\ufeff" + manifest()},
    "manifest that is a list": {".claude-plugin/plugin.json": "[]"},
}


def write(where: Path, files: Files) -> Path:
    root = where / "acme-review"
    for name, text in {**with_manifest(), "skills/review/SKILL.md": SKILL, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.mark.parametrize("change", CHANGES)
def test_the_client_ends_as_we_do(claude: Client, tmp_path: Path, change: str) -> None:
    root = write(tmp_path, CHANGES[change])
    ours = lint_paths([str(root)], LintRequest(profile="client"))
    ended = claude("plugin", "validate", str(root))
    said = [finding.message for outcome in ours.outcomes for finding in outcome.findings]
    assert (ended.returncode, ended.returncode in {0, 1}) == (ours.exit_code, True), (said, ended.stdout)


def test_the_changes_are_of_both_kinds(tmp_path: Path) -> None:
    """A table of valid plugins only would agree with anything."""
    exits = [
        lint_paths([str(write(tmp_path / str(number), files))], LintRequest(profile="client")).exit_code
        for number, files in enumerate(CHANGES.values())
    ]
    assert exits.count(1) > 30
    assert exits.count(0) > 12
