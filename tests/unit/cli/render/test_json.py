"""Reports as JSON: one document, and the schema that we publish for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from plugintool import errors
from plugintool.cli.render import json as render
from plugintool.errors import PlugintoolError
from tests.unit.cli.conftest import RunFake


@pytest.fixture(scope="session")
def schema(root: Path) -> dict[str, Any]:
    """The published schema."""
    found: dict[str, Any] = json.loads((root / "docs/reference/schemas/report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.fixture(scope="session")
def strict(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """The same with every object closed: what we print ourselves holds no member that the schema does not name."""
    closed = copy.deepcopy(schema)
    for part in (closed, *closed["$defs"].values()):
        if "properties" in part:
            part["additionalProperties"] = False
    return jsonschema.Draft202012Validator(closed)


def test_every_outcome_is_valid(
    fake: RunFake, fake_module: ModuleType, strict: jsonschema.Draft202012Validator
) -> None:
    """Successes, findings, each kind of error and a crash."""
    for outcome in fake_module.EXIT_CODES:
        if "interrupt" not in outcome:
            strict.validate(json.loads(fake("fake", outcome, "--format", "json").out))


def test_the_document_is_ascii(fake: RunFake) -> None:
    """So that no terminal, log or pipe can change it; the text inside is unharmed."""
    out = fake("fake", "wide", "--format", "json").out
    assert out.isascii()
    assert json.loads(out)["subjects"][0]["subject"] == "プラグイン ñ 🙂"


def test_the_code_is_that_of_the_worst_error(fake: RunFake) -> None:
    """Exit code 3 beats 1, and its code stands at the top; every subject keeps its own."""
    document = json.loads(fake("fake", "several", "--format", "json").out)
    assert (document["code"], document["exit_code"]) == ("content-mismatch", 3)
    assert [subject["subject"] for subject in document["subjects"]] == ["a", "b", "c"]
    assert document["subjects"][1]["error"] == {"code": "content-mismatch", "message": "one file differs", "step": 7}


def test_findings_alone_have_the_code_findings(fake: RunFake) -> None:
    """A stable word where there is no error; a warning alone is ``ok``."""
    assert json.loads(fake("fake", "error", "--format", "json").out)["code"] == "findings"
    assert json.loads(fake("fake", "warning", "--format", "json").out)["code"] == "ok"


def test_the_fields_of_an_error(fake: RunFake) -> None:
    """All detail, with lists as lists."""
    error = json.loads(fake("fake", "malformed", "--format", "json").out)["subjects"][0]["error"]
    assert error == {
        "code": "file-malformed",
        "message": "not what it should be",
        "path": "plugins/a/x.json",
        "line": 3,
        "column": 9,
        "field": "/name",
        "expected": "a text",
        "found": "7",
        "hint": "write a text",
        "problems": ["expected a text", "found 7"],
    }
    assert json.loads(fake("fake", "unsafe", "--format", "json").out)["subjects"][0]["error"]["rule"] == "C17"


def _classes(parent: type[PlugintoolError]) -> Iterator[type[PlugintoolError]]:
    yield parent
    for child in parent.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _classes(child)


def test_every_error_has_a_code_of_its_own_that_fits_the_schema(schema: dict[str, Any]) -> None:
    """Codes are what scripts look at: unique, lower case, words joined by hyphens; exit codes are those documented."""
    found = list(_classes(PlugintoolError))
    codes = [error.code for error in found]
    assert len(set(codes)) == len(codes)
    for error in found:
        jsonschema.validate(error.code, schema["$defs"]["code"])
        assert error.exit_code in {1, 2, 3, 4}


def test_every_detail_of_an_error_is_in_the_schema(schema: dict[str, Any]) -> None:
    """A new member of ``Detail`` needs a line in the published schema."""
    wanted = set(errors.Detail.__annotations__) | {"code", "message", "step", "rule"}
    assert set(schema["$defs"]["error"]["properties"]) == wanted


def test_the_version_of_the_schema_is_that_of_the_documents(schema: dict[str, Any]) -> None:
    """One number in two places."""
    assert schema["properties"]["schema_version"]["const"] == render.SCHEMA_VERSION
