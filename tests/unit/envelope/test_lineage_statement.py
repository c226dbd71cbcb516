"""The lineage statement: what a writer makes a reader takes, and what else is refused stands in the vectors."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.envelope.lineage import Lineage, lineage_name, make_lineage, parse_lineage
from plugintool.errors import MalformedFileError
from plugintool.tree.record import is_lineage_file
from tests import vector_forge as forge
from tests.vector_cases_lineage import lineage_json

KINDS = ("ed25519-b", "p256", "p384", "rsa2048", "rsa3072")


def made(key: str = "ed25519-b", *, keeps_signing: bool = True, sequence: int = 7) -> Lineage:
    return make_lineage(
        old=forge.key_id("ed25519-a"),
        new_key=forge.signer(key).public_key.der,
        keeps_signing=keeps_signing,
        sequence=sequence,
    )


@pytest.mark.parametrize("key", KINDS)
@pytest.mark.parametrize("keeps_signing", [True, False])
def test_reads_what_was_made(key: str, keeps_signing: bool) -> None:
    """The bytes are those that are signed, the key is the key."""
    lineage = made(key, keeps_signing=keeps_signing)
    assert parse_lineage(lineage.payload, path="x") == lineage
    assert (lineage.old, lineage.new) == (forge.key_id("ed25519-a"), forge.key_id(key))
    assert lineage.new_key == forge.signer(key).public_key.der
    assert lineage.keeps_signing == keeps_signing


@pytest.mark.parametrize("key", KINDS)
def test_the_form_is_that_of_the_documentation(key: str) -> None:
    """The PEM is what openssl writes."""
    assert json.loads(made(key, sequence=1_790_000_000).payload) == lineage_json("ed25519-a", key)


def test_the_name_is_a_place_for_lineage_files() -> None:
    """By the first digits of the new key id."""
    name = lineage_name(forge.key_id("p256"))
    assert name == f".claude-plugin/lineage.{forge.key_id('p256')[:8]}.sigstore.json"
    assert is_lineage_file(name)


@pytest.mark.parametrize("sequence", [0, -1, 2**53])
def test_no_sequence_out_of_range_is_written(sequence: int) -> None:
    """The writer is as strict as the reader."""
    with pytest.raises(MalformedFileError):
        made(sequence=sequence)


def test_an_error_names_member_and_file() -> None:
    """So that a person can look."""
    value = lineage_json("ed25519-a", "p256", keep=("install",))
    with pytest.raises(MalformedFileError, match=r"the lineage is malformed: the member /predicate/keep") as caught:
        parse_lineage(forge.compact(value), path="lineage.json")
    assert caught.value.detail["path"] == "lineage.json"
    assert caught.value.detail["expected"] == '[] or ["sign"]'


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_total_over_any_bytes(data: bytes) -> None:
    """Any bytes give a value or the one error."""
    with pytest.raises(MalformedFileError):
        parse_lineage(data, path="x")


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
@settings(deadline=None, max_examples=300)
def test_no_changed_byte_reads_as_the_same(position: int, byte: int) -> None:
    """A change is refused, or says something else."""
    payload = bytearray(made().payload)
    position %= len(payload)
    if payload[position] == byte:
        return
    payload[position] = byte
    try:
        found = parse_lineage(bytes(payload), path="x")
    except MalformedFileError:
        return
    assert found != made()
