"""Write a marketplace: aside first, judged there, then put in place in one step.

What is in the way is replaced only when all of it is a marketplace of the same name that was written here: its file,
and archives that the file lists. Anything else, such as a checkout in which the marketplace is kept, is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from plugintool import jsontext, limits
from plugintool.errors import InputError, OutputError
from plugintool.install.fs import Fs
from plugintool.jsontext import JsonValue
from plugintool.jsonvalue import items_of, object_of, text_of
from plugintool.plugin.discover import MARKETPLACE
from plugintool.publish.marketplace import Marketplace
from plugintool.publish.offer import PLUGINS, Offer
from plugintool.relpath import RelPath
from plugintool.tree.copy import copy_stream
from plugintool.tree.directory import open_regular, read_bounded
from plugintool.tree.place import aside
from plugintool.tree.record import Record, RecordEntry, is_ours
from plugintool.tree.sink import DirectorySink, output_errors
from plugintool.tree.zip_reader import open_archive

_METADATA = MARKETPLACE.segments[0]


def write_marketplace(marketplace: Marketplace, out: Path, *, judge: Callable[[Path], None]) -> None:
    """Write a marketplace to the directory ``out``.

    Args:
        marketplace: what to write.
        out: the directory; created, or replaced as a whole.
        judge: is given the complete directory before it gets its name; what it raises stops everything.

    Raises:
        OutputError: something else is in the way, or the system refused.
        InputError: an archive changed after it was read.
    """
    _check_replaceable(out, marketplace.front.name)
    place = Path(os.path.abspath(out))
    with output_errors(out):
        os.makedirs(place.parent, exist_ok=True)
    with aside(place) as making:
        _write(marketplace, making.new)
        judge(making.new)
        making.put_in_place(Fs().exchange)


def _write(marketplace: Marketplace, root: Path) -> None:
    sink = DirectorySink(root)
    for offer in marketplace.offers:
        if not (_copy_archive if marketplace.front.base else _copy_files)(offer, sink):
            raise InputError("the archive changed while it was copied", path=str(offer.source), hint="try again")
    with sink.create(MARKETPLACE, executable=False) as target:
        target.write(marketplace.content)
    sink.finish()


def _copy_archive(offer: Offer, sink: DirectorySink) -> bool:
    """Copy an archive; False when it is not what was offered."""
    path = RelPath(offer.file)
    with open_regular(offer.source, follow=True) as source, sink.create(path, executable=False) as target:
        return copy_stream(source, target, max_bytes=limits.ARCHIVE_BYTES).sha256 == offer.sha256


def _copy_files(offer: Offer, sink: DirectorySink) -> bool:
    """Copy the files of an archive; False when they are not what was offered."""
    entries = []
    with open_archive(offer.source) as tree:
        for file in tree.files():
            path, executable = RelPath(f"{offer.directory}/{file.path}"), bool(file.executable)
            with tree.open(file.path) as source, sink.create(path, executable=executable) as target:
                copied = copy_stream(source, target, max_bytes=limits.TREE_BYTES)
            if not is_ours(file.path):
                entries.append(RecordEntry(file.path, copied.size, copied.sha256, executable))
    return Record(tuple(entries)).digest == offer.digest


def _check_replaceable(out: Path, name: str) -> None:
    """Refuse to replace what is not a marketplace of this name, and nothing else."""
    if not os.path.lexists(out):
        return
    if out.is_symlink() or not out.is_dir():
        raise _in_the_way(out, "is no directory")
    with output_errors(out):
        names = sorted(os.listdir(out))
    if not names:
        return
    try:
        value = jsontext.read(read_bounded(out / MARKETPLACE)).value
    except InputError:
        value = None
    if not isinstance(value, dict) or value.get("name") != name:
        raise _in_the_way(out, f"is no marketplace {name}")
    listed = _listed(value.get("plugins"))
    foreign = set(names) - {_METADATA, *(name.partition("/")[0] for name in listed)}
    if PLUGINS in names and PLUGINS not in foreign:
        foreign |= {f"{PLUGINS}/{item}" for item in os.listdir(out / PLUGINS)} - listed
    foreign |= {f"{_METADATA}/{item}" for item in os.listdir(out / _METADATA)} - {MARKETPLACE}
    if foreign:
        raise _in_the_way(out, "holds more than the marketplace", tuple(sorted(foreign)))


def _listed(entries: JsonValue) -> set[str]:
    """The archives and directories that a marketplace names, as paths in it."""
    sources = [object_of(entry).get("source") for entry in items_of(entries)]
    archives = {text_of(object_of(source).get("url")).rpartition("/")[2] for source in sources}
    inside = {text_of(source).removeprefix("./") for source in sources}
    return archives | {path for path in inside if path.startswith(f"{PLUGINS}/")}


def _in_the_way(out: Path, reason: str, problems: tuple[str, ...] = ()) -> OutputError:
    hint = "move it away, or name another directory with --out"
    message = f"what is in the way {reason}, so it is not replaced"
    return OutputError(message, path=str(out), hint=hint, problems=problems)
