"""HK010 to HK014: matchers that never match, or match always."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugintool.lint import fix_hooks, known
from plugintool.lint.entries import Entry, groups_of, hooks_of, servers_of
from plugintool.lint.expressions import expression_flaw
from plugintool.lint.known import KNOWN_UP_TO, docs_of_client, near_miss
from plugintool.lint.rule import Context, Source, rule
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_MATCHERS = docs_of_client("hooks", "matcher patterns")
_EXACT = pattern(r"[A-Za-z0-9_\-, |]{1,2000}\Z")
"""A matcher of names; anything else is a regular expression of JavaScript."""
_SERVER_TOOL = pattern(r"mcp__((?:(?!__)[A-Za-z0-9_-]){1,128})__")
_NAME = pattern(r"[A-Z][A-Za-z]{2,40}\Z|[a-z]{3,40}\Z")
_NAMES_MAX = 200
"""Names of one matcher that are looked at."""


def _names(group: Entry) -> list[str]:
    """The names of an exact matcher; none when it matches all or is an expression."""
    if not _EXACT.match(group.matcher):
        return []
    return [name for part in group.matcher.split("|") for name in re.split(r"[, ]+", part) if name][:_NAMES_MAX]


@rule(
    "HK010",
    Severity.WARNING,
    "a matcher that the event does not know",
    source=_MATCHERS,
    backed_by="D",
    why="Where the event ignores matchers the hook runs always; where it has a list of values, it never runs.",
    bad='{"SessionStart": [{"matcher": "begin", "hooks": []}]}',
    good='{"SessionStart": [{"matcher": "startup", "hooks": []}]}',
    fix=fix_hooks.matcher_corrected,
)
def useless_matcher(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A matcher stands at an event without matchers, or names a value that the event does not have."""
    del context
    for group in groups_of(plugin):
        if group.name in known.EVENTS_WITHOUT_MATCHER and group.matcher not in {"", "*", ".*"}:
            place = group.place(plugin, "matcher")
            yield useless_matcher.finding(f"matchers are ignored at {group.name}", place, hint="remove it")
        allowed = known.MATCHER_VALUES.get(group.name)
        for name in _names(group) if allowed else ():
            if allowed and name not in allowed:
                near = near_miss(name, sorted(allowed))
                hint = f"did you mean {near}?" if near else f"{', '.join(sorted(allowed))}; {KNOWN_UP_TO}"
                message = f"the value {name[:60]!r} is unknown at {group.name}"
                place = group.place(plugin, "matcher")
                yield useless_matcher.finding(message, place, hint=hint)


@rule(
    "HK012",
    Severity.WARNING,
    "a matcher that is no regular expression",
    source=Source("https://tc39.es/ecma262", "22.2.1", "June 2025"),
    backed_by="B",
    why="A broken expression matches nothing: the hook never runs.",
    bad='{"PreToolUse": [{"matcher": "Write|(Edit", "hooks": []}]}',
    good='{"PreToolUse": [{"matcher": "Write|Edit", "hooks": []}]}',
)
def broken_matcher(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A matcher that is more than names does not parse as a regular expression."""
    del context
    for group in groups_of(plugin):
        flaw = _expression_flaw(group.matcher)
        if flaw:
            place = group.place(plugin, "matcher")
            message = f"the matcher {group.matcher[:60]!r} is no expression: {flaw}"
            yield broken_matcher.finding(message, place, hint="name the tools, with | between them")


def _expression_flaw(text: str) -> str:
    """What is wrong with a matcher that is meant as an expression."""
    return "" if text in {"", "*"} or _EXACT.match(text) else expression_flaw(text)


@rule(
    "HK013",
    Severity.WARNING,
    "a matcher of a tool that is misspelt",
    source=_MATCHERS,
    backed_by="D",
    why="Names count with their letter case: the hook never runs, and nothing says so.",
    bad='{"PreToolUse": [{"matcher": "bash", "hooks": []}]}',
    good='{"PreToolUse": [{"matcher": "Bash", "hooks": []}]}',
    fix=fix_hooks.tool_corrected,
)
def misspelt_matcher(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A matcher at a tool event names nearly a tool that the client has."""
    del context
    for group in groups_of(plugin):
        for name in dict.fromkeys(_names(group) if group.name in known.TOOL_EVENTS else ()):
            near = near_miss(name, sorted(known.TOOLS)) if _NAME.match(name) else ""
            if near:
                place = group.place(plugin, "matcher")
                message = f"the tool {name!r} is unknown"
                yield misspelt_matcher.finding(message, place, hint=f"did you mean {near}? {KNOWN_UP_TO}")


@rule(
    "HK014",
    Severity.WARNING,
    "the plugin's own server by its bare name",
    source=docs_of_client("plugins-reference", "MCP servers"),
    backed_by="D",
    why="The servers of a plugin get its name in front, so the bare name matches nothing.",
    bad='{"PreToolUse": [{"matcher": "mcp__search__.*", "hooks": []}]} with the server search',
    good='{"PreToolUse": [{"matcher": "mcp__plugin_acme-review_search__.*", "hooks": []}]}',
    fix=fix_hooks.server_named_in_full,
)
def bare_server_name(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A matcher, or the `server` of an mcp_tool handler, names a server of the plugin without the plugin's name."""
    del context
    own = {server.name for server in servers_of(plugin)}
    plain = {re.sub(r"[^A-Za-z0-9_-]", "_", name) for name in own}
    name = plugin.declared_name
    for group in groups_of(plugin) if own else ():
        for server in dict.fromkeys(_SERVER_TOOL.findall(group.matcher[:2000])):
            if server in plain:
                place = group.place(plugin, "matcher")
                hint = f"write mcp__plugin_{name}_{server}__"
                yield bare_server_name.finding(f"mcp__{server}__ matches no tool", place, hint=hint)
    for hook in hooks_of(plugin) if own else ():
        if hook.text("type") == "mcp_tool" and hook.text("server") in own:
            place = hook.place(plugin, "server")
            server = hook.text("server")
            message = f"there is no server {server[:60]!r} for a hook"
            yield bare_server_name.finding(message, place, hint=f"write plugin:{name}:{server}")
