"""The verifier is total, and no byte of a signed tree is free."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plugintool.envelope.signature_file import SignatureFile, parse_signature_file, render_signature_file
from plugintool.envelope.statement import Statement, parse_statement
from plugintool.errors import MalformedFileError, PlugintoolError, TrustPolicyError, VerificationError
from plugintool.tree.memory import MemoryTree
from plugintool.verify import verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.keys import parse_der, parse_pem
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.verified import TrustedStatement
from tests import vector_forge as forge
from tests.signing_world import NOW, policy_of, tree_of

EXAMPLES = settings(deadline=None, max_examples=300)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JUNK = st.recursive(
    SCALARS, lambda child: st.lists(child, max_size=3) | st.dictionaries(st.text(max_size=8), child, max_size=3)
)
POLICY = policy_of()
T = TypeVar("T")
E = TypeVar("E", bound=PlugintoolError)


def verify(tree: MemoryTree, policy: TrustPolicy = POLICY) -> TrustedStatement:
    trusted = verifier.authenticate(tree, policy, Circumstances(NOW))
    verifier.check_content(trusted, tree)
    return trusted


def attempt(kind: type[E], call: Callable[[], T]) -> tuple[T | None, E | None]:
    """What a call gives: its value, or an error of this kind; any other is a failure of the test."""
    try:
        return call(), None
    except kind as error:
        return None, error


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value but its root."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*here, key)
        yield from places(child, (*here, key))


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value with one to three places replaced, removed, doubled or added to."""
    changed = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(places(changed), key=str) or [()]))
        assume(path)
        target = changed
        for step in path[:-1]:
            target = target[step]
        kind = draw(st.sampled_from(["replace", "remove", "add", "nest"]))
        if kind == "remove":
            del target[path[-1]]
        elif kind == "add" and isinstance(target, dict):
            target[draw(st.text(max_size=8))] = draw(JUNK)
        elif kind == "nest":
            target[path[-1]] = [target[path[-1]]]
        else:
            target[path[-1]] = draw(JUNK)
    return changed


