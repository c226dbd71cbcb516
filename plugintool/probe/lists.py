"""Judge the lists of tools and prompts that a server gave: their shapes, and whether the manifest says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.jsonvalue import object_of, shown
from plugintool.probe.codes import Flaw

_NAMES_SHOWN = 10
_SHOWN_CHARACTERS = 200
_HINTS = ("readOnlyHint", "destructiveHint")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a bundle manifest says of one list.

    Attributes:
        names: those it lists; None when it has no list.
        more: whether there may be others at run time (``tools_generated``, ``prompts_generated``).
    """

    names: tuple[str, ...] | None
    more: bool


def declared_in(manifest: JsonObject, kind: str) -> Declared:
    """Return what a bundle manifest says of ``kind``, which is ``tools`` or ``prompts``."""
    listed = manifest.get(kind)
    names = names_of(listed) if isinstance(listed, list) else None
    return Declared(names, manifest.get(f"{kind}_generated") is True)


def names_of(items: Sequence[JsonValue] | None) -> tuple[str, ...]:
    """Return the names of tools or prompts, in order; what has none is left out."""
    found = [item.get("name") for item in items or () if isinstance(item, dict)]
    return tuple(name for name in found if isinstance(name, str) and name)


def judge_list(items: Sequence[JsonValue], kind: str) -> Iterator[Flaw]:
    """Yield what is wrong with the entries of one list: no objects, no names, names that stand twice."""
    for index, item in enumerate(items):
        if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"]:
            yield Flaw("CH005", f"{kind}/list: entry {index} is {shown(item)}, expected an object with a name")
            return
    twice = [name for name, count in Counter(names_of(items)).items() if count > 1]
    if twice:
        yield Flaw("CH014", f"{kind}/list: {_enumerate(twice)}")


def judge_tools(tools: Sequence[JsonValue]) -> Iterator[Flaw]:
    """Yield what is wrong with tools: their schemas, and what they do not say of themselves."""
    named = [
        (str(tool["name"]), tool) for tool in tools if isinstance(tool, dict) and isinstance(tool.get("name"), str)
    ]
    for name, tool in named:
        problem = _schema_problem(tool)
        if problem:
            yield Flaw("CH015", f"tool {name}: {problem}")
    silent = [name for name, tool in named if not _is_described(tool)]
    if silent:
        yield Flaw("CH016", _enumerate(silent))


def compare(declared: Declared, offered: Sequence[JsonValue] | None, kind: str) -> Iterator[Flaw]:
    """Yield how a bundle manifest and a server differ: equal, or more at run time where the manifest says so."""
    code, names = {"tools": "CH012", "prompts": "CH013"}[kind], names_of(offered)
    if declared.names is None:
        if names and kind == "tools" and not declared.more:
            yield Flaw("CH019", f"the server has {_enumerate(names)}")
        return
    missing = [name for name in declared.names if name not in names]
    extra = [name for name in dict.fromkeys(names) if name not in declared.names]
    if missing:
        where = f"{kind}/list has no such {kind}" if offered is not None else f"the server offers no {kind}"
        yield Flaw(code, f"the manifest lists {_enumerate(missing)}; {where}")
    if extra and not declared.more:
        yield Flaw(code, f"{kind}/list has {_enumerate(extra)}; the manifest does not list them")


def _is_described(tool: JsonObject) -> bool:
    notes = object_of(tool.get("annotations"))
    title = tool.get("title") or notes.get("title")
    return isinstance(title, str) and any(isinstance(notes.get(hint), bool) for hint in _HINTS)


def _schema_problem(tool: JsonObject) -> str:
    if "inputSchema" not in tool:
        return "inputSchema is missing"
    schema = tool["inputSchema"]
    if not isinstance(schema, dict):
        return f"inputSchema is {shown(schema)}, expected an object"
    if schema.get("type") != "object":
        return f'the "type" of inputSchema is {shown(schema.get("type"))}, expected "object"'
    return _meta_problem(schema)


def _meta_problem(schema: JsonObject) -> str:
    """Compare a schema with the schema of schemas: of its draft where it names one, else 2020-12 as MCP says."""
    from jsonschema import Draft202012Validator, SchemaError, validators  # noqa: PLC0415 - only where there are tools

    draft = schema.get("$schema", "")
    if not isinstance(draft, str):
        return f'"$schema" is {shown(draft)}, expected a text'
    validator = validators.validator_for(schema, default=Draft202012Validator)
    try:
        validator.check_schema(schema)
    except SchemaError as error:
        place = "/".join(str(step) for step in error.absolute_path)
        return f"inputSchema is no JSON Schema: {place or 'it'}: {error.message[:_SHOWN_CHARACTERS]}"
    return ""


def _enumerate(names: Sequence[str]) -> str:
    first = ", ".join(names[:_NAMES_SHOWN])
    return f"{first} and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else first
