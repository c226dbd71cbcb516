"""Step 7: exactly the signed files, every difference named, nothing else written."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Self

import pytest

from plugintool.errors import ContentMismatchError, OutputError, UncheckableError, VerificationError
from plugintool.relpath import RelPath
from plugintool.tree.directory import open_built
from plugintool.tree.entry import TreeFile
from plugintool.tree.memory import MemoryTree
from plugintool.tree.sink import DirectorySink
from plugintool.verify import verifier
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.content import PROBLEMS_SHOWN
from tests import vector_forge as forge
from tests.signing_world import NOW, contents, policy_of, tree_of, trust_tree, write_tree

RUN = "bin/run.sh"


def differ(
    files: dict[str, bytes], name: str = forge.NAME, executables: frozenset[str] | None = None
) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        verifier.check_content(trust_tree(), MemoryTree(name, files, executables))
    assert caught.value.step == 7
    return caught.value


def test_materialise_writes_the_whole_tree(tmp_path: Path) -> None:
    """The record's files, the signature files as checked, and version.json from the statement."""
    files = forge.signed("ed25519-a", "stranger")
    settled = {**files, "version.json": f'{{"version": "{forge.sync()}.7"}}'.encode()}
    source = tree_of(settled)
    tree = verifier.materialise(trust_tree(source), source, DirectorySink(tmp_path / "x"))
    assert tree.root == tmp_path / "x"
    assert contents(tree.root) == files


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no modes")
def test_modes_are_those_of_the_record(tmp_path: Path) -> None:
    """Whatever the umask says."""
    source = tree_of()
    old = os.umask(0o077)
    try:
        root = verifier.materialise(trust_tree(source), source, DirectorySink(tmp_path / "x")).root
    finally:
        os.umask(old)
    modes = {path: (root / path).stat().st_mode & 0o7777 for path in contents(root)}
    assert modes.pop(RUN) == 0o755
    assert set(modes.values()) == {0o644}
    assert (root / "bin").stat().st_mode & 0o7777 == 0o755


def test_version_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    """It is derived, so nothing is lost."""
    files = {path: data for path, data in forge.signed().items() if path != "version.json"}
    source = tree_of(files)
    root = verifier.materialise(trust_tree(source), source, DirectorySink(tmp_path / "x")).root
    assert contents(root) == forge.signed()


def test_durable_sink_is_finished(tmp_path: Path) -> None:
    """What is called verified is on the disk."""
    finished: list[Path] = []

    class Watched(DirectorySink):
        def finish(self) -> None:
            super().finish()
            finished.append(self.root)

    source = tree_of()
    verifier.materialise(trust_tree(source), source, Watched(tmp_path / "x", durable=True))
    assert finished == [tmp_path / "x"]


def test_all_differences_are_named_in_one_error() -> None:
    """Missing, added and changed in size, each with its path."""
    files = forge.signed()
    changed = {**files, "hooks/hooks.json": b"{}", RUN: b"x"}
    del changed["skills/greet/SKILL.md"]
    problems = differ(changed).detail["problems"]
    assert problems == (
        "hooks/hooks.json: not in the signed record",
        f"{RUN}: expected {len(files[RUN])} bytes, found 1",
        "skills/greet/SKILL.md: missing",
    )


def test_all_changed_contents_are_named() -> None:
    """Files of the right size are read, all of them."""
    files = forge.signed()
    changed = {path: data if path not in forge.FILES else data[::-1] for path, data in files.items()}
    assert len(differ(changed).detail["problems"]) == len(forge.FILES)


def test_wrong_size_is_found_without_reading() -> None:
    """A file of another size is never opened."""

    class Closed(MemoryTree):
        def open(self, path: RelPath) -> BinaryIO:
            assert path in (forge.SIGNATURE, "version.json"), path
            return super().open(path)

    with pytest.raises(ContentMismatchError, match="bytes"):
        verifier.check_content(trust_tree(), Closed(forge.NAME, {**forge.signed(), RUN: b""}))


def test_long_lists_are_cut() -> None:
    """With the number of what is left out."""
    added = {f"x/{number}": b"" for number in range(PROBLEMS_SHOWN + 3)}
    problems = differ({**forge.signed(), **added}).detail["problems"]
    assert len(problems) == PROBLEMS_SHOWN + 1
    assert problems[-1] == "and 3 more"


