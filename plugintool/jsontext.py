"""JSON texts: bytes in, values and problems out; canonical bytes out; positions when a finding is drawn.

Two readers share one parser. ``read`` is for foreign files: it returns whatever value the bytes give, together with
every problem, so that lint can judge. ``read_strict`` is for our own documents and for everything that decides about
trust: any problem is an error. The canonical form is the subset of RFC 8785 that needs no floating-point numbers.
"""

from __future__ import annotations

import bisect
import json
import math
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, NoReturn, TypeAlias

from plugintool import limits
from plugintool.digest import sha256
from plugintool.errors import Detail, MalformedFileError
from plugintool.frozen import dataclass
from plugintool.pattern import pattern

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]
Pointer: TypeAlias = "tuple[str | int, ...]"
"""Keys and indexes from the root to a value."""

_ENCODER = json.JSONEncoder(ensure_ascii=False)
_BOM = b"\xef\xbb\xbf"
_STRING_OR_BRACKET = pattern(r'"[^"]*"?|[\[\]{}]')
"""For texts without escaped quotes: a repeated alternative would cost memory for every character of a string."""
_BLANKS = pattern(r"[ \t\r\n]*")
_ESCAPED_ODDITY = pattern(r"\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})")
_ODDITY = pattern("[\0\ud800-\udfff]")
_TOKEN = pattern(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]|[^\s"{}\[\],:]++')
"""A text, a bracket or an atom; possessive, so that a long text costs no memory. Only used to place a flaw."""
_CONTAINERS_KEPT = 8
"""So many objects and lists are kept with the places in them, since findings on one file come one after another."""
_SHOWN_CHARACTERS = 80
"""So much of a foreign key is repeated in a message."""


class Flaw(StrEnum):
    """What can be wrong with a JSON text."""

    SYNTAX = "syntax"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    BOM = "bom"
    ENCODING = "encoding"
    DUPLICATE_KEY = "duplicate-key"
    ODD_CHARACTER = "odd-character"


FATAL = frozenset({Flaw.SYNTAX, Flaw.TOO_LARGE, Flaw.TOO_DEEP})
"""Flaws after which there is no value."""


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """One flaw: its kind, what it is in words, and where (from 1; 0 = unknown)."""

    flaw: Flaw
    message: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class JsonText:
    """A JSON text that has been read; ``value`` is None when a flaw is fatal."""

    value: JsonValue
    text: str
    problems: tuple[JsonProblem, ...]

    @property
    def is_readable(self) -> bool:
        """Whether there is a value."""
        return not any(problem.flaw in FATAL for problem in self.problems)


def read(data: bytes, *, max_bytes: int = limits.TEXT_BYTES) -> JsonText:
    """Read a foreign JSON text; total: any bytes give a ``JsonText``.

    Invalid UTF-8 is replaced, a BOM dropped and the last of duplicate keys kept, as the genuine client does; each is
    a problem.
    """
    if len(data) > max_bytes:
        found = JsonProblem(Flaw.TOO_LARGE, f"{len(data)} bytes, more than {max_bytes}")
        return JsonText(None, "", (found,))
    text, problems = _decode(data)
    deep = _depth_problem(text)
    if deep is not None:
        return JsonText(None, text, (*problems, deep))
    try:
        value, is_unique = _parse(text)
    except json.JSONDecodeError as error:
        syntax = JsonProblem(Flaw.SYNTAX, _reworded(error.msg), error.lineno, error.colno)
        return JsonText(None, text, (*problems, syntax))
    except ValueError as error:
        return JsonText(None, text, (*problems, JsonProblem(Flaw.SYNTAX, str(error), *_place_of_number(text))))
    duplicates = () if is_unique else _duplicates(text)
    return JsonText(value, text, (*problems, *duplicates, *_odd_characters(text, value)))


def read_strict(data: bytes, *, path: str, max_bytes: int = limits.TEXT_BYTES) -> JsonValue:
    """Read a JSON text in which nothing may be wrong.

    Raises:
        MalformedFileError: with the first flaw's line and column where they are known, and all flaws in ``problems``.
    """
    result = read(data, max_bytes=max_bytes)
    if not result.problems:
        return result.value
    first = result.problems[0]
    detail: Detail = {"path": path, "problems": tuple(problem.message for problem in result.problems)}
    if first.line:
        detail |= {"line": first.line, "column": first.column}
    raise MalformedFileError(f"not a valid JSON text: {first.message}", **detail)


def canonical(value: JsonValue) -> bytes:
    """Return the canonical form of a value of texts, integers, booleans, null, lists and objects (RFC 8785 subset).

    Keys are sorted by their UTF-16 code units, as the RFC asks.

    Raises:
        ValueError: a floating-point number, an integer beyond 2^53 - 1, or half a surrogate pair.
    """
    return _canonical(value).encode()


def pretty(value: JsonValue) -> bytes:
    """Return the form for files that people read: two blanks of indent, keys in the order given, one final newline.

    Raises:
        ValueError: NaN or an infinity, which JSON has not, or half a surrogate pair, which UTF-8 has not.
    """
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def sealed(value: JsonValue) -> bytes:
    """Return a compact form that begins with a digest of the rest, for files that are ours alone.

    Raises:
        ValueError: half a surrogate pair, which UTF-8 has not.
    """
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{sha256(body)}\n".encode() + body


def unsealed(data: bytes) -> JsonValue:
    """Read what ``sealed`` wrote, without looking for the flaws that it cannot have.

    Raises:
        ValueError: the digest is another one, or the text is no JSON.
    """
    said, _, body = data.partition(b"\n")
    if said != sha256(body).encode():
        raise ValueError("the digest is another one")
    try:
        value: JsonValue = json.JSONDecoder().decode(body.decode())
    except RecursionError as error:  # not written by ``sealed``
        raise ValueError("nested too deep") from error
    return value


def pointer_text(pointer: Pointer) -> str:
    """Return the RFC 6901 form of ``pointer``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


def locate(text: str, pointer: Pointer) -> tuple[int, int]:
    """Return line and column, from 1, of the value at ``pointer``; of its nearest parent when it is not there.

    For a member of an object the position is that of its key. ``text`` is one that ``read`` could read. Only called
    when a finding is drawn: it reads the text again.
    """
    shown_at = value_at = _skip_blanks(text, 0)
    for step in pointer:
        found = _step_into(text, value_at, step)
        if found is None:
            break
        shown_at, value_at = found
    return _place(text, shown_at)


def _place(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _decode(data: bytes) -> tuple[str, list[JsonProblem]]:
    problems = []
    if data.startswith(_BOM):
        problems.append(JsonProblem(Flaw.BOM, "the file begins with a byte order mark", 1, 1))
        data = data[len(_BOM) :]
    try:
        return data.decode(), problems
    except UnicodeDecodeError as error:
        sound = data[: error.start].decode()
        line, column = _place(sound, len(sound))
        problems.append(JsonProblem(Flaw.ENCODING, "the file is not valid UTF-8", line, column))
        return data.decode(errors="replace"), problems


def _depth_problem(text: str) -> JsonProblem | None:
    """Look for nesting that is too deep, without recursion: strings are skipped, brackets counted."""
    if text.count("[") + text.count("{") <= limits.JSON_DEPTH:
        return None
    depth = 0
    without_escapes = text.replace("\\\\", "--").replace('\\"', "--")  # same length: positions stay
    for match in _STRING_OR_BRACKET.finditer(without_escapes):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > limits.JSON_DEPTH:
            return JsonProblem(
                Flaw.TOO_DEEP, f"nested deeper than {limits.JSON_DEPTH} levels", *_place(text, match.start())
            )
    return None


def _parse(text: str) -> tuple[JsonValue, bool]:
    """Return the value, and whether all keys of each object differ."""
    is_unique = True

    def keep_last(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal is_unique
        result = dict(pairs)
        is_unique = is_unique and len(result) == len(pairs)
        return result

    value = json.JSONDecoder(
        object_pairs_hook=keep_last,
        parse_constant=_no_constant,
        parse_int=_bounded_int,
        parse_float=_bounded_float,
    ).decode(text)
    return value, is_unique


def _duplicates(text: str) -> Iterator[JsonProblem]:
    """Yield one problem for each repeated key of each object, placed at its last occurrence, which wins."""
    breaks = [-1, *(found.start() for found in re.finditer("\n", text))]  # there may be very many problems
    for found in _keys_of_objects(text):
        for key, places in found.items():
            if len(places) > 1:
                message = f"the key {_shown(key)} stands {len(places)} times; the last one wins"
                line = bisect.bisect_left(breaks, places[-1])
                yield JsonProblem(Flaw.DUPLICATE_KEY, message, line, places[-1] - breaks[line - 1])


def _keys_of_objects(text: str) -> Iterator[dict[str, list[int]]]:
    """Yield the keys of each object with the positions of all their occurrences, inner objects first."""
    open_brackets: list[dict[str, list[int]]] = []
    for token in _TOKEN.finditer(text):
        if token[0] in {"{", "["}:
            open_brackets.append({})
        elif token[0] in {"}", "]"}:
            yield open_brackets.pop()
        elif token[0].startswith('"') and text.startswith(":", _skip_blanks(text, token.end())):
            open_brackets[-1].setdefault(_decoded(token[0]), []).append(token.start())


def _place_of_number(text: str) -> tuple[int, int]:
    """Return line and column of the first number that the reader refuses."""
    for token in _TOKEN.finditer(text):
        if token[0].startswith(("-", "N", "I", *"0123456789")):
            try:
                _parse(token[0])
            except ValueError:
                return _place(text, token.start())
    return 0, 0


def _decoded(text: str) -> str:
    decoded: str = json.JSONDecoder().decode(text)
    return decoded


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _bounded_int(digits: str) -> int:
    if len(digits) > limits.NUMBER_DIGITS:
        raise ValueError(f"a number has more than {limits.NUMBER_DIGITS} digits")
    return int(digits)


def _bounded_float(digits: str) -> float:
    if len(digits) > limits.NUMBER_DIGITS:
        raise ValueError(f"a number has more than {limits.NUMBER_DIGITS} digits")
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{_shown(digits)} is larger than any JSON number that readers can keep")
    return number


def _odd_characters(text: str, value: JsonValue) -> list[JsonProblem]:
    """Lone surrogates and NUL, which only an escape can bring in."""
    if not _ESCAPED_ODDITY.search(text) or not _is_odd(value):
        return []
    texts = (token for token in _TOKEN.finditer(text) if token[0].startswith('"'))
    place = next((_place(text, token.start()) for token in texts if _is_odd(_decoded(token[0]))), (0, 0))
    return [JsonProblem(Flaw.ODD_CHARACTER, "a text holds NUL or half a surrogate pair", *place)]


def _is_odd(value: JsonValue) -> bool:
    if isinstance(value, str):
        return _ODDITY.search(value) is not None
    if isinstance(value, dict):
        return any(_is_odd(key) or _is_odd(item) for key, item in value.items())
    return isinstance(value, list) and any(_is_odd(item) for item in value)


def _canonical(value: JsonValue) -> str:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_quoted(key)}:{_canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > limits.SEQUENCE_MAX):
        raise ValueError(f"{value} has no canonical form")
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return _ENCODER.encode(text)


def _reworded(message: str) -> str:
    """Return a message of Python's reader in our style; its position is told apart from it."""
    message = message.rstrip(": ").removesuffix(" at").removesuffix(" starting")
    return message[:1].lower() + message[1:]


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "...")


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _step_into(text: str, position: int, step: str | int) -> tuple[int, int] | None:
    """Return (position of the key or item, position of the value) of one child; the last of equal keys."""
    opening = text[position : position + 1]
    if opening == "{" and isinstance(step, str):
        return _find_member(text, position, step)
    if opening == "[" and isinstance(step, int):
        return _find_item(text, position, step)
    return None


