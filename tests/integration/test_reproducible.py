"""``build`` and ``pack`` give the same bytes wherever they run: two each of what differs between machines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_input import NAME, plugin_files, spawn, write_files


@dataclass(frozen=True)
class Setting:
    """What is different: the environment, the umask, the directory, the times and modes of the source's files."""

    name: str
    env: Mapping[str, str] = field(default_factory=dict)
    umask: int = 0o022
    directory: str = "here"
    mtime: int | None = None
    mode: int | None = None
    is_reversed: bool = False


PAIRS: list[tuple[Setting, Setting]] = [
    (Setting("umask-0", umask=0), Setting("umask-077", umask=0o077)),
    (Setting("east", env={"TZ": "Pacific/Kiritimati"}), Setting("west", env={"TZ": "Etc/GMT+12"})),
    (
        Setting("c", env={"LC_ALL": "C"}),
        Setting("utf8", env={"LC_ALL": "C.UTF-8"}),
    ),
    (Setting("hash-1", env={"PYTHONHASHSEED": "1"}), Setting("hash-2", env={"PYTHONHASHSEED": "2"})),
    (Setting("short", directory="a"), Setting("odd", directory="プラグイン ñ 🙂 a'b/" + "deep/" * 8)),
    (Setting("old", mtime=0), Setting("new", mtime=4_000_000_000)),
    (Setting("writable", mode=0o666), Setting("executable", mode=0o755)),
    (Setting("forward"), Setting("backward", is_reversed=True)),
    (Setting("epoch", env={"SOURCE_DATE_EPOCH": "0"}), Setting("no-epoch")),
    (Setting("optimised", env={"PYTHONOPTIMIZE": "2"}), Setting("developer", env={"PYTHONDEVMODE": "1"})),
]
"""Both members of each pair are compared with the first setting of all."""
FILES = {
    **plugin_files(),
    "docs/large.txt": "reproducible\n" * 20_000,
    "docs/noise.bin": bytes((index * 7919 >> 3) & 0xFF for index in range(70_000)),
}


def run_all(setting: Setting, base: Path) -> dict[str, bytes | int]:
    """Build, pack, and pack again without compression; returns every file of the output with its content and mode."""
    here = base / setting.directory
    items = sorted(FILES.items(), reverse=setting.is_reversed)
    source = write_files(here / NAME, dict(items))
    for path in source.rglob("*"):
        if setting.mode is not None and path.is_file():
            path.chmod(setting.mode)
        if setting.mtime is not None:
            os.utime(path, (setting.mtime, setting.mtime))
    options: dict[str, Any] = {"env": setting.env, "umask": setting.umask, "cwd": here}
    for line in (
        ["build", NAME],
        ["pack", f"dist/org-plugins/{NAME}", "--out", "packed"],
        ["pack", f"dist/org-plugins/{NAME}", "--out", "stored", "--store"],
    ):
        ended = spawn(*line, **options)
        assert ended.exit_code == 0, ended
    return _output(here)


def _output(here: Path) -> dict[str, bytes | int]:
    found: dict[str, bytes | int] = {}
    for top in ("dist", "packed", "stored"):
        for path in sorted((here / top).rglob("*")):
            name = path.relative_to(here).as_posix()
            if path.is_file():
                found[name] = path.read_bytes()
            if top == "dist" and NAME in path.parts:
                found[f"mode of {name}"] = path.stat().st_mode
    return found


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes | int]:
    return run_all(Setting("plain"), tmp_path_factory.mktemp("plain"))


def test_the_output_is_what_it_should_be(first: dict[str, bytes | int]) -> None:
    """A comparison of nothing with nothing would not fail."""
    assert {"packed/acme-tools-1.0.0.zip", "stored/acme-tools-1.0.0.zip"} <= first.keys()
    assert f"dist/org-plugins/{NAME}/bundles/clock.mcpb" in first
    assert f"dist/org-plugins/{NAME}/docs/größe.md" in first
    assert len(first) > 25


@pytest.mark.parametrize("setting", [one for pair in PAIRS for one in pair], ids=lambda setting: setting.name)
def test_another_setting_gives_the_same_bytes(setting: Setting, first: dict[str, bytes | int], tmp_path: Path) -> None:
    """Equal trees, modes included; equal archives."""
    found = run_all(setting, tmp_path)
    assert found.keys() == first.keys()
    assert [name for name in first if found[name] != first[name]] == []


def test_a_second_build_over_the_first_changes_nothing(tmp_path: Path) -> None:
    """The same place, twice, the second time over the output of the first."""
    once = run_all(Setting("once"), tmp_path)
    assert run_all(Setting("twice"), tmp_path) == once


def test_other_content_gives_other_bytes(first: dict[str, bytes | int], tmp_path: Path) -> None:
    """One character in one file: another tree, another version file, another archive."""
    source = write_files(tmp_path / NAME, {**FILES, "docs/größe.md": "größe!\n"})
    assert spawn("build", source, cwd=tmp_path).exit_code == 0
    assert spawn("pack", f"dist/org-plugins/{NAME}", "--out", "packed", cwd=tmp_path).exit_code == 0
    found = _output(tmp_path)
    different = {name for name in found if found[name] != first[name]}
    tree = f"dist/org-plugins/{NAME}"
    assert different == {f"{tree}/docs/größe.md", f"{tree}/version.json", "packed/acme-tools-1.0.0.zip"}
