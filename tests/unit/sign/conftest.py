"""An authority that the tests of this directory share; whoever changes it takes a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from plugintool.sign.authority import make_authority
from tests.signing_world import NOW


@pytest.fixture(scope="session")
def made_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: five keys take half a second."""
    directory = tmp_path_factory.mktemp("authority") / "ca"
    make_authority(directory, "Acme", now=NOW, scope="acme-*")
    return directory


@pytest.fixture
def authority(made_authority: Path, tmp_path: Path) -> Path:
    """A copy."""
    return Path(shutil.copytree(made_authority, tmp_path / "ca"))
