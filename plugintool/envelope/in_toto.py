"""What all our statements share: the shell of an in-toto Statement v1 with one subject, and strict reading of members.

::

    {"_type": "https://in-toto.io/Statement/v1",
     "subject": [{"name": NAME, "digest": {"sha256": DIGEST}}],
     "predicateType": URN, "predicate": {...}}

Stored and signed in canonical form (``jsontext.canonical``). Format:
https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md.
"""

from __future__ import annotations

import re

from plugintool import jsontext, limits
from plugintool.digest import Digest, parse_digest
from plugintool.errors import MalformedFileError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_MEMBERS = {"_type", "subject", "predicateType", "predicate"}
_FOUND_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of statement: what messages call it, its predicate type, and the file it stands in."""

    noun: str
    predicate_type: str
    path: str

    def render(self, name: str, digest: Digest, predicate: JsonObject) -> bytes:
        """Return the canonical bytes of a statement.

        Raises:
            MalformedFileError: something has no canonical form.
        """
        return self._canonical(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": name, "digest": {"sha256": digest}}],
                "predicateType": self.predicate_type,
                "predicate": predicate,
            }
        )

    def read(self, payload: bytes, members: set[str], *, max_bytes: int) -> tuple[JsonValue, JsonObject]:
        """Return subject and predicate of a statement of this kind.

        Args:
            payload: the bytes that were signed.
            members: those that the predicate must have, and no others.
            max_bytes: of the payload.

        Raises:
            MalformedFileError: another kind, other members, or not in canonical form.
        """
        value = jsontext.read_strict(payload, path=self.path, max_bytes=max_bytes)
        if self._canonical(value) != payload:
            raise self.wrong("", "is not in canonical form")
        top = self.members(value, _MEMBERS, "")
        self.expect(top["_type"], STATEMENT_TYPE, "/_type")
        self.expect(top["predicateType"], self.predicate_type, "/predicateType")
        return top["subject"], self.members(top["predicate"], members, "/predicate")

    def members(self, value: JsonValue, names: set[str], field: str) -> JsonObject:
        """Return an object that has exactly these members."""
        if not isinstance(value, dict) or set(value) != names:
            found = ", ".join(sorted(value)) if isinstance(value, dict) else type(value).__name__
            raise self.wrong(field, "has other members", expected=", ".join(sorted(names)), found=found)
        return value

    def expect(self, value: JsonValue, expected: JsonValue, field: str) -> None:
        """Refuse another value."""
        if value != expected:
            raise self.wrong(field, "has another value", expected=str(expected), found=str(value))

    def text(self, value: JsonValue, form: re.Pattern[str], field: str) -> str:
        """Return a text of a form."""
        if not isinstance(value, str) or not form.match(value):
            raise self.wrong(field, "is no text of the right form", expected=form.pattern, found=str(value))
        return value

    def digest(self, value: JsonValue, field: str) -> Digest:
        """Return a SHA-256."""
        found = parse_digest(value)
        if found is None:
            raise self.wrong(field, "is no digest", expected="64 lower-case hexadecimal digits", found=str(value))
        return found

    def sequence(self, value: JsonValue) -> int:
        """Return the sequence of the predicate."""
        if type(value) is not int or not 1 <= value <= limits.SEQUENCE_MAX:
            raise self.wrong("/predicate/sequence", "is out of range", expected="1 to 2^53 - 1", found=str(value))
        return value

    def wrong(self, field: str, what: str, *, expected: str = "", found: str = "") -> MalformedFileError:
        """Return the error about one member, or about the whole."""
        member = f" the member {field}" if field else ""
        return MalformedFileError(
            f"the {self.noun} is malformed:{member} {what}",
            path=self.path,
            field=field,
            expected=expected,
            found=found[:_FOUND_SHOWN],
        )

    def _canonical(self, value: JsonValue) -> bytes:
        try:
            return jsontext.canonical(value)
        except ValueError as error:
            raise self.wrong("", f"has no canonical form: {error}") from error
