"""A signer whose key is a PEM file in PKCS #8 form, encrypted or not.

A passphrase never comes from the command line or the environment, where other processes and logs see it: it is read
from a file or a descriptor, or asked for by the callable that the command line passes in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from plugintool import limits
from plugintool.errors import InputError, KeyUnavailableError, MalformedFileError, MissingPathError, SigningError
from plugintool.tree.directory import read_bounded
from plugintool.verify import keys
from plugintool.verify.keys import PublicKey

PrivateKey: TypeAlias = "ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey"
AskPassphrase: TypeAlias = "Callable[[Path], bytes | None]"
"""Gets the key file and returns its passphrase, None when there is none to get."""

KEY_FILE_BYTES = 64 * limits.KIB
"""Bytes of a key file; an encrypted RSA key of 8,192 bits has 7 KiB."""
PASSPHRASE_BYTES = 1024
"""Bytes of a passphrase."""


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a private key is, and how to get its passphrase; that is only asked for when the key is encrypted."""

    path: Path
    ask_passphrase: AskPassphrase | None = None


class FileSigner:
    """Signs with a key that was loaded into memory."""

    def __init__(self, key: PrivateKey, public_key: PublicKey) -> None:
        self._key = key
        self._public_key = public_key

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message``; ECDSA chooses its nonce after RFC 6979, so that it never repeats."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(message, _ecdsa())


def load_signer(source: KeySource) -> FileSigner:
    """Load a private key from a PEM file for signing.

    Raises:
        KeyUnavailableError: not readable, no private key, wrong passphrase or none, a key that is not accepted.
    """
    key = load_private_key(source)
    return signer_of(key, path=str(source.path))


def load_private_key(source: KeySource) -> PrivateKey:
    """Load a private key from a PEM file, of any size.

    Raises:
        KeyUnavailableError: not readable, no private key, wrong passphrase or none, a kind that is not accepted.
    """
    try:
        data = read_bounded(source.path, max_bytes=KEY_FILE_BYTES)
    except InputError as error:
        detail = error.detail
        if isinstance(error, MissingPathError):
            detail.setdefault("hint", "name the file of a private key, or make one with plugintool keys new")
        raise KeyUnavailableError(f"the private key {error.message}", **detail) from error
    return _check_kind(_decrypt(data, source), path=str(source.path))


def signer_of(key: object, *, path: str) -> FileSigner:
    """Return a signer for a key of ``cryptography``.

    Raises:
        KeyUnavailableError: a kind or size of key that is not accepted.
    """
    private = _check_kind(key, path=path)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = private.public_key().public_bytes(serialization.Encoding.DER, form)
    try:
        return FileSigner(private, keys.parse_der(der, path=path))
    except MalformedFileError as error:
        raise KeyUnavailableError(error.message, **error.detail) from error


def read_passphrase(source: Path | int) -> bytes:
    """Read a passphrase from a file, a pipe or a descriptor, which is closed: everything before the first line end.

    Raises:
        KeyUnavailableError: not readable, empty, or longer than ``PASSPHRASE_BYTES``.
    """
    path = f"descriptor {source}" if isinstance(source, int) else str(source)
    try:
        with open(source, "rb") as stream:
            line = stream.readline(PASSPHRASE_BYTES + 1).removesuffix(b"\n").removesuffix(b"\r")
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error).lower()
        raise KeyUnavailableError(f"the passphrase file cannot be read: {reason}", path=path) from error
    if not 0 < len(line) <= PASSPHRASE_BYTES:
        raise KeyUnavailableError(
            "no passphrase in the passphrase file",
            path=path,
            expected=f"a first line of 1 to {PASSPHRASE_BYTES} bytes",
            found=f"{len(line)} bytes",
        )
    return line


def _check_kind(key: object, *, path: str) -> PrivateKey:
    if not isinstance(key, (ed25519.Ed25519PrivateKey, ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise KeyUnavailableError(
            "a kind of key that is not accepted", path=path, expected="Ed25519, ECDSA or RSA", found=type(key).__name__
        )
    return key


def _decrypt(data: bytes, source: KeySource) -> object:
    path, passphrase = source.path, None
    if b"ENCRYPTED" in data:
        passphrase = source.ask_passphrase(path) if source.ask_passphrase else None
        if passphrase is None:
            raise KeyUnavailableError(
                "the private key is encrypted and there is no passphrase",
                path=str(path),
                hint="pass --passphrase-file or --passphrase-fd, or run this on a terminal",
            )
    try:
        return serialization.load_pem_private_key(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if passphrase:
            raise KeyUnavailableError("wrong passphrase, or a damaged key file", path=str(path)) from error
        raise KeyUnavailableError(
            "no private key in PEM form",
            path=str(path),
            expected="-----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED PRIVATE KEY-----",
            found="" if b"PRIVATE" in data[:60] else data[:40].split(b"\n")[0].decode(errors="backslashreplace"),
            hint="make one with plugintool keys new",
        ) from error


def _ecdsa() -> ec.ECDSA:
    try:
        return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    except UnsupportedAlgorithm as error:
        raise SigningError(f"the cryptography at hand cannot sign with this key: {error}") from error
