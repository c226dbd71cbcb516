"""Vectors for bundles: the container, the signature block behind it, and the steps that follow.

The archive is stored, not compressed, so that its bytes depend on nothing. A block is taken apart into its elements and
put together again, which makes any block that no writer would make.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509 import ReasonFlags

from plugintool.digest import sha256
from plugintool.envelope import cms, der
from plugintool.envelope.mcpb_block import FOOTER, HEADER, render_block
from tests import authority_world as world
from tests import vector_forge as forge
from tests.authority_world import CODE_SIGNING, NOW, TIME_STAMPING, YEAR, Holder
from tests.vector_cases_certificates import holders, key_id_of, leaf, rules, stamped
from tests.vector_forge import Case

Json = Any
NAME = "acme-server"
MANIFEST: Json = {
    "manifest_version": "0.3",
    "name": NAME,
    "version": "1.2.0",
    "description": "Answers.",
    "author": {"name": "Acme"},
    "server": {
        "type": "node",
        "entry_point": "server/index.js",
        "mcp_config": {"command": "node", "args": ["${__dirname}/server/index.js"]},
    },
}
CODE = b"process.stdin.resume();\n"
INTRUDER: Json = {**MANIFEST, "description": "Attacks."}
_SHA1, _SHA384 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.2"
_PSS, _RSA_SHA384, _ECDSA_SHA256 = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.2"
_DAY = YEAR / 365
_PLACE = x509.ObjectIdentifier("1.2.3.4.7")


def cases() -> Iterator[Case]:
    """Yield them."""
    yield from _good()
    yield from _smuggled()
    yield from _framing()
    yield from _containers()
    yield from _manifests()
    yield from _room()
    yield from _signed_attributes()
    yield from _algorithms()
    yield from _structures()
    yield from _trust()
    yield from _times()
    yield from _revocations()


# -- archives ----------------------------------------------------------------------------------------------------


def archive_of(manifest: Json | bytes = None, **more: bytes) -> bytes:
    """Return a stored archive with this bundle manifest; ``more`` are further files."""
    text = manifest if isinstance(manifest, bytes) else json.dumps(MANIFEST if manifest is None else manifest).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {"manifest.json": text, "server/index.js": CODE, **more}.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, data)
    return target.getvalue()


def intruder_at(offset: int, *, comment: int) -> bytes:
    """Return a second archive with the intruder's manifest, whose offsets count from ``offset`` before it.

    ``comment`` is the length that its end record declares: with the footer of the block for a comment it is the last
    archive of the file to whoever looks from the end.
    """
    data = archive_of(INTRUDER)
    directory = data.index(b"PK\1\2")
    moved = bytearray(data)
    end, entry = len(data) - 22, directory
    while entry < end:
        (at,) = struct.unpack_from("<I", moved, entry + 42)
        struct.pack_into("<I", moved, entry + 42, at + offset)
        names = struct.unpack_from("<HHH", moved, entry + 28)
        entry += 46 + sum(names)
    struct.pack_into("<I", moved, end + 16, directory + offset)
    struct.pack_into("<H", moved, end + 20, comment)
    return bytes(moved)


def joined(block: bytes, archive: bytes, *, comment: int | None = None) -> bytes:
    """Return a bundle: a block behind an archive; ``comment`` is what the end record declares, as in D2 by default."""
    return archive[:-2] + struct.pack("<H", len(block) if comment is None else comment) + block


ARCHIVE = archive_of()


# -- blocks ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attributes:
    """The signed attributes of a signer, each a whole element, in the order in which they will stand."""

    items: tuple[bytes, ...]

    @classmethod
    def of(cls, holder: Holder, archive: bytes = ARCHIVE, **changes: bytes | None) -> Attributes:
        """Return the usual ones; ``content_type``, ``digest``, ``ess`` are elements in their place, None leaves out."""
        certificate = der.encode(der.OCTET_STRING, bytes.fromhex(sha256(holder.der)))
        usual: dict[str, bytes | None] = {
            "content_type": attribute(cms.CONTENT_TYPE, der.encode_oid(cms.DATA)),
            "digest": attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, bytes.fromhex(sha256(archive)))),
            "ess": attribute(cms.SIGNING_CERTIFICATE_V2, ess(certificate)),
        }
        found = [item for item in {**usual, **changes}.values() if item is not None]
        return cls(tuple(sorted(found)))

    def backwards(self) -> Attributes:
        """Return them in the order that DER does not allow."""
        return Attributes(self.items[::-1])


def attribute(oid: str, *values: bytes) -> bytes:
    """Return one attribute."""
    return der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(der.SET, *values))


def ess(*identifier: bytes) -> bytes:
    """Return a SigningCertificateV2 with one ESSCertIDv2."""
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *identifier)))


def algorithm(oid: str, parameters: bytes = b"\5\0") -> bytes:
    """Return an AlgorithmIdentifier."""
    return der.encode(der.SEQUENCE, der.encode_oid(oid), parameters)


Sign = Callable[[Holder, bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class Signer:
    """The parts of a SignerInfo."""

    holder: Holder
    attributes: Attributes | None = None
    sign: Sign = world.sign_rsa
    digest: bytes = algorithm(cms.SHA256)
    algorithm: bytes = algorithm(cms.RSA)
    signature: bytes | None = None
    unsigned: Sequence[bytes] = ()
    named: bytes | None = None
    version: int = 1

    @property
    def value(self) -> bytes:
        """The signature over the attributes, or over the archive where there are none."""
        if self.signature is not None:
            return self.signature
        return self.sign(self.holder, ARCHIVE if self.attributes is None else der.encode(der.SET, *self._items))

    @property
    def _items(self) -> tuple[bytes, ...]:
        return () if self.attributes is None else self.attributes.items

    def encoded(self) -> bytes:
        """Return the SignerInfo."""
        issuer, serial = cms.certificate_name(self.holder.der, what="a holder")
        parts = [
            der.encode_integer(self.version),
            der.encode(der.SEQUENCE, issuer, der.encode_integer(serial)) if self.named is None else self.named,
            self.digest,
            b"" if self.attributes is None else der.encode(der.context(0), *self._items),
            self.algorithm,
            der.encode(der.OCTET_STRING, self.value),
            der.encode(der.context(1), *self.unsigned) if self.unsigned else b"",
        ]
        return der.encode(der.SEQUENCE, *parts)


def signed_data(
    *signers: Signer,
    certificates: Sequence[bytes],
    content_type: str = cms.DATA,
    content: bytes | None = None,
    crls: Sequence[bytes] = (),
    version: int = 1,
) -> bytes:
    """Return a ContentInfo with SignedData."""
    explicit = b"" if content is None else der.encode(der.context(0), der.encode(der.OCTET_STRING, content))
    body = der.encode(
        der.SEQUENCE,
        der.encode_integer(version),
        der.encode_set({signer.digest for signer in signers}),
        der.encode(der.SEQUENCE, der.encode_oid(content_type), explicit),
        der.encode(der.context(0), *certificates),
        der.encode(der.context(1), *crls) if crls else b"",
        der.encode(der.SET, *(signer.encoded() for signer in signers)),
    )
    return der.encode(der.SEQUENCE, der.encode_oid(cms.SIGNED_DATA), der.encode(der.context(0), body))


def signer(holder: Holder | None = None, archive: bytes = ARCHIVE, **changes: Any) -> Signer:
    """Return the usual signer; attributes in ``changes`` are by name, see ``Attributes.of``."""
    who = world.family().leaf if holder is None else holder
    names = {"content_type", "digest_value", "ess"}
    parts = {("digest" if name == "digest_value" else name): changes.pop(name) for name in names & changes.keys()}
    return Signer(holder=who, **{"attributes": Attributes.of(who, archive, **parts), **changes})


def block_by(*signers: Signer, others: Sequence[Holder] | None = None, **changes: Any) -> bytes:
    """Return a block by signers, with the intermediate of the family unless ``others`` stand above them."""
    above = [world.family().intermediate] if others is None else others
    people = [*(one.holder for one in signers), *above]
    certificates = changes.pop("certificates", [one.der for one in people])
    return render_block(signed_data(*signers, certificates=certificates, **changes))


def bundle_by(*signers: Signer, archive: bytes = ARCHIVE, comment: int | None = None, **changes: Any) -> bytes:
    """Return the bundle with that block."""
    return joined(block_by(*(signers or (signer(archive=archive),)), **changes), archive, comment=comment)


def stamped_signer(holder: Holder, moment: Any = NOW, *, authority: Holder | None = None, over: bytes = b"") -> Signer:
    """Return a signer with a timestamp over its signature, or over something else."""
    bare = signer(holder)
    token = world.stamp(over or bare.value, authority or world.family().tsa, gen_time=moment)
    return signer(holder, unsigned=[attribute(cms.TIMESTAMP_TOKEN, token)])


# -- cases -------------------------------------------------------------------------------------------------------


def bundle_case(data: bytes, **members: Any) -> Case:
    """Return a case: a bundle by the family that its policy trusts, unless ``members`` say otherwise."""
    name = str(members.pop("name"))
    about = str(members.pop("about"))
    return Case(
        name=f"bundle_{name}",
        about=about,
        archive=data,
        suffix=".mcpb",
        **{"policy": rules(), "directory": NAME, "signers": (key_id_of(world.family().leaf),), **members},
    )


def _ours(rule: str) -> str:
    return f"ours: {rule}"


_HIDDEN = _ours("room in the block that the signature does not cover")
_FRAME = _ours("the strict container (docs/reference/archives.md)")
_Frame = partial(bundle_case, step=1, code="signature-invalid", agrees=_FRAME)
_Invalid = partial(bundle_case, step=2, code="signature-invalid")
_Room = partial(bundle_case, step=2, code="signature-invalid", agrees=_HIDDEN)
_Unknown = partial(bundle_case, step=2, code="uncheckable")


def _good() -> Iterator[Case]:
    people = world.family()
    yield bundle_case(
        bundle_by(), name="d2", about="as plugintool signs: the comment length is that of the block, unsigned"
    )
    yield bundle_case(bundle_by(comment=0), name="d1", about="as npm mcpb 2.1.2 signs: the comment length stays 0")
    size = len(block_by(signer()))
    patched = ARCHIVE[:-2] + struct.pack("<H", size)
    yield bundle_case(
        joined(block_by(signer(archive=patched)), patched),
        name="d3",
        about="the comment length is that of the block, and signed",
    )
    unsorted = signer(attributes=Attributes.of(people.leaf, ess=None).backwards())
    yield bundle_case(
        bundle_by(unsorted, comment=0),
        name="d1_unsorted",
        about="attributes in an order that DER does not allow, as the public tool writes them; signed as they stand",
    )
    yield bundle_case(
        bundle_by(signer(ess=None)), name="no_ess", about="the signer does not name its certificate by digest"
    )
    yield bundle_case(
        bundle_by(others=[people.intermediate, people.root]), name="root_in_block", about="the whole chain in the block"
    )
    yield bundle_case(bundle_by(others=[]), name="leaf_alone", about="the policy brings the intermediate along")
    key = leaf(key="ec:leaf")
    ecdsa = algorithm(_ECDSA_SHA256, b"")
    yield bundle_case(
        bundle_by(signer(key, sign=_sign_ecdsa, algorithm=ecdsa)),
        name="ecdsa",
        about="a signer with an EC key: we write RSA only, and read what others write",
        signers=(key_id_of(key),),
    )
    identified = der.encode(der.context(0, constructed=False), _identifier(people.leaf))
    yield bundle_case(
        bundle_by(signer(named=identified, version=3)),
        name="key_identifier",
        about="the signer is named by its key identifier",
    )
    yield bundle_case(
        bundle_by(signer(digest=algorithm(cms.SHA256, b""))), name="no_null", about="algorithms without parameters"
    )
    digest = attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, _hash(ARCHIVE, hashes.SHA384())))
    yield bundle_case(
        bundle_by(signer(digest_value=digest, digest=algorithm(_SHA384), sign=_sign_rsa_with(hashes.SHA384()))),
        name="sha384",
        about="another digest that is good",
    )
    yield _pinned()
    marks = archive_of(None, **{"data.bin": HEADER + b"\0\0\0\0" + FOOTER + b"PK\5\6" + b"\0" * 18})
    yield bundle_case(
        bundle_by(archive=marks), name="marks_in_data", about="marks of blocks and end records in a file mean nothing"
    )


def _pinned() -> Case:
    anybody = world.issue("Anybody", "rsa3072")
    return bundle_case(
        bundle_by(signer(anybody), others=[]),
        name="pinned_key",
        about="the policy pins the key: the certificate in the block then says nothing",
        policy=forge.trust(forge.entry(forge.publisher("rsa3072"))),
        signers=("rsa3072",),
        agrees=_ours("a pinned key is trusted without a chain, which openssl does not know"),
    )


def _identifier(holder: Holder) -> bytes:
    """Return the subject key identifier of a certificate."""
    return holder.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def _hash(data: bytes, kind: hashes.HashAlgorithm) -> bytes:
    state = hashes.Hash(kind)
    state.update(data)
    return state.finalize()


def _sign_ecdsa(holder: Holder, message: bytes) -> bytes:
    return bytes(holder.key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))


def _sign_rsa_with(kind: hashes.HashAlgorithm) -> Sign:
    return lambda holder, message: bytes(holder.key.sign(message, padding.PKCS1v15(), kind))


def _sign_pss(holder: Holder, message: bytes) -> bytes:
    """Sign with an empty salt, which makes the same bytes each time."""
    form = padding.PSS(padding.MGF1(hashes.SHA256()), 0)
    return bytes(holder.key.sign(message, form, hashes.SHA256()))


def _smuggled() -> Iterator[Case]:
    """Archives of an intruder, in places that the signature does not cover."""
    good = bundle_by()
    yield _Frame(
        good + archive_of(INTRUDER),
        name="a1_archive_behind_fail",
        about="attack A1: a second archive behind the block; readers that look from the end see that one",
    )
    for name, absolute, comment, about in (
        ("a2", False, 0, "attack A2: a second archive in an unsigned attribute"),
        ("a2b", True, 0, "attack A2 with offsets from the start of the file"),
        ("a2c", True, len(FOOTER), "attack A2c: and with the footer of the block as its comment: six readers see it"),
    ):
        yield _Frame(_with_intruder(absolute=absolute, comment=comment), name=f"{name}_smuggled_fail", about=about)
    yield _Frame(
        b"junk" + good,
        name="a3_bytes_before_fail",
        about="attack A3: bytes before the archive, which some readers skip",
    )
    hidden = world.issue(
        "Hidden", "ec:x", extensions=[(x509.UnrecognizedExtension(_PLACE, intruder_at(0, comment=0)), False)]
    )
    yield _Frame(
        bundle_by(others=[world.family().intermediate, hidden]),
        name="certificate_with_archive_fail",
        about="a second archive in a certificate that nobody needs",
    )


def _with_intruder(*, absolute: bool, comment: int) -> bytes:
    """Return a bundle with the intruder's archive in an unsigned attribute, at the end of the block."""
    usual = signer()

    def bundle(archive: bytes) -> bytes:
        octets = attribute("1.2.3.4.5", der.encode(der.OCTET_STRING, archive))
        return bundle_by(signer(signature=usual.value, unsigned=[octets]))

    at = bundle(intruder_at(0, comment=comment)).index(b"PK\3\4", len(ARCHIVE)) if absolute else 0
    return bundle(intruder_at(at, comment=comment))


