"""A bundle file as the subject of lint: its container, its manifest, its files."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.lint import LintRequest, lint_paths
from plugintool.errors import InputError
from plugintool.report import Outcome, Severity
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import write_zip
from tests.bundle_world import bundle_manifest

CLOCK: dict[str, Any] = bundle_manifest("server.js")


def packed(**files: str) -> bytes:
    target = io.BytesIO()
    held = {"manifest.json": json.dumps(CLOCK), "server.js": "0;", **files}
    write_zip(MemoryTree("clock", {path: text.encode() for path, text in held.items()}), target)
    return target.getvalue()


def looked_at(where: Path, data: bytes, *, name: str = "clock.mcpb", **request: Any) -> Outcome[Any]:
    path = where / name
    path.write_bytes(data)
    (outcome,) = lint_paths([str(path)], LintRequest(**request)).outcomes
    return outcome


def told(outcome: Outcome[Any]) -> list[tuple[str, str]]:
    return sorted((found.code, found.location.path) for found in outcome.findings)


@pytest.mark.parametrize("name", ["clock.mcpb", "CLOCK.MCPB", "old.dxt"])
def test_a_good_bundle_has_no_finding(tmp_path: Path, name: str) -> None:
    outcome = looked_at(tmp_path, packed(), name=name)
    assert outcome.error is None
    assert told(outcome) == []


def test_what_is_in_it_is_judged_by_its_path_in_it(tmp_path: Path) -> None:
    data = packed(**{"manifest.json": json.dumps({**CLOCK, "version": "one"}), "server.js": 'import "zod";'})
    outcome = looked_at(tmp_path, data)
    assert told(outcome) == [("MB011", "manifest.json"), ("MB045", "server.js")]
    assert not [found for found in outcome.findings if "bundles/" in found.message]


@pytest.mark.parametrize("data", [packed() + b"more", packed()[:-3], b"text", b"PK", b"\0" * 1000])
def test_a_broken_container_is_an_error_of_the_file(tmp_path: Path, data: bytes) -> None:
    outcome = looked_at(tmp_path, data)
    assert ("MB057", "") in told(outcome)
    assert any(found.severity is Severity.ERROR for found in outcome.findings)
    assert "LN001" not in {found.code for found in outcome.findings}


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert isinstance(looked_at(tmp_path, b"").error, InputError)


def test_secrets_in_it_are_found_and_debris_of_a_checkout_is_not_asked_for(tmp_path: Path) -> None:
    data = packed(**{"tls.key": "-----BEGIN PRIVATE KEY-----\n", "node_modules/a/index.js": "0"})
    assert told(looked_at(tmp_path, data)) == [("SE001", "tls.key")]


def test_the_command_line_selects(tmp_path: Path) -> None:
    data = packed(**{"manifest.json": json.dumps({**CLOCK, "version": "one"})}) + b"more"
    assert {code for code, _ in told(looked_at(tmp_path, data, select=("MB011",)))} == {"MB011"}
    assert {code for code, _ in told(looked_at(tmp_path, data, ignore=("MB057",)))} == {"MB011"}


def test_for_the_public_directory(tmp_path: Path) -> None:
    assert ("MB054", "manifest.json") in told(looked_at(tmp_path, packed(), targets=("directory",)))


def test_a_directory_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.mcpb").mkdir()
    (outcome,) = lint_paths([str(tmp_path / "x.mcpb")], LintRequest()).outcomes
    assert "MB057" not in {found.code for found in outcome.findings}
