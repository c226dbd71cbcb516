"""Every file that a command reads, damaged in every way: one row a command, one column a kind of damage.

For each: the exit code, an error or finding that names the file (and the line, where the damage has one), one JSON
document, nothing changed on the disk but what the command may change, no traceback.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_input import JSON_DAMAGE, TOML_DAMAGE, Ended, Workshop, call, copy_of, make_workshop, picture

LOCK = "device/Library/Application Support/plugintool/lock"
HAVE_A_LINE = {
    "empty",
    "truncated",
    "not-utf8",
    "bom",
    "duplicate-key",
    "deep",
    "very-deep",
    "nan",
    "lone-surrogate",
    "long-number",
}
"""Kinds of damage that stand at a place in the text."""
LENIENT = {"not-utf8", "bom", "duplicate-key", "lone-surrogate"}
"""What the genuine client reads over: a reader of foreign files may go on, and judges what it then finds."""
NO_FILE = {"directory", "fifo", "link-loop", "link-dangling"}


@dataclass(frozen=True)
class Row:
    """One command over one damaged file.

    Attributes:
        file: of a ``Workshop``, as ``source/.mcp.json``.
        line: the command line.
        exit_code: for all kinds of damage but those in ``but``.
        but: other exit codes, by kind of damage.
        lines: the kinds of damage for which the error or finding must have a line.
    """

    file: str
    line: str
    exit_code: int
    but: Mapping[str, int] = field(default_factory=dict)
    lines: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        return f"{self.line.split(' {')[0]} over {self.file}"

    def expects(self, damage: str) -> int:
        return self.but.get(damage, self.exit_code)


ALL_LINES, FATAL_LINES = frozenset(HAVE_A_LINE), frozenset(HAVE_A_LINE - LENIENT)
MANIFEST, SIGNATURE = ".claude-plugin/plugin.json", ".claude-plugin/plugin.sigstore.json"
BUILD, AGAIN, ONLY_LIST = (
    "build {source} --out {base}/new",
    "build {source} --out {base}/dist",
    "build {source} --list --out {base}/new",
)
VERIFY, INSTALL = "verify {tree} --trust-policy {policy}", "device install --root {device} {tree}"
INIT = "device init --root {device} --trust-policy {policy}"
SIGN, PACK = "sign {tree} --key {key}", "pack {tree} --out {base}/new"
READ_OVER = dict.fromkeys(LENIENT, 0)
DEVICE = "device {} --root {{device}}{}"
WITH_POLICY = [DEVICE.format(*one) for one in (("revert", " {name}"), ("repair", ""), ("audit", ""))]
LOOKS = [DEVICE.format("audit", ""), DEVICE.format("status", "")]
CHANGES = [
    INSTALL,
    *(DEVICE.format(verb, tail) for verb, tail in (("revert", " {name}"), ("repair", ""))),
    *(DEVICE.format(verb, " {name}") for verb in ("uninstall", "unhold")),
]
HEALED = {"link-loop": 0, "link-dangling": 0}
"""A link instead of a receipt is no receipt: it is made again from the store."""

_NEW_AGENT, _AUDIT = f"new agent helper --plugin over source/{MANIFEST}", "device audit --root over receipt"
NAMES_ANOTHER = {
    (_NEW_AGENT, "link-loop"),  # the directory, which is no plugin then
    (_NEW_AGENT, "link-dangling"),
    (f"sign over tree/{MANIFEST}", "bom"),  # version.json and the signature file, which name other content
    (f"pack over tree/{MANIFEST}", "bom"),
    (f"pack over tree/{SIGNATURE}", "huge"),  # the archive, which would be a bomb
    ("build over source/bundles/clock/manifest.json", "directory"),  # the plugin manifest, which names the bundle
    (_AUDIT, "link-loop"),  # the plugin, whose receipt is gone
    (_AUDIT, "link-dangling"),
    (f"verify over tree/{SIGNATURE}", "directory"),  # the tree, which is not signed
    (f"device install --root over tree/{SIGNATURE}", "directory"),
}
"""Where the error rightly names something other than the damaged file."""

ROWS = [
    Row(f"source/{MANIFEST}", "lint {source}", 1, {"bom": 0}, FATAL_LINES),
    Row(f"source/{MANIFEST}", BUILD, 1, {"bom": 0}, FATAL_LINES),
    Row(f"source/{MANIFEST}", ONLY_LIST, 1, {"bom": 0}),
    Row(f"source/{MANIFEST}", "inspect {source}", 1, READ_OVER, FATAL_LINES),
    Row(f"source/{MANIFEST}", "demo {source} --keep {base}/demo", 1, {}, ALL_LINES),
    Row(f"source/{MANIFEST}", "new agent helper --plugin {source}", 1, READ_OVER),
    Row("source/hooks/hooks.json", "lint {source}", 1, {}, ALL_LINES - {"lone-surrogate"}),
    Row("source/hooks/hooks.json", BUILD, 1, {}, FATAL_LINES),
    Row("source/hooks/hooks.json", "inspect {source}", 1, {"array": 0, **READ_OVER, **dict.fromkeys(NO_FILE, 0)}),
    Row("source/hooks/hooks.json", "new hook other --plugin {source}", 1, {}, ALL_LINES),
    Row("source/.mcp.json", "lint {source}", 1, {}, ALL_LINES - {"lone-surrogate"}),
    Row("source/.mcp.json", BUILD, 1, {}, FATAL_LINES),
    Row("source/.mcp.json", "inspect {source}", 1, {"array": 0, **READ_OVER, **dict.fromkeys(NO_FILE, 0)}),
    Row("source/.mcp.json", "new mcp other --url https://x.acme.test --plugin {source}", 1, {}, ALL_LINES),
    Row("source/bundles/clock/manifest.json", BUILD, 1),
    Row(f"tree/{MANIFEST}", "inspect {tree}", 1, READ_OVER, FATAL_LINES),
    Row(f"tree/{MANIFEST}", SIGN, 1, {}, FATAL_LINES),
    Row(f"tree/{MANIFEST}", PACK, 1, {}, FATAL_LINES),
    Row(f"tree/{MANIFEST}", VERIFY, 3),
    Row(f"tree/{MANIFEST}", INSTALL, 3),
    Row(f"tree/{MANIFEST}", AGAIN, 1, {"bom": 0}),
    Row("tree/version.json", "inspect {tree}", 1, {"array": 0, "directory": 0, **READ_OVER}, FATAL_LINES),
    Row("tree/version.json", SIGN, 1),
    Row("tree/version.json", PACK, 1),
    Row("tree/version.json", VERIFY, 3, {"directory": 0}),
    Row("tree/version.json", INSTALL, 3, {"directory": 0}),
    Row("tree/version.json", AGAIN, 1),
    Row(f"tree/{SIGNATURE}", "inspect {tree}", 1, {"directory": 0}, ALL_LINES),
    Row(f"tree/{SIGNATURE}", f"inspect {{tree}}/{SIGNATURE}", 1, {}, ALL_LINES),
    Row(f"tree/{SIGNATURE}", SIGN, 1, {}, ALL_LINES),
    Row(f"tree/{SIGNATURE}", PACK, 1, {"directory": 0}, ALL_LINES),
    Row(f"tree/{SIGNATURE}", VERIFY, 3, {}, ALL_LINES),
    Row(f"tree/{SIGNATURE}", INSTALL, 3, {}, ALL_LINES),
    Row("policy", "inspect {policy}", 1, {}, ALL_LINES),
    Row("policy", VERIFY, 3, dict.fromkeys(NO_FILE, 1), ALL_LINES),
    Row("policy", INIT, 3, {"huge": 1, **dict.fromkeys(NO_FILE, 1)}, ALL_LINES),
    *(Row("state/trust-policy.json", line, 3, dict.fromkeys(NO_FILE, 4), ALL_LINES) for line in WITH_POLICY),
    Row("state/trust-policy.json", INSTALL, 3, dict.fromkeys(NO_FILE, 4), ALL_LINES),
    Row("state/trust-policy.json", DEVICE.format("status", ""), 0),
    *(Row("receipt", line, 4, HEALED) for line in CHANGES),
    *(Row("receipt", line, 4, {**HEALED, **({} if "status" in line else dict.fromkeys(HEALED, 1))}) for line in LOOKS),
]
TOML_LINES = frozenset({"truncated", "duplicate-key", "unknown-field", "wrong-type", "long-number", "long-path"})
TOML_ROWS = [
    *(Row("source/plugintool.toml", line, 2, {"huge": 1}, TOML_LINES) for line in ("lint {source}", BUILD, ONLY_LIST)),
    *(Row("tree/plugintool.toml", line, 2, {"huge": 1}, TOML_LINES) for line in ("inspect {tree}", SIGN, PACK)),
    Row("tree/plugintool.toml", VERIFY, 3),
    Row("tree/plugintool.toml", INSTALL, 3),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return make_workshop(tmp_path_factory.mktemp("workshop"))


def find(shop: Workshop, file: str) -> Path:
    """The file of a row."""
    head, _, rest = file.partition("/")
    found: Path = getattr(shop, head)
    return found / rest if rest else found


def statements(ended: Ended) -> Iterator[dict[str, Any]]:
    """All errors, and the findings that are errors, or all findings when there are no such."""
    findings = ended.findings()
    yield from ended.errors()
    yield from [finding for finding in findings if finding["severity"] == "error"] or findings


def names_file(ended: Ended, path: Path) -> bool:
    """Whether the file is named in a path, a subject or a problem; a file that declares an artifact stands for it."""
    shown = [subject["subject"] for subject in ended.document()["subjects"]]
    for one in statements(ended):
        shown += [one.get("path", ""), *one.get("problems", ())]
    return any(path.name in text for text in shown)


def check_failure(row: Row, damage: str, ended: Ended, path: Path) -> None:
    """A failure says what is wrong and where."""
    said = list(statements(ended))
    assert said, ended
    assert all(one["message"] for one in said)
    assert names_file(ended, path) or (row.label, damage) in NAMES_ANOTHER or row.line == AGAIN, ended
    if damage in row.lines:
        assert any(one.get("line", 0) >= 1 for one in said), ended


def check_nothing_changed(row: Row, before: dict[str, object], base: Path, code: int) -> None:
    """A failure changes nothing: no leftovers, no half of anything; only the lock file of a device may be there."""
    after = picture(base)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} - {LOCK}
    if row.line == PACK:
        changed -= {"new"}  # the output directory itself, empty
    assert code == 0 or not changed, changed


def check(row: Row, damage: str, shop: Workshop, base: Path) -> None:
    """One cell of the matrix, in both formats."""
    mine = copy_of(shop, base)
    path = find(mine, row.file)
    (TOML_DAMAGE if path.suffix == ".toml" else JSON_DAMAGE)[damage](path)
    before = picture(base)
    words = mine.words(row.line)
    ended = call(*words, "--format", "json")
    assert ended.exit_code == row.expects(damage), ended
    assert ended.document()["exit_code"] == ended.exit_code
    assert not ended.stderr or not ended.exit_code  # "next: …" is talk
    check_nothing_changed(row, before, base, ended.exit_code)
    if ended.exit_code:
        check_failure(row, damage, ended, path)
        as_text = call(*words)
        assert as_text.exit_code == ended.exit_code
        assert as_text.text.strip()
        assert not {"\x1b", "\0", "Traceback"} & set(as_text.text.split()), as_text
        assert "Traceback" not in as_text.text
        assert "0x" not in as_text.text


@pytest.mark.parametrize("damage", JSON_DAMAGE)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_a_damaged_json_file(row: Row, damage: str, shop: Workshop, tmp_path: Path) -> None:
    check(row, damage, shop, tmp_path)


@pytest.mark.parametrize("damage", TOML_DAMAGE)
@pytest.mark.parametrize("row", TOML_ROWS, ids=lambda row: row.label)
def test_a_damaged_project_file(row: Row, damage: str, shop: Workshop, tmp_path: Path) -> None:
    check(row, damage, shop, tmp_path)
