"""Pack built trees into canonical archives."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from plugintool.build.archive import Packed, pack_tree
from plugintool.device.artifact import find_artifacts
from plugintool.errors import InputError
from plugintool.report import Report, collect


def pack_trees(trees: Iterable[Path], *, out: Path, store: bool = False) -> Report[Packed]:
    """Pack each built tree into ``out/<name>-<version>.zip``; an ``org-plugins`` directory means all trees in it.

    Args:
        trees: built trees, signed or not.
        out: where archives go.
        store: compress nothing, so that the bytes depend on no library.
    """

    def pack(subject: str) -> Packed:
        if os.path.isfile(subject):
            raise InputError(
                "this is a file, not a built tree",
                path=subject,
                hint="name what plugintool build wrote: dist/org-plugins/NAME",
            )
        return pack_tree(Path(subject), out=out, store=store)

    return collect("pack", [str(found) for tree in trees for found in find_artifacts(tree)], pack)
