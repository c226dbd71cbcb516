"""NIST PKITS: what it refuses is refused, and what else is refused stands in a table with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.x509.verification import ExtensionPolicy

from plugintool.verify import chain
from plugintool.verify.certificate import Certificate
from tests import pkits

pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def directory(suite: Callable[[str], Path]) -> Path:
    """The data of PKITS."""
    return suite("cryptography_vectors") / "x509" / "PKITS_data"


@pytest.fixture(scope="module")
def refusals(directory: Path) -> dict[str, str]:
    """The names of all messages; the value is the error of those that are refused, or nothing."""
    patch = pytest.MonkeyPatch()
    patch.setattr(chain, "_signer_policy", lambda _: ExtensionPolicy.permit_all())
    root: Certificate = pkits.read_root(directory)
    found = {name: pkits.judge(message, root) for name, message in pkits.messages(directory).items()}
    patch.undo()
    return {name: "" if error is None else error.message for name, error in found.items()}


def test_the_suite_is_whole(refusals: dict[str, str]) -> None:
    """Nothing is passed over."""
    assert len(refusals) == pkits.MESSAGES


def test_everything_invalid_is_refused(refusals: dict[str, str]) -> None:
    """Without any exception: this is the half that matters."""
    accepted = {name for name, error in refusals.items() if not error}
    assert {name for name in accepted if not pkits.is_accepted_by_pkits(name)} == set()


def test_what_is_valid_is_accepted_but_for_the_table(refusals: dict[str, str]) -> None:
    """Each deviation is on the safe side and has a reason; a new one, or one that is gone, fails."""
    refused = {name for name, error in refusals.items() if error and pkits.is_accepted_by_pkits(name)}
    listed = Counter(name for deviation in pkits.DEVIATIONS for name in deviation.names)
    assert max(listed.values()) == 1
    assert refused == set(listed)
