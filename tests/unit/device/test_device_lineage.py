"""A device that has seen a key give up the right to sign does not forget it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plugintool.device.audit import audit
from plugintool.device.revert import revert
from plugintool.errors import DamagedStateError, InstallError
from plugintool.install.lineages import read_lineages, remember_lineages
from plugintool.install.state import DeviceState
from plugintool.verify.lineage import Link
from tests import vector_forge as forge
from tests.device_world import QuickFs, World, error_code, only_value, write_tree
from tests.vector_cases_lineage import FIRST, FOLLOW_A, A, B, C, lineage, place
from tests.vector_forge import key_id, signed


class Fleet(World):
    """A device, and releases of one plugin with lineage files."""

    def release(self, number: int, *lineages: Mapping[str, bytes], by: str) -> Path:
        """Write a signed built tree."""
        files = {**forge.FILES, "notes.md": b"release %d\n" % number}
        data = forge.payload(files, sequence=forge.SEQUENCE + number)
        tree = signed(by, data=data, files=files)
        for one in lineages:
            tree.update(one)
        return write_tree(self.base / "releases" / f"{number}-{by}-{len(lineages)}" / forge.NAME, tree)

    def sequences(self) -> Any:
        """The file of what was seen."""
        return [] if not self.layout.lineages.exists() else json.loads(self.layout.lineages.read_text())["lineages"]

    def revert_it(self) -> Any:
        return revert(forge.NAME, to=None, options=self.options(), now=self.now)


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """A device whose policy follows the lineage of the first key."""
    made = Fleet(tmp_path / "world")
    made.init(json.dumps(FOLLOW_A).encode())
    return made


GONE = lineage(A, B, keep=())


def test_the_old_key_is_refused_after_it_was_seen_to_give_up(fleet: Fleet) -> None:
    """Even by an artifact that leaves the lineage out, and on another day."""
    only_value(fleet.install(fleet.release(1, by=A)))
    only_value(fleet.install(fleet.release(2, GONE, by=B)))
    assert error_code(fleet.install(fleet.release(3, by=A))) == "signer-untrusted"
    assert fleet.sequences() == [{"keep": [], "new": key_id(B), "old": key_id(A), "sequence": FIRST}]


def test_what_the_first_of_two_artifacts_says_holds_for_the_second(fleet: Fleet) -> None:
    """One command with both."""
    first, second = fleet.install(fleet.release(2, GONE, by=B), fleet.release(3, by=A)).outcomes
    assert first.error is None
    assert second.error is not None
    assert second.error.code == "signer-untrusted"


def test_lineage_files_are_installed_as_they_were_checked(fleet: Fleet) -> None:
    """They stand beside the signature, so that the stored version can be verified again."""
    only_value(fleet.install(fleet.release(1, GONE, by=B)))
    assert (fleet.layout.destination(forge.NAME) / place(B)).read_bytes() == GONE[place(B)]
    assert audit((), layout=fleet.layout, now=fleet.now).exit_code == 0


def test_a_changed_lineage_file_is_found(fleet: Fleet) -> None:
    """The audit verifies what is stored again."""
    only_value(fleet.install(fleet.release(1, GONE, by=B)))
    (fleet.layout.destination(forge.NAME) / place(B)).unlink()
    assert [finding.code for outcome in audit((), layout=fleet.layout, now=fleet.now).outcomes
            for finding in outcome.findings] == ["AU008"]  # fmt: skip


def test_the_same_release_with_another_lineage_file_is_repaired(fleet: Fleet) -> None:
    """What travels with the content is part of what is installed."""
    assert only_value(fleet.install(fleet.release(1, by=A))).action.value == "install"
    assert only_value(fleet.install(fleet.release(1, lineage(A, B), by=A))).action.value == "repair"
    assert only_value(fleet.install(fleet.release(1, lineage(A, B), by=A))).action.value == "nothing"


def test_nothing_is_remembered_of_what_was_refused(fleet: Fleet) -> None:
    """A stranger's artifact, one with other content, a dry run."""
    broken = fleet.release(4, GONE, by=B)
    (broken / "notes.md").write_text("other")
    assert error_code(fleet.install(broken)) == "content-mismatch"
    assert error_code(fleet.install(fleet.release(5, lineage("stranger", C), by="stranger"))) == "signer-untrusted"
    only_value(fleet.install(fleet.release(6, GONE, by=B), dry_run=True))
    assert fleet.sequences() == []
    only_value(fleet.install(fleet.release(7, by=A)))