def _find_member(text: str, position: int, step: str) -> tuple[int, int] | None:
    return _members(text, position).get(step)


@lru_cache(maxsize=_CONTAINERS_KEPT)
def _members(text: str, position: int) -> Mapping[str, tuple[int, int]]:
    """Return where the key and the value of each member of an object begin; the last of equal keys."""
    decoder, found = json.JSONDecoder(), {}
    position = _skip_blanks(text, position + 1)
    while text[position : position + 1] == '"':
        key, after = decoder.raw_decode(text, position)
        value_at = _skip_blanks(text, _skip_blanks(text, after) + 1)
        found[key] = (position, value_at)
        position = _skip_comma(text, decoder.raw_decode(text, value_at)[1])
    return found


def _find_item(text: str, position: int, step: int) -> tuple[int, int] | None:
    items = _items(text, position)
    return (items[step], items[step]) if 0 <= step < len(items) else None


@lru_cache(maxsize=_CONTAINERS_KEPT)
def _items(text: str, position: int) -> tuple[int, ...]:
    """Return where each item of a list begins."""
    decoder, found = json.JSONDecoder(), []
    position = _skip_blanks(text, position + 1)
    while position < len(text) and text[position] != "]":
        found.append(position)
        position = _skip_comma(text, decoder.raw_decode(text, position)[1])
    return tuple(found)


def _skip_comma(text: str, position: int) -> int:
    position = _skip_blanks(text, position)
    return _skip_blanks(text, position + 1) if text[position : position + 1] == "," else position
