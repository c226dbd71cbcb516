"""Read a trust policy from ``trust-policy.json``; every problem is reported, each with its line.

::

    {"version": 1,
     "policies": [{"name": "acme", "scope": ["acme-*"], "kind": ["tree", "bundle"], "level": "enforce",
                   "publishers": [{"type": "key", "threshold": 1, "lineage": false,
                                   "keys": [{"key_id": "<64 hex>", "public_key": "-----BEGIN PUBLIC KEY-----..."}]},
                                  {"type": "x509", "threshold": 1, "subject": {"O": "Acme", "CN": "Acme Release"},
                                   "roots": ["-----BEGIN CERTIFICATE-----..."], "intermediates": []}],
                   "timestamp": {"when": "after-expiry", "roots": ["-----BEGIN CERTIFICATE-----..."]},
                   "crl": {"rule": "require", "grace_days": 2},
                   "inventory": {"hook_events": ["PostToolUse"], "hosts": ["*.acme.example"]},
                   "min_sequence": 0}],
     "revoked": {"keys": [], "digests": []}}

Unknown members and unknown values are errors, because an administrator who wrote them expects something of them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from enum import StrEnum
from typing import Final, TypeVar

from plugintool import jsontext, limits
from plugintool.digest import Digest, parse_digest
from plugintool.errors import Detail, InputError, MalformedFileError, TrustPolicyError
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.verify import keys
from plugintool.verify.policy import (
    ASPECTS,
    CertificatePublisher,
    CrlRule,
    InventoryRules,
    KeyPublisher,
    Kind,
    Pin,
    Publisher,
    RevocationRule,
    Scope,
    ScopedPolicy,
    TimestampRule,
    TimestampWhen,
    TrustPolicy,
)
from plugintool.verify.verified import Level

STEP = 6
FORMAT_VERSION = 1
PROBLEMS_SHOWN = 20
"""Problems that one error lists."""
GRACE_DAYS_MAX = 365
"""Days that a revocation list may be late: with more, lists would as well be off."""
SUBJECT: Final = ("CN", "O", "OU", "C", "L", "ST", "SERIALNUMBER", "STREET", "UID", "DC")
"""Attributes of a subject, by their names in RFC 4514 and X.520."""
_LOOKED_AT = 1024
"""Bytes in which a private key in PEM form says what it is."""
_SCOPE = re.compile(r"[A-Za-z0-9._-]*\*?[A-Za-z0-9._-]*\Z")
_POLICY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}\Z")
_PATTERN = re.compile(r"[^\x00-\x1f\x7f]{1,1024}\Z")
_VALUE = re.compile(r"[^\x00-\x1f\x7f]{1,256}\Z")

_Choice = TypeVar("_Choice", bound=StrEnum)


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
        if data.lstrip()[:1] not in {b"", b"{", b"[", b"\xef"}:
            raise _no_trust_policy(data, error) from error
        raise TrustPolicyError(f"the trust policy is {error.message}", step=STEP, **error.detail) from error
    reader = _Reader(data.decode(), path)
    policy = reader.trust_policy(value)
    reader.finish()
    return policy


def _no_trust_policy(data: bytes, error: MalformedFileError) -> TrustPolicyError:
    """Say that a file is something else; nothing of it is shown, for it may be secret."""
    is_private = b"PRIVATE KEY-----" in data[:_LOOKED_AT]
    detail: Detail = {
        **error.detail,
        "expected": "a JSON object",
        "found": "a private key" if is_private else "something else",
        "hint": "name the file that plugintool keys new or trust init wrote, as NAME.trust-policy.json",
    }
    detail.pop("problems", None)
    return TrustPolicyError("the trust policy is not a valid JSON text: this is no trust policy", step=STEP, **detail)


class _Members:
    """Reads members of any kind and collects problems; after a problem it goes on with a harmless value."""

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

    def items(self, value: JsonValue, at: Pointer, *, lowest: int = 1) -> list[JsonValue]:
        """Read a list that must have some items."""
        if not isinstance(value, list) or len(value) < lowest:
            wanted = "a list of at least one item" if lowest else "a list"
            self.problem(at, f"expected {wanted}, found {_shown(value)}")
            return []
        return value

    def constant(self, entry: JsonObject, at: Pointer, name: str, expected: str | int) -> None:
        """Complain when a member is there and has another value than the only supported one."""
        value = entry.get(name, expected)
        if type(value) is not type(expected) or value != expected:
            self.problem((*at, name), f"expected {expected}, the only value supported now, found {_shown(value)}")

    def off(self, value: JsonValue, at: Pointer, word: StrEnum, wanted: str) -> None:
        """Complain about a rule that is neither switched off by its word nor an object."""
        if value != word.value:
            self.problem(at, f"expected {word.value} or an object with {wanted}, found {_shown(value)}")

    def choice(self, value: JsonValue, at: Pointer, kind: type[_Choice], default: _Choice) -> _Choice:
        """Read one of the values of an enumeration."""
        if not isinstance(value, str) or value not in tuple(kind):
            self.problem(at, f"expected {_alternatives(kind)}, found {_shown(value)}")
            return default
        return kind(value)

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

    def boolean(self, value: JsonValue, at: Pointer) -> bool:
        """Read a switch."""
        if not isinstance(value, bool):
            self.problem(at, f"expected true or false, found {_shown(value)}")
        return value is True

    def digests(self, value: JsonValue, at: Pointer) -> frozenset[Digest]:
        """Read a list of SHA-256 digests, which may be empty."""
        read = [parse_digest(item) for item in self.items(value, at, lowest=0)]
        for index, item in enumerate(read):
            if item is None:
                assert isinstance(value, list)
                self.problem((*at, index), f"expected 64 lower-case hexadecimal digits, found {_shown(value[index])}")
        return frozenset(item for item in read if item is not None)

    def certificates(self, value: JsonValue, at: Pointer, *, lowest: int = 1) -> tuple[bytes, ...]:
        """Read a list of certificates in PEM form, each of which must be readable, and return their DER."""
        from plugintool.verify import certificate  # noqa: PLC0415 - X.509 is slow to import; most policies pin keys

        found: list[bytes] = []
        for index, item in enumerate(self.items(value, at, lowest=lowest)):
            try:
                ders = certificate.split_pem(item if isinstance(item, str) else "", what=self.path)
                found.extend(certificate.read_certificate(der, what=self.path).der for der in ders)
            except InputError as error:
                detail = f", found {error.detail['found']}" if error.detail.get("found") else ""
                self.problem((*at, index), f"{error.message}{detail}")
        if len(found) > limits.CERTIFICATES:
            self.problem(at, f"expected at most {limits.CERTIFICATES} certificates, found {len(found)}")
        return tuple(found)

    def unique(self, values: list[str], at: Pointer, what: str) -> None:
        """Complain about values that stand twice."""
        for value in sorted(value for value, count in Counter(values).items() if count > 1):
            self.problem(at, f"the {what} {value} stands more than once")

    def problem(self, at: Pointer, message: str) -> None:
        """Remember one problem."""
        self.problems.append((at, message))


class _Reader(_Members):
    """Reads the parts of a trust policy."""

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
        optional = {"kind", "level", "timestamp", "crl", "inventory", "min_sequence"}
        entry = self.members(value, at, {"name", "scope", "publishers"}, optional)
        scopes = self.items(entry.get("scope", []), (*at, "scope"))
        publishers = self.items(entry.get("publishers", []), (*at, "publishers"))
        return ScopedPolicy(
            name=self.text(entry.get("name", "unnamed"), (*at, "name"), _POLICY_NAME),
            scopes=tuple(self.scope(item, (*at, "scope", index)) for index, item in enumerate(scopes)),
            level=self.choice(entry.get("level", "enforce"), (*at, "level"), Level, Level.ENFORCE),
            publishers=tuple(self.publisher(item, (*at, "publishers", i)) for i, item in enumerate(publishers)),
            min_sequence=self.integer(entry.get("min_sequence", 0), (*at, "min_sequence"), 0, limits.SEQUENCE_MAX),
            at=at,
            kinds=self.kinds(entry.get("kind", list(Kind)), (*at, "kind")),
            timestamp=self.timestamp(entry.get("timestamp", "none"), (*at, "timestamp")),
            revocation=self.revocation(entry.get("crl", "off"), (*at, "crl")),
            inventory=self.inventory(entry.get("inventory", {}), (*at, "inventory")),
        )

    def scope(self, value: JsonValue, at: Pointer) -> Scope:
        """Read one pattern."""
        pattern = self.text(value, at, _SCOPE)
        if not pattern:
            self.problem(at, "an empty scope matches no plugin; write * for all")
        return Scope(pattern, at)

    def kinds(self, value: JsonValue, at: Pointer) -> tuple[Kind, ...]:
        """Read what the policy is about."""
        items = self.items(value, at)
        return tuple(self.choice(item, (*at, index), Kind, Kind.TREE) for index, item in enumerate(items))

    def timestamp(self, value: JsonValue, at: Pointer) -> TimestampRule:
        """Read the rule on time: ``none``, or an object."""
        if not isinstance(value, dict):
            self.off(value, at, TimestampWhen.NONE, "when and roots")
            return TimestampRule()
        entry = self.members(value, at, {"when", "roots"}, set())
        when = self.choice(entry.get("when", "always"), (*at, "when"), TimestampWhen, TimestampWhen.ALWAYS)
        return TimestampRule(when, self.certificates(entry.get("roots", []), (*at, "roots")))

    def revocation(self, value: JsonValue, at: Pointer) -> RevocationRule:
        """Read the rule on revocation lists: ``off``, or an object."""
        if not isinstance(value, dict):
            self.off(value, at, CrlRule.OFF, "rule")
            return RevocationRule()
        entry = self.members(value, at, {"rule"}, {"grace_days"})
        rule = self.choice(entry.get("rule", "require"), (*at, "rule"), CrlRule, CrlRule.REQUIRE)
        days = self.integer(entry.get("grace_days", 0), (*at, "grace_days"), 0, GRACE_DAYS_MAX)
        return RevocationRule(rule, dt.timedelta(days=days))

    def inventory(self, value: JsonValue, at: Pointer) -> InventoryRules:
        """Read what plugins may do; an empty list allows nothing."""
        entry = self.members(value, at, set(), set(ASPECTS))
        allowed: dict[str, tuple[str, ...]] = {}
        for aspect in ASPECTS:
            if aspect in entry:
                items = self.items(entry[aspect], (*at, aspect), lowest=0)
                allowed[aspect] = tuple(self.text(item, (*at, aspect, i), _PATTERN) for i, item in enumerate(items))
        return InventoryRules(allowed)

    def publisher(self, value: JsonValue, at: Pointer) -> Publisher:
        """Read one publisher."""
        kind = value.get("type", "key") if isinstance(value, dict) else "key"
        if kind == "x509":
            return self.certificate_publisher(value, at)
        if kind != "key":
            self.problem((*at, "type"), f"expected key or x509, found {_shown(kind)}")
            return KeyPublisher((), 1, at)
        entry = self.members(value, at, {"type", "keys"}, {"threshold", "lineage"})
        items = self.items(entry.get("keys", []), (*at, "keys"))
        read = [self.pin(item, (*at, "keys", index)) for index, item in enumerate(items)]
        pins = tuple(pin for pin in read if pin is not None)
        self.unique([pin.key.key_id for pin in pins], (*at, "keys"), "key")
        threshold = self.integer(entry.get("threshold", 1), (*at, "threshold"), 1, max(1, len(items)))
        return KeyPublisher(pins, threshold, at, self.boolean(entry.get("lineage", False), (*at, "lineage")))

    def certificate_publisher(self, value: JsonValue, at: Pointer) -> CertificatePublisher:
        """Read a publisher that is known by certificates."""
        entry = self.members(value, at, {"type", "roots", "subject"}, {"intermediates", "threshold"})
        subject = self.members(entry.get("subject", {}), (*at, "subject"), set(), set(SUBJECT))
        if not subject:
            self.problem((*at, "subject"), "expected at least one attribute: a root may issue for others too")
        return CertificatePublisher(
            roots=self.certificates(entry.get("roots", []), (*at, "roots")),
            intermediates=self.certificates(entry.get("intermediates", []), (*at, "intermediates"), lowest=0),
            subject={name: self.text(text, (*at, "subject", name), _VALUE) for name, text in subject.items()},
            threshold=self.integer(entry.get("threshold", 1), (*at, "threshold"), 1, limits.SIGNATURE_FILES),
            at=at,
        )

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


def _alternatives(kind: type[StrEnum]) -> str:
    *first, last = (item.value for item in kind)
    return f"{', '.join(first)} or {last}"


def _shown(value: JsonValue) -> str:
    return repr(value)[:100]
