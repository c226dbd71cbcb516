"""Bundles: what we sign is what everybody reads, and nothing can hide in the block."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.digest import sha256
from plugintool.envelope import cms, der, tst
from plugintool.envelope.mcpb_block import Dialect, render_block
from plugintool.errors import InputError, SigningError, VerificationError
from plugintool.formats.bundle_text import require_identity
from plugintool.sign.bundle import repair_container, sign_bundle
from plugintool.sign.credentials import Credentials
from plugintool.sign.file_signer import signer_of
from plugintool.verify.bundle import verify_bundle
from plugintool.verify.certificate import read_certificate
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.steps import Ladder
from plugintool.verify.verified import VerifiedBundle
from tests import authority_world as world
from tests import vector_cases_certificates as certificates
from tests import vector_forge as forge
from tests.authority_world import NOW, Holder

PEOPLE = world.family()
MANIFEST = {
    "manifest_version": "0.3",
    "name": "acme-server",
    "version": "1.2.0",
    "description": "Answers.",
    "author": {"name": "Acme"},
    "server": {
        "type": "node",
        "entry_point": "server/index.js",
        "mcp_config": {"command": "node", "args": ["${__dirname}/server/index.js"]},
    },
}
FILES = {"manifest.json": json.dumps(MANIFEST).encode(), "server/index.js": b"console.log(1)\n" * 40}


def archive_of(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return target.getvalue()


ARCHIVE = archive_of(FILES)
EVIL = archive_of({**FILES, "server/index.js": b"require('child_process')\n"})


def policy_of(value: Any = None) -> TrustPolicy:
    text = certificates.rules() if value is None else value
    return parse_trust_policy(json.dumps(text).encode(), path="trust-policy.json")


def judge_of(value: Any = None) -> Judge:
    return Judge(policy_of(value), Circumstances(NOW))


def credentials_of(*holders: Holder, stamp: Callable[[bytes], bytes] | None = None) -> Credentials:
    people = holders or (PEOPLE.leaf, PEOPLE.intermediate)
    chain = tuple(read_certificate(holder.der, what="x") for holder in people)
    return Credentials(signer_of(people[0].key, path="x"), chain, stamp)


def own_judge(credentials: Credentials) -> Judge:
    return Judge(credentials.as_policy("acme-server"), Circumstances(NOW))


def signed(block: bytes, archive: bytes = ARCHIVE, *, comment: int | None = None) -> bytes:
    """Put a block behind an archive; ``comment`` is the length that the end record declares, that of D2 by default."""
    length = len(block) if comment is None else comment
    return archive[:-2] + struct.pack("<H", length) + block


def block_over(content: bytes = ARCHIVE, holder: Holder = PEOPLE.leaf, *others: Holder, **changes: Any) -> bytes:
    chain = others or (PEOPLE.intermediate,)
    return render_block(world.sign_detached(content, holder, *chain, **changes))


def check(data: bytes, value: Any = None) -> VerifiedBundle:
    return verify_bundle(io.BytesIO(data), judge_of(value), require_identity)


def refuse(data: bytes, value: Any = None) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        check(data, value)
    return caught.value


def test_signed_bundle_is_verified(tmp_path: Path) -> None:
    """Signed in place, and the archive is what it was but for two bytes."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(ARCHIVE)
    credentials = credentials_of()
    done = sign_bundle(path, credentials, own_judge(credentials))
    data = path.read_bytes()
    assert done.digest == sha256(ARCHIVE)
    assert data[: len(ARCHIVE) - 2] == ARCHIVE[:-2]
    assert len(data) == len(ARCHIVE) + done.block_bytes
    found = check(data)
    assert (found.name, found.version, found.dialect) == ("acme-server", "1.2.0", "D2")
    assert found.digest == done.digest
    assert found.signers == (done.key_id,)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["x.mcpb"]


