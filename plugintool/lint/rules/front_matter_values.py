"""FM011 to FM023: keys, values and tool names of front matter that parses, and the bytes of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plugintool.lint import fix_keys, known
from plugintool.lint.known import KNOWN_UP_TO, docs_of_client, near_miss
from plugintool.lint.rule import Ask, Context, Source, at, in_front_matter, rule
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.frontmatter import NONE
from plugintool.plugin.model import Component, Kind, Plugin
from plugintool.report import Finding, Location, Severity

_MERGE = "<<"
_FOREIGN_SPELLINGS = {
    Kind.AGENT: {"allowed-tools": "tools", "allowedtools": "tools", "disallowed-tools": "disallowedTools"},
    Kind.COMMAND: {"tools": "allowed-tools", "tool": "allowed-tools"},
    Kind.SKILL: {"tools": "allowed-tools", "tool": "allowed-tools"},
}
"""Keys of one kind that another kind spells differently."""
_MODEL_ID = pattern(r"claude|[./:]", re.IGNORECASE)
_SPOKEN = frozenset({"yes", "no", "on", "off", "1", "0"})
"""Spellings of a boolean that clients read since 2.1.218."""
_BOOLEAN_KEYS = ("disable-model-invocation", "user-invocable", "background")
_WRITTEN = frozenset({"true", "false"})
_BOOLEANS_SINCE = (2, 1, 218)
_TOOL_KEYS = {
    Kind.AGENT: ("tools", "disallowedTools"),
    Kind.COMMAND: ("allowed-tools", "disallowed-tools"),
    Kind.SKILL: ("allowed-tools", "disallowed-tools"),
}
_TOOL_NAME = pattern(r"([A-Za-z]{2,40})(?:\(|\Z)")
_TOOLS_MAX = 500
"""Tools of one list that are looked at."""


@rule(
    "FM011",
    Severity.WARNING,
    "YAML that other readers take differently",
    source=Source("https://yaml.org/spec/1.2.2", "3.2.1 and 10", "October 2021"),
    backed_by="B",
    why="The client keeps the last of two equal keys and ignores tags; other readers refuse the file or read it "
    "differently.",
    bad="description: Reviews code\ndescription: Reviews tests",
    good="description: Reviews code and tests",
    fix=fix_keys.earlier_removed,
)
def unportable_yaml(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The front matter holds a key twice, a tag, an anchor or a merge key."""
    del context
    for component in plugin.components:
        matter = component.front_matter
        for key in matter.duplicates:
            place = in_front_matter(component, key)
            yield unportable_yaml.finding(f"the key {key!r} stands twice", place, hint="keep one of them")
        if matter.oddities:
            message = f"other readers refuse {matter.oddities[0]} of the front matter"
            yield unportable_yaml.finding(message, in_front_matter(component), hint="write the value out")
        if _MERGE in matter.keys:
            place = in_front_matter(component, _MERGE)
            yield unportable_yaml.finding("a merge key is a plain key here", place, hint="write the keys out")


def _meant(key: str, kind: Kind, table: frozenset[str]) -> str:
    foreign = _FOREIGN_SPELLINGS[kind].get(key.lower())
    if foreign:
        return foreign
    squashed = _squash(key)
    same = next((name for name in sorted(table) if _squash(name) == squashed), "")
    return same or near_miss(key, sorted(table))


def _squash(key: str) -> str:
    return key.replace("-", "").replace("_", "").lower()


def _sole_meant(component: Component, key: str) -> str:
    """What a key means where it can mean one only."""
    table = known.KEYS[component.kind]
    meant = "" if key in table else _meant(key, component.kind, table)
    is_spelling = meant == _FOREIGN_SPELLINGS[component.kind].get(key.lower()) or _squash(key) == _squash(meant)
    return meant if meant and (is_spelling or known.sole_near_miss(key, table) == meant) else ""