@st.composite
def spliced(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes with a piece cut out, replaced or inserted."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 20)))
    return data[:start] + draw(st.binary(max_size=20)) + data[end:]


def encode(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


SIGNATURE_JSON = forge.signature_json(forge.payload())
SIGNATURE_BYTES = forge.signature(forge.payload())


@EXAMPLES
@given(st.binary(max_size=300) | spliced(SIGNATURE_BYTES) | mutated(SIGNATURE_JSON).map(encode))
def test_any_signature_file_is_read_or_malformed(data: bytes) -> None:
    """And what is read can be written and read again."""
    try:
        file = parse_signature_file(data, path="x")
    except MalformedFileError:
        return
    assert isinstance(file, SignatureFile)
    assert file == parse_signature_file(render_signature_file(file), path="x")


@EXAMPLES
@given(spliced(SIGNATURE_BYTES) | mutated(SIGNATURE_JSON).map(encode))
def test_any_signature_file_in_a_tree_gives_the_signed_statement_or_an_error(data: bytes) -> None:
    """A changed file may at most be one that says the same."""
    tree = tree_of({**forge.signed(), forge.SIGNATURE: data})
    trusted, error = attempt(VerificationError, lambda: verify(tree))
    if trusted is None:
        assert error is not None
        assert error.step in {1, 2}
        return
    assert trusted.statement.payload == forge.payload()
    assert trusted.signers == (forge.key_id("ed25519-a"),)


@EXAMPLES
@given(st.binary(max_size=300) | spliced(forge.payload()) | mutated(forge.statement_json()).map(forge.compact_any))
def test_any_signed_payload_is_a_statement_or_fails(payload: bytes) -> None:
    """A trusted key that signs junk must not bring the verifier down."""
    assume(payload)
    tree = tree_of(forge.signed(data=payload))
    trusted, error = attempt(VerificationError, lambda: verify(tree))
    if trusted is None:
        assert error is not None
        assert error.step in {2, 6, 7}
        return
    assert trusted.statement == parse_statement(payload, path="x")


@EXAMPLES
@given(st.binary(max_size=200) | mutated(forge.statement_json()).map(forge.compact_any))
def test_any_payload_is_a_statement_or_malformed(payload: bytes) -> None:
    """The reader by itself."""
    statement, error = attempt(MalformedFileError, lambda: parse_statement(payload, path="x"))
    assert isinstance(statement, Statement) or (error is not None and error.detail["path"] == "x")


POLICY_JSON = forge.trust(
    forge.entry(forge.publisher("ed25519-a", "p256", threshold=1)), keys=("stranger",), digests=("0" * 64,)
)


@EXAMPLES
@given(st.binary(max_size=300) | spliced(encode(POLICY_JSON)) | mutated(POLICY_JSON).map(encode))
def test_any_trust_policy_is_read_or_refused(data: bytes) -> None:
    """And with whatever is read the verifier comes to an end."""
    policy, error = attempt(TrustPolicyError, lambda: parse_trust_policy(data, path="x"))
    if policy is None:
        assert error is not None
        assert error.step == 6
        return
    trusted, refusal = attempt(VerificationError, lambda: verify(tree_of(), policy))
    assert (trusted is None) == (refusal is not None)


@EXAMPLES
@given(st.dictionaries(st.sampled_from([*forge.signed(), "x", "version.json", "bin/y"]), st.binary(max_size=40)))
def test_any_tree_beside_the_signed_one_is_refused(files: dict[str, bytes]) -> None:
    """Unless it is the signed one, or differs only in version.json being away."""
    tree = {**forge.signed(), **files}
    same = all(tree[path] == data for path, data in forge.signed().items()) and set(tree) == set(forge.signed())
    try:
        verify(tree_of(tree))
    except VerificationError:
        assert not same
        return
    assert same


@EXAMPLES
@given(st.binary(max_size=200), st.text(max_size=200))
def test_any_key_is_read_or_malformed(der: bytes, pem: str) -> None:
    """Both forms."""
    for _, error in (
        attempt(MalformedFileError, lambda: parse_der(der, path="x")),
        attempt(MalformedFileError, lambda: parse_pem(pem, path="x")),
    ):
        assert error is not None
        assert error.detail["path"] == "x"


@EXAMPLES
@given(st.sampled_from(["ed25519-a", "p256", "p384", "rsa2048"]), st.data())
def test_any_damaged_key_is_read_or_malformed(name: str, data: st.DataObject) -> None:
    """Damage near a real key finds the corners that noise does not."""
    der = data.draw(spliced(forge.signer(name).public_key.der))
    try:
        key = parse_der(der, path="x")
    except MalformedFileError:
        return
    assert key.der == der


def test_no_byte_of_a_signed_tree_is_free() -> None:
    """One bit of every byte of every file: refused, or in the signature of a key that nobody counts."""
    files = forge.signed("ed25519-a", "stranger")
    expected = verify(tree_of(files))
    free = []
    for path, data in files.items():
        for position, byte in enumerate(data):
            changed = data[:position] + bytes([byte ^ (1 << position % 8)]) + data[position + 1 :]
            try:
                trusted = verify(tree_of({**files, path: changed}))
            except VerificationError:
                continue
            free.append((path, position))
            assert trusted.statement == expected.statement
            assert trusted.signers == expected.signers
    stranger = files[forge.further("stranger")]
    assert {path for path, _ in free} <= {forge.further("stranger")}
    outside = stranger.index(b'"sig":"'), stranger.index(b'"hint":"')
    assert all(any(start <= position < start + 100 for start in outside) for _, position in free)


def test_no_byte_of_a_trust_policy_makes_a_stranger_trusted() -> None:
    """One bit of every byte of a policy that does not trust the signer."""
    data = encode(forge.trust(forge.entry(forge.publisher("ed25519-b"))))
    tree = tree_of()
    for position, byte in enumerate(data):
        changed = data[:position] + bytes([byte ^ (1 << position % 8)]) + data[position + 1 :]
        try:
            verify(tree, parse_trust_policy(changed, path="x"))
        except VerificationError:
            continue
        raise AssertionError(f"byte {position} of the trust policy")
