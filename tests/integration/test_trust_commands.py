"""``trust init``, ``trust test`` and ``trust fetch-crl`` from the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography import x509

from plugintool.author.signers import find_signers
from plugintool.author.trust_codes import TRUST_CODES
from plugintool.cli import trust_init
from plugintool.cli.main import command
from plugintool.cli.output import Output
from plugintool.verify.keys import parse_pem
from plugintool.verify.policy_reader import parse_trust_policy
from tests import authority_world as world
from tests import vector_cases_certificates as made
from tests import vector_forge as forge
from tests.authority_world import NOW, Holder
from tests.loopback import Asked, Said, serving
from tests.signing_world import contents, write_tree
from tests.vector_cases_bundles import bundle_by, signer

PEOPLE = world.family()
AT = ("--at", "2026-11-24T12:00:00Z")
KEY = forge.key_id("ed25519-a")


def call(*args: str | Path, **options: Any) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args], **options)


def answer(*args: str | Path) -> Any:
    """The JSON document of a call."""
    return json.loads(call(*args, "--format", "json").stdout)


def write_policy(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, indent=1))
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A tree that is signed with a key."""
    return write_tree(tmp_path / forge.NAME, forge.signed())


@pytest.fixture
def certified(tmp_path: Path) -> Path:
    """A tree that is signed by the holder of a certificate."""
    return write_tree(tmp_path / "certified" / forge.NAME, made.tree(made.signature_by(PEOPLE.leaf)))


@pytest.fixture
def public_key(tmp_path: Path) -> Path:
    path = tmp_path / "acme.pub.pem"
    path.write_text(forge.publisher("ed25519-a")["keys"][0]["public_key"])
    return path


