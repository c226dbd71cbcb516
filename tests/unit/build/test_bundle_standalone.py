"""A directory that is a bundle by itself: the fate of every entry, and the file that is written."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from plugintool.build import bundle_file
from plugintool.build.artifact import artifact_name
from plugintool.build.bundle import BundlePlan, plan_standalone
from plugintool.build.bundle_file import BuiltBundle, bundle_name, write_bundle
from plugintool.errors import BuildError, OutputError
from plugintool.formats.project import load_project
from plugintool.tree.directory import survey
from tests.bundle_world import bundle_manifest

MANIFEST: dict[str, Any] = bundle_manifest(version="1.2.0")
Make = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a bundle with further files, and return its directory."""

    def write(files: Mapping[str, str], **members: Any) -> Path:
        root = tmp_path / "source"
        for name, text in {"manifest.json": json.dumps({**MANIFEST, **members}), "x.js": "1\n", **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return root

    return write


def plan(root: Path, output: str | None = "dist") -> BundlePlan:
    found = survey(root)
    return plan_standalone(found, load_project(found), output=output)


def build(root: Path, out: Path) -> BuiltBundle:
    found = survey(root)
    return write_bundle(found, plan(root), load_project(found), out=out)


def fate_of(found: BundlePlan, path: str) -> tuple[str, str]:
    (fate,) = found.fate_of(path)
    return fate.fate, fate.reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("plugintool.toml", "project-file"),
        (".mcpbignore", "other-tool"),
        ("node_modules/x/.mcpbignore", "other-tool"),
        ("dist/clock-1.1.0.mcpb", "own-output"),
        ("dist/clock-1.1.0.cdx.json", "own-output"),
        ("dist/org-plugins/x/y", "own-output"),
        ("other.mcpb", "unnamed-bundle"),
        (".vscode/settings.json", "system-file"),
        ("lib/__pycache__/x.pyc", "cache"),
        (".github/workflows/x.yml", "continuous-integration"),
    ],
)
def test_what_is_left_out(make: Make, path: str, reason: str) -> None:
    assert fate_of(plan(make({path: "# x\n"})), path) == ("omitted", reason)


def test_what_a_compiler_writes_into_dist_is_kept(make: Make) -> None:
    """``dist`` is also where servers are compiled to."""
    found = plan(make({"dist/index.js": "1\n", "dist/deep/data.zip": "x"}))
    assert fate_of(found, "dist/index.js") == ("included", "source")
    assert fate_of(found, "dist/deep/data.zip") == ("included", "source")


def test_without_an_output_inside_nothing_is_an_output(make: Make) -> None:
    assert fate_of(plan(make({"dist/data.zip": "x"}), output=None), "dist/data.zip") == ("included", "source")


def test_a_pattern_keeps_what_would_be_an_output(make: Make) -> None:
    found = plan(make({"dist/data.zip": "x", ".mcpbignore": "!dist/data.zip\n", ".npmrc": "x"}))
    assert fate_of(found, "dist/data.zip") == ("included", "kept")
    assert fate_of(found, ".npmrc") == ("omitted", "other-tool")


def test_patterns_of_the_project_file_count(make: Make) -> None:
    found = plan(make({"plugintool.toml": '[build]\nignore = ["*.psd"]\n', "a.psd": "x"}))
    (fate,) = found.fate_of("a.psd")
    assert (fate.reason, fate.rule) == ("pattern", "*.psd (plugintool.toml:2)")


def test_entries_that_are_no_files_have_a_fate(make: Make) -> None:
    root = make({"lib/a.js": "1\n", ".git/HEAD": "x"})
    (root / "empty").mkdir()
    (root / "link.js").symlink_to("lib/a.js")
    (root / "out.js").symlink_to("../../elsewhere")
    (root / ".venv").mkdir()
    (root / ".venv" / "python").symlink_to("/usr/bin/python3")
    os.mkfifo(root / "pipe")
    found = plan(root)
    assert fate_of(found, "empty") == ("omitted", "empty-directory")
    assert fate_of(found, ".git") == ("omitted", "version-control")
    assert fate_of(found, "link.js") == ("included", "link")
    assert fate_of(found, ".venv/python") == ("omitted", "cache")
    assert fate_of(found, "out.js") == ("invalid", "link-dangling")
    assert fate_of(found, "pipe") == ("invalid", "special-file")


