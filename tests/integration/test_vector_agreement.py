"""The programs that vectors name are asked, and agree."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import NODE_PACKAGES
from tests.vector_agreement import (
    OPENSSL_CMS,
    PROGRAMS,
    SIGSTORE,
    TABLE,
    Vector,
    ask_all,
    ask_openssl_about_block,
    split_like_others,
)

VECTORS = Path(__file__).resolve().parents[2] / "fixtures" / "vectors" / "verify"
SCRIPT = Path(__file__).parents[1] / "foreign" / "verify_many.mjs"
Find = Callable[[str], str]


def vectors() -> list[Vector]:
    return [Vector(path) for path in sorted(VECTORS.iterdir())]


@pytest.mark.foreign("node", "@sigstore/verify", "@sigstore/bundle", "openssl", "sha256sum")
def test_programs_agree_where_a_vector_says_so(foreign: Find) -> None:
    """Each is asked about all vectors of its kind; a vector that names it must end there as it does here."""

    def node(text: str) -> str:
        env = {**os.environ, "NODE_PATH": str(NODE_PACKAGES)}
        command = [foreign("node"), str(SCRIPT)]
        done = subprocess.run(command, input=text, text=True, capture_output=True, check=True, env=env)
        return done.stdout

    named = {vector.path.name: vector.expect["agrees"] for vector in vectors()}
    agreeing = ask_all(vectors(), node, foreign)
    for program in PROGRAMS:
        claimed = {name for name, agrees in named.items() if agrees == program}
        assert claimed - set(agreeing[program]) == set(), program
        assert len(claimed) >= 10
    assert json.loads(TABLE.read_text())[SIGSTORE] == agreeing[SIGSTORE]


@pytest.mark.foreign("openssl")
@pytest.mark.parametrize("name", ["a1_archive_behind", "a2_smuggled", "a2b_smuggled", "a2c_smuggled"])
def test_openssl_accepts_what_smuggles(name: str, foreign: Find, tmp_path: Path) -> None:
    """Taken apart as the public tool does: the signature is right, the archive that others read is another one."""
    vector = Vector(VECTORS / f"bundle_{name}_fail")
    assert vector.expect["step"] == 1
    assert ask_openssl_about_block(vector, foreign("openssl"), tmp_path)


@pytest.mark.foreign("openssl")
def test_openssl_accepts_blocks_in_all_dialects(foreign: Find, tmp_path: Path) -> None:
    """With the comment length as it was signed."""
    for name in ("d1", "d2", "d3", "d1_unsorted", "stamped"):
        vector = Vector(VECTORS / f"bundle_{name}")
        assert vector.expect["agrees"] == OPENSSL_CMS
        assert ask_openssl_about_block(vector, foreign("openssl"), tmp_path)


def test_public_tool_takes_the_last_marks() -> None:
    """It cuts at the last header before the last footer, wherever they are."""
    archive, block = split_like_others(b"zipMCPB_SIG_V1\3\0\0\0DERMCPB_SIG_ENDmore")
    assert (archive, block) == (b"zip", b"DER")
    assert split_like_others(b"nothing") == (b"nothing", b"")