@pytest.fixture
def root_file(tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_text(PEOPLE.root.pem + PEOPLE.intermediate.pem)
    return path


def init(tree: Path, *args: str | Path) -> Result:
    return call("trust", "init", "--from", tree, "--out", tree.parent / "policy.json", *args)


# -- init --------------------------------------------------------------------------------------------------------


def test_a_compared_key_is_trusted(plain: Path, public_key: Path) -> None:
    """The policy that is written verifies the artifact that it was made from."""
    result = init(plain, "--public-key", public_key, "--compared", KEY)
    assert result.exit_code == 0, result.output
    policy = plain.parent / "policy.json"
    assert call("verify", plain, "--trust-policy", policy).exit_code == 0
    assert json.loads(policy.read_text())["policies"][0]["scope"] == [forge.NAME]


def test_the_key_id_is_shown_in_groups(plain: Path, public_key: Path) -> None:
    """As somebody would read it aloud; and the whole is understood when it is copied so."""
    spoken = " ".join(KEY[start : start + 4] for start in range(0, 64, 4))
    result = init(plain, "--public-key", public_key, "--compared", spoken)
    assert result.exit_code == 0
    assert f"key id {spoken} (ed25519)" in result.stderr


@pytest.mark.parametrize("told", [(), ("--compared", "0" * 64), ("--compared", KEY[:16])])
def test_nothing_is_trusted_silently(plain: Path, public_key: Path, told: tuple[str, ...]) -> None:
    """Without a terminal the whole key id has to be named; the error says which it is."""
    result = init(plain, "--public-key", public_key, *told)
    assert result.exit_code == 2
    assert "nobody has compared" in result.output
    assert not (plain.parent / "policy.json").exists()


def test_a_key_that_is_not_in_the_signature_is_asked_for(plain: Path) -> None:
    """A signature file names the key by its id only."""
    result = init(plain, "--compared", KEY)
    assert result.exit_code == 2
    assert "--public-key FILE" in result.output


def test_a_wrong_signature_is_refused(plain: Path, public_key: Path) -> None:
    """Whoever names a key has not signed with it."""
    name = forge.SIGNATURE
    (plain / name).write_bytes(
        forge.signed("ed25519-b")[name].replace(forge.key_id("ed25519-b").encode(), KEY.encode())
    )
    result = init(plain, "--public-key", public_key, "--compared", KEY)
    assert result.exit_code == 3


def test_an_unsigned_tree_has_nobody_to_trust(plain: Path) -> None:
    """Not signed is said so."""
    (plain / forge.SIGNATURE).unlink()
    assert (
        answer("trust", "init", "--from", plain, "--out", plain / "x")["subjects"][0]["error"]["code"] == "not-signed"
    )


def test_nothing_is_overwritten(plain: Path, public_key: Path) -> None:
    """The file of somebody else stays."""
    (plain.parent / "policy.json").write_text("mine")
    assert init(plain, "--public-key", public_key, "--compared", KEY).exit_code == 1
    assert (plain.parent / "policy.json").read_text() == "mine"


def test_a_dry_run_writes_nothing(plain: Path, public_key: Path) -> None:
    """And says what it would."""
    before = contents(plain.parent)
    result = init(plain, "--public-key", public_key, "--compared", KEY, "--dry-run")
    assert (result.exit_code, "would trust" in result.stdout) == (0, True)
    assert contents(plain.parent) == before


def test_a_holder_is_trusted_by_root_and_subject(certified: Path, root_file: Path) -> None:
    """So the next certificate of the same holder is trusted, too."""
    key_id = made.key_id_of(PEOPLE.leaf)
    assert init(certified, "--root", root_file, "--scope", "acme-*", "--compared", key_id).exit_code == 0
    policy = certified.parent / "policy.json"
    (publisher,) = json.loads(policy.read_text())["policies"][0]["publishers"]
    assert (publisher["type"], publisher["subject"]) == ("x509", {"O": "Acme", "CN": "Acme Release 2026"})
    assert call("verify", certified, "--trust-policy", policy, *AT).exit_code == 0


def test_without_a_root_the_key_in_the_certificate_is_pinned(certified: Path) -> None:
    """Then no authority is asked."""
    assert init(certified, "--compared", made.key_id_of(PEOPLE.leaf)).exit_code == 0
    policy = certified.parent / "policy.json"
    assert json.loads(policy.read_text())["policies"][0]["publishers"][0]["type"] == "key"
    assert call("verify", certified, "--trust-policy", policy, *AT).exit_code == 0


def test_a_root_that_the_signer_is_not_below_is_refused(certified: Path, tmp_path: Path) -> None:
    """It names what would be needed."""
    (tmp_path / "other.pem").write_text(PEOPLE.tsa_root.pem)
    result = init(certified, "--root", tmp_path / "other.pem", "--compared", made.key_id_of(PEOPLE.leaf))
    assert (result.exit_code, "does not lead" in result.output) == (2, True)


def test_a_policy_is_added_to_another(plain: Path, certified: Path, public_key: Path) -> None:
    """What was there stays."""
    assert init(plain, "--public-key", public_key, "--compared", KEY).exit_code == 0
    policy = plain.parent / "policy.json"
    told = made.key_id_of(PEOPLE.leaf)
    args = ("trust", "init", "--from", certified, "--add-to", policy, "--scope", "other-*", "--compared", told)
    assert call(*args).exit_code == 0
    names = [entry.name for entry in parse_trust_policy(policy.read_bytes(), path="x").policies]
    assert names == [forge.NAME, f"{forge.NAME} 2"]


@pytest.mark.parametrize("scope", ["a*b*", "a b", "*/*"])
def test_a_scope_that_cannot_be_used_is_a_mistake_of_use(plain: Path, public_key: Path, scope: str) -> None:
    """Nothing is written."""
    result = init(plain, "--public-key", public_key, "--compared", KEY, "--scope", scope)
    assert (result.exit_code, (plain.parent / "policy.json").exists()) == (2, False)


def test_the_signer_of_a_bundle_is_trusted(tmp_path: Path) -> None:
    """Its block holds the certificate; the name is that in the bundle manifest."""
    bundle = tmp_path / "acme-server.mcpb"
    bundle.write_bytes(bundle_by(signer()))
    value = answer("trust", "init", "--from", bundle, "--out", "unwritten.json", "--dry-run")
    error = value["subjects"][0]["error"]
    assert error["code"] == "config-invalid"
    key_id = error["expected"].removeprefix("--compared ")
    found = answer("trust", "init", "--from", bundle, "--out", "unwritten.json", "--dry-run", "--compared", key_id)
    assert found["subjects"][0]["value"]["signers"][0]["key_id"] == key_id


class _Terminal:
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("said", "trusts"), [(True, True), (False, False)])
def test_at_a_terminal_a_person_is_asked(
    plain: Path, public_key: Path, monkeypatch: pytest.MonkeyPatch, said: bool, trusts: bool
) -> None:
    """And no is what an empty line means."""
    asked: list[dict[str, Any]] = []

    def confirm(*_: str, **how: Any) -> bool:
        asked.append(how)
        return said

    known = {KEY: parse_pem(public_key.read_text(), path="x")}
    (one,) = find_signers(plain, known)
    monkeypatch.setattr(trust_init, "sys", SimpleNamespace(stdin=_Terminal(), stderr=_Terminal()))
    monkeypatch.setattr("click.confirm", confirm)
    assert trust_init.has_compared(one, set(), Output(quiet=True)) is trusts
    assert asked[0]["default"] is False


