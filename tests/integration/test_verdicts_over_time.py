"""Every cell of the table of verdicts over time is what ``verify --at`` says."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.x509 import ReasonFlags

from plugintool import clock
from plugintool.cli.main import command
from tests import authority_world as world
from tests import vector_cases_certificates as made
from tests import vector_forge as forge
from tests.authority_world import NOW, YEAR
from tests.signing_world import write_tree
from tests.verdict_table import EXPECTED, PAGE, RULES, STAMPS, TROUBLES, Row, render

HOUR = dt.timedelta(hours=1)
TERM = (NOW - 100 * made.DAY, NOW + 100 * made.DAY)
AT = (TERM[0] - made.DAY, NOW + made.DAY, TERM[1] + made.DAY)
REVOKED = {
    "before signing": (NOW - 10 * made.DAY, ReasonFlags.superseded),
    "after signing": (NOW + HOUR, ReasonFlags.superseded),
    "key compromise": (NOW + HOUR, ReasonFlags.key_compromise),
}


def test_the_table_is_whole() -> None:
    """Each combination stands once."""
    assert list(EXPECTED) == list(itertools.product(RULES, STAMPS, TROUBLES))


def test_the_page_is_that_table() -> None:
    """Written by ``python -m tests.verdict_table``."""
    assert PAGE.read_text("utf-8") == render()


@pytest.mark.parametrize("row", EXPECTED, ids="-".join)
def test_the_verifier_says_what_is_documented(tmp_path: Path, row: Row) -> None:
    """At each moment."""
    tree, policy = make(tmp_path, row)
    assert tuple(verdict(tree, policy, at) for at in AT) == EXPECTED[row]


def make(here: Path, row: Row) -> tuple[Path, Path]:
    """Write the release, the lists and the trust policy of a row."""
    rule, stamp, trouble = row
    people = world.family()
    signer = made.leaf(start=TERM[0], end=TERM[1])
    entries = [(signer.certificate.serial_number, *REVOKED[trouble], None)] if trouble in REVOKED else []
    (here / "crls").mkdir()
    for issuer, revoked in ((people.root, []), (people.intermediate, entries)):
        data = world.revoke(issuer, revoked, this_update=NOW + 2 * HOUR, next_update=NOW + YEAR)
        (here / "crls" / f"{made.key_id_of(issuer)[:8]}.crl").write_bytes(data)
    timestamp = "none" if rule == "none" else made.stamped(rule)
    policy = here / "trust-policy.json"
    policy.write_text(json.dumps(made.rules(timestamp=timestamp, crl={"rule": "require"})))
    signature = made.signature_by(signer, stamps=[made.stamp()] if stamp == "yes" else [])
    return write_tree(here / forge.NAME, made.tree(signature)), policy


def verdict(tree: Path, policy: Path, at: dt.datetime) -> str:
    """Ask the command."""
    line = ["verify", str(tree), "--trust-policy", str(policy), "--at", clock.format_utc(at), "--format", "json"]
    step = json.loads(CliRunner().invoke(command, line).stdout)["subjects"][0]["value"]["failed_step"]
    return f"step {step}" if step else "ok"
