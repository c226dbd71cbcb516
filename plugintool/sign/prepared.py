"""Signing in two steps, for keys that no program of this machine can reach.

::

    sign … --prepare DIR   writes DIR/<artifact>/message      the bytes to sign
                                                 digest       their SHA-256, for services that sign digests
                                                 request.json what is signed, for people and for the second step
    (somebody signs)       writes DIR/<artifact>/signature    the value, nothing else
    sign … --attach DIR    checks it and finishes

The second step reads the artifact again and makes the message again: one that was changed in between is refused.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plugintool import jsontext, limits
from plugintool.digest import Digest
from plugintool.errors import InputError, OutputError, SigningError
from plugintool.jsontext import JsonObject
from plugintool.sign.signature_value import take_value
from plugintool.tree.directory import read_bounded
from plugintool.tree.place import aside
from plugintool.tree.sink import output_errors
from plugintool.verify.keys import PublicKey

REQUEST, MESSAGE, DIGEST, SIGNATURE = "request.json", "message", "digest", "signature"
_REQUEST_BYTES: Final = 64 * limits.KIB
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """What a signature is asked for.

    Attributes:
        kind: ``tree`` or ``bundle``.
        artifact: the path.
        message: the bytes to sign.
        digest: of the artifact: of its record, or of the archive.
        sequence: of a tree; None for a bundle, which has none.
    """

    kind: str
    artifact: Path
    message: bytes
    digest: Digest
    sequence: int | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that was written for a key."""

    directory: Path
    wanted: ToSign
    key: PublicKey

    def as_json(self) -> JsonObject:
        """Return the published form, which is also that of ``request.json``."""
        return {
            "version": _VERSION,
            "kind": self.wanted.kind,
            "artifact": self.wanted.artifact.name,
            "digest": self.wanted.digest,
            "sequence": self.wanted.sequence,
            "key_id": self.key.key_id,
            "key_kind": self.key.kind.value,
            "message_sha256": hashlib.sha256(self.wanted.message).hexdigest(),
        }


@dataclass(frozen=True, slots=True)
class AttachedSigner:
    """Gives the values that somebody put into a directory; ``directory`` is that of one artifact."""

    directory: Path
    public_key: PublicKey

    def sign(self, message: bytes) -> bytes:
        """Return the value for ``message``.

        Raises:
            SigningError: another message was prepared, there is no value, or it is wrong.
        """
        prepared = self._read(MESSAGE, max_bytes=limits.SIGNATURE_FILE_BYTES)
        if prepared != message:
            raise SigningError(
                "what was prepared is not what is to be signed now: artifact, key, certificate or sequence changed",
                path=str(self.directory / MESSAGE),
                expected=hashlib.sha256(message).hexdigest(),
                found=hashlib.sha256(prepared).hexdigest(),
                hint="prepare again (plugintool sign --prepare), and let that be signed",
            )
        value = self._read(SIGNATURE, max_bytes=limits.SIGNATURE_BYTES)
        return take_value(value, message, self.public_key, source=str(self.directory / SIGNATURE))

    def sequence(self) -> int | None:
        """Return the sequence that was prepared; None for a bundle.

        Raises:
            SigningError: the request is not there, not readable, or for another key.
        """
        path = str(self.directory / REQUEST)
        try:
            value = jsontext.read_strict(self._read(REQUEST, max_bytes=_REQUEST_BYTES), path=path)
        except InputError as error:
            raise SigningError(f"the request is {error.message}", **error.detail) from error
        members = value if isinstance(value, dict) else {}
        sequence = members.get("sequence")
        if members.get("version") != _VERSION or not (sequence is None or type(sequence) is int):
            raise SigningError("no request that sign --prepare wrote", path=path, expected=f"version {_VERSION}")
        if members.get("key_id") != self.public_key.key_id:
            raise SigningError(
                "the request is for another key",
                path=path,
                expected=self.public_key.key_id,
                found=str(members.get("key_id"))[:64],
            )
        return sequence

    def _read(self, name: str, *, max_bytes: int) -> bytes:
        path = self.directory / name
        try:
            return read_bounded(path, max_bytes=max_bytes)
        except InputError as error:
            hint = "put the signature value there" if name == SIGNATURE else "plugintool sign --prepare writes it"
            raise SigningError(f"{name} {error.message}", path=str(path), hint=hint) from error


def write_request(directory: Path, wanted: ToSign, key: PublicKey, *, dry_run: bool = False) -> Prepared:
    """Write what is to be signed into a directory of its own below ``directory``; with ``dry_run`` only look.

    Raises:
        OutputError: it is there already, or cannot be written; then nothing is left behind.
    """
    place = directory / wanted.artifact.name
    prepared = Prepared(place, wanted, key)
    if os.path.lexists(place):
        raise OutputError(
            "a request for an artifact of this name is already there",
            path=str(place),
            hint="finish it (plugintool sign --attach), or remove it",
        )
    contents = {
        MESSAGE: wanted.message,
        DIGEST: hashlib.sha256(wanted.message).digest(),
        REQUEST: jsontext.pretty(prepared.as_json()),
    }
    if dry_run:
        return prepared
    with output_errors(place):
        os.makedirs(directory, exist_ok=True)
        with aside(place) as work:
            os.mkdir(work.new)
            for name, data in contents.items():
                (work.new / name).write_bytes(data)
            os.rename(work.new, place)
    return prepared
