"""Rules on components: front matter, skills, hooks, servers; measured with claude 2.1.330 where it speaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool.lint.run import LintOptions, lint_plugin
from plugintool.plugin.load import load_plugin
from plugintool.report import Finding, Severity
from plugintool.tree.memory import MemoryTree
from tests.rule_fixtures import ELSEWHERE, SKILL, manifest

OLD = (2, 1, 197)
HTTP = {"type": "http", "url": "https://mcp.acme.example"}
REGISTER = "export function register(on) {}\n"


def lint(files: dict[str, str], fields: dict[str, Any] | None = None, **options: Any) -> list[Finding]:
    contents = {".claude-plugin/plugin.json": manifest(**(fields or {})), **files}
    tree = MemoryTree("acme-review", {path: text.encode() for path, text in contents.items()})
    return list(lint_plugin(load_plugin(tree), LintOptions(**{"ignore": ELSEWHERE, **options})))


def codes(files: dict[str, str], fields: dict[str, Any] | None = None, **options: Any) -> list[str]:
    return sorted(found.code for found in lint(files, fields, **options))


def as_client(files: dict[str, str], fields: dict[str, Any] | None = None, **options: Any) -> list[str]:
    return codes(files, fields, profile="client", **options)


def component(kind: str, block: str) -> dict[str, str]:
    path = {"agent": "agents/x.md", "command": "commands/x.md", "skill": "skills/x/SKILL.md"}[kind]
    return {path: f"---\n{block}---\nBody\n"}


KINDS = ("agent", "command", "skill")


class TestFrontMatter:
    """FM001 to FM016, SK011."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(
        ("block", "expected"),
        [
            ("name: x\ndescription: d\n", []),
            ("description: >\n  line one\n  line two\n", []),
            ("name: x\ndescription: d\nfoo: bar\nmodel: 4\n", []),
            ("name: a b\ndescription: d\n", []),
            ("name: ''\ndescription: d\n", []),
            ("name:\ndescription: d\n", []),
            ("description: 5\n", []),
            ("description:\n", []),
            ("description: ''\n", []),
            ("name: 123\ndescription: d\n", ["FM007"]),
            ("name: true\ndescription: d\n", ["FM007"]),
            ("name: [a]\ndescription: d\n", ["FM007"]),
            ("name: {a: b}\ndescription: d\n", ["FM007"]),
            ("description: [a, b]\n", ["FM007"]),
            ("description: {a: b}\n", ["FM007"]),
            ("name: x\n", ["FM009"]),
            ("", ["FM009"]),
            ("hello\n", ["FM005"]),
            ("- a\n", ["FM005"]),
            ('description: "a" b\n', ["FM001"]),
            ('description: "a\nb"\n', ["FM003"]),
            ("description: Use this: now\n", []),
            ("description: a --- b: c\n", []),
            ("allowed-tools: [1]\ndescription: d\n", ["FM016"]),
            ("allowed-tools: 5\ndescription: d\n", ["FM016"]),
            ("allowed-tools: {a: 1}\ndescription: d\n", ["FM016"]),
            ("allowed-tools: Read, Grep\ndescription: d\n", []),
        ],
    )
    def test_as_the_client_sees_it(self, kind: str, block: str, expected: list[str]) -> None:
        assert as_client(component(kind, block)) == expected

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("text", ["", "Text\n", "\n---\nname: x\n---\n", "---\nname: x\n", "----\nname: x\n----\n"])
    def test_none(self, kind: str, text: str) -> None:
        (path,) = component(kind, "")
        assert as_client({path: text}) == ["FM004"]

    @pytest.mark.parametrize(
        ("block", "code", "word"),
        [
            ("description: 5\n", "FM009", "is a number"),
            ("description:\n", "FM009", "is null"),
            ("description: ' '\n", "FM009", "is empty"),
            ("name: x\n", "FM009", "is missing"),
            ("", "FM009", "front matter is empty"),
            ("description: Use this: now\n", "FM002", "only after quoting"),
            ("description: a---b\ntools: Read\n", "FM012", "ends here"),
            ('description: "a" b\n', "FM001", "no YAML"),
        ],
    )
    def test_the_default_is_stricter(self, block: str, code: str, word: str) -> None:
        (found,) = lint(component("command", block))
        assert found.code == code
        assert word in found.message

    def test_a_cut_that_breaks_the_text_says_why(self) -> None:
        found = {item.code: item for item in lint(component("command", 'description: "a --- b"\n'))}
        assert set(found) == {"FM001", "FM012"}
        assert "---" in found["FM001"].hint

    @pytest.mark.parametrize("kind", ["command", "skill"])
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("allowed-tools: Read, Grep", []),
            ("allowed-tools: [Read, Grep]", []),
            ("allowed-tools: []", []),
            ("allowed-tools:", []),
            ("allowed-tools: 5", ["FM016"]),
            ("allowed-tools: {a: b}", ["FM016"]),
            ("allowed-tools: [a, null]", ["FM016"]),
            ("shell: bash", []),
            ("shell: PowerShell", []),
            ("shell:", []),
            ("shell: zsh", ["FM016"]),
            ("shell: 5", ["FM016"]),
            ("metadata: {a: 1}", []),
            ("metadata:", []),
            ("metadata: x", ["SK011"]),
            ("metadata: [a]", ["SK011"]),
        ],
    )
    def test_other_keys_of_commands_and_skills(self, kind: str, line: str, expected: list[str]) -> None:
        assert as_client(component(kind, f"description: d\n{line}\n")) == expected

    @pytest.mark.parametrize("line", ["shell: zsh", "metadata: x", "tools: 5", "hooks: x"])
    def test_agents_are_asked_less(self, line: str) -> None:
        assert as_client(component("agent", f"description: d\n{line}\n")) == []

    @pytest.mark.parametrize(
        ("path", "seen"),
        [
            ("agents/deep/er/x.md", True),
            ("commands/x.MD", True),
            ("commands/README.md", True),
            ("skills/x/SKILL.md", True),
            ("skills/SKILL.md", False),
            ("skills/x/skill.md", False),
            ("skills/a/b/SKILL.md", False),
            ("agents/x.txt", False),
            ("docs/x.md", False),
        ],
    )
    def test_which_files_the_client_reads(self, path: str, seen: bool) -> None:
        assert (as_client({path: "---\nname: 5\n---\n"}) != []) is seen

    def test_what_the_manifest_names_is_ours_to_check(self) -> None:
        files = {"extra/x.md": "no front matter"}
        assert as_client(files, {"commands": "./extra/x.md"}) == []
        assert codes(files, {"commands": "./extra/x.md"}) == ["FM004"]

    def test_an_empty_block_was_an_error(self) -> None:
        files = component("command", "")
        assert [item.severity for item in lint(files, profile="client")] == [Severity.WARNING]
        assert [item.severity for item in lint(files, profile="client", client=OLD)] == [Severity.ERROR]

    def test_a_finding_points_at_the_key(self) -> None:
        (found,) = lint(component("command", "description: d\n\nname: 5\n"))
        assert (found.location.line, found.location.column, found.location.pointer) == (4, 1, ("name",))


