"""Write the bundles that ``make bench`` packs; the same files on every machine, but for the two that are copied.

::

    python scripts/make_bundle_workloads.py OUTDIR [--packages DIR] [--program FILE]

b1 and b2 hold the files of the plugins w1 and w2. b3 is a server with real packages of npm, those of the tests unless
others are named. b4 is two files of 100 MB: noise, and a program repeated as often as it takes. b6 is 10,000 skills.
Each has a bundle manifest and no plugin manifest, so that ``plugintool build`` takes it for a bundle.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from pathlib import Path

from scripts.make_workloads import Prose, bundle_files, everyday, skill, tiny

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / ".tools" / "foreign" / "node_modules"
LARGE = 100_000_000
"""Bytes of each file of b4."""
SKILLS = 10_000


def main() -> None:
    """Write all bundles below the directory given; what is there already is replaced."""
    parser = argparse.ArgumentParser(description="write the bundles that make bench packs")
    parser.add_argument("target", type=Path, metavar="OUTDIR")
    parser.add_argument("--packages", type=Path, default=PACKAGES, help="a node_modules directory")
    parser.add_argument("--program", type=Path, default=Path(sys.executable).resolve(), help="an executable file")
    options = parser.parse_args()
    write_all(options.target, options.packages, options.program)


def write_all(target: Path, packages: Path, program: Path) -> None:
    """Write b1, b2, b3 (where there are packages), b4 and b6 below ``target``."""
    write_texts(target / "b1", as_bundle("b1", tiny()))
    write_texts(target / "b2", as_bundle("b2", everyday()))
    if packages.is_dir():
        write_texts(target / "b3", as_bundle("b3", {}))
        shutil.copytree(
            packages, target / "b3" / "node_modules", ignore=shutil.ignore_patterns(".bin", ".package*", "*.pem")
        )
    write_texts(target / "b4", as_bundle("b4", {}))
    write_large(target / "b4", program)
    text = Prose(6)
    skills = {f"skills/skill-{number:05}/SKILL.md": skill(f"skill-{number:05}", text, 1300) for number in range(SKILLS)}
    write_texts(target / "b6", as_bundle("b6", skills))


def as_bundle(name: str, files: dict[str, str]) -> dict[str, str]:
    """Return the files of a plugin as those of a bundle: its manifest is one file among others."""
    moved = {path.replace(".claude-plugin/", "data/"): text for path, text in files.items()}
    return {**moved, **bundle_files(name)}


def write_texts(target: Path, files: dict[str, str]) -> None:
    """Write files, after removing what was there."""
    shutil.rmtree(target, ignore_errors=True)
    for name, text in sorted(files.items()):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(text.encode())


def write_large(target: Path, program: Path) -> None:
    """Write the two large files of b4."""
    chance = random.Random(4)  # noqa: S311 - the same noise everywhere is the purpose
    with (target / "model.bin").open("wb") as noise, (target / "server" / "program").open("wb") as large:
        data = program.read_bytes()
        for _ in range(LARGE // 1_000_000):
            noise.write(chance.randbytes(1_000_000))
        while large.tell() < LARGE:
            large.write(data[: LARGE - large.tell()])


if __name__ == "__main__":
    main()
