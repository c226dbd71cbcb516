"""What a scaffold does in a directory that exists: which files it creates, merges into, or leaves alone.

Reads the directory and writes nothing; ``write.apply_changes`` carries a plan out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from plugintool import jsontext
from plugintool.errors import InputError, OutputError
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.relpath import RelPath
from plugintool.scaffold import merge
from plugintool.scaffold.compose import MANIFEST, Part
from plugintool.scaffold.render import RenderedFile
from plugintool.scaffold.write import Change, read_existing, spelling_of

_MANIFEST_KEYS = {"agent": "agents", "command": "commands"}
"""Kinds whose default directory is not read when the manifest names files of the kind (claude 2.1.330)."""
_SAME_NAME = {"command": "skills/{}/SKILL.md", "skill": "commands/{}.md", "bundle": "bundles/{}.mcpb"}
"""Commands and skills share their names: of two that are equal only one can be called; so do bundles and
their sources."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``created`` are new files, ``changes`` merges into existing ones, ``kept`` files that are there already."""

    created: tuple[RenderedFile, ...]
    changes: tuple[Change, ...]
    kept: tuple[str, ...]


def plan_missing(root: Path, parts: Sequence[Part], *, manifest: JsonObject | None) -> Plan:
    """Plan what is missing: the plugin's own files one by one, a component only when none of its files is there.

    A component is added as a whole or not at all, so that a hook never comes to run a script that somebody else wrote.

    Raises:
        InputError: a file to merge into is malformed, or the manifest leads past a component's directory.
    """
    merges = _Merges(root)
    created: list[RenderedFile] = []
    kept: list[str] = []
    for part in parts:
        present = _present(root, part)
        kept += present
        if part.kind == "plugin":
            created += [file for file in part.files if spelling_of(root, file.path) is None]
        elif not present:
            created += _add_part(merges, part, manifest)
    return Plan(tuple(created), merges.changes(), (*kept, *merges.unchanged))


def plan_component(root: Path, part: Part, *, manifest: JsonObject) -> Plan:
    """Plan one component of which nothing may be there.

    Raises:
        OutputError: a component or a file of this name exists.
        InputError: as ``plan_missing``.
    """
    present = _present(root, part)
    rival = _SAME_NAME.get(part.kind, "").format(part.name)
    if rival and spelling_of(root, RelPath(rival)) is not None:
        present.append(rival)
    merges = _Merges(root)
    created = [] if present else _add_part(merges, part, manifest)
    present += merges.unchanged
    if present:
        raise OutputError(
            f"there is a component or a file of the name {part.name} already",
            path=os.fspath(root),
            found=", ".join(present),
            hint="choose another name",
        )
    return Plan(tuple(created), merges.changes(), ())


@dataclass()
class _Merges:
    """Files that are merged into, each read once; ``unchanged`` are those that held the addition already."""

    root: Path
    before: dict[RelPath, bytes] = field(default_factory=dict)
    after: dict[RelPath, bytes] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from the disk."""
        return tuple(Change(path, self.before[path], data) for path, data in self.after.items())

    def add_file(self, kind: str, file: RenderedFile, path: RelPath) -> None:
        """Merge a rendered file into the existing file ``path``."""
        addition = jsontext.read_strict(file.data, path=file.path)
        assert isinstance(addition, dict)
        add = merge.add_hooks if kind == "hook" else merge.add_servers
        self._keep(path, add(self._load(path), addition, path=path))

    def add_reference(self, reference: str) -> None:
        """Let the plugin manifest name a bundle."""
        self._keep(MANIFEST, merge.add_server_reference(self._load(MANIFEST), reference, path=MANIFEST))

    def _load(self, path: RelPath) -> bytes:
        if path not in self.before:
            self.before[path] = read_existing(self.root, path)
        return self.after.get(path, self.before[path])

    def _keep(self, path: RelPath, edited: bytes) -> None:
        if edited == self._load(path):
            self.unchanged.append(path)
        else:
            self.after[path] = edited


def _add_part(merges: _Merges, part: Part, manifest: JsonObject | None) -> list[RenderedFile]:
    """Plan one component; return the files to create. Without a manifest, a new one names the bundle already."""
    _check_is_read(manifest or {}, part)
    if part.server_reference and manifest is not None:
        merges.add_reference(part.server_reference)
    created = []
    for file in part.files:
        spelled = spelling_of(merges.root, file.path)
        if spelled is None:
            created.append(file)
        else:
            merges.add_file(part.kind, file, spelled)
    return created


def _present(root: Path, part: Part) -> list[str]:
    """Return the files of ``part`` that exist, as they are spelled; those that are merged do not count."""
    spelled: Iterable[RelPath | None] = (spelling_of(root, file.path) for file in part.files if not file.merged)
    return [path for path in spelled if path is not None]


def _check_is_read(manifest: JsonObject, part: Part) -> None:
    """Check that the manifest does not lead past the default directory of this kind of component."""
    key = _MANIFEST_KEYS.get(part.kind, "")
    if key not in manifest:
        return
    listed = [entry.removeprefix("./").rstrip("/") for entry in _as_list(manifest[key]) if isinstance(entry, str)]
    for file in part.files:
        if not any(entry in {"", file.path} or file.path.startswith(f"{entry}/") for entry in listed):
            raise InputError(
                f"the manifest names its own {key}, so {file.path} would not be read",
                path=MANIFEST,
                field=f"/{key}",
                hint=f'write the file by hand and add "./{file.path}" there, or remove the member',
            )


def _as_list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [value]