# -- test --------------------------------------------------------------------------------------------------------


def codes_of(policy: Path, *args: str | Path) -> list[str]:
    value = answer("trust", "test", policy, *args)
    return [finding["code"] for finding in value["findings"]]


def test_a_good_policy_has_no_findings(plain: Path, tmp_path: Path) -> None:
    """And allows what it is for."""
    policy = write_policy(tmp_path / "policy.json", forge.trust())
    result = call("trust", "test", policy, plain, *AT)
    assert result.exit_code == 0, result.output
    assert "allowed" in result.stdout


def test_a_refusal_says_step_and_why(plain: Path, tmp_path: Path) -> None:
    """Expected and found stand in the table."""
    value = forge.trust()
    value["policies"][0]["scope"] = ["other-*"]
    found = answer("trust", "test", write_policy(tmp_path / "policy.json", value), plain, *AT)
    (standing,) = [outcome["value"] for outcome in found["subjects"][1:]]
    assert (standing["allowed"], standing["step"]) == (False, 6)
    assert "nearest is other-*" in standing["why"]
    assert found["exit_code"] == 3


def test_what_is_wrong_with_the_file_is_said_with_lines(tmp_path: Path) -> None:
    """All problems, as the reader says them."""
    value = forge.trust()
    value["policies"][0]["levle"] = "audit"
    value["policies"][0]["min_sequence"] = -1
    error = answer("trust", "test", write_policy(tmp_path / "policy.json", value))["subjects"][0]["error"]
    assert len(error["problems"]) == 2
    assert all(problem.startswith("line ") for problem in error["problems"])


def _with(**members: Any) -> Any:
    return made.rules(**members)


EARLY, LATE = NOW - world.YEAR, NOW + world.YEAR


def _root(end: Any = LATE, start: Any = EARLY, *, ca: bool = True) -> Holder:
    return world.issue("Short Root", "ec:short", ca=ca, start=start, end=end)


def _two(first: str, second: str) -> Any:
    """Two policies with one scope each."""
    one, two = (forge.trust()["policies"][0] for _ in range(2))
    return forge.trust({**one, "scope": [first]}, {**two, "name": "second", "scope": [second]})


def _revoking(*keys: str) -> Any:
    return {**forge.trust(), "revoked": {"keys": list(keys), "digests": []}}


REQUIRED = {"crl": {"rule": "require"}, "timestamp": made.stamped("after-expiry")}
QUIET = {"timestamp": made.stamped("after-expiry"), "crl": {"rule": "if-present"}}
FINDINGS: tuple[tuple[str, Any], ...] = (
    ("TP001", _two("acme-*", "*tools")),
    ("TP001", _two("a*e", "ab*")),
    ("TP002", _revoking(KEY)),
    ("TP003", _revoking(KEY)),
    ("TP004", made.rules(made.holders(_root(NOW - made.DAY)), **QUIET)),
    ("TP005", made.rules(made.holders(_root(NOW + 30 * made.DAY)), **QUIET)),
    ("TP006", made.rules(made.holders(_root(ca=False)), **QUIET)),
    ("TP007", _with(**REQUIRED)),
    ("TP010", _with(level="audit", **QUIET)),
    ("TP011", _with(level="audit", scope="*", **QUIET)),
    ("TP013", _with()),
    ("TP014", _with()),
    ("TP015", {**_with(**QUIET), "revoked": {"keys": [made.key_id_of(PEOPLE.root)], "digests": []}}),
    ("TP016", made.rules(made.holders(_root(start=NOW + made.DAY)), **QUIET)),
)


@pytest.mark.parametrize(("code", "value"), FINDINGS, ids=[f"{i}-{code}" for i, (code, _) in enumerate(FINDINGS)])
def test_each_finding_is_met_with_its_line(tmp_path: Path, code: str, value: Any) -> None:
    """What is legal and dangerous is said, and where."""
    found = answer("trust", "test", write_policy(tmp_path / "policy.json", value), *AT)
    named = [finding for finding in found["findings"] if finding["code"] == code]
    assert named
    assert all(finding["line"] > 1 for finding in named)
    assert named[0]["severity"] == TRUST_CODES[code].severity.value