def _framing() -> Iterator[Case]:
    """C30 to C32: the block is where arithmetic says, whole, and a signature."""
    block, good = block_by(signer()), bundle_by()
    (length,) = struct.unpack_from("<I", block, len(HEADER))
    yield bundle_case(
        ARCHIVE, name="unsigned_fail", about="no block at all", step=1, code="not-signed", agrees=_ours("no signature")
    )
    for name, change in (("long", 1), ("short", -1)):
        other = block[: len(HEADER)] + struct.pack("<I", length + change) + block[len(HEADER) + 4 :]
        yield _Frame(joined(other, ARCHIVE), name=f"length_{name}_fail", about=f"C30: the length is too {name}")
    yield _Frame(good + b"\n", name="newline_fail", about="C30: a byte behind the footer")
    yield bundle_case(
        joined(block[: len(HEADER) + 4 + length], ARCHIVE),
        name="no_footer_fail",
        about="C30: the footer is missing; that is no unsigned bundle either",
        step=1,
        code="signature-invalid",
        agrees=_FRAME,
    )
    for number in (1, len(FOOTER), len(block) - 1, 0xFFFF):
        yield _Frame(
            bundle_by(comment=number),
            name=f"comment_{number}_fail",
            about=f"C30: the end record declares {number} bytes",
        )
    yield _Frame(
        ARCHIVE + b"\0" * 4 + block, name="gap_fail", about="C30: the block is not right behind the end record"
    )
    yield _Frame(
        joined(block_by(signer(archive=good)), good, comment=0),
        name="signed_twice_fail",
        about="C30: a block over a bundle that has one, as the public tool makes when it signs twice",
    )
    inner = HEADER + struct.pack("<I", 0)
    decoy = signer(unsigned=[attribute("1.2.3.4.5", der.encode(der.OCTET_STRING, inner))])
    at = block_by(decoy).index(HEADER, 1)
    rest = len(block_by(decoy)) - at - len(HEADER) - 4 - len(FOOTER)
    inner = HEADER + struct.pack("<I", rest)
    decoy = signer(unsigned=[attribute("1.2.3.4.5", der.encode(der.OCTET_STRING, inner))])
    yield _Frame(bundle_by(decoy), name="two_starts_fail", about="C30: two headers whose lengths lead to the end")
    for name, data in (("empty", b""), ("text", b"not DER at all"), ("octets", der.encode(der.OCTET_STRING, b"x"))):
        yield _Frame(
            joined(render_block(data), ARCHIVE), name=f"block_{name}_fail", about=f"C32: the block holds {name}"
        )
    cut = block[len(HEADER) + 4 : -len(FOOTER)]
    yield _Frame(joined(render_block(cut[:-1]), ARCHIVE), name="der_cut_fail", about="C32: the last byte is missing")
    yield _Frame(joined(render_block(cut + b"\0"), ARCHIVE), name="der_more_fail", about="C32: a byte after the DER")