def test_same_archive_and_key_give_the_same_bytes(tmp_path: Path) -> None:
    """No clock and no chance in a block without a timestamp."""
    results = []
    for name in ("a.mcpb", "b.mcpb"):
        (tmp_path / name).write_bytes(ARCHIVE)
        sign_bundle(tmp_path / name, credentials_of(), own_judge(credentials_of()))
        results.append((tmp_path / name).read_bytes())
    assert results[0] == results[1]


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    """And says what would be."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(ARCHIVE)
    planned = sign_bundle(path, credentials_of(), own_judge(credentials_of()), dry_run=True)
    assert path.read_bytes() == ARCHIVE
    assert planned == sign_bundle(path, credentials_of(), own_judge(credentials_of()))


def test_ladder_has_all_steps(tmp_path: Path) -> None:
    """In the numbering of trees, though 7 is taken before 6."""
    ladder = Ladder()
    verify_bundle(io.BytesIO(signed(block_over())), judge_of(), require_identity, ladder)
    assert [result.status.value for result in ladder.results] == [*["ok"] * 7, "not configured"]


@pytest.mark.parametrize(("dialect", "comment"), [(Dialect.D1, 0), (Dialect.D2, None)])
def test_dialects_that_sign_the_archive_as_it_was(dialect: Dialect, comment: int | None) -> None:
    """The two differ in the comment length only."""
    assert check(signed(block_over(), comment=comment)).dialect == dialect.value


def test_dialect_that_signs_the_comment_length() -> None:
    """D3: the length of the block must be known before it is made."""
    size = len(block_over())
    patched = ARCHIVE[:-2] + struct.pack("<H", size)
    found = check(signed(block_over(patched)))
    assert found.dialect == "D3"
    assert found.digest == sha256(ARCHIVE)


def test_timestamp_in_the_block() -> None:
    """An unsigned attribute, the only one; it proves when an expired signer signed."""
    old = world.issue("Old", "rsa3072", PEOPLE.intermediate, purposes=[world.CODE_SIGNING], end=NOW - world.YEAR / 4)
    rules = certificates.rules(timestamp=certificates.stamped("after-expiry"))
    assert refuse(signed(block_over(ARCHIVE, old)), rules).code == "expired"
    credentials = credentials_of(old, PEOPLE.intermediate)
    attributes = cms.render_attributes(
        bytes.fromhex(sha256(ARCHIVE)), certificate_digest=bytes.fromhex(sha256(old.der))
    )
    signature = credentials.signer.sign(attributes)
    token = world.stamp(signature, PEOPLE.tsa, gen_time=NOW - world.YEAR / 2)
    data = cms.render_signed_data(attributes, signature, [old.der, PEOPLE.intermediate.der], timestamp=token)
    assert check(signed(render_block(data)), rules).name == "acme-server"


def test_stamp_is_asked_for_the_signature(tmp_path: Path) -> None:
    """And what the authority answers goes into the block."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(ARCHIVE)

    def stamp(signature: bytes) -> bytes:
        return tst.render_response(world.stamp(signature, PEOPLE.tsa))

    credentials = credentials_of(stamp=stamp)
    sign_bundle(path, credentials, own_judge(credentials))
    rules = certificates.rules(timestamp=certificates.stamped("always"))
    assert check(path.read_bytes(), rules).name == "acme-server"


def test_pinned_key_needs_no_chain() -> None:
    """A policy may pin the RSA key itself; the certificate in the block then says nothing."""
    alone = world.issue("Anybody", "rsa3072")
    rules = forge.trust(forge.entry(forge.publisher("rsa3072")))
    found = check(signed(render_block(world.sign_detached(ARCHIVE, alone))), rules)
    assert found.signers == (forge.key_id("rsa3072"),)


# -- what is refused ---------------------------------------------------------------------------------------------


def test_unsigned_is_not_signed() -> None:
    """And only that is called so."""
    error = refuse(ARCHIVE)
    assert (error.step, error.code) == (1, "not-signed")


@pytest.mark.parametrize("cut", [1, 5, 12, 13, 100])
def test_cut_block_is_not_unsigned(cut: int) -> None:
    """C32: a block that is there and broken is never 'not signed'."""
    assert refuse(signed(block_over())[:-cut]).code != "not-signed"


