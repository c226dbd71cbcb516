"""``verify --forecast``: on which day what will end, and what the verifier says then; and ``--at`` on that day."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugintool import clock
from plugintool.cli.main import command
from tests import authority_world as world
from tests import vector_cases_certificates as made
from tests import vector_forge as forge
from tests.authority_world import NOW
from tests.signing_world import write_tree

PEOPLE = world.family()
SECOND = dt.timedelta(seconds=1)
END = NOW + 100 * made.DAY


def call(tree: Path, *args: str, at: dt.datetime = NOW) -> Result:
    policy = tree.parent / "trust-policy.json"
    line = ["verify", str(tree), "--trust-policy", str(policy), "--at", clock.format_utc(at), *args]
    return CliRunner().invoke(command, line)


def endings(tree: Path) -> list[tuple[str, str, str]]:
    (subject,) = json.loads(call(tree, "--forecast", "--format", "json").stdout)["subjects"]
    return [(item["moment"], item["what"], item["consequence"]) for item in subject["value"]["endings"]]


def release(tmp_path: Path, *stamps: Any, **members: Any) -> Path:
    (tmp_path / "trust-policy.json").write_text(json.dumps(made.rules(**members)))
    return write_tree(tmp_path / forge.NAME, made.tree(made.signature_by(made.leaf(end=END), stamps=stamps)))


def test_without_a_timestamp_it_ends_with_the_certificate(tmp_path: Path) -> None:
    """And the verifier agrees on both sides of that moment."""
    tree = release(tmp_path)
    moment, what, consequence = endings(tree)[0]
    assert (moment, "Acme Release 2026" in what) == (clock.format_utc(END), True)
    assert consequence.startswith("step 4 fails: ")
    assert call(tree, at=END).exit_code == 0
    late = call(tree, at=END + SECOND)
    assert (late.exit_code, "had expired" in late.output) == (3, True)


def test_with_a_timestamp_nothing_changes(tmp_path: Path) -> None:
    """It was signed in time, for ever as far as the policy's roots go."""
    tree = release(tmp_path, made.stamp(), timestamp=made.stamped("after-expiry"))
    assert endings(tree)[0][2] == "nothing changes"
    assert call(tree, at=END + 300 * made.DAY).exit_code == 0


def test_a_list_ends_with_its_grace(tmp_path: Path) -> None:
    """Where lists are required."""
    (tmp_path / "crls").mkdir()
    for name, issuer in (("r", PEOPLE.root), ("i", PEOPLE.intermediate)):
        (tmp_path / "crls" / f"{name}.crl").write_bytes(world.revoke(issuer))
    tree = release(tmp_path, crl={"rule": "require", "grace_days": 2})
    moment, what, consequence = endings(tree)[0]
    due = NOW + 9 * made.DAY
    assert (moment, "no longer fresh" in what) == (clock.format_utc(due), True)
    assert consequence.startswith("step 5 fails: ")
    assert [call(tree, at=due).exit_code, call(tree, at=due + SECOND).exit_code] == [0, 3]


def test_a_pinned_key_never_ends(tmp_path: Path) -> None:
    """Said in one line."""
    (tmp_path / "trust-policy.json").write_text(json.dumps(forge.trust()))
    result = call(write_tree(tmp_path / forge.NAME, forge.signed()), "--forecast")
    assert (result.exit_code, "nothing about it ends" in result.stdout) == (0, True)


@pytest.mark.parametrize("at", [END + SECOND, NOW - 400 * made.DAY])
def test_what_is_not_verified_has_no_future(tmp_path: Path, at: dt.datetime) -> None:
    """The verdict of that moment is given."""
    result = call(release(tmp_path), "--forecast", at=at)
    assert (result.exit_code, "certificate" in result.output) == (3, True)


def soon(tree: Path, at: dt.datetime) -> list[dict[str, str]]:
    (subject,) = json.loads(call(tree, "--format", "json", at=at).stdout)["subjects"]
    found: list[dict[str, str]] = subject["value"]["ends_soon"]
    return found


@pytest.mark.parametrize(("before", "is_noted"), [(29, True), (30, True), (31, False)])
def test_plain_verify_notes_what_ends_within_thirty_days(tmp_path: Path, before: int, is_noted: bool) -> None:
    """In text and JSON; the verdict and the exit code are the same."""
    tree = release(tmp_path)
    at = END - before * made.DAY
    result = call(tree, at=at)
    assert (result.exit_code, "note: " in result.stdout) == (0, is_noted)
    found = soon(tree, at)
    assert [one["moment"] for one in found] == [clock.format_utc(END)] * is_noted
    for one in found:
        assert "Acme Release 2026" in one["what"]
        assert f"note: {one['what']} on {END:%Y-%m-%d}; then step 4 fails: " in result.stdout


def test_what_has_no_consequence_is_not_noted(tmp_path: Path) -> None:
    """A timestamp outlives the certificate."""
    tree = release(tmp_path, made.stamp(), timestamp=made.stamped("after-expiry"))
    assert soon(tree, END - made.DAY) == []


def test_a_list_that_counts_is_noted(tmp_path: Path) -> None:
    """With what fails when it is not renewed."""
    (tmp_path / "crls").mkdir()
    for name, issuer in (("r", PEOPLE.root), ("i", PEOPLE.intermediate)):
        (tmp_path / "crls" / f"{name}.crl").write_bytes(world.revoke(issuer))
    found = soon(release(tmp_path, crl={"rule": "require"}), NOW)
    assert found
    assert all(one["what"].endswith(".crl is no longer fresh") for one in found)
    assert all(one["consequence"].startswith("step 5 fails: ") for one in found)


def test_lists_that_nobody_asks_for_are_not_noted(tmp_path: Path) -> None:
    """Not even one that cannot be read."""
    (tmp_path / "crls").mkdir()
    (tmp_path / "crls" / "r.crl").write_bytes(world.revoke(PEOPLE.root))
    (tmp_path / "crls" / "bad.crl").write_bytes(b"no list")
    tree = release(tmp_path)
    assert (call(tree).exit_code, soon(tree, NOW)) == (0, [])


def test_what_is_not_verified_has_no_notes(tmp_path: Path) -> None:
    """It is too late for them."""
    assert soon(release(tmp_path), END + SECOND) == []


def test_a_refused_subject_names_the_nearest_publisher(tmp_path: Path) -> None:
    """And its line in the trust policy, as for scopes."""
    far, near = made.holders(subject={"O": "Zebra"}), made.holders(subject={"CN": "Acme Release 2025"})
    policy = made.rules(far, near)
    tree = release(tmp_path)
    (tmp_path / "trust-policy.json").write_text(json.dumps(policy, indent=1))
    (subject,) = json.loads(call(tree, "--format", "json").stdout)["subjects"]
    found = subject["error"]["found"]
    assert "nearest is the holders of CN=Acme Release 2025 (line " in found
    assert "Zebra" not in found
