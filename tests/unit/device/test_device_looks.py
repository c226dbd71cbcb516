"""``device status``, ``audit`` and ``paths``: they look, and write nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.device.audit import AUDIT_CODES
from plugintool.device.paths import show_paths
from plugintool.device.status import PluginStatus, show_status
from plugintool.errors import UntrustedLocationError
from plugintool.report import Report, Severity
from tests.device_world import NAME, OTHER_KEY, World, policy_bytes, write_tree


@pytest.fixture(params=["macos", "windows"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    world = World(tmp_path, platform=request.param)
    world.init()
    world.installed("1.0.0", 10)
    return world


def _status(world: World, *names: str) -> Report[PluginStatus]:
    return show_status(names, layout=world.layout, now=world.now)


def _state(world: World) -> str:
    (outcome,) = _status(world).outcomes
    assert outcome.value is not None
    return outcome.value.state.value


# -- status ------------------------------------------------------------------------------------------------------


def test_status_tells_version_state_and_what_is_stored(world: World) -> None:
    world.installed("2.0.0", 20)
    world.revert()
    (outcome,) = _status(world).outcomes
    assert outcome.value is not None
    value = outcome.value.as_json()
    wanted = {"name": NAME, "version": "1.0.0", "sequence": 10, "state": "intact", "held": True, "highest_sequence": 20}
    assert {key: value[key] for key in wanted} == wanted
    assert [version.version for version in outcome.value.previous] == ["2.0.0"]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda world: None, "intact"),
        (lambda world: (world.seen / "hooks/run.sh").write_text("evil"), "modified"),
        (lambda world: (world.seen / "added.txt").write_text("added"), "modified"),
        (lambda world: (world.seen / "version.json").unlink(), "modified"),
        (lambda world: _take_away(world.seen), "missing"),
        (lambda world: shutil.rmtree(world.layout.store / NAME), "missing"),
        (lambda world: world.layout.journal.write_bytes(_journal(world)), "changing"),
    ],
)
def test_status_tells_what_the_app_sees(world: World, change: Callable[[World], object], state: str) -> None:
    change(world)
    assert _state(world) == state
    assert _status(world).exit_code == 0


def _take_away(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def _journal(world: World) -> bytes:
    from plugintool.install import journal  # noqa: PLC0415 - only for this

    return journal.render(journal.Change("update", world.receipt))


def test_status_leaves_out_what_was_uninstalled(world: World) -> None:
    world.uninstall()
    assert _status(world).outcomes == ()
    assert _status(world, NAME).exit_code == 4


def test_status_of_an_unknown_name_is_an_error(world: World) -> None:
    report = _status(world, NAME, "acme-none")
    assert [outcome.error is None for outcome in report.outcomes] == [True, False]
    assert report.exit_code == 4


def test_status_of_a_damaged_receipt_is_an_error_of_that_plugin(world: World) -> None:
    world.layout.receipt(NAME).write_text("{}")
    report = _status(world)
    assert report.exit_code == 4
    assert report.outcomes[0].subject == NAME


def test_looking_needs_trusted_places(world: World) -> None:
    world.layout.store.chmod(0o777)
    with pytest.raises(UntrustedLocationError):
        _status(world)
    with pytest.raises(UntrustedLocationError):
        world.audit()


def test_what_vanishes_while_looking_is_an_error_of_that_plugin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installer may collect an old version at that moment: no crash, and the other plugins are still told."""

    def gone(*args: object, **options: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "somewhere")

    monkeypatch.setattr("plugintool.device.status.find_differences", gone)
    monkeypatch.setattr("plugintool.device.audit.find_differences", gone)
    for report in (_status(world), world.audit()):
        (outcome,) = report.outcomes
        assert outcome.error is not None
        assert outcome.error.exit_code == 4
        assert "at that moment" in outcome.error.message


@pytest.mark.parametrize("name", ["../trust-policy", "..", "", "/etc/passwd", "a/b", ".plugintool", "x\x1b"])
def test_a_name_never_becomes_a_path(world: World, name: str) -> None:
    """A receipt or a store outside their directories is never looked at."""
    (world.layout.state / "outside.json").write_bytes(world.layout.receipt(NAME).read_bytes())
    assert _status(world, name).exit_code == 4
    assert world.audit(name).exit_code == 4
    for change in (world.uninstall(name), world.unhold(name), world.repair(name)):
        assert change.exit_code == 4
    assert world.visible_version() == "1.0.0"


