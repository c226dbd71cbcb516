"""Rules on what is in a bundle: programs, modules, ignored files, links, containers and signatures."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.envelope.mcpb_block import render_block
from plugintool.lint.rules.bundle_programs import system_of
from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding, Severity
from plugintool.tree.directory import survey
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import write_zip
from tests.authority_world import family, sign_detached
from tests.rule_fixtures import clean_plugin, manifest

ELF, MAC, EXE = b"\x7fELF\x02\x01", b"\xcf\xfa\xed\xfe\x0c", b"MZ\x90\0"
Files = dict[str, bytes]


def bundle(*, kind: str = "node", entry: str = "server.js", **fields: Any) -> dict[str, Any]:
    config = {"command": "node", "args": ["${__dirname}/server.js"], **fields.pop("config", {})}
    server = {"type": kind, "entry_point": entry, "mcp_config": config}
    base = {"manifest_version": "0.3", "name": "clock", "version": "1.0.0", "description": "d", "author": {"name": "A"}}
    return {**base, "server": server, **fields}


def findings(rule_id: str, value: Any, files: Files | None = None) -> list[Finding]:
    held = {"manifest.json": json.dumps(value).encode(), "server.js": b"0;\n", **(files or {})}
    tree = {f"bundles/clock/{path}": data for path, data in held.items()}
    plugin = load_plugin(MemoryTree("acme-review", {**tree, ".claude-plugin/plugin.json": manifest().encode()}))
    return list(lint_plugin(plugin, LintOptions(targets=("mcpb",), select=(rule_id,))))


def messages(rule_id: str, value: Any, files: Files | None = None) -> list[str]:
    return [found.message for found in findings(rule_id, value, files)]


def platforms(*names: str) -> dict[str, Any]:
    return {"compatibility": {"platforms": list(names)}}


@pytest.mark.parametrize(
    ("head", "system"), [(ELF, "linux"), (MAC, "darwin"), (EXE, "win32"), (b"#!/bin/sh\n", ""), (b"", ""), (b"PK", "")]
)
def test_native_code_says_what_it_is_for(head: bytes, system: str) -> None:
    assert system_of(head) == system


class TestPrograms:
    """MB038."""

    def check(self, value: dict[str, Any], files: Files) -> list[str]:
        return messages("MB038", bundle(kind="binary", entry="clock", **value), files)

    def test_of_one_platform(self) -> None:
        assert self.check(platforms("linux"), {"clock": ELF}) == []
        assert self.check(platforms("linux", "darwin"), {"clock": ELF}) == ["the program is for linux, not for darwin"]
        assert self.check({}, {"clock": ELF}) == ["the program is for linux, not for darwin or win32"]

    def test_windows_takes_the_exe_beside_it(self) -> None:
        assert self.check(platforms("linux", "win32"), {"clock": ELF, "clock.exe": EXE}) == []
        assert self.check(platforms("win32"), {"clock": b"#!/bin/sh\n"}) == ["there is no program for win32"]

    def test_a_command_of_its_own_counts(self) -> None:
        config = {"platform_overrides": {"darwin": {"command": "${__dirname}/mac"}}}
        assert self.check({**platforms("linux", "darwin"), "config": config}, {"clock": ELF}) == []

    def test_other_servers_and_missing_programs_are_not_asked(self) -> None:
        assert messages("MB038", bundle(), {"server.js": ELF}) == []
        assert self.check(platforms("linux", "darwin"), {}) == []

    def test_the_bit_on_disk(self, tmp_path: Path) -> None:
        path = "bundles/clock/"
        value = bundle(kind="binary", entry="clock", **platforms("linux"))
        root = clean_plugin(tmp_path, {f"{path}manifest.json": json.dumps(value), f"{path}clock": ELF})
        found = lint_plugin(load_plugin(survey(root)), LintOptions(targets=("mcpb",), select=("MB038",)))
        assert [item.message for item in found] == ["the program has mode 0644"]
        (root / "bundles/clock/clock").chmod(0o755)
        assert lint_plugin(load_plugin(survey(root)), LintOptions(targets=("mcpb",), select=("MB038",))) == ()


class TestModules:
    """MB039, MB040."""

    @pytest.mark.parametrize("name", ["a.node", "lib/a.so", "a.pyd", "deep/er/a.dylib"])
    def test_of_one_platform(self, name: str) -> None:
        assert findings("MB039", bundle(**platforms("linux")), {name: ELF}) == []
        (found,) = findings("MB039", bundle(**platforms("linux", "win32")), {name: ELF})
        assert found.severity is Severity.ERROR

    def test_where_no_platform_is_promised_it_is_a_warning(self) -> None:
        (found,) = findings("MB039", bundle(), {"a.node": ELF})
        assert found.severity is Severity.WARNING
        assert "for linux only" in found.message

    def test_modules_for_each_platform_together_are_enough(self) -> None:
        assert findings("MB039", bundle(), {"l.node": ELF, "m.node": MAC, "w.node": EXE}) == []

    def test_what_is_no_native_code_is_no_module(self) -> None:
        assert findings("MB039", bundle(**platforms("win32")), {"a.node": b"text", "b.js": ELF}) == []

    def test_the_node_of_the_host_on_macos(self) -> None:
        assert len(findings("MB040", bundle(**platforms("darwin")), {"a.node": MAC})) == 1
        assert findings("MB040", bundle(**platforms("linux")), {"a.node": MAC}) == []
        assert findings("MB040", bundle(config={"command": "./node"}), {"a.node": MAC}) == []
        assert findings("MB040", bundle(), {"a.node": ELF}) == []


class TestImports:
    """MB045."""

    @pytest.mark.parametrize(
        "line",
        [
            'import { z } from "zod";',
            "import z from 'zod'",
            'import "zod";',
            'const z = require("zod");',
            'const { z } = await import("zod");',
            'export { z } from "zod/v4";',
            '  import z from "zod";',
        ],
    )
    def test_a_package_that_is_not_there(self, line: str) -> None:
        assert messages("MB045", bundle(), {"server.js": line.encode()}) == ["the module zod is not in the bundle"]
        there = {"server.js": line.encode(), "node_modules/zod/package.json": b"{}"}
        assert messages("MB045", bundle(), there) == []

    @pytest.mark.parametrize(
        "line",
        [
            'import fs from "node:fs";',
            'import fs from "fs/promises";',
            'import a from "./a.js";',
            'import a from "#internal";',
            "console.log(\"import x from 'zod'\");",
            '// see require("zod")',
            "`import x from 'zod'`;",
        ],
    )
    def test_what_is_no_import_of_a_package(self, line: str) -> None:
        assert messages("MB045", bundle(), {"server.js": line.encode()}) == []

    def test_scopes_and_what_is_reached(self) -> None:
        files = {
            "server.js": b'import "./lib/a";\n',
            "lib/a.js": b'import "@acme/tool/sub";\nimport "../lib/b.js";\n',
            "lib/b.js": b'import "./a.js";\nimport "yargs";\n',
            "lib/unreached.js": b'import "never";\n',
        }
        found = findings("MB045", bundle(), files)
        assert [(item.location.path, item.message.split()[2]) for item in found] == [
            ("bundles/clock/lib/a.js", "@acme/tool"),
            ("bundles/clock/lib/b.js", "yargs"),
        ]

    def test_python(self) -> None:
        value = bundle(kind="python", entry="server.py")
        text = b"import os\nimport httpx\nfrom acme_lib import x\ntry:\n    import maybe\nexcept ImportError: pass\n"
        assert messages("MB045", value, {"server.py": text, "lib/acme_lib/__init__.py": b""}) == [
            "the module httpx is not in the bundle"
        ]

    def test_tools_of_development(self) -> None:
        package = {"devDependencies": {"typescript": "5", "shared": "1"}, "dependencies": {"shared": "1"}}
        files = {
            "package.json": json.dumps(package).encode(),
            "node_modules/typescript/package.json": b"{}",
            "node_modules/shared/package.json": b"{}",
        }
        (found,) = findings("MB045", bundle(), files)
        assert found.location.path == "bundles/clock/node_modules/typescript"

    @pytest.mark.parametrize("package", [b"[", b"[]", b'{"devDependencies": []}', b"\xff"])
    def test_a_strange_package_json_says_nothing(self, package: bytes) -> None:
        assert findings("MB045", bundle(), {"package.json": package}) == []


class TestIgnored:
    """MB046, MB047."""

    @pytest.mark.parametrize(
        ("pattern", "path"),
        [
            ("server.js", "server.js"),
            ("*.js", "server.js"),
            ("lib", "lib/time.js"),
            ("LIB/", "lib/time.js"),
            ("manifest.json", "manifest.json"),
        ],
    )
    def test_what_the_server_needs(self, pattern: str, path: str) -> None:
        files = {
            "server.js": b'import "./lib/time.js";\n',
            "lib/time.js": b"",
            ".mcpbignore": f"# x\n{pattern}\n".encode(),
        }
        found = [item for item in findings("MB046", bundle(), files) if f"leaves {path} out" in item.message]
        assert [(item.location.path, item.location.line) for item in found] == [("bundles/clock/.mcpbignore", 2)]

    @pytest.mark.parametrize("text", ["", "docs\n", "*.js\n!server.js\n", "/lib\n", "# server.js\n"])
    def test_what_it_does_not_need(self, text: str) -> None:
        assert findings("MB046", bundle(), {".mcpbignore": text.encode(), "lib/x.js": b""}) == []

    @pytest.mark.parametrize(
        ("pattern", "count"), [("src", 1), ("SRC/", 1), ("/src", 0), ("src/x", 0), ("docs", 0), ("*.ts", 0), ("a", 0)]
    )
    def test_names_inside_packages(self, pattern: str, count: int) -> None:
        """The package itself may be meant; a folder in it hardly."""
        files = {"node_modules/a/src/x.js": b"", ".mcpbignore": pattern.encode()}
        assert len(findings("MB047", bundle(), files)) == count


class TestCredentials:
    """MB033."""

    @pytest.mark.parametrize(
        ("name", "value", "count"),
        [
            ("ACME_TOKEN", "4f1c9a7be02d48a6b3c5", 1),
            ("ACME_TOKEN", "${user_config.token}", 0),
            ("ACME_TOKEN", "your-token-goes-here-1234", 0),
            ("TOKEN_LIMIT", "4f1c9a7be02d48a6b3c5", 0),
            ("ZONE", "4f1c9a7be02d48a6b3c5", 0),
        ],
    )
    def test_a_variable(self, name: str, value: str, count: int) -> None:
        assert len(findings("MB033", bundle(config={"env": {name: value}}))) == count


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")


class TestBesideTheManifest:
    """MB012, MB043, MB051, MB052, MB054."""

    @pytest.mark.parametrize(
        ("files", "count"),
        [
            ({"package.json": b'{"version": "2.0.0"}'}, 1),
            ({"package.json": b'{"version": "1.0.0"}'}, 0),
            ({"pyproject.toml": b'[project]\nversion = "2.0.0"\n'}, 1),
            ({"pyproject.toml": b'[project]\nversion = "1.0.0"\n'}, 0),
            ({"pyproject.toml": b'[project]\ndynamic = ["version"]\n'}, 0),
            ({"pyproject.toml": b"[project\n", "package.json": b"{"}, 0),
            ({"pyproject.toml": b"project = 1\n"}, 0),
            ({"pyproject.toml": b"\xff\xfe"}, 0),
        ],
    )
    def test_versions(self, files: Files, count: int) -> None:
        assert len(findings("MB012", bundle(), files)) == count

    @pytest.mark.parametrize(
        ("dependencies", "loose"),
        [
            (["mcp>=1.0.0"], ["mcp>=1.0.0"]),
            (["mcp"], ["mcp"]),
            (["mcp>=1,<2", "a==1", "b~=1.0", "c @ https://acme.example/c.whl"], []),
        ],
    )
    def test_what_is_not_fixed(self, dependencies: list[str], loose: list[str]) -> None:
        """With a uv.lock the bounds do not matter."""
        value = bundle(kind="uv", entry="server.py")
        files = {"pyproject.toml": f"[project]\ndependencies = {json.dumps(dependencies)}\n".encode()}
        found = [message for message in messages("MB043", value, files) if "upper bound" in message]
        assert [message.split("'")[1] for message in found] == loose
        assert messages("MB043", value, {**files, "uv.lock": b""}) == []

    @pytest.mark.parametrize(
        ("files", "words"),
        [
            ({}, "is not there"),
            ({"a.png": png(128, 128)}, "is 128x128, not 512x512"),
            ({"a.png": png(512, 512)}, ""),
            ({"a.png": b"GIF89a"}, ""),
        ],
    )
    def test_icons(self, files: Files, words: str) -> None:
        value = bundle(icons=[{"src": "a.png", "size": "512x512"}])
        found = messages("MB051", value, files)
        assert len(found) == bool(words)
        assert all(words in message for message in found)

    @pytest.mark.parametrize(
        ("localization", "files", "count"),
        [
            ({"resources": "texts/${locale}.json", "default_locale": "en-US"}, {}, 1),
            ({"resources": "./texts/${LOCALE}.json", "default_locale": "en-US"}, {"texts/en-US.json": b"{}"}, 0),
            ({"resources": "texts/all.json", "default_locale": "en-US"}, {}, 0),
            ({"resources": 5, "default_locale": "en-US"}, {}, 0),
        ],
    )
    def test_texts_of_the_default_language(self, localization: Any, files: Files, count: int) -> None:
        assert len(findings("MB051", bundle(localization=localization), files)) == count

    @pytest.mark.parametrize(
        ("prompt", "words"),
        [
            ({"text": "In ${arguments.zone}", "arguments": ["zone"]}, []),
            ({"text": "In ${arguments.zone}", "arguments": []}, ["uses the argument 'zone'"]),
            ({"text": "In ${arguments.zone}"}, ["uses the argument 'zone'"]),
            ({"text": "Now", "arguments": ["zone"]}, ["names the argument 'zone'"]),
            ({"text": 5, "arguments": ["zone"]}, []),
            ({"text": "Now", "arguments": [{"name": "zone"}]}, []),
        ],
    )
    def test_arguments_of_prompts(self, prompt: Any, words: list[str]) -> None:
        found = messages("MB052", bundle(prompts=[{"name": "now", **prompt}]))
        assert len(found) == len(words)
        assert all(word in message for word, message in zip(words, found, strict=True))

    @pytest.mark.parametrize(
        ("text", "count"), [(b"# Clock\n\n## Privacy\n", 0), (b"# Clock\n", 1), (b"Data protection: none", 0), (b"", 1)]
    )
    def test_privacy_in_the_readme(self, text: bytes, count: int) -> None:
        value = bundle(privacy_policies=["https://acme.example"])
        held = {"manifest.json": json.dumps(value).encode(), "server.js": b"0", "README.md": text}
        tree = {f"bundles/clock/{path}": data for path, data in held.items()}
        plugin = load_plugin(MemoryTree("acme-review", {**tree, ".claude-plugin/plugin.json": manifest().encode()}))
        found = lint_plugin(plugin, LintOptions(targets=("directory",), select=("MB054",)))
        assert [item.severity for item in found] == [Severity.WARNING] * count


class TestRanges:
    """MB036."""

    @pytest.mark.parametrize(
        ("compatibility", "count"),
        [
            ({"platforms": []}, 1),
            ({"runtimes": {"node": ">=20"}}, 0),
            ({"runtimes": {"python": ">=3.10,<4"}}, 0),
            ({"runtimes": {"node": "latest!!"}}, 1),
            ({"claude_desktop": ">=1.0.0", "platforms": ["linux"]}, 0),
            ({"claude_desktop": "any"}, 1),
        ],
    )
    def test_a_range(self, compatibility: Any, count: int) -> None:
        assert len(findings("MB036", bundle(compatibility=compatibility))) == count


class TestLinks:
    """MB049."""

    def test_inside_and_outside(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"bundles/clock/manifest.json": json.dumps(bundle()), "secret.txt": "x"})
        (root / "bundles/clock/inner.json").symlink_to("manifest.json")
        (root / "bundles/clock/outer.txt").symlink_to("../../secret.txt")
        (root / "elsewhere").symlink_to("secret.txt")
        found = lint_plugin(load_plugin(survey(root)), LintOptions(targets=("mcpb",), select=("MB049",)))
        assert {(item.location.path, item.severity) for item in found} == {
            ("bundles/clock/inner.json", Severity.WARNING),
            ("bundles/clock/outer.txt", Severity.ERROR),
        }


def archive(files: Files | None = None) -> bytes:
    target = io.BytesIO()
    write_zip(MemoryTree("clock", {"manifest.json": b"{}", **(files or {})}), target)
    return target.getvalue()


def signed(data: bytes, *, declared: bool) -> bytes:
    block = render_block(sign_detached(data, family().leaf))
    return (data[:-2] + len(block).to_bytes(2, "little") if declared else data) + block


def container(rule_id: str, data: bytes, name: str = "clock.mcpb") -> list[str]:
    tree = MemoryTree("acme-review", {".claude-plugin/plugin.json": manifest().encode(), name: data})
    return [item.message for item in lint_plugin(load_plugin(tree), LintOptions(targets=("mcpb",), select=(rule_id,)))]


class TestContainers:
    """MB057, MB058."""

    def test_what_build_writes_passes(self) -> None:
        assert container("MB057", archive({"server.js": b"0"})) == []
        assert container("MB057", signed(archive(), declared=True)) == []
        assert container("MB058", archive()) == []

    @pytest.mark.parametrize(
        ("data", "rule"),
        [
            (archive() + b"more", "C02"),
            (archive()[:-5], "C02"),
            (archive().replace(b"manifest.json", b"manifesT.json"), "C27"),
            (archive()[:40], "C02"),
        ],
    )
    def test_a_broken_rule_is_named(self, data: bytes, rule: str) -> None:
        assert any(f"({rule})" in message for message in container("MB057", data)), container("MB057", data)

    def test_every_broken_rule_is_named_with_its_entry(self) -> None:
        data = archive({"a.js": b"0"}).replace(b"a.js", b"a:js")
        assert any("a:js" in message for message in container("MB057", data))

    @pytest.mark.parametrize("name", ["clock.mcpb", "deep/er/Clock.DXT"])
    def test_the_dialect_that_hosts_refuse(self, name: str) -> None:
        assert len(container("MB058", signed(archive(), declared=False), name)) == 1
        assert container("MB058", signed(archive(), declared=True), name) == []

    @pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 100, archive()[4:]])
    def test_any_bytes_give_an_answer(self, data: bytes) -> None:
        for rule_id in ("MB057", "MB058"):
            assert all("LN001" not in message for message in container(rule_id, data))
