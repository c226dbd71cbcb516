"""The recorded verdicts of the genuine client: ``fixtures/oracle/cases.jsonl``, written to disk and judged by us.

The form of a case is told in ``fixtures/oracle/README.md``.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from plugintool.author.lint import LintRequest, lint_paths
from plugintool.report import Finding, Severity

CASES = Path(__file__).resolve().parents[1] / "fixtures" / "oracle" / "cases.jsonl"
CLIENTS = ("2.1.330", "2.1.197")
_ROOT = "demo-plugin"

Case: TypeAlias = dict[str, Any]
Places: TypeAlias = "set[tuple[str, str]]"


@dataclass(frozen=True, slots=True)
class Judged:
    """One case for one client: both exits, and where both see errors (file and top-level field)."""

    id: str
    wanted: int
    found: int
    places_wanted: Places = field(default_factory=set)
    places_found: Places = field(default_factory=set)
    crash: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the exits are equal."""
        return self.wanted == self.found

    @property
    def same_place(self) -> bool:
        """Whether one error stands in the same file and field."""
        return bool(self.places_wanted & self.places_found)


def cases() -> Iterator[Case]:
    """Yield the cases that are scored."""
    for line in CASES.read_text("utf-8").splitlines():
        case = json.loads(line)
        if not case.get("doubt"):
            yield case


def write_case(case: Case, where: Path) -> Path:
    """Write a case below ``where`` and return what is judged; links come last, so that no parent is one."""
    root = where / _ROOT
    root.mkdir(parents=True)
    late: list[tuple[Path, str]] = []
    for name, value in case["files"].items():
        path = Path(os.path.normpath(root / name))
        assert where in path.parents, f"{case['id']}: {name} leaves the directory of the case"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, dict) and "symlink" in value:
            late.append((path, value["symlink"]))
        else:
            _write(path, value)
    for path, target in late:
        path.symlink_to(target)
    return root / case["target"] if case["target"] else root


def _write(path: Path, value: Any) -> None:
    if isinstance(value, dict) and value.get("dir"):
        path.mkdir(exist_ok=True)
    elif isinstance(value, dict) and value.get("fifo"):
        os.mkfifo(path)
    else:
        path.write_bytes(content_of(value))
    if isinstance(value, dict) and "mode" in value:
        path.chmod(int(value["mode"], 8))


def content_of(value: Any) -> bytes:
    """Return the bytes of one file of a case."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if "base64" in value:
        return base64.b64decode(value["base64"])
    chunks = [[value["text"], 1]] if "text" in value else value["chunks"]
    return b"".join(text.encode("utf-8", "surrogatepass") * times for text, times in chunks)


def judge(case: Case, client: str, where: Path) -> Judged:
    """Judge one case with the profile of the client and compare."""
    verdict = case["verdicts"][client]
    report = lint_paths([str(write_case(case, where))], LintRequest(profile="client", client=client))
    findings = [finding for outcome in report.outcomes for finding in outcome.findings]
    crash = next((finding.message for finding in findings if finding.code == "LN001"), "")
    crash = crash or next((repr(outcome.error) for outcome in report.outcomes if outcome.error), "")
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    wanted = {(item["file"], top_field(item["field"])) for item in verdict["errors"]}
    return Judged(case["id"], verdict["exit"], report.exit_code, wanted, set(map(_place, errors)), crash)


def _place(finding: Finding) -> tuple[str, str]:
    return finding.location.path or ".", top_field(str(finding.as_json()["field"]))


def top_field(field_text: str) -> str:
    """Return the first step of a JSON pointer or of a dotted path."""
    return re.split(r"[.\[/ ]", field_text.lstrip("/$."), maxsplit=1)[0]
