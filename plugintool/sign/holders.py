"""What is in the directory of an authority: certificates, and the keys that belong to them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from plugintool import limits
from plugintool.errors import InputError, KeyUnavailableError
from plugintool.sign.file_signer import AskPassphrase, KeySource, load_private_key
from plugintool.sign.issue import Holder
from plugintool.tree.directory import read_bounded
from plugintool.verify.certificate import Certificate, read_certificates, split_pem
from plugintool.verify.chain import Presented, climb

AUTHORITIES = ("intermediate", "root")
"""Who issues certificates that sign, and revocation lists."""


@dataclass(frozen=True, slots=True)
class AuthorityDirectory:
    """An authority that ``authority.make_authority`` made; its parts are called roles, as their files are.

    Attributes:
        path: of the directory.
        ask: for the passphrase of its keys.
    """

    path: Path
    ask: AskPassphrase | None = None

    def chain(self, role: str) -> tuple[Certificate, ...]:
        """Return the certificates of one part, its own first.

        Raises:
            KeyUnavailableError: there are none.
        """
        return read_chain(self._certificate_file(role))

    def holder(self, role: str) -> Holder:
        """Return certificate and private key of one part.

        Raises:
            KeyUnavailableError: one of them cannot be read, or they do not belong together.
        """
        certificate = self.chain(role)[0]
        key = load_private_key(KeySource(self.key_file(role), self.ask))
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        if key.public_key().public_bytes(serialization.Encoding.DER, form) != certificate.spki:
            raise KeyUnavailableError(
                "certificate and private key do not belong together",
                path=str(self.key_file(role)),
                expected=f"the key of {certificate.name}",
            )
        return Holder(key, certificate.x509)

    def issuer_of(self, certificate: Certificate) -> str:
        """Return which of the authorities issued a certificate for signing.

        Raises:
            KeyUnavailableError: none, or something cannot be read.
        """
        for role in AUTHORITIES:
            if climb(Presented(certificate), self.chain(role)[:1])[1:]:
                return role
        raise KeyUnavailableError(
            "the certificate was not issued by this authority", path=str(self.path), found=certificate.name
        )

    def key_file(self, role: str) -> Path:
        """Return where the private key of one part is, as long as nobody has moved it away."""
        return self.path / f"{role}.key.pem"

    def _certificate_file(self, role: str) -> Path:
        chain = self.path / f"{role}.chain.pem"
        return chain if os.path.lexists(chain) else self.path / f"{role}.cert.pem"


def read_chain(path: Path) -> tuple[Certificate, ...]:
    """Return the certificates of a PEM file; at least one.

    Raises:
        KeyUnavailableError: there is none, or one cannot be read.
    """
    try:
        text = read_bounded(path, max_bytes=limits.DER_BYTES).decode("ascii", "replace")
        return read_certificates(split_pem(text, what=str(path)), what=str(path))
    except InputError as error:
        raise KeyUnavailableError(f"the certificates cannot be used: {error.message}", **error.detail) from error
