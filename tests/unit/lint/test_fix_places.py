"""What repairs make of paths, options, trees, bundle manifests and marketplaces; and what they leave to a person."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.fix import FixSummary, fix_paths
from plugintool.author.lint import LintRequest
from plugintool.errors import OutputError
from plugintool.lint.fix import Detach, make, unchanged
from plugintool.lint.fix_write import changes, write
from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.values import semantic
from plugintool.relpath import RelPath
from plugintool.report import Outcome
from plugintool.tree.directory import survey
from tests.fix_world import HOOKS, MANIFEST, after, field_after, handler_after, json_after, mended, server_after
from tests.rule_fixtures import SKILL, clean_plugin, manifest

TEXT_OPTION = {"type": "string", "title": "T", "description": "d"}
AGENT = "---\nname: a\ndescription: d\n---\n"
RUN = "#!/bin/sh\n"


class TestManifest:
    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("v1.0", "1.0.0"),
            ("1", "1.0.0"),
            ("V2.3.4-rc.1", "2.3.4-rc.1"),
            ("01.2.3", "1.2.3"),
            ("latest", None),
            ("^1.0.0", None),
            ("1.2.3.4", None),
            ("", None),
            (7, None),
        ],
    )
    def test_what_a_version_means(self, before: Any, wanted: str | None) -> None:
        assert semantic(before) == wanted

    def test_a_version_gets_its_numbers(self, tmp_path: Path) -> None:
        """PM021."""
        found = json.loads(after(tmp_path, {MANIFEST: manifest(version="v1.2")}, MANIFEST, "PM021"))
        assert found["version"] == "1.2.0"

    @pytest.mark.parametrize(
        ("fields", "wanted"),
        [
            ({"hooks": "./hooks/hooks.json"}, {}),
            ({"hooks": ["./hooks/hooks.json"]}, {}),
            ({"hooks": ["./hooks/hooks.json", "./more.json"]}, {"hooks": ["./more.json"]}),
            ({"hooks": ["./more.json", "./more.json"]}, {"hooks": ["./more.json"]}),
        ],
    )
    def test_a_path_is_named_once(self, tmp_path: Path, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
        """PA012: an empty list would be the next thing to wonder about."""
        hooks = json.dumps({"hooks": {}})
        files: dict[str, str | bytes] = {HOOKS: hooks, "more.json": hooks}
        assert field_after(tmp_path, "PA012", files=files, **fields) == wanted

    def test_the_entries_of_a_map_are_left_alone(self, tmp_path: Path) -> None:
        entry = {"source": "./a.md"}
        fields: Any = {"commands": {"one": entry, "two": entry}}
        files: dict[str, str | bytes] = {"a.md": AGENT}
        assert field_after(tmp_path, "PA012", files=files, **fields) == fields

    @pytest.mark.parametrize(
        ("option", "wanted"),
        [
            (TEXT_OPTION, {**TEXT_OPTION, "sensitive": True}),
            ({**TEXT_OPTION, "sensitive": False}, {**TEXT_OPTION, "sensitive": False}),
        ],
    )
    def test_a_secret_is_sensitive(self, tmp_path: Path, option: dict[str, Any], wanted: dict[str, Any]) -> None:
        """UC008: who says that it is not has thought about it."""
        assert field_after(tmp_path, "UC008", userConfig={"api_key": option})["userConfig"]["api_key"] == wanted

    @pytest.mark.parametrize(
        ("kind", "before", "wanted"),
        [
            ("number", "8080", 8080),
            ("number", "1.5", 1.5),
            ("number", "many", "many"),
            ("boolean", "true", True),
            ("boolean", "1", "1"),
            ("string", 5, 5),
        ],
    )
    def test_a_default_is_of_its_type(self, tmp_path: Path, kind: str, before: Any, wanted: Any) -> None:
        """UC005."""
        option = {**TEXT_OPTION, "type": kind, "default": before}
        found = field_after(tmp_path, "UC005", userConfig={"k": option})["userConfig"]["k"]["default"]
        assert (found, type(found)) == (wanted, type(wanted))

    def test_a_dependency_is_named_once_and_not_the_plugin(self, tmp_path: Path) -> None:
        """DP002."""
        listed = ["a", "b@market", "a", "acme-review", {"name": "c", "version": "latest"}]
        found = field_after(tmp_path, "DP002", dependencies=listed)["dependencies"]
        assert found == ["a", "b@market", {"name": "c", "version": "latest"}]

    def test_addresses_are_encrypted_when_asked_for(self, tmp_path: Path) -> None:
        """PM029: not every server that answers http answers https."""
        fields: Any = {"homepage": "http://acme.example"}
        assert field_after(tmp_path / "a", "PM029", **fields) == fields
        assert field_after(tmp_path / "b", "PM029", unsafe=True, **fields) == {"homepage": "https://acme.example"}


class TestCommands:
    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("./run.sh", '"${CLAUDE_PLUGIN_ROOT}"/run.sh'),
            ("bash bin/run.sh --fast", 'bash "${CLAUDE_PLUGIN_ROOT}"/bin/run.sh --fast'),
            ("bash ./nope.sh", "bash ./nope.sh"),
            ("bash 'bin/run.sh'", "bash 'bin/run.sh'"),
            ("/home/jane/bin/run.sh", "/home/jane/bin/run.sh"),
        ],
    )
    def test_a_path_in_a_shell_command(self, tmp_path: Path, before: str, wanted: str) -> None:
        """PT024: what stands in quotes already is for a person."""
        files: dict[str, str | bytes] = {"run.sh": RUN, "bin/run.sh": RUN}
        hooks = {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": before}]}]}}
        found = after(tmp_path, {**files, HOOKS: json.dumps(hooks)}, HOOKS, "PT024")
        assert json.loads(found)["hooks"]["Stop"][0]["hooks"][0]["command"] == wanted

    def test_a_path_among_arguments(self, tmp_path: Path) -> None:
        servers = {"mcpServers": {"db": {"command": "node", "args": ["./server/index.js", "--x"]}}}
        files: dict[str, str | bytes] = {".mcp.json": json.dumps(servers), "server/index.js": "0"}
        found = json.loads(after(tmp_path, files, ".mcp.json", "PT024"))["mcpServers"]["db"]["args"]
        assert found == ["${CLAUDE_PLUGIN_ROOT}/server/index.js", "--x"]

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("$CLAUDE_PLUGIN_ROOT/a", "${CLAUDE_PLUGIN_ROOT}/a"),
            ("${__dirname}/a", "${CLAUDE_PLUGIN_ROOT}/a"),
            ("${CLAUDE_PLUGIN_ROOTT}/a", "${CLAUDE_PLUGIN_ROOT}/a"),
            ("${CLAUDE_PLUGIN_THING}/a", "${CLAUDE_PLUGIN_THING}/a"),
        ],
    )
    def test_a_variable_of_a_server(self, tmp_path: Path, before: str, wanted: str) -> None:
        """PT025."""
        assert server_after(tmp_path, "PT025", {"command": "node", "args": [before]})["args"] == [wanted]

    def test_a_shell_fills_in_without_braces(self, tmp_path: Path) -> None:
        handler = {"type": "command", "command": '"$CLAUDE_PLUGIN_ROOT"/run.sh'}
        assert handler_after(tmp_path, "PT025", handler) == handler

    def test_extensions_get_their_dot(self, tmp_path: Path) -> None:
        """LS001."""
        server = {"command": "gopls", "extensionToLanguage": {"go": "go", ".mod": "go"}}
        found = field_after(tmp_path, "LS001", lspServers={"go": server})["lspServers"]["go"]["extensionToLanguage"]
        assert found == {".go": "go", ".mod": "go"}

    def test_a_wrapper_that_is_read_as_a_server_goes(self, tmp_path: Path) -> None:
        server = {"command": "gopls", "extensionToLanguage": {".go": "go"}}
        assert json_after(tmp_path, ".lsp.json", {"lspServers": {"go": server}}, "LS001") == {"go": server}


class TestTree:
    def test_debris_goes_and_what_holds_more_stays(self, tmp_path: Path) -> None:
        """PT010: node_modules, environments and repositories are for a person."""
        debris = ["skills/.DS_Store", "a/__pycache__/x.pyc", "a/__pycache__/deep/y.pyc", "__MACOSX/._a", "Thumbs.db"]
        kept = ["node_modules/a/index.js", ".venv/bin/python", "a/x.py"]
        root = clean_plugin(tmp_path, dict.fromkeys((*debris, *kept), "x"))
        mended(root, "PT010", unsafe=True)
        assert [path for path in debris if (root / path).exists()] == []
        assert [path for path in kept if not (root / path).exists()] == []
        assert not (root / "__MACOSX").exists()
        assert not (root / "a/__pycache__").exists()

    def test_what_goes_is_in_the_patch(self, tmp_path: Path) -> None:
        """Text and bytes, in words that git takes; the fixtures show that it does."""
        root = clean_plugin(tmp_path, {"Thumbs.db": b"\0\1", ".DS_Store": "text\n"})
        (outcome,) = fix_paths([str(root)], LintRequest(select=("PT010",)), diff=True).outcomes
        text = outcome.value.diff if outcome.value else ""
        assert (root / ".DS_Store").exists(), "only shown"
        assert text.count("deleted file mode 100644") == 2
        assert "+++ /dev/null\n@@ -1,1 +0,0 @@\n-text\n" in text

    @pytest.mark.parametrize(("before", "wanted"), [(0o777, 0o775), (0o4755, 0o755), (0o666, 0o664), (0o2770, 0o770)])
    def test_dangerous_bits_go(self, tmp_path: Path, before: int, wanted: int) -> None:
        """PT013."""
        root = clean_plugin(tmp_path, {"bin/acme-run": RUN})
        (root / "bin/acme-run").chmod(before)
        mended(root, "PT013")
        assert os.stat(root / "bin/acme-run").st_mode & 0o7777 == wanted

    def test_a_program_of_bin_runs(self, tmp_path: Path) -> None:
        """OC007: for everybody who may read it; another name is for a person."""
        root = clean_plugin(tmp_path, {"bin/acme-run": RUN, "bin/git": RUN})
        (root / "bin/acme-run").chmod(0o640)
        mended(root, "OC007")
        assert os.stat(root / "bin/acme-run").st_mode & 0o777 == 0o750
        assert (root / "bin/git").is_file()

    def test_a_loose_skill_gets_a_folder_when_asked_for(self, tmp_path: Path) -> None:
        """SK003: then it is loaded, which it was not before."""
        root = clean_plugin(tmp_path, {"skills/notes.md": SKILL})
        mended(root, "SK003")
        assert (root / "skills/notes.md").is_file()
        mended(root, "SK003", unsafe=True)
        assert (root / "skills/notes/SKILL.md").read_text() == SKILL

    def test_a_text_among_commands_ends_in_md_when_asked_for(self, tmp_path: Path) -> None:
        """CM002."""
        root = clean_plugin(tmp_path, {"commands/check.txt": AGENT})
        mended(root, "CM002", unsafe=True)
        assert (root / "commands/check.md").is_file()

    @pytest.mark.parametrize(
        ("before", "unsafe", "wanted"), [({"version": 2}, False, {"version": "2"}), ({}, True, {})]
    )
    def test_a_version_file(self, tmp_path: Path, before: Any, unsafe: bool, wanted: Any) -> None:
        """OP001: a file that says nothing is for a person."""
        assert json_after(tmp_path, "version.json", before, "OP001", unsafe=unsafe) == wanted

    def test_a_missing_version_file_of_org_plugins(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path / "org-plugins")
        mended(root, "OP001")
        assert not (root / "version.json").exists()
        mended(root, "OP001", unsafe=True)
        assert json.loads((root / "version.json").read_text()) == {"version": "1.0.0"}


def bundle_after(where: Path, rule_id: str, *, unsafe: bool = False, files: Any = None, **fields: Any) -> Any:
    """A bundle manifest after repairs; ``config`` changes ``mcp_config``."""
    config = {"command": "node", "args": ["${__dirname}/server.js"], **fields.pop("config", {})}
    server = {"type": "node", "entry_point": "server.js", "mcp_config": config, **fields.pop("server", {})}
    base = {"manifest_version": "0.3", "name": "clock", "version": "1.0.0", "description": "d", "author": {"name": "A"}}
    value = {key: item for key, item in {**base, "server": server, **fields}.items() if item is not None}
    path = "bundles/clock/manifest.json"
    held = {path: json.dumps(value), "bundles/clock/server.js": "0", **(files or {})}
    return json.loads(after(where, held, path, rule_id, unsafe=unsafe))


class TestBundles:
    @pytest.mark.parametrize(
        ("rule_id", "before", "wanted"),
        [
            ("MB003", {"manifest_version": 0.3}, {"manifest_version": "0.3"}),
            ("MB003", {"manifest_version": 1.0}, {"manifest_version": 1.0}),
            ("MB007", {"manifest_version": "0.1", "privacy_policies": []}, {"manifest_version": "0.2"}),
            ("MB007", {"manifest_version": "0.1", "privacy_policies": [], "icons": []}, {"manifest_version": "0.3"}),
            ("MB008", {"manifest_version": "0.4"}, {"manifest_version": "0.3"}),
            ("MB011", {"version": "v1.2"}, {"version": "1.2.0"}),
            ("MB011", {"version": "one"}, {"version": "one"}),
            ("MB014", {"display_name": "Cl\u202eock\x07"}, {"display_name": "Clock"}),
        ],
    )
    def test_values(self, tmp_path: Path, rule_id: str, before: Any, wanted: Any) -> None:
        found = bundle_after(tmp_path, rule_id, **before)
        assert {key: found[key] for key in wanted} == wanted

    def test_the_old_key(self, tmp_path: Path) -> None:
        """MB004, MB005: a known manifest_version decides, so the other key goes."""
        assert "dxt_version" not in bundle_after(tmp_path / "a", "MB004", manifest_version=None, dxt_version="0.1")
        assert bundle_after(tmp_path / "b", "MB005", dxt_version="0.1")["manifest_version"] == "0.3"
        assert "dxt_version" not in bundle_after(tmp_path / "c", "MB004", dxt_version="0.3")

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("./server.js", "server.js"),
            ("Server.js", "server.js"),
            ("./SERVER.JS", "server.js"),
            ("nope.js", "nope.js"),
        ],
    )
    def test_paths(self, tmp_path: Path, before: str, wanted: str) -> None:
        """MB018."""
        assert bundle_after(tmp_path, "MB018", server={"entry_point": before})["server"]["entry_point"] == wanted

    @pytest.mark.parametrize(
        ("rule_id", "before", "wanted"),
        [
            ("MB021", "server.js", "${__dirname}/server.js"),
            ("MB021", "./server.js", "${__dirname}/server.js"),
            ("MB022", "${__dirnam}/server.js", "${__dirname}/server.js"),
            ("MB022", "${HOMEDIR}/a", "${HOMEDIR}/a"),
            ("MB022", "${user_config.zone}", "${user_config.zone}"),
        ],
    )
    def test_arguments(self, tmp_path: Path, rule_id: str, before: str, wanted: str) -> None:
        found = bundle_after(tmp_path, rule_id, config={"args": [before]})
        assert found["server"]["mcp_config"]["args"] == [wanted]

    @pytest.mark.parametrize(("before", "wanted"), [("windows", "win32"), ("macOS", "darwin"), ("freebsd", "freebsd")])
    def test_platforms(self, tmp_path: Path, before: str, wanted: str) -> None:
        """MB034."""
        found = bundle_after(tmp_path, "MB034", config={"platform_overrides": {before: {"command": "a"}}})
        assert list(found["server"]["mcp_config"]["platform_overrides"]) == [wanted]

    def test_a_platform_that_is_there_stays(self, tmp_path: Path) -> None:
        overrides = {"windows": {"command": "a"}, "win32": {"command": "b"}}
        found = bundle_after(tmp_path, "MB034", config={"platform_overrides": overrides})
        assert found["server"]["mcp_config"]["platform_overrides"] == overrides

    def test_options(self, tmp_path: Path) -> None:
        """MB028, MB031."""
        option = {"type": "number", "title": "T", "description": "d", "default": "5"}
        found = bundle_after(tmp_path / "a", "MB028", user_config={"size": option})
        assert found["user_config"]["size"]["default"] == 5
        found = bundle_after(tmp_path / "b", "MB031", user_config={"api_key": TEXT_OPTION})
        assert found["user_config"]["api_key"]["sensitive"] is True

    def test_a_uv_server_is_started_when_asked_for(self, tmp_path: Path) -> None:
        """MB009."""
        server = {"type": "uv", "entry_point": "server.py"}
        path = "bundles/clock/manifest.json"
        files: dict[str, str | bytes] = {path: json.dumps({"manifest_version": "0.4", "server": server})}
        found = json.loads(after(tmp_path, files, path, "MB009", unsafe=True))["server"]["mcp_config"]
        assert found == {"command": "uv", "args": ["run", "--directory", "${__dirname}", "server.py"]}


def market(where: Path, *entries: Any, files: dict[str, str] | None = None, **fields: Any) -> Path:
    """Write a marketplace with the plugin acme-review, and return its directory."""
    base = {"name": "acme-tools", "owner": {"name": "Acme"}, "description": "Tools", "plugins": list(entries)}
    held = {".claude-plugin/marketplace.json": json.dumps({**base, **fields}, indent=2) + "\n", **(files or {})}
    for path, text in held.items():
        (where / path).parent.mkdir(parents=True, exist_ok=True)
        (where / path).write_text(text)
    return where


def market_after(root: Path, **options: Any) -> tuple[Any, Outcome[FixSummary]]:
    """Return a marketplace.json after repairs, and what was said of it; a second run changes nothing."""
    file = root / ".claude-plugin/marketplace.json"
    first, *_ = fix_paths([str(root)], LintRequest(targets=ALL_TARGETS), **options).outcomes
    once = file.read_bytes()
    again, *_ = fix_paths([str(root)], LintRequest(targets=ALL_TARGETS), **options).outcomes
    assert file.read_bytes() == once
    assert again.value is None or options.get("diff") or again.value.files == ()
    return json.loads(once), first


PLUGIN = {"acme-review/.claude-plugin/plugin.json": manifest(), "acme-review/skills/review/SKILL.md": SKILL}
ENTRY = {"name": "acme-review", "source": "./acme-review"}


class TestMarketplaces:
    def test_keys(self, tmp_path: Path) -> None:
        """MP006: of the object in which they stand."""
        root = market(tmp_path, {**ENTRY, "categroy": "x", "team": "y"}, files=PLUGIN, metadta={"version": "1"})
        found, outcome = market_after(root)
        assert found["plugins"][0] == {**ENTRY, "category": "x", "team": "y"}
        assert found["metadata"] == {"version": "1"}
        assert outcome.value is not None
        assert outcome.value.files == (".claude-plugin/marketplace.json",)

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            ("acme-review/", "./acme-review"),
            (".\\acme-review", "./acme-review"),
            ("acme-review", "./acme-review"),
            ("nope", "nope"),
            ("../acme-review", "../acme-review"),
            ("/acme-review", "/acme-review"),
        ],
    )
    def test_sources(self, tmp_path: Path, before: str, wanted: str) -> None:
        """MP009: only where the directory is there."""
        found, _ = market_after(market(tmp_path, {**ENTRY, "source": before}, files=PLUGIN))
        assert found["plugins"][0]["source"] == wanted

    def test_versions(self, tmp_path: Path) -> None:
        """MP015: that of the plugin manifest counts for the client."""
        found, _ = market_after(market(tmp_path, {**ENTRY, "version": "9.9.9"}, files=PLUGIN))
        assert found["plugins"][0]["version"] == "1.0.0"

    def test_a_manifest_is_written_out_of_the_entry(self, tmp_path: Path) -> None:
        """MP023: and then the rules about manifests judge it in the same run."""
        entry = {**ENTRY, "description": "Reviews code", "author": {"name": "Acme"}, "category": "review"}
        root = market(tmp_path, entry, files={"acme-review/skills/review/SKILL.md": SKILL})
        _, outcome = market_after(root)
        written = json.loads((root / "acme-review/.claude-plugin/plugin.json").read_text())
        told = {"description": "Reviews code", "author": {"name": "Acme"}}
        assert written == {"name": "acme-review", "version": "0.1.0", **told}
        assert "MP023" not in {finding.code for finding in outcome.findings}

    def test_a_name_that_is_none_gets_no_manifest(self, tmp_path: Path) -> None:
        root = market(tmp_path, {**ENTRY, "name": "Acme Review"}, files={"acme-review/skills/r/SKILL.md": SKILL})
        market_after(root)
        assert not (root / "acme-review/.claude-plugin").exists()

    def test_only_shown(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        root = market(tmp_path / "m", {**ENTRY, "categroy": "x"}, files=PLUGIN)
        monkeypatch.chdir(tmp_path)
        before = (root / ".claude-plugin/marketplace.json").read_bytes()
        _, outcome = market_after(Path("m"), diff=True)
        assert (root / ".claude-plugin/marketplace.json").read_bytes() == before
        assert outcome.value is not None
        assert "--- a/m/.claude-plugin/marketplace.json" in outcome.value.diff

    def test_a_broken_file_is_left_alone(self, tmp_path: Path) -> None:
        root = market(tmp_path, files=PLUGIN)
        file = root / ".claude-plugin/marketplace.json"
        file.write_text('{"name": "acme-tools",')
        fix_paths([str(root)], LintRequest())
        assert file.read_text() == '{"name": "acme-tools",'


class TestLinks:
    """PT002: only when asked for, since a copy no longer follows its original."""

    def test_a_link_becomes_a_copy(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"docs/a.md": "text\n"})
        (root / "b.md").symlink_to("docs/a.md")
        mended(root, "PT002")
        assert (root / "b.md").is_symlink()
        mended(root, "PT002", unsafe=True)
        assert not (root / "b.md").is_symlink()
        assert (root / "b.md").read_text() == (root / "docs/a.md").read_text() == "text\n"

    def test_the_mode_of_the_file_comes_with_it(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"bin/acme-run": RUN})
        (root / "bin/acme-run").chmod(0o755)
        (root / "run").symlink_to("bin/acme-run")
        mended(root, "PT002", unsafe=True)
        assert os.stat(root / "run", follow_symlinks=False).st_mode & 0o777 == 0o755

    def test_a_link_to_a_directory_or_to_nowhere_is_for_a_person(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"docs/a.md": "text\n"})
        for name, target in (("papers", "docs"), ("gone.md", "nope.md"), ("out.md", "../../x.md")):
            (root / name).symlink_to(target)
        mended(root, "PT002", unsafe=True)
        assert all((root / name).is_symlink() for name in ("papers", "gone.md", "out.md"))

    def test_a_file_seen_through_a_linked_directory_stays_where_it_is(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"docs/a.md": "text\n"})
        (root / "papers").symlink_to("docs")
        mended(root, "PT", "SK", unsafe=True)
        assert (root / "papers").is_symlink()
        assert (root / "docs/a.md").is_file()

    def test_a_link_that_was_turned_meanwhile_is_left_alone(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"a.md": "a\n", "c.md": "c\n"})
        (root / "b.md").symlink_to("a.md")
        found = survey(root)
        (change,) = [item for item in changes(found, make(unchanged(found), [Detach(RelPath("b.md"))])) if item.link]
        (root / "b.md").unlink()
        (root / "b.md").symlink_to("c.md")
        with pytest.raises(OutputError):
            write(root, [change])
        assert (root / "b.md").read_text() == "c\n"

    def test_the_patch_takes_the_link_away_first(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"a.md": "a\n"})
        (root / "b.md").symlink_to("a.md")
        (outcome,) = fix_paths([str(root)], LintRequest(select=("PT002",)), unsafe=True, diff=True).outcomes
        text = outcome.value.diff if outcome.value else ""
        assert text.index("deleted file mode 120000") < text.index("new file mode 100644")
        assert (root / "b.md").is_symlink(), "only shown"
