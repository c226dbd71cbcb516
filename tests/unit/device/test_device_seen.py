"""A device does not forget how late it is, nor which revocation lists it has seen."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.device.audit import audit
from plugintool.device.init import init
from plugintool.device.repair import repair
from plugintool.device.revert import revert
from plugintool.errors import DamagedStateError, InstallError, UntrustedLocationError
from plugintool.install.seen import Seen, read_seen, remember_seen
from plugintool.install.state import DeviceState
from tests import authority_world as world
from tests import vector_cases_certificates as made
from tests import vector_forge as forge
from tests.authority_world import NOW
from tests.device_world import QuickFs, World, error_code, only_value, write_tree
from tests.signing_world import trust_tree

DAY = dt.timedelta(days=1)
PEOPLE = world.family()


class Fleet(World):
    """A device, and releases that are stamped."""

    def release(self, number: int, *stamps: Callable[[bytes], bytes]) -> Path:
        files = {**forge.FILES, "notes.md": b"release %d\n" % number}
        data = forge.payload(files, sequence=forge.SEQUENCE + number)
        tree = made.tree(made.signature_by(PEOPLE.leaf, data=data, stamps=stamps), files=files)
        return write_tree(self.base / "releases" / f"{number}-{len(stamps)}" / forge.NAME, tree)

    def give_lists(self, number: int) -> None:
        """Put lists of both authorities on the device."""
        for name, issuer in (("root", PEOPLE.root), ("intermediate", PEOPLE.intermediate)):
            (self.layout.revocation_lists / f"{name}.crl").write_bytes(world.revoke(issuer, number=number))

    def file(self) -> Any:
        return json.loads(self.layout.seen.read_text())

    def at(self, moment: dt.datetime) -> Fleet:
        self.now = moment
        return self


def fleet_with(tmp_path: Path, **members: Any) -> Fleet:
    fleet = Fleet(tmp_path / "world")
    fleet.init(json.dumps(made.rules(timestamp=made.stamped("after-expiry"), **members)).encode())
    return fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """A device whose policy knows an authority for time."""
    return fleet_with(tmp_path)


def test_the_time_rises_by_timestamps_only(fleet: Fleet) -> None:
    """Not by the clock of the device, which may be years ahead."""
    only_value(fleet.at(NOW + 30 * DAY).install(fleet.release(1)))
    assert not fleet.layout.seen.exists()
    only_value(fleet.install(fleet.release(2, made.stamp(NOW + DAY))))
    assert fleet.file() == {"seen_version": 1, "trusted_time": "2026-11-25T12:00:00Z", "lists": []}


def test_the_time_never_sinks(fleet: Fleet) -> None:
    """An older timestamp in a later release changes nothing."""
    fleet.at(NOW + 2 * DAY)
    only_value(fleet.install(fleet.release(1, made.stamp(NOW + DAY))))
    only_value(fleet.install(fleet.release(2, made.stamp(NOW))))
    assert read_seen(fleet.layout).trusted_time == NOW + DAY


@pytest.mark.parametrize(("behind", "code"), [(DAY, ""), (DAY + dt.timedelta(seconds=1), "uncheckable")])
def test_a_clock_that_was_set_back_is_not_believed(fleet: Fleet, behind: dt.timedelta, code: str) -> None:
    """A day is forgiven, a second more is not."""
    only_value(fleet.install(fleet.release(1, made.stamp(NOW))))
    report = fleet.at(NOW - behind).install(fleet.release(2))
    if code:
        assert error_code(report) == code
    else:
        only_value(report)


def test_the_refusal_names_step_and_moments(fleet: Fleet) -> None:
    """Step 4, what was proven and what the clock says."""
    only_value(fleet.install(fleet.release(1, made.stamp(NOW))))
    error = fleet.at(NOW - 3 * DAY).install(fleet.release(2)).outcomes[0].error
    assert error is not None
    assert error.detail["found"] == "2026-11-21T12:00:00Z"
    assert "2026-11-24T12:00:00Z" in error.detail["expected"]
    assert "clock" in error.message


def test_pinned_keys_go_on_by_a_wrong_clock(tmp_path: Path) -> None:
    """They depend on no time."""
    fleet = Fleet(tmp_path / "world")
    fleet.init()
    remember(fleet, proven_at=NOW)
    fleet.at(NOW - 400 * DAY).installed("1.0.0", 1)


def test_a_level_of_audit_reports_the_clock(tmp_path: Path) -> None:
    """And installs."""
    fleet = fleet_with(tmp_path, level="audit")
    remember(fleet, proven_at=NOW)
    change = only_value(fleet.at(NOW - 3 * DAY).install(fleet.release(1)))
    assert "clock" in change.reported[0]


def test_a_dry_run_remembers_nothing(fleet: Fleet) -> None:
    """It only looks."""
    only_value(fleet.install(fleet.release(1, made.stamp(NOW)), dry_run=True))
    assert not fleet.layout.seen.exists()


def test_what_is_there_already_is_remembered_too(fleet: Fleet) -> None:
    """A second install of the same release changes no plugin, but the file may be gone."""
    release = fleet.release(1, made.stamp(NOW))
    only_value(fleet.install(release))
    fleet.layout.seen.unlink()
    only_value(fleet.install(release))
    assert read_seen(fleet.layout).trusted_time == NOW


def test_nothing_is_remembered_of_what_is_refused(fleet: Fleet) -> None:
    """A right timestamp over changed files proves something, but for nobody here."""
    release = fleet.release(1, made.stamp(NOW))
    (release / "notes.md").write_bytes(b"changed\n")
    assert error_code(fleet.install(release)) == "content-mismatch"
    assert not fleet.layout.seen.exists()


@pytest.mark.parametrize("way", ["revert", "repair"])
def test_revert_and_repair_remember_too(fleet: Fleet, way: str) -> None:
    """They verify again."""
    only_value(fleet.install(fleet.release(1, made.stamp(NOW))))
    only_value(fleet.install(fleet.release(2, made.stamp(NOW))))
    fleet.layout.seen.unlink()
    if way == "revert":
        only_value(revert(forge.NAME, to=None, options=fleet.options(), now=fleet.now))
    else:
        fleet.layout.destination(forge.NAME).unlink()
        only_value(repair((), options=fleet.options(), now=fleet.now))
    assert read_seen(fleet.layout).trusted_time == NOW


def test_numbers_of_lists_rise(tmp_path: Path) -> None:
    """Each issuer has its own."""
    fleet = fleet_with(tmp_path, crl={"rule": "require"})
    fleet.give_lists(7)
    only_value(fleet.install(fleet.release(1)))
    seen = read_seen(fleet.layout).lists
    assert seen == {made.key_id_of(PEOPLE.root): 7, made.key_id_of(PEOPLE.intermediate): 7}


def test_an_older_list_does_not_count_any_more(tmp_path: Path) -> None:
    """Who holds the newer one back could hide a revocation."""
    fleet = fleet_with(tmp_path, crl={"rule": "require"})
    fleet.give_lists(7)
    only_value(fleet.install(fleet.release(1)))
    fleet.give_lists(6)
    report = fleet.install(fleet.release(2))
    assert error_code(report) == "uncheckable"
    assert report.outcomes[0].error is not None
    assert "lower than 7" in report.outcomes[0].error.message


BAD = (
    b"",
    b"{}",
    b"[]",
    b"\xff",
    b'{"seen_version": 2, "trusted_time": null, "lists": []}',
    b'{"seen_version": 1, "trusted_time": 5, "lists": []}',
    b'{"seen_version": 1, "trusted_time": "soon", "lists": []}',
    b'{"seen_version": 1, "trusted_time": null, "lists": {}}',
    b'{"seen_version": 1, "trusted_time": null, "lists": [1]}',
    b'{"seen_version": 1, "trusted_time": null, "lists": [{"issuer": "x", "number": "1"}]}',
    b'{"seen_version": 1, "trusted_time": null, "lists": [{"issuer": "%s", "number": 1}]}' % (b"a" * 64),
    b'{"seen_version": 1, "trusted_time": null, "lists": [{"issuer": "%s", "number": "-1"}]}' % (b"a" * 64),
    b'{"seen_version": 1, "trusted_time": null, "lists": [{"issuer": "%s", "number": "%s"}]}' % (b"a" * 64, b"9" * 51),
)


@pytest.mark.parametrize("data", BAD)
def test_a_damaged_file_stops_everything_and_says_a_way_out(fleet: Fleet, data: bytes) -> None:
    """It is not taken for an empty one."""
    release = fleet.release(1)
    fleet.layout.seen.write_bytes(data)
    with pytest.raises(DamagedStateError) as caught:
        fleet.install(release)
    assert caught.value.detail["path"] == str(fleet.layout.seen)
    assert "backup" in caught.value.detail["hint"]
    fleet.layout.seen.unlink()
    only_value(fleet.install(release))


def remember(fleet: Fleet, **facts: Any) -> Seen:
    """Let the device accept something that proves this."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    from plugintool.verify.verified import SEAL  # noqa: PLC0415 - a test plays the verifier

    state = DeviceState(fleet.layout, QuickFs())
    return remember_seen(state, replace(trust_tree(), seal=SEAL, **facts))