def _containers() -> Iterator[Case]:
    """Archives that two readers read differently, signed all the same."""
    entry = ARCHIVE.index(b"server/index.js" + CODE)
    wrong: dict[str, tuple[str, bytes]] = {
        "local_name": ("C07: another name in the local header", _patched(ARCHIVE, entry, b"server/INDEX.js")),
        "twice": ("C22: two files of one name", _twice()),
        "case": ("C22: two names that differ in case", archive_of(None, **{"Server/index.js": b"x"})),
        "dotdot": ("C17: a name that leads out", archive_of(None, **{"../evil.js": b"x"})),
        "no_manifest": ("C27: no bundle manifest", archive_of().replace(b"manifest.json", b"manifest.jsoN")),
        "prefix": ("C01: bytes before the first header, with offsets that count them", _prefixed()),
    }
    for name, (about, archive) in wrong.items():
        yield _Frame(bundle_by(archive=archive), name=f"container_{name}_fail", about=about)
    checksum = struct.pack("<I", zlib.crc32(CODE))
    broken = ARCHIVE.replace(checksum, struct.pack("<I", zlib.crc32(CODE) ^ 1))
    yield bundle_case(
        bundle_by(archive=broken),
        name="container_checksum_fail",
        about="C11: a checksum that is wrong, signed",
        step=7,
        code="content-mismatch",
        agrees=_ours("every file is read before the verdict"),
    )


