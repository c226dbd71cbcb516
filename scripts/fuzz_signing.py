"""Throw mutants at everything that signing reads: nothing but our errors, and no mutant that means something else.

    python -m scripts.fuzz_signing                          # 500,000 inputs on all processors
    python -m scripts.fuzz_signing --count 5000 --seed 7
    python -m scripts.fuzz_signing --target block --replay build/fuzz/FILE

Seeds come from the committed vectors and from the test authority; the same seed of chance gives the same inputs. For
each target of ``scripts.fuzz_targets`` a failure is

* an exception that is none of ours;
* an input that is accepted and does not mean what its seed means (where a target says what things mean);
* more than the limit of time for one input, or more than the limit of memory for a process.

The input is saved then, and --replay shows what happens.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plugintool.errors import InputError, VerificationError
from scripts.fuzz_targets import TARGETS, Target, targets

ROOT = Path(__file__).resolve().parent.parent
COUNT = 500_000
SECONDS_MAX = 1.0
"""An input of some kilobytes that takes longer is a failure: some loop grows too fast."""
MEBIBYTES_MAX = 128
"""A block for which the process has to grow by more is a failure: some input costs more than its size."""
_BLOCK = 1000
"""Inputs that one process makes and judges at a time."""


@dataclass(slots=True)
class Tally:
    """What came of some inputs."""

    inputs: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    slowest_target: str = ""
    peak_mib: int = 0

    def add(self, other: Tally) -> None:
        """Take the numbers of another one in."""
        self.inputs += other.inputs
        self.accepted += other.accepted
        self.failures += other.failures
        self.peak_mib = max(self.peak_mib, other.peak_mib)
        if other.slowest > self.slowest:
            self.slowest, self.slowest_target = other.slowest, other.slowest_target


def failure_of(target: Target, data: bytes, meaning: object, tally: Tally) -> str:
    """Judge one input; return what is wrong, or nothing."""
    started, failure = time.process_time(), ""
    try:
        found = target.read(data)
    except (InputError, VerificationError):
        pass
    except Exception:  # noqa: BLE001 - an exception is what is looked for
        failure = traceback.format_exc(limit=-3)
    else:
        tally.accepted[target.name] += 1
        if meaning is not None and found != meaning:
            failure = f"accepted, and means {found!r:.200} where its seed means {meaning!r:.200}"
    seconds = time.process_time() - started
    if seconds > tally.slowest:
        tally.slowest, tally.slowest_target = seconds, target.name
    return failure or (f"took {seconds:.1f} s" if seconds > SECONDS_MAX else "")


def _block_of(seed: int, number: int, size: int, save: Path) -> Tally:
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - the same inputs each time
    tally, known = Tally(), targets()
    before = _peak_mib()
    for index in range(size):
        target = known[(number + index) % len(known)]
        data, meaning = target.mutant(chance)
        tally.inputs[target.name] += 1
        if failure := failure_of(target, data, meaning, tally):
            save.mkdir(parents=True, exist_ok=True)
            path = save / f"{target.name}-{seed}-{number}-{index}"
            path.write_bytes(data)
            tally.failures.append(f"{path}: {failure}")
    tally.peak_mib = _peak_mib()
    if tally.peak_mib - before > MEBIBYTES_MAX:
        tally.failures.append(f"block {number} of seed {seed}: grew from {before} to {tally.peak_mib} MiB")
    return tally


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run(*, count: int, seed: int, jobs: int, save: Path) -> Tally:
    """Judge ``count`` inputs; the number of processes changes nothing."""
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


def replay(name: str, path: Path) -> int:
    """Judge one saved input again, without knowing its seed, and print the result."""
    tally = Tally()
    (target,) = [one for one in targets() if one.name == name]
    data = path.read_bytes()
    failure = failure_of(target, data, None, tally)
    print(failure or f"no failure; {f'accepted: {target.read(data)!r}' if tally.accepted else 'refused'}")
    return int(bool(failure))


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the figures; 1 when something failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--save", type=Path, default=ROOT / "build" / "fuzz", help="where failing inputs are left")
    parser.add_argument("--target", choices=TARGETS, default=TARGETS[0], help="of the input to replay")
    parser.add_argument("--replay", type=Path, help="judge one saved input")
    args = parser.parse_args(argv)
    if args.replay:
        return replay(args.target, args.replay)
    started = time.perf_counter()
    total = run(count=args.count, seed=args.seed, jobs=args.jobs, save=args.save)
    print(f"{total.inputs.total()} inputs in {time.perf_counter() - started:.0f} s with seed {args.seed}")
    print(", ".join(f"{name} {number} ({total.accepted[name]} accepted)" for name, number in total.inputs.items()))
    print(f"slowest input {total.slowest:.2f} s ({total.slowest_target}), peak memory {total.peak_mib} MiB")
    print(f"{len(total.failures)} failures")
    for failure in total.failures[:50]:
        print(f"  {failure}")
    return int(bool(total.failures))


if __name__ == "__main__":
    sys.exit(main())