def test_every_entry_has_exactly_one_fate(make: Make) -> None:
    root = make({".git/HEAD": "x", "a/b": "x", "dist/x.mcpb": "x", "id_rsa": "x", "plugintool.toml": ""})
    paths = [fate.path for fate in plan(root).fates()]
    assert paths == sorted(set(paths))
    assert paths == [".git", "a/b", "dist/x.mcpb", "id_rsa", "manifest.json", "plugintool.toml", "x.js"]


@pytest.mark.parametrize("line", ["manifest.json", "*", "*.json", "/x.js", "*.js"])
def test_a_bundle_cannot_be_robbed_of_what_it_needs(make: Make, line: str) -> None:
    """``mcpb pack`` writes a bundle without a manifest then, and says nothing."""
    assert plan(make({".mcpbignore": f"{line}\n"})).invalid


def test_the_bundle_is_called_by_its_manifest(make: Make, tmp_path: Path) -> None:
    built = build(make({}), tmp_path / "dist")
    assert built.path == tmp_path / "dist" / "clock-1.2.0.mcpb"
    assert sorted(os.listdir(tmp_path / "dist")) == ["clock-1.2.0.mcpb"]
    assert built.path.stat().st_mode & 0o777 == 0o644
    with zipfile.ZipFile(built.path) as archive:
        assert archive.namelist() == ["manifest.json", "x.js"]
    data = built.path.read_bytes()
    assert (built.size, built.as_json()["files"]) == (len(data), 2)


def test_links_become_copies_and_programs_are_told_by_their_content(make: Make, tmp_path: Path) -> None:
    root = make({"bin/run": "#!/bin/sh\n", "notes.txt": "x"})
    (root / "notes.txt").chmod(0o777)
    (root / "again").symlink_to("bin")
    with zipfile.ZipFile(build(root, tmp_path).path) as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes["again/run"] == modes["bin/run"] == 0o100755
    assert modes["notes.txt"] == modes["x.js"] == 0o100644


def test_the_project_file_says_which_files_are_programs(make: Make, tmp_path: Path) -> None:
    root = make({"plugintool.toml": '[build]\nexecutables = ["tool.py"]\n', "tool.py": "1\n"})
    with zipfile.ZipFile(build(root, tmp_path).path) as archive:
        assert archive.getinfo("tool.py").external_attr >> 16 == 0o100755
        assert "plugintool.toml" not in archive.namelist()


def test_invalid_entries_are_named_and_nothing_is_written(make: Make, tmp_path: Path) -> None:
    root = make({"id_rsa": "x", ".env": "x"})
    with pytest.raises(BuildError) as caught:
        build(root, tmp_path / "dist")
    assert [problem.split(":")[0] for problem in caught.value.detail["problems"]] == [".env", "id_rsa"]
    assert not (tmp_path / "dist").exists()


def test_a_failure_leaves_what_was_there(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = make({}), tmp_path / "dist"
    before = build(root, out).path.read_bytes()
    (root / "x.js").write_text("2\n")

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bundle_file, "copy_stream", fail)
    with pytest.raises(KeyboardInterrupt):
        build(root, out)
    assert os.listdir(out) == ["clock-1.2.0.mcpb"]
    assert (out / "clock-1.2.0.mcpb").read_bytes() == before