def _sole_spelling(component: Component, key: str) -> str:
    """The same, but not `allowed-tools` for `tools`: it would allow what the author may have meant to limit."""
    meant = _sole_meant(component, key)
    return "" if meant == "allowed-tools" and _squash(key) in {"tools", "tool"} else meant


@rule(
    "FM014",
    Severity.WARNING,
    "a misspelt key in the front matter",
    source=docs_of_client("skills", "front matter reference"),
    backed_by="D",
    why="Unknown keys are ignored without a word: the tools are not limited, the hint is not shown.",
    bad="allowedTools: Read",
    good="allowed-tools: Read",
    fix=fix_keys.key_spelt(_sole_spelling),
    unsafe_fix=fix_keys.key_spelt(_sole_meant),
)
def misspelt_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A key is one or two edits from one that this kind of component knows, or the spelling of another kind."""
    del context
    for component in plugin.components:
        table = known.KEYS[component.kind]
        for key in component.front_matter.values:
            meant = "" if key in table else _meant(key, component.kind, table)
            if meant and meant not in component.front_matter.values:
                message = f"the key {key!r} is unknown to {component.kind.value}s"
                place = in_front_matter(component, key)
                yield misspelt_key.finding(message, place, hint=f"did you mean {meant}?")


def _sole_value(component: Component, key: str, text: str) -> str:
    """What the value of a key means where it can mean one of the documented ones only."""
    if key in _BOOLEAN_KEYS:
        return fix_keys.boolean_of(text)
    table = known.MODELS if key == "model" else _choices(component.kind).get(key, ())
    return known.sole_near_miss(text, table)


@rule(
    "FM017",
    Severity.WARNING,
    "a value outside of the documented ones",
    source=docs_of_client("sub-agents", "supported front matter fields"),
    backed_by="D",
    why="The client ignores the value, or takes it for something else, and says nothing.",
    bad="model: gpt-5",
    good="model: sonnet",
    fix=fix_keys.value_spelt(_sole_value),
)
def undocumented_value(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a value outside of the documented ones.

    `model`, `effort`, `color`, `memory`, `isolation` or `context` holds an unknown value, `maxTurns` is no positive
    whole number, a boolean is none (yes, no, on and off need client 2.1.218), or `argument-hint` a map.
    """
    for component in plugin.components:
        for key, message, hint in _odd_values(component.kind, component.front_matter.values, context):
            yield undocumented_value.finding(message, in_front_matter(component, key), hint=hint)


def _odd_values(kind: Kind, found: Mapping[str, Any], context: Context) -> Iterator[tuple[str, str, str]]:
    model = found.get("model")
    if model is not None and not (isinstance(model, str) and _is_model(model)):
        yield "model", f"the model {_shown(model)} is unknown", KNOWN_UP_TO
    for key, allowed in _choices(kind).items():
        value = found.get(key)
        if value is not None and value not in allowed:
            yield key, f"`{key}` is {_shown(value)}, expected {' or '.join(allowed)}", KNOWN_UP_TO
    turns = found.get("maxTurns")
    if kind is Kind.AGENT and turns is not None and not (_is_count(turns) and int(turns) > 0):
        yield "maxTurns", f"`maxTurns` is {_shown(turns)}, expected a whole number above 0", ""
    for key in ("background",) if kind is Kind.AGENT else _BOOLEAN_KEYS:
        flaw = _boolean_flaw(found.get(key), context)
        if flaw:
            yield key, f"`{key}` is {_shown(found[key])}, {flaw}", "write true or false"
    hint = found.get("argument-hint")
    if isinstance(hint, dict) and kind is not Kind.AGENT:
        yield "argument-hint", f"`argument-hint` is {kind_of(hint)}, expected a text", "put it in quotes"


def _choices(kind: Kind) -> dict[str, tuple[str, ...]]:
    if kind is Kind.AGENT:
        agent = {"color": known.COLORS, "memory": known.MEMORIES, "isolation": ("worktree",)}
        return {"effort": known.EFFORTS, **agent}
    return {"effort": known.EFFORTS, "context": ("fork",)}


