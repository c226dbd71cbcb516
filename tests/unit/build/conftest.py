"""Source trees on disk for the tests of build."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from plugintool.build.plan import BuildPlan, plan_build
from plugintool.formats.project import load_project
from plugintool.plugin.load import load_plugin
from plugintool.tree.directory import survey
from tests.bundle_world import bundle_manifest

Files: TypeAlias = Mapping[str, "str | bytes | None"]
MakePlugin: TypeAlias = Callable[..., Path]
PlanOf: TypeAlias = Callable[..., BuildPlan]

SKILL = "---\nname: greet\ndescription: Greets whoever asks to be greeted.\n---\nSay hello.\n"
BUNDLE_MANIFEST = json.dumps(bundle_manifest("server/index.js"))


@pytest.fixture
def make_plugin(tmp_path: Path) -> MakePlugin:
    """Write a plugin; a content of None makes a directory, and takes a default file out."""

    def make(
        files: Files | None = None, *, at: str = "demo", name: str = "demo", version: str | None = "1.0.0"
    ) -> Path:
        manifest = {"name": name, "description": "A demo.", **({"version": version} if version else {})}
        wanted: dict[str, str | bytes | None] = {
            ".claude-plugin/plugin.json": json.dumps(manifest),
            "skills/greet/SKILL.md": SKILL,
            **(files or {}),
        }
        root = tmp_path / at
        root.mkdir(parents=True, exist_ok=True)
        for path, content in wanted.items():
            if content is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
            elif not path.endswith((".json", ".md")):
                (root / path).mkdir(parents=True)
        return root

    return make


@pytest.fixture
def plan_of() -> PlanOf:
    """Plan the build of a directory."""

    def plan(root: Path, *, output: str | None = "dist") -> BuildPlan:
        found = survey(root)
        return plan_build(load_plugin(found), load_project(found), output=output)

    return plan


@pytest.fixture
def bundle_files() -> dict[str, str]:
    """A plugin's bundle in source form."""
    return {"bundles/clock/manifest.json": BUNDLE_MANIFEST, "bundles/clock/server/index.js": "console.log(1)\n"}
