"""Steps 1 to 6, and the ladder: what the vectors do not show, messages above all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pytest

from plugintool import limits
from plugintool.errors import (
    ArchiveError,
    MissingPathError,
    MissingSignatureError,
    RevokedError,
    SignatureInvalidError,
    TrustPolicyError,
    UncheckableError,
    UntrustedSignerError,
    VerificationError,
)
from plugintool.relpath import RelPath
from plugintool.tree.entry import TreeFile
from plugintool.tree.memory import MemoryTree
from plugintool.verify import signatures, verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.steps import Ladder, StepStatus
from plugintool.verify.verified import Level
from tests import vector_forge as forge
from tests.signing_world import NOW, policy_of, tree_of, trust_tree


@dataclass
class BrokenTree:
    """A source that fails where it is told to."""

    below: MemoryTree
    error: Exception
    at: str = "open"

    @property
    def name(self) -> str:
        return self.below.name

    def files(self) -> Sequence[TreeFile]:
        if self.at == "files":
            raise self.error
        return self.below.files()

    def open(self, path: RelPath) -> BinaryIO:
        if self.at == "open":
            raise self.error
        return _BrokenStream(self.error) if self.at == "read" else self.below.open(path)


class _BrokenStream(io.BytesIO):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        raise self.error


def fail(tree: MemoryTree | BrokenTree, value: object = None, ladder: Ladder | None = None) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        verifier.authenticate(tree, policy_of(value), Circumstances(NOW), ladder)
    return caught.value


def test_trusted_statement_says_who_and_what() -> None:
    """Everything an installer needs to know."""
    trusted = trust_tree(tree_of(forge.signed("ed25519-a", "stranger")))
    assert trusted.statement.name == forge.NAME
    assert trusted.statement.sequence == forge.SEQUENCE
    assert trusted.signers == (forge.key_id("ed25519-a"),)
    assert trusted.unknown_keys == (forge.key_id("stranger"),)
    assert (trusted.policy_name, trusted.level, trusted.reported) == ("acme", Level.ENFORCE, ())
    assert trusted.checked_at == NOW
    assert [path for path, _ in trusted.signature_files] == [forge.further("stranger"), forge.SIGNATURE]


def test_ladder_of_a_good_artifact() -> None:
    """Eight lines, three of which have nothing to do for pinned keys."""
    ladder = Ladder()
    trusted = verifier.authenticate(tree_of(), policy_of(), Circumstances(NOW), ladder)
    assert [result.status for result in ladder.results[6:]] == [StepStatus.NOT_REACHED] * 2
    verifier.check_content(trusted, tree_of(), ladder=ladder)
    statuses = {result.number: result.status for result in ladder.results}
    assert {number for number, status in statuses.items() if status is StepStatus.OK} == {1, 2, 5, 6, 7}
    assert {number for number, status in statuses.items() if status is StepStatus.NOT_CONFIGURED} == {3, 4, 8}
    assert forge.key_id("ed25519-a") in ladder.results[1].detail
    assert str(forge.SEQUENCE) in ladder.results[5].detail


def test_ladder_stops_at_the_first_failure() -> None:
    """The steps behind it are not reached."""
    ladder = Ladder()
    fail(tree_of(), forge.trust(keys=("ed25519-a",)), ladder)
    assert ladder.results[4].status is StepStatus.FAILED
    assert [result.status for result in ladder.results[5:]] == [StepStatus.NOT_REACHED] * 3


def test_unsigned_is_said_only_of_what_is_unsigned() -> None:
    """A broken signature file is another matter."""
    assert isinstance(fail(tree_of(dict(forge.FILES))), MissingSignatureError)
    broken = fail(tree_of({**forge.FILES, forge.SIGNATURE: b""}))
    assert not isinstance(broken, MissingSignatureError)
    assert broken.step == 1


@pytest.mark.parametrize("at", ["files", "open", "read"])
@pytest.mark.parametrize(
    "error",
    [ArchiveError("bad", rule="C07"), MissingPathError("gone"), OSError(5, "Input/output error")],
    ids=["archive", "missing", "system"],
)
def test_source_that_cannot_be_read_fails_step_1(at: str, error: Exception) -> None:
    """No InputError and no OSError escapes."""
    found = fail(BrokenTree(tree_of(), error, at))
    assert found.step == 1
    assert isinstance(found, SignatureInvalidError if isinstance(error, ArchiveError) else UncheckableError)


def test_oversized_signature_file_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops one byte behind the limit."""
    monkeypatch.setattr(limits, "SIGNATURE_FILE_BYTES", 100)
    found = fail(tree_of())
    assert found.step == 1
    assert "larger than 100 bytes" in found.message


def test_unknown_key_message_names_both_sides() -> None:
    """The key ids found, and the pinned ones with their lines."""
    found = fail(tree_of(forge.signed("stranger")))
    assert isinstance(found, UntrustedSignerError)
    assert found.step == 2
    assert forge.key_id("stranger") in found.detail["found"]
    assert f"{forge.key_id('ed25519-a')} (line " in found.detail["expected"]
    assert "trust policy" in found.detail["hint"]


