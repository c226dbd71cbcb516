"""The scripts around the project: workloads that are the same everywhere, and a table that does not flatter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from plugintool.author.lint_bundle import lint_bundle
from plugintool.plugin.discover import is_bundle
from plugintool.report import Severity
from plugintool.tree.directory import survey
from scripts import bench, make_bundle_workloads, make_workloads


def test_the_workloads_are_what_the_targets_speak_of() -> None:
    """Ten files, and sixty of about 385 KB."""
    tiny, everyday = make_workloads.tiny(), make_workloads.everyday()
    assert len(tiny) == 10
    assert len(everyday) == 60
    assert 380_000 < sum(len(text.encode()) for text in everyday.values()) < 390_000


def test_the_workloads_are_the_same_each_time(root: Path, tmp_path: Path) -> None:
    """In another process, under another hash seed; what was there before is gone."""
    written = []
    for seed in ("1", "2"):
        target = tmp_path / seed
        (target / "w1").mkdir(parents=True)
        (target / "w1/left-over").write_text("x")
        command = [sys.executable, "-m", "scripts.make_workloads", str(target)]
        subprocess.run(command, cwd=root, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        written.append({path.relative_to(target): path.read_bytes() for path in target.rglob("*") if path.is_file()})
    assert written[0] == written[1]
    assert Path("w1/left-over") not in written[0]


def test_a_bundle_workload_is_the_plugin_and_two_files() -> None:
    """So that a packer of bundles has the same work."""
    extra = make_workloads.bundle_files("w1")
    assert set(extra) == {"manifest.json", "server/index.js"}
    assert json.loads(extra["manifest.json"])["server"]["entry_point"] == "server/index.js"


def test_bundle_workloads_are_bundles_and_lint_finds_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small ones, and the large ones with a small program in the place of a large one."""
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    monkeypatch.setattr(make_bundle_workloads, "LARGE", 2_000_000)
    monkeypatch.setattr(make_bundle_workloads, "SKILLS", 5)
    make_bundle_workloads.write_all(tmp_path / "out", tmp_path / "nowhere", program)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["b1", "b2", "b4", "b6"]
    assert (tmp_path / "out/b4/model.bin").stat().st_size == 2_000_000
    assert (tmp_path / "out/b4/server/program").stat().st_size == 2_000_000
    for name in ("b1", "b2", "b4"):
        assert is_bundle(tmp_path / "out" / name)
        found = lint_bundle(survey(tmp_path / "out" / name))
        assert [finding for finding in found if finding.severity is Severity.ERROR] == []


def test_sizes_are_compared_where_both_files_are_there(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    made = bench.Case("x", [], "y", [], made=(str(ours), str(theirs)))
    assert bench.size_of(made) == ""
    ours.write_bytes(b"x" * 9)
    theirs.write_bytes(b"x" * 10)
    assert bench.size_of(made) == "0.900"


@pytest.fixture
def case() -> bench.Case:
    return bench.Case("x", [sys.executable, "-c", "pass"], "other", [sys.executable, "-c", "pass"], 0.5)


def test_a_missed_target_is_said(case: bench.Case) -> None:
    """The ratio decides, not the milliseconds."""
    assert " met " in bench.row(case, bench.Cost(5, 1), bench.Cost(10, 1))
    assert "MISSED" in bench.row(case, bench.Cost(6, 1), bench.Cost(10, 1))
    assert "MISSED" not in bench.row(bench.Case("x", [], "y", []), bench.Cost(99, 1), bench.Cost(1, 1))


def test_a_command_that_fails_early_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look fast."""
    monkeypatch.setattr(bench, "BENCH", tmp_path)
    assert bench.measure([sys.executable, "-c", "pass"], 0).cpu > 0
    with pytest.raises(RuntimeError, match="exit status 3"):
        bench.measure([sys.executable, "-c", "raise SystemExit(3)"], 0)


def test_costs_count_children_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrapper that lets another process work is not free."""
    monkeypatch.setattr(bench, "BENCH", tmp_path)
    work = "sum(range(3_000_000))"
    alone = bench.measure([sys.executable, "-c", work], 0)
    wrapped = bench.measure([sys.executable, "-c", f"import os, sys\nif os.fork(): os.wait()\nelse: {work}"], 0)
    assert wrapped.cpu > alone.cpu / 3


def test_a_missing_program_is_seen(case: bench.Case) -> None:
    """It is named under the table instead of being measured."""
    assert not bench.program_is_missing(case)
    gone = bench.Case("x", [], "other", [str(bench.TOOLS / "no-such-program")])
    assert bench.program_is_missing(gone)


def test_medians() -> None:
    """Of each measure on its own."""
    costs = [bench.Cost(1, 30), bench.Cost(9, 10), bench.Cost(2, 20)]
    assert bench.median(costs) == bench.Cost(2, 20)


def test_scripts_need_no_package(root: Path) -> None:
    """``scripts`` is a directory of programs, found from the top of the checkout."""
    assert isinstance(bench, ModuleType)
    assert not (root / "scripts/__init__.py").exists()
