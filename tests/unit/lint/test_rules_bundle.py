"""Rules on the sources of MCP bundles: each with what it must find and what it must let pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding, Severity
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import manifest

Files = Mapping[str, bytes | None]

GONE = object()
ARGS = ["${__dirname}/server.js"]
OPTION = {"type": "string", "title": "Zone", "description": "Of the clock", "default": "UTC"}
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def bundle(**fields: Any) -> dict[str, Any]:
    """Return a bundle manifest without any finding; ``config`` changes ``mcp_config``, ``server`` the server."""
    config = {"command": "node", "args": ARGS, **fields.pop("config", {})}
    server = {"type": "node", "entry_point": "server.js", "mcp_config": config, **fields.pop("server", {})}
    base = {
        "manifest_version": "0.3",
        "name": "acme-clock",
        "version": "1.0.0",
        "description": "Tells the time",
        "author": {"name": "Acme"},
        "server": {key: value for key, value in server.items() if value is not GONE},
    }
    return {key: value for key, value in {**base, **fields}.items() if value is not GONE}


def option(**fields: Any) -> dict[str, Any]:
    """Return a bundle with the option ``zone``, which a variable uses."""
    zone = {key: value for key, value in {**OPTION, **fields}.items() if value is not GONE}
    return bundle(config={"env": {"ZONE": "${user_config.zone}"}}, user_config={"zone": zone})


def lint(value: Any, files: Files | None = None, **options: Any) -> list[Finding]:
    """Lint a plugin that holds one bundle source; None as content takes a file away."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    held: dict[str, bytes | None] = {"manifest.json": text, "server.js": b"x\n", **(files or {})}
    tree = {f"bundles/clock/{path}": data for path, data in held.items() if data is not None}
    tree[".claude-plugin/plugin.json"] = manifest().encode()
    plugin = load_plugin(MemoryTree("acme-review", tree))
    return list(lint_plugin(plugin, LintOptions(**{"targets": ("mcpb",), "select": ("MB",), **options})))


def codes(value: Any, files: Files | None = None, **options: Any) -> list[str]:
    return sorted({found.code for found in lint(value, files, **options)})


def test_a_clean_bundle_has_no_finding() -> None:
    assert lint(bundle()) == []
    assert lint(option()) == []


def test_a_plugin_without_bundles_is_not_looked_at() -> None:
    plugin = load_plugin(MemoryTree("acme-review", {"manifest.json": b"{", "docs/bundles/x/manifest.json": b"{"}))
    assert lint_plugin(plugin, LintOptions(select=("MB",), targets=("mcpb",))) == ()


