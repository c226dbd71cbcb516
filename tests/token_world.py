"""A token of SoftHSM in a directory of a test, with keys that were made in it and never leave it."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

PIN, OFFICER = "1234-test", "5678-test"
LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
KINDS = ("rsa", "p256", "p384", "ed25519")
CURVES = {"p256": "secp256r1", "p384": "secp384r1"}
LABEL = "release key"


def find_library() -> str:
    """Return the PKCS #11 library of SoftHSM; wherever its tool is, one of these is too."""
    return next(path for path in LIBRARIES if os.path.exists(path))


@dataclass(frozen=True)
class Token:
    """A token; ``config`` is the file that ``SOFTHSM2_CONF`` names."""

    config: Path
    library: str
    pin_file: Path

    def uri(self, name: str, *, token: str = LABEL) -> str:
        return f"pkcs11:token={quote(token)};object={name}?module-path={self.library}"

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.config)}


def make_token(directory: Path, program: str) -> Token:
    """Initialise a token without keys."""
    (directory / "tokens").mkdir(parents=True)
    config = directory / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {directory}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    pin = directory / "pin.txt"
    pin.write_text(f"{PIN}\n")
    token = Token(config, find_library(), pin)
    line = [program, "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", OFFICER]
    done = subprocess.run(line, env={**os.environ, **token.environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return token


@contextlib.contextmanager
def opened(token: Token, *, rw: bool = True) -> Iterator[Any]:
    """A session of somebody who is logged in; the library reads its configuration when it is loaded."""
    import pkcs11  # noqa: PLC0415 - an extra

    library = pkcs11.lib(token.library)
    with library.get_token(token_label=LABEL).open(rw=rw, user_pin=PIN) as session:
        yield session


def generate(session: Any, kind: str, *, label: str | None = None, number: int = 1) -> None:
    """Make a key pair in the token."""
    from pkcs11 import Attribute, KeyType, Mechanism  # noqa: PLC0415 - an extra
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415

    chosen = {"label": label or kind, "id": bytes([number]), "store": True}
    if kind == "rsa":
        session.generate_keypair(KeyType.RSA, 3072, **chosen)
        return
    edwards = kind == "ed25519"
    parameters = {Attribute.EC_PARAMS: encode_named_curve_parameters("1.3.101.112" if edwards else CURVES[kind])}
    domain = session.create_domain_parameters(KeyType.EC_EDWARDS if edwards else KeyType.EC, parameters, local=True)
    mechanism = {"mechanism": Mechanism.EC_EDWARDS_KEY_PAIR_GEN} if edwards else {}
    domain.generate_keypair(**chosen, **mechanism)
