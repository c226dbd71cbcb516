"""Surveys: every entry of any directory has exactly one fate, and what is listed can be opened and lies inside."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.errors import UnsafePathError
from plugintool.relpath import RelPath
from plugintool.tree.copy import record_of
from plugintool.tree.directory import LinkFate, Survey, open_built, survey
from plugintool.tree.memory import MemoryTree
from plugintool.tree.sink import DirectorySink

NAMES = st.sampled_from(["a", "b", "c", "B", ".git", "nul", "d.", "e\u0301", "\u00e9", "x y"])
PLACES = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TARGETS = st.lists(st.sampled_from(["a", "b", "c", ".", "..", ".git", "out"]), min_size=1, max_size=4).map("/".join)
STEPS = st.lists(
    st.tuples(st.just("file"), PLACES, st.binary(max_size=3).map(bytes.hex))
    | st.tuples(st.just("directory"), PLACES, st.just(""))
    | st.tuples(st.just("link"), PLACES, TARGETS | TARGETS.map("/".__add__))
    | st.tuples(st.just("fifo"), PLACES, st.just("")),
    max_size=10,
)
SAFE_FILES = st.dictionaries(
    st.lists(st.sampled_from(["a", "b", "c-", "\u00e9", "\U00010000"]), min_size=1, max_size=3).map("/".join),
    st.binary(max_size=20),
    max_size=6,
)
Step = tuple[str, str, str]


@contextmanager
def planted(steps: list[Step]) -> Iterator[Path]:
    """A directory made by a list of steps; a step that the disk refuses is left out."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "demo"
        root.mkdir()
        (Path(name) / "out").write_bytes(b"outside")
        for kind, place, what in steps:
            try:
                plant(root / place, kind, what)
            except OSError:
                continue
        yield root


def plant(path: Path, kind: str, what: str) -> None:
    parent = path.parent
    parent.mkdir(parents=True, exist_ok=True)
    if not os.path.realpath(parent).endswith("demo") and "/demo/" not in os.path.realpath(parent):
        return  # through a planted link to the outside
    if kind == "file":
        with open(path, "xb") as target:
            target.write(bytes.fromhex(what))
    elif kind == "directory":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(what)
    else:
        os.mkfifo(path)


def entries_on_disk(root: Path) -> set[str]:
    """Every entry without following links, by an independent walk that does not look into .git or bad names."""
    found = set()
    for place, directories, files in os.walk(root):
        prefix = os.path.relpath(place, root)
        for name in directories + files:
            found.add(name if prefix == "." else f"{prefix}/{name}")
        directories[:] = [name for name in directories if name not in {".git", "nul", "d.", "e\u0301"}]
    return found


def entries_told(found: Survey) -> list[str]:
    direct = [str(path) for path, source in found.sources.items() if source.via is None]
    linked = {str(link.path) for link in found.links}
    real_directories = [str(path) for path in found.directories if str(path) not in linked]
    bad = [entry.raw for entry in found.bad if entry.raw not in linked]
    return [*direct, *linked, *real_directories, *bad, *found.version_control]


@settings(max_examples=150)
@given(STEPS)
def test_every_entry_has_exactly_one_fate(steps: list[Step]) -> None:
    """Source, link, directory, bad or version control: none is lost and none is told twice."""
    with planted(steps) as root:
        found = survey(root)
        followed = [str(link.path) for link in found.links if link.fate is LinkFate.INSIDE and link.to_directory]
        told = [path for path in entries_told(found) if not path.startswith(tuple(f"{link}/" for link in followed))]
        assert len(told) == len(set(told))
        assert set(told) == entries_on_disk(root)


@settings(max_examples=150)
@given(STEPS)
def test_what_is_listed_lies_inside_and_opens(steps: list[Step]) -> None:
    """No file from elsewhere, none of a repository, and the size is the one that was told."""
    with planted(steps) as root:
        found = survey(root)
        assert list(found.sources) == sorted(found.sources)
        for path, source in found.sources.items():
            real = os.path.realpath(root / path)
            assert real.startswith(f"{os.path.realpath(root)}/")
            assert ".git" not in real.split("/")
            with found.open(path) as stream:
                assert len(stream.read()) == source.size


@settings(max_examples=100)
@given(STEPS)
def test_a_built_tree_is_a_survey_without_anything_else(steps: list[Step]) -> None:
    """``open_built`` refuses exactly what holds links, bad entries, repositories or colliding names."""
    with planted(steps) as root:
        found = survey(root)
        strange = bool(found.links or found.bad or found.version_control)
        try:
            tree = open_built(root)
        except UnsafePathError as error:
            assert strange or error.rule == "C22"  # noqa: PT017 - both outcomes are judged
        else:
            assert not strange
            assert list(tree.files()) == found.files()


@settings(max_examples=100)
@given(SAFE_FILES)
def test_memory_and_disk_agree(contents: dict[str, bytes]) -> None:
    """A tree written through a sink and read back has the same record."""
    memory = MemoryTree("demo", contents)
    try:
        record = record_of(memory)
    except UnsafePathError:
        return  # a file that is also a parent
    with tempfile.TemporaryDirectory() as name:
        sink = DirectorySink(Path(name) / "demo")
        for path, data in contents.items():
            with sink.create(RelPath(path), executable=False) as target:
                target.write(data)
        sink.finish()
        assert record_of(open_built(sink.root)) == record
