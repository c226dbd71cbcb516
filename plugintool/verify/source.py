"""Reading from a source that is not trusted: whatever goes wrong there is the failure of a step."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from plugintool.errors import (
    ContentMismatchError,
    InputError,
    LimitExceededError,
    MissingPathError,
    SignatureInvalidError,
    UncheckableError,
    UnsupportedFileError,
)
from plugintool.relpath import RelPath
from plugintool.tree.entry import Tree


@contextlib.contextmanager
def input_errors(step: int, kind: type[SignatureInvalidError | ContentMismatchError]) -> Iterator[None]:
    """Turn an ``InputError`` inside into ``kind``; not readable or not supported: ``UncheckableError``."""
    try:
        yield
    except (MissingPathError, UnsupportedFileError) as error:
        raise UncheckableError(error.message, step=step, **error.detail) from error
    except InputError as error:
        raise kind(error.message, step=step, **error.detail) from error
    except OSError as error:
        raise UncheckableError(f"cannot be read: {error.strerror or error}", step=step) from error


@contextlib.contextmanager
def open_source(source: Tree, path: RelPath, *, step: int) -> Iterator[BinaryIO]:
    """Open one file; an error of the system while reading is an ``UncheckableError`` that names it."""
    with source.open(path) as stream:
        yield cast("BinaryIO", _Watched(stream, path, step))


def read_source(source: Tree, path: RelPath, *, max_bytes: int, step: int) -> bytes:
    """Read a whole file.

    Raises:
        LimitExceededError: it has more than ``max_bytes`` bytes.
        InputError, UncheckableError: it cannot be read.
    """
    with open_source(source, path, step=step) as stream:
        data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise LimitExceededError(f"larger than {max_bytes} bytes", path=path)
    return data


class _Watched(io.RawIOBase):
    """A stream whose errors of the system are known to be errors of reading, also inside a sink's own context."""

    def __init__(self, stream: BinaryIO, path: RelPath, step: int) -> None:
        super().__init__()
        self._stream = stream
        self._path = path
        self._step = step

    def read(self, size: int = -1, /) -> bytes:
        """Read up to ``size`` bytes."""
        try:
            return self._stream.read(size)
        except OSError as error:
            reason = error.strerror or error
            raise UncheckableError(f"cannot be read: {reason}", step=self._step, path=self._path) from error
