"""A bill of materials for a bundle: CycloneDX 1.6 as canonical JSON (ECMA-424, cyclonedx.org/docs/1.6, read 2026-11).

It names the bundle with its digests and each package in it. There is no time in it and nothing of the machine that
made it: its serial number is derived from the digest of the bundle, so the same bundle has the same bill, byte for
byte.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from plugintool import __version__, jsontext
from plugintool.build.package import Package
from plugintool.digest import Digest
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject, JsonValue

SUFFIX = ".cdx.json"
"""Behind the whole name of the bundle."""
_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_SPDX = frozenset(
    [
        "0BSD", "AFL-2.1", "AFL-3.0", "AGPL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "Artistic-2.0",
        "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "BlueOak-1.0.0", "CC-BY-3.0", "CC-BY-4.0", "CC0-1.0", "EPL-2.0",
        "GPL-2.0", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0", "GPL-3.0-only", "GPL-3.0-or-later", "ISC",
        "LGPL-2.1", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT",
        "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Python-2.0", "Unicode-3.0", "Unlicense", "WTFPL", "X11", "ZPL-2.1",
        "Zlib",
    ]
)  # fmt: skip
"""Identifiers of the SPDX licence list that packages use; any other text is told as it stands, as a name."""
_WORDS = re.compile(r"[A-Za-z0-9.+-]+|[()]|\S")
_JOINING = {"AND", "OR", "WITH"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The bundle that a bill is about.

    Attributes:
        name, version: as its manifest says.
        file_name: of the ``.mcpb``.
        sha256: its digest.
        record: the digest of the record of its files.
        license: as its manifest says, empty where it does not.
    """

    name: str
    version: str
    file_name: str
    sha256: Digest
    record: Digest
    license: str = ""


def make_bill(subject: Subject, packages: Sequence[Package]) -> bytes:
    """Return the bill of materials of a bundle, with a final newline."""
    import uuid  # noqa: PLC0415 - only bundles have a bill

    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"sha256:{subject.sha256}")
    bill: JsonObject = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": _root(subject), "tools": {"components": [_tool()]}},
        "components": [_component(one, reference) for one, reference in _references(packages)],
    }
    return jsontext.canonical(bill) + b"\n"


def _root(subject: Subject) -> JsonObject:
    return {
        "type": "application",
        "bom-ref": subject.file_name,
        "name": subject.name,
        **({"version": subject.version} if subject.version else {}),
        "hashes": [_hash("SHA-256", subject.sha256)],
        **_licenses(subject.license, is_spdx=False),
        "properties": [
            {"name": "plugintool:file", "value": subject.file_name},
            {"name": "plugintool:record", "value": f"sha256:{subject.record}"},
        ],
    }


def _tool() -> JsonObject:
    return {"type": "application", "name": "plugintool", "version": __version__}


def _references(packages: Sequence[Package]) -> list[tuple[Package, str]]:
    """Give each package a reference: its package URL, with its place where two have the same."""
    times = Counter(one.purl for one in packages)
    return [(one, one.purl if times[one.purl] == 1 else f"{one.purl}#{one.places[0]}") for one in packages]


def _component(one: Package, reference: str) -> JsonObject:
    scope, _, name = one.name.rpartition("/")
    algorithm, digits = one.hash
    hashes: list[JsonValue] = [_hash(algorithm, digits)] if algorithm else []
    source: JsonObject = {"type": "distribution", "url": one.url, **({"hashes": hashes} if hashes else {})}
    return {
        "type": "library",
        "bom-ref": reference,
        **({"group": scope} if scope else {}),
        "name": name,
        **({"version": one.version} if one.version else {}),
        "purl": one.purl,
        **({"hashes": hashes} if hashes else {}),
        **_licenses(one.license, is_spdx=one.is_spdx),
        **({"externalReferences": [source]} if one.url else {}),
        "evidence": {"occurrences": [{"location": place} for place in one.places]},
        **({"properties": [{"name": "plugintool:native", "value": text} for text in one.native]} if one.native else {}),
    }


def _hash(algorithm: str, digits: str) -> JsonObject:
    return {"alg": algorithm, "content": digits}


def _licenses(text: str, *, is_spdx: bool) -> JsonObject:
    if not text:
        return {}
    if is_spdx or _is_expression(text):
        return {"licenses": [{"expression": text}]}
    return {"licenses": [{"license": {"name": text}}]}


def _is_expression(text: str) -> bool:
    """Whether a text is an expression of known identifiers; exceptions (``WITH``) are not looked up."""
    words = [word for word in _WORDS.findall(text) if word not in {"(", ")"}]
    if text.count("(") != text.count(")") or len(words) % 2 == 0:
        return False
    names = [word for index, word in enumerate(words[::2]) if index == 0 or words[2 * index - 1] != "WITH"]
    return all(word in _JOINING for word in words[1::2]) and all(name.removesuffix("+") in _SPDX for name in names)