def test_the_default_targets_have_no_bundles() -> None:
    """Other tools keep files of that name."""
    assert lint(b"{", targets=("claude-code", "cowork")) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (bundle(name=""), ["MB010"]),
        (bundle(name="acme/clock"), ["MB010"]),
        (bundle(name="@acme/clock"), ["MB010"]),
        (bundle(name="acme.clock_2"), []),
        (bundle(version="1.0"), ["MB011"]),
        (bundle(version="1.0.0-rc.1+5"), []),
        (bundle(version=""), ["MB011"]),
        (bundle(author={"name": ""}), ["MB013"]),
        (bundle(display_name="a\u200bb"), ["MB014"]),
        (bundle(long_description="two\nlines"), []),
        (bundle(documentation="ftp://x.example"), ["MB015"]),
        (bundle(support="mailto:x@acme.example"), []),
        (bundle(homepage="mailto:x@acme.example"), ["MB015"]),
        (bundle(manifest_version="9.9"), ["MB003"]),
        (bundle(manifest_version=GONE), ["MB003"]),
        (bundle(manifest_version=GONE, dxt_version="0.1"), ["MB004"]),
        (bundle(dxt_version="0.3"), ["MB004"]),
        (bundle(dxt_version="0.1"), ["MB004", "MB005"]),
        (bundle(foo=1), ["MB006"]),
        (bundle(server={"foo": 1}), ["MB006"]),
        (bundle(server={"mcp_config": GONE}), ["MB006"]),
        (bundle(manifest_version="0.2", _meta={"example.acme": {}}), ["MB007"]),
        (bundle(manifest_version="0.1", privacy_policies=["https://x.example"]), ["MB007"]),
        (bundle(manifest_version="0.4"), ["MB008"]),
        (bundle(prompts=[{"name": "a", "text": "x"}, {"name": "a", "text": "y"}]), ["MB052"]),
    ],
)
def test_the_manifest_by_itself(value: Any, expected: list[str]) -> None:
    assert codes(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"{", ["MB002"]),
        (b"[]", ["MB002"]),
        (b"", ["MB002"]),
        (b"\xef\xbb\xbf" + json.dumps(bundle()).encode(), ["MB002"]),
        (b'{"name": "x", ' + json.dumps(bundle())[1:].encode(), ["MB002"]),
    ],
)
def test_a_text_that_is_not_strict(text: bytes, expected: list[str]) -> None:
    """What the text says wrong is said once."""
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (bundle(server={"entry_point": "nope.js"}, config={"args": []}), ["MB016"]),
        (bundle(server={"entry_point": "Server.js"}, config={"args": []}), ["MB018"]),
        (bundle(server={"entry_point": "./server.js"}), ["MB018"]),
        (bundle(server={"entry_point": "/server.js"}, config={"args": []}), ["MB017"]),
        (bundle(server={"entry_point": "C:\\server.js"}, config={"args": []}), ["MB017"]),
        (bundle(config={"args": ["${__dirname}/lib/x.js"]}), ["MB019", "MB020"]),
        (bundle(config={"args": ["${__dirname}${/}server.js"]}), []),
        (bundle(config={"args": ["server.js"]}), ["MB021"]),
        (bundle(config={"args": ["./server.js"]}), ["MB021"]),
        (bundle(config={"args": ["other.js"]}), []),
        (bundle(config={"args": ["--directory", "${__dirname}", "server.js"]}), []),
        (bundle(config={"env": {"A": "${PATH}"}}), ["MB022"]),
        (bundle(config={"env": {"A": "${DOCUMENTS}${pathSeparator}x"}}), []),
        (bundle(config={"command": "/usr/bin/docker"}), ["MB044"]),
        (bundle(config={"platform_overrides": {"linux": {"args": []}}}), ["MB035"]),
        (bundle(config={"platform_overrides": {"freebsd": {}}}), ["MB034"]),
        (
            bundle(config={"platform_overrides": {"linux": {}}}, compatibility={"platforms": ["darwin"]}),
            ["MB034"],
        ),
        (bundle(compatibility={"runtimes": {"node": ">=20"}}), []),
        (bundle(compatibility={"runtimes": {}}), ["MB037"]),
        (bundle(compatibility={"platforms": []}), ["MB036"]),
        (bundle(server={"type": "python"}, config={"command": "uvx"}), ["MB041", "MB044"]),
        (bundle(manifest_version="0.4", server={"type": "uv"}), ["MB042", "MB043"]),
        (bundle(manifest_version="0.4", server={"type": "uv", "mcp_config": GONE}), ["MB009", "MB042", "MB043"]),
    ],
)
def test_the_server(value: Any, expected: list[str]) -> None:
    assert codes(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (option(default=GONE), ["MB025"]),
        (option(default=GONE, required=True), []),
        (option(required=True), ["MB026"]),
        (option(type="number", default="5"), ["MB028"]),
        (option(type="number", default=5, min=6), ["MB028"]),
        (option(type="number", default=5, min=1, max=9), []),
        (option(type="number", default=5, min=9, max=1), ["MB028"]),
        (option(type="boolean", default="true"), ["MB028"]),
        (option(type="boolean", default=False), []),
        (option(type="file", multiple=True, default=["a", 5]), ["MB006", "MB027", "MB028"]),
        (option(multiple=True), ["MB027", "MB029"]),
        (option(sensitive=False), []),
        (option(min=1), ["MB029"]),
        (option(sensitive=True), []),
        (bundle(user_config={"zone": OPTION}), ["MB024"]),
        (bundle(config={"args": [*ARGS, "${user_config.zon}"]}, user_config={"zone": OPTION}), ["MB023", "MB024"]),
        (bundle(config={"args": [*ARGS, "${user_config.a.b}"]}, user_config={"a.b": OPTION}), ["MB030"]),
        (bundle(config={"env": {"A": "${user_config.api_key}"}}, user_config={"api_key": OPTION}), ["MB031"]),
        (
            bundle(config={"args": ["-t", "${user_config.t}"]}, user_config={"t": {**OPTION, "sensitive": True}}),
            ["MB032"],
        ),
    ],
)
def test_the_options(value: Any, expected: list[str]) -> None:
    assert codes(value) == expected


