"""What client 2.1.197 saw differently from 2.1.330, and which part of a file a finding means; both measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import SKILL, manifest

OLD, NEW = (2, 1, 197), (2, 1, 330)
OPTION = {"type": "string", "title": "T", "description": "d", "default": "a"}
GO = {"command": "gopls", "extensionToLanguage": {".go": "go"}}
BLOCK = "---\nname: {}\ndescription: d\n---\nText\n"


def lint(files: dict[str, str], client: tuple[int, int, int], **fields: Any) -> list[Finding]:
    contents = {".claude-plugin/plugin.json": manifest(**fields), "skills/review/SKILL.md": SKILL, **files}
    tree = MemoryTree("acme-review", {path: text.encode() for path, text in contents.items()})
    options = LintOptions(profile="client", client=client, ignore=("PM041",))  # it speaks of the same fields
    return list(lint_plugin(load_plugin(tree), options))


def errors(files: dict[str, str], client: tuple[int, int, int], **fields: Any) -> list[str]:
    return sorted(item.code for item in lint(files, client, **fields) if item.severity == "error")


def handler(**more: Any) -> dict[str, Any]:
    return {"Stop": [{"hooks": [{"type": "command", "command": "date", **more}]}]}


@pytest.mark.parametrize(
    ("fields", "old", "new"),
    [
        ({"mcpServers": {"db": {"args": ["x"]}}}, ["MC001"], ["MC001"]),
        ({"mcpServers": {"db": {"url": "https://x.example"}}}, ["MC002"], ["MC002"]),
        ({"mcpServers": {"db": {"type": "grpc", "url": "https://x.example"}}}, ["MC003"], ["MC003"]),
        ({"mcpServers": {"db": {"type": "http", "url": "https://x.example", "oauth": True}}}, ["MC011"], ["MC011"]),
        ({"mcpServers": {"db": {"type": "http", "url": "x"}}}, [], ["MC006"]),
        ({"mcpServers": "https://x.example/db.dxt"}, [], []),
        ({"mcpServers": "https://x.example/db.json"}, ["PA001"], ["PA001"]),
        ({"userConfig": {"k": {**OPTION, "options": ["a"]}}}, ["UC002"], []),
        ({"channels": [{"server": "x", "userConfig": {"k": {**OPTION, "options": ["a"]}}}]}, ["UC002"], []),
        ({"lspServers": {"go": {**GO, "requestTimeout": 5}}}, ["LS001"], []),
        ({"lspServers": {"go": {**GO, "requestTimeout": "5"}}}, ["LS001"], ["LS001"]),
        ({"engines": {"claude-code": 5}}, [], ["PM030"]),
        ({"types": 5}, [], ["PM030"]),
        ({"hooks": handler(onFailure="deny")}, [], []),
        ({"hooks": handler(timeout=-1)}, ["HK003"], []),
        ({"hooks": {"hooks": [{"hooks": []}]}}, ["HK006"], ["HK006"]),
        ({"hooks": {"hooks": {"Stop": []}}}, ["HK006"], []),
    ],
)
def test_the_manifest(fields: dict[str, Any], old: list[str], new: list[str]) -> None:
    assert (errors({}, OLD, **fields), errors({}, NEW, **fields)) == (old, new)


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        (".mcp.json", '{"mcpServers": {"db": {"args": []}}}', [], ["MC001"]),
        (".mcp.json", '{"mcpServers": {"db": {"url": "https://x.example"}}}', [], ["MC002"]),
        (".mcp.json", '{"mcpServers": {"db": {"type": "x"}}}', [], ["MC003"]),
        (".mcp.json", '{"mcpServers": 5}', [], ["MC001"]),
        ("hooks/hooks.json", '{"hooks": {"hooks": [{"hooks": []}]}}', ["HK001", "HK002"], ["HK001"]),
        ("hooks/hooks.json", json.dumps({"hooks": handler(onFailure=5)}), [], []),
        ("agents/x.md", "\ufeff" + BLOCK.format(5), [], ["FM007"]),
        ("agents/x.md", BLOCK.format("x\nshell: zsh"), ["FM016"], []),
        ("commands/x.md", BLOCK.format("x\nshell: zsh"), ["FM016"], ["FM016"]),
        ("commands/x.md", BLOCK.format("x: y"), ["FM002"], []),
        ("commands/x.md", "---\n---\nText\n", ["FM009"], []),
    ],
)
def test_the_other_files(path: str, text: str, old: list[str], new: list[str]) -> None:
    assert (errors({path: text}, OLD), errors({path: text}, NEW)) == (old, new)


def test_a_mark_hides_the_front_matter_from_the_old_client_only() -> None:
    files = {"agents/x.md": "\ufeff" + BLOCK.format("x")}
    (found,) = lint(files, OLD)
    assert (found.code, found.hint) == ("FM004", "save it without the mark")
    assert lint(files, NEW) == []


@pytest.mark.parametrize("field", ["icon", "supportUrl", "types", "engines", "metadata"])
def test_fields_that_the_old_client_does_not_know(field: str) -> None:
    assert [item.code for item in lint({}, OLD, **{field: {}})] == ["PM031"]


@pytest.mark.parametrize(
    ("files", "code", "field"),
    [
        ({".claude-plugin/plugin.json": "{"}, "PM002", "json"),
        ({".claude-plugin/plugin.json": "[]"}, "PM003", "root"),
        ({"hooks/hooks.json": "{}"}, "HK001", "root"),
        ({"agents/x.md": "---\n- a\n---\n"}, "FM005", "frontmatter"),
        ({"agents/x.md": '---\na: "b" c\n---\n'}, "FM001", "frontmatter"),
        ({"agents/x.md": BLOCK.format(5)}, "FM007", "/name"),
        ({".claude-plugin/plugin.json": '{"name": 5}'}, "PM010", "/name"),
    ],
)
def test_a_finding_names_the_part_of_the_file(files: dict[str, str], code: str, field: str) -> None:
    found = next(item for item in lint(files, NEW) if item.code == code)
    assert found.as_json()["field"] == field
