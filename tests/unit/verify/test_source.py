"""Reading from a source that is not trusted."""

from __future__ import annotations

import pytest

from plugintool.errors import (
    ArchiveError,
    ContentMismatchError,
    LimitExceededError,
    MissingPathError,
    SignatureInvalidError,
    UncheckableError,
)
from plugintool.relpath import RelPath
from plugintool.tree.memory import MemoryTree
from plugintool.verify.source import input_errors, open_source, read_source

TREE = MemoryTree("x", {"a": b"12345"})


@pytest.mark.parametrize("kind", [SignatureInvalidError, ContentMismatchError])
def test_input_error_becomes_the_failure_of_a_step(kind: type[SignatureInvalidError | ContentMismatchError]) -> None:
    """What it said is kept, but for the rule of the archive, which stands in the message."""
    with pytest.raises(kind, match="bad entry") as caught, input_errors(7, kind):
        raise ArchiveError("bad entry (C07)", rule="C07", path="x.zip", hint="pack it")
    assert caught.value.step == 7
    assert caught.value.detail == {"path": "x.zip", "hint": "pack it"}


def test_missing_file_is_uncheckable() -> None:
    """It was there when the files were listed."""
    with pytest.raises(UncheckableError, match="gone") as caught, input_errors(7, ContentMismatchError):
        raise MissingPathError("gone", path="x")
    assert caught.value.detail["path"] == "x"


def test_error_of_the_system_is_uncheckable() -> None:
    """It says nothing about the artifact."""
    with pytest.raises(UncheckableError, match="Stale file handle"), input_errors(7, ContentMismatchError):
        raise OSError(116, "Stale file handle")


def test_verification_error_passes_unchanged() -> None:
    """It has its step already."""
    error = SignatureInvalidError("x", step=2)
    with pytest.raises(SignatureInvalidError) as caught, input_errors(1, SignatureInvalidError):
        raise error
    assert caught.value is error


def test_bounded_read() -> None:
    """The limit itself is allowed, one byte more is not."""
    assert read_source(TREE, RelPath("a"), max_bytes=5, step=1) == b"12345"
    with pytest.raises(LimitExceededError, match="larger than 4 bytes"):
        read_source(TREE, RelPath("a"), max_bytes=4, step=1)


def test_missing_file_stays_an_input_error() -> None:
    """The step around it knows which failure that is."""
    with pytest.raises(MissingPathError):
        read_source(TREE, RelPath("b"), max_bytes=5, step=1)


def test_stream_reads_in_pieces() -> None:
    """As any binary file."""
    with open_source(TREE, RelPath("a"), step=7) as stream:
        assert [stream.read(2), stream.read(2), stream.read(2), stream.read(2)] == [b"12", b"34", b"5", b""]
