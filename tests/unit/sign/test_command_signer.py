"""An external program signs: what it gets, what it must give, and what is said when it does not."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from plugintool import limits
from plugintool.errors import ConfigError, SigningError
from plugintool.sign.command_signer import CommandSigner, read_command
from plugintool.sign.credentials import Credentials
from plugintool.sign.raw_ecdsa import as_der, encode_numbers
from plugintool.sign.sign import sign_tree
from plugintool.verify.signature import verify_with
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree

MESSAGE = b"what is signed"


def python(script: str, *arguments: str) -> str:
    return shlex.join([sys.executable, "-c", script, *arguments])


def signer(command: str, key: str = "p256") -> CommandSigner:
    return read_command(command, forge.signer(key).public_key)


COPY = "import sys, shutil; shutil.copyfile(sys.argv[1], sys.argv[2])"


def ready(tmp_path: Path, key: str = "p256", data: bytes | None = None) -> str:
    """A program that hands out a signature that was made before."""
    path = tmp_path / "made"
    path.write_bytes(forge.signer(key).sign(MESSAGE) if data is None else data)
    return python(COPY, str(path), "{signature}")


@pytest.mark.foreign("openssl")
@pytest.mark.parametrize("key", ["rsa3072", "p256", "p384"])
def test_openssl_as_the_signer(foreign: Callable[[str], str], tmp_path: Path, key: str) -> None:
    """The command of the how-to; a tree is signed with it like with a file."""
    command = shlex.join(
        [foreign("openssl"), "dgst", "-sha256", "-sign", str(forge.key_file(key)), "-out", "{signature}", "{message}"]
    )
    assert sign_tree(build_tree(tmp_path), Credentials(signer(command, key)), now=NOW).is_new


@pytest.mark.foreign("openssl")
def test_openssl_signs_a_digest(foreign: Callable[[str], str]) -> None:
    """Services that take digests only get one."""
    command = [foreign("openssl"), "pkeyutl", "-sign", "-inkey", str(forge.key_file("rsa3072")), "-in", "{digest}"]
    command += ["-pkeyopt", "digest:sha256", "-out", "{signature}"]
    value = signer(shlex.join(command), "rsa3072").sign(MESSAGE)
    assert verify_with(forge.signer("rsa3072").public_key, value, MESSAGE)


def test_last_two_arguments_without_places(tmp_path: Path) -> None:
    """The shortest contract: the message, and where the signature goes."""
    made = tmp_path / "made"
    made.write_bytes(forge.signer("p256").sign(MESSAGE))
    seen = tmp_path / "seen"
    script = (
        f"import sys, shutil; shutil.copyfile(sys.argv[1], {str(seen)!r}); shutil.copyfile({str(made)!r}, sys.argv[2])"
    )
    assert verify_with(forge.signer("p256").public_key, signer(python(script)).sign(MESSAGE), MESSAGE)
    assert seen.read_bytes() == MESSAGE


def test_two_numbers_are_an_ecdsa_value(tmp_path: Path) -> None:
    """As key vaults and tokens give them."""
    numbers = decode_dss_signature(forge.signer("p256").sign(MESSAGE))
    raw = b"".join(number.to_bytes(32, "big") for number in numbers)
    value = signer(ready(tmp_path, data=raw)).sign(MESSAGE)
    assert decode_dss_signature(value) == numbers


@pytest.mark.parametrize("size", [64, 96])
def test_form_of_a_value(size: int) -> None:
    """DER stays as it is; numbers become DER, also small ones."""
    raw = b"\0" * (size // 2 - 1) + b"\1" + b"\xff" * (size // 2)
    assert decode_dss_signature(as_der(raw)) == (1, 256 ** (size // 2) - 1)
    assert as_der(encode_numbers(raw)) == encode_numbers(raw)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("raise SystemExit(3)", "it ended with 3"),
        ("import sys; sys.exit('no such key')", "it ended with 1"),
        ("pass", "its signature"),
        ("import sys; open(sys.argv[2], 'wb').write(b'x' * 5000)", "its signature larger than"),
    ],
)
def test_program_that_does_not_sign(script: str, why: str) -> None:
    """What it ended with, and what it said."""
    with pytest.raises(SigningError, match=why) as caught:
        signer(python(script)).sign(MESSAGE)
    assert caught.value.detail["field"] == "--signer-command"
    if "no such key" in script:
        assert caught.value.detail["found"] == "no such key"


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * 64])
def test_wrong_signature(tmp_path: Path, data: bytes) -> None:
    """Found before anything is written."""
    with pytest.raises(SigningError, match="signature that is wrong"):
        signer(ready(tmp_path, data=data)).sign(MESSAGE)


def test_signature_by_another_key(tmp_path: Path) -> None:
    """The hint says where to look."""
    with pytest.raises(SigningError) as caught:
        signer(ready(tmp_path, "p256"), "rsa3072").sign(MESSAGE)
    assert "public key belongs" in caught.value.detail["hint"]


def test_missing_program() -> None:
    """Named as the system names it."""
    with pytest.raises(SigningError, match="cannot be run: no such file"):
        signer("/nowhere/at-all").sign(MESSAGE)


def test_program_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended."""
    monkeypatch.setattr(limits, "SIGNER_SECONDS", 0.2)
    with pytest.raises(SigningError, match=r"longer than 0\.2 seconds"):
        signer(python("import time; time.sleep(30)")).sign(MESSAGE)


@pytest.mark.parametrize("text", ["", "   ", "sign 'unclosed", "sign {message}", "sign {digest}"])
def test_commands_that_cannot_be_used(text: str) -> None:
    """Said before anything is run."""
    with pytest.raises(ConfigError) as caught:
        signer(text)
    assert caught.value.detail["field"] == "--signer-command"


def test_no_shell_looks_at_the_command(tmp_path: Path) -> None:
    """A semicolon is a character."""
    with pytest.raises(SigningError):
        signer(f"true ; touch {tmp_path / 'made'} {{signature}}").sign(MESSAGE)
    assert list(tmp_path.iterdir()) == []