def _patched(archive: bytes, at: int, data: bytes) -> bytes:
    return archive[:at] + data + archive[at + len(data) :]


def _twice() -> bytes:
    return archive_of(None, **{"server/index.jz": b"x"}).replace(b"server/index.jz", b"server/index.js")


def _prefixed() -> bytes:
    data = intruder_at(4, comment=0)
    return b"junk" + data


def _manifests() -> Iterator[Case]:
    """C28 and C29: a bundle manifest that two readers read differently, or that misleads."""
    text = json.dumps(MANIFEST)
    odd: dict[str, tuple[str, bytes]] = {
        "twice": ("C28: two names", text.replace('"name"', '"name": "other", "name"', 1).encode()),
        "mark": ("C28: a byte order mark", b"\xef\xbb\xbf" + text.encode()),
        "nan": ("C28: a number that is none", text.replace('"0.3"', "NaN", 1).encode()),
        "text": ("C28: no JSON", b"name: acme-server"),
        "list": ("C28: a list", b"[]"),
        "prototype": ("C28: a key that changes objects", text.replace('{"', '{"__proto__": {}, "', 1).encode()),
        "entry": ("C29: an entry point outside", text.replace("server/index.js", "../index.js", 1).encode()),
        "missing": ("C29: an entry point that is not there", text.replace("server/index.js", "x.js", 1).encode()),
        "control": ("C29: a control character in the name", text.replace(NAME, "acme-\\u001b[2J", 1).encode()),
        "no_name": ("C29: no name", json.dumps({**MANIFEST, "name": ""}).encode()),
        "version": ("C29: a version that is no text", json.dumps({**MANIFEST, "version": 1}).encode()),
    }
    for name, (about, data) in odd.items():
        archive = archive_of(data)
        yield bundle_case(
            bundle_by(archive=archive),
            name=f"manifest_{name}_fail",
            about=about,
            step=7,
            code="content-mismatch",
            agrees=_ours("the bundle manifest is read strictly"),
        )


