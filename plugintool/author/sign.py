"""Sign built trees."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path

from plugintool import limits
from plugintool.device.artifact import find_artifacts
from plugintool.errors import ConfigError, SigningError
from plugintool.report import Report, collect
from plugintool.sign.credentials import Credentials
from plugintool.sign.file_signer import KeySource, load_signer
from plugintool.sign.sign import SignedTree, sign_tree


def sign_trees(
    trees: Iterable[Path],
    *,
    key: KeySource,
    now: dt.datetime,
    sequence: int | None = None,
    dry_run: bool = False,
) -> Report[SignedTree]:
    """Sign each tree with one key; an ``org-plugins`` directory means all trees in it.

    Args:
        trees: built trees.
        key: the private key.
        now: gives the sequence when there is none.
        sequence: of this release, 1 to 2^53 - 1.
        dry_run: do everything but write.

    Raises:
        ConfigError: a sequence out of range.
        KeyUnavailableError: the key cannot be used.
    """
    if sequence is not None and not 1 <= sequence <= limits.SEQUENCE_MAX:
        raise ConfigError(
            "the sequence is out of range", field="--sequence", expected="1 to 2^53 - 1", found=str(sequence)
        )
    signer = load_signer(key)

    def sign(subject: str) -> SignedTree:
        if os.path.isfile(subject):
            raise SigningError(
                "a file cannot be signed", path=subject, hint="sign the built tree, then pack it (plugintool pack)"
            )
        return sign_tree(Path(subject), Credentials(signer), now=now, sequence=sequence, dry_run=dry_run)

    return collect("sign", [str(found) for tree in trees for found in find_artifacts(tree)], sign)
