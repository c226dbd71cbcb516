"""Linting strangers' plugins costs little: memory stays flat and what passes a limit is a finding, not a failure."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from plugintool import limits
from plugintool.author.lint import LintRequest, lint_paths
from plugintool.report import Finding, Severity
from tests.rule_fixtures import SKILL, clean_plugin, manifest

MEMORY_MAX = 150 * limits.MIB
"""Bytes that one run may hold at its peak, the interpreter among them."""
QUICK = 20.0
"""Seconds for one small file, however nasty; far above what it takes, so that a busy machine does not fail."""


@dataclass(frozen=True)
class Run:
    """One finished command: exit code, findings, peak of memory in bytes."""

    exit_code: int
    findings: list[dict[str, Any]]
    peak: int

    @property
    def codes(self) -> set[str]:
        return {finding["code"] for finding in self.findings}


PEAK = (
    "import re, sys; from plugintool.cli.main import run; code = run(sys.argv[1:]);"
    "peak = re.search(r'VmHWM:\\s*([0-9]+)', open('/proc/self/status').read())[1];"
    "print(peak, file=sys.stderr); sys.exit(code)"
)
"""Not ru_maxrss: there a child starts with the peak of the process that made it."""


def measured(path: Path, *options: str) -> Run:
    """Lint ``path`` in a process of its own and read its peak of memory off the system."""
    command = [sys.executable, "-c", PEAK, "lint", "--format", "json", *options, str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.stderr.strip().isdigit(), done.stderr.decode()
    return Run(done.returncode, json.loads(done.stdout)["findings"], int(done.stderr) * limits.KIB)


def enlarge(path: Path, size: int, start: bytes) -> None:
    """Make a file of ``size`` bytes without writing them all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        target.write(start)
        target.truncate(size)


class TestMemory:
    def test_a_skill_of_100_mb(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path)
        enlarge(root / "skills/big/SKILL.md", 100 * limits.MIB, SKILL.encode())
        run = measured(root)
        assert run.peak < MEMORY_MAX
        assert [item["path"] for item in run.findings if item["code"] == "PM008"] == ["skills/big/SKILL.md"]

    @pytest.mark.parametrize("name", [".claude-plugin/plugin.json", "hooks/hooks.json", ".mcp.json", "settings.json"])
    def test_a_json_file_of_50_mb(self, tmp_path: Path, name: str) -> None:
        root = clean_plugin(tmp_path)
        enlarge(root / name, 50 * limits.MIB, manifest().encode())
        run = measured(root)
        assert run.peak < MEMORY_MAX
        (found,) = [item for item in run.findings if item["code"] == "PM008"]
        assert (found["severity"], found["path"]) == ("error", name), "the client loads what nobody has looked at"
        assert str(limits.TEXT_BYTES) in found["message"]
        assert run.exit_code == 1

    def test_ten_thousand_skills(self, tmp_path: Path) -> None:
        """By all rules that are on by default; no hard stop either: each is looked at."""
        root = clean_plugin(tmp_path)
        for number in range(10_000):
            folder = root / "skills" / f"s{number}"
            folder.mkdir()
            (folder / "SKILL.md").write_text(SKILL.replace("review", f"s{number}", 1))
        (root / "skills/s9999/SKILL.md").write_text("---\n- no mapping\n---\n")
        run = measured(root)
        assert run.peak < MEMORY_MAX
        assert [(item["code"], item["path"]) for item in run.findings] == [("FM005", "skills/s9999/SKILL.md")]


@pytest.mark.parametrize("name", [".claude-plugin/plugin.json", "hooks/hooks.json", ".mcp.json", "settings.json"])
def test_a_directory_in_the_place_of_a_file_is_an_error(tmp_path: Path, name: str) -> None:
    """Whatever it holds: the file that should be there is not."""
    root = clean_plugin(tmp_path, {f"{name}/inside.json": "{}"} if name != ".claude-plugin/plugin.json" else None)
    if name == ".claude-plugin/plugin.json":
        (root / name).unlink()
        (root / name).mkdir()
    (outcome,) = lint_paths([str(root)], LintRequest()).outcomes
    found = [(item.code, item.location.path) for item in outcome.findings if item.severity is Severity.ERROR]
    assert ("PM001" if name.endswith("plugin.json") else "PM008", name) in found


def lint(tmp_path: Path, files: dict[str, str | bytes]) -> tuple[Finding, ...]:
    """Lint a clean plugin with some files more; it must be quick and no rule may fail."""
    started = time.perf_counter()
    report = lint_paths([str(clean_plugin(tmp_path, files))], LintRequest())
    assert time.perf_counter() - started < QUICK
    (outcome,) = report.outcomes
    assert outcome.error is None
    assert not [found for found in outcome.findings if found.code == "LN001"]
    return outcome.findings


def of(findings: tuple[Finding, ...], path: str) -> set[tuple[str, str]]:
    return {(found.code, found.severity.value) for found in findings if found.location.path == path}


def message_of(findings: tuple[Finding, ...], code: str) -> str:
    return next(found.message for found in findings if found.code == code)


