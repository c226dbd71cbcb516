"""Throw mutated archives at the strict reader, and ask two others what they see in those that it takes.

    python -m scripts.fuzz_zip                          # 200,000 archives on all processors
    python -m scripts.fuzz_zip --count 5000 --seed 7
    python -m scripts.fuzz_zip --replay build/fuzz/FILE.zip

The seeds are the committed generators in fixtures/archives; the same seed gives the same archives. A failure is

* an exception that is none of ours, or more than the limit of time for one archive;
* an archive that is taken and that Python's zipfile or yauzl (one long-lived node process) refuses, or in which one of
  them sees other names, sizes or contents;
* a survey that raises, or that does not agree with the reader.

The archive is saved then, and --replay shows what happens. Without node and yauzl (make foreign) only zipfile is asked.
"""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import random
import resource
import struct
import subprocess
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from plugintool.envelope.bundle_file import survey_bundle
from plugintool.envelope.mcpb_block import find_block
from plugintool.errors import ArchiveError, LimitExceededError
from plugintool.tree.zip_profile import CANONICAL, STRICT
from plugintool.tree.zip_reader import ArchiveTree, read_archive, survey_archive
from scripts.fuzz_arguments import end_with, make_parser
from scripts.zip_mutations import corpus, mutant

ROOT = Path(__file__).resolve().parent.parent
NODE = ROOT / ".tools" / "node" / "bin" / "node"
NODE_PACKAGES = ROOT / ".tools" / "foreign" / "node_modules"
READER = ROOT / "tests" / "foreign" / "read_zip.mjs"
COUNT = 200_000
SECONDS_MAX = 2.0
"""An archive of a few kilobytes that takes longer is a failure: some loop grows too fast."""
_BLOCK = 500
"""Archives that one process makes and judges at a time."""
Files: TypeAlias = "list[tuple[str, int, str]]"
"""Name, size and SHA-256 of every entry, sorted; a directory has an empty digest."""


@dataclass(slots=True)
class Tally:
    """What came of some archives."""

    archives: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    peak_kib: int = 0

    def add(self, other: Tally) -> None:
        """Take the numbers of another one in."""
        self.archives += other.archives
        self.rules += other.rules
        self.accepted += other.accepted
        self.asked += other.asked
        self.failures += other.failures
        self.slowest = max(self.slowest, other.slowest)
        self.peak_kib = max(self.peak_kib, other.peak_kib)


