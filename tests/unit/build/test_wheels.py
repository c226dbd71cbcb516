"""Wheels: the right one with a locked hash, unpacked exactly as its RECORD says, or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.tags import Tag, parse_tag, sys_tags

from plugintool import limits
from plugintool.build.python_lib import WheelOrigin
from plugintool.build.wheels import Library, Wheel, copy_wheel, find_wheels, open_wheel, take_wheels
from plugintool.errors import ArchiveError, BuildError, InputError, LimitExceededError, MalformedFileError
from plugintool.formats.python_lock import LockedDistribution, PythonLock
from tests.vendor_world import PLATFORM_TAG, sha256_of, wheel_files, write_wheel, zipped

TAGS = [Tag("cp311", "cp311", "manylinux_2_17_x86_64"), Tag("cp311", "abi3", "manylinux_2_17_x86_64")]
TAGS += [Tag("py3", "none", "any")]
INFO = "tick-1.0.dist-info"


def lock(*wheels: Path, version: str = "1.0", name: str = "tick", **members: Any) -> PythonLock:
    hashes = frozenset(f"sha256:{sha256_of(wheel)}" for wheel in wheels)
    found = LockedDistribution(name=name, version=version, **{"hashes": hashes, **members})
    return PythonLock("requirements.txt", (found,))


def take(directory: Path, wanted: PythonLock, tmp_path: Path) -> list[tuple[Path, WheelOrigin]]:
    into = tmp_path / "copies"
    into.mkdir()
    return take_wheels(wanted, find_wheels(directory, TAGS), into)


def refusal(directory: Path, wanted: PythonLock, tmp_path: Path) -> str:
    with pytest.raises(BuildError) as caught:
        take(directory, wanted, tmp_path)
    (problem,) = caught.value.detail["problems"]
    return problem


# -- choosing --------------------------------------------------------------------------------------------------------


def test_wheels_are_found_by_name_with_how_well_they_fit(tmp_path: Path) -> None:
    for name in ("b-1.0-py3-none-any.whl", "A_x-2.0-1-cp311-abi3-manylinux_2_17_x86_64.whl", "c-1-py3-none-win32.whl"):
        (tmp_path / name).touch()
    for name in ("notes.txt", "broken.whl", "d-1.tar.gz"):
        (tmp_path / name).touch()
    found = find_wheels(tmp_path, TAGS)
    assert [(one.name, one.version, one.rank, one.build) for one in found] == [
        ("a-x", "2.0", 1, (1, "")),
        ("b", "1.0", 2, ()),
        ("c", "1", None, ()),
    ]


def test_a_directory_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the directory of wheels cannot be read"):
        find_wheels(tmp_path / "nothing", TAGS)


def test_the_wheel_with_the_locked_hash_is_copied(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels")
    ((copy, origin),) = take(tmp_path / "wheels", lock(wheel), tmp_path)
    assert copy.parent == tmp_path / "copies"
    assert copy.read_bytes() == wheel.read_bytes()
    assert origin == WheelOrigin(name="tick", version="1.0", file_name=wheel.name, sha256=sha256_of(wheel))  # type: ignore[arg-type]


def test_the_best_fitting_wheel_is_taken(tmp_path: Path) -> None:
    generic = write_wheel(tmp_path / "wheels")
    fast = write_wheel(tmp_path / "wheels", tags=(PLATFORM_TAG,))
    other = write_wheel(tmp_path / "wheels", tags=("cp311-cp311-win_amd64",))
    ((copy, _),) = take(tmp_path / "wheels", lock(generic, fast, other), tmp_path)
    assert copy.name == fast.name


def test_among_equals_the_later_build_is_taken(tmp_path: Path) -> None:
    first = write_wheel(tmp_path / "wheels")
    second = first.with_name("tick-1.0-2-py3-none-any.whl")
    second.write_bytes(first.read_bytes())
    ((copy, _),) = take(tmp_path / "wheels", lock(first), tmp_path)
    assert copy.name == second.name


def test_a_wheel_that_fits_less_well_is_taken_when_only_its_hash_is_locked(tmp_path: Path) -> None:
    """The lock file decides, not the directory."""
    generic = write_wheel(tmp_path / "wheels")
    write_wheel(tmp_path / "wheels", tags=(PLATFORM_TAG,))
    ((copy, _),) = take(tmp_path / "wheels", lock(generic), tmp_path)
    assert copy.name == generic.name


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1"])
def test_versions_are_compared_as_versions(version: str, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels")
    wanted = lock(wheel, version=version)
    ((_, origin),) = take(tmp_path / "wheels", wanted, tmp_path)
    assert origin.version == "1.0"


def test_a_wrong_hash_is_told_with_what_it_is(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels")
    wanted = lock(hashes=frozenset({f"sha256:{'0' * 64}"}))
    problem = refusal(tmp_path / "wheels", wanted, tmp_path)
    assert problem == f"tick 1.0: {wheel.name} has another hash than the lock file (sha256:{sha256_of(wheel)})"


def test_a_missing_wheel_is_told(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    assert refusal(tmp_path / "wheels", lock(), tmp_path) == "tick 1.0: there is no wheel"


def test_wheels_for_other_systems_are_named(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels", tags=("cp311-cp311-win_amd64",))
    problem = refusal(tmp_path / "wheels", lock(wheel), tmp_path)
    assert problem == f"tick 1.0: only wheels for other systems: {wheel.name}"


def test_a_version_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    assert refusal(tmp_path / "wheels", lock(version="latest"), tmp_path) == "tick latest: not a version"


def test_all_that_is_missing_is_told(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    names = [LockedDistribution(name=name, version="1", hashes=frozenset()) for name in ("a", "b")]
    with pytest.raises(BuildError, match="2 of 2 distributions cannot be taken") as caught:
        take(tmp_path / "wheels", PythonLock("requirements.txt", tuple(names)), tmp_path)
    assert len(caught.value.detail["problems"]) == 2


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_other_strong_hashes_are_checked(algorithm: str, tmp_path: Path) -> None:
    import hashlib  # noqa: PLC0415

    wheel = write_wheel(tmp_path / "wheels")
    digits = hashlib.new(algorithm, wheel.read_bytes()).hexdigest()
    assert len(take(tmp_path / "wheels", lock(hashes=frozenset({f"{algorithm}:{digits}"})), tmp_path)) == 1


def test_the_url_of_the_lock_file_goes_with_the_wheel(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels")
    ((_, origin),) = take(tmp_path / "wheels", lock(wheel, urls={wheel.name: "https://x.example/w"}), tmp_path)
    assert origin.url == "https://x.example/w"


def test_a_wheel_that_is_no_file_is_refused(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels")
    wanted = lock(wheel)
    wheel.unlink()
    os.mkfifo(wheel)
    with pytest.raises(InputError, match="not a regular file"):
        take(tmp_path / "wheels", wanted, tmp_path)


def test_a_wheel_that_is_too_large_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = write_wheel(tmp_path / "wheels")
    monkeypatch.setattr(limits, "ARCHIVE_BYTES", 10)
    with pytest.raises(LimitExceededError):
        copy_wheel(wheel, tmp_path)


def test_the_tags_of_the_running_python_rank(tmp_path: Path) -> None:
    (tmp_path / "x-1-py3-none-any.whl").touch()
    (found,) = find_wheels(tmp_path, list(sys_tags()))
    assert found.rank is not None
    assert parse_tag("py3-none-any") <= frozenset(sys_tags())


# -- unpacking -------------------------------------------------------------------------------------------------------


def origin_of(path: Path, name: str = "tick", version: str = "1.0") -> WheelOrigin:
    return WheelOrigin(name=name, version=version, file_name=path.name, sha256=sha256_of(path))  # type: ignore[arg-type]


def unpack(tmp_path: Path, *wheels: Path) -> dict[str, bytes]:
    library = Library(tmp_path / "lib")
    for wheel in wheels:
        library.add(wheel, origin_of(wheel, wheel.name.split("-")[0]))
    found = (path for path in (tmp_path / "lib").rglob("*") if path.is_file())
    return {path.relative_to(tmp_path / "lib").as_posix(): path.read_bytes() for path in found}


def test_a_wheel_is_unpacked_byte_for_byte(tmp_path: Path) -> None:
    files = wheel_files(files={"tick/data/größe.txt": b"x", "tick/sub/m.py": b""})
    assert unpack(tmp_path, write_wheel(tmp_path, broken=files)) == files


def test_parts_of_data_go_where_pip_puts_them(tmp_path: Path) -> None:
    """With ``--target``: modules and data into the library, scripts into ``bin``; headers nowhere."""
    data = "tick-1.0.data"
    files = {
        f"{data}/purelib/pure.py": b"1",
        f"{data}/platlib/plat.py": b"2",
        f"{data}/data/share/x": b"3",
        f"{data}/scripts/tick": b"#!python\n",
        f"{data}/headers/tick.h": b"4",
        f"{data}/odd": b"5",
    }
    found = unpack(tmp_path, write_wheel(tmp_path, files=files))
    added = {path: data for path, data in found.items() if INFO not in path and not path.startswith("tick/")}
    assert added == {"pure.py": b"1", "plat.py": b"2", "share/x": b"3", "bin/tick": b"#!python\n"}


def test_two_wheels_share_a_file_that_is_the_same(tmp_path: Path) -> None:
    """Packages of one namespace have the same empty ``__init__``."""
    one = write_wheel(tmp_path, "one", files={"ns/__init__.py": b""})
    two = write_wheel(tmp_path, "two", files={"ns/__init__.py": b"", "ns/two.py": b"2"})
    assert unpack(tmp_path, one, two)["ns/two.py"] == b"2"


def test_two_wheels_with_different_files_of_one_name_are_refused(tmp_path: Path) -> None:
    one = write_wheel(tmp_path, "one", files={"ns/__init__.py": b"1"})
    two = write_wheel(tmp_path, "two", files={"ns/__init__.py": b"2"})
    with pytest.raises(BuildError, match=r"one-1.0-.*whl and two-1.0-.*whl have different files of one name"):
        unpack(tmp_path, one, two)


def with_record(files: Mapping[str, bytes], old: bytes, new: bytes) -> dict[str, bytes]:
    record = f"{INFO}/RECORD"
    assert old in files[record]
    return {**files, record: files[record].replace(old, new)}


GOOD = wheel_files()
BROKEN: dict[str, tuple[dict[str, bytes], str]] = {
    "a file that RECORD does not name": ({**GOOD, "extra.py": b"x"}, "extra.py: not in RECORD"),
    "a file that is not there": (
        {path: data for path, data in GOOD.items() if path != "tick/__init__.py"},
        "tick/__init__.py: in RECORD and not in the wheel",
    ),
    "a file with other content": (
        {**GOOD, "tick/__init__.py": b"NAME = 'tock'\n"},
        "tick/__init__.py: not as in RECORD",
    ),
    "a file without a hash": (
        {**GOOD, f"{INFO}/RECORD": GOOD[f"{INFO}/RECORD"] + b"tick/new.py,,\n", "tick/new.py": b""},
        "tick/new.py: without a hash",
    ),
    "a path that leaves": (
        {**GOOD, f"{INFO}/RECORD": GOOD[f"{INFO}/RECORD"] + b"../up.py,,\n"},
        "../up.py: unsafe path: the path holds a '..' segment (C17)",
    ),
    "no RECORD": ({path: data for path, data in GOOD.items() if "RECORD" not in path}, f"{INFO}/RECORD is missing"),
    "no WHEEL": ({path: data for path, data in GOOD.items() if "/WHEEL" not in path}, f"{INFO}/WHEEL is missing"),
    "a later format": (
        wheel_files(files={f"{INFO}/WHEEL": b"Wheel-Version: 2.0\n"}),
        "Wheel-Version: 2.0",
    ),
    "no format": (wheel_files(files={f"{INFO}/WHEEL": b"\n"}), "Wheel-Version: none"),
    "no metadata": ({"tick/__init__.py": b""}, "no *.dist-info directory"),
    "metadata of two": ({**GOOD, "other-1.dist-info/METADATA": b""}, "other-1.dist-info"),
    "metadata of another": (wheel_files("tock"), "tock-1.0.dist-info"),
    "metadata of another version": (wheel_files(version="2.0"), "tick-2.0.dist-info"),
    "metadata of no version": (wheel_files(version="one"), "tick-one.dist-info"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_wheel_that_is_not_what_it_says_is_refused(case: str, tmp_path: Path) -> None:
    files, said = BROKEN[case]
    wheel = write_wheel(tmp_path, broken=files)
    with pytest.raises(MalformedFileError) as caught:
        unpack(tmp_path, wheel)
    assert caught.value.detail["path"] == wheel.name
    assert said in caught.value.detail["problems"]


def test_many_problems_are_counted(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, broken={**GOOD, **{f"extra/{number}.py": b"" for number in range(50)}})
    with pytest.raises(MalformedFileError) as caught:
        unpack(tmp_path, wheel)
    assert caught.value.detail["problems"][-1] == "and 30 more"


def test_signatures_of_record_need_no_hash(tmp_path: Path) -> None:
    files = {**GOOD, f"{INFO}/RECORD.jws": b"{}", f"{INFO}/RECORD.p7s": b""}
    assert f"{INFO}/RECORD.jws" in unpack(tmp_path, write_wheel(tmp_path, broken=files))


@pytest.mark.parametrize(
    ("name", "rule"),
    [("../up.py", "C17"), ("/etc/x", "C17"), ("a\\b.py", "C17"), ("CON.py", "C19"), ("a:b", "C18"), (".git/x", "C21")],
)
def test_a_hostile_name_is_refused_by_its_rule(name: str, rule: str, tmp_path: Path) -> None:
    """RECORD may even agree with it."""
    wheel = write_wheel(tmp_path, files={name: b"x"})
    with pytest.raises(ArchiveError) as caught:
        unpack(tmp_path, wheel)
    assert caught.value.rule == rule
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [wheel.name]


def test_a_hostile_data_directory_is_refused(tmp_path: Path) -> None:
    """What is left of a name when its scheme is taken away is a path again."""
    assert "bin/x" in unpack(tmp_path, write_wheel(tmp_path, files={"tick-1.0.data/scripts/x": b"1"}))


@pytest.mark.parametrize(
    "data", [b"", b"not a zip", zipped(GOOD)[:-10], zipped(GOOD) + b"x", b"x" + zipped(GOOD)], ids=range(5)
)
def test_what_is_no_clean_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path)
    wheel.write_bytes(data)
    with pytest.raises(ArchiveError):
        unpack(tmp_path, wheel)


def test_a_link_in_a_wheel_is_refused(tmp_path: Path) -> None:
    import io  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in GOOD.items():
            archive.writestr(zipfile.ZipInfo(path), data)
        link = zipfile.ZipInfo("tick/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    wheel = write_wheel(tmp_path)
    wheel.write_bytes(out.getvalue())
    with pytest.raises(ArchiveError) as caught:
        unpack(tmp_path, wheel)
    assert caught.value.rule == "C23"


def test_directories_in_a_wheel_are_fine(tmp_path: Path) -> None:
    """Some tools write them."""
    with open_wheel(write_wheel(tmp_path, broken={"tick/": b"", **GOOD})) as tree:
        assert {file.path for file in tree.files()} == GOOD.keys()


def test_a_record_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WHEEL_RECORD_BYTES", 10)
    with pytest.raises(LimitExceededError) as caught:
        unpack(tmp_path, write_wheel(tmp_path))
    assert caught.value.detail["path"].endswith(f"!{INFO}/RECORD")


def test_a_wheel_knows_its_place(tmp_path: Path) -> None:
    path = write_wheel(tmp_path)
    (found,) = find_wheels(tmp_path, TAGS)
    assert found == Wheel(path=path, name="tick", version="1.0", rank=2, build=())
