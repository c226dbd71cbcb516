"""Remove every check of the verifier, one at a time: each removal must change the verdict on a vector.

    python -m scripts.mutate_verifier               # all mutants on all processors; prints the survivors
    python -m scripts.mutate_verifier --every 10    # each tenth of them
    python -m scripts.mutate_verifier --list
    python -m scripts.mutate_verifier --one verify/policy.py:120

What counts as a check stands in ``mutant_shapes``. Each mutant is a process of its own, forked when everything but the
verifier has been imported, and it stops at the first vector that ends differently; vectors that killed others go first.
Survivors that change nothing an outside view could see are listed in ``EQUIVALENT`` with the reason; any other is a
failure, and so is a reason that is not needed any more.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from scripts.mutant_shapes import EQUIVALENT, Mutation, mutations_of

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "plugintool"
VECTORS = ROOT / "fixtures" / "vectors" / "verify"
MODULES = tuple(
    path.relative_to(PACKAGE).as_posix()
    for room in ("envelope", "verify")
    for path in sorted((PACKAGE / room).glob("*.py"))
    if path.stem != "__init__"
)
SECONDS_MAX = 120
"""A mutant that runs longer has been noticed."""
_LOADED_BEFORE = (
    "click",
    "concurrent.futures",
    "cryptography.hazmat.primitives.asymmetric.padding",
    "cryptography.x509.verification",
    "difflib",
    "tempfile",
    "yaml",
    "zipfile",
)
"""What every mutant needs and no mutant changes."""


@dataclass(frozen=True)
class Mutant:
    """One check of a module, by its number there."""

    module: str
    index: int
    text: str

    def __str__(self) -> str:
        """Return how it is named on the command line, and what it removes."""
        return f"{self.module}:{self.index} {self.text}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="mutation test of the verifier")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--one", help="MODULE:INDEX, run in this process")
    parser.add_argument("--every", type=int, default=1, help="only each N-th mutant")
    parser.add_argument("--module", help="only mutants of modules whose path holds this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    if options.one:
        module, _, index = options.one.rpartition(":")
        killer = run_mutant(Mutant(module, int(index), ""), ())
        print(f"killed by {killer}" if killer else "survived")
        return 1 if killer else 0
    mutants = [mutant for mutant in all_mutants() if (options.module or "") in mutant.module][:: options.every]
    if options.list:
        print("\n".join(map(str, mutants)))
        return 0
    return judge(mutants, options.jobs, is_complete=options.every == 1 and not options.module)


def all_mutants() -> Iterator[Mutant]:
    for module in MODULES:
        found = mutations_of(ast.parse((PACKAGE / module).read_text()))
        yield from (Mutant(module, index, mutation.text) for index, mutation in enumerate(found))


def judge(mutants: Sequence[Mutant], jobs: int, *, is_complete: bool) -> int:
    """Run mutants and tell what came of them; only a complete run can tell which reasons are not needed."""
    begun, survivors = time.monotonic(), []
    for name in _LOADED_BEFORE:
        importlib.import_module(name)
    _expectations()
    killers: dict[str, list[str]] = {}
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        work = ((mutant, ()) for mutant in mutants)
        for mutant, killer in pool.imap(_run, _with_hints(work, killers), chunksize=1):
            if killer:
                first = killers.setdefault(mutant.module, [])
                first[:] = [killer, *(name for name in first if name != killer)]
            else:
                survivors.append(mutant)
                print(f"survived {mutant}{' [equivalent]' if mutant.text in EQUIVALENT else ''}", flush=True)
    bad = [mutant for mutant in survivors if mutant.text not in EQUIVALENT]
    stale = sorted(EQUIVALENT.keys() - {mutant.text for mutant in survivors}) if is_complete else []
    for text in stale:
        print(f"not a survivor any more: {text}")
    killed, excused = len(mutants) - len(survivors), len(survivors) - len(bad)
    print(
        f"{len(mutants)} mutants of {len(MODULES)} modules in {time.monotonic() - begun:.0f} s: {killed} killed by one"
    )
    print(f"of {len(_expectations())} vectors, {excused} excused with a reason, {len(bad)} unexplained")
    return 1 if bad or stale else 0


Task = tuple[Mutant, tuple[str, ...]]


def _with_hints(work: Iterator[Task], killers: dict[str, list[str]]) -> Iterator[Task]:
    """Pass on the vectors that killed other mutants of the module so far."""
    for mutant, _ in work:
        yield mutant, tuple(killers.get(mutant.module, ()))


def _run(task: Task) -> tuple[Mutant, str]:
    mutant, first = task
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    signal.alarm(SECONDS_MAX)
    signal.signal(signal.SIGALRM, _late)
    try:
        return mutant, run_mutant(mutant, first)
    except TimeoutError:
        return mutant, "the clock"


def _late(*_: object) -> None:
    raise TimeoutError


@cache
def _expectations() -> dict[str, dict[str, Any]]:
    """Return expect.json of every vector."""
    return {path.name: json.loads((path / "expect.json").read_text()) for path in sorted(VECTORS.iterdir())}


def run_mutant(mutant: Mutant, first: Sequence[str]) -> str:
    """Return the vector that ends differently when a check is missing, or nothing.

    Args:
        mutant: which check.
        first: vectors to begin with.
    """
    sys.meta_path.insert(0, MutantFinder(mutant))
    from plugintool import clock  # noqa: PLC0415 - after the finder is in place
    from plugintool.device.verify import verify_artifacts  # noqa: PLC0415
    from plugintool.errors import VerificationError  # noqa: PLC0415

    def verdict(name: str, expect: dict[str, Any]) -> tuple[int, str, list[str]]:
        case = VECTORS / name
        try:
            (outcome,) = verify_artifacts(
                [case / expect["artifact"]], trust_policy=case / "trust-policy.json", now=clock.parse_utc(expect["at"])
            ).outcomes
        except VerificationError as failure:
            return failure.step, failure.code, []
        if outcome.error is not None:
            step = outcome.error.step if isinstance(outcome.error, VerificationError) else 0
            return step, outcome.error.code, []
        found = outcome.value and (outcome.value.trusted or outcome.value.bundle)
        return 0, "ok", list(found.signers) if found else []

    expectations = _expectations()
    for name in dict.fromkeys([*first, *expectations]):
        expect = expectations[name]
        try:
            found = verdict(name, expect)
        except TimeoutError:
            raise
        except Exception as error:  # noqa: BLE001 - a mutant may break in any way, which is noticed as well
            return f"{name}: {type(error).__name__}"
        if found != (expect["step"], expect["code"], expect["signers"]):
            return name
    return ""


class MutantFinder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module with one check removed."""

    def __init__(self, mutant: Mutant) -> None:
        self.path = PACKAGE / mutant.module
        self.name = "plugintool." + mutant.module.removesuffix(".py").replace("/", ".")
        self.index = mutant.index

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Claim the one module."""
        del path, target
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def get_source(self, fullname: str) -> str:
        """Return the source as it is on disk."""
        del fullname
        return self.path.read_text()

    def exec_module(self, module: ModuleType) -> None:
        """Run the source without the check."""
        tree = ast.parse(self.path.read_text())
        mutation: Mutation = list(mutations_of(tree))[self.index]
        mutation.apply()
        exec(compile(ast.fix_missing_locations(tree), str(self.path), "exec"), module.__dict__)  # noqa: S102 - ours


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