class Yauzl:
    """One node process that reads archive after archive."""

    def __init__(self) -> None:
        env = {**os.environ, "NODE_PATH": str(NODE_PACKAGES), "NODE_NO_WARNINGS": "1"}
        self._process = subprocess.Popen([NODE, READER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    @staticmethod
    def is_installed() -> bool:
        """Whether it can be asked."""
        return NODE.exists() and (NODE_PACKAGES / "yauzl").is_dir()

    def read(self, data: bytes) -> Files | str:
        """Return what it sees, or why it refuses."""
        self._stdin.write(struct.pack("<I", len(data)) + data)
        self._stdin.flush()
        answer = json.loads(self._stdout.readline())
        return (
            answer["error"] if "error" in answer else sorted((name, size, sha) for name, size, sha in answer["files"])
        )

    def close(self) -> None:
        """End the process."""
        self._stdin.close()
        self._process.wait()
        self._stdout.close()


def read_by_zipfile(data: bytes) -> Files | str:
    """What Python's reader sees, or why it refuses."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        found = []
        for info in archive.infolist():
            content = b"" if info.is_dir() else archive.read(info)
            found.append((info.filename, info.file_size, "" if info.is_dir() else hashlib.sha256(content).hexdigest()))
    except Exception as error:  # noqa: BLE001 - it raises many kinds; none of them is ours
        return f"{type(error).__name__}: {error}"
    return sorted(found)


def read_by_us(data: bytes) -> tuple[Files, bytes]:
    """What our reader sees, and the archive without a block that others do not expect.

    Raises:
        ArchiveError, LimitExceededError: it refuses.
    """
    source = io.BytesIO(data)
    block = find_block(source)
    tree = read_archive(source, profile=STRICT, frame=block.frame if block else None)
    is_d1 = block is not None and not block.comment_length
    return _files(tree), data[: block.offset] if block is not None and is_d1 else data


def _files(tree: ArchiveTree) -> Files:
    found = [(f"{path}/", 0, "") for path in tree.directories]
    for file in tree.files():
        with tree.open(file.path) as source:
            content = source.read()
        assert len(content) == file.size
        found.append((str(file.path), file.size, hashlib.sha256(content).hexdigest()))
    return sorted(found)


def failure_of(data: bytes, yauzl: Yauzl | None, tally: Tally) -> str:
    """Judge one archive; return what is wrong, or nothing. Only our own time counts."""
    started = time.perf_counter()
    try:
        ours, failure = _read(data, tally)
    except Exception:  # noqa: BLE001 - an exception is what is looked for
        ours, failure = None, traceback.format_exc(limit=-3)
    seconds = time.perf_counter() - started
    tally.slowest = max(tally.slowest, seconds)
    if ours is not None and not failure:
        failure = _ask(*ours, yauzl, tally)
    return failure or (f"took {seconds:.1f} s" if seconds > SECONDS_MAX else "")


def _read(data: bytes, tally: Tally) -> tuple[tuple[Files, bytes] | None, str]:
    """Read and survey an archive; return what was read, and what is wrong with us."""
    survey = survey_bundle(io.BytesIO(data))
    broken = {breach.rule for breach in survey.breaches} - {"C27"}
    try:
        ours = read_by_us(data)
    except (ArchiveError, LimitExceededError) as error:
        rule = error.rule if isinstance(error, ArchiveError) else "C25"
        tally.rules[rule] += 1
        is_seen = rule in broken or (rule == "C11" and survey.archive.content_breaches())
        if not is_seen:
            return None, f"the survey does not name {rule}, only {sorted(broken)}"
        is_canonical = not survey_archive(io.BytesIO(data), profile=CANONICAL).breaches
        return None, f"refused by {rule}, though it has the canonical form" if is_canonical and rule != "C11" else ""
    tally.accepted += 1
    return ours, f"taken, though the survey names {sorted(broken)}" if broken else ""


def _ask(ours: Files, plain: bytes, yauzl: Yauzl | None, tally: Tally) -> str:
    """Ask the others about an archive that we take."""
    readers = {"zipfile": read_by_zipfile, **({"yauzl": yauzl.read} if yauzl else {})}
    for name, read in readers.items():
        tally.asked[name] += 1
        theirs = read(plain)
        if theirs != ours:
            return f"{name} sees {theirs!r}, we see {ours!r}"
    return ""


def _block_of(seed: int, number: int, size: int, save: Path) -> Tally:
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - the same archives each time
    seeds, tally = corpus(), Tally()
    yauzl = Yauzl() if Yauzl.is_installed() else None
    try:
        for index in range(size):
            data = mutant(chance, seeds)
            tally.archives += 1
            if failure := failure_of(data, yauzl, tally):
                save.mkdir(parents=True, exist_ok=True)
                path = save / f"zip-{seed}-{number}-{index}.zip"
                path.write_bytes(data)
                tally.failures.append(f"{path}: {failure}")
    finally:
        if yauzl is not None:
            yauzl.close()
    tally.peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return tally


def run(*, count: int, seed: int, jobs: int, save: Path) -> Tally:
    """Judge ``count`` archives; the number of processes changes nothing."""
    total = Tally()
    for tally in _work(list(_blocks(count, seed, save)), jobs):
        total.add(tally)
    return total


def _blocks(count: int, seed: int, save: Path) -> Iterator[tuple[int, int, int, Path]]:
    for number, start in enumerate(range(0, count, _BLOCK)):
        yield seed, number, min(_BLOCK, count - start), save


def _work(blocks: Sequence[tuple[int, int, int, Path]], jobs: int) -> Iterator[Tally]:
    if jobs == 1:
        yield from (_block_of(*block) for block in blocks)
        return
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.starmap(_block_of, blocks, chunksize=1)


def replay(path: Path) -> int:
    """Judge one saved archive again and print the result."""
    yauzl, tally = Yauzl() if Yauzl.is_installed() else None, Tally()
    failure = failure_of(path.read_bytes(), yauzl, tally)
    if yauzl is not None:
        yauzl.close()
    print(failure or f"no failure; {'accepted' if tally.accepted else f'refused by {next(iter(tally.rules))}'}")
    return int(bool(failure))


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the figures; 1 when something failed."""
    args = make_parser(__doc__, count=COUNT).parse_args(argv)
    if args.replay:
        return replay(args.replay)
    started = time.perf_counter()
    total = run(count=args.count, seed=args.seed, jobs=args.jobs, save=args.save)
    print(f"{total.archives} archives in {time.perf_counter() - started:.0f} s with seed {args.seed}")
    asked = ", ".join(f"{name} asked about {number}" for name, number in total.asked.items())
    print(
        f"{total.accepted} accepted; {asked}"
        if Yauzl.is_installed()
        else f"{total.accepted} accepted; {asked}, no yauzl"
    )
    print("refused: " + ", ".join(f"{rule} {number}" for rule, number in sorted(total.rules.items())))
    print(f"slowest archive {total.slowest:.2f} s, peak memory {total.peak_kib // 1024} MiB")
    return end_with(total.failures)


if __name__ == "__main__":
    sys.exit(main())