def test_a_release_of_the_old_key_is_not_reverted_to(fleet: Fleet) -> None:
    """Who wants to go back lets the old key keep its right for a while."""
    only_value(fleet.install(fleet.release(1, by=A)))
    only_value(fleet.install(fleet.release(2, GONE, by=B)))
    assert error_code(fleet.revert_it()) == "signer-untrusted"


def test_a_release_of_an_old_key_that_signs_on_is_reverted_to(fleet: Fleet) -> None:
    """A successor alone takes nothing away."""
    only_value(fleet.install(fleet.release(1, by=A)))
    only_value(fleet.install(fleet.release(2, lineage(A, B), by=B)))
    assert only_value(fleet.revert_it()).action.value == "revert"


def test_the_audit_names_what_the_old_key_signed(fleet: Fleet) -> None:
    """A plugin that was not updated yet, while another one brought the news."""
    only_value(fleet.install(fleet.release(1, by=A)))
    state = DeviceState(fleet.layout, QuickFs())
    remember_lineages(state, [Link(sequence=FIRST, old=key_id(A), new=key_id(B), keeps_signing=False)])
    (finding,) = [finding for one in audit((), layout=fleet.layout, now=fleet.now).outcomes for finding in one.findings]
    assert finding.code == "AU008"


# -- the file ----------------------------------------------------------------------------------------------------


def link(old: str, new: str, *, keeps_signing: bool = False, sequence: int = FIRST) -> Link:
    return Link(sequence=sequence, old=key_id(old), new=key_id(new), keeps_signing=keeps_signing)


def test_reads_what_was_remembered(fleet: Fleet) -> None:
    """One link a key, the last."""
    state = DeviceState(fleet.layout, QuickFs())
    assert read_lineages(fleet.layout) == ()
    remember_lineages(state, [link(A, B, keeps_signing=True), link(C, "p256")])
    seen = remember_lineages(state, [link(A, B, sequence=FIRST + 1)])
    assert set(seen) == set(read_lineages(fleet.layout)) == {link(A, B, sequence=FIRST + 1), link(C, "p256")}


def test_nothing_new_writes_nothing(fleet: Fleet) -> None:
    """The usual case costs one read."""
    state = DeviceState(fleet.layout, QuickFs())
    remember_lineages(state, [link(A, B)])
    before = fleet.layout.lineages.stat().st_ino
    remember_lineages(state, [link(A, B)])
    assert fleet.layout.lineages.stat().st_ino == before


ODD: dict[str, Any] = {
    "empty": b"",
    "list": b"[]",
    "no_version": b'{"lineages": []}',
    "version": b'{"lineages_version": 2, "lineages": []}',
    "no_list": b'{"lineages_version": 1, "lineages": {}}',
    "text": b'{"lineages_version": 1, "lineages": ["x"]}',
    "members": b'{"lineages_version": 1, "lineages": [{"old": 1}]}',
    "keep": json.dumps({"lineages_version": 1, "lineages": [{"old": "0" * 64, "new": "1" * 64, "keep": ["x"],
                                                             "sequence": 1}]}).encode(),
    "key": json.dumps({"lineages_version": 1, "lineages": [{"old": "0", "new": "1" * 64, "keep": [],
                                                            "sequence": 1}]}).encode(),
    "sequence": json.dumps({"lineages_version": 1, "lineages": [{"old": "0" * 64, "new": "1" * 64, "keep": [],
                                                                 "sequence": True}]}).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ODD))
def test_a_damaged_file_stops_everything(fleet: Fleet, name: str) -> None:
    """Nothing is installed by a device that cannot say what it has seen."""
    fleet.layout.lineages.write_bytes(ODD[name])
    with pytest.raises(DamagedStateError, match="our own state cannot be read"):
        fleet.install(fleet.release(1, by=A))


def test_too_much_to_remember_installs_nothing(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file never becomes one that cannot be read again."""
    monkeypatch.setattr("plugintool.limits.LINEAGES_BYTES", 100)
    with pytest.raises(InstallError, match="more successors of keys"):
        remember_lineages(DeviceState(fleet.layout, QuickFs()), [link(A, B)])
    assert not fleet.layout.lineages.exists()
