"""What all fuzzers take on the command line, and how each ends."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

_DIRECTORY = Path(__file__).resolve().parents[1] / "build" / "fuzz"
_SHOWN = 50


def make_parser(text: str | None, *, count: int) -> argparse.ArgumentParser:
    """Return what reads ``--count``, ``--seed``, ``--jobs``, ``--save`` and ``--replay``.

    Args:
        text: the docstring of the fuzzer; its first line is shown.
        count: how many inputs there are by default.
    """
    parser = argparse.ArgumentParser(description=(text or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--save", type=Path, default=_DIRECTORY, help="where failing inputs are left")
    parser.add_argument("--replay", type=Path, help="judge one saved input")
    return parser


def end_with(failures: Sequence[str]) -> int:
    """Print how many inputs failed, and the first of them; return the exit code."""
    print(f"{len(failures)} failures")
    for failure in failures[:_SHOWN]:
        print(f"  {failure}")
    return int(bool(failures))
