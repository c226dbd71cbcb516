"""``inspect`` of bundles, archives and zip files that may break rules: everything is shown, nothing stops it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.inspect import Inspection, inspect_paths
from plugintool.errors import ArchiveError, LimitExceededError
from plugintool.report import Outcome
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import write_zip
from tests.archive_cases import CORPUS, MORE

E, Z = CORPUS.E, CORPUS.Z
PLUGIN = {
    ".claude-plugin/plugin.json": b'{"name": "acme-review", "version": "1.2.0"}',
    "hooks/hooks.json": b'{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "make"}]}]}}',
}
SERVER = {
    "type": "binary",
    "entry_point": "server/index.js",
    "mcp_config": {
        "command": "${__dirname}/server/run",
        "args": ["--port", 5, "x y"],
        "env": {"A": "1", "B": "${user_config.b}"},
        "platform_overrides": {"win32": {"command": "run.exe", "args": ["/x"]}, "linux": "odd"},
    },
}


def packed(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    write_zip(MemoryTree("x", files), target)
    return target.getvalue()


def outcome_of(data: bytes, directory: Path, name: str = "x.mcpb") -> Outcome[Inspection]:
    (directory / name).write_bytes(data)
    (outcome,) = inspect_paths([directory / name]).outcomes
    return outcome


def inspect(data: bytes, directory: Path, name: str = "x.mcpb") -> Inspection:
    found = outcome_of(data, directory, name).value
    assert found is not None
    assert json.dumps(found.as_json())
    return found


def facts(data: bytes, directory: Path, name: str = "x.mcpb") -> dict[str, str]:
    return dict(inspect(data, directory, name).facts)


def test_what_a_bundle_runs_on_which_platform(tmp_path: Path) -> None:
    found = facts(CORPUS.mf(CORPUS.man(server=SERVER, display_name="Evil case")), tmp_path)
    assert found["display name"] == "Evil case"
    assert found["server"] == "binary"
    assert found["entry point"] == "server/index.js"
    assert found["command"] == "${__dirname}/server/run"
    assert found["arguments"] == "--port 5 x y"
    assert found["environment"] == "A=1, B=${user_config.b}"
    assert found["command on win32"] == "run.exe"
    assert found["arguments on win32"] == "/x"


def test_how_much_is_in_it(tmp_path: Path) -> None:
    data = CORPUS.plus(E(b"d/", b"", 0, 0o40755), E(b"d/big", bytes(5000)), E(b"d/run", b"#!x", 0, 0o100755))
    found = facts(data, tmp_path)
    total = len(CORPUS.MJ) + len(CORPUS.JS) + 5003
    assert found["files"].startswith(f"4 ({total} bytes, packed ")
    assert found["directories"] == "1 with an entry of their own"
    assert found["largest"].startswith("d/big (5000), manifest.json")
    assert found["executables"] == "d/run"
    assert len(found["record"]) == 64


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (MORE.GOOD, "none"),
        (MORE.d1(MORE.B)(), f"a block of {len(MORE.B)} bytes in dialect D1, not verified"),
        (MORE.d2(MORE.B)(), f"a block of {len(MORE.B)} bytes in dialect D2 or D3, not verified"),
        (MORE.d1(MORE.sigblock(b"junk"))(), "a block that cannot be read"),
    ],
    ids=["unsigned", "D1", "D2", "broken"],
)
def test_the_dialect_of_the_signature(data: bytes, expected: str, tmp_path: Path) -> None:
    assert facts(data, tmp_path)["signature"] == expected


def test_who_wrote_it(tmp_path: Path) -> None:
    """Ours have one form; the signature block is no part of it."""
    files = {"manifest.json": CORPUS.MJ, "server/index.js": CORPUS.JS}
    assert facts(packed(files), tmp_path)["form"] == "as plugintool writes it"
    other = Z(list(reversed(CORPUS.base()))).build()
    assert facts(other, tmp_path)["form"] == "of another writer"


def test_every_broken_rule_is_told_with_entry_and_repair(tmp_path: Path) -> None:
    data = CORPUS.plus(
        E(b"../up", b"x"), E(b"l", b"/etc", 0, 0o120777), E(b"bad", b"hello", l_crc=1, c_crc=1), comment=b"hi"
    )
    outcome = outcome_of(data, tmp_path)
    assert outcome.value is not None
    found = {(breach.rule, breach.entry) for breach in outcome.value.breaches}
    assert found == {("C02", ""), ("C17", "../up"), ("C23", "l"), ("C11", "bad")}
    assert "record" not in dict(outcome.value.facts)
    assert isinstance(outcome.error, ArchiveError)
    assert outcome.error.rule == "C02"
    assert len(outcome.error.detail["problems"]) == 4
    published: Any = outcome.value.as_json()["breaches"]
    assert all(breach["repair"] and breach["message"] for breach in published)


def test_a_manifest_is_judged_where_it_can_be_read(tmp_path: Path) -> None:
    found = inspect(CORPUS.mf(CORPUS.man(icon="../x.png", name="a/b/c")), tmp_path)
    assert [breach.rule for breach in found.breaches] == ["C29", "C29"]
    assert found.name == "a/b/c"
    assert found.version == "1.0.0"


@pytest.mark.parametrize("data", [b"", b"hello", MORE.GOOD[:100], MORE.GOOD.replace(b"PK\1\2", b"PK\1\3")])
def test_what_cannot_be_followed_is_still_something(data: bytes, tmp_path: Path) -> None:
    outcome = outcome_of(data, tmp_path)
    assert outcome.value is not None
    assert outcome.value.kind == "bundle"
    assert outcome.value.breaches
    assert "manifest version" not in dict(outcome.value.facts)


def test_a_bomb_is_described_by_its_directory(tmp_path: Path) -> None:
    outcome = outcome_of(CORPUS.plus(E(b"z", b"x", l_usize=600 << 20, c_usize=600 << 20)), tmp_path)
    assert outcome.value is not None
    assert [breach.rule for breach in outcome.value.breaches] == ["C25"]
    assert isinstance(outcome.error, LimitExceededError)


def test_a_manifest_whose_content_is_damaged(tmp_path: Path) -> None:
    data = Z([E(b"manifest.json", CORPUS.MJ, l_crc=1, c_crc=1), E(b"server/index.js", CORPUS.JS)]).build()
    found = inspect(data, tmp_path)
    assert "C11" in {breach.rule for breach in found.breaches}


def test_a_zip_file_of_somebody_else(tmp_path: Path) -> None:
    found = inspect(Z([E(b"b", b"x"), E(b"a/", b"", 0, 0o40755)]).build(), tmp_path, "x.zip")
    assert (found.kind, found.breaches) == ("zip file", ())
    assert dict(found.facts)["files"].startswith("1 (1 bytes")


def test_an_archive_of_ours_is_read_as_a_device_does(tmp_path: Path) -> None:
    """In another form it is refused there, and said so here; what it would do is shown."""
    good = inspect(packed(PLUGIN), tmp_path, "x.zip")
    assert (good.kind, good.breaches) == ("archive", ())
    entries = [E(name.encode(), data) for name, data in sorted(PLUGIN.items(), reverse=True)]
    outcome = outcome_of(Z(entries).build(), tmp_path, "x.zip")
    assert outcome.value is not None
    assert outcome.value.kind == "archive"
    assert {breach.rule for breach in outcome.value.breaches} == {"C06"}
    assert outcome.value.inventory is not None
    assert outcome.value.inventory.hook_events == ("Stop",)
    assert outcome.error is not None


def test_a_plugin_with_damaged_content_is_no_bug(tmp_path: Path) -> None:
    data = bytearray(packed({**PLUGIN, "x": bytes(range(256))}))
    at = data.index(b".claude-plugin/plugin.json") + 26 + 5
    data[at] ^= 0xFF
    outcome = outcome_of(bytes(data), tmp_path, "x.zip")
    assert outcome.value is not None
    assert [breach.rule for breach in outcome.value.breaches] == ["C11"]
