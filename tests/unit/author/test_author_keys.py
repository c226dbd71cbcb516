"""The use case of making a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.author.keys import new_key
from plugintool.errors import ConfigError, OutputError


@pytest.mark.parametrize("kind", ["ed25519", "p256", "rsa3072"])
def test_report_has_the_key(tmp_path: Path, kind: str) -> None:
    """One outcome, named like the key."""
    report = new_key("release", kind=kind, directory=tmp_path)
    (outcome,) = report.outcomes
    assert (report.exit_code, outcome.subject) == (0, "release")
    assert outcome.value is not None
    assert outcome.value.key_file == tmp_path / "release.key.pem"


def test_taken_name_is_a_failure(tmp_path: Path) -> None:
    """Exit code 1, as any output that is refused."""
    new_key("release", kind="ed25519", directory=tmp_path)
    report = new_key("release", kind="ed25519", directory=tmp_path)
    assert isinstance(report.outcomes[0].error, OutputError)
    assert report.exit_code == 1


def test_odd_name_is_a_usage_error(tmp_path: Path) -> None:
    """Exit code 2."""
    report = new_key("a/b", kind="ed25519", directory=tmp_path)
    assert isinstance(report.outcomes[0].error, ConfigError)
    assert report.exit_code == 2


def test_passphrase_is_asked_for(tmp_path: Path) -> None:
    """And used."""
    report = new_key("release", kind="ed25519", directory=tmp_path, get_passphrase=lambda: b"secret")
    assert report.exit_code == 0
    assert "ENCRYPTED" in (tmp_path / "release.key.pem").read_text()