def _room() -> Iterator[Case]:
    """What the signature does not cover and the verdict does not need is not there."""
    people = world.family()
    octets = der.encode(der.OCTET_STRING, b"x")
    yield _Room(
        bundle_by(signer(unsigned=[attribute("1.2.3.4.5", octets)])),
        name="unsigned_attribute_fail",
        about="an unsigned attribute that is no timestamp",
    )
    bare = signer()
    token = world.stamp(bare.value, people.tsa)
    yield _Room(
        bundle_by(signer(unsigned=[attribute(cms.TIMESTAMP_TOKEN, token), attribute("1.2.3.4.5", octets)])),
        name="stamp_and_more_fail",
        about="a timestamp, and something else beside it",
    )
    yield _Room(
        bundle_by(signer(unsigned=[attribute(cms.TIMESTAMP_TOKEN, token, token)])),
        name="two_stamps_fail",
        about="two timestamps in one attribute",
    )
    yield _Room(
        bundle_by(crls=[world.revoke(people.intermediate)]),
        name="crl_in_block_fail",
        about="a revocation list in the block: it would be room for anything that its issuer signed",
    )
    yield _Room(bundle_by(others=[people.intermediate, people.tsa]), name="stray_fail", about="a certificate of no use")
    yield _Room(
        bundle_by(others=[people.intermediate, people.intermediate]), name="certificate_twice_fail", about="one twice"
    )
    double = attribute(cms.TIMESTAMP_TOKEN, token)
    yield _Frame(
        bundle_by(signer(unsigned=[double, double])),
        name="attribute_twice_fail",
        about="an attribute that is there twice",
    )


