"""Each byte of a small signed archive is changed in turn: every one is refused, and so is every cut and every addition.

One kind of bit is provably outside of what is read: those that fill up the last byte of a deflated entry (RFC 1951,
3.1.1). No reader looks at them, the content is the same, and the signature is over the content.

In this process, through the verifier as the commands use it, because there are some thousand of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.device.verify import verify_artifacts
from plugintool.tree import zip_format
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_reader import open_archive
from plugintool.tree.zip_writer import Packing, write_zip
from tests.device_world import NAME, NOW, policy_bytes, sign_files

FILES = {
    ".claude-plugin/plugin.json": b'{"name":"acme-review","version":"1.0.0"}',
    "bin/run": b"#!/bin/sh\n",
    "docs/\xe4.md": b"x" * 40,
}
PARTS = 8
"""The bytes are spread over so many tests, so that they can run side by side."""


@pytest.fixture(scope="module", params=[Packing.DEFLATE, Packing.STORE])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "acme-review-1.0.0.zip"
    files = sign_files(dict(FILES), version="1.0.0", sequence=1)
    with path.open("w+b") as target:
        write_zip(MemoryTree(NAME, files), target, packing=request.param)
    (path.parent / "policy.json").write_bytes(policy_bytes())
    return path


def exit_code(path: Path) -> int:
    return verify_artifacts([path], trust_policy=path.parent / "policy.json", now=NOW).exit_code


def test_untouched_it_is_verified(archive: Path) -> None:
    assert exit_code(archive) == 0
    assert archive.stat().st_size < 4000


def fills_up(original: Path, changed: Path, offset: int) -> bool:
    """Whether a byte is the last one of a deflated entry, and every file still has the same content."""
    with open_archive(original) as one, open_archive(changed) as other:
        members = [member for member in one.members.values() if member.header.method == zip_format.DEFLATED]
        ends = {member.data_offset + member.header.packed_size - 1 for member in members}
        return offset in ends and all(one.open(path).read() == other.open(path).read() for path in one.members)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_flipped_byte_is_refused(archive: Path, part: int, tmp_path: Path) -> None:
    """All bits of it, and the lowest and the highest alone: nothing in an archive is outside of what is checked."""
    data = archive.read_bytes()
    changed = tmp_path / archive.name
    (tmp_path / "policy.json").write_bytes(policy_bytes())
    accepted = []
    for offset in range(part, len(data), PARTS):
        for mask in (0xFF, 0x01, 0x80):
            changed.write_bytes(data[:offset] + bytes([data[offset] ^ mask]) + data[offset + 1 :])
            if exit_code(changed) != 3 and not fills_up(archive, changed, offset):
                accepted.append((offset, mask))
    assert accepted == []


@pytest.mark.parametrize("part", range(PARTS))
def test_every_cut_and_every_added_byte_is_refused(archive: Path, part: int, tmp_path: Path) -> None:
    """A file that ends anywhere else, and one byte more anywhere."""
    data = archive.read_bytes()
    changed = tmp_path / archive.name
    (tmp_path / "policy.json").write_bytes(policy_bytes())
    accepted = []
    for offset in range(part, len(data), PARTS):
        for text in (data[:offset], data[:offset] + b"\0" + data[offset:], data[:offset] + data[offset + 1 :]):
            changed.write_bytes(text)
            if exit_code(changed) != 3:
                accepted.append(offset)
    assert accepted == []
