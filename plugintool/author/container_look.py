"""A look into a container that may break rules: what it is, what it would run, and everything that is wrong with it.

Unlike ``container.open_container`` nothing stops it: it is for showing a file, never for using one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from plugintool import limits
from plugintool.author.container import Kind, kind_of, kind_of_tree
from plugintool.envelope.bundle_file import MANIFEST_FILE, survey_bundle
from plugintool.envelope.mcpb_block import Block, ends_with_block
from plugintool.errors import InputError
from plugintool.formats.bundle_manifest import read_bundle_manifest
from plugintool.formats.bundle_text import BundleManifestText, read_bundle_text
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonValue
from plugintool.jsonvalue import object_of
from plugintool.tree.copy import record_of
from plugintool.tree.zip_breach import Breach
from plugintool.tree.zip_profile import CANONICAL, STRICT
from plugintool.tree.zip_reader import ArchiveSurvey, ArchiveTree, survey_archive

Facts = tuple[tuple[str, str], ...]
_LARGEST_SHOWN = 3


@dataclass(frozen=True)
class ContainerLook:
    """What was seen.

    Attributes:
        kind: what it is.
        survey: the files that could be found.
        breaches: the rules that it breaks: of the strict profile; of the canonical one for an archive of ours, and
            there without those that only show when content is read (``survey.content_breaches``).
        name, version: what a bundle manifest says.
        facts: label and text, in order.
    """

    kind: Kind
    survey: ArchiveSurvey
    breaches: tuple[Breach, ...]
    name: str = ""
    version: str = ""
    facts: Facts = ()


def look_into(source: BinaryIO, path: Path) -> ContainerLook:
    """Look at everything in an open, seekable file.

    Raises:
        OSError: the system could not read on.
    """
    kind = kind_of(path, source)
    found = survey_archive(source, profile=STRICT) if kind is None else None
    if found is not None:
        kind = kind_of_tree(found.tree)
    if found is None or kind is Kind.BUNDLE:
        return _look_into_bundle(source)
    if kind is Kind.ARCHIVE:
        found = survey_archive(source, profile=CANONICAL)
        return ContainerLook(kind, found, found.breaches, facts=_size_facts(found))
    return ContainerLook(Kind.ZIP, found, (*found.breaches, *_content_breaches(found)), facts=_size_facts(found))


def _look_into_bundle(source: BinaryIO) -> ContainerLook:
    found = survey_bundle(source)
    text = _manifest_text(found.archive.tree)
    breaches = [*found.breaches, *(breach.as_breach() for breach in text.breaches)]
    digest = "" if breaches else _record_digest(found.archive.tree)
    if not digest:
        breaches += _content_breaches(found.archive)
    facts = [
        *_manifest_facts(found.archive.tree, text),
        *_size_facts(found.archive),
        ("form", "as plugintool writes it" if _is_canonical(source, found.block) else "of another writer"),
        ("signature", _signature(source, found.block)),
    ]
    if digest:
        facts.append(("record", digest))
    return ContainerLook(
        Kind.BUNDLE, found.archive, tuple(breaches), text.text("name"), text.text("version"), tuple(facts)
    )


def _record_digest(tree: ArchiveTree) -> str:
    """Return the digest of all content, empty when some of it breaks a rule."""
    try:
        return record_of(tree).digest
    except InputError:
        return ""


def _content_breaches(found: ArchiveSurvey) -> tuple[Breach, ...]:
    return found.content_breaches() if found.is_whole else ()


def _manifest_text(tree: ArchiveTree) -> BundleManifestText:
    return read_bundle_text(_manifest(tree), tree.members) if MANIFEST_FILE in tree.members else BundleManifestText({})


def _manifest(tree: ArchiveTree) -> bytes:
    try:
        with tree.open(MANIFEST_FILE) as stream:
            return stream.read(limits.TEXT_BYTES + 1)
    except InputError:  # it breaks C11, which is told with the rest of the content
        return b"{}"


def _manifest_facts(tree: ArchiveTree, text: BundleManifestText) -> Iterator[tuple[str, str]]:
    """What a bundle says of itself, and what it would run."""
    if not text.value:
        return
    manifest = read_bundle_manifest(_manifest(tree))
    yield "manifest version", manifest.version or "unknown"
    for label, keys in (
        ("display name", ("display_name",)),
        ("description", ("description",)),
        ("author", ("author", "name")),
        ("server", ("server", "type")),
        ("entry point", ("server", "entry_point")),
        ("command", ("server", "mcp_config", "command")),
    ):
        if text.text(*keys):
            yield label, text.text(*keys)
    yield from _run_facts(text)
    yield from ((f"problem {number}", line) for number, line in enumerate(manifest.describe(), 1))


def _run_facts(text: BundleManifestText) -> Iterator[tuple[str, str]]:
    config = object_of(object_of(text.value.get("server")).get("mcp_config"))
    yield from _command_facts("", config)
    for platform, override in object_of(config.get("platform_overrides")).items():
        if isinstance(override, dict):
            if isinstance(override.get("command"), str):
                yield f"command on {platform}", str(override["command"])
            yield from _command_facts(f" on {platform}", override)


def _command_facts(suffix: str, config: dict[str, JsonValue]) -> Iterator[tuple[str, str]]:
    args, env = config.get("args"), config.get("env")
    if isinstance(args, list) and args:
        yield f"arguments{suffix}", " ".join(map(str, args))
    if isinstance(env, dict) and env:
        yield f"environment{suffix}", ", ".join(f"{name}={value}" for name, value in env.items())


def _size_facts(found: ArchiveSurvey) -> Facts:
    """How much is in it."""
    files = found.tree.files()
    packed = sum(member.header.packed_size for member in found.tree.members.values())
    facts = [("files", f"{len(files)} ({sum(file.size for file in files)} bytes, packed {packed})")]
    if found.tree.directories:
        facts.append(("directories", f"{len(found.tree.directories)} with an entry of their own"))
    largest = sorted(files, key=lambda file: (-file.size, file.path))[:_LARGEST_SHOWN]
    if largest:
        facts.append(("largest", ", ".join(f"{file.path} ({file.size})" for file in largest)))
    executables = [file.path for file in files if file.executable]
    if executables:
        facts.append(("executables", ", ".join(executables)))
    if found.omitted:
        facts.append(("more", f"{found.omitted} broken rules that are not shown"))
    return tuple(facts)


def _is_canonical(source: BinaryIO, block: Block | None) -> bool:
    return not survey_archive(source, profile=CANONICAL, frame=block.frame if block else None).breaches


def _signature(source: BinaryIO, block: Block | None) -> str:
    if block is None:
        return "a block that cannot be read" if ends_with_block(source) else "none"
    dialects = " or ".join(block.dialects)
    return f"a block of {block.size} bytes in dialect {dialects}, not verified"
