"""The corpus of hostile archives (fixtures/archives/make_archives.py) against our reader and what stands on it.

Its generator shares no code with ours and can lie in every field. A ``reject`` case whose fault is in the container is
refused by ``open_archive``, an ``accept`` case only for a reason of the canonical profile: devices unpack archives with
another reader, so only the one form is taken (docs/reference/archives.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugintool.device.verify import verify_artifacts
from plugintool.errors import ArchiveError, InputError, LimitExceededError
from plugintool.tree.zip_profile import ARCHIVE_RULES
from plugintool.tree.zip_reader import open_archive
from tests.archive_cases import ALL_CASES, CASES, CORPUS, write
from tests.device_world import NOW, policy_bytes

IN_ANOTHER_FORM = {
    "ok_utf8_name": "C06",
    "ok_emoji_name": "C06",
    "ok_central_order": "C06",
    "ok_nested_zip": "C06",
    "ok_quine_inside": "C06",
    "ok_2000_files": "C06",
    "ok_depth_20": "C06",
    "ok_markers_in_data": "C06",
    "ok_leading_dash": "C06",
    "bomb_nested_8": "C06",
    "ok_descriptor_sig": "C10",
    "ok_descriptor_nosig": "C10",
    "ok_extended_time": "C12",
    "ok_unix_uid_extra": "C12",
    "ok_unicode_path_same": "C12",
    "ok_zip64_end_records": "C14",
    "ok_zip64_entry": "C12",
    "hdr_entry_comment": "C15",
}
"""Harmless archives that are not what our writer emits, and the rule that they break."""
TAKEN = {"ok_deflate", "ok_empty_file"}
"""Harmless archives that happen to be in the canonical form."""
GOOD_CONTAINERS = {"bomb_quine_top"}
"""Bad, but not as containers, besides the whole category ``manifest``: it holds nothing but a copy of itself."""
PATH_RULES = {f"C{number}" for number in range(16, 24)}


REJECT = [case for case in CASES if case.verdict == "reject"]
ACCEPT = [case for case in CASES if case.verdict == "accept"]
FAULTY_CONTAINERS = [case for case in REJECT if case.cat != "manifest" and case.name not in GOOD_CONTAINERS]


def read_all(path: Path) -> dict[str, bytes]:
    """Every file of an archive, each to its end."""
    with open_archive(path) as tree:
        return {file.path: tree.open(file.path).read() for file in tree.files()}


def test_the_corpus_is_whole() -> None:
    """No case is lost, none has two names, and every case is in exactly one of our lists."""
    assert len({case.name for case in CASES}) == len(CASES) == 145
    assert {case.name for case in ACCEPT} == TAKEN | IN_ANOTHER_FORM.keys()
    assert len(FAULTY_CONTAINERS) >= 105


@pytest.mark.parametrize("case", FAULTY_CONTAINERS, ids=lambda case: case.name)
def test_a_faulty_container_is_refused(case: Any, tmp_path: Path) -> None:
    """With the number of a rule, and nothing is on the disk afterwards."""
    path = write(case, tmp_path)
    with pytest.raises(InputError) as caught:
        read_all(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    if isinstance(caught.value, ArchiveError):
        assert caught.value.rule in ARCHIVE_RULES.keys() | PATH_RULES
    else:
        assert isinstance(caught.value, LimitExceededError)
        assert "C25" in caught.value.message


@pytest.mark.parametrize("case", ACCEPT, ids=lambda case: case.name)
def test_a_harmless_archive_is_refused_for_its_form_only(case: Any, tmp_path: Path) -> None:
    """By exactly the rule of the table; what is in the canonical form is taken."""
    path = write(case, tmp_path)
    if case.name in TAKEN:
        assert read_all(path)["manifest.json"] == CORPUS.MJ
        return
    with pytest.raises(ArchiveError) as caught:
        read_all(path)
    assert caught.value.rule == IN_ANOTHER_FORM[case.name]


@pytest.mark.parametrize(
    "case", [case for case in ACCEPT if IN_ANOTHER_FORM.get(case.name) == "C06"], ids=lambda case: case.name
)
def test_sorted_it_is_taken(case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the order stood against it: names, content and size are fine."""
    build = CORPUS.Z.build

    def build_sorted(archive: Any) -> bytes:
        archive.entries.sort(key=lambda entry: entry.name)
        archive.order = None
        made: bytes = build(archive)
        return made

    monkeypatch.setattr(CORPUS.Z, "build", build_sorted)
    assert len(read_all(write(case, tmp_path))) >= 2


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_nothing_of_the_corpus_is_verified(case: Any, tmp_path: Path) -> None:
    """The verifier says no, in its own words, to every file: exit code 3, never an error of another kind."""
    path, policy = write(case, tmp_path), tmp_path / "policy.json"
    policy.write_bytes(policy_bytes())
    report = verify_artifacts([path], trust_policy=policy, now=NOW)
    assert report.exit_code == 3
    assert sorted(found.name for found in tmp_path.iterdir()) == sorted([path.name, policy.name])


@pytest.mark.parametrize("case", [case for case in ALL_CASES if case.danger != "big"], ids=lambda case: case.name)
def test_the_generator_is_deterministic(case: Any) -> None:
    """Twice the same bytes, so that a finding can be told by its name."""
    assert case.make() == case.make()