def test_unknown_key_that_is_revoked_is_called_so() -> None:
    """It explains why the pin has gone."""
    found = fail(tree_of(forge.signed("stranger")), forge.trust(keys=("stranger",)))
    assert found.detail["found"].endswith("(revoked)")


def test_many_pins_are_not_all_listed() -> None:
    """Five, and how many more."""
    names = ("ed25519-a", "ed25519-b", "ed25519-c", "p256", "p384", "rsa2048", "rsa3072")
    found = fail(tree_of(forge.signed("stranger")), forge.trust(forge.entry(forge.publisher(*names))))
    assert found.detail["expected"].endswith("2 more")


def test_uncovered_name_is_answered_with_the_nearest_scope() -> None:
    """A typo is the likeliest reason."""
    value = forge.trust(
        forge.entry(forge.publisher("ed25519-a"), scope="acme-tool"),
        forge.entry(forge.publisher("ed25519-a"), name="two", scope="zzz"),
    )
    found = fail(tree_of(), value)
    assert isinstance(found, TrustPolicyError)
    assert found.step == 6
    assert "acme-tool (line " in found.detail["found"]
    assert '"acme-tools"' in found.detail["hint"]


def test_tie_names_both_policies_and_lines() -> None:
    """And is not taken for an uncovered name."""
    value = forge.trust(
        forge.entry(forge.publisher("ed25519-a")), forge.entry(forge.publisher("p256"), name="two", scope="*tools")
    )
    found = fail(tree_of(), value)
    assert "several policies" in found.message
    assert "acme (line " in found.detail["found"]
    assert "two (line " in found.detail["found"]


def test_unmet_threshold_says_how_many_of_which() -> None:
    """And which keys signed."""
    found = fail(tree_of(), forge.trust(forge.entry(forge.publisher("ed25519-a", "p256", threshold=2))))
    assert isinstance(found, UntrustedSignerError)
    assert found.detail["expected"].startswith("2 of ")
    assert found.detail["expected"].endswith("found 1")
    assert found.detail["found"] == forge.key_id("ed25519-a")
    assert found.detail["line"] > 1


def test_old_release_names_the_line_of_the_bound() -> None:
    """The sequence that would do, and the one that came."""
    found = fail(tree_of(), forge.trust(forge.entry(forge.publisher("ed25519-a"), min_sequence=2_000_000_000)))
    assert isinstance(found, TrustPolicyError)
    assert "2000000000" in found.detail["expected"]
    assert found.detail["found"] == str(forge.SEQUENCE)
    assert found.detail["line"] > 1


def test_revocation_comes_before_scope() -> None:
    """Step 5 is step 5, also for a name that no policy covers."""
    value = forge.trust(forge.entry(forge.publisher("ed25519-a"), scope="other"), keys=("ed25519-a",))
    assert isinstance(fail(tree_of(), value), RevokedError)


def test_revocation_names_keys_and_content_together() -> None:
    """All reasons at once."""
    found = fail(tree_of(), forge.trust(keys=("ed25519-a",), digests=(forge.tree_record().digest,)))
    assert forge.key_id("ed25519-a") in found.message
    assert forge.tree_record().digest in found.message


def test_level_audit_reports_revocation() -> None:
    """The ladder shows a failure, the value remembers it, and verification goes on."""
    ladder = Ladder()
    value = forge.trust(forge.entry(forge.publisher("ed25519-a"), level="audit"), keys=("ed25519-a",))
    trusted = verifier.authenticate(tree_of(), policy_of(value), Circumstances(NOW), ladder)
    assert trusted.level is Level.AUDIT
    assert len(trusted.reported) == 1
    assert ladder.results[4].status is StepStatus.FAILED
    assert "audit" in ladder.results[4].detail
    assert ladder.results[5].status is StepStatus.OK


def test_statement_is_parsed_only_after_its_signature_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a stranger's statement is looked at."""

    def never(payload: bytes, *, path: str) -> None:
        raise AssertionError(f"parsed {len(payload)} bytes of {path}")

    monkeypatch.setattr(signatures, "parse_statement", never)
    files = {**forge.signed(), forge.SIGNATURE: forge.compact(forge.signature_json(b"{}", signature=b"\0" * 64))}
    assert isinstance(fail(tree_of(files)), SignatureInvalidError)
    assert isinstance(fail(tree_of(forge.signed("stranger"))), UntrustedSignerError)


def test_only_signature_files_are_read_while_authenticating() -> None:
    """The content is the business of step 7."""
    opened: list[str] = []

    class Watched(BrokenTree):
        def open(self, path: RelPath) -> BinaryIO:
            opened.append(path)
            return self.below.open(path)

    verifier.authenticate(Watched(tree_of(), OSError()), policy_of(), Circumstances(NOW))
    assert opened == [forge.SIGNATURE]


def test_different_statements_name_both_files() -> None:
    """And what to do about it."""
    other = forge.signature(forge.payload(sequence=2), "p256")
    found = fail(tree_of({**forge.signed(), forge.further("p256"): other}))
    assert found.step == 1
    assert {found.detail["path"], found.detail["expected"].split()[-1]} == {forge.SIGNATURE, forge.further("p256")}