def test_directory_must_have_the_signed_name() -> None:
    """The app knows a plugin by its directory."""
    error = differ(forge.signed(), name="acme-evil")
    assert (error.detail["expected"], error.detail["found"]) == (forge.NAME, "acme-evil")


def test_archive_has_no_name_to_compare() -> None:
    """The statement names it."""
    verifier.check_content(trust_tree(), tree_of(name=""))


@pytest.mark.parametrize("marks", [frozenset(), frozenset({RUN, "skills/greet/SKILL.md"})])
def test_marks_of_executables_must_agree(marks: frozenset[str]) -> None:
    """Where the container tells."""
    assert "executable" in differ(forge.signed(), executables=marks).message


def test_signature_file_that_changes_after_the_check_is_found() -> None:
    """What is installed is what was checked."""
    trusted = trust_tree()
    for files in (
        {**forge.signed(), forge.SIGNATURE: forge.signature(forge.payload(), "stranger")},
        {**forge.signed(), forge.further("p256"): b"{}"},
        {path: data for path, data in forge.signed().items() if path != forge.SIGNATURE},
    ):
        with pytest.raises(ContentMismatchError, match="after the signature was checked"):
            verifier.check_content(trusted, tree_of(files))


def test_file_that_grows_while_it_is_read_is_stopped(tmp_path: Path) -> None:
    """Not one byte more than signed is written."""

    class Growing(MemoryTree):
        def files(self) -> Sequence[TreeFile]:
            return [dataclasses.replace(file, size=len(forge.signed()[file.path])) for file in super().files()]

    files = {**forge.signed(), RUN: forge.signed()[RUN] + b"x" * 5_000_000}
    with pytest.raises(ContentMismatchError, match="more than"):
        verifier.materialise(trust_tree(), Growing(forge.NAME, files), DirectorySink(tmp_path / "x"))
    assert (tmp_path / "x" / RUN).stat().st_size <= len(forge.signed()[RUN])


def test_full_disk_is_an_output_error(tmp_path: Path) -> None:
    """It says nothing about the artifact."""

    class Full(DirectorySink):
        def _make_parents(self, path: RelPath) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="no space left"):
        verifier.materialise(trust_tree(), tree_of(), Full(tmp_path / "x"))


def test_unreadable_source_is_uncheckable_and_not_a_full_disk(tmp_path: Path) -> None:
    """Reading and writing meet in one loop; the error says which of them failed."""
    source = tree_of()
    with pytest.raises(UncheckableError, match="cannot be read") as caught:
        verifier.materialise(trust_tree(), _Streams(source), DirectorySink(tmp_path / "x"))
    assert caught.value.detail["path"] == RUN


class _Streams:
    """A tree whose streams for one file fail."""

    def __init__(self, below: MemoryTree) -> None:
        self.below = below
        self.name = below.name

    def files(self) -> Sequence[TreeFile]:
        return self.below.files()

    def open(self, path: RelPath) -> BinaryIO:
        if path == RUN:
            return _Failing()  # type: ignore[return-value]
        return MemoryTree(self.name, self.below.contents).open(path)


class _Failing:
    def read(self, size: int = -1) -> bytes:
        raise OSError(5, f"Input/output error at {size}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        return None


@pytest.mark.parametrize(
    "path",
    ["VERSION.json", "version.json/x", ".claude-plugin/Plugin.sigstore.json", ".claude-plugin/plugin.sigstore.json/x"],
)
def test_record_that_gets_in_the_way_of_our_files_is_refused(path: str) -> None:
    """A trusted signer may have made a mistake; half a tree would be worse than none."""
    files = {**forge.FILES, path: b"x"}
    tree = tree_of(forge.signed(data=forge.payload(files), files=files))
    with pytest.raises(ContentMismatchError, match="cannot keep it apart"):
        verifier.check_content(trust_tree(tree), tree)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other ways to forbid reading")
def test_file_that_may_not_be_read_is_uncheckable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may well be the signed one."""
    root = write_tree(tmp_path / forge.NAME, forge.signed())
    opened = os.open

    def refuse(path: object, *args: int, **kwargs: int) -> int:
        if str(path).endswith(RUN):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)  # type: ignore[arg-type]

    source = open_built(root)
    trusted = verifier.authenticate(source, policy_of(), Circumstances(NOW))
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UncheckableError, match="permission denied") as caught:
        verifier.check_content(trusted, source)
    assert caught.value.step == 7
