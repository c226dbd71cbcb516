"""Rules on marketplaces in the default profile; what the genuine client says is in test_marketplace_verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugintool.report import Finding, Severity
from tests.market_world import MANIFEST, entry, lint_market, market, plugin_json

SHA = "4f2c1ab09d6e8c4f7b3a5d2e1c0f9b8a7d6e5c4b"
DIGEST = SHA + "0" * 24
ARCHIVE = {"source": "archive", "url": "https://x.example/a.zip", "sha256": DIGEST}
OLD = (2, 1, 197)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_clean_marketplace_has_no_finding(tmp_path: Path) -> None:
    assert lint_market(tmp_path, market()) == ()


class TestFile:
    """MP001 to MP006 and MP020, and the rules about JSON files."""

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"owner": {}}, ("owner", "name")),
            ({"owner": {"name": "x", "email": 5}}, ("owner", "email")),
            ({"metadata": {"pluginRoot": 5}}, ("metadata", "pluginRoot")),
            ({"allowCrossMarketplaceDependenciesOn": ["a", 5]}, ("allowCrossMarketplaceDependenciesOn", 1)),
            ({"forceRemoveDeletedPlugins": "yes"}, ("forceRemoveDeletedPlugins",)),
            ({"name": 5}, ("name",)),
        ],
    )
    def test_a_malformed_field_is_named(self, fields: Any, field: Any, tmp_path: Path) -> None:
        (found,) = lint_market(tmp_path, market(**fields))
        assert (found.code, found.location.pointer) == ("MP001", field)
        assert found.location.line > 0

    def test_a_missing_field_is_named(self, tmp_path: Path) -> None:
        content = market()
        del content["plugins"]
        (found,) = lint_market(tmp_path, content)
        assert (found.code, found.location.pointer) == ("MP001", ("plugins",))
        assert found.message == "`plugins` is missing"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("{", ["PM002"]),
            ("[]", ["PM003"]),
            ("\ufeff" + '{"name": "x"}', ["MP001", "MP001", "MP005", "PM004"]),
            ('{"name": "x", "name": "x"}', ["MP001", "MP001", "MP005", "PM005"]),
        ],
    )
    def test_the_rules_about_json_hold(self, text: str, expected: list[str], tmp_path: Path) -> None:
        assert sorted(codes(lint_market(tmp_path, text))) == expected

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("acme-tools", None),
            ("Acme.Tools_2", None),
            ("my-claude-plugins", None),
            ("anthropics-official", None),
            ("claude-tools", None),
            ("a b", "MP002"),
            ("a..b", "MP002"),
            ("-a", "MP002"),
            ("Inline", "MP002"),
            ("builtin", "MP002"),
            ("clаude-plugins", "MP002"),  # noqa: RUF001 - that is the point
            ("claude_plugins", "MP002"),
            ("claude-directory", "MP002"),
            ("the-official-claude", "MP002"),
            ("ORG", "MP003"),
            ("x" * 129, "MP003"),
            ("claude-plugins-official", "MP003"),
        ],
    )
    def test_names(self, name: str, code: str | None, tmp_path: Path) -> None:
        assert codes(lint_market(tmp_path, market(name=name))) == ([code] if code else [])

    def test_what_newer_clients_refuse_is_refused_for_them_only(self, tmp_path: Path) -> None:
        assert codes(lint_market(tmp_path / "a", market(name="-a"), profile="client")) == ["MP002"]
        assert lint_market(tmp_path / "b", market(name="-a"), profile="client", client=OLD) == ()

    def test_an_unknown_key_gets_a_suggestion(self, tmp_path: Path) -> None:
        (found,) = lint_market(tmp_path, market(entry(categroy="x")))
        assert (found.code, found.hint) == ("MP006", "did you mean category?")
        assert found.location.pointer == ("plugins", 0, "categroy")

    def test_unknown_keys_of_inner_objects(self, tmp_path: Path) -> None:
        relevance = {"topic": "x", "foo": 1, "signals": {"cli": ["x"], "bar": 1}}
        found = lint_market(tmp_path, market(entry(relevance=relevance), metadata={"baz": 1}))
        assert {item.location.pointer[-1] for item in found} == {"foo", "bar", "baz"}
        assert set(codes(found)) == {"MP006"}

    def test_the_desktop_apps_key_is_known_for_it(self, tmp_path: Path) -> None:
        content = market(entry(installationPreference="available"))
        assert lint_market(tmp_path / "a", content) == ()
        assert codes(lint_market(tmp_path / "b", content, targets=("claude-code",))) == ["MP006"]
        assert codes(lint_market(tmp_path / "c", content, profile="client")) == ["MP006"]

    @pytest.mark.parametrize(
        ("renames", "broken"),
        [
            ({"a": "demo-plugin", "b": "a", "c": None}, []),
            ({"a": "b"}, ["a"]),
            ({"a": "a"}, ["a"]),
            ({"a": "b", "b": "c", "c": "b"}, ["a", "b", "c"]),
            ({"a": 5}, ["a"]),
            ({"demo-plugin": "gone"}, ["demo-plugin"]),
        ],
    )
    def test_renames(self, renames: Any, broken: list[str], tmp_path: Path) -> None:
        found = lint_market(tmp_path, market(renames=renames))
        assert [item.location.pointer[-1] for item in found] == broken
        assert set(codes(found)) <= {"MP020"}


class TestEntries:
    """MP007 and MP015 to MP023."""

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"strict": None}, "strict"),
            ({"tags": [5]}, "tags"),
            ({"name": "a b"}, "name"),
            ({"name": "claude-x"}, "name"),
            ({"name": "_x"}, "name"),
            ({"author": "Jane"}, "author"),
            ({"hooks": {"Unheard": []}}, "hooks"),
            ({"mcpServers": {"a": 5}}, "mcpServers"),
            ({"relevance": {}}, "relevance"),
            ({"relevance": {"signals": {}}}, "relevance"),
            ({"types": "x"}, "types"),
            ({"homepage": "nope"}, "homepage"),
        ],
    )
    def test_a_field_of_the_wrong_form_is_an_error(self, fields: Any, field: str, tmp_path: Path) -> None:
        found = [item for item in lint_market(tmp_path, market(entry(**fields))) if item.code == "MP007"]
        assert found
        assert found[0].severity is Severity.ERROR
        assert found[0].location.pointer[:3] == ("plugins", 0, field)

    @pytest.mark.parametrize(
        "fields",
        [
            {"commands": "./nope.md"},
            {"types": "./nope.d.ts"},
            {"skills": ["./a", "./b"]},
            {"author": {"name": "x"}, "version": "1.0.0", "keywords": []},
            {"relevance": {"signals": {"cwd": ["x"]}}},
            {"defaultEnabled": True},
        ],
    )
    def test_an_entry_need_not_show_files(self, fields: Any, tmp_path: Path) -> None:
        assert lint_market(tmp_path, market(entry(**fields))) == ()

    @pytest.mark.parametrize(
        ("market_name", "expected"),
        [
            ("healthcare", []),
            ("Healthcare", []),
            ("claude-community", ["MP007", "MP016"]),
            ("acme", ["MP007", "MP016"]),
        ],
    )
    def test_reserved_names_in_anthropics_own_marketplaces(
        self, market_name: str, expected: list[str], tmp_path: Path
    ) -> None:
        """Measured: the two community marketplaces are no exception."""
        content = market(entry(name="claude-x"), name=market_name)
        found = lint_market(tmp_path, content, {MANIFEST: plugin_json(name="claude-x")}, ignore=("MP003",))
        assert sorted(codes(found)) == expected

    def test_a_relevance_that_is_no_object_is_ignored(self, tmp_path: Path) -> None:
        (found,) = lint_market(tmp_path, market(entry(relevance="x")))
        assert (found.code, found.severity) == ("MP007", Severity.WARNING)

    def test_each_of_equal_names_is_named(self, tmp_path: Path) -> None:
        found = lint_market(tmp_path, market(entry(), entry(), entry(name="other")))
        assert [item.location.pointer for item in found if item.code == "MP007"] == [
            ("plugins", 0, "name"),
            ("plugins", 1, "name"),
        ]

    def test_an_entry_that_is_no_object(self, tmp_path: Path) -> None:
        (found,) = lint_market(tmp_path, {**market(), "plugins": ["x"]})
        assert (found.code, found.message) == ("MP007", "the entry is a text, expected an object")

    def test_versions_and_names_that_differ(self, tmp_path: Path) -> None:
        found = lint_market(tmp_path, market(entry(name="other", version="2.0.0")))
        assert codes(found) == ["MP017", "MP015"] or codes(found) == ["MP015", "MP017"]

    def test_an_invalid_manifest_is_said_once_an_entry(self, tmp_path: Path) -> None:
        broken = plugin_json(name=5, keywords="x")
        (found,) = lint_market(tmp_path, market(), {MANIFEST: broken}, ignore=("MP017",))
        assert found.code == "MP016"
        assert found.message.endswith(", and 1 more")

    def test_hooks_of_listed_plugins_count_for_the_client_only(self, tmp_path: Path) -> None:
        files = {"plugins/demo-plugin/hooks/hooks.json": "{"}
        assert lint_market(tmp_path / "a", market(), files) == ()
        (found,) = lint_market(tmp_path / "b", market(), files, profile="client")
        assert (found.code, found.location.path) == ("MP016", "plugins/demo-plugin/hooks/hooks.json")
        assert lint_market(tmp_path / "c", market(), files, profile="client", client=OLD) == ()

    def test_a_plugin_at_the_root_counts_for_the_client(self, tmp_path: Path) -> None:
        (found,) = lint_market(tmp_path, market(), {".claude-plugin/plugin.json": "{}"}, profile="client")
        assert (found.code, found.location.path) == ("MP016", ".claude-plugin/plugin.json")

    @pytest.mark.parametrize("source", ["./", ".", "./plugins/demo-plugin"])
    @pytest.mark.parametrize(
        ("files", "place"),
        [
            ({"agents/a.md": "---\nname: [a\n b\n---\n"}, ("agents/a.md", "frontmatter")),
            ({".mcp.json": '{"mcpServers": {"a": {"type": "url"}}}'}, (".mcp.json", "/mcpServers/a/type")),
            ({"hooks/hooks.json": "[]"}, ("hooks/hooks.json", "root")),
            ({".claude-plugin/plugin.json": plugin_json(skills="./gone")}, (".claude-plugin/plugin.json", "/skills")),
        ],
    )
    def test_everything_of_a_plugin_at_the_root_counts_for_the_client(
        self, source: str, files: dict[str, str], place: tuple[str, str], tmp_path: Path
    ) -> None:
        """Whether it is listed or not; older clients look at the marketplace only."""
        held = {".claude-plugin/plugin.json": plugin_json(), **files}
        found = lint_market(tmp_path / "a", market(entry(source=source)), held, profile="client")
        places = [(item.location.path, item.as_json()["field"]) for item in found if item.severity is Severity.ERROR]
        assert place in places
        assert len(places) == len(set(places))
        if not any("plugin.json" in path for path in files):
            old = lint_market(tmp_path / "b", market(entry(source=source)), held, profile="client", client=OLD)
            assert old == ()

    def test_without_a_manifest_only_the_hooks_of_the_root_count(self, tmp_path: Path) -> None:
        files = {"hooks/hooks.json": "[]", "agents/a.md": "---\n- a\n---\n"}
        found = lint_market(tmp_path, market(), files, profile="client")
        assert [item.location.path for item in found] == ["hooks/hooks.json"]

    def test_an_entry_may_hold_what_looks_like_a_guard(self, tmp_path: Path) -> None:
        """Measured: the client looks for stray guards in plugin.json and hooks files only."""
        content = market(entry(author={"name": "A", "PreToolUse": 1}))
        assert lint_market(tmp_path, content, profile="client") == ()

    @pytest.mark.parametrize(
        ("path", "place"),
        [
            ("plugins/demo-plugin/Hooks/hooks.json", "plugins/demo-plugin/hooks"),
            ("plugins/demo-plugin/.claude-plugin/Plugin.json", "plugins/demo-plugin/.claude-plugin/plugin.json"),
            ("Hooks/hooks.json", "hooks"),
            (".claude-plugin/Marketplace.json", ".claude-plugin/marketplace.json"),
            (".Claude-Plugin/x", ".claude-plugin"),
            ("Plugins/x", ""),
        ],
    )
    def test_the_spelling_of_paths_from_which_hooks_come(self, path: str, place: str, tmp_path: Path) -> None:
        found = lint_market(tmp_path, market(), {path: '{"hooks": {}}'}, profile="client")
        places = [(item.location.path, item.as_json()["field"]) for item in found if item.severity is Severity.ERROR]
        assert ((place, place) in places) is bool(place)

    def test_components_of_listed_plugins_do_not_count(self, tmp_path: Path) -> None:
        files = {"plugins/demo-plugin/agents/a.md": "no front matter", "plugins/demo-plugin/.mcp.json": "{"}
        assert lint_market(tmp_path, market(), files, profile="client") == ()

    @pytest.mark.parametrize(
        ("strict", "declared", "found"), [(False, True, True), (True, True, False), (False, False, False)]
    )
    def test_two_definitions(self, strict: bool, declared: bool, found: bool, tmp_path: Path) -> None:
        text = plugin_json(mcpServers={}) if declared else plugin_json()
        findings = lint_market(tmp_path, market(entry(strict=strict)), {MANIFEST: text})
        assert codes(findings) == (["MP018"] if found else [])

    def test_a_plugin_without_manifest_is_lost_in_org_plugins_only(self, tmp_path: Path) -> None:
        files = {MANIFEST: None, "plugins/demo-plugin/skills/a/SKILL.md": "x"}
        assert codes(lint_market(tmp_path / "a", market(), files)) == ["MP023"]
        assert lint_market(tmp_path / "b", market(), files, targets=("claude-code",)) == ()
        one_skill = {**files, "plugins/demo-plugin/SKILL.md": "x"}
        assert lint_market(tmp_path / "c", market(), one_skill) == ()


class TestSources:
    """MP009 to MP013 and MP021."""

    @pytest.mark.parametrize(
        "source",
        ["x", "../x", "/x", "", "./x/../y", "C:\\x", "./a\\b", None, 5, {}, {"source": "git"}, {"source": "github"},
         {"source": "npm", "package": "a..b"}, {"source": "url", "url": 5},
         {"source": "git-subdir", "url": "https://x.example/a", "path": "../p"}, {"source": "command", "command": "é"},
         {"source": "command", "command": "x", "timeout": 601}, {"source": "command", "command": "x", "mode": "zip"}],
    )  # fmt: skip
    def test_a_source_of_the_wrong_form(self, source: Any, tmp_path: Path) -> None:
        found = lint_market(tmp_path, market(entry(source=source)), ignore=("MP010", "MP013"))
        assert set(codes(found)) == {"MP009"}
        assert {item.location.pointer[:3] for item in found} == {("plugins", 0, "source")}

    def test_a_misspelt_kind_gets_a_suggestion(self, tmp_path: Path) -> None:
        (found,) = lint_market(tmp_path, market(entry(source={"source": "Githab", "repo": "a/b"})))
        assert found.hint == "did you mean github?"

    def test_a_bare_name_below_the_plugin_root(self, tmp_path: Path) -> None:
        content = market(entry(source="demo-plugin"), metadata={"pluginRoot": "./plugins"})
        assert lint_market(tmp_path / "a", content) == ()
        assert codes(lint_market(tmp_path / "b", content, profile="client", client=OLD)) == ["MP009"]

    def test_a_backslash_is_ours_to_say(self, tmp_path: Path) -> None:
        assert lint_market(tmp_path, market(entry(source="./a\\b")), profile="client") == ()

    @pytest.mark.parametrize("kind", [ARCHIVE, {"source": "command", "command": "x"}])
    def test_newer_kinds_are_unknown_to_older_clients(self, kind: Any, tmp_path: Path) -> None:
        assert lint_market(tmp_path / "a", market(entry(source=kind)), profile="client") == ()
        assert codes(lint_market(tmp_path / "b", market(entry(source=kind)), profile="client", client=OLD)) == ["MP009"]

    def test_a_missing_directory_a_file_and_a_link(self, tmp_path: Path) -> None:
        listed = [entry(name=name, source=f"./{name}") for name in ("nope", "file", "link")]
        files = {"file": "x", "link": {"symlink": "plugins/demo-plugin"}}
        found = [item for item in lint_market(tmp_path, market(*listed), files) if item.code == "MP010"]
        assert [item.severity for item in found] == [Severity.ERROR, Severity.ERROR, Severity.WARNING]

    @pytest.mark.parametrize(
        "host", ["x.example", "10.0.0.1", "192.168.0.1", "[fd00::1]", "127.0.0.1.nip.io", "x.internal"]
    )
    def test_an_archive_from_another_machine(self, host: str, tmp_path: Path) -> None:
        source = {**ARCHIVE, "url": f"https://{host}/a.zip"}
        assert lint_market(tmp_path, market(entry(source=source))) == ()

    @pytest.mark.parametrize(
        "url",
        ["http://x.example/a", "https://localhost/a", "https://127.1/a", "https://0x7f.1/a", "https://2130706433/a",
         "https://[::1]/a", "https://[::ffff:127.0.0.1]/a", "https://[64:ff9b::7f00:1]/a", "https://169.254.169.254/a",
         "https://metadata.google.internal./a", "https://x.localhost/a", "ftp://x.example/a", "", "https://x.example:99999/"],
    )  # fmt: skip
    def test_an_archive_address_that_is_refused(self, url: str, tmp_path: Path) -> None:
        assert codes(lint_market(tmp_path, market(entry(source={**ARCHIVE, "url": url})))) == ["MP011"]

    @pytest.mark.parametrize("sha", ["", SHA[:-1], SHA.upper(), "z" * 40, DIGEST])
    def test_a_pin_that_is_no_full_digest(self, sha: str, tmp_path: Path) -> None:
        source = {"source": "github", "repo": "a/b", "sha": sha}
        assert codes(lint_market(tmp_path, market(entry(source=source)))) == ["MP011"]

    @pytest.mark.parametrize(
        ("source", "field"),
        [
            ({"source": "github", "repo": "a/b"}, ()),
            ({"source": "github", "repo": "a/b/c", "sha": SHA}, ("repo",)),
            ({"source": "url", "url": "http://x.example/a.git", "sha": SHA}, ("url",)),
            ({"source": "url", "url": "nope", "sha": SHA}, ("url",)),
            ({"source": "npm", "package": "x", "registry": "http://x.example"}, ("registry",)),
            ({"source": "archive", "url": "https://x.example/a.zip"}, ()),
        ],
    )
    def test_a_loose_source(self, source: Any, field: Any, tmp_path: Path) -> None:
        (found,) = lint_market(tmp_path, market(entry(source=source)))
        assert (found.code, found.severity) == ("MP013", Severity.WARNING)
        assert found.location.pointer == ("plugins", 0, "source", *field)

    @pytest.mark.parametrize("url", ["git@github.com:a/b.git", "https://x.example/a.git", "ssh://git@x.example/a"])
    def test_addresses_of_git(self, url: str, tmp_path: Path) -> None:
        assert lint_market(tmp_path, market(entry(source={"source": "url", "url": url, "sha": SHA}))) == ()

    def test_what_is_installed_unasked_must_be_pinned(self, tmp_path: Path) -> None:
        content = market(entry(source={"source": "github", "repo": "a/b"}, installationPreference="required"))
        (found,) = lint_market(tmp_path, content)
        assert (found.code, found.severity) == ("MP013", Severity.ERROR)

    @pytest.mark.parametrize(
        ("fields", "severities"),
        [
            ({"source": ARCHIVE, "headers": {"A": "b"}}, []),
            ({"source": ARCHIVE, "headersHelper": "x", "strict": False}, []),
            ({"source": ARCHIVE, "headersHelper": "x"}, ["error"]),
            ({"source": {**ARCHIVE}, "headers": {"HOST": "x"}}, ["warning"]),
            ({"source": ARCHIVE, "headers": {"A": 5}}, ["error"]),
            ({"source": ARCHIVE, "headersHelper": "x" * 501, "strict": False}, ["error"]),
            ({"headers": {"A": "b"}, "headersHelper": "x"}, ["warning"]),
        ],
    )
    def test_headers(self, fields: Any, severities: list[str], tmp_path: Path) -> None:
        found = lint_market(tmp_path, market(entry(**fields)))
        assert [item.severity.value for item in found] == severities
        assert set(codes(found)) <= {"MP021"}