# -- audit -------------------------------------------------------------------------------------------------------


def test_a_clean_audit_has_no_findings_and_exit_code_0(world: World) -> None:
    report = world.audit()
    assert report.exit_code == 0
    (outcome,) = report.outcomes
    assert outcome.value is not None
    assert (outcome.value.is_clean, outcome.value.as_json()["ours"]) == (True, True)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda world: (world.seen / "hooks/run.sh").write_text("evil"), ["AU001"]),
        (lambda world: (world.seen / "added.txt").write_text("x"), ["AU002"]),
        (lambda world: (world.seen / "hooks/run.sh").unlink(), ["AU002", "AU003"]),
        (lambda world: (world.seen / "hooks/run.sh").chmod(0o644), ["AU004"]),
        (lambda world: (world.seen / "hooks/run.sh").chmod(0o777), ["AU004", "AU006"]),
        (lambda world: (world.seen / "skills").chmod(0o777), ["AU006"]),
        (lambda world: (world.seen / "version.json").write_text('{"version": "9"}'), ["AU007"]),
        (lambda world: _take_away(world.seen), ["AU003"]),
        (lambda world: world.init(policy_bytes(OTHER_KEY)), ["AU008"]),
        (lambda world: world.layout.journal.write_bytes(_journal(world)), ["AU009"]),
    ],
)
def test_each_change_has_its_code(world: World, change: Callable[[World], object], codes: list[str]) -> None:
    change(world)
    assert world.audit_codes() == codes
    assert world.audit().exit_code == 1
    assert world.audit(NAME).exit_code == 1


def test_a_revoked_version_is_found(world: World) -> None:
    current = world.receipt.current
    assert current is not None
    world.init(policy_bytes(revoked_digests=(current.digest,)))
    assert world.audit_codes() == ["AU008"]


def test_what_is_not_ours_is_listed_and_does_not_fail(world: World) -> None:
    write_tree(world.layout.org_plugins / "theirs", {"x": b"x"})
    os.symlink("/etc", world.layout.org_plugins / "link")
    report = world.audit()
    findings = [finding for outcome in report.outcomes for finding in outcome.findings]
    assert [outcome.subject for outcome in report.outcomes] == [NAME, "link", "theirs"]
    assert {(finding.code, finding.severity) for finding in findings} == {("AU010", Severity.INFO)}
    assert report.exit_code == 0
    assert [outcome.subject for outcome in world.audit(NAME).outcomes] == [NAME]


def test_an_uninstalled_plugin_is_not_audited(world: World) -> None:
    world.uninstall()
    assert world.audit().outcomes == ()
    assert world.audit(NAME).exit_code == 4
    assert world.audit("acme-none").exit_code == 4


def test_a_damaged_signature_file_is_found(world: World) -> None:
    current = world.receipt.current
    assert current is not None
    stored = world.layout.stored(NAME, current.directory)
    (stored / ".claude-plugin/plugin.sigstore.json").write_text("{}")
    assert "AU008" in world.audit_codes()


def test_the_audit_itself_changes_nothing(world: World) -> None:
    (world.seen / "added.txt").write_text("x")
    before = {str(path): os.lstat(path).st_ctime_ns for path in world.root.rglob("*")}
    world.audit()
    _status(world)
    assert {str(path): os.lstat(path).st_ctime_ns for path in world.root.rglob("*")} == before


def test_every_code_says_what_to_do(root: Path) -> None:
    """And is described in the reference."""
    page = (root / "docs/reference/device-files.md").read_text("utf-8")
    for code, (title, hint) in AUDIT_CODES.items():
        assert title
        assert hint
        assert f"`{code}`" in page, code


def test_hints_name_the_plugin(world: World) -> None:
    (world.seen / "added.txt").write_text("x")
    (outcome,) = world.audit().outcomes
    assert outcome.findings[0].hint == f"plugintool device repair {NAME}"
    assert outcome.findings[0].location.path == "added.txt"


# -- paths -------------------------------------------------------------------------------------------------------


def test_paths_tell_where_everything_is_and_what_is_there(world: World) -> None:
    value = show_paths(world.layout).outcomes[0].value
    assert value is not None
    places = {place.purpose: place for place in value.places}
    assert places["org_plugins"].path == world.layout.org_plugins
    assert places["trust_policy"].exists
    assert not places["journal"].exists
    assert value.as_json()["mode"] == world.layout.mode
