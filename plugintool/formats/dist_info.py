"""The files of a ``*.dist-info`` directory: METADATA, WHEEL and RECORD.

Specifications: packaging.python.org, Core metadata 2.4, Binary distribution format 1.0, Recording installed projects
(read 2026-11). Whatever the bytes, headers are read leniently; a RECORD decides about content and is read strictly.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping

from plugintool.digest import Digest
from plugintool.errors import MalformedFileError
from plugintool.frozen import dataclass

DIST_INFO = ".dist-info"
METADATA, WHEEL, RECORD = "METADATA", "WHEEL", "RECORD"
UNRECORDED = (RECORD, f"{RECORD}.jws", f"{RECORD}.p7s")
"""Files of the directory that have no hash in RECORD: itself, and signatures of it."""
_CLASSIFIER = "License :: OSI Approved :: "
_ALGORITHM = "sha256="
_SHA256_BYTES = 32
_FIELDS = 3
_LINES_SHOWN = 20
_HEADER = re.compile(r"(?P<key>[!-9;-~]+):[ \t]*(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class Headers:
    """Headers of METADATA or WHEEL: lower-case names to their values in order."""

    values: Mapping[str, tuple[str, ...]]

    def first(self, name: str) -> str:
        """Return the first value, empty when there is none."""
        return next(iter(self.values.get(name.lower(), ())), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values."""
        return self.values.get(name.lower(), ())


def read_headers(data: bytes) -> Headers:
    """Read headers up to the first empty line; total: lines that are none are passed over."""
    found: dict[str, list[str]] = {}
    key = ""
    for line in data.decode(errors="replace").splitlines():
        if not line.strip():
            break
        match = _HEADER.match(line)
        if line[0] in " \t" and key:
            found[key][-1] += "\n" + line.strip()
        elif match:
            key = match["key"].lower()
            found.setdefault(key, []).append(match["value"].strip())
    return Headers({name: tuple(values) for name, values in found.items()})


def license_of(headers: Headers) -> tuple[str, bool]:
    """Return the licence that METADATA states, and whether it is an SPDX expression; empty when it states none."""
    expression = headers.first("License-Expression")
    if expression:
        return expression, True
    text = headers.first("License")
    if text and "\n" not in text and text.lower() != "unknown":
        return text, False
    named = [line.removeprefix(_CLASSIFIER) for line in headers.all("Classifier") if line.startswith(_CLASSIFIER)]
    return ", ".join(named), False


def read_record(data: bytes, *, path: str) -> dict[str, Digest | None]:
    """Read a RECORD: paths as written to SHA-256 digests, None for the files that need none.

    Raises:
        MalformedFileError: a line is not of the form ``path,sha256=...,size``, or a path stands twice.
    """
    import csv  # noqa: PLC0415 - only where there are wheels

    found: dict[str, Digest | None] = {}
    problems = []
    try:
        rows = list(csv.reader(data.decode().splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedFileError("the RECORD is no table in UTF-8", path=path) from error
    for number, row in enumerate(rows, 1):
        if len(row) != _FIELDS or row[0] in found:
            problems.append(f"line {number}: not path, hash and size" if len(row) != _FIELDS else f"{row[0]} is twice")
            continue
        digest = _digest_of(row[1])
        if row[1] and digest is None:
            problems.append(f"line {number}: {row[1][:100]!r} is no SHA-256 in base64 without padding")
        found[row[0]] = digest
    if problems:
        raise MalformedFileError("the RECORD cannot be used", path=path, problems=tuple(problems[:_LINES_SHOWN]))
    return found


def _digest_of(text: str) -> Digest | None:
    import base64  # noqa: PLC0415 - only where there are wheels

    encoded = text.removeprefix(_ALGORITHM)
    if encoded == text or "=" in encoded:
        return None
    try:
        digest = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return Digest(digest.hex()) if len(digest) == _SHA256_BYTES else None
