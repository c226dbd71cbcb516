"""Every entry of a source tree lands in exactly one list, with its reason."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.build.fate import refuse_invalid
from plugintool.build.plan import BuildPlan, is_safe_name, plan_build
from plugintool.errors import BuildError
from plugintool.formats.project import Project
from plugintool.plugin.load import load_plugin
from plugintool.relpath import RelPath
from plugintool.tree.memory import MemoryTree

MANIFEST = ".claude-plugin/plugin.json"


def reasons(plan: BuildPlan) -> dict[str, tuple[str, str]]:
    """Return fate and reason of each path, and check that none has two."""
    counts = Counter(fate.path for fate in plan.fates())
    assert set(counts.values()) <= {1}, counts
    return {fate.path: (fate.fate, fate.reason) for fate in plan.fates()}


def test_a_plain_plugin_is_included_whole(make_plugin: Any, plan_of: Any) -> None:
    plan = plan_of(make_plugin({"bin/run": "#!/bin/sh\n", "docs/x.md": "x"}))
    assert [fate.path for fate in plan.included] == [MANIFEST, "bin/run", "docs/x.md", "skills/greet/SKILL.md"]
    assert (plan.name, plan.version, plan.omitted, plan.invalid) == ("demo", "1.0.0", (), ())


def test_what_is_left_out_says_why(make_plugin: Any, plan_of: Any) -> None:
    root = make_plugin(
        {
            ".git/HEAD": "x",
            "sub/.git": "gitdir: x",
            ".DS_Store": "x",
            "__pycache__/x.pyc": "x",
            ".codex-plugin/plugin.json": "{}",
            "empty/inner": None,
            "version.json": "{}",
            ".claude-plugin/plugin.sigstore.json": "{}",
            ".claude-plugin/plugin.0123abcd.sigstore.json": "{}",
            "old.mcpb": "x",
        }
    )
    found = reasons(plan_of(root))
    assert {path: reason for path, (fate, reason) in found.items() if fate == "omitted"} == {
        ".git": "version-control",
        "sub/.git": "version-control",
        ".DS_Store": "system-file",
        "__pycache__/x.pyc": "cache",
        ".codex-plugin/plugin.json": "other-tool",
        "empty/inner": "empty-directory",
        "version.json": "derived",
        ".claude-plugin/plugin.sigstore.json": "derived",
        ".claude-plugin/plugin.0123abcd.sigstore.json": "derived",
        "old.mcpb": "unnamed-bundle",
    }


def test_the_output_inside_the_plugin_is_left_out(make_plugin: Any, plan_of: Any) -> None:
    """Only what plugintool writes there: a plugin may run other files in dist."""
    files = {"dist/org-plugins/demo/x": "x", "dist/demo-1.0.0.zip": "x", "dist/server.js": "x", "dist/a/b.zip": "x"}
    found = reasons(plan_of(make_plugin(files)))
    assert found["dist/org-plugins/demo/x"] == found["dist/demo-1.0.0.zip"] == ("omitted", "own-output")
    assert found["dist/server.js"] == found["dist/a/b.zip"] == ("included", "source")


def test_an_output_outside_the_plugin_leaves_dist_alone(make_plugin: Any, plan_of: Any) -> None:
    found = reasons(plan_of(make_plugin({"dist/org-plugins/x": "x"}), output=None))
    assert found["dist/org-plugins/x"] == ("included", "source")


def test_patterns_of_the_project_leave_out_and_keep(make_plugin: Any, plan_of: Any) -> None:
    project = '[build]\nignore = ["*.psd", "notes/", "!.codex-plugin/"]\n'
    root = make_plugin(
        {"plugintool.toml": project, "a.psd": "x", "notes/x": "x", ".codex-plugin/p.json": "x", ".cursor/x": "x"}
    )
    plan = plan_of(root)
    assert reasons(plan) == {
        MANIFEST: ("included", "source"),
        "skills/greet/SKILL.md": ("included", "source"),
        "plugintool.toml": ("included", "source"),
        "a.psd": ("omitted", "pattern"),
        "notes/x": ("omitted", "pattern"),
        ".codex-plugin/p.json": ("included", "kept"),
        ".cursor/x": ("omitted", "other-tool"),
    }
    (fate,) = plan.fate_of("a.psd")
    assert fate.rule == "*.psd (plugintool.toml:2)"
    assert "a pattern of the project file" in fate.why


def test_manifest_and_project_file_cannot_be_left_out(make_plugin: Any, plan_of: Any) -> None:
    """Without the one there is no plugin, without the other nobody can recompute the record."""
    plan = plan_of(make_plugin({"plugintool.toml": '[build]\nignore = ["*.json", "*.toml"]\n', "x.json": "{}"}))
    assert reasons(plan)[MANIFEST] == reasons(plan)["plugintool.toml"] == ("included", "source")
    assert reasons(plan)["x.json"] == ("omitted", "pattern")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".env", "TOKEN=x"),
        ("conf/.env.production", "x"),
        ("id_rsa", "x"),
        ("certs/release.key", "-----BEGIN PRIVATE KEY-----\nx"),
        ("certs/all.pem", "-----BEGIN CERTIFICATE-----\nx\n-----BEGIN RSA PRIVATE KEY-----\nx"),
        ("deploy", "-----BEGIN OPENSSH PRIVATE KEY-----\nx"),
    ],
)
def test_secrets_stop_a_build_unless_a_pattern_keeps_or_drops_them(
    make_plugin: Any, plan_of: Any, path: str, content: str
) -> None:
    root = make_plugin({path: content})
    assert reasons(plan_of(root))[path] == ("invalid", "secret")
    (root / "plugintool.toml").write_text(f'[build]\nignore = ["!{path}"]\n')
    assert reasons(plan_of(root))[path] == ("included", "kept")
    (root / "plugintool.toml").write_text(f'[build]\nignore = ["{path}"]\n')
    assert reasons(plan_of(root))[path] == ("omitted", "pattern")


def test_a_certificate_or_public_key_is_no_secret(make_plugin: Any, plan_of: Any) -> None:
    plan = plan_of(make_plugin({"ca.pem": "-----BEGIN CERTIFICATE-----\n", "pub.key": "-----BEGIN PUBLIC KEY-----\n"}))
    assert not plan.invalid


def test_links_inside_become_copies(make_plugin: Any, plan_of: Any) -> None:
    root = make_plugin({"AGENTS.md": "x", "lib/a/x.py": "x"})
    (root / "README.md").symlink_to("AGENTS.md")
    (root / "copy").symlink_to("lib/a")
    plan = plan_of(root)
    assert reasons(plan)["README.md"] == reasons(plan)["copy/x.py"] == ("included", "link")
    assert plan.fate_of("README.md")[0].rule == "README.md -> AGENTS.md"


@pytest.mark.parametrize(
    ("target", "reason"),
    [("../x", "link-leaves"), ("/etc/hostname", "link-absolute"), ("nothing", "link-dangling"), (".", "link-loop")],
)
def test_other_links_stop_a_build(make_plugin: Any, plan_of: Any, tmp_path: Path, target: str, reason: str) -> None:
    (tmp_path / "x").write_text("outside")
    root = make_plugin()
    (root / "link").symlink_to(target)
    plan = plan_of(root)
    assert reasons(plan)["link"] == ("invalid", reason)
    assert plan.invalid[0].rule == f"-> {target}"


def test_two_links_that_lead_to_each_other_stop_a_build(make_plugin: Any, plan_of: Any) -> None:
    root = make_plugin()
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    assert reasons(plan_of(root))["a"] == ("invalid", "link-loop")


def test_strange_entries_stop_a_build(make_plugin: Any, plan_of: Any) -> None:
    root = make_plugin({"a\nb.md": "x", "x\x1b[2J.md": "x", "con.txt": "x"})
    os.mkfifo(root / "pipe")
    found = reasons(plan_of(root))
    assert {reason for path, (fate, reason) in found.items() if fate == "invalid"} == {"unsafe-name", "special-file"}
    assert found["pipe"] == ("invalid", "special-file")
    assert found["con.txt"] == ("invalid", "unsafe-name")


def test_strange_entries_do_no_harm_where_files_are_left_out(make_plugin: Any, plan_of: Any) -> None:
    """A virtual environment is full of absolute links."""
    root = make_plugin({".venv/bin": None, "notes": None, "plugintool.toml": '[build]\nignore = ["notes/"]\n'})
    (root / ".venv/bin/python").symlink_to("/usr/bin/python3")
    os.mkfifo(root / "notes/pipe")
    found = reasons(plan_of(root))
    assert found[".venv/bin/python"] == ("omitted", "cache")
    assert found["notes/pipe"] == ("omitted", "pattern")


def test_names_that_collide_stop_a_build(make_plugin: Any, plan_of: Any) -> None:
    found = reasons(plan_of(make_plugin({"README.md": "x", "readme.md": "x"})))
    assert found["README.md"] == ("included", "source")
    assert found["readme.md"] == ("invalid", "collision")


@pytest.mark.parametrize(
    "path",
    [
        ".org-plugin-version",
        "sub/.Org-Plugin-Version",
        "Version.json",
        "version.json/x",
        "VERSION.JSON/x/y",
        ".claude-plugin/plugin.sigstore.json/x",
        ".claude-plugin/Plugin.0123abcd.sigstore.json",
    ],
)
def test_what_is_in_the_way_of_a_derived_file_stops_a_build(make_plugin: Any, plan_of: Any, path: str) -> None:
    assert reasons(plan_of(make_plugin({path: "x"})))[path] == ("invalid", "reserved-name")


def test_limits_stop_a_build(make_plugin: Any, plan_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TREE_FILES", 2)
    monkeypatch.setattr(limits, "TREE_BYTES", 20)
    plan = plan_of(make_plugin({"a": "x", "b": "x"}))
    assert [fate.reason for fate in plan.invalid] == ["limit", "limit"]
    assert {fate.rule.split(",")[1] for fate in plan.invalid} == {" more than 2", " more than 20"}


@pytest.mark.parametrize(
    "files",
    [
        {"hooks/hooks.json": '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "X"}]}]}}'},
        {".mcp.json": '{"mcpServers": {"a": {"command": "node", "args": ["X"]}}}'},
    ],
)
def test_leaving_out_what_a_command_runs_stops_a_build(make_plugin: Any, plan_of: Any, files: dict[str, str]) -> None:
    files = {path: text.replace("X", "${CLAUDE_PLUGIN_ROOT}/tools/run.js") for path, text in files.items()}
    root = make_plugin({**files, "tools/run.js": "x", "plugintool.toml": '[build]\nignore = ["tools/"]\n'})
    plan = plan_of(root)
    assert reasons(plan)["tools/run.js"] == ("invalid", "needed")
    assert "runs it (tools/ (plugintool.toml:2))" in plan.invalid[0].why


def test_leaving_out_a_declared_component_stops_a_build(make_plugin: Any, plan_of: Any) -> None:
    manifest = json.dumps({"name": "demo", "skills": ["./.cache/skills"]})
    skill = "---\nname: x\ndescription: y\n---\n"
    plan = plan_of(make_plugin({MANIFEST: manifest, ".cache/skills/x/SKILL.md": skill}))
    assert reasons(plan)[".cache/skills/x/SKILL.md"] == ("invalid", "needed")


def test_a_named_bundle_is_included(make_plugin: Any, plan_of: Any) -> None:
    manifest = json.dumps({"name": "demo", "mcpServers": "./vendor/a.mcpb"})
    found = reasons(plan_of(make_plugin({MANIFEST: manifest, "vendor/a.mcpb": "x", "vendor/b.mcpb": "x"})))
    assert found["vendor/a.mcpb"] == ("included", "source")
    assert found["vendor/b.mcpb"] == ("omitted", "unnamed-bundle")


def test_a_bundle_in_source_form_is_one_file_of_the_build(
    make_plugin: Any, plan_of: Any, bundle_files: dict[str, str]
) -> None:
    plan = plan_of(make_plugin({**bundle_files, "bundles/README.md": "x"}))
    assert reasons(plan)["bundles/clock.mcpb"] == ("included", "built-bundle")
    assert reasons(plan)["bundles/clock/server/index.js"] == ("omitted", "bundle-source")
    assert reasons(plan)["bundles/README.md"] == ("included", "source")
    assert [fate.path for fate in plan.bundles[0].included] == list(bundle_files)


def test_a_bundle_that_is_already_there_collides(make_plugin: Any, plan_of: Any, bundle_files: dict[str, str]) -> None:
    manifest = json.dumps({"name": "demo", "mcpServers": "./bundles/clock.mcpb"})
    plan = plan_of(make_plugin({**bundle_files, MANIFEST: manifest, "bundles/clock.mcpb": "x"}))
    assert reasons(plan)["bundles/clock.mcpb"] == ("invalid", "collision")


def test_a_one_skill_plugin_gets_a_manifest(tmp_path: Path, plan_of: Any) -> None:
    root = tmp_path / "Some Directory"
    root.mkdir()
    (root / "SKILL.md").write_text("---\nname: greet\ndescription: Greets.\n---\nHello\n")
    plan = plan_of(root)
    assert plan.name == "greet"
    assert reasons(plan) == {MANIFEST: ("included", "generated"), "SKILL.md": ("included", "source")}
    assert json.loads(plan.generated[RelPath(MANIFEST)]) == {"name": "greet", "description": "Greets."}


def test_a_one_skill_plugin_without_a_usable_name_is_named_after_its_directory(tmp_path: Path, plan_of: Any) -> None:
    root = tmp_path / "greet-dir"
    root.mkdir()
    (root / "SKILL.md").write_text("---\nname: a/b\n---\n")
    assert plan_of(root).name == "greet-dir"


@pytest.mark.parametrize(
    "name",
    ["", "../evil", "a/b", "a b", ".hidden", "-x", "CON", "x.", "é", "a\nb", "x" * 101, "nul.txt", "a:b", 7, None],
)
def test_a_name_that_cannot_be_a_directory_stops_a_build(make_plugin: Any, plan_of: Any, name: object) -> None:
    plan = plan_of(make_plugin({MANIFEST: json.dumps({"name": name})}))
    assert reasons(plan)[MANIFEST] == ("invalid", "manifest")


@pytest.mark.parametrize("name", ["a", "acme-tools", "Acme.Tools_2", "x" * 100])
def test_plain_names_are_safe(name: str) -> None:
    assert is_safe_name(name)


def test_a_directory_without_a_plugin_cannot_be_built(tmp_path: Path, plan_of: Any) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/README.md").write_text("x")
    assert reasons(plan_of(tmp_path / "x"))[MANIFEST] == ("invalid", "manifest")


def test_a_misspelt_manifest_stops_a_build(make_plugin: Any, plan_of: Any) -> None:
    root = make_plugin()
    (root / MANIFEST).rename(root / ".claude-plugin/Plugin.json")
    assert reasons(plan_of(root))[".claude-plugin/Plugin.json"] == ("invalid", "manifest")


def test_only_a_directory_can_be_built() -> None:
    plugin = load_plugin(MemoryTree("x", {MANIFEST: b'{"name": "x"}'}))
    with pytest.raises(BuildError, match="only a directory"):
        plan_build(plugin, Project())


def test_all_invalid_entries_are_reported_with_what_to_do(make_plugin: Any, plan_of: Any) -> None:
    root = make_plugin({".env": "x", "con.txt": "x"})
    (root / "link").symlink_to("../x")
    with pytest.raises(BuildError) as caught:
        refuse_invalid(plan_of(root).invalid)
    detail = caught.value.detail
    assert caught.value.message == "3 entries of the plugin cannot be built"
    assert [problem.split(":")[0] for problem in detail["problems"]] == [".env", "con.txt", "link"]
    assert "--allow-secret .env, or keep it with !.env in build.ignore" in detail["hint"]
    refuse_invalid(())


def test_the_fate_of_a_directory_is_that_of_its_files(
    make_plugin: Any, plan_of: Any, bundle_files: dict[str, str]
) -> None:
    plan = plan_of(make_plugin({**bundle_files, "docs/a": "x", "docs/b": "x", "docs2": "x"}))
    assert [fate.path for fate in plan.fate_of("./docs/")] == ["docs/a", "docs/b"]
    assert [fate.fate for fate in plan.fate_of("bundles/clock/server/index.js")] == ["omitted", "included"]
    assert plan.fate_of("nothing") == []


def test_the_plan_does_not_depend_on_the_order_of_the_disk(make_plugin: Any, plan_of: Any) -> None:
    names = [f"docs/{name}.md" for name in "zyxwabc"]
    one = plan_of(make_plugin(dict.fromkeys(names, "x"), at="one/demo"))
    other = plan_of(make_plugin(dict.fromkeys(reversed(names), "x"), at="two/demo"))
    assert one.fates() == other.fates()


@pytest.mark.parametrize(
    ("name", "fits"), [("a" * 218, True), ("a" * 219, False), ("\U0001f642" * 50 + "/" + "a" * 118, False)]
)
def test_the_budget_of_a_path_counts_the_name_and_both_halves(
    make_plugin: Any, plan_of: Any, name: str, fits: bool
) -> None:
    """``demo/`` and the path, in the units in which Windows counts: 223 fit, and a sign beyond U+FFFF counts twice."""
    plan = plan_of(make_plugin({name: "x"}))
    assert [fate.reason for fate in plan.invalid] == ([] if fits else ["long-path"])
    if not fits:
        assert plan.invalid[0].why.endswith("224 units, more than 223")


def test_a_long_path_that_is_left_out_does_no_harm(make_plugin: Any, plan_of: Any) -> None:
    """Only what is shipped has to be reached."""
    assert plan_of(make_plugin({".venv/" + "a" * 240: "x"})).invalid == ()


@pytest.mark.parametrize(
    ("skills", "expected"),
    [
        ("./.agents/skills/", "named"),
        (["./.agents/skills/greet"], "named"),
        (["./.agents/skills/other"], "other-tool"),
        (["./"], "other-tool"),
        ("./.agents/skills/gr", "other-tool"),
    ],
)
def test_a_folder_of_another_tool_is_kept_when_the_manifest_names_it(
    make_plugin: Any, plan_of: Any, skills: Any, expected: str
) -> None:
    """The list of what is left out by default is a guess; what the plugin says of itself is none."""
    manifest = json.dumps({"name": "demo", "version": "1.0.0", "skills": skills})
    files = {".claude-plugin/plugin.json": manifest, ".agents/skills/greet/SKILL.md": "x", ".agents/notes.md": "x"}
    plan = plan_of(make_plugin({**files, ".agents/skills/greet/help.md": "x", ".agents/skills/other/x.md": "x"}))
    (fate,) = plan.fate_of(".agents/skills/greet/help.md")
    assert fate.reason == expected
    assert [fate.reason for fate in plan.fate_of(".agents/notes.md")] == ["other-tool"]


def test_caches_are_left_out_whoever_names_them(make_plugin: Any, plan_of: Any) -> None:
    """They are made again by the program that owns them, so that a build that kept them would not be the same twice."""
    manifest = json.dumps({"name": "demo", "version": "1.0.0", "skills": ["./.cache/x"]})
    plan = plan_of(make_plugin({".claude-plugin/plugin.json": manifest, ".cache/x/SKILL.md": "x"}))
    assert {fate.reason for fate in plan.invalid} == {"needed"}
