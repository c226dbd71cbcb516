"""The ``manifest.json`` of an MCP bundle: read strictly, checked against the schema of its version.

Four versions of the format exist (0.1 to 0.4); each has a JSON Schema in ``schemas/``, with its source and date inside.
What is wrong is a value with a JSON pointer, never an exception; rules decide how much it matters. Rule numbers C28
and C29 are those of docs/reference/archives.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from plugintool import jsontext
from plugintool.formats.schema import Violation, violations
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonText, JsonValue, Pointer
from plugintool.relpath import RelPath

BUNDLE_MANIFEST = RelPath("manifest.json")
VERSIONS = ("0.1", "0.2", "0.3", "0.4")
"""Known values of ``manifest_version``; 0.3 is current, 0.4 experimental (MANIFEST.md, read 2025-12)."""
VERSION_KEYS = ("manifest_version", "dxt_version")
"""Where the version stands; the second is the older spelling, used when the first is missing."""
_POLLUTING_KEYS = frozenset({"__proto__", "constructor", "prototype"})
_MESSAGE_CHARS = 200


@dataclass(frozen=True, slots=True)
class BundleProblem:
    """Something wrong with a bundle manifest: where, as a pointer, and what."""

    pointer: Pointer
    message: str


@dataclass(frozen=True)
class BundleManifest:
    """A bundle manifest that has been read.

    Attributes:
        json: the text; ``json.value`` may be anything.
        version: the version whose schema was applied, or None.
        problems: everything that is wrong, in order of place.
    """

    json: JsonText
    version: str | None
    problems: tuple[BundleProblem, ...]

    @property
    def value(self) -> JsonObject:
        """The object; empty when there is none."""
        return self.json.value if isinstance(self.json.value, dict) else {}

    def text(self, *keys: str) -> str:
        """Return the text at ``keys``, empty when there is none."""
        value: JsonValue = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    def describe(self) -> tuple[str, ...]:
        """Return one line for each problem: line, pointer, message."""
        return tuple(self._line(problem) for problem in self.problems)

    def _line(self, problem: BundleProblem) -> str:
        if not problem.pointer:
            return problem.message
        line, _ = jsontext.locate(self.json.text, problem.pointer)
        return f"line {line}: {jsontext.pointer_text(problem.pointer)}: {problem.message}"


def read_bundle_manifest(data: bytes) -> BundleManifest:
    """Read a bundle manifest; total: any bytes give a value."""
    text = jsontext.read(data)
    problems = [BundleProblem((), _place(flaw.line) + flaw.message) for flaw in text.problems]
    if not text.is_readable:
        return BundleManifest(text, None, tuple(problems))
    if not isinstance(text.value, dict):
        return BundleManifest(text, None, (*problems, BundleProblem((), "the bundle manifest is no JSON object")))
    problems += [
        BundleProblem(pointer, "a key that JavaScript gives a meaning") for pointer in polluting_keys(text.value)
    ]
    version, trouble = _pick_version(text.value)
    found = [trouble] if trouble else list(_violations(text.value, version))
    return BundleManifest(text, version or None, (*problems, *found))


def _place(line: int) -> str:
    return f"line {line}: " if line else ""


def _pick_version(value: JsonObject) -> tuple[str, BundleProblem | None]:
    key = next((key for key in VERSION_KEYS if key in value), None)
    if key is None:
        return "", BundleProblem((), f"manifest_version is missing; known: {', '.join(VERSIONS)}")
    version = value[key]
    if not isinstance(version, str) or version not in VERSIONS:
        found = str(version)[:_MESSAGE_CHARS]
        return "", BundleProblem(
            (key,), f"{found!r} is no version of the format; known, as texts: {', '.join(VERSIONS)}"
        )
    return version, None


def polluting_keys(value: JsonValue, pointer: Pointer = ()) -> Iterator[Pointer]:
    """C28: keys that change the prototype of an object in careless readers; depth is bounded by ``jsontext``."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _POLLUTING_KEYS:
                yield (*pointer, key)
            yield from polluting_keys(item, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from polluting_keys(item, (*pointer, index))


def _violations(value: JsonObject, version: str) -> Iterator[BundleProblem]:
    found = violations(value, _schema(version))
    for violation in sorted(found, key=lambda violation: [str(step) for step in violation.pointer]):
        yield BundleProblem(violation.pointer, _message(violation))


def _message(violation: Violation) -> str:
    """Return a short text; values from the file are cut, since they may be of any length."""
    value = str(violation.value)[:_MESSAGE_CHARS]
    if violation.keyword == "type":
        return f"{value!r} is not of type {violation.asked}"
    if violation.keyword in {"pattern", "enum", "const", "anyOf"}:
        several = violation.keyword == "anyOf"
        expected = "a text, number, boolean or list of texts" if several else violation.asked
        return f"{value!r} is not allowed; expected: {expected}"
    return violation.message[:1].lower() + violation.message[1:_MESSAGE_CHARS]


@cache
def _schema(version: str) -> JsonValue:
    name = f"bundle-manifest-{version}.json"
    return jsontext.read_strict(Path(__file__).with_name("schemas").joinpath(name).read_bytes(), path=name)
