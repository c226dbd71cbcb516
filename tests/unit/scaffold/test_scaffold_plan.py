"""What is planned in a directory that exists, file by file and component by component."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.errors import InputError, OutputError
from plugintool.scaffold.compose import KINDS, Part, compose_base, compose_component, compose_example
from plugintool.scaffold.names import Author
from plugintool.scaffold.plan import Plan, plan_component, plan_missing

ANA = Author("Ana")
MANIFEST: dict[str, Any] = {"name": "acme"}


def example(kind: str) -> Part:
    return compose_example(kind, plugin="acme", author=ANA)


def base(*parts: Part) -> Part:
    return compose_base("acme", parts, author=ANA, description="", with_license=True)


def put(root: Path, path: str, text: str = "mine") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def created(plan: Plan) -> set[str]:
    return {str(file.path) for file in plan.created}


def changed(plan: Plan) -> dict[str, Any]:
    return {str(change.path): json.loads(change.after) for change in plan.changes}


def test_in_an_empty_directory_everything_is_created(tmp_path: Path) -> None:
    parts = [example(kind) for kind in KINDS]
    plan = plan_missing(tmp_path, [base(*parts), *parts], manifest=None)
    assert created(plan) == {str(file.path) for part in [base(*parts), *parts] for file in part.files}
    assert not plan.changes
    assert not plan.kept


def test_files_of_the_plugin_are_completed_one_by_one(tmp_path: Path) -> None:
    put(tmp_path, "readme.md")
    plan = plan_missing(tmp_path, [base()], manifest=None)
    assert created(plan) == {".claude-plugin/plugin.json", "LICENSE"}
    assert plan.kept == ("readme.md",)


def test_a_component_of_which_one_file_exists_is_left_alone(tmp_path: Path) -> None:
    """Else the hook would run a script that somebody else wrote."""
    put(tmp_path, "scripts/check-edits.sh", "#!/bin/sh\nrm -rf /\n")
    plan = plan_missing(tmp_path, [example("hook")], manifest=MANIFEST)
    assert not plan.created
    assert not plan.changes
    assert plan.kept == ("scripts/check-edits.sh",)


def test_a_hook_is_merged_and_its_script_created(tmp_path: Path) -> None:
    put(tmp_path, "hooks/hooks.json", '{"hooks": {"Stop": []}}')
    plan = plan_missing(tmp_path, [example("hook")], manifest=MANIFEST)
    assert created(plan) == {"scripts/check-edits.sh"}
    assert set(changed(plan)["hooks/hooks.json"]["hooks"]) == {"Stop", "PostToolUse"}


def test_a_server_that_exists_is_kept(tmp_path: Path) -> None:
    put(tmp_path, ".mcp.json", '{"mcpServers": {"acme": {"command": "x"}}}')
    plan = plan_missing(tmp_path, [example("mcp")], manifest=MANIFEST)
    assert plan == Plan((), (), (".mcp.json",))


def test_a_bundle_is_named_in_a_manifest_that_exists(tmp_path: Path) -> None:
    put(tmp_path, ".claude-plugin/plugin.json", '{"name": "acme"}')
    plan = plan_missing(tmp_path, [base(), example("bundle")], manifest=MANIFEST)
    assert changed(plan) == {".claude-plugin/plugin.json": {"name": "acme", "mcpServers": "./bundles/acme-tools.mcpb"}}


@pytest.mark.parametrize("kind", ["agent", "command", "skill", "hook", "mcp"])
def test_a_component_is_planned_under_its_name(tmp_path: Path, kind: str) -> None:
    plan = plan_component(tmp_path, component(kind), manifest=MANIFEST)
    paths = {
        "agent": {"agents/scout.md"},
        "command": {"commands/scout.md"},
        "skill": {"skills/scout/SKILL.md"},
        "hook": {"hooks/hooks.json", "scripts/scout.sh"},
        "mcp": {".mcp.json"},
    }
    assert created(plan) == paths[kind]
    assert not plan.changes


def component(kind: str) -> Part:
    return compose_component(kind, "scout", url="https://x.test", event="PostToolUse")


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        ("agent", "agents/scout.md", ""),
        ("agent", "agents/Scout.md", ""),
        ("command", "commands/scout.md", ""),
        ("skill", "skills/scout/SKILL.md", ""),
        ("hook", "scripts/scout.sh", ""),
        ("mcp", ".mcp.json", '{"mcpServers": {"scout": {}}}'),
        ("command", "skills/scout/SKILL.md", ""),
        ("skill", "commands/scout.md", ""),
    ],
)
def test_a_name_that_is_taken_is_refused_with_the_file(tmp_path: Path, kind: str, path: str, text: str) -> None:
    put(tmp_path, path, text)
    with pytest.raises(OutputError, match="already") as caught:
        plan_component(tmp_path, component(kind), manifest=MANIFEST)
    assert caught.value.detail["found"] == path


def test_an_agent_and_a_skill_may_share_a_name(tmp_path: Path) -> None:
    put(tmp_path, "agents/scout.md")
    assert created(plan_component(tmp_path, component("skill"), manifest=MANIFEST)) == {"skills/scout/SKILL.md"}


@pytest.mark.parametrize("named", ["./other.md", ["./agents/a.md"], {"x": {}}, [], "./agents-old/", 7])
def test_a_manifest_that_leads_past_the_directory_is_an_error(tmp_path: Path, named: Any) -> None:
    with pytest.raises(InputError, match="would not be read") as caught:
        plan_component(tmp_path, component("agent"), manifest={"name": "acme", "agents": named})
    assert caught.value.detail["field"] == "/agents"


@pytest.mark.parametrize("named", ["./agents/", "./agents", "./", ["./x.md", "./agents/scout.md"]])
def test_a_manifest_that_names_the_directory_is_fine(tmp_path: Path, named: Any) -> None:
    plan = plan_component(tmp_path, component("agent"), manifest={"name": "acme", "agents": named})
    assert created(plan) == {"agents/scout.md"}


def test_named_skills_add_to_the_directory(tmp_path: Path) -> None:
    plan = plan_component(tmp_path, component("skill"), manifest={"name": "acme", "skills": ["./more"]})
    assert created(plan) == {"skills/scout/SKILL.md"}
