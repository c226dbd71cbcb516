"""The reference pages about signing agree with the code: tables, examples, limits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.envelope.in_toto import STATEMENT_TYPE
from plugintool.envelope.signature_file import MEDIA_TYPE, parse_signature_file, render_signature_file
from plugintool.envelope.statement import PREDICATE_TYPE, parse_statement
from plugintool.errors import TrustPolicyError, VerificationError
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.steps import STEPS, StepStatus
from tests import vector_forge as forge

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text("utf-8")


def example(name: str) -> Any:
    found = re.search(r"```json\n(.*?)```", page(name), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_table_of_steps_is_that_of_the_code() -> None:
    """Number, name, question and repair, word for word."""
    rows = re.findall(r"^\| (\d) \| (.*?) \| (.*?) \| (.*?) \|$", page("verification-steps"), re.MULTILINE)
    assert rows == [(str(step.number), step.name, step.asks, step.repair) for step in STEPS]


@pytest.mark.parametrize("status", StepStatus)
def test_every_status_is_explained(status: StepStatus) -> None:
    """A reader of the ladder finds each word."""
    assert f"| `{status.value}` |" in page("verification-steps")


def test_every_step_is_described() -> None:
    """The numbered list has eight items with the names of the steps."""
    for step in STEPS:
        assert f"\n{step.number}. **{step.name.capitalize()}.**" in page("verification-steps")


def test_example_of_a_statement_is_one() -> None:
    """Its canonical form parses."""
    statement = parse_statement(forge.compact(example("statement")), path="x")
    assert statement.name == forge.NAME
    assert STATEMENT_TYPE in page("statement")
    assert PREDICATE_TYPE in page("statement")


def test_example_of_a_signature_file_is_one() -> None:
    """It parses, and is rendered without blanks."""
    file = parse_signature_file(json.dumps(example("signature-file")).encode(), path="x")
    assert json.loads(render_signature_file(file)) == example("signature-file")
    assert MEDIA_TYPE in page("signature-file")


def test_example_of_a_trust_policy_is_one() -> None:
    """And does what the text says about it."""
    policy = parse_trust_policy(json.dumps(example("trust-policy")).encode(), path="x")
    assert [found.name for found in policy.candidates("acme-tools")] == ["acme"]
    assert [found.name for found in policy.candidates("other")] == ["everybody else"]


@pytest.mark.parametrize("member", ["name", "scope", "level", "publishers", "timestamp", "crl", "min_sequence"])
def test_every_member_of_a_policy_is_described(member: str) -> None:
    """And whether it may be left out is as the table says."""
    row = re.search(rf"^\| `policies\[\]\.{member}` \|.*\| (.*?) \|$", page("trust-policy"), re.MULTILINE)
    assert row is not None
    value = forge.trust()
    del value["policies"][0][member]
    data = json.dumps(value).encode()
    if row[1] == "an error":
        with pytest.raises(TrustPolicyError):
            parse_trust_policy(data, path="x")
    else:
        parse_trust_policy(data, path="x")


def test_limits_are_those_of_the_code() -> None:
    """Numbers in the text."""
    assert f"at most {limits.SIGNATURE_BYTES:,} bytes" in page("signature-file")
    assert f"{limits.RSA_BITS_MIN:,} to {limits.RSA_BITS_MAX:,} bits" in page("signature-file")
    assert f"at most {limits.SIGNATURE_FILE_BYTES // limits.MIB} MiB each" in page("verification-steps")
    assert limits.SIGNATURE_FILES == 8
    assert limits.SEQUENCE_MAX == 2**53 - 1


def test_codes_in_the_text_exist() -> None:
    """What ``explain`` takes."""
    codes = {error.code for error in VerificationError.__subclasses__()}
    for code in ("not-signed", "signature-invalid", "uncheckable"):
        assert f"`{code}`" in page("verification-steps")
        assert code in codes
    assert "`trust-policy`" in page("trust-policy")