def test_nothing_is_written_when_nothing_rises(fleet: Fleet) -> None:
    """The file stays as it is."""
    remember(fleet, proven_at=NOW)
    before = fleet.layout.seen.stat()
    assert remember(fleet, proven_at=NOW - DAY).trusted_time == NOW
    assert fleet.layout.seen.stat().st_ino == before.st_ino


def test_large_numbers_are_kept_exactly(fleet: Fleet) -> None:
    """The number of a list has up to 20 octets."""
    issuer, number = made.key_id_of(PEOPLE.root), 2**159 - 1
    remember(fleet, list_numbers={issuer: number})
    assert read_seen(fleet.layout).lists == {issuer: number}


def test_too_many_issuers_are_refused(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be read again is not written."""
    monkeypatch.setattr("plugintool.limits.SEEN_BYTES", 50)
    with pytest.raises(InstallError, match="more issuers"):
        remember(fleet, proven_at=NOW)
    assert not fleet.layout.seen.exists()


def test_init_makes_the_directory_of_lists(fleet: Fleet) -> None:
    """And repairs it."""
    directory = fleet.layout.revocation_lists
    assert directory.is_dir()
    directory.chmod(0o777)
    assert init(None, options=fleet.options()).exit_code == 0
    assert directory.stat().st_mode & 0o777 == 0o755


def test_a_device_without_the_directory_goes_on(fleet: Fleet) -> None:
    """It was set up by an earlier version."""
    fleet.layout.revocation_lists.rmdir()
    only_value(fleet.install(fleet.release(1)))


@pytest.mark.parametrize("harm", ["directory", "file", "link", "link to directory"])
def test_lists_that_others_could_write_are_refused(fleet: Fleet, harm: str) -> None:
    """As the trust policy would be."""
    fleet.give_lists(1)
    directory, file = fleet.layout.revocation_lists, fleet.layout.revocation_lists / "root.crl"
    if harm == "directory":
        directory.chmod(0o777)
    elif harm == "file":
        file.chmod(0o666)
    elif harm == "link":
        os.symlink(file, directory / "other.crl")
    else:
        directory.rename(fleet.base / "elsewhere")
        os.symlink(fleet.base / "elsewhere", directory)
    with pytest.raises(UntrustedLocationError) as caught:
        fleet.install(fleet.release(1))
    assert str(directory) in caught.value.detail["path"]


def test_the_audit_judges_what_plugins_do(tmp_path: Path) -> None:
    """A policy that has become stricter is asked about what is installed."""
    fleet = fleet_with(tmp_path)
    only_value(fleet.install(fleet.release(1)))
    assert audit((), layout=fleet.layout, now=fleet.now).exit_code == 0
    fleet.init(json.dumps(made.rules(inventory={"executables": []})).encode())
    (finding,) = audit((), layout=fleet.layout, now=fleet.now).outcomes[0].findings
    assert (finding.code, "step 8" in finding.message) == ("AU008", True)
    assert "bin/run.sh" in finding.message