def test_a_near_option_is_suggested() -> None:
    value = bundle(config={"args": [*ARGS, "${user_config.zones}"]}, user_config={"zone": OPTION})
    assert {found.hint for found in lint(value, select=("MB023",))} == {"did you mean zone?"}


class TestFiles:
    """MB001, MB012 and MB048 to MB056."""

    def test_a_wrapped_bundle_is_told_from_an_empty_one(self) -> None:
        (wrapped,) = lint(b"", {"manifest.json": None, "clock/manifest.json": b"{}"})
        (empty,) = lint(b"", {"manifest.json": None})
        assert wrapped.code == empty.code == "MB001"
        assert wrapped.hint == "move the files of bundles/clock/clock up"
        assert empty.hint != wrapped.hint

    @pytest.mark.parametrize(
        ("package", "expected"),
        [(b'{"version": "2.0.0"}', ["MB012"]), (b'{"version": "1.0.0"}', []), (b"{", []), (b"[]", []), (b"{}", [])],
    )
    def test_the_version_of_package_json(self, package: bytes, expected: list[str]) -> None:
        assert codes(bundle(), {"package.json": package}) == expected

    @pytest.mark.parametrize(
        ("data", "severity"),
        [
            (None, Severity.ERROR),
            (b"GIF89a", Severity.ERROR),
            (PNG + (512).to_bytes(4, "big") + (256).to_bytes(4, "big"), Severity.WARNING),
            (PNG + (64).to_bytes(4, "big") * 2, Severity.WARNING),
            (PNG + (512).to_bytes(4, "big") * 2, None),
        ],
    )
    def test_icons(self, data: bytes | None, severity: Severity | None) -> None:
        found = lint(bundle(icon="icon.png"), {} if data is None else {"icon.png": data})
        assert [(item.code, item.severity) for item in found] == ([("MB050", severity)] if severity else [])

    def test_a_remote_icon_is_a_warning(self) -> None:
        (found,) = lint(bundle(icon="https://acme.example/icon.png"))
        assert (found.code, found.severity) == ("MB050", Severity.WARNING)

    def test_pictures_that_are_not_there(self) -> None:
        value = bundle(screenshots=["a.png", "b.png"], icons=[{"src": "c.png", "size": "16x16"}])
        found = lint(value, {"a.png": PNG})
        assert {item.location.pointer for item in found} == {("icons", 0), ("screenshots", 1)}
        assert {item.code for item in found} == {"MB051"}

    @pytest.mark.parametrize("path", [".venv/x", "__pycache__/x.pyc", ".npmrc", ".github/workflows/ci.yml"])
    def test_rubbish(self, path: str) -> None:
        assert codes(bundle(), {path: b"x"}) == ["MB048"]

    def test_the_public_directory_wants_a_privacy_policy(self) -> None:
        assert codes(bundle(), targets=("directory",)) == ["MB054"]
        assert codes(bundle(privacy_policies=["https://x.example"]), targets=("directory",)) == []

    def test_many_files(self) -> None:
        files = {f"lib/{number}.js": b"" for number in range(10_001)}
        assert codes(bundle(), files) == ["MB056"]


@settings(deadline=None, max_examples=80)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["server", "mcp_config", "args", "env", "user_config", "icon", "tools", "x", "default"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_value_breaks_a_rule(value: Any) -> None:
    """A rule that fails would be LN001."""
    assert "LN001" not in codes({**bundle(), **value} if isinstance(value, dict) else value, select=("MB", "LN"))
