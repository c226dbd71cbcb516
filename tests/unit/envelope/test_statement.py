"""Statements: made and read in one canonical form, everything else refused with the member that is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool import limits
from plugintool.envelope.statement import KIND_TREE, Statement, make_statement, parse_statement
from plugintool.errors import MalformedFileError
from tests import vector_forge as forge


def make(**changes: Any) -> Statement:
    values: dict[str, Any] = {
        "name": "acme-tools",
        "version": "1.2.0",
        "sequence": 7,
        "sync_version": "1.2.0+0123456789ab",
        "record": forge.tree_record(),
    }
    return make_statement(**{**values, **changes})


def test_made_statement_reads_back_as_itself() -> None:
    """Making and reading are one form."""
    made = make()
    assert made == parse_statement(made.payload, path="x")
    assert made.kind == KIND_TREE
    assert made.digest == forge.tree_record().digest


def test_statement_is_an_in_toto_statement() -> None:
    """Type, subject and predicate are where in-toto puts them."""
    value = json.loads(make().payload)
    assert set(value) == {"_type", "subject", "predicateType", "predicate"}
    assert value["_type"] == "https://in-toto.io/Statement/v1"
    assert value["subject"] == [{"name": "acme-tools", "digest": {"sha256": forge.tree_record().digest}}]
    assert value["predicateType"] == "urn:plugintool:release:v1"
    assert value["predicate"]["record"] == forge.tree_record().as_json()


def test_same_claims_give_same_bytes() -> None:
    """Nothing depends on time or order."""
    assert make().payload == make().payload
    assert make().payload != make(sequence=8).payload


def test_payload_is_kept_as_received() -> None:
    """What was signed is never written anew."""
    payload = forge.payload()
    assert payload is parse_statement(payload, path="x").payload


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".acme",
        "-acme",
        "acme tools",
        "acme/tools",
        "acme\\tools",
        "acme.",
        "con",
        "NUL.txt",
        "acme\u00e9",
        "a" * 129,
    ],
)
def test_unsafe_name_is_refused(name: str) -> None:
    """A name becomes a directory on a device."""
    with pytest.raises(MalformedFileError, match="/predicate/name"):
        make(name=name)


@pytest.mark.parametrize("name", ["a", "Acme", "acme-tools", "acme.tools_2", "0", "a" * 128])
def test_safe_name_is_kept(name: str) -> None:
    """All that a marketplace takes."""
    assert make(name=name).name == name


@pytest.mark.parametrize("sequence", [0, -1, limits.SEQUENCE_MAX + 1, True])
def test_sequence_out_of_range_is_refused(sequence: int) -> None:
    """1 to 2^53 - 1, and no truth value."""
    with pytest.raises(MalformedFileError):
        make(sequence=sequence)


@pytest.mark.parametrize("sequence", [1, limits.SEQUENCE_MAX])
def test_sequence_at_the_edges_is_kept(sequence: int) -> None:
    """Both ends belong to the range."""
    assert make(sequence=sequence).sequence == sequence


@pytest.mark.parametrize("version", ["1.0 beta", "1\n", "\u202e1", "1" * 257, "1\x7f"])
def test_odd_version_is_refused(version: str) -> None:
    """Blanks, controls, other scripts, and too long."""
    with pytest.raises(MalformedFileError, match="/predicate/version"):
        make(version=version)


def test_no_version_is_an_empty_text() -> None:
    """A plugin need not have one."""
    assert not make(version="").version


@pytest.mark.parametrize("sync", ["", "-1", "1+", "a b", 'a"b', "x" * 257])
def test_odd_sync_version_is_refused(sync: str) -> None:
    """It is written into version.json."""
    with pytest.raises(MalformedFileError, match="/predicate/sync_version"):
        make(sync_version=sync)


@pytest.mark.parametrize("sequence", [1.0, 1e3, 2**53])
def test_number_without_canonical_form_is_refused(sequence: float) -> None:
    """The canonical subset has no fractions and no large integers."""
    with pytest.raises(MalformedFileError, match="no canonical form"):
        parse_statement(forge.payload(sequence=sequence), path="x")


@pytest.mark.parametrize(
    "data", [b" " + forge.payload(), forge.payload() + b"\n", forge.payload().replace(b":", b": ", 1)]
)
def test_other_form_of_the_same_value_is_refused(data: bytes) -> None:
    """One statement, one byte sequence."""
    with pytest.raises(MalformedFileError, match="canonical form"):
        parse_statement(data, path="x")


def test_order_of_members_is_part_of_the_form() -> None:
    """As RFC 8785 sorts them."""
    value = forge.statement_json()
    shuffled = json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode()
    with pytest.raises(MalformedFileError, match="canonical form"):
        parse_statement(shuffled, path="x")


def test_error_names_file_member_expected_and_found() -> None:
    """So that somebody who writes statements can repair them."""
    value = forge.statement_json()
    value["predicateType"] = "https://example.com/x"
    with pytest.raises(MalformedFileError) as caught:
        parse_statement(forge.compact(value), path="plugin.sigstore.json")
    assert caught.value.detail["path"] == "plugin.sigstore.json"
    assert caught.value.detail["field"] == "/predicateType"
    assert caught.value.detail["expected"] == "urn:plugintool:release:v1"
    assert caught.value.detail["found"] == "https://example.com/x"


def test_long_values_are_cut_in_messages() -> None:
    """A stranger's text does not flood the terminal."""
    with pytest.raises(MalformedFileError) as caught:
        parse_statement(forge.payload(kind="x" * 10_000), path="x")
    assert len(caught.value.detail["found"]) <= 200


@pytest.mark.parametrize("member", ["_type", "subject", "predicateType", "predicate"])
def test_missing_member_is_refused(member: str) -> None:
    """Each of the four."""
    value = forge.statement_json()
    del value[member]
    with pytest.raises(MalformedFileError, match="other members"):
        parse_statement(forge.compact(value), path="x")


@pytest.mark.parametrize("member", ["kind", "name", "version", "sequence", "sync_version", "record"])
@pytest.mark.parametrize("junk", [None, [], {}, 1.5, False])
def test_wrong_type_of_any_member_is_refused(member: str, junk: Any) -> None:
    """Total: whatever stands there, no other exception."""
    value = forge.statement_json()
    value["predicate"][member] = junk
    with pytest.raises(MalformedFileError):
        parse_statement(forge.compact(value), path="x")


def test_subject_must_be_name_and_record() -> None:
    """Another digest would let one tree pass for another in tools that look at subjects only."""
    value = forge.statement_json()
    value["subject"][0]["digest"]["sha256"] = "0" * 64
    with pytest.raises(MalformedFileError, match="/subject"):
        parse_statement(forge.compact(value), path="x")
