"""Every limit is a positive number with a unit and a source beside it."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from plugintool import limits


def constants() -> dict[str, str]:
    """Read the source: name -> the text that stands below the constant, empty when there is none."""
    body = ast.parse(inspect.getsource(limits)).body
    found = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            found[node.target.id] = str(text)
    return found


CONSTANTS = constants()


def test_nothing_else_is_public() -> None:
    """Every upper-case name is an annotated constant, so none escapes the tests below."""
    assert {name for name in vars(limits) if name.isupper()} == set(CONSTANTS)
    assert len(CONSTANTS) > 20


@pytest.mark.parametrize("name", CONSTANTS)
def test_is_a_positive_number(name: str) -> None:
    """Counts and sizes are whole numbers; only times may be fractions."""
    value = getattr(limits, name)
    assert type(value) is int or (name.endswith("_SECONDS") and type(value) is float)
    assert value > 0


@pytest.mark.parametrize("name", CONSTANTS)
def test_says_what_it_counts(name: str) -> None:
    """A sentence below the constant says unit or source."""
    assert re.match(r"[A-Z].*\.$", CONSTANTS[name], re.DOTALL)


def test_annotated_as_final() -> None:
    """A limit is not assigned to."""
    body = ast.parse(inspect.getsource(limits)).body
    annotations = [ast.unparse(node.annotation) for node in body if isinstance(node, ast.AnnAssign)]
    assert annotations == ["Final"] * len(CONSTANTS)


def test_limits_fit_each_other() -> None:
    """A file that one limit lets through is not stopped by the next one by accident."""
    assert limits.SEGMENT_BYTES < limits.PATH_BYTES
    assert limits.TREE_FILES < limits.SCAN_ENTRIES
    assert limits.RATIO_FREE_BYTES < limits.TREE_BYTES
    assert limits.COPY_CHUNK <= limits.TREE_BYTES
    assert limits.RSA_BITS_MIN < limits.RSA_BITS_MAX
    assert limits.SEQUENCE_MAX == 2**53 - 1
    entry = len('{"executable":false,"path":"","sha256":"","size":0},') + 64 + 30
    assert limits.TREE_FILES * entry * 4 // 3 < limits.SIGNATURE_FILE_BYTES
