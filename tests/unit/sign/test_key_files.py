"""Files of keys: all or none, modes, nothing overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from plugintool.errors import OutputError
from plugintool.sign import key_files
from plugintool.sign.key_files import KeyFile, private_file, public_pem_of, write_all
from tests import vector_forge as forge


def test_files_are_written_with_their_modes(tmp_path: Path) -> None:
    """Whatever the umask, and with the directories that they are in."""
    write_all({tmp_path / "a/secret": KeyFile(b"1", is_private=True), tmp_path / "b/c/open": KeyFile(b"2")})
    assert (tmp_path / "a/secret").read_bytes() == b"1"
    assert (tmp_path / "b/c/open").read_bytes() == b"2"
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "a/secret").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "b/c/open").stat().st_mode) == 0o644


@pytest.mark.parametrize("kind", ["file", "directory", "dangling link"])
def test_nothing_is_overwritten(tmp_path: Path, kind: str) -> None:
    """And nothing else is written then; a link counts, wherever it leads."""
    taken = tmp_path / "taken"
    if kind == "file":
        taken.write_text("mine")
    elif kind == "directory":
        taken.mkdir()
    else:
        taken.symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputError, match="never overwritten") as caught:
        write_all({tmp_path / "first": KeyFile(b"1"), taken: KeyFile(b"2")})
    assert caught.value.detail["found"] == "taken"
    assert sorted(os.listdir(tmp_path)) == ["taken"]


def test_first_file_goes_when_the_second_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a key is worse than none."""
    real = os.fsync
    calls: list[int] = []

    def fail(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(key_files.os, "fsync", fail)  # type: ignore[attr-defined]
    with pytest.raises(OutputError, match="no space left"):
        write_all({tmp_path / "a": KeyFile(b"1"), tmp_path / "b": KeyFile(b"2")})
    assert os.listdir(tmp_path) == []


def test_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between two files."""

    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(key_files.os, "fsync", interrupt)  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        write_all({tmp_path / "a": KeyFile(b"1")})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("passphrase", [None, b"secret"])
def test_private_key_can_be_read_back(passphrase: bytes | None) -> None:
    """With its passphrase, and only so."""
    key = forge.private_key("ed25519-a")
    file = private_file(key, passphrase)
    assert file.is_private
    assert (b"ENCRYPTED" in file.data) == (passphrase is not None)
    found = serialization.load_pem_private_key(file.data, passphrase)
    assert public_pem_of(found) == public_pem_of(key)  # type: ignore[arg-type]
