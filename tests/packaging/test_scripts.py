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
        command = [sys.executable, "-m", "scripts.make_workloads", str(target), "--small"]
        subprocess.run(command, cwd=root, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        written.append({path.relative_to(target): path.read_bytes() for path in target.rglob("*") if path.is_file()})
    assert written[0] == written[1]
    assert Path("w1/left-over") not in written[0]


def test_the_large_workloads_are_many_small_ones() -> None:
    """Every plugin of the marketplace is listed and of ten files; every skill has a name and a text."""
    files = make_workloads.marketplace(3)
    listed = json.loads(files[".claude-plugin/marketplace.json"])["plugins"]
    assert [entry["source"] for entry in listed] == [f"./plugins/plugin-{number:04}" for number in range(3)]
    assert len(files) == 1 + 3 * 10
    assert json.loads(files["plugins/plugin-0002/.claude-plugin/plugin.json"])["name"] == "plugin-0002"
    skills = make_workloads.many_skills("x", 150)
    assert sum(path.endswith("SKILL.md") for path in skills) == 150
    assert skills["skills/skill-000149/SKILL.md"].startswith('---\nname: "skill-000149"\n')
    assert all(1200 < len(text) < 2500 for path, text in skills.items() if path.endswith("SKILL.md"))
    assert make_workloads.many_skills("x", 150) == skills


def test_lint_is_compared_on_every_workload(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cold and with a warm cache, beside three peers; the growth where its workloads are there."""
    monkeypatch.setattr(bench, "BENCH", tmp_path)
    rows = {(case.name, case.peer): case for case in bench.lint_cases()}
    peers = ("claude plugin validate", "agnix", "skillsaw")
    assert {
        (name, peer) for name in ("lint w5", "lint w5 cached", "lint w6", "lint w6 cached") for peer in peers
    } < set(rows)
    assert rows["lint w5 cached", peers[0]].target == 0.12
    assert "--cache" in rows["lint w5 cached", peers[0]].ours
    assert "--cache" not in rows["lint w5", peers[0]].ours
    assert not rows["lint w5", "agnix"].target
    for count in (1000, 100_000, 10_000):
        (tmp_path / f"g{count}").mkdir()
    growth = [case for case in bench.lint_cases() if case.peer.startswith("lint g")]
    assert [(case.name, case.peer) for case in growth] == [
        ("lint g10000", "lint g1000"),
        ("lint g100000", "lint g10000"),
    ]
    assert growth[0].target == pytest.approx(11.22, abs=0.01)


def test_a_peak_of_memory_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither that of the script that measures nor nothing."""
    monkeypatch.setattr(bench, "BENCH", tmp_path)
    command = "import time; held = b'x' * {}; time.sleep(0.1)"
    small, large = (
        bench.measure([sys.executable, "-c", command.format(size * 1024 * 1024)], 0).memory for size in (0, 64)
    )
    assert 2 < small < 40
    assert 60 < large - small < 68


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
