"""Signed trees, keys and trust policies for tests: a thin layer over the forge that makes the vectors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.memory import MemoryTree
from plugintool.verify import verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.verified import TrustedStatement
from tests import vector_forge as forge

NOW = dt.datetime(2026, 11, 24, 12, 0, 0, tzinfo=dt.UTC)
POLICY_PATH = "trust-policy.json"


def policy_of(value: Any = None) -> TrustPolicy:
    """Parse a trust policy given as JSON, by default one that trusts ``ed25519-a`` for ``acme-*``."""
    return parse_trust_policy(
        json.dumps(forge.trust() if value is None else value, indent=1).encode(), path=POLICY_PATH
    )


def tree_of(files: Mapping[str, bytes] | None = None, name: str = forge.NAME) -> MemoryTree:
    """A tree in memory, by default a signed one."""
    return MemoryTree(name, forge.signed() if files is None else files)


def trust_tree(tree: MemoryTree | None = None, value: Any = None) -> TrustedStatement:
    """Authenticate a tree that is good."""
    return verifier.authenticate(tree_of() if tree is None else tree, policy_of(value), Circumstances(NOW))


def write_tree(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a new directory."""
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return root


def build_tree(
    parent: Path, *, name: str = forge.NAME, version: str | None = "1.2.0", more: Mapping[str, bytes] | None = None
) -> Path:
    """Write an unsigned built tree, as ``build`` would, with ``more`` files."""
    manifest = {"name": name} if version is None else {"name": name, "version": version}
    files = {
        ".claude-plugin/plugin.json": json.dumps(manifest).encode(),
        "bin/run.sh": b"#!/bin/sh\necho hello\n",
        **(more or {}),
    }
    sync = version_file.sync_version(version, record_of(MemoryTree(name, files)).digest)
    return write_tree(parent / name, {**files, "version.json": version_file.render(sync)})


def contents(root: Path) -> dict[str, bytes]:
    """Every file below a directory."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
