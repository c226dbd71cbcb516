"""The trust policy: which keys may sign which plugins, read from ``trust-policy.json``.

::

    {"version": 1,
     "policies": [{"name": "acme", "scope": ["acme-*"], "level": "enforce",
                   "publishers": [{"type": "key", "threshold": 1,
                                   "keys": [{"key_id": "<64 hex>", "public_key": "-----BEGIN PUBLIC KEY-----..."}]}],
                   "timestamp": "none", "crl": "off", "min_sequence": 0}],
     "revoked": {"keys": [], "digests": []}}

Exactly one policy holds for a plugin name: the one whose matching scope has the most literal characters; a tie is an
error. A publisher is satisfied by signatures of ``threshold`` distinct keys of its own; one satisfied publisher is
enough. Unknown members and unknown values are errors, because an administrator who wrote them expects something of
them. Every problem is reported with its line. Reference: docs/reference/trust-policy.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from plugintool import jsontext, limits
from plugintool.digest import Digest, parse_digest
from plugintool.errors import MalformedFileError, TrustPolicyError
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.verify import keys
from plugintool.verify.keys import PublicKey
from plugintool.verify.verified import Level

STEP = 6
FORMAT_VERSION = 1
PROBLEMS_SHOWN = 20
"""Problems that one error lists."""
_SCOPE = re.compile(r"[A-Za-z0-9._-]*\*?[A-Za-z0-9._-]*\Z")
_POLICY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}\Z")


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned key and where it stands in the trust policy."""

    key: PublicKey
    at: Pointer


@dataclass(frozen=True, slots=True)
class KeyPublisher:
    """Some keys, of which ``threshold`` distinct ones must have signed."""

    pins: tuple[Pin, ...]
    threshold: int
    at: Pointer


@dataclass(frozen=True, slots=True)
class Scope:
    """A pattern over plugin names: letters, digits and ``. _ -``, with at most one ``*`` for any run of characters."""

    pattern: str
    at: Pointer

    @property
    def literals(self) -> int:
        """The number of literal characters."""
        return len(self.pattern.replace("*", ""))

    def matches(self, name: str) -> bool:
        """Whether ``name`` is in the scope."""
        before, star, after = self.pattern.partition("*")
        if not star:
            return name == self.pattern
        return name.startswith(before) and name.endswith(after) and len(name) >= self.literals


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedPolicy:
    """What holds for the plugins of some scopes."""

    name: str
    scopes: tuple[Scope, ...]
    level: Level
    publishers: tuple[KeyPublisher, ...]
    min_sequence: int
    at: Pointer

    @property
    def pins(self) -> Iterator[Pin]:
        """The pins of all publishers."""
        return (pin for publisher in self.publishers for pin in publisher.pins)


@dataclass(frozen=True)
class TrustPolicy:
    """A trust policy that has been read; ``path`` and ``text`` are its file, for messages."""

    path: str
    text: str
    policies: tuple[ScopedPolicy, ...]
    revoked_keys: frozenset[Digest] = frozenset()
    revoked_digests: frozenset[Digest] = frozenset()

    @cached_property
    def pins(self) -> Mapping[Digest, Pin]:
        """All pins by key id, whatever their scope; the first place of a key that is pinned several times."""
        found: dict[Digest, Pin] = {}
        for policy in self.policies:
            for pin in policy.pins:
                found.setdefault(pin.key.key_id, pin)
        return found

    def candidates(self, name: str) -> tuple[ScopedPolicy, ...]:
        """Return the policies with the longest scope that ``name`` is in: one, none, or several in a tie."""
        matching = [scope.literals for policy in self.policies for scope in policy.scopes if scope.matches(name)]
        longest = max(matching, default=-1)
        return tuple(
            policy
            for policy in self.policies
            if any(scope.matches(name) and scope.literals == longest for scope in policy.scopes)
        )

    def line_of(self, at: Pointer) -> int:
        """Return the line of a member, from 1."""
        return jsontext.locate(self.text, at)[0]