@pytest.mark.parametrize(("first", "second"), [("acme-*", "other*"), ("a*c", "ab*"), ("acme", "zorn"), ("a*", "b*")])
def test_scopes_that_cannot_meet_are_no_tie(tmp_path: Path, first: str, second: str) -> None:
    """Nor those of other lengths."""
    found = codes_of(write_policy(tmp_path / "policy.json", _two(first, second)))
    assert ("TP001" in found) == ((first, second) == ("a*c", "ab*"))


def test_thirty_days_and_a_second_are_not_soon(tmp_path: Path) -> None:
    """The border of the warning."""
    root = _root(NOW + 30 * made.DAY + made.DAY / 86400)
    value = made.rules(made.holders(root), **QUIET)
    assert codes_of(write_policy(tmp_path / "policy.json", value), *AT) == []


@pytest.mark.parametrize(
    ("at", "codes"), [("2026-11-25", []), ("2026-12-01T12:00:00Z", []), ("2026-12-01T12:00:01Z", ["TP008", "TP008"])]
)
def test_lists_must_be_there_and_fresh(tmp_path: Path, at: str, codes: list[str]) -> None:
    """At the moment of the question."""
    (tmp_path / "crls").mkdir()
    for name, issuer in (("r", PEOPLE.root), ("i", PEOPLE.intermediate)):
        (tmp_path / "crls" / f"{name}.crl").write_bytes(world.revoke(issuer))
    assert codes_of(write_policy(tmp_path / "policy.json", _with(**REQUIRED)), "--at", at) == codes


def test_a_list_that_is_none_is_named(tmp_path: Path) -> None:
    """Where it is required it would fail everything."""
    (tmp_path / "bad.crl").write_bytes(b"no list")
    policy = write_policy(tmp_path / "policy.json", _with(**QUIET))
    assert codes_of(policy, "--crl", tmp_path / "bad.crl", *AT) == ["TP009"]


@pytest.mark.parametrize("harm", ["mode", "link", "directory"])
def test_a_file_that_others_could_write_is_warned_of(tmp_path: Path, harm: str) -> None:
    """A device refuses it."""
    policy = write_policy(tmp_path / "policy.json", forge.trust())
    if harm == "mode":
        policy.chmod(0o666)
    elif harm == "directory":
        tmp_path.chmod(0o777)
    else:
        os.symlink(policy, tmp_path / "link.json")
        policy = tmp_path / "link.json"
    assert codes_of(policy, *AT) == ["TP012"]
    assert call("trust", "test", policy, *AT).exit_code == 0


@pytest.mark.parametrize(
    ("args", "code"),
    [(("nowhere.json",), 1), (("nowhere.json", "--at", "soon"), 2), ((), 2), (("nowhere.json", "--crl", "x"), 1)],
)
def test_bad_use_of_test(args: tuple[str, ...], code: int) -> None:
    """No traceback, the right exit code."""
    assert call("trust", "test", *args).exit_code == code


def test_every_code_is_documented() -> None:
    """With the words of the code."""
    page = (forge.ROOT / "docs" / "reference" / "trust-policy.md").read_text("utf-8")
    for code, (severity, title, hint) in TRUST_CODES.items():
        assert f"| `{code}` | {severity.value} | {title} | {hint} |" in page


# -- fetch-crl ---------------------------------------------------------------------------------------------------


def pointing(url: str) -> tuple[Holder, Holder]:
    """A root, and an intermediate that says where its issuer's lists are."""
    root = world.issue("Net Root", "ec:net", ca=True)
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    extension = (x509.CRLDistributionPoints([point]), False)
    return root, world.issue("Net CA", "ec:netca", root, ca=True, extensions=[extension])


def fetched(tmp_path: Path, *lists: bytes, status: int = 200, args: tuple[str | Path, ...] = ()) -> list[Any]:
    """Fetch once for each list and return what was said."""
    said = iter(lists)

    def answering(asked: Asked) -> Said:
        assert asked.method == "GET"
        return Said((next(said),), status=status)

    with serving(answering) as server:
        root, middle = pointing(f"{server.url}/root.crl")
        policy = write_policy(tmp_path / "policy.json", made.rules(made.holders(root, middle=[middle])))
        return [answer("trust", "fetch-crl", policy, *args)["subjects"][0] for _ in lists]


def net_list(**changes: Any) -> bytes:
    """A list of the root that ``pointing`` makes, which is the same whatever the address."""
    return world.revoke(world.issue("Net Root", "ec:net", ca=True), **changes)


