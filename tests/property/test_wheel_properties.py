"""Whatever is done to a wheel: it is unpacked as it was, or refused with a reason."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugintool.build.python_lib import WheelOrigin
from plugintool.build.wheels import Library
from plugintool.digest import sha256
from plugintool.errors import PlugintoolError
from tests.vendor_world import wheel_files, zipped

FILES = wheel_files(files={"tick/sub/größe.py": b"x = 1\n", "tick-1.0.data/scripts/tick": b"#!python\n"})
GOOD = zipped(FILES)
EXPECTED = {path.replace("tick-1.0.data/scripts", "bin"): data for path, data in FILES.items()}


def unpacked(data: bytes) -> dict[str, bytes]:
    """Unpack a wheel and read what is there."""
    with tempfile.TemporaryDirectory() as place:
        wheel = Path(place) / "tick-1.0-py3-none-any.whl"
        wheel.write_bytes(data)
        library = Library(Path(place) / "lib")
        library.add(wheel, WheelOrigin(name="tick", version="1.0", file_name=wheel.name, sha256=sha256(data)))
        assert sorted(path.name for path in Path(place).iterdir()) == ["lib", wheel.name]
        root = Path(place) / "lib"
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_wheel_of_these_tests_is_good() -> None:
    assert unpacked(GOOD) == EXPECTED


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
@example(0, 1)
@example(len(GOOD) - 1, 255)
def test_a_flipped_byte_changes_no_content(position: int, mask: int) -> None:
    """Times and the like may differ; a file that differs, or is somewhere else, is refused."""
    data = GOOD[:position] + bytes([GOOD[position] ^ mask]) + GOOD[position + 1 :]
    with contextlib.suppress(PlugintoolError):
        assert unpacked(data) == EXPECTED


@settings(max_examples=100)
@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.binary(max_size=8))
def test_what_is_cut_or_put_in_changes_no_content(start: int, end: int, more: bytes) -> None:
    data = GOOD[: min(start, end)] + more + GOOD[max(start, end) :]
    with contextlib.suppress(PlugintoolError):
        assert unpacked(data) == EXPECTED


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "../x",
                "/x",
                "a/../b",
                "tick/__init__.py",
                "tick-1.0.data/../x",
                "tick-1.0.data/scripts/../../x",
                "tick-1.0.data/purelib/../../../x",
                "A.py",
                "a.py",
                "tick-1.0.data/data/tick/__init__.py",
            ]
        ),
        st.binary(max_size=4),
        max_size=4,
    )
)
def test_names_lead_nowhere_else(files: dict[str, bytes]) -> None:
    """With a RECORD that agrees with each of them."""
    with contextlib.suppress(PlugintoolError):
        assert all(".." not in path for path in unpacked(zipped(wheel_files(files=files))))