def parse_trust_policy(data: bytes, *, path: str) -> TrustPolicy:
    """Read a trust policy; total: any bytes give a value or a ``TrustPolicyError``.

    Args:
        data: the file.
        path: how messages name it.

    Raises:
        TrustPolicyError: step 6; line and field of the first problem, and all problems.
    """
    try:
        value = jsontext.read_strict(data, path=path, max_bytes=limits.TRUST_POLICY_BYTES)
    except MalformedFileError as error:
        raise TrustPolicyError(f"the trust policy is {error.message}", step=STEP, **error.detail) from error
    reader = _Reader(data.decode(), path)
    policy = reader.trust_policy(value)
    reader.finish()
    return policy


class _Reader:
    """Reads the members and collects problems; after a problem it goes on with a harmless value."""

    def __init__(self, document: str, path: str) -> None:
        self.document = document
        self.path = path
        self.problems: list[tuple[Pointer, str]] = []

    def finish(self) -> None:
        """Raise what was collected."""
        if not self.problems:
            return
        located = [
            (*jsontext.locate(self.document, pointer), pointer, message)
            for pointer, message in self.problems[:PROBLEMS_SHOWN]
        ]
        line, column, pointer, message = located[0]
        raise TrustPolicyError(
            f"the trust policy cannot be used: {message}",
            step=STEP,
            path=self.path,
            line=line,
            column=column,
            field=jsontext.pointer_text(pointer),
            problems=tuple(
                f"line {row}: {jsontext.pointer_text(where) or '/'}: {what}" for row, _, where, what in located
            ),
            hint="see docs/reference/trust-policy.md",
        )

    def trust_policy(self, value: JsonValue) -> TrustPolicy:
        """Read the whole document."""
        top = self.members(value, (), {"version", "policies"}, {"revoked"})
        self.constant(top, (), "version", FORMAT_VERSION)
        items = self.items(top.get("policies", []), ("policies",))
        policies = tuple(self.scoped_policy(item, ("policies", index)) for index, item in enumerate(items))
        self.unique([policy.name for policy in policies], ("policies",), "name")
        self.unique([scope.pattern for policy in policies for scope in policy.scopes], ("policies",), "scope")
        revoked = self.members(top.get("revoked", {}), ("revoked",), set(), {"keys", "digests"})
        return TrustPolicy(
            self.path,
            self.document,
            policies,
            self.digests(revoked.get("keys", []), ("revoked", "keys")),
            self.digests(revoked.get("digests", []), ("revoked", "digests")),
        )

    def scoped_policy(self, value: JsonValue, at: Pointer) -> ScopedPolicy:
        """Read one entry of ``policies``."""
        optional = {"level", "timestamp", "crl", "min_sequence"}
        entry = self.members(value, at, {"name", "scope", "publishers"}, optional)
        self.constant(entry, at, "timestamp", "none")
        self.constant(entry, at, "crl", "off")
        scopes = self.items(entry.get("scope", []), (*at, "scope"))
        publishers = self.items(entry.get("publishers", []), (*at, "publishers"))
        return ScopedPolicy(
            name=self.text(entry.get("name", "unnamed"), (*at, "name"), _POLICY_NAME),
            scopes=tuple(self.scope(item, (*at, "scope", index)) for index, item in enumerate(scopes)),
            level=self.level(entry.get("level", "enforce"), (*at, "level")),
            publishers=tuple(self.publisher(item, (*at, "publishers", i)) for i, item in enumerate(publishers)),
            min_sequence=self.integer(entry.get("min_sequence", 0), (*at, "min_sequence"), 0, limits.SEQUENCE_MAX),
            at=at,
        )

    def scope(self, value: JsonValue, at: Pointer) -> Scope:
        """Read one pattern."""
        pattern = self.text(value, at, _SCOPE)
        if not pattern:
            self.problem(at, "an empty scope matches no plugin; write * for all")
        return Scope(pattern, at)

    def level(self, value: JsonValue, at: Pointer) -> Level:
        """Read a level."""
        if value not in tuple(Level):
            self.problem(at, f"expected enforce or audit, found {_shown(value)}")
            return Level.ENFORCE
        return Level(str(value))

    def publisher(self, value: JsonValue, at: Pointer) -> KeyPublisher:
        """Read one publisher."""
        if isinstance(value, dict) and value.get("type", "key") != "key":
            self.problem((*at, "type"), f"expected key, the only type supported now, found {_shown(value['type'])}")
            return KeyPublisher((), 1, at)
        entry = self.members(value, at, {"type", "keys"}, {"threshold"})
        items = self.items(entry.get("keys", []), (*at, "keys"))
        read = [self.pin(item, (*at, "keys", index)) for index, item in enumerate(items)]
        pins = tuple(pin for pin in read if pin is not None)
        self.unique([pin.key.key_id for pin in pins], (*at, "keys"), "key")
        threshold = self.integer(entry.get("threshold", 1), (*at, "threshold"), 1, max(1, len(items)))
        return KeyPublisher(pins, threshold, at)

    def pin(self, value: JsonValue, at: Pointer) -> Pin | None:
        """Read one key; its id must be the digest of the key that stands beside it."""
        entry = self.members(value, at, {"key_id", "public_key"}, set())
        pem = entry.get("public_key")
        try:
            key = keys.parse_pem(pem if isinstance(pem, str) else "", path=self.path)
        except MalformedFileError as error:
            found = f", found {error.detail['found']}" if error.detail.get("found") else ""
            self.problem((*at, "public_key"), f"{error.message}{found}")
            return None
        if entry.get("key_id") != key.key_id:
            self.problem((*at, "key_id"), f"expected {key.key_id}, the id of this public key")
        return Pin(key, at)

    def digests(self, value: JsonValue, at: Pointer) -> frozenset[Digest]:
        """Read a list of SHA-256 digests, which may be empty."""
        if not isinstance(value, list):
            self.problem(at, f"expected a list, found {_shown(value)}")
            return frozenset()
        read = [parse_digest(item) for item in value]
        for index, item in enumerate(read):
            if item is None:
                self.problem((*at, index), f"expected 64 lower-case hexadecimal digits, found {_shown(value[index])}")
        return frozenset(item for item in read if item is not None)

    def members(self, value: JsonValue, at: Pointer, required: set[str], optional: set[str]) -> JsonObject:
        """Read an object and complain about missing and unknown members."""
        if not isinstance(value, dict):
            self.problem(at, f"expected an object, found {_shown(value)}")
            return {}
        for name in sorted(required - set(value)):
            self.problem(at, f"the member {name} is missing")
        for name in sorted(set(value) - required - optional):
            known = ", ".join(sorted(required | optional))
            self.problem((*at, name), f"an unknown member; known are {known}")
        return value

    def items(self, value: JsonValue, at: Pointer) -> list[JsonValue]:
        """Read a list that must not be empty."""
        if not isinstance(value, list) or not value:
            self.problem(at, f"expected a list of at least one item, found {_shown(value)}")
            return []
        return value

    def constant(self, entry: JsonObject, at: Pointer, name: str, expected: str | int) -> None:
        """Complain when a member is there and has another value than the only supported one."""
        value = entry.get(name, expected)
        if type(value) is not type(expected) or value != expected:
            self.problem((*at, name), f"expected {expected}, the only value supported now, found {_shown(value)}")

    def text(self, value: JsonValue, at: Pointer, form: re.Pattern[str]) -> str:
        """Read a text of one form."""
        if not isinstance(value, str) or not form.match(value):
            self.problem(at, f"expected a text of the form {form.pattern[:-2]}, found {_shown(value)}")
            return "-"
        return value

    def integer(self, value: JsonValue, at: Pointer, lowest: int, highest: int) -> int:
        """Read an integer."""
        if type(value) is not int or not lowest <= value <= highest:
            self.problem(at, f"expected an integer from {lowest} to {highest}, found {_shown(value)}")
            return lowest
        return value

    def unique(self, values: list[str], at: Pointer, what: str) -> None:
        """Complain about values that stand twice."""
        for value in sorted(value for value, count in Counter(values).items() if count > 1):
            self.problem(at, f"the {what} {value} stands more than once")

    def problem(self, at: Pointer, message: str) -> None:
        """Remember one problem."""
        self.problems.append((at, message))


def _shown(value: JsonValue) -> str:
    return repr(value)[:100]
