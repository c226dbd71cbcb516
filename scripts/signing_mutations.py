"""Mutations of what signing reads: of DER as a tree of elements, of JSON as values and as text.

The same generator of chance gives the same mutants. Most mutants keep the lengths around a change right, so that the
change is met where it is and not at the first byte.
"""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

Json = Any
_CONSTRUCTED: Final = 0x20
_TAGS: Final = (
    0x01,
    0x02,
    0x03,
    0x04,
    0x05,
    0x06,
    0x0A,
    0x0C,
    0x13,
    0x17,
    0x18,
    0x1F,
    0x30,
    0x31,
    0x80,
    0xA0,
    0xA1,
    0xA3,
)
_DEPTH_MAX: Final = 24


@dataclass
class Element:
    """One DER element to change; ``lie`` is written in the place of its length when it is there."""

    tag: int
    parts: list[Element] | None
    body: bytes = b""
    lie: bytes | None = None

    def encoded(self) -> bytes:
        """Return its bytes."""
        body = self.body if self.parts is None else b"".join(part.encoded() for part in self.parts)
        return bytes([self.tag]) + (_length(len(body)) if self.lie is None else self.lie) + body


def _length(size: int) -> bytes:
    if size < 0x80:  # noqa: PLR2004 - the short form
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def parse(data: bytes, depth: int = 0) -> list[Element] | None:
    """Return the elements that ``data`` consists of, None when it does not."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data) or depth > _DEPTH_MAX:
            return None
        tag, size, start = data[at], data[at + 1], at + 2
        if size >= 0x80:  # noqa: PLR2004
            count = size & 0x7F
            size, start = int.from_bytes(data[start : start + count], "big"), start + count
        body = data[start : start + size]
        if len(body) != size:
            return None
        parts = parse(body, depth + 1) if tag & _CONSTRUCTED or (tag == 0x04 and body[:1] == b"\x30") else None  # noqa: PLR2004
        found.append(Element(tag, parts, body))
        at = start + size
    return found


def _all(elements: Sequence[Element]) -> Iterator[Element]:
    for element in elements:
        yield element
        yield from _all(element.parts or ())


def mutate_der(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return a mutant of DER; pieces of ``others`` may turn up in it."""
    if chance.random() < 0.15:  # noqa: PLR2004
        return mutate_bytes(chance, data)
    tree = parse(data) or [Element(0x04, None, data)]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(_DER_CHANGES)(chance, tree, others)
    return b"".join(element.encoded() for element in tree)


DerChange = Callable[[random.Random, list[Element], Sequence[bytes]], None]


def _any_element(chance: random.Random, tree: list[Element]) -> Element:
    """Return one of them; where the last one has been taken out, a new one."""
    if not tree:
        tree.append(Element(0x05, None))
    return chance.choice(list(_all(tree)))


def _any_list(chance: random.Random, tree: list[Element]) -> list[Element]:
    _any_element(chance, tree)
    lists = [element.parts for element in _all(tree) if element.parts]
    return chance.choice(lists) if lists else tree


def _retag(chance: random.Random, tree: list[Element], _: Sequence[bytes]) -> None:
    _any_element(chance, tree).tag = chance.choice(_TAGS)


def _lie(chance: random.Random, tree: list[Element], _: Sequence[bytes]) -> None:
    element = _any_element(chance, tree)
    size = len(element.body)
    lies = (size + 1, max(size - 1, 0), 0, 0x7F, 0xFFFF, 0xFFFFFFFF)
    element.lie = chance.choice(
        [
            _length(chance.choice(lies)),
            b"\x80",
            b"\x81" + bytes([size & 0xFF]),
            b"\x84" + size.to_bytes(4, "big"),
            b"\xff",
        ]
    )


def _duplicate(chance: random.Random, tree: list[Element], _: Sequence[bytes]) -> None:
    parts = _any_list(chance, tree)
    parts.insert(chance.randint(0, len(parts)), copy.deepcopy(chance.choice(parts)))


def _remove(chance: random.Random, tree: list[Element], _: Sequence[bytes]) -> None:
    parts = _any_list(chance, tree)
    del parts[chance.randrange(len(parts))]


def _swap(chance: random.Random, tree: list[Element], _: Sequence[bytes]) -> None:
    parts = _any_list(chance, tree)
    chance.shuffle(parts)


def _splice(chance: random.Random, tree: list[Element], others: Sequence[bytes]) -> None:
    foreign = parse(chance.choice(others)) if others else None
    if not foreign:
        return
    parts = _any_list(chance, tree)
    piece = copy.deepcopy(_any_element(chance, foreign))
    if chance.random() < 0.5:  # noqa: PLR2004
        parts[chance.randrange(len(parts))] = piece
    else:
        parts.insert(chance.randint(0, len(parts)), piece)


def _rewrite(chance: random.Random, tree: list[Element], _: Sequence[bytes]) -> None:
    leaves = [element for element in _all(tree) if element.parts is None]
    if leaves:
        element = chance.choice(leaves)
        element.body = mutate_bytes(chance, element.body)


