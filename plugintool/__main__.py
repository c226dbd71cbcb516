"""``python -m plugintool`` and the console script."""

from __future__ import annotations

import gc
import sys

from plugintool import __version__

_ALLOCATIONS = 50_000
"""New objects between two looks for garbage, instead of 700: modules make many objects and no garbage."""


def main() -> None:
    """Run the command line; ``--version`` is answered before anything else is imported."""
    if sys.argv[1:] == ["--version"] and _has_printed_version():
        return
    gc.set_threshold(_ALLOCATIONS)
    try:
        from plugintool.cli.main import run  # noqa: PLC0415 - start-up is a feature

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while importing: nothing has been done yet
        code = 130
    gc.freeze()  # else the interpreter looks through all modules twice while it ends: 12 ms
    sys.exit(code)


def _has_printed_version() -> bool:
    """Print the version; where stdout is closed, the long way meets the same and knows the exit code for it."""
    try:
        sys.stdout.write(f"plugintool {__version__}\n")
        sys.stdout.flush()
    except (OSError, AttributeError):
        return False
    return True


if __name__ == "__main__":
    main()