def _signed_attributes() -> Iterator[Case]:
    """Each of them exactly once, and about this archive."""
    people = world.family()
    octets = der.encode(der.OCTET_STRING, bytes.fromhex(sha256(ARCHIVE)))
    data = der.encode_oid(cms.DATA)
    other = archive_of(INTRUDER)
    yield _Invalid(
        joined(block_by(signer()), other),
        name="other_archive_fail",
        about="a block over another archive",
    )
    odd: dict[str, tuple[str, dict[str, Any]]] = {
        "no_content_type": ("no content type", {"content_type": None}),
        "no_digest": ("no message digest", {"digest_value": None}),
        "content_type_signed": (
            "the content type of something else",
            {"content_type": attribute(cms.CONTENT_TYPE, der.encode_oid(cms.SIGNED_DATA))},
        ),
        "two_content_types": ("two content types", {"content_type": attribute(cms.CONTENT_TYPE, data, data)}),
        "two_digests": ("two message digests", {"digest_value": attribute(cms.MESSAGE_DIGEST, octets, octets)}),
        "digest_text": (
            "a message digest that is no OCTET STRING",
            {"digest_value": attribute(cms.MESSAGE_DIGEST, der.encode(der.UTF8_STRING, octets[2:]))},
        ),
        "digest_short": (
            "a message digest that is cut",
            {"digest_value": attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, octets[2:-1]))},
        ),
        "content_type_text": (
            "a content type that is no OID",
            {"content_type": attribute(cms.CONTENT_TYPE, der.encode(der.OCTET_STRING, data[2:]))},
        ),
    }
    for name, (about, changes) in odd.items():
        yield _Invalid(bundle_by(signer(**changes)), name=f"attribute_{name}_fail", about=about)
    yield _Invalid(
        bundle_by(signer(attributes=None)),
        name="no_attributes_fail",
        about="a signature over the archive itself: attributes could be passed off as one",
        agrees=_ours("signed attributes must be there; RFC 5652 lets data be signed without"),
    )
    named = der.encode(der.OCTET_STRING, bytes.fromhex(sha256(people.tsa.der)))
    wrong = attribute(cms.SIGNING_CERTIFICATE_V2, ess(named))
    yield _Invalid(
        bundle_by(signer(ess=wrong)),
        name="ess_other_fail",
        about="the signer names another certificate",
        agrees=_ours("the ESS attribute holds; openssl looks at it with -cades only"),
    )
    old = attribute(cms.SIGNING_CERTIFICATE, ess(der.encode(der.OCTET_STRING, b"\0" * 20)))
    yield _Invalid(
        bundle_by(signer(ess=old)),
        name="ess_sha1_other_fail",
        about="the same in the older form",
        agrees=_ours("the ESS attribute holds; openssl looks at it with -cades only"),
    )
    sha1 = ess(algorithm(_SHA1), named)
    yield _Unknown(
        bundle_by(signer(ess=attribute(cms.SIGNING_CERTIFICATE_V2, sha1))),
        name="ess_digest_fail",
        about="the signer names its certificate with SHA-1 in the form that allows to say so",
        agrees=_ours("the ESS attribute holds; openssl looks at it with -cades only"),
    )
    yield _Invalid(
        bundle_by(signer(ess=attribute(cms.SIGNING_CERTIFICATE_V2, ess(named), ess(named)))),
        name="ess_two_fail",
        about="two attributes that name the certificate",
        agrees=_ours("one value in each attribute"),
    )
    changed = signer(signature=signer(ess=None).value)
    yield _Invalid(bundle_by(changed), name="attributes_changed_fail", about="a signature over other attributes")


def _algorithms() -> Iterator[Case]:
    """SHA-2, RSA from 2,048 bits, ECDSA on two curves; that which is named is that which is used."""
    people = world.family()
    flipped = bytearray(signer().value)
    flipped[-1] ^= 1
    yield _Invalid(
        bundle_by(signer(signature=bytes(flipped))), name="value_flipped_fail", about="a bit of the signature"
    )
    yield _Invalid(bundle_by(signer(signature=b"")), name="value_empty_fail", about="no signature value")
    imposter = Holder(people.tsa.key, people.leaf.certificate)
    yield _Invalid(
        bundle_by(signer(imposter)), name="other_key_fail", about="signed by another key than the certificate's"
    )
    yield _Unknown(
        bundle_by(signer(digest=algorithm(_SHA1))), name="digest_sha1_fail", about="a digest by SHA-1, as named"
    )
    yield _Unknown(
        bundle_by(signer(algorithm=algorithm(_PSS), sign=_sign_pss)),
        name="pss_fail",
        about="RSA with PSS, which the public tool cannot read",
        agrees=_ours("PKCS #1 v1.5 only"),
    )
    yield _Invalid(
        bundle_by(signer(algorithm=algorithm(_RSA_SHA384))),
        name="digest_mixed_fail",
        about="SHA-384 is named, and SHA-256 was used",
        agrees=_ours("one digest algorithm for both"),
    )
    yield _Invalid(
        bundle_by(signer(algorithm=algorithm(_ECDSA_SHA256, b""))),
        name="algorithm_of_another_key_fail",
        about="ECDSA is named, and the key is RSA",
    )
    parameters = der.encode(der.SEQUENCE, der.encode_integer(1))
    yield _Unknown(
        bundle_by(signer(algorithm=algorithm(cms.RSA, parameters))),
        name="algorithm_parameters_fail",
        about="RSA with parameters that mean nothing",
        agrees=_ours("no parameters but NULL"),
    )
    small = leaf(key="rsa1024")
    yield _Invalid(
        bundle_by(signer(small)),
        name="small_key_fail",
        about="an RSA key of 1,024 bits",
        agrees=_ours("RSA from 2,048 bits; openssl leaves that to its security level"),
    )
    e3 = leaf(key="rsa2048-e3")
    yield _Invalid(
        bundle_by(signer(e3)),
        name="exponent_fail",
        about="an RSA key with the exponent 3",
        agrees=_ours("the exponent is 65537"),
    )