def _nest(chance: random.Random, tree: list[Element], _: Sequence[bytes]) -> None:
    element = _any_element(chance, tree)
    data, tag = element.encoded(), chance.choice((0x30, 0x31, 0xA0))
    for _level in range(chance.choice((1, 2, 200))):
        data = bytes([tag]) + _length(len(data)) + data
    element.tag, element.parts, element.lie, element.body = tag, None, None, data


_DER_CHANGES: Final[tuple[DerChange, ...]] = (
    _retag,
    _lie,
    _duplicate,
    _remove,
    _swap,
    _splice,
    _rewrite,
    _rewrite,
    _nest,
)


def mutate_bytes(chance: random.Random, data: bytes) -> bytes:
    """Return bytes with a few changed, put in, or cut out."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        place, kind = chance.randint(0, len(changed)), chance.randrange(5)
        if kind == 0 and place < len(changed):
            changed[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[place:place] = chance.randbytes(chance.choice((1, 2, 40)))
        elif kind == 2:  # noqa: PLR2004
            del changed[place : place + chance.choice((1, 2, 40))]
        elif kind == 3:  # noqa: PLR2004
            del changed[place:]
        elif place < len(changed):
            changed[place] = chance.choice((0, 0x7F, 0x80, 0xFF))
    return bytes(changed)


# -- JSON --------------------------------------------------------------------------------------------------------

_VALUES: Final[tuple[Json, ...]] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    2**53,
    10**400,
    "",
    "*",
    "a" * 300,
    "\ud800",
    "\u202e",
    "__proto__",
    [],
    {},
    [[]],
    {"": 0},
)


def mutate_json(chance: random.Random, data: bytes) -> bytes:
    """Return a mutant of a JSON text."""
    if chance.random() < 0.2:  # noqa: PLR2004
        return _mutate_text(chance, data)
    try:
        value = json.loads(data)
    except ValueError:
        return mutate_bytes(chance, data)
    for _ in range(chance.choice((1, 1, 1, 2))):
        value = _change_value(chance, value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=chance.random() < 0.5)  # noqa: PLR2004
    return text.encode(errors="surrogatepass")


def _mutate_text(chance: random.Random, data: bytes) -> bytes:
    kind = chance.randrange(6)
    if kind == 0:
        return b"\xef\xbb\xbf" + data
    if kind == 1:
        return data.replace(b"{", b'{"mediaType":1,', chance.choice((1, -1)))
    if kind == 2:  # noqa: PLR2004
        return b"[" * chance.choice((10, 100_000)) + data
    if kind == 3:  # noqa: PLR2004
        return data.replace(b":", b" :\n", chance.randint(1, 5))
    if kind == 4:  # noqa: PLR2004
        return data + chance.choice((b" ", b"\0", b"{}", b"NaN"))
    return mutate_bytes(chance, data)


def _change_value(chance: random.Random, value: Json) -> Json:
    """Change one value somewhere inside."""
    if isinstance(value, dict) and value and chance.random() < 0.9:  # noqa: PLR2004
        key = chance.choice(list(value))
        kind = chance.randrange(10)
        if kind == 0:
            del value[key]
        elif kind == 1:
            value[chance.choice(("x", key + " ", key.upper(), "keyid", "tlogEntries"))] = value[key]
        else:
            value[key] = _change_value(chance, value[key])
        return value
    if isinstance(value, list) and value and chance.random() < 0.9:  # noqa: PLR2004
        place = chance.randrange(len(value))
        kind = chance.randrange(6)
        if kind == 0:
            del value[place]
        elif kind == 1:
            value.extend([value[place]] * chance.choice((1, 2, 20)))
        else:
            value[place] = _change_value(chance, value[place])
        return value
    if isinstance(value, str) and chance.random() < 0.7:  # noqa: PLR2004
        return _change_text(chance, value)
    if isinstance(value, int) and chance.random() < 0.5:  # noqa: PLR2004
        return value + chance.choice((-1, 1, 2**53, -(2**53)))
    return copy.deepcopy(chance.choice(_VALUES))


def _change_text(chance: random.Random, value: str) -> str:
    """Change a text, also one that is base64: its padding, its alphabet, and what it stands for."""
    kind = chance.randrange(7)
    if kind == 0:
        return value.rstrip("=") if value.endswith("=") else value + "="
    if kind == 1:
        return value.replace("+", "-").replace("/", "_")
    if kind == 2:  # noqa: PLR2004
        place = chance.randint(0, len(value))
        return value[:place] + chance.choice(("\n", " ", "\0", "\u200b", "A")) + value[place:]
    if kind == 3 and value:  # noqa: PLR2004
        place = chance.randrange(len(value))
        return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
    if kind == 4:  # noqa: PLR2004
        return value.swapcase()
    try:
        decoded = base64.b64decode(value, validate=True)
    except ValueError:
        return value[: chance.randint(0, len(value))]
    changed = mutate_der(chance, decoded, ()) if decoded[:1] == b"\x30" else mutate_bytes(chance, decoded)
    return base64.b64encode(changed).decode()
