"""Verify a bundle. Devices that are managed this way take bundles only inside a plugin, so nothing installs one."""

from __future__ import annotations

import os
from pathlib import Path

from plugintool import limits
from plugintool.envelope.bundle_statement import SUFFIX
from plugintool.errors import InputError, MissingPathError, UncheckableError
from plugintool.formats.bundle_text import require_identity
from plugintool.tree.directory import open_regular
from plugintool.verify.bundle import verify_bundle
from plugintool.verify.judge import Judge
from plugintool.verify.steps import Ladder
from plugintool.verify.verified import VerifiedBundle


def verify_bundle_file(path: Path, judge: Judge, ladder: Ladder) -> VerifiedBundle:
    """Verify one ``.mcpb`` file, by its signature block and by ``<file>.sigstore.json`` beside it, where there is one.

    Raises:
        VerificationError: not trusted; ``step`` says where it ended.
        MissingPathError: it is not there, or cannot be read.
    """
    try:
        with open_regular(path, follow=True) as source:
            return verify_bundle(source, judge, require_identity, ladder, _read_sidecar(path))
    except MissingPathError:
        raise
    except InputError as error:
        raise UncheckableError(error.message, step=1, **error.detail) from error


def _read_sidecar(path: Path) -> bytes | None:
    """Return the signature file beside a bundle, at most one byte more than it may have; None when there is none."""
    beside = path.with_name(path.name + SUFFIX)
    if not os.path.lexists(beside):
        return None
    with open_regular(beside, follow=True) as source:
        return source.read(limits.SIDECAR_BYTES + 1)