def _is_model(text: str) -> bool:
    return text in known.MODELS or bool(_MODEL_ID.search(text))


def _is_count(value: object) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isdigit() and len(value) <= 9  # noqa: PLR2004 - longer ones are no count
    return isinstance(value, int) and not isinstance(value, bool)


def _boolean_flaw(value: object, context: Context) -> str:
    text = str(value).lower()
    if value is None or isinstance(value, bool) or text in _WRITTEN:
        return ""
    if text not in _SPOKEN or not isinstance(value, (str, int)):
        return "expected true or false"
    return "" if context.client >= _BOOLEANS_SINCE else "which clients before 2.1.218 do not read"


def _shown(value: object) -> str:
    text = repr(value)
    return text if isinstance(value, (str, int, float)) and len(text) <= 60 else kind_of(value)  # noqa: PLR2004 - a line


@rule(
    "FM020",
    Severity.WARNING,
    "a tool that is misspelt or whose rule is not closed",
    source=docs_of_client("tools-reference", "tools available"),
    backed_by="D",
    why="A tool of that name does not exist: it is neither allowed nor denied.",
    bad="allowed-tools: Raed, Bash(git:*",
    good="allowed-tools: Read, Bash(git:*)",
    fix=fix_keys.tools_corrected,
)
def misspelt_tool(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A tool in a list of tools is nearly one that the client has, or the parentheses of its rule do not match."""
    del context
    for component in plugin.components:
        for key in _TOOL_KEYS[component.kind]:
            value = component.front_matter.values.get(key)
            texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
            for message, hint in _tool_flaws([text for text in texts if isinstance(text, str)]):
                yield misspelt_tool.finding(message, in_front_matter(component, key), hint=hint)


def _tool_flaws(texts: list[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for text in texts[:_TOOLS_MAX]:
        tools = split_tools(text)
        if tools is None:
            yield f"the parentheses of {text[:60]!r} do not match", "close each one"
            continue
        for tool in tools[:_TOOLS_MAX]:
            found = _TOOL_NAME.match(tool)
            near = near_miss(found[1], sorted(known.TOOLS)) if found and found[1] not in seen else ""
            if found and near:
                yield f"the tool {found[1]!r} is unknown", f"did you mean {near}? {KNOWN_UP_TO}"
            seen.update([found[1]] if found else [])


def split_tools(text: str) -> list[str] | None:
    """Split a list of tools at commas and blanks outside of parentheses; None when those do not match."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0 and (char == "," or char.isspace()):
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return None if depth else [part for part in parts if part]


@rule(
    "FM023",
    Severity.WARNING,
    "a component that is not UTF-8",
    source=Source("claude plugin validate", "front matter", "2.1.330, November 2026"),
    backed_by="CB",
    why="In UTF-16 the front matter is not found; of other encodings every odd character is lost.",
    bad="an agent saved in UTF-16 or Latin-1",
    good="the same agent saved in UTF-8",
    fix=fix_keys.utf16_converted,
    unsafe_fix=fix_keys.latin_converted,
)
def component_not_utf8(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The file of an agent, command or skill is no valid UTF-8."""
    del context
    for component in plugin.components:
        data = plugin.read(component.path) or b""
        place = _first_flaw(component, data)
        if place is not None:
            wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
            message = "the file is in UTF-16" if wide and component.front_matter.state in NONE else "a byte is no UTF-8"
            yield component_not_utf8.finding(message, place, hint="save it in UTF-8", client=Ask.SILENT)


def _first_flaw(component: Component, data: bytes) -> Location | None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line_start = data.rfind(b"\n", 0, error.start) + 1
        column = len(data[line_start : error.start].decode(errors="replace")) + 1
        return at(component.path, line=data.count(b"\n", 0, error.start) + 1, column=column)
    return None