def test_changed_archive() -> None:
    """Every byte of it is covered; also the comment length, by arithmetic."""
    data = signed(block_over())
    for offset in range(0, len(ARCHIVE), 7):
        changed = bytearray(data)
        changed[offset] ^= 1
        assert refuse(bytes(changed)).step in {1, 2}


def test_signature_over_another_archive() -> None:
    """A block can be moved, but it does not fit."""
    error = refuse(signed(block_over(EVIL)))
    assert (error.step, error.code) == (2, "signature-invalid")
    assert "changed after it was signed" in error.message


def with_unsigned(*attributes: bytes, data: bytes | None = None) -> bytes:
    """A block with unsigned attributes of our choice."""
    whole = der.read_der(data or world.sign_detached(ARCHIVE, PEOPLE.leaf, PEOPLE.intermediate), what="x")
    content = whole.children()[1].inner(der.context(0))
    parts = [item.whole for item in content.children()]
    signer = [item.whole for item in der.read_der(parts[4], what="x").inner(der.SET).children()]
    signer.append(der.encode(der.context(1), *attributes))
    parts[4] = der.encode(der.SET, der.encode(der.SEQUENCE, *signer))
    body = der.encode(der.context(0), der.encode(der.SEQUENCE, *parts))
    return render_block(der.encode(der.SEQUENCE, der.encode_oid(cms.SIGNED_DATA), body))


def attribute(oid: str, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(der.SET, value))


def smuggled(offset: int, *, comment: int) -> bytes:
    """A second archive whose offsets count from the start of the file."""
    target = io.BytesIO()
    target.write(b"\0" * offset)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("manifest.json", FILES["manifest.json"].replace(b"Answers", b"Attacks"))
    data = target.getvalue()[offset:]
    return data[:-2] + struct.pack("<H", comment)


@pytest.mark.parametrize("comment", [0, 12])
@pytest.mark.parametrize("absolute", [False, True])
def test_second_archive_in_an_unsigned_attribute(comment: int, absolute: bool) -> None:
    """A2 and A2c: the signature is right, and other readers of zip files see the intruder's archive."""
    octets = der.encode(der.OCTET_STRING, smuggled(0, comment=comment))
    block = with_unsigned(attribute("1.2.3.4.5", octets))
    if absolute:
        at = signed(block).index(b"PK\3\4", len(ARCHIVE))
        block = with_unsigned(attribute("1.2.3.4.5", der.encode(der.OCTET_STRING, smuggled(at, comment=comment))))
    error = refuse(signed(block))
    assert (error.step, error.code) == (1, "signature-invalid")


def test_room_without_an_archive_is_refused_as_well() -> None:
    """What is not needed is not there."""
    error = refuse(signed(with_unsigned(attribute("1.2.3.4.5", der.encode(der.OCTET_STRING, b"x")))))
    assert (error.step, error.code) == (2, "signature-invalid")
    assert "one unsigned attribute" in error.message


def test_two_timestamps_are_refused() -> None:
    """In one attribute."""
    token = world.stamp(b"x", PEOPLE.tsa)
    two = der.encode(der.SEQUENCE, der.encode_oid(cms.TIMESTAMP_TOKEN), der.encode(der.SET, token, token))
    assert "2 timestamps" in str(refuse(signed(with_unsigned(two))).detail)


@pytest.mark.parametrize("others", [(PEOPLE.intermediate, PEOPLE.tsa), (PEOPLE.intermediate, PEOPLE.intermediate)])
def test_certificates_that_the_chain_does_not_use(others: tuple[Holder, ...]) -> None:
    """Anybody's, or the same twice: room that the signature does not cover."""
    error = refuse(signed(block_over(ARCHIVE, PEOPLE.leaf, *others)))
    assert (error.step, error.code) == (2, "signature-invalid")
    assert "does not use" in error.message