def test_a_directory_in_the_way_is_refused(make: Make, tmp_path: Path) -> None:
    (tmp_path / "dist" / "clock-1.2.0.mcpb").mkdir(parents=True)
    with pytest.raises(OutputError, match="in the way"):
        build(make({}), tmp_path / "dist")


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("clock", "1.2.0", "clock-1.2.0.mcpb"),
        ("@acme/clock", "1.0.0-rc.1", "acme-clock-1.0.0-rc.1.mcpb"),
        ("../../evil", "1.0.0+build/5", "evil-1.0.0_build_5.mcpb"),
        ("", "", "bundle.mcpb"),
        ("a b\n", "v" * 200, f"a-b-{'v' * 80}.mcpb"),
    ],
)
def test_names_of_bundles_are_safe_names_of_files(name: str, version: str, expected: str) -> None:
    assert bundle_name(name, version) == expected


def test_names_of_artifacts_without_a_version() -> None:
    assert artifact_name("acme", "...", ".zip") == "acme.zip"


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3", "0.4"])
def test_all_versions_of_the_format_are_built(make: Any, tmp_path: Path, version: str) -> None:
    later = {"privacy_policies": ["https://acme.example/privacy"]} if version > "0.1" else {}
    if version > "0.2":
        later["localization"] = {"resources": "texts/${locale}.json", "default_locale": "en-US"}  # type: ignore[assignment]
        later["icons"] = [{"src": "icon.png", "size": "16x16", "theme": "dark"}]  # type: ignore[list-item]
        later["_meta"] = {"com.acme": {"x": 1}}  # type: ignore[assignment]
    members = {
        "manifest_version": version,
        "display_name": "Clock",
        "long_description": "# Clock",
        "repository": {"type": "git", "url": "https://acme.example/clock.git"},
        "homepage": "https://acme.example",
        "icon": "icon.png",
        "screenshots": ["a.png"],
        "tools": [{"name": "now", "description": "tells the time"}],
        "tools_generated": True,
        "prompts": [{"name": "ask", "text": "What is ${arguments.x}?", "arguments": ["x"]}],
        "keywords": ["time"],
        "license": "MIT",
        "compatibility": {"claude_desktop": ">=1.0.0", "platforms": ["darwin"], "runtimes": {"node": ">=18"}},
        "user_config": {
            "zone": {"type": "string", "title": "Zone", "description": "x", "default": "UTC"},
            "files": {"type": "file", "title": "Files", "description": "x", "multiple": True, "default": ["a"]},
        },
        **later,
    }
    server = {**MANIFEST["server"]}
    server["mcp_config"] = {**server["mcp_config"], "env": {"ZONE": "${user_config.zone}"}}
    server["mcp_config"]["platform_overrides"] = {"win32": {"command": "node.exe", "env": {"ZONE": "x"}}}
    root = make({"icon.png": "x", "a.png": "x", "texts/en-US.json": "{}"}, server=server, **members)
    assert [fate.why for fate in plan(root).invalid] == []
    assert build(root, tmp_path / "dist").path.is_file()


def test_the_older_spelling_of_the_version_is_read(make: Any, tmp_path: Path) -> None:
    root = make({})
    old = {**MANIFEST, "dxt_version": "0.1"}
    del old["manifest_version"]
    (root / "manifest.json").write_text(json.dumps(old))
    assert build(root, tmp_path).path.is_file()


@pytest.mark.parametrize(
    ("server", "version", "fine"),
    [
        ({"type": "python", "entry_point": "x.js", "mcp_config": {"command": "python3"}}, "0.3", True),
        ({"type": "binary", "entry_point": "x.js", "mcp_config": {"command": "${__dirname}/x.js"}}, "0.1", True),
        ({"type": "uv", "entry_point": "x.js", "mcp_config": {"command": "uv"}}, "0.4", True),
        ({"type": "uv", "entry_point": "x.js", "mcp_config": {"command": "uv"}}, "0.3", False),
        ({"type": "ruby", "entry_point": "x.js", "mcp_config": {"command": "ruby"}}, "0.4", False),
    ],
)
def test_the_types_of_server(make: Any, server: dict[str, Any], version: str, fine: bool) -> None:
    assert (not plan(make({}, server=server, manifest_version=version)).invalid) is fine
