"""Who signed an artifact, by what its signatures say; nobody is trusted yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plugintool import limits
from plugintool.device.artifact import is_bundle, open_artifact
from plugintool.digest import Digest
from plugintool.envelope.statement import parse_statement
from plugintool.errors import ConfigError, MissingSignatureError
from plugintool.verify.keys import PublicKey
from plugintool.verify.signatures import FoundSignature, check_file, find_signatures

if TYPE_CHECKING:
    from plugintool.verify.certificate import Certificate

_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One signer whose signature is right.

    Attributes:
        name: of the plugin or bundle that was signed.
        key: the public key.
        certificate: None for a plain key.
        others: further certificates (DER) that came along.
    """

    name: str
    key: PublicKey
    certificate: Certificate | None = None
    others: tuple[bytes, ...] = ()

    @property
    def subject(self) -> str:
        """Whom the certificate names; empty for a plain key."""
        return "" if self.certificate is None else self.certificate.x509.subject.rfc4514_string()

    @property
    def spoken(self) -> str:
        """The key id in groups of four, for reading aloud."""
        key_id = self.key.key_id
        return " ".join(key_id[start : start + _GROUP] for start in range(0, len(key_id), _GROUP))


def find_signers(artifact: Path, known: Mapping[Digest, PublicKey]) -> tuple[Signer, ...]:
    """Return the signers of an artifact; each signature is checked with the key that it names.

    Args:
        artifact: a built tree, an archive or a bundle.
        known: public keys by their id, for signature files, which name a key and do not hold it.

    Raises:
        MissingSignatureError: it is not signed.
        VerificationError, InputError: it or a signature cannot be read, or a signature is wrong.
        ConfigError: the key of a signature is not among ``known``.
    """
    if is_bundle(artifact):
        return (_signer_of_bundle(artifact),)
    with open_artifact(artifact) as source:
        found = find_signatures(source)
    statement = parse_statement(found[0].file.payload, path=found[0].path)
    _require_keys(artifact, found, known)
    right = [check_file(item, known) for item in found]
    signers = (Signer(name=statement.name, key=one.key, certificate=one.certificate) for one in right)
    return tuple({signer.key.key_id: signer for signer in signers}.values())


def find_certificates(artifact: Path) -> Iterator[bytes]:
    """Yield the certificates (DER) in the signatures of an artifact, unchecked; none for plain keys.

    Raises:
        VerificationError, InputError: it or its signature cannot be read.
    """
    if is_bundle(artifact):
        from plugintool.envelope.bundle_file import open_bundle  # noqa: PLC0415 - only for bundles

        with open_bundle(artifact) as bundle:
            yield from () if bundle.block is None else bundle.block.signed.certificates
        return
    with open_artifact(artifact) as source:
        yield from (item.file.certificate for item in find_signatures(source) if item.file.certificate is not None)


def _require_keys(artifact: Path, found: tuple[FoundSignature, ...], known: Mapping[Digest, PublicKey]) -> None:
    missing = {item.file.key_id for item in found if item.file.certificate is None} - known.keys()
    if missing:
        raise ConfigError(
            "a signature file names its key and does not hold it",
            path=str(artifact),
            field="--public-key",
            expected=f"the public key {', '.join(sorted(missing))}",
            hint="add --public-key FILE with the key that the publisher gives away (NAME.pub.pem of keys new)",
        )


def _signer_of_bundle(artifact: Path) -> Signer:
    from plugintool.envelope.bundle_file import MANIFEST_FILE, read_bundle  # noqa: PLC0415 - only for bundles
    from plugintool.formats.bundle_text import require_identity  # noqa: PLC0415
    from plugintool.tree.directory import open_regular  # noqa: PLC0415
    from plugintool.verify.bundle import check_block  # noqa: PLC0415 - X.509 is slow to import

    with open_regular(artifact, follow=True) as source:
        bundle = read_bundle(source)
        if bundle.block is None:
            raise MissingSignatureError("not signed", step=1, path=str(artifact), expected="a signature block")
        right = check_block(source, bundle.block).signature
        with bundle.tree.open(MANIFEST_FILE) as manifest:
            data = manifest.read(limits.TEXT_BYTES + 1)
        name, _ = require_identity(data, [file.path for file in bundle.tree.files()])
    return Signer(
        name=name, key=right.key, certificate=right.certificate, others=tuple(one.der for one in right.others)
    )