def test_root_in_the_block_is_used() -> None:
    """Publishers like to send the whole chain."""
    assert check(signed(block_over(ARCHIVE, PEOPLE.leaf, PEOPLE.intermediate, PEOPLE.root))).name == "acme-server"


def test_second_archive_behind_the_block() -> None:
    """A1: readers from the end see it."""
    assert refuse(signed(block_over()) + EVIL).step == 1


def test_bytes_before_the_archive() -> None:
    """A3."""
    assert refuse(b"junk" + signed(block_over())).step == 1


def test_block_in_a_block() -> None:
    """Two signatures stack up with the public tool; which one counts depends on who reads."""
    once = signed(block_over())
    assert refuse(once + render_block(world.sign_detached(once, PEOPLE.leaf, PEOPLE.intermediate))).step == 1


@pytest.mark.parametrize("comment", [1, 12, 0xFFFF])
def test_comment_length_that_is_neither(comment: int) -> None:
    """0 or the block, nothing else."""
    assert refuse(signed(block_over(), comment=comment)).step == 1


def test_content_in_the_signature() -> None:
    """Then it would be over something else than the archive."""
    attributes = cms.render_attributes(
        bytes.fromhex(sha256(ARCHIVE)), certificate_digest=bytes.fromhex(sha256(PEOPLE.leaf.der))
    )
    data = cms.render_signed_data(
        attributes, world.sign_rsa(PEOPLE.leaf, attributes), [PEOPLE.leaf.der], content=ARCHIVE
    )
    error = refuse(signed(render_block(data)))
    assert error.step in {1, 2}


@pytest.mark.parametrize(
    ("value", "step", "code"),
    [
        (certificates.rules(certificates.holders(PEOPLE.tsa_root, middle=[])), 3, "signer-untrusted"),
        (certificates.rules(certificates.holders(subject={"O": "Other"})), 6, "signer-untrusted"),
        (certificates.rules(scope="other-*"), 6, "trust-policy"),
        (certificates.rules(kind=["tree"]), 6, "trust-policy"),
        (certificates.rules(timestamp=certificates.stamped("always")), 4, "trust-policy"),
        (certificates.rules(crl={"rule": "require"}), 5, "uncheckable"),
        ({**certificates.rules(), "revoked": {"digests": [sha256(ARCHIVE)]}}, 5, "revoked"),
        ({**certificates.rules(), "revoked": {"keys": [certificates.key_id_of(PEOPLE.intermediate)]}}, 5, "revoked"),
    ],
)
def test_trust_policy(value: Any, step: int, code: str) -> None:
    """The rules for trees hold for bundles."""
    error = refuse(signed(block_over()), value)
    assert (error.step, error.code) == (step, code)


def test_manifest_that_two_readers_see_differently() -> None:
    """Signed by the right signer all the same."""
    twice = FILES["manifest.json"].replace(b'"name"', b'"name": "other", "name"', 1)
    odd = archive_of({**FILES, "manifest.json": twice})
    error = refuse(signed(block_over(odd), odd))
    assert (error.step, error.code) == (7, "content-mismatch")


def test_content_that_cannot_be_read_as_declared() -> None:
    """A wrong checksum, signed."""
    at = ARCHIVE.index(b"server/index.js")
    odd = bytearray(ARCHIVE)
    for place in (at - 16, ARCHIVE.rindex(b"server/index.js") - 30):
        odd[place] ^= 0xFF
    error = refuse(signed(block_over(bytes(odd)), bytes(odd)))
    assert (error.step, error.code) == (7, "content-mismatch")


# -- signing and repairing ---------------------------------------------------------------------------------------


def test_signed_bundle_is_not_signed_again(tmp_path: Path) -> None:
    """Blocks do not stack up."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(signed(block_over()))
    with pytest.raises(SigningError, match="signed already"):
        sign_bundle(path, credentials_of(), own_judge(credentials_of()))


@pytest.mark.parametrize("key", ["ed25519-a", "p256"])
def test_other_keys_do_not_sign_bundles(tmp_path: Path, key: str) -> None:
    """Other readers of bundles know RSA alone."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(ARCHIVE)
    with pytest.raises(SigningError, match="RSA"):
        sign_bundle(path, Credentials(forge.signer(key)), judge_of())


