"""The certificates that speak for a signing key, from a PEM file."""

from __future__ import annotations

from pathlib import Path

from plugintool import limits
from plugintool.errors import InputError, KeyUnavailableError
from plugintool.sign.signer import Signer
from plugintool.tree.directory import read_bounded
from plugintool.verify.certificate import Certificate, read_certificate, split_pem
from plugintool.verify.chain import Presented, climb

CHAIN_FILE_BYTES = 256 * limits.KIB


def load_chain(path: Path, signer: Signer) -> tuple[Certificate, ...]:
    """Read the certificates that speak for a signer's key from a PEM file, and put them in order.

    Args:
        path: the file; its certificates may stand in any order, with or without the root.
        signer: whose key one of them must be for.

    Raises:
        KeyUnavailableError: the file cannot be read, none or several are for this key, or one belongs to no chain.
    """
    try:
        text = read_bounded(path, max_bytes=CHAIN_FILE_BYTES).decode("ascii", "replace")
        found = [read_certificate(der, what=str(path)) for der in split_pem(text, what=str(path))]
    except InputError as error:
        raise KeyUnavailableError(f"the certificates cannot be used: {error.message}", **error.detail) from error
    return _in_order(found, signer, path)


def _in_order(found: list[Certificate], signer: Signer, path: Path) -> tuple[Certificate, ...]:
    leaves = [one for one in found if one.key_id == signer.public_key.key_id]
    if len(leaves) != 1:
        raise KeyUnavailableError(
            "exactly one certificate must be for the signing key",
            path=str(path),
            expected=f"one for the key {signer.public_key.key_id}",
            found=", ".join(f"{one.name} for {one.key_id[:12]}" for one in found),
        )
    chain = climb(Presented(leaves[0], tuple(one for one in found if one != leaves[0])), ())
    strays = [one.name for one in found if one not in chain]
    if strays:
        raise KeyUnavailableError(
            "a certificate that does not belong to the chain", path=str(path), found=", ".join(strays)
        )
    return chain
