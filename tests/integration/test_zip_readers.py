"""What other readers of zip files see in signed bundles: the same in ours, and somebody else's in those we refuse."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.sign.bundle import sign_bundle
from plugintool.sign.credentials import Credentials
from plugintool.sign.file_signer import signer_of
from plugintool.verify.certificate import read_certificate
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from tests import authority_world as world
from tests.conftest import NODE_PACKAGES
from tests.vector_cases_bundles import ARCHIVE, INTRUDER, MANIFEST

VECTORS = Path(__file__).resolve().parents[2] / "fixtures" / "vectors" / "verify"
SCRIPT = Path(__file__).parents[1] / "foreign" / "read_manifest.mjs"
OURS, INTRUDERS = MANIFEST["description"], INTRUDER["description"]
NODE_READERS = ("fflate", "jszip", "adm-zip", "yauzl")
ALL_FOREIGN = pytest.mark.foreign("node", *NODE_READERS, "unzip", "7z")
Find = Callable[[str], str]
See = Callable[[Path], dict[str, str]]


@pytest.fixture
def see(foreign: Find) -> See:
    """Return what each of seven readers takes for the description in the manifest, or that it refuses."""

    def look(path: Path) -> dict[str, str]:
        commands = {
            "unzip": [foreign("unzip"), "-p", str(path), "manifest.json"],
            "7z": [foreign("7z"), "x", "-so", str(path), "manifest.json"],
            **{name: [foreign("node"), str(SCRIPT), name, str(path)] for name in NODE_READERS},
        }
        seen = {name: _description(command) for name, command in commands.items()}
        return {**seen, "zipfile": _by_zipfile(path)}

    return look


def _description(command: list[str]) -> str:
    env = {**os.environ, "NODE_PATH": str(NODE_PACKAGES)}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=env)
    text = done.stdout.strip()
    try:
        return str(json.loads(text)["description"])
    except ValueError:
        return text if text in {OURS, INTRUDERS} else "refused"


def _by_zipfile(path: Path) -> str:
    try:
        return str(json.loads(zipfile.ZipFile(path).read("manifest.json"))["description"])
    except zipfile.BadZipFile:
        return "refused"


def vector(name: str) -> Path:
    return VECTORS / f"bundle_{name}" / "acme-server.mcpb"


@ALL_FOREIGN
def test_all_readers_see_what_we_signed(tmp_path: Path, see: See) -> None:
    """Dialect D2: also those that insist on nothing behind the end record but its comment."""
    path = tmp_path / "x.mcpb"
    path.write_bytes(ARCHIVE)
    people = world.family()
    chain = tuple(read_certificate(one.der, what="x") for one in (people.leaf, people.intermediate))
    credentials = Credentials(signer_of(people.leaf.key, path="x"), chain)
    sign_bundle(path, credentials, Judge(credentials.as_policy("acme-server"), Circumstances(world.NOW)))
    assert set(see(path).values()) == {OURS}


@ALL_FOREIGN
@pytest.mark.parametrize("name", ["d2", "d3", "stamped"])
def test_all_readers_agree_on_good_vectors(name: str, see: See) -> None:
    """With a timestamp, and with the comment length signed."""
    assert set(see(vector(name)).values()) == {OURS}


@ALL_FOREIGN
def test_public_dialect_is_refused_by_some(see: See) -> None:
    """D1 is why ``sign --repair-container`` is there: yauzl, which Claude Desktop uses, refuses it."""
    seen = see(vector("d1"))
    assert seen.pop("yauzl") == "refused"
    assert OURS in seen.values()
    assert INTRUDERS not in seen.values()


@ALL_FOREIGN
@pytest.mark.parametrize(
    ("name", "deceived"),
    [
        ("a1_archive_behind_fail", {"zipfile", "unzip", "jszip"}),
        ("a2_smuggled_fail", {"zipfile", "unzip", "jszip"}),
        ("a2c_smuggled_fail", {"zipfile", "unzip", "jszip", "fflate", "adm-zip", "yauzl"}),
    ],
)
def test_intruders_archive_is_what_others_see(name: str, deceived: set[str], see: See) -> None:
    """Why we refuse these, though the signature in them is right: no key is needed to make them."""
    seen = see(vector(name))
    assert {reader for reader, text in seen.items() if text == INTRUDERS} >= deceived, seen


def test_the_archives_are_the_same_but_for_the_manifest() -> None:
    """The intruder's is a good archive by itself."""
    data = vector("a1_archive_behind_fail").read_bytes()
    inside = zipfile.ZipFile(io.BytesIO(data[data.rindex(b"PK\3\4manifest") if b"PK\3\4manifest" in data else 0 :]))
    assert json.loads(inside.read("manifest.json"))["description"] == INTRUDERS
