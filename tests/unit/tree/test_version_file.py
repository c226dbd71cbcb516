"""``version.json`` is derived from a version and a record digest, and nothing else counts as ours."""

from __future__ import annotations

import json

import pytest

from plugintool.digest import sha256
from plugintool.tree import version_file

DIGEST = sha256(b"content")
SHORT = DIGEST[:12]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.0", f"1.2.0+{SHORT}"),
        ("1.2.0-rc.1", f"1.2.0-rc.1+{SHORT}"),
        ("1.2.0+build.7", f"1.2.0+build.7.{SHORT}"),
        (None, f"0+{SHORT}"),
        ("", f"0+{SHORT}"),
    ],
)
def test_the_sync_version_names_version_and_content(version: str | None, expected: str) -> None:
    assert version_file.sync_version(version, DIGEST) == expected
    assert version_file.is_sync_version(expected)


def test_render_writes_exactly_one_member_on_one_line() -> None:
    assert version_file.render("1.0.0+abc") == b'{"version": "1.0.0+abc"}\n'
    assert json.loads(version_file.render("1.0.0+abc", 3)) == {"version": "1.0.0+abc.3"}


@pytest.mark.parametrize("settle", [0, 1, 9, 10, 4_000_000_000])
def test_settle_of_reads_back_what_render_wrote(settle: int) -> None:
    data = version_file.render("1.0.0+abc", settle)
    assert version_file.settle_of(data, "1.0.0+abc") == settle


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'"1.0.0+abc"',
        b'{"version": 1}',
        b'{"version": "1.0.0+abd"}',
        b'{"version": "1.0.0+ab"}',
        b'{"version": "1.0.0+abc.0"}',
        b'{"version": "1.0.0+abc.01"}',
        b'{"version": "1.0.0+abc.-1"}',
        b'{"version": "1.0.0+abc.1.2"}',
        b'{"version": "1.0.0+abc.1\\n"}',
        b'{"version": "1.0.0+abc."}',
        b'{"version": "1.0.0+abcx"}',
        '{"version": "1.0.0+abc.\u0661"}'.encode(),
        b'{"version": "1.0.0+abc", "more": 1}',
        b'{"version": "1.0.0+abc", "version": "1.0.0+abc"}',
        b'\xef\xbb\xbf{"version": "1.0.0+abc"}',
        b'{"version": "1.0.0+abc"}{}',
        b'{"version": "1.0.0+abc.99999999999"}',
        b'{"version": "' + b"1" * 5000 + b'"}',
        b"[" * 3000,
        b"\xff\xfe",
    ],
)
def test_everything_else_is_not_ours(data: bytes) -> None:
    assert version_file.settle_of(data, "1.0.0+abc") is None


@pytest.mark.parametrize("text", ["", "-1", "1.", "1 0", "1/2", "a\n", "é", "1" * 201, '1"', "..", "+1"])
def test_a_sync_version_is_one_plain_word(text: str) -> None:
    assert not version_file.is_sync_version(text)


@pytest.mark.parametrize("text", ["1", "2026.11.24", "1.2.3-rc.1+abc_d", "1" * 200])
def test_plain_words_are_sync_versions(text: str) -> None:
    assert version_file.is_sync_version(text)
