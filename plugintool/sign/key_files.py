"""Files of keys: several of them or none, never over an existing one, private ones for their owner only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from plugintool.errors import OutputError
from plugintool.sign.file_signer import PrivateKey
from plugintool.tree.sink import output_errors

PRIVATE_MODE, PUBLIC_MODE = 0o600, 0o644


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What to write: its bytes, and whether they are for the owner only."""

    data: bytes
    is_private: bool = False

    @property
    def mode(self) -> int:
        """The permissions, whatever the umask."""
        return PRIVATE_MODE if self.is_private else PUBLIC_MODE


def public_pem_of(private: PrivateKey) -> str:
    """Return the public half in PEM form."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def private_file(private: PrivateKey, passphrase: bytes | None) -> KeyFile:
    """Return the private key in PKCS #8 PEM form; None leaves it in the clear."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase)
    form = serialization.PrivateFormat.PKCS8
    return KeyFile(private.private_bytes(serialization.Encoding.PEM, form, encryption), is_private=True)


def write_all(contents: Mapping[Path, KeyFile]) -> None:
    """Create all files or none, with the directories that they are in; an existing one is never touched.

    Raises:
        OutputError: one is already there, or cannot be written.
    """
    taken = [path for path in contents if os.path.lexists(path)]
    if taken:
        raise OutputError(
            "a file of this name is already there, and keys are never overwritten",
            path=str(taken[0]),
            found=", ".join(path.name for path in taken),
            hint="choose another name, or move the old files away",
        )
    written: list[Path] = []
    try:
        for path, file in contents.items():
            with output_errors(path):
                os.makedirs(path.parent, exist_ok=True)
                _create(path, file, written)
    except BaseException:
        for path in written:
            with contextlib.suppress(OSError):
                path.unlink()
        raise


def _create(path: Path, file: KeyFile, written: list[Path]) -> None:
    """Create one file; it is never readable by others, not even before its mode is set."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, PRIVATE_MODE)
    written.append(path)
    with os.fdopen(handle, "wb") as target:
        target.write(file.data)
        target.flush()
        if hasattr(os, "fchmod"):
            os.fchmod(handle, file.mode)
        os.fsync(handle)