JSON_BOMBS = {
    "a number of a million digits": ('{"a": ' + "9" * 1_000_000 + "}", "digits"),
    "a fraction of a million digits": ('{"a": 0.' + "3" * 1_000_000 + "}", "digits"),
    "an exponent that no double holds": ('{"a": 1e999999}', "larger"),
    "lists in lists": ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested deeper"),
    "objects in objects": ('{"a":' * 65 + "1" + "}" * 65, "nested deeper"),
    "brackets that are never closed": ("[" * 1_000_000, "nested deeper"),
}


@pytest.mark.parametrize("name", JSON_BOMBS)
@pytest.mark.parametrize("path", [".mcp.json", "hooks/hooks.json"])
def test_json_that_costs_too_much_is_an_error(tmp_path: Path, path: str, name: str) -> None:
    text, words = JSON_BOMBS[name]
    findings = lint(tmp_path, {path: text})
    assert ("PM002", "error") in of(findings, path)
    assert words in message_of(findings, "PM002")


def test_json_at_the_limit_of_nesting_is_read(tmp_path: Path) -> None:
    depth = limits.JSON_DEPTH - 2
    text = '{"mcpServers": {"db": {"command": "db", "x": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}}}"
    assert ("PM002", "error") not in of(lint(tmp_path, {".mcp.json": text}), ".mcp.json")


def alias_bomb(width: int, depth: int) -> str:
    """Lists of aliases of lists: width to the power of depth values out of a few lines."""
    lines = ["a0: &a0 [" + ", ".join(["x"] * width) + "]"]
    lines += [f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * width) + "]" for level in range(1, depth)]
    return "\n".join(["description: d", *lines])


YAML_BOMBS = {
    "aliases of aliases": (alias_bomb(10, 9), "aliases expanded"),
    "a wide list": ("description:\n" + "- x\n" * 30_000, "values"),
    "lists in lists": ("description:\n  " + "[" * 5_000 + "]" * 5_000, "nest"),
    "maps in maps": ("description:\n  " + "{a: " * 40 + "x" + "}" * 40, "nested deeper"),
    "indents in indents": ("\n".join("  " * level + "a:" for level in range(40)), "nested deeper"),
}


@pytest.mark.parametrize("name", YAML_BOMBS)
@pytest.mark.parametrize("path", ["skills/x/SKILL.md", "agents/x.md"])
def test_yaml_that_costs_too_much_is_an_error(tmp_path: Path, path: str, name: str) -> None:
    block, words = YAML_BOMBS[name]
    findings = lint(tmp_path, {path: f"---\n{block}\n---\nBody\n"})
    assert ("FM001", "error") in of(findings, path)
    assert words in message_of(findings, "FM001")


@pytest.mark.parametrize(
    "block",
    [
        f"description: {'9' * 900_000}",
        f"description: 1e{'9' * 100_000}",
        f"description: {'x' * 900_000}",
        "description: |\n" + "  line\n" * 100_000,
        "description: d\n" + "# comment\n" * 90_000,
        "description: d\n" + "\n" * 900_000,
        "description: " + "a: " * 200_000,
        "description: " + "'" * 500_001,
    ],
    ids=["digits", "exponent", "text", "lines", "comments", "blank-lines", "pairs", "quotes"],
)
def test_large_front_matter_is_quick(tmp_path: Path, block: str) -> None:
    lint(tmp_path, {"commands/x.md": f"---\n{block}\n---\nBody\n"})


@pytest.mark.parametrize(
    "body",
    [
        "[" * 200_000,
        "](" * 200_000,
        "`" * 200_001,
        "<!-- plugintool: ignore " * 20_000,
        "<" * 300_000,
        "![a](" * 100_000,
        "https://" * 60_000,
        "${" * 200_000,
        "{{" * 200_000,
        "-----BEGIN " * 60_000,
        "a@" * 200_000,
        " " * 900_000,
        "\u200b" * 100_000,
        "curl " * 100_000 + "| sh",
        "!`" * 200_000,
        "A" * 900_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_bodies_of_one_repeated_thing_are_quick(tmp_path: Path, body: str) -> None:
    """No pattern of a rule goes back over the text again and again."""
    lint(tmp_path, {"skills/x/SKILL.md": f"---\nname: x\ndescription: d\n---\n{body}\n"})


def test_a_bomb_that_quoting_defuses_is_a_text(tmp_path: Path) -> None:
    """The client retries with the value in quotes, so it is one long text to it, and to us."""
    findings = lint(tmp_path, {"skills/x/SKILL.md": f"---\nname: x\ndescription: {'[' * 5_000}\n---\nBody\n"})
    assert ("FM002", "warning") in of(findings, "skills/x/SKILL.md")


def test_many_duplicate_keys_are_one_finding_a_key(tmp_path: Path) -> None:
    text = '{"mcpServers": {' + ", ".join(['"db": {"command": "db"}'] * 10_000) + "}}"
    findings = lint(tmp_path, {".mcp.json": text})
    assert [found.code for found in findings].count("PM005") == 1
    assert "10000 times" in message_of(findings, "PM005")
