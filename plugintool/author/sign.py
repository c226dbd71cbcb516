"""Sign built trees and bundles: at once, or in two steps; and mend what the public tool signed."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from plugintool.author.credentials import (
    SigningSource,
    check_sequence,
    find_certificates,
    find_lineages,
    find_stamp,
    open_credentials,
    public_half,
)
from plugintool.device.artifact import find_artifacts, is_bundle
from plugintool.errors import ConfigError, SigningError
from plugintool.report import Report, collect
from plugintool.sign.credentials import Credentials, Stamp
from plugintool.sign.prepared import AttachedSigner, Prepared, write_request
from plugintool.sign.sign import SignedTree, prepare_tree, sign_tree
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from plugintool.verify.keys import KeyKind, PublicKey

if TYPE_CHECKING:
    from plugintool.sign.bundle import SignedBundle
    from plugintool.sign.sidecar import SignedBeside

Signed: TypeAlias = "SignedTree | SignedBundle | SignedBeside"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRequest:
    """What to do to each artifact; ``prepare``, ``attach`` and ``repair`` exclude each other.

    Attributes:
        source: who signs.
        sequence: of this release, 1 to 2^53 - 1; the time when None.
        prepare: the directory to write what is to be signed into; nothing is signed then.
        attach: the directory in which the signature values stand.
        repair: turn D1 into D2, without a key.
        beside: sign bundles in a file beside them also with a key that a block could have.
        dry_run: do everything but write.
    """

    source: SigningSource = field(default_factory=SigningSource)
    sequence: int | None = None
    prepare: Path | None = None
    attach: Path | None = None
    repair: bool = False
    beside: bool = False
    dry_run: bool = False


def sign_artifacts(paths: Iterable[Path], request: SignRequest, *, now: dt.datetime) -> Report[Signed | Prepared]:
    """Sign each artifact; a directory of plugins and bundles means all of them.

    Args:
        paths: built trees and bundles.
        request: how.
        now: gives the sequence when there is none.

    Raises:
        ConfigError: options that do not go together, or a sequence out of range.
        KeyUnavailableError: key or certificates cannot be used.
    """
    _check(request)
    artifacts = [str(artifact) for path in paths for artifact in find_artifacts(path)]
    if request.repair:
        return collect("sign", artifacts, lambda subject: _repair(Path(subject), request))
    if request.prepare is not None or request.attach is not None:
        elsewhere = _Elsewhere.of(request, now)
        work = elsewhere.prepare if request.prepare is not None else elsewhere.attach
        return collect("sign", artifacts, lambda subject: work(Path(subject)))
    with open_credentials(request.source, now=now) as credentials:
        return collect("sign", artifacts, lambda subject: _sign(Path(subject), credentials, request, now))


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """Signing in two steps: the private key is where no program of this machine reaches."""

    request: SignRequest
    now: dt.datetime
    key: PublicKey
    stamp: Stamp | None

    @classmethod
    def of(cls, request: SignRequest, now: dt.datetime) -> _Elsewhere:
        key = public_half(request.source)
        return cls(request, now, key, find_stamp(request.source, now=now))

    def prepare(self, artifact: Path) -> Prepared:
        assert self.request.prepare is not None
        if is_bundle(artifact) and _stands_beside(self.key, self.request):
            from plugintool.sign.sidecar import prepare_bundle_beside  # noqa: PLC0415 - only for bundles

            sequence = int(self.now.timestamp()) if self.request.sequence is None else self.request.sequence
            wanted = prepare_bundle_beside(artifact, sequence=sequence)
        elif is_bundle(artifact):
            from plugintool.sign.bundle import prepare_bundle  # noqa: PLC0415 - only for bundles

            wanted = prepare_bundle(artifact, self._credentials(self.request.prepare, artifact))
        else:
            _refuse_file(artifact)
            wanted = prepare_tree(artifact, self.key, now=self.now, sequence=self.request.sequence)
        return write_request(self.request.prepare, wanted, self.key, dry_run=self.request.dry_run)

    def attach(self, artifact: Path) -> Signed:
        assert self.request.attach is not None
        credentials = self._credentials(self.request.attach, artifact)
        assert isinstance(credentials.signer, AttachedSigner)
        prepared = replace(self.request, sequence=credentials.signer.sequence())
        return _sign(artifact, credentials, prepared, self.now)

    def _credentials(self, directory: Path, artifact: Path) -> Credentials:
        signer = AttachedSigner(directory / artifact.name, self.key)
        source = self.request.source
        return Credentials(signer, find_certificates(source, signer), self.stamp, find_lineages(source))


def _check(request: SignRequest) -> None:
    if request.sequence is not None:
        check_sequence(request.sequence)
    said = {
        "--key": request.source.key,
        "--signer-command": request.source.signer_command,
        "--prepare": request.prepare,
        "--attach": request.attach,
        "--repair-container": request.repair or None,
    }
    ways = [name for name, value in said.items() if value is not None]
    if len(ways) != 1:
        raise ConfigError(
            "how to sign must be said once",
            field=", ".join(said),
            expected="exactly one of them",
            found=" and ".join(ways) or "none",
            hint="leave all but one out" if ways else "add --key FILE; plugintool keys new makes one",
        )
    if request.attach is not None and request.sequence is not None:
        raise ConfigError(
            "the sequence was fixed when the signature was prepared",
            field="--sequence",
            expected="no --sequence beside --attach",
            found=str(request.sequence),
        )


def _sign(artifact: Path, credentials: Credentials, request: SignRequest, now: dt.datetime) -> Signed:
    if is_bundle(artifact):
        return _sign_bundle(artifact, credentials, request, Judge(credentials.as_policy("*"), Circumstances(now)))
    _refuse_file(artifact)
    return sign_tree(artifact, credentials, now=now, sequence=request.sequence, dry_run=request.dry_run)


def _sign_bundle(
    artifact: Path, credentials: Credentials, request: SignRequest, judge: Judge
) -> SignedBundle | SignedBeside:
    if _stands_beside(credentials.signer.public_key, request):
        from plugintool.sign.sidecar import sign_bundle_beside  # noqa: PLC0415 - only for bundles

        return sign_bundle_beside(artifact, credentials, judge, sequence=request.sequence, dry_run=request.dry_run)
    from plugintool.sign.bundle import sign_bundle  # noqa: PLC0415 - only for bundles

    return sign_bundle(artifact, credentials, judge, dry_run=request.dry_run)


def _stands_beside(key: PublicKey, request: SignRequest) -> bool:
    """Return whether the signature of a bundle goes into a file beside it: blocks are for RSA keys."""
    return request.beside or key.kind is not KeyKind.RSA


def _repair(artifact: Path, request: SignRequest) -> SignedBundle:
    from plugintool.sign.bundle import repair_container  # noqa: PLC0415 - only for bundles

    if not is_bundle(artifact):
        raise SigningError("only bundles have a container to repair", path=str(artifact), expected="a .mcpb file")
    return repair_container(artifact, dry_run=request.dry_run)


def _refuse_file(artifact: Path) -> None:
    if os.path.isfile(artifact):
        raise SigningError(
            "a file that is no bundle cannot be signed",
            path=str(artifact),
            expected="a built tree or a .mcpb file",
            hint="sign the built tree, then pack it (plugintool pack)",
        )
