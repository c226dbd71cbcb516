"""``python -m plugintool`` and the console script."""

from __future__ import annotations

import sys

from plugintool import __version__


def main() -> None:
    """Run the command line; ``--version`` is answered before anything else is imported."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"plugintool {__version__}\n")
        return
    from plugintool.cli.main import run  # noqa: PLC0415 - start-up is a feature

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
