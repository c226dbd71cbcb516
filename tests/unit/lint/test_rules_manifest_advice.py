"""PM029 to PM041, PA008 to PA015: manifest fields and paths that are valid and not what the author means."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from plugintool.lint.manifest_paths import paths_of
from plugintool.report import Severity
from tests.advice_world import DESCRIPTION, component, findings, hooks, load, messages, places

COMMAND = component(DESCRIPTION)
OLD = (2, 1, 197)


def bundle(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return target.getvalue()


class TestListingUrls:
    """PM029."""

    @pytest.mark.parametrize("field", ["homepage", "repository", "documentationUrl", "supportUrl", "privacyPolicyUrl"])
    @pytest.mark.parametrize(
        ("value", "count"),
        [("http://acme.example", 1), ("https://acme.example", 0), ("HTTPS://acme.example", 0), ("", 0), (5, 0)],
    )
    def test_https_only(self, field: str, value: Any, count: int) -> None:
        assert len(findings("PM029", {}, {field: value})) == count

    def test_a_relative_homepage_is_for_another_rule(self) -> None:
        assert findings("PM029", {}, {"homepage": "acme.example"}) == []

    def test_the_short_form_of_a_repository_is_no_address(self) -> None:
        assert messages("PM029", {}, {"repository": "acme/review"}) == ["`repository` is no https address"]

    def test_only_where_plugins_are_listed(self) -> None:
        fields = {"homepage": "http://acme.example"}
        assert findings("PM029", {}, fields, targets=("claude-code", "cowork")) == []
        assert findings("PM029", {}, fields, profile="client") == []


class TestPreference:
    """PM034."""

    def test_an_info_for_the_desktop_app(self) -> None:
        (found,) = findings("PM034", {}, {"installationPreference": "required"})
        assert found.severity is Severity.INFO
        assert found.location.pointer == ("installationPreference",)

    def test_silent_elsewhere(self) -> None:
        assert findings("PM034", {}) == []
        assert findings("PM034", {}, {"installationPreference": "required"}, targets=("claude-code",)) == []
        assert findings("PM034", {}, {"installationPreference": "required"}, profile="client") == []


class TestDefaultIgnored:
    """PM038."""

    @pytest.mark.parametrize(
        ("fields", "path", "count"),
        [
            ({"commands": "./tools/"}, "commands/a.md", 1),
            ({"commands": ["./tools/"]}, "commands/a.md", 1),
            ({"commands": {"x": {"source": "./tools/a.md"}}}, "commands/a.md", 1),
            ({"commands": ["./tools/", "./commands/"]}, "commands/a.md", 0),
            ({"commands": "./commands/a.md"}, "commands/a.md", 0),
            ({"commands": "./"}, "commands/a.md", 0),
            ({"commands": "tools/"}, "commands/a.md", 0),
            ({"commands": []}, "commands/a.md", 0),
            ({"commands": "./tools/"}, "other/a.md", 0),
            ({"agents": "./tools/a.md"}, "agents/a.md", 1),
            ({"outputStyles": "./tools/"}, "output-styles/a.md", 1),
            ({"workflows": "./tools/"}, "workflows/a.js", 1),
            ({"experimental": {"themes": "./tools/"}}, "themes/a.json", 1),
            ({"themes": "./tools/"}, "themes/a.json", 1),
            ({"skills": "./tools/"}, "skills/x/SKILL.md", 0),
            ({"hooks": "./tools/h.json"}, "hooks/hooks.json", 0),
        ],
    )
    def test_keys_that_replace(self, fields: dict[str, Any], path: str, count: int) -> None:
        assert len(findings("PM038", {path: "{}", "tools/a.md": COMMAND}, fields)) == count

    def test_the_place_is_the_first_path(self) -> None:
        (found,) = findings("PM038", {"commands/a.md": COMMAND}, {"commands": ["./tools/", "./more/"]})
        assert found.location.pointer == ("commands", 0)
        assert "commands is not loaded" in found.message


class TestTooNew:
    """PM041."""

    @pytest.mark.parametrize(
        ("fields", "files"),
        [
            ({"icon": "./i.png"}, {}),
            ({"supportUrl": "https://acme.example"}, {}),
            ({"types": "./x.d.ts"}, {}),
            ({"engines": {}}, {}),
            ({"metadata": {}}, {}),
            ({"skills": "."}, {}),
            ({"skills": ["."]}, {}),
            ({"userConfig": {"k": {"options": ["a"]}}}, {}),
            ({"channels": [{"userConfig": {"k": {"options": ["a"]}}}]}, {}),
            ({"lspServers": {"go": {"requestTimeout": 5}}}, {}),
            ({}, {".lsp.json": '{"go": {"shutdownTimeout": 5}}'}),
            ({}, {".lsp.json": '{"go": {"restartOnCrash": true}}'}),
            ({}, hooks("DirectoryAdded", {"type": "command"})),
            ({}, hooks("Stop", {"type": "command", "onFailure": "block"})),
            ({}, {"hooks/hooks.json": '{"modules": ["./x.js"]}'}),
        ],
    )
    def test_what_197_does_not_know(self, fields: dict[str, Any], files: dict[str, str]) -> None:
        (found,) = findings("PM041", files, fields, client=OLD)
        assert "needs client 2.1." in found.message
        assert found.location.line > 0
        assert findings("PM041", files, fields) == []

    @pytest.mark.parametrize(
        ("client", "count"), [((2, 1, 153), 1), ((2, 1, 154), 0), ((2, 1, 197), 0), ((2, 1, 330), 0)]
    )
    def test_each_feature_has_its_client(self, client: tuple[int, int, int], count: int) -> None:
        assert len(findings("PM041", {}, {"defaultEnabled": True}, client=client)) == count

    @pytest.mark.parametrize(
        ("fields", "severities"),
        [
            ({"icon": "x"}, ["warning"]),
            ({"userConfig": {"k": {"options": ["a"]}}}, ["error"]),
            ({"lspServers": {"go": {"requestTimeout": 5}}}, ["error"]),
            ({"lspServers": {"go": {"shutdownTimeout": 5}}}, []),
            ({"skills": "."}, []),
        ],
    )
    def test_as_the_old_client_sees_it(self, fields: dict[str, Any], severities: list[str]) -> None:
        found = findings("PM041", {}, fields, client=OLD, profile="client")
        assert [item.severity.value for item in found] == severities


class TestEmptyPaths:
    """PA008."""

    @pytest.mark.parametrize(
        ("fields", "path", "word"),
        [
            ({"commands": "./x.txt"}, "x.txt", "is no Markdown file"),
            ({"commands": "./x/"}, "x/a.txt", "holds no Markdown file"),
            ({"commands": "./x/"}, "x/y/a.MD", ""),
            ({"commands": "./x.md"}, "x.md", ""),
            ({"commands": "./"}, "x.txt", ""),
            ({"skills": "./x/"}, "x/a.md", "holds no SKILL.md"),
            ({"skills": "./x/"}, "x/SKILL.md", ""),
            ({"skills": "./x/"}, "x/y/SKILL.md", ""),
            ({"skills": "./x/"}, "x/y/z/SKILL.md", "holds no SKILL.md"),
            ({"skills": "./x.md"}, "x.md", ""),
            ({"commands": "./missing/"}, "x.md", ""),
            ({"commands": "x.txt"}, "x.txt", ""),
        ],
    )
    def test_each_form(self, fields: dict[str, Any], path: str, word: str) -> None:
        found = messages("PA008", {path: "text"}, fields)
        assert len(found) == int(bool(word))
        assert all(word in text for text in found)

    def test_the_place_in_a_list(self) -> None:
        (found,) = findings("PA008", {"x.txt": "t"}, {"commands": ["./", "./x.txt"]})
        assert found.location.pointer == ("commands", 1)


class TestNamedTwice:
    """PA012."""

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"hooks": "./hooks/hooks.json"}, ["read without being named"]),
            ({"mcpServers": "./.mcp.json"}, ["read without being named"]),
            ({"skills": "./skills/"}, ["read without being named"]),
            ({"skills": ["./skills/", "./more/"]}, ["read without being named"]),
            ({"commands": "./commands"}, ["read without being named"]),
            ({"commands": ["./commands/", "./more/"]}, []),
            ({"commands": ["./more/", "./more"]}, ["named twice"]),
            ({"agents": "./agents/"}, []),
            ({"agents": ["./agents/a.md", "./agents/a.md"]}, ["named twice"]),
            ({"commands": "./more/", "skills": "./more/"}, []),
            ({"hooks": "./missing.json"}, []),
        ],
    )
    def test_each_form(self, fields: dict[str, Any], words: list[str]) -> None:
        files = dict.fromkeys(("hooks/hooks.json", ".mcp.json", "commands/a.md", "more/a.md", "agents/a.md"), "{}")
        found = findings("PA012", files, fields)
        assert [item.severity for item in found] == [Severity.INFO] * len(words)
        assert all(word in item.message for word, item in zip(words, found, strict=True))


class TestBundles:
    """PA014, PA015."""

    @pytest.mark.parametrize(
        ("text", "severity"),
        [
            ("https://acme.example/x.mcpb", ["warning"]),
            ("http://acme.example/x.mcpb", ["error"]),
            ("https://acme.example/x.dxt", ["warning"]),
            ("./x.mcpb", []),
            ("https://acme.example/x.json", []),
            ("ftp://acme.example/x.mcpb", []),
        ],
    )
    def test_a_remote_one(self, text: str, severity: list[str]) -> None:
        assert [item.severity.value for item in findings("PA014", {}, {"mcpServers": text})] == severity

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"", "no zip archive"),
            (b"text", "no zip archive"),
            (b"PK\x03\x04", "no zip archive"),
            (bundle("manifest.json"), ""),
            (bundle("server/manifest.json"), "holds no manifest.json"),
            (bundle("manifest.json")[:-10], "no zip archive"),
        ],
    )
    @pytest.mark.parametrize("ending", ["mcpb", "DXT"])
    def test_a_local_one(self, data: bytes, word: str, ending: str) -> None:
        found = messages("PA015", {f"x.{ending}": data}, {"mcpServers": [f"./x.{ending}"]})
        assert len(found) == int(bool(word))
        assert all(word in text for text in found)

    def test_a_missing_one_is_for_another_rule(self) -> None:
        assert findings("PA015", {}, {"mcpServers": "./x.mcpb"}) == []


def test_the_paths_of_a_manifest_in_every_form() -> None:
    """Texts, lists and the sources of a command map count; objects and numbers do not."""
    fields: dict[str, Any] = {
        "commands": {"a": {"source": "./a.md"}, "b": {"content": "x"}, "c": 5},
        "skills": ["./s", 5],
        "hooks": {"Stop": []},
        "experimental": {"themes": "./t", "monitors": ["./m.json"]},
    }
    found = [(path.key, path.pointer, path.target) for path in paths_of(load({}, fields))]
    assert found == [
        ("commands", ("commands", "a", "source"), "a.md"),
        ("skills", ("skills", 0), "s"),
        ("themes", ("experimental", "themes"), "t"),
        ("monitors", ("experimental", "monitors", 0), "m.json"),
    ]


def test_a_finding_has_the_line_of_its_value() -> None:
    text = json.dumps({"name": "acme-review", "hooks": "./hooks/hooks.json"}, indent=1)
    files = {".claude-plugin/plugin.json": text, **hooks("Stop", {})}
    assert places("PA012", files) == [(".claude-plugin/plugin.json", 3)]
