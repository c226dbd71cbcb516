"""Run the verification vectors against another implementation, through its command line.

    python -m scripts.run_vectors --command "my-verify {artifact} --policy {policy} --at {at} {lists}"
    python -m scripts.run_vectors --command "…" --only 'bundle_*' --jobs 2

The command is run without a shell, once for each directory of fixtures/vectors/verify, with these words filled in:

==============  =====================================================================================================
``{artifact}``  what is to be verified: a built tree, an archive or a bundle
``{policy}``    the trust policy
``{at}``        the moment of the verdict, as 2026-11-24T12:00:00Z
``{lists}``     ``--crl FILE`` for each revocation list; a word by itself, any number of words
==============  =====================================================================================================

It must exit with 0 when the artifact is verified and with 3 when it is not. When it prints JSON, the step and the code
are compared as well: ``failed_step`` (or ``step``) and ``code`` wherever they stand first; what is not there is not
compared. Without ``{lists}`` an implementation finds them itself: in ``crls`` beside the policy.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import fnmatch
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "fixtures" / "vectors" / "verify"
VERIFIED, NOT_VERIFIED = 0, 3
SECONDS_MAX = 60


@dataclass(frozen=True)
class Result:
    """What came of one vector; ``problem`` is empty when all is as it should be."""

    name: str
    problem: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all vectors; 1 when one ends otherwise than it should."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--command", required=True, help="with {artifact}, {policy}, {at} and {lists}")
    parser.add_argument("--vectors", type=Path, default=VECTORS)
    parser.add_argument("--only", default="*", help="names of vectors, with * and ?")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    paths = [path for path in sorted(options.vectors.iterdir()) if fnmatch.fnmatch(path.name, options.only)]
    words = shlex.split(options.command)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda path: run_vector(path, words), paths))
    wrong = [result for result in results if result.problem]
    for result in wrong:
        print(f"{result.name}: {result.problem}")
    print(f"{len(results)} vectors, {len(wrong)} end otherwise than they should")
    return int(bool(wrong) or not results)


def run_vector(path: Path, words: Sequence[str]) -> Result:
    """Run the command on one vector."""
    expect = json.loads((path / "expect.json").read_text("utf-8"))
    command = list(fill(path, expect, words))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Result(path.name, f"cannot be run: {error}")
    return Result(path.name, compare(expect, done.returncode, done.stdout))


def fill(path: Path, expect: dict[str, Any], words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a command for one vector."""
    known = {
        "{artifact}": str(path / expect["artifact"]),
        "{policy}": str(path / "trust-policy.json"),
        "{at}": expect["at"],
    }
    for word in words:
        if word == "{lists}":
            for found in sorted((path / "crls").glob("*.crl")):
                yield from ("--crl", str(found))
            continue
        for name, value in known.items():
            word = word.replace(name, value)  # noqa: PLW2901 - filled in, one after the other
        yield word


def compare(expect: dict[str, Any], status: int, printed: str) -> str:
    """Return what is wrong with an answer, or nothing."""
    wanted = NOT_VERIFIED if expect["step"] else VERIFIED
    if status != wanted:
        return f"exit code {status}, expected {wanted}"
    try:
        answer = json.loads(printed)
    except ValueError:
        return ""
    for member, names in (("step", ("failed_step", "step")), ("code", ("code",))):
        found = next(find(answer, names), None)
        if expect["step"] and found is not None and found != expect[member]:
            return f"{member} {found}, expected {expect[member]}"
    return ""


def find(value: object, names: Sequence[str]) -> Iterator[object]:
    """Yield the values of members with one of these names, the outer ones first."""
    if isinstance(value, dict):
        yield from (value[name] for name in names if value.get(name) not in (None, "", []))
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from find(item, names)


if __name__ == "__main__":
    sys.exit(main())
