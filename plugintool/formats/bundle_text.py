"""The text of a bundle manifest as a strict container asks for it (C28, C29 of docs/reference/archives.md).

This is about what a hostile text can do to whoever reads it: be two things to two readers, lead out of the bundle, or
change the screen it is shown on. Whether the fields are what the format asks is judged by ``bundle_manifest``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from plugintool import jsontext
from plugintool.errors import UnsafePathError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, VERSION_KEYS, VERSIONS, polluting_keys
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.relpath import RelPath
from plugintool.tree.zip_breach import Breach

_EACH = "*"
_LABELS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("display_name",),
    ("version",),
    ("author", "name"),
    ("license",),
    ("keywords", _EACH),
    ("tools", _EACH, "name"),
    ("prompts", _EACH, "name"),
    ("user_config", _EACH, "title"),
)
"""Where texts of one line stand that an app shows."""
_PROSE: tuple[tuple[str, ...], ...] = (
    ("description",),
    ("long_description",),
    ("tools", _EACH, "description"),
    ("prompts", _EACH, "description"),
    ("prompts", _EACH, "text"),
    ("user_config", _EACH, "description"),
)
"""Where texts of several lines stand."""
_HIDING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ODD_IN_LABEL = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_HIDING}]")
_ODD_IN_PROSE = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_HIDING}]")
_FILES: tuple[tuple[str, ...], ...] = (("server", "entry_point"), ("icon",), ("icons", _EACH, "src"))
_NAME_SEGMENTS_MAX = 2
"""``@scope/name`` and ``owner/name`` are in use; the name is never used as a path as it stands."""
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class TextBreach:
    """One broken rule, C28 or C29: where in the manifest, as a pointer or a line from 1 (0 = unknown), and what."""

    rule: str
    pointer: Pointer
    message: str
    line: int = 0

    def as_breach(self) -> Breach:
        """Return it as a broken rule of the container."""
        place = jsontext.pointer_text(self.pointer) or (f"line {self.line}" if self.line else "")
        return Breach(self.rule, f"{place}: {self.message}" if place else self.message, BUNDLE_MANIFEST)


@dataclass(frozen=True)
class BundleManifestText:
    """A bundle manifest: its object, empty when there is none, and all that breaks C28 or C29."""

    value: JsonObject
    breaches: tuple[TextBreach, ...] = ()

    def text(self, *keys: str) -> str:
        """Return the text at ``keys``, empty when there is none."""
        return next((value for _, value in _select(self.value, keys) if isinstance(value, str)), "")


def read_bundle_text(data: bytes, files: Collection[str]) -> BundleManifestText:
    """Read a bundle manifest; total: any bytes give a value.

    Args:
        data: the file, or its first ``limits.TEXT_BYTES`` + 1 bytes.
        files: the paths of all files of the bundle.
    """
    text = jsontext.read(data)
    breaches = [TextBreach("C28", (), problem.message, problem.line) for problem in text.problems]
    if not isinstance(text.value, dict):
        if text.is_readable:
            breaches.append(TextBreach("C28", (), "the bundle manifest is no JSON object"))
        return BundleManifestText({}, tuple(breaches))
    breaches += [
        TextBreach("C28", pointer, "a key that JavaScript gives a meaning") for pointer in polluting_keys(text.value)
    ]
    return BundleManifestText(text.value, (*breaches, *_judge(text.value, files)))


def require_bundle_text(data: bytes, files: Collection[str]) -> BundleManifestText:
    """Read a bundle manifest in which nothing may be wrong.

    Raises:
        ArchiveError: C28 or C29; ``problems`` names all.
    """
    found = read_bundle_text(data, files)
    if found.breaches:
        error = found.breaches[0].as_breach().as_error()
        error.detail["problems"] = tuple(breach.as_breach().text for breach in found.breaches)
        raise error
    return found


def require_identity(data: bytes, files: Collection[str]) -> tuple[str, str]:
    """Return name and version of a bundle manifest in which nothing may be wrong.

    Raises:
        ArchiveError: C28 or C29; ``problems`` names all.
    """
    found = require_bundle_text(data, files)
    return found.text("name"), found.text("version")


def _judge(value: JsonObject, files: Collection[str]) -> Iterator[TextBreach]:
    """C29."""
    yield from _judge_version(value)
    yield from _judge_segments(value, "name", _NAME_SEGMENTS_MAX)
    yield from _judge_segments(value, "version", 1)
    if not any(_select(value, _FILES[0])):
        yield TextBreach("C29", _FILES[0], "it is missing")
    for keys in _FILES:
        for pointer, name in _select(value, keys):
            if problem := _file_problem(name, files):
                yield TextBreach("C29", pointer, problem)
    for places, odd in ((_LABELS, _ODD_IN_LABEL), (_PROSE, _ODD_IN_PROSE)):
        for keys in places:
            for pointer, text in _select(value, keys):
                if isinstance(text, str) and (match := odd.search(text)):
                    message = f"the text holds U+{ord(match[0]):04X}, which changes how it is shown"
                    yield TextBreach("C29", pointer, message)


def _judge_version(value: JsonObject) -> Iterator[TextBreach]:
    found = [key for key in VERSION_KEYS if key in value]
    known = ", ".join(VERSIONS)
    if not found:
        yield TextBreach("C29", (VERSION_KEYS[0],), f"it is missing; known: {known}")
    for key in found:
        if value[key] not in VERSIONS:
            message = f"{_shown(value[key])} is no version of the format; known, as texts: {known}"
            yield TextBreach("C29", (key,), message)


def _judge_segments(value: JsonObject, key: str, count: int) -> Iterator[TextBreach]:
    """A text that apps make a directory of."""
    text = value.get(key)
    try:
        if isinstance(text, str) and len(RelPath(text).segments) <= count:
            return
        message = f"{_shown(text)} is not {'one safe name' if count == 1 else 'one or two safe names'}"
    except UnsafePathError as error:
        message = f"{_shown(text)} is no safe name ({_reason(error)})"
    yield TextBreach("C29", (key,), message)


def _file_problem(name: JsonValue, files: Collection[str]) -> str:
    """What is wrong with the name of a file; one leading ``./`` is common, and hosts understand it."""
    if not isinstance(name, str):
        return f"{_shown(name)} is no text"
    try:
        path = RelPath(name.removeprefix("./"))
    except UnsafePathError as error:
        return f"{_shown(name)} is no path inside the bundle ({_reason(error)})"
    return "" if path in files else f"{_shown(name)} is not a file of the bundle"


def _select(value: JsonValue, keys: tuple[str, ...], pointer: Pointer = ()) -> Iterator[tuple[Pointer, JsonValue]]:
    """Yield the values at ``keys``, of which ``*`` means each item of a list or object, with their places."""
    if not keys:
        yield pointer, value
    elif isinstance(value, dict):
        for key in value if keys[0] == _EACH else [keys[0]]:
            if key in value:
                yield from _select(value[key], keys[1:], (*pointer, key))
    elif isinstance(value, list) and keys[0] == _EACH:
        for index, item in enumerate(value):
            yield from _select(item, keys[1:], (*pointer, index))


def _reason(error: UnsafePathError) -> str:
    return error.message.removeprefix("unsafe path: ")


def _shown(value: JsonValue) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