def _structures() -> Iterator[Case]:
    """One signer, its certificate once, no content of its own."""
    people = world.family()
    yield _Frame(
        bundle_by(signer(), signer()),
        name="two_signers_fail",
        about="two signers: which one counts depends on who reads",
        agrees=_ours("one signer"),
    )
    good = signed_data(signer(), certificates=[people.leaf.der, people.intermediate.der])
    yield _Frame(
        bundle_by(content=ARCHIVE),
        name="content_fail",
        about="the signature brings its own content",
        agrees=_ours("the archive is the content"),
    )
    yield _Invalid(
        bundle_by(content_type=cms.SIGNED_DATA),
        name="content_type_fail",
        about="the structure says that it is about something else than data",
    )
    yield _Invalid(
        bundle_by(
            signer(content_type=attribute(cms.CONTENT_TYPE, der.encode_oid("1.2.3.4.6"))), content_type="1.2.3.4.6"
        ),
        name="content_type_other_fail",
        about="a content type of nobody, in the structure and in the attributes",
        agrees=_ours("the content is data"),
    )
    yield _Invalid(
        bundle_by(certificates=[people.intermediate.der]),
        name="no_leaf_fail",
        about="the signer's certificate is missing",
    )
    yield _Frame(
        bundle_by(version=2), name="version_fail", about="a version that does not exist", agrees=_ours("version")
    )
    yield _Frame(
        joined(render_block(_indefinite(good)), ARCHIVE),
        name="indefinite_length_fail",
        about="BER: a length that is not said",
        agrees=_ours("DER"),
    )
    yield _Frame(
        bundle_by(certificates=[people.leaf.der, people.intermediate.der, der.encode(der.context(1), b"\5\0")]),
        name="other_certificate_fail",
        about="an attribute certificate among the certificates",
        agrees=_ours("certificates are X.509"),
    )
    garbage = der.encode(der.SEQUENCE, der.encode_integer(1))
    yield _Invalid(
        bundle_by(certificates=[people.leaf.der, people.intermediate.der, garbage]),
        name="certificate_garbage_fail",
        about="something that is no certificate among them",
    )
    names = world.issue(
        "Acme Release 2026", "ec:twin", people.intermediate, serial=people.leaf.certificate.serial_number
    )
    yield _Invalid(
        bundle_by(others=[names, people.intermediate]),
        name="twin_fail",
        about="two certificates with the signer's issuer and serial number",
        agrees=_ours("the signer's certificate is there once"),
    )


def _indefinite(data: bytes) -> bytes:
    """Return the same with the length of the outermost element left open."""
    return data[:1] + b"\x80" + der.read_der(data, what="x").body + b"\0\0"


def _trust() -> Iterator[Case]:
    """Steps 3, 5 and 6: the rules for trees hold for bundles."""
    people = world.family()
    good = bundle_by()
    refused: dict[str, tuple[str, int, str, Json, str]] = {
        "unknown_root": (
            "a chain to a root that the policy does not name",
            3,
            "signer-untrusted",
            rules(holders(people.tsa_root, middle=[])),
            "",
        ),
        "subject": ("another subject", 6, "signer-untrusted", rules(holders(subject={"O": "Other"})), ""),
        "scope": ("a name that no policy covers", 6, "trust-policy", rules(scope="other-*"), ""),
        "kind": ("a policy for trees only", 6, "trust-policy", rules(kind=["tree"]), ""),
        "no_stamp": ("a timestamp is asked for", 4, "trust-policy", rules(timestamp=stamped("always")), ""),
        "threshold": ("two signers are asked for", 6, "signer-untrusted", rules(holders(threshold=2)), ""),
        "digest_revoked": (
            "the trust policy revokes the archive",
            5,
            "revoked",
            {**rules(), "revoked": {"keys": [], "digests": [sha256(ARCHIVE)]}},
            "",
        ),
        "authority_revoked": (
            "the trust policy revokes the key of the intermediate",
            5,
            "revoked",
            {**rules(), "revoked": {"keys": [key_id_of(people.intermediate)], "digests": []}},
            "",
        ),
        "tie": (
            "two policies with scopes of the same length",
            6,
            "trust-policy",
            forge.trust(forge.entry(holders()), forge.entry(holders(), name="again")),
            "",
        ),
    }
    for name, (about, step, code, policy, agrees) in refused.items():
        yield bundle_case(
            good,
            name=f"policy_{name}_fail",
            about=about,
            step=step,
            code=code,
            policy=policy,
            agrees=agrees or _ours("the trust policy"),
        )
    server = leaf(key="rsa2048", purposes=[TIME_STAMPING])
    yield bundle_case(
        bundle_by(signer(server)),
        name="purpose_fail",
        about="a certificate for time stamping signs a bundle",
        step=3,
        code="signer-untrusted",
        agrees=_ours("extended key usage; openssl is asked with -purpose any"),
    )
    stranger = world.issue("Stranger", "rsa2048", purposes=[CODE_SIGNING])
    yield bundle_case(
        bundle_by(signer(stranger), others=[]),
        name="stranger_fail",
        about="a signer that certifies itself, which is what mcpb sign --self-signed makes",
        step=3,
        code="signer-untrusted",
    )
    audit = rules(level="audit", crl={"rule": "require", "grace_days": 0})
    yield bundle_case(good, name="audit", about="level audit reports the missing list", policy=audit)


