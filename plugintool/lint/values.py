"""What rules ask of single values: kinds of JSON value, addresses, near misses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from plugintool.jsontext import JsonValue
from plugintool.pattern import pattern

Test = Callable[[JsonValue], bool]

_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOSTED = frozenset({"http", "https", "ws", "wss", "ftp"})
"""Schemes that need a host (https://url.spec.whatwg.org, special schemes)."""
_BAD_HOST = pattern(r"[\s<>^|%\"`{}\\]")
_HOST = pattern(r"(?:\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{0,20})?\Z")
_EMPTY_PUNYCODE = pattern(r"(?:\A|\.)xn--(?:\.|\Z)", re.IGNORECASE)
_PORT_MAX = 65535
_LOOPBACK = pattern(r"(?:localhost|.*\.localhost|127\.0\.0\.1|::1)\Z", re.IGNORECASE)
"""What the genuine client takes for this machine."""
_VARIABLE = pattern(r"\$\{[^}]*\}")
SEMANTIC = pattern(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?\Z")
"""A semantic version (https://semver.org)."""
_NEARLY_SEMANTIC = pattern(r"[vV]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?([+-][0-9A-Za-z.+-]+)?\Z")
_CLOSE = 2
"""Edits up to which a word counts as a misspelling, as in the genuine client."""


def kind_of(value: object) -> str:
    """Return the JSON name of a value's kind, for messages."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")


def is_text(value: JsonValue) -> bool:
    """Whether it is a text."""
    return isinstance(value, str)


def is_filled(value: JsonValue) -> bool:
    """Whether it is a text that is not empty."""
    return isinstance(value, str) and value != ""


def is_flag(value: JsonValue) -> bool:
    """Whether it is a boolean."""
    return isinstance(value, bool)


def is_object(value: JsonValue) -> bool:
    """Whether it is an object."""
    return isinstance(value, dict)


def is_number(value: JsonValue) -> bool:
    """Whether it is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_positive(value: JsonValue) -> bool:
    """Whether it is a number above 0."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def is_whole(value: JsonValue) -> bool:
    """Whether it is a number without fraction; ``5.0`` is one, as in JavaScript."""
    return is_number(value) and float(value).is_integer()  # type: ignore[arg-type]


def is_text_list(value: JsonValue) -> bool:
    """Whether it is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def is_text_map(value: JsonValue) -> bool:
    """Whether it is an object whose values are texts."""
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def one_of(*allowed: str) -> Test:
    """Return a test for one of some texts."""
    return lambda value: isinstance(value, str) and value in allowed


def is_absolute_url(text: str) -> bool:
    """Whether a browser's ``new URL`` takes the text without a base."""
    text = text.strip("".join(map(chr, range(0x21))))
    found = _SCHEME.match(text)
    if found is None:
        return False
    scheme, rest = found[0][:-1].lower(), text[found.end() :]
    if scheme not in _HOSTED:
        return True
    host = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0].rpartition("@")[2]
    if not _HOST.match(host) or _BAD_HOST.search(host) or _EMPTY_PUNYCODE.search(host.partition(":")[0]):
        return False
    return int(host.rpartition("]")[2].partition(":")[2] or 0) <= _PORT_MAX


def has_variable(text: str) -> bool:
    """Whether an address holds ``${VAR}`` or ``${VAR:-default}``, so that nobody knows it before it is used."""
    return bool(_VARIABLE.search(text))


def is_loopback(url: str) -> bool:
    """Whether an address names this machine."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - costs more than most plugins, which name no address

    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return bool(_LOOPBACK.match(host))


def semantic(version: JsonValue) -> str | None:
    """Return the semantic version that ``v1.2`` or ``1`` means; None when it is another text."""
    found = _NEARLY_SEMANTIC.match(version) if isinstance(version, str) else None
    if found is None:
        return None
    numbers = ".".join(str(int(found[index] or 0)) for index in (1, 2, 3))
    meant = f"{numbers}{found[4] or ''}"
    return meant if SEMANTIC.match(meant) else None


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is at most two edits away, letter case apart; an empty text when there is none."""
    best, found = _CLOSE + 1, ""
    for other in known:
        if abs(len(other) - len(word)) <= _CLOSE:
            distance = _edits(word.lower(), other.lower())
            if distance < best and distance < len(other) - 1:
                best, found = distance, other
    return found


def sole_near(word: str, known: Iterable[str]) -> str:
    """Return the known word that ``nearest`` gives when no other is as near; else an empty text."""
    known = sorted(known)
    best = nearest(word, known)
    distance = _edits(word.lower(), best.lower())
    rivals = [other for other in known if other != best and abs(len(other) - len(word)) <= _CLOSE]
    return "" if any(_edits(word.lower(), other.lower()) <= distance for other in rivals) else best


def _edits(first: str, second: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(second) + 1))
    for index, char in enumerate(first, 1):
        previous, row[0] = row[0], index
        for column, other in enumerate(second, 1):
            previous, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, previous + (char != other))
    return row[-1]
