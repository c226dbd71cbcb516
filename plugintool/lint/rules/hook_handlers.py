"""HK008 to HK028: members of hook handlers that are valid and do not do what they say."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint import fix_hooks, known, values
from plugintool.lint.entries import groups_of, hooks_of, servers_of, variables_not_allowed
from plugintool.lint.known import docs_of_client, near_miss
from plugintool.lint.rule import Context, Source, rule
from plugintool.lint.rules.front_matter_values import split_tools
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_HOOKS = docs_of_client("hooks", "hook handler fields")
_OURS = Source("docs/reference/rules/README.md", "hooks and servers", "2026-11")
_MILLISECONDS = 1000
_UNKNOWN_MAX = 50
"""Unknown keys of one object that are compared with the known ones."""
_WINDOWS = (".cmd", ".bat")
_PROGRAM_WITH_WORDS = pattern(r"[A-Za-z0-9_.-]{1,100}\s+\S")


@rule(
    "HK008",
    Severity.WARNING,
    "a misspelt key of a hook or server",
    source=_OURS,
    backed_by="B",
    why="Unknown keys are accepted and ignored: the hook has no timeout, the server no environment.",
    bad='{"type": "command", "command": "bin/check", "timout": 5}',
    good='{"type": "command", "command": "bin/check", "timeout": 5}',
    fix=fix_hooks.key_corrected,
)
def misspelt_entry_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A key of a hook group, hook handler or MCP server is one or two edits from one that the client knows."""
    del context
    tables = ((groups_of, known.GROUP_KEYS), (hooks_of, known.HANDLER_KEYS), (servers_of, known.SERVER_KEYS))
    for entries, table in tables:
        for entry in entries(plugin):
            unknown = [key for key in entry.fields if key not in table]
            for key in unknown[:_UNKNOWN_MAX]:
                near = near_miss(key, sorted(table))
                if near and near not in entry.fields:
                    place = entry.place(plugin, key)
                    message = f"the key {key!r} is unknown"
                    yield misspelt_entry_key.finding(message, place, hint=f"did you mean {near}?")


