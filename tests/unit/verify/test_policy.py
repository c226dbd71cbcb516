"""Trust policies: read strictly, with the line of everything that is wrong, and one policy for a name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugintool import limits
from plugintool.errors import TrustPolicyError
from plugintool.verify.policy import KeyPublisher, Scope
from plugintool.verify.policy_reader import PROBLEMS_SHOWN, parse_trust_policy
from plugintool.verify.verified import Level
from tests import vector_forge as forge
from tests.signing_world import policy_of


def refuse(value: Any) -> TrustPolicyError:
    with pytest.raises(TrustPolicyError) as caught:
        policy_of(value)
    assert caught.value.step == 6
    assert caught.value.detail["path"] == "trust-policy.json"
    return caught.value


def test_everything_is_read() -> None:
    """A policy with every member."""
    value = forge.trust(
        forge.entry(forge.publisher("ed25519-a", "p256", threshold=2), level="audit", min_sequence=5),
        forge.entry(forge.publisher("rsa2048"), name="two", scope="other"),
        keys=("stranger",),
        digests=("0" * 64,),
    )
    policy = policy_of(value)
    first, second = policy.policies
    assert (first.name, first.level, first.min_sequence) == ("acme", Level.AUDIT, 5)
    assert [scope.pattern for scope in first.scopes] == ["acme-*"]
    assert [(type(publisher), publisher.threshold) for publisher in first.publishers] == [(KeyPublisher, 2)]
    assert len(list(first.pins)) == 2
    assert [pin.key.key_id for pin in second.pins] == [forge.key_id("rsa2048")]
    assert policy.revoked_keys == {forge.key_id("stranger")}
    assert policy.revoked_digests == {"0" * 64}
    assert set(policy.pins) == {forge.key_id(name) for name in ("ed25519-a", "p256", "rsa2048")}


def test_what_is_left_out_has_a_strict_default() -> None:
    """Level enforce, threshold one, nothing revoked."""
    value = {"version": 1, "policies": [{"name": "a", "scope": ["*"], "publishers": [forge.publisher("p256")]}]}
    del value["policies"][0]["publishers"][0]["threshold"]  # type: ignore[index]
    (only,) = policy_of(value).policies
    assert (only.level, only.min_sequence, only.publishers[0].threshold) == (Level.ENFORCE, 0, 1)
    assert not policy_of(value).revoked_keys


def test_a_key_may_be_pinned_by_several_policies() -> None:
    """The first place is the one that messages name."""
    value = forge.trust(
        forge.entry(forge.publisher("p256")), forge.entry(forge.publisher("p256"), name="two", scope="two")
    )
    policy = policy_of(value)
    pin = policy.pins[forge.key_id("p256")]
    lines = json.dumps(value, indent=1).splitlines()
    assert policy.line_of(pin.at) == next(i for i, line in enumerate(lines, 1) if '"key_id"' in line) - 1


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "anything", True),
        ("acme", "acme", True),
        ("acme", "acme-tools", False),
        ("acme-*", "acme-tools", True),
        ("acme-*", "acme-", True),
        ("acme-*", "acme", False),
        ("*-tools", "acme-tools", True),
        ("*-tools", "tools", False),
        ("a*s", "as", True),
        ("a*s", "a", False),
        ("aba*aba", "ababa", False),
        ("aba*aba", "abaaba", True),
        ("acme-*", "ACME-tools", False),
        ("acme.tools", "acmeXtools", False),
    ],
)
def test_scope_matches(pattern: str, name: str, *, expected: bool) -> None:
    """One star for any run of characters, everything else literally."""
    assert Scope(pattern, ()).matches(name) is expected


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (["*", "acme-*"], [1]),
        (["acme-*", "*"], [0]),
        (["acme-*", "acme-tools"], [1]),
        (["acme-*", "*tools"], [0, 1]),
        (["acme-tools*", "acme-tools"], [0, 1]),
        (["other", "nothing"], []),
    ],
)
def test_longest_literal_scope_wins(scopes: list[str], expected: list[int]) -> None:
    """Ties come back as they are: it is an error to decide, not to write."""
    entries = [
        forge.entry(forge.publisher("p256"), name=f"p{number}", scope=scope) for number, scope in enumerate(scopes)
    ]
    found = policy_of(forge.trust(*entries)).candidates("acme-tools")
    assert [policy.name for policy in found] == [f"p{number}" for number in expected]


def test_two_scopes_of_one_policy_are_no_tie() -> None:
    """A policy does not compete with itself."""
    value = forge.trust(forge.entry(forge.publisher("p256")) | {"scope": ["acme-*", "*tools"]})
    assert len(policy_of(value).candidates("acme-tools")) == 1


def test_all_problems_are_named_with_their_lines() -> None:
    """An administrator repairs a file once."""
    value = forge.trust(forge.entry(forge.publisher("p256"), level="skip", timestamp="always", color="red"))
    error = refuse(value)
    problems = error.detail["problems"]
    assert len(problems) == 3
    lines = json.dumps(value, indent=1).splitlines()
    for word in ("color", "level", "timestamp"):
        line = next(i for i, text in enumerate(lines, 1) if f'"{word}"' in text)
        assert any(problem.startswith(f"line {line}: /policies/0/{word}: ") for problem in problems), word
    assert error.detail["line"] > 1
    assert error.detail["field"].startswith("/policies/0/")


def test_message_says_expected_and_found() -> None:
    """For a value that has alternatives, and for one that has none."""
    error = refuse(forge.trust(forge.entry(forge.publisher("p256"), level="skip")))
    assert "expected enforce or audit, found 'skip'" in error.message
    error = refuse({**forge.trust(), "version": 2})
    assert "expected 1, the only value supported now, found 2" in error.message


def test_wrong_key_id_is_answered_with_the_right_one() -> None:
    """It must be the digest of the key beside it, so that nobody pins another key than the id that was compared."""
    pin = {**forge.pin("p256"), "key_id": forge.key_id("p384")}
    error = refuse(forge.trust(forge.entry({"type": "key", "keys": [pin]})))
    assert forge.key_id("p256") in error.message
    assert error.detail["field"] == "/policies/0/publishers/0/keys/0/key_id"


@pytest.mark.parametrize("threshold", [0, 3, -1, True, "1", 1.0, None])
def test_threshold_must_be_reachable(threshold: Any) -> None:
    """At least one, at most the number of keys."""
    error = refuse(forge.trust(forge.entry({**forge.publisher("p256", "p384"), "threshold": threshold})))
    assert "from 1 to 2" in error.message


def test_same_key_twice_is_no_second_key() -> None:
    """Else a threshold of two could be met by one person."""
    assert "more than once" in refuse(forge.trust(forge.entry(forge.publisher("p256", "p256", threshold=2)))).message


@pytest.mark.parametrize("junk", [None, True, 1, 1.5, "x", [], {}, [[]], [None], {"x": 1}])
@pytest.mark.parametrize(
    "place",
    [
        (),
        ("version",),
        ("policies",),
        ("policies", 0),
        ("policies", 0, "name"),
        ("policies", 0, "scope"),
        ("policies", 0, "scope", 0),
        ("policies", 0, "level"),
        ("policies", 0, "publishers"),
        ("policies", 0, "publishers", 0),
        ("policies", 0, "publishers", 0, "type"),
        ("policies", 0, "publishers", 0, "keys"),
        ("policies", 0, "publishers", 0, "keys", 0),
        ("policies", 0, "publishers", 0, "keys", 0, "key_id"),
        ("policies", 0, "publishers", 0, "keys", 0, "public_key"),
        ("policies", 0, "min_sequence"),
        ("policies", 0, "timestamp"),
        ("revoked", "keys"),
    ],
)
def test_any_value_in_any_place_is_read_or_refused(place: tuple[Any, ...], junk: Any) -> None:
    """Total: a trust policy, or a TrustPolicyError."""
    value = forge.trust()
    harmless = (
        (place[-1:] == ("name",) and junk == "x")
        or (place[-2:-1] == ("scope",) and junk == "x")
        or (place[-1:] == ("min_sequence",) and type(junk) is int)
        or (place == ("version",) and type(junk) is int)
        or (place == ("revoked", "keys") and junk == [])
    )
    if not place:
        value = junk
    else:
        target = value
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = junk
    if harmless:
        policy_of(value)
    else:
        data = json.dumps(value).encode()
        with pytest.raises(TrustPolicyError):
            parse_trust_policy(data, path="x")


@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":1,"a":2}', b"NaN"])
def test_broken_text_is_a_problem_of_the_trust_policy(data: bytes) -> None:
    """With the place where reading ended."""
    with pytest.raises(TrustPolicyError, match="trust policy is not a valid JSON text"):
        parse_trust_policy(data, path="x")


def test_too_large_a_file_is_refused() -> None:
    """Before it is parsed."""
    with pytest.raises(TrustPolicyError, match="more than"):
        parse_trust_policy(b" " * (limits.TRUST_POLICY_BYTES + 1), path="x")


def test_a_flood_of_problems_is_cut() -> None:
    """Ten thousand wrong scopes give a message that can be read, in time."""
    error = refuse(forge.trust(forge.entry(forge.publisher("p256")) | {"scope": ["?"] * 10_000}))
    assert len(error.detail["problems"]) == PROBLEMS_SHOWN
