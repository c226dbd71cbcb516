"""Lineages: what the vectors do not show, which is what was seen before, and what messages say."""

from __future__ import annotations

from typing import Any

import pytest

from plugintool.errors import SignatureInvalidError, UntrustedSignerError
from plugintool.tree.memory import MemoryTree
from plugintool.verify import verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.lineage import Descent, Link
from plugintool.verify.steps import Ladder
from plugintool.verify.verified import TrustedStatement
from tests import vector_forge as forge
from tests.signing_world import NOW, policy_of
from tests.vector_cases_lineage import FIRST, FOLLOW_A, STRANGER, A, B, C, following, lineage, place
from tests.vector_forge import entry, key_id, publisher, signed, trust


def link(old: str, new: str, *, keeps_signing: bool = False, sequence: int = FIRST) -> Link:
    return Link(sequence=sequence, old=key_id(old), new=key_id(new), keeps_signing=keeps_signing)


def judged(
    *lineages: dict[str, bytes],
    by: tuple[str, ...],
    policy: Any = None,
    seen: tuple[Link, ...] = (),
    ladder: Any = None,
) -> TrustedStatement:
    """Authenticate a tree with lineage files on a device that has seen others."""
    files = signed(*by)
    for one in lineages:
        files.update(one)
    circumstances = Circumstances(NOW, lineages=seen)
    return verifier.authenticate(
        MemoryTree(forge.NAME, files), policy_of(FOLLOW_A if policy is None else policy), circumstances, ladder
    )


# -- what was seen before ----------------------------------------------------------------------------------------


def test_a_key_that_was_seen_to_give_up_signs_no_more() -> None:
    """Also in an artifact that leaves the lineage out: the thief of an old key would."""
    with pytest.raises(UntrustedSignerError, match="does not trust these signers") as caught:
        judged(by=(A,), seen=(link(A, B),))
    assert caught.value.step == 6
    assert f"gave up the right to sign, for {key_id(B)}" in str(caught.value.detail["found"])


def test_a_key_that_was_seen_to_keep_its_right_signs_on() -> None:
    """A successor alone takes nothing away."""
    assert judged(by=(A,), seen=(link(A, B, keeps_signing=True),)).signers == (key_id(A),)


def test_a_thief_cannot_name_an_heir_to_who_has_seen_the_right_one() -> None:
    """A later sequence does not help a key without rights."""
    with pytest.raises(SignatureInvalidError, match="names different successors") as caught:
        judged(lineage(A, C, sequence=FIRST + 9), by=(C,), seen=(link(A, B),))
    assert caught.value.step == 2


def test_rights_are_not_given_back() -> None:
    """The same successor, but with the right to sign again."""
    with pytest.raises(SignatureInvalidError, match="names different successors"):
        judged(lineage(A, B, keep=("sign",), sequence=FIRST + 1), by=(A,), seen=(link(A, B),))


@pytest.mark.parametrize("sequence", [FIRST - 1, FIRST, FIRST + 1])
def test_saying_the_same_again_is_allowed(sequence: int) -> None:
    """A publisher who writes the file anew, and an older artifact that comes later."""
    assert judged(lineage(A, B, keep=(), sequence=sequence), by=(B,), seen=(link(A, B),)).signers == (key_id(B),)


def test_an_older_lineage_does_not_hold_against_one_that_was_seen() -> None:
    """An artifact with the earlier of two successors comes late: its key is a stranger by now."""
    seen = (link(A, B, keeps_signing=True, sequence=FIRST + 1),)
    with pytest.raises(UntrustedSignerError, match="no signature is by a key") as caught:
        judged(lineage(A, C), by=(C,), seen=seen)
    assert caught.value.step == 2


def test_an_older_lineage_does_not_give_back_a_right() -> None:
    """First the key kept its right, later it gave up: the earlier file comes again."""
    with pytest.raises(UntrustedSignerError, match="does not trust these signers"):
        judged(lineage(A, B), by=(A,), seen=(link(A, B, sequence=FIRST + 1),))


def test_a_fork_of_what_was_seen_is_refused() -> None:
    """Two successors with one sequence, in two artifacts."""
    with pytest.raises(SignatureInvalidError, match="names different successors"):
        judged(lineage(A, C), by=(C,), seen=(link(A, B, keeps_signing=True),))


def test_a_circle_with_what_was_seen_is_refused() -> None:
    """A key never comes back."""
    policy = trust(entry(following(A, B)))
    with pytest.raises(SignatureInvalidError, match="leads back to an old key"):
        judged(lineage(B, A), by=(A,), seen=(link(A, B, keeps_signing=True),), policy=policy)


def test_a_stripping_holds_for_a_key_that_nobody_pins() -> None:
    """What was seen holds whoever knows the key, also for the middle of a line."""
    with pytest.raises(UntrustedSignerError):
        judged(lineage(A, B), by=(B,), seen=(link(B, C),))


def test_what_was_seen_makes_nobody_known() -> None:
    """The key itself must come along, or be pinned."""
    with pytest.raises(UntrustedSignerError, match="no signature is by a key"):
        judged(by=(B,), seen=(link(A, B),))


def test_old_and_new_are_one_signer_by_what_was_seen() -> None:
    """Also when both are pinned and the artifact has no lineage."""
    policy = trust(entry(publisher(A, B, threshold=2)))
    with pytest.raises(UntrustedSignerError, match="does not trust these signers"):
        judged(by=(A, B), policy=policy, seen=(link(A, B, keeps_signing=True),))


# -- what comes of it --------------------------------------------------------------------------------------------


def test_the_statement_carries_what_to_remember() -> None:
    """The links of known keys, and every file as it was checked."""
    trusted = judged(lineage(A, B, keep=()), lineage(STRANGER, C), by=(B,))
    assert trusted.lineages == (link(A, B),)
    assert {place(B), place(C)} <= {path for path, _ in trusted.signature_files}


def test_what_was_seen_is_remembered_on() -> None:
    """A later link replaces an earlier one."""
    later = lineage(A, B, sequence=FIRST + 5)
    assert judged(later, by=(B,), seen=(link(A, B, keeps_signing=True),)).lineages == (
        link(A, B, keeps_signing=True, sequence=FIRST + 5),
    )


def test_the_ladder_tells_whose_successor_signed() -> None:
    """Steps 1 and 2 say what was found."""
    ladder = Ladder()
    judged(lineage(A, B), lineage(STRANGER, C), by=(B,), ladder=ladder)
    assert ladder.results[0].detail == "1 signature file, 2 lineage files"
    assert f"ed25519 {key_id(B)} after {key_id(A)}" in ladder.results[1].detail
    assert f"not known and not counted: {key_id(STRANGER)} (a lineage)" in ladder.results[1].detail


def test_a_successor_that_is_not_followed_is_told_from_a_stranger() -> None:
    """The administrator learns which switch it is."""
    with pytest.raises(UntrustedSignerError) as caught:
        judged(lineage(A, B), by=(B,), policy=forge.trust())
    assert '"lineage": true' in str(caught.value.detail["found"])


def test_lines() -> None:
    """All keys of a line have one end in common, and nobody else has."""
    assert Descent().line_of(key_id(A)) == key_id(A)
    chain = {one.old: one for one in (link(A, B), link(B, C))}
    descent = Descent(chain)
    assert {descent.line_of(key_id(key)) for key in (A, B, C)} == {key_id(C)}
    assert descent.line_of(key_id(STRANGER)) == key_id(STRANGER)
    assert descent.heirs_of([key_id(A)]) == {key_id(B), key_id(C)}
    assert descent.heirs_of([key_id(C), key_id(STRANGER)]) == set()
