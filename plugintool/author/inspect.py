"""Say of anything what it is, what it can do, and who made it: trees, archives, bundles, keys, policies, signatures.

Nothing is verified here: who signed is repeated as the signature files claim it, and called unverified.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from plugintool import jsontext, limits
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.envelope.statement import parse_statement
from plugintool.errors import InputError, KeyUnavailableError, MissingPathError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, read_bundle_manifest
from plugintool.formats.project import load_project
from plugintool.jsontext import JsonObject
from plugintool.plugin.discover import find_plugins, is_plugin
from plugintool.plugin.inventory import Inventory, inventory_of
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import MANIFEST
from plugintool.report import Report, collect
from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.directory import open_built, open_regular, read_bounded, survey
from plugintool.tree.entry import Tree
from plugintool.tree.record import VERSION_FILE, is_signature_file
from plugintool.tree.zip_reader import open_archive

_ZIP_MAGIC = b"PK"
_BUNDLE_SUFFIXES = (".mcpb", ".dxt")
_HEAD_BYTES = 4096


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
        kind: ``source tree``, ``built tree``, ``archive``, ``bundle``, ``public key``, ``private key``,
            ``trust policy`` or ``signature file``.
        name, version: where it has them, else empty.
        facts: label and text, in order.
        inventory: what a plugin can do; None for everything else.
        claims: what its signature files claim.
    """

    kind: str
    name: str = ""
    version: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    inventory: Inventory | None = None
    claims: tuple[Claim, ...] = ()

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "facts": dict(self.facts),
            "inventory": None if self.inventory is None else self.inventory.as_json(),
            "claims": [claim.as_json() for claim in self.claims],
        }


def inspect_paths(paths: Iterable[Path]) -> Report[Inspection]:
    """Inspect each path; a marketplace or an ``org-plugins`` directory means all plugins in it."""
    return collect("inspect", [str(subject) for path in paths for subject in _subjects(path)], _inspect)


def _subjects(path: Path) -> list[Path]:
    return find_plugins(path) if path.is_dir() else [path]


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
    )


def _size_facts(tree: Tree) -> tuple[tuple[str, str], ...]:
    files = tree.files()
    return (("files", f"{len(files)} ({sum(file.size for file in files)} bytes)"),)


def _built_facts(tree: Tree) -> tuple[tuple[str, str], ...]:
    """Read everything once: the record, and whether ``version.json`` is of our form."""
    record = record_of(tree, load_project(tree).executable_rule())
    version = "none"
    if any(file.path == VERSION_FILE for file in tree.files()):
        with tree.open(VERSION_FILE) as source:
            version = version_file.read_version(source.read(version_file.MAX_BYTES + 1)) or "not of our form"
    return (*_size_facts(tree), ("record", record.digest), ("sync version", version))


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
    if head.startswith(_ZIP_MAGIC) or path.suffix.lower() in _BUNDLE_SUFFIXES:
        return _inspect_archive(path)
    if b"-----BEGIN " in head and not head.lstrip().startswith(b"{"):
        return _inspect_pem(path, head)
    return _inspect_json(path)


def _inspect_archive(path: Path) -> Inspection:
    with open_archive(path) as tree:
        names = {file.path for file in tree.files()}
        if BUNDLE_MANIFEST in names and MANIFEST not in names:
            return _inspect_bundle(tree)
        return _inspect_plugin("archive", tree, "", _built_facts(tree))


def _inspect_bundle(tree: Tree) -> Inspection:
    with tree.open(BUNDLE_MANIFEST) as source:
        manifest = read_bundle_manifest(source.read(limits.TEXT_BYTES + 1))
    record = record_of(tree)
    facts = [
        ("manifest version", manifest.version or "unknown"),
        ("server", manifest.text("server", "type")),
        ("command", manifest.text("server", "mcp_config", "command")),
        ("entry point", manifest.text("server", "entry_point")),
        *_size_facts(tree),
        ("record", record.digest),
        ("signature", "none: bundles inside a plugin are covered by the plugin's signature"),
        *((f"problem {number}", line) for number, line in enumerate(manifest.describe(), 1)),
    ]
    return Inspection(kind="bundle", name=manifest.text("name"), version=manifest.text("version"), facts=tuple(facts))


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
    value = jsontext.read(data, max_bytes=limits.SIGNATURE_FILE_BYTES).value
    if isinstance(value, dict) and "policies" in value:
        return _inspect_policy(data, path)
    if isinstance(value, dict) and "dsseEnvelope" in value:
        claim = _claim(data, str(path))
        return Inspection(kind="signature file", name=claim.name, version=claim.version, claims=(claim,))
    raise InputError(
        "this is nothing that plugintool knows",
        path=str(path),
        expected="a plugin, an archive, a bundle, a key, a trust policy or a signature file",
    )


def _inspect_policy(data: bytes, path: Path) -> Inspection:
    from plugintool.verify.policy import parse_trust_policy  # noqa: PLC0415 - cryptography is only needed for keys

    policy = parse_trust_policy(data, path=str(path))
    facts = []
    for one in policy.policies:
        scopes = ", ".join(scope.pattern for scope in one.scopes)
        facts.append((f"policy {one.name}", f"{one.level.value} for {scopes}"))
        for number, publisher in enumerate(one.publishers, 1):
            keys = ", ".join(pin.key.key_id for pin in publisher.pins)
            facts.append((f"policy {one.name}, publisher {number}", f"{publisher.threshold} of {keys}"))
    facts.append(("revoked keys", str(len(policy.revoked_keys))))
    facts.append(("revoked digests", str(len(policy.revoked_digests))))
    return Inspection(kind="trust policy", facts=tuple(facts))
