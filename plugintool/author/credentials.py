"""From what a command line says about signing to ``Credentials``: where the key is, its certificates, who stamps."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from plugintool import limits
from plugintool.errors import ConfigError, InputError, KeyUnavailableError
from plugintool.relpath import RelPath
from plugintool.sign.credentials import Credentials, Stamp
from plugintool.sign.signer import Signer
from plugintool.tree.directory import read_bounded
from plugintool.verify import keys
from plugintool.verify.keys import PublicKey

if TYPE_CHECKING:
    from plugintool.verify.certificate import Certificate

AskSecret: TypeAlias = Callable[[str], "bytes | None"]
"""Gets the name of a key file or token and returns its passphrase or PIN, None when there is none to get."""
_PUBLIC_KEY_BYTES = 64 * limits.KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSource:
    """What was said about signing; None where nothing was said.

    Attributes:
        key: a PEM file, or a PKCS #11 URI.
        signer_command: a command line that signs.
        public_key: PEM; what a command or a person signs with, or a token that does not tell.
        certificate_chain: PEM, in any order.
        timestamp_url: an authority in the network.
        timestamp_key: the directory of a small authority.
        lineages: lineage files that travel with trees.
        ask: gets passphrases and PINs.
    """

    key: str | None = None
    signer_command: str | None = None
    public_key: Path | None = None
    certificate_chain: Path | None = None
    timestamp_url: str | None = None
    timestamp_key: Path | None = None
    lineages: tuple[Path, ...] = ()
    ask: AskSecret = lambda _: None


def check_sequence(sequence: int) -> None:
    """Refuse what no statement can carry.

    Raises:
        ConfigError: out of range.
    """
    if not 1 <= sequence <= limits.SEQUENCE_MAX:
        raise ConfigError(
            "the sequence is out of range", field="--sequence", expected="1 to 2^53 - 1", found=str(sequence)
        )


@contextlib.contextmanager
def open_credentials(source: SigningSource, *, now: dt.datetime) -> Iterator[Credentials]:
    """Give who signs; a token is logged in to until the end of the block.

    Args:
        source: exactly one of key and signer command.
        now: what a local authority stamps with.

    Raises:
        ConfigError: not exactly one signer, two authorities, or a URI or command that cannot be read.
        KeyUnavailableError: a key, certificate or token cannot be used.
        SigningError, MissingPathError: a lineage file cannot be used.
    """
    stamp = find_stamp(source, now=now)
    with open_signer(source) as signer:
        yield Credentials(signer, find_certificates(source, signer), stamp, find_lineages(source))


@contextlib.contextmanager
def open_signer(source: SigningSource) -> Iterator[Signer]:
    """Give the signer alone; the arguments and errors are those of ``open_credentials``."""
    if (source.key is None) == (source.signer_command is None):
        raise ConfigError(
            "who signs must be said once",
            field="--key, --signer-command",
            expected="exactly one of them",
            found="none" if source.key is None else "both",
            hint="make a key with plugintool keys new" if source.key is None else "leave one of them out",
        )
    if source.key is not None and source.key.startswith("pkcs11:"):
        from plugintool.sign import pkcs11_signer  # noqa: PLC0415 - few keys are in tokens

        uri = pkcs11_signer.parse_uri(source.key)
        with pkcs11_signer.open_token(uri, source.ask, _told_public_key(source)) as signer:
            yield signer
    elif source.key is not None:
        yield _file_signer(source, Path(source.key))
    else:
        from plugintool.sign.command_signer import read_command  # noqa: PLC0415 - few keys are behind commands

        yield read_command(source.signer_command or "", public_half(source))


def public_half(source: SigningSource) -> PublicKey:
    """Return the public key of who signs elsewhere: that of ``--public-key``, else of the first certificate.

    Raises:
        ConfigError: neither was given.
        KeyUnavailableError: it cannot be used.
    """
    found = _told_public_key(source)
    if found is None:
        raise ConfigError(
            "the public key is not known, and what is signed elsewhere is checked with it",
            field="--public-key",
            expected="--public-key FILE, or --certificate-chain FILE",
            found="neither",
        )
    return found


def find_certificates(source: SigningSource, signer: Signer) -> tuple[Certificate, ...]:
    """Return the certificates that speak for a signer, its own first; none where none were given.

    Raises:
        KeyUnavailableError: they cannot be used, or are not for this key.
    """
    if source.certificate_chain is None:
        return ()
    from plugintool.sign.chain_file import load_chain  # noqa: PLC0415 - X.509 is slow to import

    return load_chain(source.certificate_chain, signer)


def find_lineages(source: SigningSource) -> Mapping[RelPath, bytes]:
    """Return the lineage files that travel with trees, by their place in them.

    Raises:
        SigningError, MissingPathError: one of them cannot be used.
    """
    if not source.lineages:
        return {}
    from plugintool.sign.lineage import read_lineage_files  # noqa: PLC0415 - few keys have others before them

    return read_lineage_files(source.lineages)


def find_stamp(source: SigningSource, *, now: dt.datetime) -> Stamp | None:
    """Return who stamps; None for nobody.

    Raises:
        ConfigError: two authorities, or an address that is none.
        KeyUnavailableError: the key of a local authority cannot be used.
    """
    if source.timestamp_key is not None and source.timestamp_url is not None:
        raise ConfigError(
            "two authorities for one timestamp",
            field="--timestamp-url, --timestamp-key",
            expected="at most one of them",
            found="both",
        )
    if source.timestamp_key is not None:
        from plugintool.sign.holders import AuthorityDirectory  # noqa: PLC0415 - X.509 is slow to import
        from plugintool.sign.time_authority import load_time_authority  # noqa: PLC0415

        directory = AuthorityDirectory(source.timestamp_key, _ask_about(source))
        return load_time_authority(directory, now=now).stamp
    if source.timestamp_url is None:
        return None
    if urlsplit(source.timestamp_url).scheme not in {"http", "https"}:
        raise ConfigError(
            "no address of a timestamp authority",
            field="--timestamp-url",
            expected="an address with http or https",
            found=source.timestamp_url,
        )
    from plugintool.sign.timestamp import request_timestamp  # noqa: PLC0415 - imports the network

    return functools.partial(request_timestamp, url=source.timestamp_url)


def _file_signer(source: SigningSource, path: Path) -> Signer:
    from plugintool.sign.file_signer import KeySource, load_signer  # noqa: PLC0415 - imports all kinds of key

    signer = load_signer(KeySource(path, _ask_about(source)))
    told = _told_public_key(source) if source.public_key is not None else None
    if told is not None and told != signer.public_key:
        raise KeyUnavailableError(
            "private and public key do not belong together",
            path=str(path),
            expected=f"the private half of {told.key_id}",
            found=f"that of {signer.public_key.key_id}",
        )
    return signer


def _ask_about(source: SigningSource) -> Callable[[Path], bytes | None]:
    return lambda path: source.ask(str(path))


def _told_public_key(source: SigningSource) -> PublicKey | None:
    if source.public_key is not None:
        return _read_public_key(source.public_key)
    if source.certificate_chain is None:
        return None
    from plugintool.sign.holders import read_chain  # noqa: PLC0415 - X.509 is slow to import

    leaf = read_chain(source.certificate_chain)[0]
    return _accepted(lambda: keys.parse_der(leaf.spki, path=str(source.certificate_chain)))


def _read_public_key(path: Path) -> PublicKey:
    def read() -> PublicKey:
        text = read_bounded(path, max_bytes=_PUBLIC_KEY_BYTES).decode("ascii", "replace")
        return keys.parse_pem(text, path=str(path))

    return _accepted(read)


def _accepted(read: Callable[[], PublicKey]) -> PublicKey:
    try:
        return read()
    except InputError as error:
        raise KeyUnavailableError(f"the public key cannot be used: {error.message}", **error.detail) from error
