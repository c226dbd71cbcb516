"""For arbitrary archives: what the strict reader takes, Python's reader sees alike; only our errors are raised."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.envelope.bundle_file import read_bundle, survey_bundle
from plugintool.envelope.mcpb_block import render_block
from plugintool.errors import ArchiveError, LimitExceededError
from plugintool.tree.zip_profile import CANONICAL, STRICT
from plugintool.tree.zip_reader import read_archive, survey_archive
from tests.archive_cases import CORPUS, MORE

E, Z = CORPUS.E, CORPUS.Z
NAMES = st.lists(
    st.one_of(
        st.text("abAB01_. -", min_size=1, max_size=5), st.sampled_from(["\u00e9", "\u65e5", "..", "con", "x~1", ""])
    ),
    min_size=1,
    max_size=3,
).map("/".join)
ENTRIES = st.builds(
    lambda name, data, method, mode, extra, descriptor, comment: E(
        name.encode(),
        data,
        method,
        mode,
        flags=0 if name.isascii() else 0x800,
        extra=extra,
        descriptor=descriptor if method else None,
        comment=comment,
    ),
    NAMES,
    st.binary(max_size=40),
    st.sampled_from([0, 8]),
    st.sampled_from([0, 0o100644, 0o100755, 0o120777, 0o40755]),
    st.sampled_from([b"", b"", CORPUS.xfield(0x5455, b"\1" + bytes(4)), CORPUS.xfield(0xCAFE, b"")]),
    st.sampled_from([None, None, "sig", "nosig"]),
    st.sampled_from([b"", b"", b"hello", b"PK"]),
)
ARCHIVES = st.builds(
    lambda entries, zip64: Z(entries, zip64=zip64).build(),
    st.lists(ENTRIES, min_size=1, max_size=4),
    st.sampled_from([None, None, "legit", "lie"]),
)


def read(data: bytes) -> dict[str, bytes] | None:
    """What our reader sees, None when it refuses."""
    try:
        tree = read_archive(io.BytesIO(data), profile=STRICT)
        return {file.path: tree.open(file.path).read() for file in tree.files()}
    except (ArchiveError, LimitExceededError):
        return None


@settings(deadline=None, max_examples=200)
@given(data=ARCHIVES)
def test_what_is_taken_is_seen_the_same_way(data: bytes) -> None:
    found = read(data)
    if found is not None:
        archive = zipfile.ZipFile(io.BytesIO(data))
        files = [info for info in archive.infolist() if not info.is_dir()]
        assert {info.filename: archive.read(info) for info in files} == found
        assert len(files) == len(found)


@settings(deadline=None, max_examples=200)
@given(data=ARCHIVES)
def test_a_survey_and_a_reader_agree(data: bytes) -> None:
    """The reader takes exactly what a survey finds nothing in."""
    survey = survey_archive(io.BytesIO(data), profile=STRICT)
    is_clean = not survey.breaches and not survey.content_breaches()
    assert (read(data) is not None) == is_clean


@settings(deadline=None, max_examples=100)
@given(data=ARCHIVES)
def test_the_canonical_form_is_part_of_the_strict_one(data: bytes) -> None:
    if not survey_archive(io.BytesIO(data), profile=CANONICAL).breaches:
        assert not survey_archive(io.BytesIO(data), profile=STRICT).breaches


BASE = [
    MORE.GOOD,
    MORE.d1(MORE.B)(),
    MORE.d2(MORE.B)(),
    CORPUS.plus(zip64="legit"),
    Z(CORPUS.base(descriptor="sig")).build(),
]


@settings(deadline=None, max_examples=400)
@given(
    base=st.sampled_from(BASE),
    position=st.floats(0, 1),
    length=st.integers(0, 30),
    filling=st.binary(max_size=30),
)
def test_any_splice_of_a_bundle_is_refused_or_read_alike(
    base: bytes, position: float, length: int, filling: bytes
) -> None:
    """Whatever was cut out or put in; a survey never raises, and finds nothing in what is taken."""
    at = int(position * len(base))
    data = base[:at] + filling + base[at + length :]
    survey = survey_bundle(io.BytesIO(data))
    try:
        bundle = read_bundle(io.BytesIO(data))
        found = {file.path: bundle.tree.open(file.path).read() for file in bundle.tree.files()}
    except (ArchiveError, LimitExceededError):
        assert survey.breaches or survey.archive.content_breaches()
        return
    assert not survey.breaches
    assert {"manifest.json", "server/index.js"} <= found.keys()


@settings(deadline=None, max_examples=200)
@given(data=st.one_of(st.binary(max_size=120), st.binary(max_size=120).map(lambda tail: b"PK\3\4" + tail)))
def test_any_bytes_can_be_surveyed(data: bytes) -> None:
    found: Any = survey_bundle(io.BytesIO(data))
    assert found.breaches


@settings(deadline=None, max_examples=200)
@given(der=st.binary(max_size=300))
def test_a_block_of_any_content_is_found_or_refused(der: bytes) -> None:
    """Never taken for an unsigned bundle, and never another content."""
    found = survey_bundle(io.BytesIO(MORE.GOOD + render_block(der)))
    rules = {breach.rule for breach in found.breaches}
    assert rules & {"C32", "C30", "C03"} or (found.block is not None and found.block.der == der)
