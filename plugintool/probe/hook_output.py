"""What a hook may say on stdout, for each event; a table with its source, and the check of one output against it.

https://code.claude.com/docs/en/hooks, "JSON output" and "decision control" of each event, August 2026, and the type
declarations of the npm package ``@anthropic-ai/claude-agent-sdk``, November 2026. stdout counts only with exit code 0,
and only as JSON when it begins with a brace. A wrong value is an error; a member that does nothing on an event is a
warning, inside ``hookSpecificOutput`` only: the documentation adds others from month to month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from plugintool import jsontext, limits
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import shown
from plugintool.probe.codes import Flaw
from plugintool.probe.jsonrpc import quote

Test: TypeAlias = "tuple[str, Callable[[JsonValue], bool]]"
"""What is expected in words, and whether a value is that."""


def _choice(*allowed: str) -> Test:
    return " or ".join(f'"{word}"' for word in allowed), lambda value: value in allowed


_TEXT: Final[Test] = ("a text", lambda value: isinstance(value, str))
_FLAG: Final[Test] = ("true or false", lambda value: isinstance(value, bool))
_OBJECT: Final[Test] = ("an object", lambda value: isinstance(value, dict))
_LIST: Final[Test] = ("a list", lambda value: isinstance(value, list))
_ANY: Final[Test] = ("anything", lambda _: True)

COMMON: Final[Mapping[str, Test]] = {
    "continue": _FLAG,
    "stopReason": _TEXT,
    "suppressOutput": _FLAG,
    "systemMessage": _TEXT,
    "terminalSequence": _TEXT,
    "reason": _TEXT,
    "hookSpecificOutput": _OBJECT,
    "async": _FLAG,
}
"""Members of every event."""
BLOCKING: Final = frozenset(
    {
        "UserPromptSubmit", "UserPromptExpansion", "PostToolUse", "PostToolUseFailure", "PostToolBatch", "Stop",
        "SubagentStop", "ConfigChange", "PreCompact", "TaskCreated", "TaskCompleted", "PreToolUse",
    }
)  # fmt: skip
"""Events on which ``decision`` does something; on PreToolUse it is the older form of ``permissionDecision``."""
_DECISIONS: Final = ("block", "approve")
_CONTEXT: Final[dict[str, Test]] = {"additionalContext": _TEXT}
SPECIFIC: Final[Mapping[str, Mapping[str, Test]]] = {
    "SessionStart": _CONTEXT
    | {"initialUserMessage": _TEXT, "watchPaths": _LIST, "sessionTitle": _TEXT, "reloadSkills": _FLAG},
    "Setup": _CONTEXT,
    "UserPromptSubmit": _CONTEXT | {"sessionTitle": _TEXT, "suppressOriginalPrompt": _FLAG},
    "UserPromptExpansion": _CONTEXT | {"suppressOriginalPrompt": _FLAG},
    "PreToolUse": _CONTEXT
    | {
        "permissionDecision": _choice("allow", "deny", "ask", "defer"),
        "permissionDecisionReason": _TEXT,
        "updatedInput": _OBJECT,
    },
    "PermissionRequest": {"decision": _OBJECT},
    "PermissionDenied": {"retry": _FLAG},
    "PostToolUse": _CONTEXT | {"updatedMCPToolOutput": _ANY, "updatedToolOutput": _ANY, "classifierContext": _TEXT},
    "PostToolUseFailure": _CONTEXT,
    "PostToolBatch": _CONTEXT,
    "Notification": _CONTEXT,
    "MessageDisplay": {"displayContent": _TEXT},
    "SubagentStart": _CONTEXT,
    "SubagentStop": _CONTEXT,
    "Stop": _CONTEXT,
    "CwdChanged": {"watchPaths": _LIST},
    "FileChanged": {"watchPaths": _LIST},
    "WorktreeCreate": {"worktreePath": _TEXT},
    "Elicitation": {"action": _choice("accept", "decline", "cancel"), "content": _OBJECT},
    "PreModelSwitch": {
        "permissionDecision": _choice("allow", "deny", "ask"),
        "permissionDecisionReason": _TEXT,
    },
    "PostModelSwitch": _CONTEXT,
    "ElicitationResult": {"action": _choice("accept", "decline", "cancel"), "content": _OBJECT},
}
"""Members of ``hookSpecificOutput`` beside ``hookEventName``; other events have none of their own."""
_PERMISSION: Final[Mapping[str, Test]] = {
    "behavior": _choice("allow", "deny"),
    "updatedInput": _OBJECT,
    "updatedPermissions": _LIST,
    "message": _TEXT,
    "interrupt": _FLAG,
}


def judge_output(event: str, stdout: bytes) -> Iterator[Flaw]:
    """Yield what is wrong with the output of a hook that ended with exit code 0.

    Args:
        event: the event it ran for.
        stdout: everything that it wrote there.
    """
    text = stdout.strip()
    if not text.startswith(b"{"):
        return
    read = jsontext.read(text, max_bytes=limits.CHECK_HOOK_BYTES)
    if not isinstance(read.value, dict):
        problem = read.problems[0].message if read.problems else "it is no object"
        yield Flaw("CH033", f"{problem}: {quote(text)}")
        return
    yield from (Flaw("CH034", message) for message in _wrong(event, read.value))
    yield from (Flaw("CH037", f"{name} on {event}") for name in _idle(event, read.value))


def _wrong(event: str, value: JsonObject) -> Iterator[str]:
    yield from _misfits(value, COMMON, "")
    if "decision" in value and value["decision"] not in _DECISIONS:
        yield f'decision is {shown(value["decision"])}, expected "block" or no decision'
    specific = value.get("hookSpecificOutput")
    if isinstance(specific, dict):
        yield from _specific(event, specific)


def _idle(event: str, value: JsonObject) -> Iterator[str]:
    """Yield the members that do nothing on this event."""
    if "decision" in value and event not in BLOCKING:
        yield "decision"
    specific = value.get("hookSpecificOutput")
    if isinstance(specific, dict):
        unknown = specific.keys() - SPECIFIC.get(event, {}).keys() - {"hookEventName"}
        yield from (f"hookSpecificOutput.{key}" for key in sorted(unknown))


def _specific(event: str, value: JsonObject) -> Iterator[str]:
    named, known = value.get("hookEventName"), SPECIFIC.get(event, {})
    if named != event:
        yield f"hookSpecificOutput.hookEventName is {shown(named)}, expected {event!r}"
    yield from _misfits(value, known, "hookSpecificOutput.")
    decision = value.get("decision")
    if event == "PermissionRequest" and isinstance(decision, dict):
        yield from _misfits(decision, _PERMISSION, "hookSpecificOutput.decision.")
        if "behavior" not in decision:
            yield "hookSpecificOutput.decision.behavior is missing"


def _misfits(value: JsonObject, known: Mapping[str, Test], prefix: str) -> Iterator[str]:
    for key, (wanted, test) in known.items():
        if key in value and not test(value[key]):
            yield f"{prefix}{key} is {shown(value[key])}, expected {wanted}"
