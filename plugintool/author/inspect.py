"""Say of anything what it is, what it can do, and who made it: trees, archives, bundles, keys, policies, signatures.

Nothing is verified here: who signed is repeated as the signature files claim it, and called unverified.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from plugintool import jsontext, limits
from plugintool.author.container import BUNDLE_SUFFIXES, Kind
from plugintool.author.container_look import ContainerLook, look_into
from plugintool.envelope.lineage import PREDICATE_TYPE as LINEAGE_TYPE
from plugintool.envelope.lineage import parse_lineage
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.envelope.statement import parse_statement
from plugintool.errors import (
    ArchiveError,
    InputError,
    KeyUnavailableError,
    MalformedFileError,
    MissingPathError,
    PlugintoolError,
    TrustPolicyError,
)
from plugintool.formats.project import load_project
from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonObject
from plugintool.plugin.discover import find_plugins, is_plugin
from plugintool.plugin.inventory import Inventory, inventory_of
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST, Plugin
from plugintool.report import Location, Outcome, Report
from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.directory import open_built, open_regular, read_bounded, survey
from plugintool.tree.entry import Tree
from plugintool.tree.record import VERSION_FILE, is_lineage_file, is_signature_file
from plugintool.tree.zip_breach import Breach

_ZIP_MAGIC = b"PK"
_HEAD_BYTES = 4096
_BOM = b"\xef\xbb\xbf"
_SKILL = "SKILL.md"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one signature file claims; nobody has checked it."""

    file: str
    key_id: str
    name: str
    version: str
    sequence: int
    digest: str

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "file": self.file,
            "key_id": self.key_id,
            "name": self.name,
            "version": self.version,
            "sequence": self.sequence,
            "digest": self.digest,
            "verified": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What something is.

    Attributes:
        kind: ``source tree``, ``built tree``, ``archive``, ``bundle``, ``zip file``, ``public key``, ``private key``,
            ``trust policy``, ``signature file`` or ``lineage file``.
        name, version: where it has them, else empty.
        facts: label and text, in order.
        inventory: what a plugin can do; None for everything else.
        claims: what its signature files claim.
        unread: where something of a plugin could not be read, and why: the inventory is not all of it.
        breaches: which rules of containers it breaks.
    """

    kind: str
    name: str = ""
    version: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    inventory: Inventory | None = None
    claims: tuple[Claim, ...] = ()
    unread: tuple[tuple[Location, str], ...] = ()
    breaches: tuple[Breach, ...] = ()

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "facts": dict(self.facts),
            "inventory": None if self.inventory is None else self.inventory.as_json(),
            "claims": [claim.as_json() for claim in self.claims],
            "unread": [place.path for place, _ in self.unread],
            "breaches": [breach.as_json() for breach in self.breaches],
        }


def inspect_paths(paths: Iterable[Path]) -> Report[Inspection]:
    """Inspect each path; a marketplace or an ``org-plugins`` directory means all plugins in it.

    What could be read of a plugin is a value even where something could not: then it has an error, too.
    """
    return Report("inspect", tuple(_attempt(str(subject)) for path in paths for subject in _subjects(path)))


def _subjects(path: Path) -> list[Path]:
    return find_plugins(path) if path.is_dir() else [path]


def _attempt(subject: str) -> Outcome[Inspection]:
    try:
        found = _inspect(subject)
    except PlugintoolError as error:
        return Outcome(subject=subject, error=error)
    return Outcome(subject=subject, value=found, error=_incomplete(found))


def _incomplete(found: Inspection) -> InputError | None:
    """Return the error of what breaks rules of containers, or of which not everything could be read."""
    if found.breaches:
        refusal = found.breaches[0].as_error()
        if found.breaches[1:]:
            refusal.detail["problems"] = tuple(map(_breach_line, found.breaches))
        return refusal
    if not found.unread:
        return None
    place, first = found.unread[0]
    error = MalformedFileError(f"cannot be read: {first}", path=place.path, hint="see plugintool lint")
    if place.line:
        error.detail.update({"line": place.line, "column": place.column})
    if found.unread[1:]:
        error.detail["problems"] = tuple(f"{other.path}: {text}" for other, text in found.unread)
    return error


def _breach_line(breach: Breach) -> str:
    return f"{breach.entry}: {breach.text}" if breach.entry else breach.text


def _inspect(subject: str) -> Inspection:
    path = Path(subject)
    return _inspect_directory(path) if path.is_dir() else _inspect_file(path)


def _inspect_directory(path: Path) -> Inspection:
    if not is_plugin(path):
        raise MissingPathError(
            "the directory holds no plugin", path=str(path), hint="name a directory with .claude-plugin/plugin.json"
        )
    if not os.path.lexists(path / VERSION_FILE):
        found = survey(path)
        links = (("links", str(len(found.links))),) if found.links else ()
        return _inspect_plugin("source tree", found, found.name, _size_facts(found) + links)
    tree = open_built(path)
    return _inspect_plugin("built tree", tree, tree.name, _built_facts(tree))


def _inspect_plugin(kind: str, tree: Tree, name: str, facts: tuple[tuple[str, str], ...]) -> Inspection:
    plugin = load_plugin(tree)
    described = plugin.value.get("description")
    description = (("description", described),) if isinstance(described, str) else ()
    return Inspection(
        kind=kind,
        name=plugin.declared_name or name,
        version=plugin.version,
        facts=description + facts,
        inventory=inventory_of(plugin),
        claims=_claims(tree),
        unread=tuple(_unread(plugin)),
    )


def _unread(plugin: Plugin) -> Iterator[tuple[Location, str]]:
    """Yield each file that says what the plugin is or can do, and could not be read; the manifest first."""
    manifest, unread = plugin.manifest, {one.path: one.reason for one in plugin.unread}
    if manifest is None and _SKILL not in plugin.files and MANIFEST not in unread:
        yield Location(MANIFEST), "there is no plugin manifest that is a regular file"
    if manifest is not None and manifest.json.is_readable and not isinstance(manifest.json.value, dict):
        yield plugin.locate(manifest.path), "it is no JSON object"
    for path, text in plugin.json_files.items():
        for problem in text.problems:
            if problem.flaw in jsontext.FATAL:
                yield Location(path, problem.line, problem.column), f"not a valid JSON text: {problem.message}"
    yield from ((Location(path), reason) for path, reason in unread.items())
    yield from ((Location(bad.raw), bad.reason) for bad in plugin.bad_entries if not bad.rule)


def _size_facts(tree: Tree) -> tuple[tuple[str, str], ...]:
    files = tree.files()
    return (("files", f"{len(files)} ({sum(file.size for file in files)} bytes)"),)


def _built_facts(tree: Tree) -> tuple[tuple[str, str], ...]:
    """Read everything once: the record, whether ``version.json`` is of our form, and which keys follow which."""
    record = record_of(tree, load_project(tree).executable_rule())
    version = "none"
    if any(file.path == VERSION_FILE for file in tree.files()):
        with tree.open(VERSION_FILE) as source:
            version = version_file.read_version(source.read(version_file.MAX_BYTES + 1)) or "not of our form"
    return (*_size_facts(tree), ("record", record.digest), ("sync version", version), *_lineage_facts(tree))


def _lineage_facts(tree: Tree) -> Iterator[tuple[str, str]]:
    for file in tree.files():
        if is_lineage_file(file.path):
            with tree.open(file.path) as source:
                data = source.read(limits.LINEAGE_FILE_BYTES + 1)
            lineage = parse_lineage(parse_signature_file(data, path=file.path).payload, path=file.path)
            rights = "still signs" if lineage.keeps_signing else "signs no more"
            yield f"key {lineage.new[:8]} (not verified)", f"comes after {lineage.old}, which {rights}"


def _claims(tree: Tree) -> tuple[Claim, ...]:
    found = []
    for file in tree.files():
        if is_signature_file(file.path):
            with tree.open(file.path) as source:
                found.append(_claim(source.read(limits.SIGNATURE_FILE_BYTES + 1), file.path))
    return tuple(found)


def _claim(data: bytes, path: str) -> Claim:
    signed = parse_signature_file(data, path=path)
    statement = parse_statement(signed.payload, path=path)
    return Claim(path, signed.key_id, statement.name, statement.version, statement.sequence, statement.record.digest)


def _inspect_file(path: Path) -> Inspection:
    with open_regular(path, follow=True) as source:
        head = source.read(_HEAD_BYTES)
    if head.startswith(_ZIP_MAGIC) or path.suffix.lower() in BUNDLE_SUFFIXES:
        return _inspect_archive(path)
    if b"-----BEGIN " in head and not _looks_like_json(head, path):
        return _inspect_pem(path, head)
    return _inspect_json(path)


def _inspect_archive(path: Path) -> Inspection:
    with open_regular(path, follow=True) as source:
        look = look_into(source, path)
        if look.kind is Kind.ARCHIVE:
            return _inspect_packed(look)
    return Inspection(
        kind=look.kind.value, name=look.name, version=look.version, facts=look.facts, breaches=look.breaches
    )


def _inspect_packed(look: ContainerLook) -> Inspection:
    """An archive of ours, read as a device does; without a record and claims where its content cannot be trusted."""
    tree, breaches = look.survey.tree, look.breaches
    if not breaches:
        try:
            return _inspect_plugin("archive", tree, "", _built_facts(tree))
        except ArchiveError:
            breaches = look.survey.content_breaches()
    return replace(_inspect_plugin("archive", tree, "", look.facts), breaches=breaches)


def _inspect_pem(path: Path, head: bytes) -> Inspection:
    from plugintool.verify.keys import parse_pem  # noqa: PLC0415 - cryptography is only needed for keys

    if b"PRIVATE KEY-----" in head:
        return _inspect_private_key(path)
    text = read_bounded(path).decode(errors="replace")
    key = parse_pem(text, path=str(path))
    return Inspection(kind="public key", facts=(("algorithm", key.kind.value), ("key id", key.key_id)))


def _inspect_private_key(path: Path) -> Inspection:
    from plugintool.sign.file_signer import KeySource, load_signer  # noqa: PLC0415 - as above

    if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in read_bounded(path):
        return Inspection(kind="private key", facts=(("encrypted", "yes"), ("key id", "unknown without passphrase")))
    try:
        key = load_signer(KeySource(path)).public_key
    except KeyUnavailableError as error:
        raise InputError(error.message, **error.detail) from error
    return Inspection(
        kind="private key", facts=(("encrypted", "no"), ("algorithm", key.kind.value), ("key id", key.key_id))
    )


def _inspect_json(path: Path) -> Inspection:
    data = read_bounded(path, max_bytes=limits.SIGNATURE_FILE_BYTES)
    text = jsontext.read(data, max_bytes=limits.SIGNATURE_FILE_BYTES)
    value = text.value
    if isinstance(value, dict) and "policies" in value:
        return _inspect_policy(data, path)
    if isinstance(value, dict) and "dsseEnvelope" in value:
        lineage = _lineage(data, path)
        if lineage is not None:
            return lineage
        claim = _claim(data, str(path))
        return Inspection(kind="signature file", name=claim.name, version=claim.version, claims=(claim,))
    if text.problems and _looks_like_json(data, path):
        jsontext.read_strict(data, path=str(path), max_bytes=limits.SIGNATURE_FILE_BYTES)
    raise InputError(
        "this is nothing that plugintool knows",
        path=str(path),
        expected="a plugin, an archive, a bundle, a key, a trust policy or a signature file",
    )


def _lineage(data: bytes, path: Path) -> Inspection | None:
    """Look into a lineage file; None when it is of another kind."""
    payload = parse_signature_file(data, path=str(path)).payload
    value = jsontext.read(payload, max_bytes=limits.SIGNATURE_FILE_BYTES).value
    if not isinstance(value, dict) or value.get("predicateType") != LINEAGE_TYPE:
        return None
    said = parse_lineage(payload, path=str(path))
    facts = (
        ("old key id", said.old),
        ("new key id", said.new),
        ("old key", "still signs" if said.keeps_signing else "signs no more"),
        ("sequence", str(said.sequence)),
    )
    return Inspection(kind="lineage file", facts=facts)


def _looks_like_json(data: bytes, path: Path) -> bool:
    return path.suffix == ".json" or data.removeprefix(_BOM).lstrip().startswith((b"{", b"["))


def _inspect_policy(data: bytes, path: Path) -> Inspection:
    from plugintool.verify.policy_reader import parse_trust_policy  # noqa: PLC0415 - only needed here

    try:
        policy = parse_trust_policy(data, path=str(path))
    except TrustPolicyError as error:  # nothing is verified here, so nothing is "not verified"
        raise MalformedFileError(error.message, **error.detail) from error
    facts = []
    for one in policy.policies:
        scopes = ", ".join(scope.pattern for scope in one.scopes)
        facts.append((f"policy {one.name}", f"{one.level.value} for {scopes}"))
        for number, publisher in enumerate(one.publishers, 1):
            facts.append((f"policy {one.name}, publisher {number}", f"{publisher.threshold} of {publisher.who}"))
    facts.append(("revoked keys", str(len(policy.revoked_keys))))
    facts.append(("revoked digests", str(len(policy.revoked_digests))))
    return Inspection(kind="trust policy", facts=tuple(facts))
