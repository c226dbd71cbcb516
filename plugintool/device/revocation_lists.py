"""Where revocation lists come from: the directory ``crls`` beside the trust policy, and files that a command names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from plugintool import limits
from plugintool.errors import LimitExceededError, MissingPathError, TrustPolicyError
from plugintool.tree.directory import read_bounded

DIRECTORY = "crls"
SUFFIX = ".crl"


def read_lists(trust_policy: Path, more: Iterable[Path] = ()) -> tuple[tuple[str, bytes], ...]:
    """Return the revocation lists that go with a trust policy, unread: how messages name each, and its bytes.

    Args:
        trust_policy: its file; every ``crls/*.crl`` beside it counts.
        more: further files.

    Raises:
        MissingPathError: one of them cannot be read.
        TrustPolicyError: step 5; too many, or one is too large.
    """
    paths = [*_beside(trust_policy), *more]
    if len(paths) > limits.CRLS:
        raise TrustPolicyError(
            "too many revocation lists", step=5, expected=f"at most {limits.CRLS}", found=str(len(paths))
        )
    return tuple((str(path), _read(path)) for path in paths)


def _beside(trust_policy: Path) -> list[Path]:
    directory = trust_policy.parent / DIRECTORY
    try:
        names = sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise MissingPathError(f"the revocation lists cannot be read: {reason}", path=str(directory)) from error
    return [directory / name for name in names if name.endswith(SUFFIX)]


def _read(path: Path) -> bytes:
    try:
        return read_bounded(path, max_bytes=limits.CRL_BYTES)
    except LimitExceededError as error:
        raise TrustPolicyError(f"the revocation list is {error.message}", step=5, path=str(path)) from error
