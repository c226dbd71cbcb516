"""A CMS signature is right for one content, one key and one profile."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from plugintool.digest import sha256
from plugintool.envelope import cms, der
from plugintool.envelope.cms import parse_signed_data
from plugintool.errors import InputError, MalformedFileError, UnsupportedFileError
from plugintool.verify.cms import CheckedSignature, check_signed_data, check_signer
from tests import authority_world as world
from tests import vector_forge as forge

CONTENT = b"what was signed"
SHA = {"sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3"}
HASHES: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
NULL = der.encode(der.NULL)


def check(data: bytes, content: bytes = CONTENT) -> CheckedSignature:
    return check_signed_data(parse_signed_data(data, what="x"), content, what="x")


def attribute(oid: str, *values: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(der.SET, *values))


def content_type(oid: str = cms.DATA) -> bytes:
    return attribute(cms.CONTENT_TYPE, der.encode_oid(oid))


def message_digest(digest: str = "sha256", content: bytes = CONTENT) -> bytes:
    state = hashes.Hash(HASHES[digest])
    state.update(content)
    return attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, state.finalize()))


def make(  # everything that a forger can choose
    attributes: list[bytes] | None = None,
    *,
    key: str = "rsa3072",
    digest: str = "sha256",
    algorithm: bytes | None = None,
    sign: Callable[[world.Holder, bytes], bytes] | None = None,
    certificates: Callable[[world.Holder], list[bytes]] = lambda leaf: [leaf.der],
    sid: Callable[[world.Holder], bytes] | None = None,
) -> bytes:
    """Return a detached signature, right unless it was asked to be wrong."""
    leaf = world.issue("Leaf", key, purposes=[world.CODE_SIGNING])
    parts = [content_type(), message_digest(digest)] if attributes is None else attributes
    to_sign = der.encode_set(parts)
    issuer, serial = cms.certificate_name(leaf.der, what="x")
    name = sid(leaf) if sid else der.encode(der.SEQUENCE, issuer, der.encode_integer(serial))
    identifier = der.encode(der.SEQUENCE, der.encode_oid(SHA[digest]), NULL)
    signature = (sign or default_sign(digest))(leaf, to_sign)
    signer = [der.encode_integer(1), name, identifier]
    if parts:
        signer.append(der.encode(der.context(0), der.read_der(to_sign, what="x").body))
    signer += [algorithm or der.encode(der.SEQUENCE, der.encode_oid(cms.RSA), NULL)]
    signer += [der.encode(der.OCTET_STRING, signature)]
    data = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode_set([identifier]),
        der.encode(der.SEQUENCE, der.encode_oid(cms.DATA)),
        der.encode(der.context(0), *certificates(leaf)),
        der.encode(der.SET, der.encode(der.SEQUENCE, *signer)),
    )
    return der.encode(der.SEQUENCE, der.encode_oid(cms.SIGNED_DATA), der.encode(der.context(0), data))


def default_sign(digest: str) -> Callable[[world.Holder, bytes], bytes]:
    def sign(leaf: world.Holder, message: bytes) -> bytes:
        if isinstance(leaf.key, ec.EllipticCurvePrivateKey):
            return leaf.key.sign(message, ec.ECDSA(HASHES[digest]))
        signature = leaf.key.sign(message, padding.PKCS1v15(), HASHES[digest])
        assert isinstance(signature, bytes)
        return signature

    return sign


def algorithm_of(oid: str, parameters: bytes = b"") -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), parameters)


def test_what_we_write_is_right() -> None:
    """And says who signed, and over what."""
    people = world.family()
    checked = check(world.sign_detached(CONTENT, people.leaf, people.intermediate))
    assert checked.certificate == people.leaf.der
    assert checked.digest == "sha256"
    assert checked.message_digest.hex() == sha256(CONTENT)
    assert checked.key.key_id == sha256(people.leaf.certificate.public_key().public_bytes(*spki_form()))


def spki_form() -> tuple[serialization.Encoding, serialization.PublicFormat]:
    return serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo


def test_another_content_is_refused() -> None:
    """Empty, cut, or longer."""
    data = world.sign_detached(CONTENT, world.family().leaf)
    for content in (b"", CONTENT[:-1], CONTENT + b"\0"):
        with pytest.raises(MalformedFileError, match="content was changed"):
            check(data, content)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize(
    ("key", "oids"),
    [
        ("rsa2048", {"sha256": cms.RSA, "sha384": cms.RSA, "sha512": cms.RSA}),
        (
            "rsa2048",
            {
                "sha256": "1.2.840.113549.1.1.11",
                "sha384": "1.2.840.113549.1.1.12",
                "sha512": "1.2.840.113549.1.1.13",
            },
        ),
        (
            "ec:leaf",
            {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"},
        ),
    ],
)
def test_accepted_algorithms(key: str, oids: dict[str, str], digest: str) -> None:
    """RSA under both of its names, ECDSA, three digests."""
    checked = check(make(key=key, digest=digest, algorithm=algorithm_of(oids[digest])))
    assert checked.digest == digest


@pytest.mark.parametrize(
    ("key", "digest", "oid"),
    [
        ("rsa2048", "sha256", "1.2.840.113549.1.1.12"),
        ("rsa2048", "sha256", "1.2.840.10045.4.3.2"),
        ("ec:leaf", "sha256", cms.RSA),
        ("ec:leaf", "sha384", "1.2.840.10045.4.3.2"),
        ("ec:leaf", "sha256", "1.3.101.112"),
    ],
)
def test_algorithm_must_fit_key_and_digest(key: str, digest: str, oid: str) -> None:
    """No algorithm is taken for another one."""
    with pytest.raises(MalformedFileError, match="does not fit"):
        check(make(key=key, digest=digest, algorithm=algorithm_of(oid)))


@pytest.mark.parametrize(
    "algorithm",
    [
        algorithm_of("1.2.840.113549.1.1.10", der.encode(der.SEQUENCE)),
        algorithm_of("1.2.840.113549.1.1.5", NULL),
        algorithm_of("1.2.3"),
        algorithm_of(cms.RSA, der.encode(der.SEQUENCE)),
    ],
)
def test_unknown_algorithms_cannot_be_checked(algorithm: bytes) -> None:
    """RSASSA-PSS, SHA-1 with RSA, anything with parameters."""
    with pytest.raises(UnsupportedFileError, match="not known"):
        check(make(algorithm=algorithm))


def test_weak_digest_cannot_be_checked() -> None:
    """SHA-1."""
    with pytest.raises(UnsupportedFileError, match="digest algorithm"):
        check(with_digest(make(), "1.3.14.3.2.26"))


def with_digest(data: bytes, oid: str) -> bytes:
    """Rebuild the whole with another digest algorithm, in the signer and in the hint before it."""
    body = der.read_der(data, what="x").children()[1].inner(der.context(0))
    parts = [item.whole for item in body.children()]
    signer = [item.whole for item in der.read_der(parts[4], what="x").inner(der.SET).children()]
    signer[2] = der.encode(der.SEQUENCE, der.encode_oid(oid), NULL)
    parts[4] = der.encode(der.SET, der.encode(der.SEQUENCE, *signer))
    parts[1] = der.encode(der.SET, signer[2])
    return der.encode(
        der.SEQUENCE, der.encode_oid(cms.SIGNED_DATA), der.encode(der.context(0), der.encode(der.SEQUENCE, *parts))
    )


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ([], "one content type"),
        ([message_digest()], "one content type"),
        ([content_type()], "one message digest"),
        ([attribute(cms.CONTENT_TYPE, *[der.encode_oid(cms.DATA)] * 2), message_digest()], "one content type"),
        (
            [content_type(), attribute(cms.MESSAGE_DIGEST, *[der.encode(der.OCTET_STRING, b"d" * 32)] * 2)],
            "one message digest",
        ),
        ([content_type("1.2.840.113549.1.9.16.1.4"), message_digest()], "not that of the content"),
        ([content_type(), attribute(cms.MESSAGE_DIGEST, NULL)], "OCTET STRING"),
        ([content_type(), message_digest("sha384")], "content was changed"),
    ],
)
def test_signed_attributes_are_asked_for(attributes: list[bytes], why: str) -> None:
    """Each once, and about this content: a right signature is not enough."""
    with pytest.raises(MalformedFileError, match=why):
        check(make(attributes))


def test_attributes_are_verified_as_received() -> None:
    """An order that is not DER is read, and what was signed is that order."""
    parts = [message_digest(), content_type()]
    assert parts != sorted(parts)

    def unsorted(leaf: world.Holder, message: bytes) -> bytes:
        del message
        return world.sign_rsa(leaf, der.encode(der.SET, *parts))

    data = make(parts, sign=unsorted)
    in_order = der.read_der(der.encode_set(parts), what="x").body
    as_written = der.encode(der.SET, *parts)[2:]
    assert check(data.replace(in_order, as_written)).digest == "sha256"
    with pytest.raises(MalformedFileError, match="signature is wrong"):
        check(data)


def test_signature_by_another_key_is_refused() -> None:
    """The certificate is one thing, the key another."""

    def by_another(leaf: world.Holder, message: bytes) -> bytes:
        del leaf
        return world.sign_rsa(world.Holder(world.private_key("rsa2048"), world.family().tsa.certificate), message)

    with pytest.raises(MalformedFileError, match="signature is wrong"):
        check(make(sign=by_another))


def test_every_flipped_bit_of_the_signed_part_is_noticed() -> None:
    """In attributes, signature and certificate key."""
    data = make()
    read = parse_signed_data(data, what="x")
    start = data.index(read.signer.signed_attributes[1:])
    for offset in range(start, start + len(read.signer.signed_attributes) - 1):
        changed = bytearray(data)
        changed[offset] ^= 1
        with pytest.raises(InputError):
            check(bytes(changed))


@pytest.mark.parametrize(
    ("certificates", "count"),
    [
        (lambda leaf: [], 0),
        (lambda leaf: [world.family().root.der], 0),
        (lambda leaf: [leaf.der, leaf.der], 2),
    ],
)
def test_signer_must_be_there_once(certificates: Callable[[world.Holder], list[bytes]], count: int) -> None:
    """None leaves nobody, two leave a choice."""
    with pytest.raises(MalformedFileError, match="must be there once") as caught:
        check(make(certificates=certificates))
    assert caught.value.detail["found"].startswith(str(count))


def identifier_of(leaf: world.Holder) -> bytes:
    value = leaf.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return der.encode(der.context(0, constructed=False), value.digest)


def test_signer_named_by_its_key() -> None:
    """The other way of RFC 5652."""
    assert check(make(sid=identifier_of)).digest == "sha256"
    with pytest.raises(MalformedFileError, match="must be there once"):
        check(make(sid=lambda _: der.encode(der.context(0, constructed=False), b"\0" * 20)))


def ess(oid: str, *identifier: bytes) -> bytes:
    one = der.encode(der.SEQUENCE, *identifier)
    return attribute(oid, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, one)))


def leaf_digest(algorithm: hashes.HashAlgorithm) -> bytes:
    leaf = world.issue("Leaf", "rsa3072", purposes=[world.CODE_SIGNING])
    return der.encode(der.OCTET_STRING, leaf.certificate.fingerprint(algorithm))


def test_named_certificate_must_be_the_one() -> None:
    """RFC 5035 with two digests, and RFC 2634 with the one it has."""
    sha384 = der.encode(der.SEQUENCE, der.encode_oid(SHA["sha384"]))
    for named in (
        ess(cms.SIGNING_CERTIFICATE_V2, leaf_digest(hashes.SHA256())),
        ess(cms.SIGNING_CERTIFICATE_V2, sha384, leaf_digest(hashes.SHA384())),
        ess(cms.SIGNING_CERTIFICATE, leaf_digest(hashes.SHA1())),
    ):
        assert check(make([content_type(), message_digest(), named])).digest == "sha256"


@pytest.mark.parametrize("oid", [cms.SIGNING_CERTIFICATE_V2, cms.SIGNING_CERTIFICATE])
def test_another_named_certificate_is_refused(oid: str) -> None:
    """One that was put in its place has the same name, but not the same bytes."""
    named = ess(oid, der.encode(der.OCTET_STRING, b"\0" * 32))
    with pytest.raises(MalformedFileError, match="not the one that the signer named"):
        check(make([content_type(), message_digest(), named]))


def test_named_certificate_with_an_unknown_digest() -> None:
    """Cannot be compared."""
    odd = der.encode(der.SEQUENCE, der.encode_oid("1.2.3"))
    named = ess(cms.SIGNING_CERTIFICATE_V2, odd, der.encode(der.OCTET_STRING, b"\0" * 32))
    with pytest.raises(UnsupportedFileError):
        check(make([content_type(), message_digest(), named]))


def test_small_keys_are_refused() -> None:
    """RSA below 2,048 bits, whatever a certificate says."""
    with pytest.raises(MalformedFileError, match="public key that cannot be used"):
        check(make(key="rsa1024"))


def test_content_kept_elsewhere_is_for_the_caller() -> None:
    """A large file is hashed once, as it is read."""
    checked = check_signer(parse_signed_data(make(), what="x"), what="x")
    assert checked.message_digest.hex() == sha256(CONTENT)


@pytest.mark.foreign("openssl")
@pytest.mark.parametrize("flags", [[], ["-keyid"], ["-cades"], ["-md", "sha512"], ["-nosmimecap"]])
def test_signatures_of_openssl(foreign: Callable[[str], str], tmp_path: Path, flags: list[str]) -> None:
    """In all its shapes that the profile takes; without attributes it does not."""
    (tmp_path / "key").write_bytes((forge.KEYS / "INSECURE-TEST-rsa3072.key.pem").read_bytes())
    (tmp_path / "cert").write_text(world.family().leaf.pem)
    (tmp_path / "content").write_bytes(CONTENT)
    command = [foreign("openssl"), "cms", "-sign", "-binary", "-outform", "DER", "-in", "content", "-signer", "cert"]
    command += ["-inkey", "key", "-out", "signed"]
    subprocess.run([*command, *flags], cwd=tmp_path, capture_output=True, check=True)
    assert check((tmp_path / "signed").read_bytes()).certificate == world.family().leaf.der
    subprocess.run([*command, "-noattr"], cwd=tmp_path, capture_output=True, check=True)
    with pytest.raises(MalformedFileError, match="one content type"):
        check((tmp_path / "signed").read_bytes())