def test_a_list_is_fetched_and_kept_beside_the_policy(tmp_path: Path) -> None:
    """Then it is there for ``verify``."""
    (outcome,) = fetched(tmp_path, net_list(number=3))
    value = outcome["value"]
    assert (value["action"], value["number"], value["issuer"]) == ("new", "3", "Net Root / Acme")
    (file,) = (tmp_path / "crls").iterdir()
    assert str(file) == value["file"]
    assert file.read_bytes() == net_list(number=3)


def test_a_later_list_takes_the_place(tmp_path: Path) -> None:
    """And the same one changes nothing."""
    found = fetched(tmp_path, net_list(number=3), net_list(number=3), net_list(number=4))
    assert [outcome["value"]["action"] for outcome in found] == ["new", "unchanged", "renewed"]
    (file,) = (tmp_path / "crls").iterdir()
    assert file.read_bytes() == net_list(number=4)


def test_an_older_list_does_not(tmp_path: Path) -> None:
    """Whoever answers could hide a revocation."""
    _, second = fetched(tmp_path, net_list(number=4), net_list(number=3))
    assert "older" in second["error"]["message"]
    (file,) = (tmp_path / "crls").iterdir()
    assert file.read_bytes() == net_list(number=4)


BAD_LISTS = (
    (b"no list", 200, "cannot be read"),
    (b"", 200, "cannot be read"),
    (world.revoke(PEOPLE.tsa_root), 200, "by no authority"),
    (net_list(key=PEOPLE.root.key), 200, "by no authority"),
    (net_list(this_update=NOW + 9000 * made.DAY, next_update=NOW + 9001 * made.DAY), 200, "from the future"),
    (net_list(), 404, "status 404"),
)


@pytest.mark.parametrize(("data", "status", "message"), BAD_LISTS)
def test_what_is_no_list_of_the_issuer_is_refused(tmp_path: Path, data: bytes, status: int, message: str) -> None:
    """Nothing is written."""
    (outcome,) = fetched(tmp_path, data, status=status)
    assert message in outcome["error"]["message"]
    assert not (tmp_path / "crls").exists()


def test_a_dry_run_fetches_and_writes_nothing(tmp_path: Path) -> None:
    """The same verdict."""
    (outcome,) = fetched(tmp_path, net_list(), args=("--dry-run",))
    assert (outcome["value"]["action"], (tmp_path / "crls").exists()) == ("new", False)


def test_another_directory_is_made(tmp_path: Path) -> None:
    """Such as that of a device."""
    fetched(tmp_path, net_list(), args=("--out", tmp_path / "a" / "b"))
    assert len(list((tmp_path / "a" / "b").iterdir())) == 1


def test_one_failure_does_not_stop_the_others(tmp_path: Path) -> None:
    """Exit 1, the other list is written."""
    with serving(lambda asked: Said((net_list(),), status=404 if "bad" in asked.path else 200)) as server:
        (root, good), (_, bad) = pointing(f"{server.url}/good.crl"), pointing(f"{server.url}/bad.crl")
        policy = write_policy(tmp_path / "p.json", made.rules(made.holders(root, middle=[bad, good])))
        result = call("trust", "fetch-crl", policy)
    assert result.exit_code == 1
    assert len(list((tmp_path / "crls").iterdir())) == 1
    assert "number 1, 0 revoked" in result.stdout


def test_the_signer_of_an_artifact_is_asked(tmp_path: Path) -> None:
    """Its certificate is not in the policy."""
    lists = world.revoke(PEOPLE.intermediate, number=2)
    with serving(lambda _: Said((lists,))) as server:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{server.url}/i.crl")], None, None, None)
        signer = made.leaf(extensions=[(x509.CRLDistributionPoints([point]), False)])
        tree = write_tree(tmp_path / forge.NAME, made.tree(made.signature_by(signer)))
        policy = write_policy(tmp_path / "policy.json", made.rules())
        assert call("trust", "fetch-crl", policy, "--from", tree).exit_code == 0
    assert [file.read_bytes() for file in (tmp_path / "crls").iterdir()] == [lists]


def test_a_policy_without_addresses_says_what_to_do(tmp_path: Path) -> None:
    """Keys have no lists."""
    result = call("trust", "fetch-crl", write_policy(tmp_path / "policy.json", forge.trust()))
    assert (result.exit_code, "--from" in result.output) == (1, True)


def test_the_help_says_that_the_network_is_used() -> None:
    """Nobody should be surprised."""
    assert "uses the network" in call("trust", "fetch-crl", "--help").output
