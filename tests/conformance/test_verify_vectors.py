"""Every directory of fixtures/vectors/verify: a name that ends in ``_fail`` must fail, at the step and with the code
that expect.json says; every other one must be verified, with the signers that it says."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from plugintool import clock
from plugintool.device.artifact import open_artifact
from plugintool.device.inventory import take_inventory
from plugintool.device.revocation_lists import read_lists
from plugintool.device.verify import Verdict, load_trust_policy, verify_artifacts
from plugintool.errors import TrustPolicyError, VerificationError
from plugintool.report import Outcome
from plugintool.tree.directory import open_built
from plugintool.tree.record import is_ours
from plugintool.tree.sink import DirectorySink
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from plugintool.verify.steps import STEPS
from tests.vector_agreement import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "fixtures" / "vectors" / "verify"
CASES = sorted(path.name for path in VECTORS.iterdir())
BUNDLES = [case for case in CASES if any((VECTORS / case).glob("*.mcpb"))]
TREES = sorted(set(CASES) - set(BUNDLES))
CHECKED_STEPS = (1, 2, 3, 4, 5, 6, 7, 8)


def expected(case: str) -> dict[str, Any]:
    value = json.loads((VECTORS / case / "expect.json").read_text())
    assert isinstance(value, dict)
    return value


def moment(case: str) -> dt.datetime:
    """The moment for which the verdict is asked."""
    return clock.parse_utc(expected(case)["at"])


def judge_of(case: str) -> Judge:
    """Who decides about one vector."""
    path = VECTORS / case / "trust-policy.json"
    return Judge(load_trust_policy(path), Circumstances(moment(case), read_lists(path)), take_inventory)


def run(case: str) -> Outcome[Verdict]:
    """Verify one vector; a trust policy that cannot be used ends it as well."""
    artifact, policy = VECTORS / case / expected(case)["artifact"], VECTORS / case / "trust-policy.json"
    try:
        (outcome,) = verify_artifacts([artifact], trust_policy=policy, now=moment(case)).outcomes
    except TrustPolicyError as error:
        return Outcome(subject=case, error=error)
    return outcome


@pytest.mark.parametrize("case", CASES)
def test_vector_ends_as_its_name_says(case: str) -> None:
    """The step and the code of the error are those of expect.json."""
    expect, outcome = expected(case), run(case)
    found = (0, "ok")
    if outcome.error is not None:
        assert isinstance(outcome.error, VerificationError), outcome.error
        found = (outcome.error.step, outcome.error.code)
    assert found == (expect["step"], expect["code"]), outcome.error
    assert case.endswith("_fail") == (found[0] > 0)
    if outcome.error is None:
        assert outcome.value is not None
        found_to_be = outcome.value.trusted or outcome.value.bundle
        assert found_to_be is not None
        assert list(found_to_be.signers) == expect["signers"]


@pytest.mark.parametrize("case", TREES)
def test_materialise_agrees_with_check_content(case: str, tmp_path: Path) -> None:
    """What is written is exactly the signed tree, or nothing that is called verified."""
    expect, target = expected(case), tmp_path / "tree"
    try:
        judge = judge_of(case)
        with open_artifact(VECTORS / case / expect["artifact"]) as source:
            trusted = judge.authenticate(source)
            tree = judge.materialise(trusted, source, DirectorySink(target))
    except VerificationError as error:
        step = error.step
    else:
        step = 0
    assert step == expect["step"]
    if step > 0:
        return
    record = trusted.statement.record
    written = open_built(tree.root, name=trusted.statement.name)
    assert [file.path for file in written.files() if not is_ours(file.path)] == [entry.path for entry in record.entries]
    if os.name == "posix":
        for entry in record.entries:
            assert bool((tree.root / entry.path).stat().st_mode & 0o111) == entry.executable
    judge.check_content(judge.authenticate(written), written)


def test_vectors_cover_every_step_that_checks_something() -> None:
    """Hundreds of vectors, good ones among them, several for each step, and bundles for each but the last."""
    steps = Counter(expected(case)["step"] for case in CASES)
    assert sum(steps.values()) >= 500
    assert steps[0] >= 20
    assert all(steps[number] >= 5 for number in CHECKED_STEPS), steps
    assert set(steps) - {0} == set(CHECKED_STEPS) <= {step.number for step in STEPS}
    assert {expected(case)["step"] for case in BUNDLES} == {0, *CHECKED_STEPS[:-1]}


@pytest.mark.parametrize("case", CASES)
def test_vector_names_who_agrees(case: str) -> None:
    """A program that is not ours, or the rule that only we have."""
    agrees = expected(case)["agrees"]
    assert agrees in PROGRAMS or agrees.startswith("ours: ")


def test_vectors_are_what_the_script_writes(tmp_path: Path) -> None:
    """Running the script again gives the same bytes."""
    script = [sys.executable, "-m", "scripts.make_vectors", "--out", str(tmp_path / "again")]
    subprocess.run(script, cwd=ROOT, check=True, capture_output=True)
    assert contents(tmp_path / "again") == contents(VECTORS)


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