class TestSkills:
    """SK001 to SK019."""

    @pytest.mark.parametrize(
        ("files", "expected"),
        [
            ({"skills/a/README.md": "x"}, ["SK001"]),
            ({"skills/a/SKILL.md": SKILL}, []),
            ({"skills/a/SKILL.md": SKILL, "skills/a/references/b.md": "x"}, []),
            ({"skills/a/SKILL.MD": SKILL}, ["SK002"]),
            ({"skills/a.md": SKILL}, ["SK003"]),
            ({"skills/README.md": "x"}, []),
            ({"skills/group/a/SKILL.md": SKILL}, ["SK003"]),
            ({"skills/a/SKILL.md": SKILL, "skills/a/deep/b/SKILL.md": SKILL}, []),
        ],
    )
    def test_what_is_not_found(self, files: dict[str, str], expected: list[str]) -> None:
        found = codes({"commands/x.md": "---\ndescription: d\n---\n", **files})
        assert found == expected

    def test_a_skill_that_the_manifest_names_is_found(self) -> None:
        files = {"skills/group/a/SKILL.md": SKILL}
        assert codes(files, {"skills": "./skills/group/"}) == []

    def test_a_plugin_of_one_skill(self) -> None:
        tree = MemoryTree("review", {"SKILL.md": SKILL.encode()})
        plugin = load_plugin(tree)
        assert [item.code for item in lint_plugin(plugin)] == ["SK019"]
        assert lint_plugin(plugin, LintOptions(targets=("cowork",))) == ()