@rule(
    "HK009",
    Severity.WARNING,
    "a timeout in the wrong unit",
    source=_OURS,
    backed_by="B",
    why="Hooks count seconds, MCP servers milliseconds: the wrong one waits for hours, or not at all.",
    bad='{"type": "command", "command": "bin/check", "timeout": 5000}',
    good='{"type": "command", "command": "bin/check", "timeout": 5}',
    fix=fix_hooks.unit_converted,
    unsafe_fix=fix_hooks.unit_guessed,
)
def timeout_in_wrong_unit(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `timeout` of a hook is 1,000 or more, or that of an MCP server less than 1,000."""
    del context
    for hook in hooks_of(plugin):
        found = hook.fields.get("timeout")
        if values.is_number(found) and found >= _MILLISECONDS:  # type: ignore[operator]
            place = hook.place(plugin, "timeout")
            message = f"a hook counts seconds, and {found} of them are long"
            yield timeout_in_wrong_unit.finding(message, place, hint="write seconds")
    for server in servers_of(plugin):
        found = server.fields.get("timeout")
        if values.is_positive(found) and found < _MILLISECONDS:  # type: ignore[operator]
            place = server.place(plugin, "timeout")
            message = f"a server counts milliseconds, and {found} of them are short"
            yield timeout_in_wrong_unit.finding(message, place, hint="write milliseconds")


@rule(
    "HK015",
    Severity.WARNING,
    "a handler type that the event does not run",
    source=docs_of_client("hooks", "hook events by handler type"),
    backed_by="D",
    why="The handler is never asked, and nothing says so.",
    bad='{"SessionStart": [{"hooks": [{"type": "prompt", "prompt": "Look around"}]}]}',
    good='{"SessionStart": [{"hooks": [{"type": "command", "command": "bin/look"}]}]}',
)
def handler_not_run(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a handler type that the event does not run.

    A handler of type prompt or agent stands at an event that takes neither, or one of any type but command and
    mcp_tool at SessionStart or Setup.
    """
    del context
    for hook in hooks_of(plugin):
        kind = hook.text("type")
        asks = kind in {"prompt", "agent"} and hook.name not in known.PROMPT_EVENTS and hook.name in _EVENTS
        early = kind == "http" and hook.name in known.EARLY_EVENTS
        if asks or early:
            place = hook.place(plugin, "type")
            message = f"a handler of type {kind} is not run at {hook.name}"
            yield handler_not_run.finding(message, place, hint="use type command")


_EVENTS = known.EVENTS_WITHOUT_MATCHER | known.EARLY_EVENTS | known.MATCHER_VALUES.keys() | {
    "Notification", "SubagentStart", "StopFailure", "InstructionsLoaded", "FileChanged", "Elicitation",
    "ElicitationResult", "PreModelSwitch", "PostModelSwitch",
}  # fmt: skip
"""Events of which the documentation says what they run; an unknown one is the affair of HK002."""


@rule(
    "HK016",
    Severity.WARNING,
    "`if` or `once` where it has no effect",
    source=_HOOKS,
    backed_by="D",
    why="`if` compares a tool call, which only tool events have; `once` is read in the front matter of skills only.",
    bad='{"Stop": [{"hooks": [{"type": "command", "command": "bin/done", "if": "Bash(git:*)"}]}]}',
    good='{"PreToolUse": [{"hooks": [{"type": "command", "command": "bin/check", "if": "Bash(git:*)"}]}]}',
    fix=fix_hooks.members_removed("once"),
    unsafe_fix=fix_hooks.condition_removed,
)
def condition_without_effect(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A handler has `if` at an event that is no tool event, an `if` with open parentheses, or `once`."""
    del context
    for hook in hooks_of(plugin):
        condition = hook.text("if")
        if condition and hook.name not in known.TOOL_EVENTS:
            place = hook.place(plugin, "if")
            yield condition_without_effect.finding(f"`if` has no effect at {hook.name}", place, hint="remove it")
        elif condition and split_tools(condition[:2000]) is None:
            place = hook.place(plugin, "if")
            message = f"the parentheses of {condition[:60]!r} do not match"
            yield condition_without_effect.finding(message, place, hint="close each one")
        if hook.fields.get("once") is True:
            place = hook.place(plugin, "once")
            message = "`once` has no effect outside of a skill's front matter"
            yield condition_without_effect.finding(message, place, hint="remove it")


@rule(
    "HK026",
    Severity.WARNING,
    "a command in exec form that cannot start",
    source=docs_of_client("hooks", "exec form"),
    backed_by="D",
    why="With `args` no shell is asked: `command` is the name of one program, and Windows starts no batch file that "
    "way.",
    bad='{"type": "command", "command": "node check.js", "args": ["--fast"]}',
    good='{"type": "command", "command": "node", "args": ["check.js", "--fast"]}',
    fix=fix_hooks.words_divided,
)
def unstartable_exec_form(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A handler with `args` has a `command` that ends in .cmd or .bat, or holds more than one word."""
    del context
    for hook in hooks_of(plugin):
        if hook.text("type") != "command" or "args" not in hook.fields:
            continue
        command, message = hook.text("command"), ""
        if command.lower().endswith(_WINDOWS):
            message, hint = "a batch file does not start in exec form", 'use "command": "cmd", "args": ["/c", …]'
        elif _PROGRAM_WITH_WORDS.match(command):
            message, hint = f"{command[:60]!r} is more than the name of a program", "move the words into args"
        if message:
            yield unstartable_exec_form.finding(message, hook.place(plugin, "command"), hint=hint)


@rule(
    "HK028",
    Severity.WARNING,
    "a header variable that the hook may not read",
    source=docs_of_client("hooks", "http hook fields"),
    backed_by="D",
    why="Only variables named in `allowedEnvVars` are filled in; the others become empty, and the server answers 401.",
    bad='{"type": "http", "url": "https://acme.example", "headers": {"Authorization": "Bearer $TOKEN"}}',
    good='{"type": "http", "url": "https://acme.example", "headers": {"Authorization": "Bearer $TOKEN"}, '
    '"allowedEnvVars": ["TOKEN"]}',
    fix=fix_hooks.variable_allowed,
)
def variable_not_allowed(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A header of an http handler holds a variable that `allowedEnvVars` does not name."""
    del context
    for hook in hooks_of(plugin):
        headers = hook.fields.get("headers")
        if hook.text("type") != "http" or not isinstance(headers, dict):
            continue
        for name, value in headers.items():
            for variable in variables_not_allowed(hook.fields, value if isinstance(value, str) else ""):
                place = hook.place(plugin, "headers", name)
                message = f"the variable {variable} is not in allowedEnvVars"
                yield variable_not_allowed.finding(message, place, hint=f'add "allowedEnvVars": ["{variable}"]')
