"""A signer whose key is behind a program of yours: the tool of a cloud key service, or anything else that signs.

The command line is split like a shell does, without one, and run once for each signature. In it stand

``{message}``    a file with the bytes to sign
``{digest}``     a file with their SHA-256, for services that sign digests
``{signature}``  the file that the program must write: the signature value, nothing else

Without any of them, ``{message}`` and ``{signature}`` are the last two arguments. ECDSA values may be DER or the two
numbers one after the other. The program keeps the environment of the caller, where credentials of services are.
"""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plugintool import limits
from plugintool.errors import ConfigError, InputError, SigningError
from plugintool.sign.signature_value import take_value
from plugintool.tree.directory import read_bounded
from plugintool.verify.keys import PublicKey

PLACES: Final = ("message", "digest", "signature")
_OUTPUT_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class CommandSigner:
    """Signs by running ``arguments``; ``public_key`` is what the result is checked with."""

    arguments: tuple[str, ...]
    public_key: PublicKey

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message``.

        Raises:
            SigningError: the program fails, takes too long, writes no signature, or one that is wrong.
        """
        with tempfile.TemporaryDirectory(prefix="plugintool-sign-") as directory:
            places = {name: Path(directory, name) for name in PLACES}
            places["message"].write_bytes(message)
            places["digest"].write_bytes(hashlib.sha256(message).digest())
            self._run([_fill(argument, places) for argument in self.arguments])
            value = _read(places["signature"])
        return take_value(value, message, self.public_key, source="the signer command")

    def _run(self, arguments: list[str]) -> None:
        try:
            done = subprocess.run(  # noqa: S603 - running what the caller names is what this is for
                arguments,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=limits.SIGNER_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(f"it took longer than {limits.SIGNER_SECONDS:g} seconds", error.stderr or b"") from error
        except (OSError, ValueError) as error:
            raise _failed(f"it cannot be run: {str(getattr(error, 'strerror', None) or error).lower()}", b"") from error
        if done.returncode != 0:
            raise _failed(f"it ended with {done.returncode}", done.stderr or done.stdout)


def read_command(text: str, public_key: PublicKey) -> CommandSigner:
    """Return the signer for a command line.

    Raises:
        ConfigError: it cannot be split, is empty, or names no place for the signature.
    """
    try:
        arguments = shlex.split(text)
    except ValueError as error:
        raise ConfigError(f"the signer command cannot be read: {error}", field="--signer-command") from error
    if not any(f"{{{name}}}" in argument for argument in arguments for name in PLACES):
        arguments += ["{message}", "{signature}"] if arguments else []
    if not any("{signature}" in argument for argument in arguments):
        raise ConfigError(
            "the signer command says nowhere where the signature goes",
            field="--signer-command",
            expected="{signature}, the file that it writes",
            found=text,
        )
    return CommandSigner(tuple(arguments), public_key)


def _fill(argument: str, places: dict[str, Path]) -> str:
    for name, path in places.items():
        argument = argument.replace(f"{{{name}}}", str(path))
    return argument


def _read(path: Path) -> bytes:
    try:
        return read_bounded(path, max_bytes=limits.SIGNATURE_BYTES)
    except InputError as error:
        raise _failed(f"its signature {error.message}", b"") from error


def _failed(reason: str, output: bytes) -> SigningError:
    said = output.decode(errors="replace").strip()[-_OUTPUT_SHOWN:]
    return SigningError(f"the signer command did not sign: {reason}", field="--signer-command", found=said)