def hooks(value: object, event: str = "PostToolUse") -> dict[str, str]:
    return {"hooks/hooks.json": json.dumps({"hooks": {event: value}})}


def handler(value: object, event: str = "PostToolUse") -> dict[str, str]:
    return hooks([{"hooks": [value]}], event)


class TestHooks:
    """HK001 to HK025."""

    @pytest.mark.parametrize(
        ("root", "expected"),
        [
            ({"hooks": {}}, []),
            ({"hooks": {}, "description": "d", "foo": 1}, []),
            ({}, ["HK001"]),
            ([], ["HK001"]),
            (5, ["HK001"]),
            ({"Stop": []}, ["HK001"]),
            ({"hooks": []}, ["HK001"]),
            ({"hooks": None}, ["HK001"]),
            ({"hooks": {}, "description": 5}, ["HK001"]),
            ({"modules": ["./a.js"]}, []),
            ({"modules": ["./no.js"]}, ["HK025"]),
            ({"modules": []}, ["HK025"]),
            ({"modules": [], "hooks": {}}, []),
            ({"modules": ["a.js"]}, []),
            ({"modules": ["./a.js", "./a.js"]}, ["HK025"]),
            ({"modules": ["./../../a.js"]}, ["HK025"]),
            ({"modules": ["./empty.js"]}, ["HK025"]),
        ],
    )
    def test_the_file(self, root: object, expected: list[str]) -> None:
        files = {"hooks/hooks.json": json.dumps(root), "hooks/a.js": REGISTER, "hooks/empty.js": ""}
        assert as_client(files) == expected

    def test_a_named_file_is_checked_too(self) -> None:
        assert as_client({"cfg/h.json": "{}"}, {"hooks": "./cfg/h.json"}) == ["HK001"]
        assert as_client({"cfg/h.json": "{}"}, {"hooks": "./cfg/h.json"}, client=OLD) == []

    @pytest.mark.parametrize("event", ["Stop", "SessionStart", "PreModelSwitch", "ElicitationResult", "DirectoryAdded"])
    def test_known_events(self, event: str) -> None:
        assert as_client(hooks([], event)) == []

    @pytest.mark.parametrize(
        ("event", "hint"),
        [
            ("PreToolUSe", "did you mean PreToolUse?"),
            ("sessionstart", "did you mean SessionStart?"),
            ("Foo", "known up to client 2.1.330"),
        ],
    )
    def test_unknown_events(self, event: str, hint: str) -> None:
        (found,) = lint(hooks([], event))
        assert (found.code, found.severity, found.hint) == ("HK002", Severity.WARNING, hint)

    def test_newer_events_are_unknown_to_older_clients(self) -> None:
        (found,) = lint(hooks([], "PreModelSwitch"), client=OLD)
        assert (found.code, found.severity) == ("HK002", Severity.ERROR)

    @pytest.mark.parametrize(
        "value",
        [
            {"hooks": []},
            "echo x",
            None,
            [5],
            [None],
            [{}],
            [{"hooks": {}}],
            [{"hooks": "x"}],
            [{"type": "command", "command": "x"}],
            [{"hooks": [], "matcher": 5}],
            [{"hooks": [], "matcher": ["Write"]}],
            [{"hooks": [], "matcher": {"tool_name": "Write"}}],
            [{"hooks": [5]}],
            [{"hooks": [{}]}],
            [{"hooks": [{"type": "shell"}]}],
            [{"hooks": [{"type": 5}]}],
        ],
    )
    def test_malformed_entries(self, value: object) -> None:
        """A warning now, an error before; of a guard that promises anything always an error of ours."""
        guard = "HK003" if value is None else "HK004"
        assert as_client(hooks(value)) == ["HK003"]
        assert [item.severity for item in lint(hooks(value))] == [Severity.WARNING]
        assert [item.severity for item in lint(hooks(value), client=OLD)] == [Severity.ERROR]
        assert codes(hooks(value, "PreToolUse")) == [guard]
        assert as_client(hooks(value, "PreToolUse")) == [guard]
        assert as_client(hooks(value, "PreToolUse"), client=OLD) == ["HK003"]

    @pytest.mark.parametrize(
        ("kind", "base", "member", "good", "bad"),
        [
            ("command", {"command": "x"}, "command", "", 5),
            ("command", {"command": "x"}, "args", ["a"], "a"),
            ("command", {"command": "x"}, "args", [], [1]),
            ("command", {"command": "x"}, "timeout", 0.5, 0),
            ("command", {"command": "x"}, "timeout", 60, "60"),
            ("command", {"command": "x"}, "if", "Bash(", 1),
            ("command", {"command": "x"}, "statusMessage", "", 1),
            ("command", {"command": "x"}, "once", True, "yes"),
            ("command", {"command": "x"}, "async", False, 1),
            ("command", {"command": "x"}, "asyncRewake", True, None),
            ("command", {"command": "x"}, "rewakeMessage", "x", ""),
            ("command", {"command": "x"}, "rewakeSummary", "x", ""),
            ("command", {"command": "x"}, "shell", "powershell", "zsh"),
            ("command", {"command": "x"}, "onFailure", "block", "deny"),
            ("prompt", {"prompt": "x"}, "model", "x", 5),
            ("prompt", {"prompt": "x"}, "continueOnBlock", True, "x"),
            ("agent", {"prompt": "x"}, "model", "x", None),
            ("http", {"url": "https://x.example"}, "url", "https://y.example", "nope"),
            ("http", {"url": "https://x.example"}, "headers", {"A": "b"}, {"A": 1}),
            ("http", {"url": "https://x.example"}, "allowedEnvVars", ["A"], "A"),
            ("http", {"url": "https://x.example"}, "onFailure", "continue", "x"),
            ("mcp_tool", {"server": "s", "tool": "t"}, "input", {}, []),
        ],
    )
    def test_members(self, kind: str, base: dict[str, Any], member: str, good: object, bad: object) -> None:
        assert as_client(handler({"type": kind, **base, member: good})) == []
        assert as_client(handler({"type": kind, **base, member: bad})) == ["HK003"]

    @pytest.mark.parametrize(
        "value",
        [
            {"type": "command"},
            {"type": "prompt"},
            {"type": "agent"},
            {"type": "http"},
            {"type": "mcp_tool", "tool": "t"},
            {"type": "mcp_tool", "server": "s"},
        ],
    )
    def test_required_members(self, value: dict[str, Any]) -> None:
        assert as_client(handler(value)) == ["HK003"]

    @pytest.mark.parametrize(("event", "code"), [("PermissionRequest", "HK004"), ("PermissionDenied", "HK003")])
    def test_a_guard_that_cannot_be_loaded_fails_the_client(self, event: str, code: str) -> None:
        value = {"type": "command", "command": "x", "onFailure": "deny"}
        assert as_client(handler(value, event)) == [code]
        assert as_client(handler({"type": "command"}, event)) == [code]

    @pytest.mark.parametrize(
        ("script", "good"),
        [
            ("export function register(on) {}", True),
            ("export async function register() {}", True),
            ("export const register = () => {}", True),
            ("function register() {}\nexport { register }", True),
            ("function x() {}\nexport { x as register }", True),
            ("// export function register", False),
            ("export default { register }", False),
            ("exports.register = 1", False),
            ("function register() {}", False),
        ],
    )
    def test_a_module_exports_register(self, script: str, good: bool) -> None:
        files = {"hooks/hooks.json": '{"modules": ["./a.js"]}', "hooks/a.js": script}
        assert as_client(files) == ([] if good else ["HK025"])

    def test_inline_hooks(self) -> None:
        bad = {"Stop": [{"hooks": [{"type": "command"}]}], "Foo": []}
        assert as_client({}, {"hooks": bad}) == ["HK002", "HK003"]

    def test_inline_hooks_wrapped_twice(self) -> None:
        wrapped: dict[str, Any] = {"hooks": {"Stop": []}}
        (found,) = lint({"commands/x.md": "---\ndescription: d\n---\n"}, {"hooks": wrapped})
        assert (found.code, found.severity) == ("HK006", Severity.ERROR)
        assert [item.severity for item in lint({}, {"hooks": wrapped}, profile="client")] == [Severity.WARNING]

    @pytest.mark.parametrize(
        ("command", "bad"),
        [
            ("${CLAUDE_PLUGIN_ROOT}/x", True),
            ("node ${CLAUDE_PLUGIN_ROOT}/x", True),
            ('"a" ${CLAUDE_PLUGIN_ROOT}/x', True),
            ('\\"${CLAUDE_PLUGIN_ROOT}/x', True),
            ('"${CLAUDE_PLUGIN_ROOT}"/x', False),
            ('"${CLAUDE_PLUGIN_ROOT}/x"', False),
            ("'${CLAUDE_PLUGIN_ROOT}/x'", False),
            ('"$CLAUDE_PLUGIN_ROOT"/x', False),
            ("$CLAUDE_PLUGIN_ROOT/x", True),
            ("$CLAUDE_PROJECT_DIR", True),
            ("a${CLAUDE_PLUGIN_DATA}", True),
            ("${CLAUDE_PLUGIN_ROOT:-.}/x", False),
            ("$CLAUDE_PLUGIN_ROOTS/x", False),
            ("${CLAUDE_SKILL_DIR}/$HOME", False),
            ("\\\\$CLAUDE_PLUGIN_ROOT", True),
            ("\\$CLAUDE_PLUGIN_ROOT", False),
            ("echo", False),
        ],
    )
    def test_quotes(self, command: str, bad: bool) -> None:
        found = as_client(handler({"type": "command", "command": command}))
        assert found == (["HK018"] if bad else [])

    @pytest.mark.parametrize("change", [{"args": []}, {"shell": "powershell"}])
    def test_quotes_do_not_matter_without_a_unix_shell(self, change: dict[str, Any]) -> None:
        value = {"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/x", **change}
        assert as_client(handler(value)) == []

    def test_inline_hooks_need_quotes_too(self) -> None:
        inline = {"Stop": [{"hooks": [{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/x"}]}]}
        assert "HK018" in codes({}, {"hooks": inline})
        assert as_client({}, {"hooks": inline}) == []


def servers(entry: object) -> dict[str, str]:
    return {".mcp.json": json.dumps({"mcpServers": {"db": entry}})}


class TestServers:
    """MC001 to MC013."""

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ({"command": "node"}, []),
            ({"command": "node server.js"}, []),
            ({"command": "node", "url": "https://x.example"}, []),
            ({"command": "node", "foo": 1, "cwd": "x", "disabled": True}, []),
            ({"type": "stdio", "command": "node", "args": [], "env": {}}, []),
            (None, ["MC001"]),
            ([], ["MC001"]),
            ({}, ["MC001"]),
            ({"args": []}, ["MC001"]),
            ({"command": ""}, ["MC001"]),
            ({"command": ["node"]}, ["MC001"]),
            ({"command": "node", "args": "x"}, ["MC001"]),
            ({"command": "node", "env": {"A": True}}, ["MC001"]),
            ({"command": "node", "env": ["A=1"]}, ["MC001"]),
            ({"command": "node", "timeout": 0}, ["MC001"]),
            ({"command": "node", "timeout": "30"}, ["MC001"]),
            ({"command": "node", "timeout": 1.5}, ["MC001"]),
            ({"command": "node", "timeout": 30000.0}, []),
            ({"type": "ws", "url": "wss://x.example", "oauth": True}, []),
            ({"command": "node", "alwaysLoad": "yes"}, ["MC001"]),
            ({"type": "stdio", "url": "https://x.example"}, ["MC001"]),
            (HTTP, []),
            ({**HTTP, "type": "sse"}, []),
            ({**HTTP, "type": "streamable-http"}, []),
            ({"type": "http"}, ["MC001"]),
            ({"type": "http", "url": 5}, ["MC001"]),
            ({**HTTP, "headers": {"A": 1}}, ["MC001"]),
            ({**HTTP, "headersHelper": 5}, ["MC001"]),
            ({**HTTP, "oauth": {}}, []),
            ({**HTTP, "oauth": True}, ["MC011"]),
            ({**HTTP, "oauth": {"clientId": 5}}, ["MC001"]),
            ({**HTTP, "oauth": {"callbackPort": 0}}, ["MC001"]),
            ({**HTTP, "oauth": {"scopes": ""}}, ["MC001"]),
            ({**HTTP, "oauth": {"authServerMetadataUrl": "http://x.example"}}, ["MC001"]),
            ({**HTTP, "oauth": {"authServerMetadataUrl": "https://x.example", "foo": 1}}, []),
            ({"type": "http", "url": "http://${HOST}"}, []),
            ({"type": "http", "url": "x${A}"}, []),
            ({**HTTP, "toolPolicy": {}}, []),
            ({"url": "https://x.example"}, ["MC002"]),
            ({"url": "https://x.example", "transport": "http"}, ["MC003"]),
            ({**HTTP, "type": "streamableHttp"}, ["MC003"]),
            ({"type": 1, "command": "x"}, ["MC003"]),
            ({"type": "sdk"}, ["MC003"]),
            ({"type": "http", "url": "nope"}, ["MC006"]),
            ({"type": "http", "url": "/mcp"}, ["MC006"]),
            ({"type": "http", "url": ""}, []),
            ({"type": "http", "url": "${URL}"}, []),
            ({"type": "http", "url": "${URL:-https://x}/mcp"}, []),
            ({"type": "http", "url": "https://${HOST}/mcp"}, []),
            ({"type": "http", "url": "ftp://x.example"}, []),
            ({"type": "http", "url": "http://x.example"}, ["MC008"]),
            ({"type": "ws", "url": "ws://x.example"}, ["MC008"]),
            ({"type": "http", "url": "http://localhost:80"}, []),
            ({"type": "http", "url": "http://127.0.0.1"}, []),
        ],
    )
    def test_as_the_client_sees_it(self, entry: object, expected: list[str]) -> None:
        assert as_client(servers(entry)) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("{}", []),
            ('{"mcpServers": {}}', []),
            ('{"mcpServers": []}', []),
            ('{"a": {"command": "x"}}', []),
            ('{"a": 5}', ["MC001"]),
            ("[]", []),
            ('[{"command": "x"}]', ["MC013"]),
            ('{"mcpServers": [{"command": "x"}]}', ["MC013"]),
            ('{"mcpServers": [1]}', ["MC001", "MC013"]),
            ('[{"name": "s", "url": "https://x.example"}]', ["MC002", "MC013"]),
            ("5", ["PM003"]),
        ],
    )
    def test_roots(self, text: str, expected: list[str]) -> None:
        assert as_client({".mcp.json": text}) == expected

    def test_the_older_client_read_none(self) -> None:
        assert as_client(servers(None), client=OLD) == []

    def test_one_bad_server_does_not_hide_another(self) -> None:
        text = json.dumps({"mcpServers": {"a": {}, "b": {"url": "x"}, "c": {"command": "x"}}})
        found = lint({".mcp.json": text})
        assert [(item.code, item.location.pointer[1]) for item in found] == [("MC001", "a"), ("MC002", "b")]

    @pytest.mark.parametrize(
        ("files", "fields", "severity"),
        [
            ({".mcp.json": '{"db": {"command": "x"}}'}, {}, Severity.WARNING),
            ({}, {"mcpServers": {"mcpServers": {"db": {"command": "x"}}}}, Severity.ERROR),
        ],
    )
    def test_wrappers(self, files: dict[str, str], fields: dict[str, Any], severity: Severity) -> None:
        found = lint(files, fields)
        assert [(item.code, item.severity) for item in found] == [("MC012", severity)]

    def test_an_empty_address_is_a_placeholder(self) -> None:
        assert codes(servers({"type": "http", "url": ""})) == ["MC007"]

    def test_a_hook_may_not_send_without_encryption_either(self) -> None:
        assert codes(handler({"type": "http", "url": "http://x.example"})) == ["MC008"]

    @pytest.mark.parametrize(
        ("entry", "hint"),
        [
            ({"type": "streamable_http", "url": "https://x.example"}, "did you mean streamable-http?"),
            ({"type": "htpp", "url": "https://x.example"}, "did you mean http?"),
            ({"type": "grpc", "url": "https://x.example"}, "known are stdio, http, sse, streamable-http, ws"),
            ({"url": "https://x.example"}, 'add "type": "http"'),
            ({"url": "https://x.example", "transport": "sse"}, "call it type"),
        ],
    )
    def test_a_repair_is_proposed(self, entry: dict[str, Any], hint: str) -> None:
        (found,) = lint(servers(entry))
        assert found.hint == hint


class TestOthers:
    """LS001 and OC001: strict entries."""

    GO = {"command": "gopls", "extensionToLanguage": {".go": "go"}}  # noqa: RUF012 - a constant

    @pytest.mark.parametrize(
        ("change", "bad"),
        [
            ({}, False),
            ({"args": ["-v"], "transport": "socket", "maxRestarts": 0, "diagnostics": False}, False),
            ({"command": "/opt/my tools/gopls"}, False),
            ({"command": "gopls -v"}, True),
            ({"command": ""}, True),
            ({"extensionToLanguage": {}}, True),
            ({"extensionToLanguage": {"go": "go"}}, True),
            ({"extensionToLanguage": {".go": ""}}, True),
            ({"transport": "tcp"}, True),
            ({"startupTimeout": 0}, True),
            ({"startupTimeout": 1.5}, True),
            ({"maxRestarts": -1}, True),
            ({"diagnostics": "no"}, True),
            ({"foo": 1}, True),
        ],
    )
    def test_language_servers(self, change: dict[str, Any], bad: bool) -> None:
        entry = {"go": {**self.GO, **change}}
        assert as_client({}, {"lspServers": entry}) == (["LS001"] if bad else [])
        in_file = lint({".lsp.json": json.dumps(entry)})
        assert [item.severity for item in in_file] == ([Severity.WARNING] if bad else [])
        assert as_client({".lsp.json": json.dumps(entry)}) == []

    def test_a_wrapper_becomes_a_server(self) -> None:
        found = lint({".lsp.json": json.dumps({"lspServers": {"go": self.GO}})})
        assert {item.hint for item in found} == {"take the wrapper away"}

    @pytest.mark.parametrize(
        ("change", "count"),
        [
            ({}, 0),
            ({"when": "always"}, 0),
            ({"when": "on-skill-invoke:review"}, 0),
            ({"when": "never"}, 1),
            ({"when": "on-skill-invoke:"}, 1),
            ({"name": ""}, 1),
            ({"name": 5}, 1),
            ({"foo": 1}, 1),
        ],
    )
    def test_monitors(self, change: dict[str, Any], count: int) -> None:
        entry = [{"name": "m", "command": "x", "description": "d", **change}]
        assert as_client({}, {"experimental": {"monitors": entry}}) == ["OC001"] * count
        ignore = ("OC002", *ELSEWHERE)
        assert codes({"monitors/monitors.json": json.dumps(entry)}, ignore=ignore) == ["OC001"] * count
        assert as_client({"monitors/monitors.json": json.dumps(entry)}) == []

    def test_two_monitors_of_one_name(self) -> None:
        entry = {"name": "m", "command": "x", "description": "d"}
        (found,) = lint({}, {"experimental": {"monitors": [entry, entry]}})
        assert found.message == "two monitors are called 'm'"

    @pytest.mark.parametrize("missing", ["name", "command", "description"])
    def test_a_required_member_of_a_monitor(self, missing: str) -> None:
        entry = {"name": "m", "command": "x", "description": "d"}
        del entry[missing]
        assert as_client({}, {"experimental": {"monitors": [entry]}}) == ["OC001"]