def test_key_by_itself_does_not_sign_bundles(tmp_path: Path) -> None:
    """The block names its signer by a certificate."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(ARCHIVE)
    with pytest.raises(SigningError, match="with a certificate"):
        sign_bundle(path, Credentials(forge.signer("rsa3072")), judge_of())


@pytest.mark.parametrize("data", [b"", b"hello", ARCHIVE[:-1], ARCHIVE + b"\n", archive_of({"a": b"b"})])
def test_what_is_no_strict_bundle_is_not_signed(tmp_path: Path, data: bytes) -> None:
    """And is left as it is."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(data)
    with pytest.raises((SigningError, InputError)):
        sign_bundle(path, credentials_of(), own_judge(credentials_of()))
    assert path.read_bytes() == data


def test_expired_certificate_does_not_sign(tmp_path: Path) -> None:
    """The verifier judges before anything is written."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(ARCHIVE)
    old = world.issue("Old", "rsa3072", PEOPLE.intermediate, purposes=[world.CODE_SIGNING], end=NOW - world.YEAR / 4)
    credentials = credentials_of(old, PEOPLE.intermediate)
    with pytest.raises(SigningError, match="had expired"):
        sign_bundle(path, credentials, own_judge(credentials))
    assert path.read_bytes() == ARCHIVE
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.mcpb"]


def test_repair_gives_what_we_would_have_written(tmp_path: Path) -> None:
    """D1 becomes D2 without a key, and what was signed is not touched."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(signed(block_over(), comment=0))
    done = repair_container(path)
    assert path.read_bytes() == signed(block_over())
    assert (done.is_new, done.dialect, done.digest) == (True, Dialect.D2, sha256(ARCHIVE))
    assert not repair_container(path).is_new
    assert path.read_bytes() == signed(block_over())


@pytest.mark.parametrize("data", [ARCHIVE, signed(block_over(EVIL), comment=0), signed(block_over(), comment=5)])
def test_what_is_not_signed_rightly_is_not_repaired(tmp_path: Path, data: bytes) -> None:
    """Nobody shall think that a repair made it good."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(data)
    with pytest.raises((SigningError, InputError)):
        repair_container(path)
    assert path.read_bytes() == data


@pytest.mark.foreign("openssl")
def test_openssl_accepts_the_block(foreign: Callable[[str], str], tmp_path: Path) -> None:
    """The command of the how-to, over the archive as it was."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(ARCHIVE)
    done = sign_bundle(path, credentials_of(), own_judge(credentials_of()))
    data = path.read_bytes()
    (tmp_path / "sig.der").write_bytes(data[len(ARCHIVE) + 15 : -12])
    (tmp_path / "content").write_bytes(ARCHIVE)
    (tmp_path / "root.pem").write_text(PEOPLE.root.pem)
    command = [foreign("openssl"), "cms", "-verify", "-inform", "DER", "-binary", "-in", "sig.der", "-content"]
    command += ["content", "-CAfile", "root.pem", "-purpose", "any", "-attime", str(int(NOW.timestamp())), "-out", "o"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert done.block_bytes == len(data) - len(ARCHIVE)


@settings(max_examples=300)
@given(st.data())
def test_any_change_is_refused(data: st.DataObject) -> None:
    """Whatever is changed, inserted or cut."""
    original = signed(block_over())
    changed = bytearray(original)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(changed) - 1))
        kind = data.draw(st.sampled_from(["flip", "insert", "cut"]))
        if kind == "flip":
            changed[place] ^= data.draw(st.integers(1, 255))
        elif kind == "insert":
            changed[place:place] = data.draw(st.binary(min_size=1, max_size=4))
        else:
            del changed[place : place + data.draw(st.integers(1, 4))]
    if bytes(changed) != original:
        refuse(bytes(changed))
