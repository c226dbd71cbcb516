"""Verified values exist only if the verifier made them."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

import plugintool
from plugintool.verify.verified import TrustedStatement, VerifiedTree
from tests.signing_world import trust_tree

PACKAGE = Path(plugintool.__file__).parent


def test_trusted_statement_cannot_be_made_by_hand() -> None:
    """Also not from the parts of a real one."""
    trusted = trust_tree()
    parts = {field.name: getattr(trusted, field.name) for field in dataclasses.fields(trusted)}
    with pytest.raises(TypeError, match="only"):
        TrustedStatement(**parts)
    with pytest.raises(TypeError, match="only"):
        TrustedStatement(**parts, seal=object())


def test_trusted_statement_cannot_be_altered() -> None:
    """Neither in place nor as a changed copy."""
    trusted = trust_tree()
    with pytest.raises(dataclasses.FrozenInstanceError):
        trusted.policy_name = "other"  # type: ignore[misc]
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(trusted, policy_name="other")


def test_verified_tree_cannot_be_made_by_hand(tmp_path: Path) -> None:
    """A directory is not verified because somebody says so."""
    with pytest.raises(TypeError, match="only"):
        VerifiedTree(root=tmp_path, trusted=trust_tree())


def test_only_the_verifier_holds_the_seal() -> None:
    """No other module of the package names it."""
    holders = set()
    for path in PACKAGE.rglob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        imported = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        if "SEAL" in names | imported:
            holders.add(path.relative_to(PACKAGE).as_posix())
    assert holders == {"verify/verified.py", "verify/verifier.py", "verify/bundle.py"}