def _times() -> Iterator[Case]:
    """Step 4: terms, and the one thing that may stand beside the signature."""
    people = world.family()
    old = leaf(key="rsa2048", start=NOW - YEAR, end=NOW - YEAR / 4)
    later = rules(timestamp=stamped("after-expiry"))
    within = partial(bundle_case, policy=later, signers=(key_id_of(old),))
    now_only = _ours("a trusted timestamp; openssl is asked for the moment of the verdict")
    yield bundle_case(bundle_by(signer(old)), name="expired_fail", about="no timestamp", step=4, code="expired")
    yield within(
        bundle_by(stamped_signer(old, NOW - YEAR / 2)),
        name="expired_stamped",
        about="a certificate that has expired, and a timestamp from before",
        agrees=now_only,
    )
    yield within(
        bundle_by(stamped_signer(old, NOW - _DAY)),
        name="expired_stamped_late_fail",
        about="a timestamp from after the end of the term",
        step=4,
        code="expired",
    )
    yield within(
        bundle_by(stamped_signer(old, NOW - YEAR / 2, over=b"something else")),
        name="stamp_of_other_fail",
        about="a timestamp about another signature",
        step=4,
        code="signature-invalid",
    )
    yield within(
        bundle_by(stamped_signer(old, NOW - YEAR / 2, authority=leaf(key="rsa2048", name="No Authority"))),
        name="stamp_by_nobody_fail",
        about="a timestamp by somebody who is no authority for time",
        step=4,
        code="expired",
    )
    garbage = signer(unsigned=[attribute(cms.TIMESTAMP_TOKEN, der.encode(der.SEQUENCE))])
    yield _Room(
        bundle_by(garbage),
        name="stamp_garbage_fail",
        about="a timestamp that is none, though the policy reads no timestamps: it would be room for anything",
    )
    yield bundle_case(
        bundle_by(stamped_signer(people.leaf)),
        name="stamped",
        about="the policy asks for a timestamp, and the block has one",
        policy=rules(timestamp=stamped("always")),
    )
    young = leaf(key="rsa2048", start=NOW + _DAY, end=NOW + YEAR)
    yield bundle_case(bundle_by(signer(young)), name="not_yet_fail", about="not valid yet", step=4, code="expired")


def _revocations() -> Iterator[Case]:
    """Step 5: lists beside the trust policy."""
    people = world.family()
    serial = people.leaf.certificate.serial_number
    good, asked = bundle_by(), rules(crl={"rule": "require", "grace_days": 0})
    clean = {"root.crl": world.revoke(people.root), "intermediate.crl": world.revoke(people.intermediate)}
    yield bundle_case(good, name="lists", about="nobody is revoked", policy=asked, lists=clean)
    entry = (serial, NOW - 2 * _DAY, ReasonFlags.superseded, None)
    revoked = {**clean, "intermediate.crl": world.revoke(people.intermediate, [entry])}
    by_list = _ours("lists beside the trust policy; openssl is asked without")
    yield bundle_case(
        good,
        name="revoked_fail",
        about="the signer's certificate is on the list",
        policy=asked,
        lists=revoked,
        step=5,
        code="revoked",
        agrees=by_list,
    )
    yield bundle_case(
        good,
        name="no_list_fail",
        about="a list is asked for and none is there",
        policy=asked,
        step=5,
        code="uncheckable",
        agrees=by_list,
    )
    stamped_rules = rules(crl={"rule": "require", "grace_days": 0}, timestamp=stamped("after-expiry"))
    yield bundle_case(
        bundle_by(stamped_signer(people.leaf, NOW - 9 * _DAY)),
        name="revoked_later",
        about="a timestamp shows that the signature is older than the revocation",
        policy=stamped_rules,
        lists=revoked,
    )
