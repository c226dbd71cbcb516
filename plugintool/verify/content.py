"""Step 7: the files of a source against the signed record.

Names and sizes are compared first and together, then every file is read once, hashed and at the same time written to
the sink. All differences are reported, not the first; with any difference nothing that was written may be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugintool import limits
from plugintool.errors import ContentMismatchError, InputError, MissingPathError
from plugintool.relpath import RelPath
from plugintool.tree import version_file
from plugintool.tree.copy import copy_stream
from plugintool.tree.entry import Tree, TreeFile, collisions
from plugintool.tree.record import VERSION_FILE, Record, RecordEntry, is_ours, is_proof
from plugintool.tree.sink import Sink
from plugintool.verify.source import input_errors, open_source, read_source
from plugintool.verify.verified import TrustedStatement

STEP = 7
PROBLEMS_SHOWN = 50
"""Differences that one error lists."""
_HINT = "fetch the artifact again from its publisher; after a wanted change build and sign again"


def copy_content(trusted: TrustedStatement, source: Tree, sink: Sink) -> None:
    """Write exactly the signed files, the signature files as checked, and ``version.json`` from the statement.

    Raises:
        ContentMismatchError: the source holds more, less or something else.
        UncheckableError: the system failed to read it.
        OutputError: the sink failed.
    """
    with input_errors(STEP, ContentMismatchError):
        _check_name(trusted, source)
        files = source.files()
        _refuse(list(_find_collisions(trusted)))
        _refuse(list(_compare_lists(trusted.statement.record, files)))
        _refuse(list(_compare_ours(trusted, source, files)))
        _refuse(list(_copy_files(trusted.statement.record, source, sink)))
    for path, data in trusted.signature_files:
        _write(sink, path, data)
    _write(sink, VERSION_FILE, version_file.render(trusted.statement.sync_version))
    sink.finish()


def _check_name(trusted: TrustedStatement, source: Tree) -> None:
    """The name of a directory is the name under which the app knows the plugin; archives carry none."""
    name = trusted.statement.name
    if source.name not in {"", name}:
        raise ContentMismatchError(
            "the directory has another name than the signed plugin",
            step=STEP,
            expected=name,
            found=source.name,
            hint=f"name the directory {name}",
        )


def _refuse(problems: list[str]) -> None:
    if not problems:
        return
    shown = problems[:PROBLEMS_SHOWN]
    if len(problems) > PROBLEMS_SHOWN:
        shown.append(f"and {len(problems) - PROBLEMS_SHOWN} more")
    raise ContentMismatchError(
        f"the files are not those that were signed: {problems[0]}", step=STEP, problems=tuple(shown), hint=_HINT
    )


def _find_collisions(trusted: TrustedStatement) -> Iterator[str]:
    """A record may not name what would stand in the way of our own files."""
    ours = [VERSION_FILE, *(path for path, _ in trusted.signature_files)]
    for one, other in collisions([*ours, *trusted.statement.record.by_path]):
        yield f"{one}: some system cannot keep it apart from {other}"


def _compare_lists(record: Record, files: Sequence[TreeFile]) -> Iterator[str]:
    """Compare names, sizes and, where the container tells, the marks of executables."""
    present = {file.path: file for file in files if not is_ours(file.path)}
    for path in sorted(present.keys() - record.by_path.keys()):
        yield f"{path}: not in the signed record"
    for entry in record.entries:
        file = present.get(entry.path)
        if file is None:
            yield f"{entry.path}: missing"
        elif file.size != entry.size:
            yield f"{entry.path}: expected {entry.size} bytes, found {file.size}"
        elif file.executable is not None and file.executable != entry.executable:
            yield f"{entry.path}: expected {_mark(entry.executable)}, found {_mark(file.executable)}"


def _mark(executable: bool) -> str:  # noqa: FBT001 - one argument
    return "executable" if executable else "not executable"


def _compare_ours(trusted: TrustedStatement, source: Tree, files: Sequence[TreeFile]) -> Iterator[str]:
    """Compare what is ours: proofs with those that were checked, version.json with its two forms."""
    paths = [file.path for file in files]
    checked = dict(trusted.signature_files)
    for path in sorted({path for path in paths if is_proof(path)} ^ checked.keys()):
        yield f"{path}: came or went after the signature was checked"
    for path in sorted(checked.keys() & set(paths)):
        if read_source(source, path, max_bytes=limits.SIGNATURE_FILE_BYTES, step=STEP) != checked[path]:
            yield f"{path}: changed after the signature was checked"
    if VERSION_FILE in paths and not _is_derived(trusted, source):
        sync = trusted.statement.sync_version
        yield f'{VERSION_FILE}: expected {{"version": "{sync}"}}, with or without a suffix .n, found something else'


def _is_derived(trusted: TrustedStatement, source: Tree) -> bool:
    data = read_source(source, VERSION_FILE, max_bytes=limits.TEXT_BYTES, step=STEP)
    return version_file.settle_of(data, trusted.statement.sync_version) is not None


def _copy_files(record: Record, source: Tree, sink: Sink) -> Iterator[str]:
    for entry in record.entries:
        problem = _copy_file(entry, source, sink)
        if problem:
            yield f"{entry.path}: {problem}"


def _copy_file(entry: RecordEntry, source: Tree, sink: Sink) -> str:
    """Copy one file and return what is wrong with it, or nothing."""
    try:
        with (
            open_source(source, entry.path, step=STEP) as stream,
            sink.create(entry.path, executable=entry.executable) as target,
        ):
            copied = copy_stream(stream, target, max_bytes=entry.size)
    except MissingPathError:
        raise  # gone or not readable says nothing about what was signed
    except InputError as error:
        return error.message
    return "" if copied.sha256 == entry.sha256 else "the content was changed"


def _write(sink: Sink, path: RelPath, data: bytes) -> None:
    with sink.create(path, executable=False) as target:
        target.write(data)
