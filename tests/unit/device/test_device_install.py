"""``device install``: what it does to a device, and what it refuses."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from plugintool.device.install import install
from plugintool.errors import UntrustedLocationError
from plugintool.install.layout import LINK
from tests.device_world import (
    KEY,
    NAME,
    NOW,
    OTHER_KEY,
    World,
    error_code,
    only_value,
    plugin_files,
    policy_bytes,
    read_tree,
    sign_files,
    write_tree,
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.init()
    return world


@pytest.fixture
def windows(tmp_path: Path) -> World:
    world = World(tmp_path, platform="windows")
    world.init()
    return world


def _snapshot(root: Path) -> dict[str, tuple[int, int, int]]:
    """Every name below a directory with what changes when it is touched."""
    found = {}
    for path in sorted(root.rglob("*")):
        info = os.lstat(path)
        found[str(path)] = (info.st_ino, info.st_ctime_ns, info.st_mode)
    return found


def test_a_signed_tree_is_installed_as_a_link_into_the_store(world: World) -> None:
    change = only_value(world.install(world.artifact("1.0.0", 10)))
    assert (change.name, change.action, change.before) == (NAME, "install", None)
    assert world.seen.is_symlink()
    assert world.visible_version() == "1.0.0"
    assert world.audit_codes() == []


def test_the_link_is_relative_so_that_an_image_can_be_moved(world: World, tmp_path: Path) -> None:
    world.installed("1.0.0", 10)
    moved = tmp_path / "elsewhere"
    world.root.rename(moved)
    assert (moved / world.seen.relative_to(world.root) / "hooks/run.sh").is_file()


def test_an_archive_gives_the_same_as_a_tree(world: World) -> None:
    only_value(world.install(world.archive("1.0.0", 10)))
    assert world.visible_version() == "1.0.0"
    assert only_value(world.install(world.artifact("1.0.0", 10))).action == "nothing"


def test_modes_come_from_the_record_not_from_disk_or_umask(world: World) -> None:
    """Executables are 0755, everything else 0644, whatever the artifact's modes."""
    artifact = world.artifact("1.0.0", 10)
    for path in artifact.rglob("*"):
        path.chmod(0o777)
    old = os.umask(0o077)
    try:
        only_value(world.install(artifact))
    finally:
        os.umask(old)
    top = world.seen.resolve()
    modes = {path.relative_to(top).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in top.rglob("*")}
    assert modes.pop("hooks/run.sh") == 0o755
    assert {mode for path, mode in modes.items() if (top / path).is_file()} == {0o644}
    assert {mode for path, mode in modes.items() if (top / path).is_dir()} == {0o755}
    assert stat.S_IMODE(world.layout.receipt(NAME).stat().st_mode) == 0o644
    assert stat.S_IMODE(world.layout.lock.stat().st_mode) == 0o600


def test_version_json_is_settled_after_every_switch(world: World) -> None:
    """The suffix counts up and never repeats, so the app sees a new text every time."""
    texts = []
    for version, sequence in (("1.0.0", 10), ("2.0.0", 20)):
        world.installed(version, sequence)
        texts.append(json.loads((world.seen / "version.json").read_text())["version"])
    world.revert()
    texts.append(json.loads((world.seen / "version.json").read_text())["version"])
    assert [text.rpartition(".")[2] for text in texts] == ["1", "2", "3"]
    assert texts[0].startswith("1.0.0+")
    assert texts[2].startswith("1.0.0+")


def test_the_receipt_tells_who_signed_and_what_was_there(world: World) -> None:
    world.installed("1.0.0", 10)
    world.installed("2.0.0", 20)
    receipt = world.receipt
    assert receipt.current is not None
    assert (receipt.mode, receipt.highest_sequence, receipt.settle, receipt.held) == (LINK, 20, 2, False)
    assert receipt.current.signers == (KEY.key_id,)
    assert receipt.current.policy == "acme"
    assert receipt.current.installed_at == NOW
    assert [(old.version, old.until) for old in receipt.previous] == [("1.0.0", NOW)]


def test_installing_the_same_again_changes_nothing_that_counts(world: World) -> None:
    """Neither the plugin, nor the store, nor the receipt is touched."""
    artifact = world.artifact("1.0.0", 10)
    only_value(world.install(artifact))
    before = [_snapshot(place) for place in (world.layout.org_plugins, world.layout.store, world.layout.receipts)]
    change = only_value(world.install(artifact))
    after = [_snapshot(place) for place in (world.layout.org_plugins, world.layout.store, world.layout.receipts)]
    assert (change.action, change.is_change) == ("nothing", False)
    assert before == after


def test_a_higher_sequence_updates_also_to_a_lower_version(world: World) -> None:
    """The sequence orders releases, the version is only a name."""
    world.installed("2.0.0", 10)
    change = world.installed("1.0.0", 11)
    assert change.action == "update"
    assert world.visible_version() == "1.0.0"


def test_a_lower_sequence_is_a_rollback(world: World) -> None:
    world.installed("2.0.0", 20)
    report = world.install(world.artifact("1.0.0", 10))
    assert (report.exit_code, error_code(report)) == (4, "rollback")
    assert world.visible_version() == "2.0.0"


def test_other_content_under_the_same_sequence_is_a_rollback(world: World) -> None:
    world.installed("1.0.0", 10)
    report = world.install(world.artifact("1.0.0", 10, extra={"more.txt": "more"}))
    assert error_code(report) == "rollback"


def test_an_older_release_stays_out_after_uninstall(world: World) -> None:
    world.installed("2.0.0", 20)
    assert world.uninstall().exit_code == 0
    assert error_code(world.install(world.artifact("1.0.0", 10))) == "rollback"
    assert only_value(world.install(world.artifact("2.0.0", 20))).action == "install"


def test_an_older_release_stays_out_when_the_receipt_is_lost(world: World) -> None:
    """Then the stored statements say what was seen."""
    world.installed("2.0.0", 20)
    world.layout.receipt(NAME).unlink()
    assert error_code(world.install(world.artifact("1.0.0", 10))) == "rollback"
    assert world.audit_codes() == ["AU011"]


def test_a_lost_receipt_is_written_again_by_installing_the_same(world: World) -> None:
    world.installed("2.0.0", 20)
    world.layout.receipt(NAME).unlink()
    assert world.installed("2.0.0", 20).action == "repair"
    assert world.receipt.settle == 2
    assert world.audit_codes() == []


def test_a_changed_installed_file_is_repaired_by_installing_the_same(world: World) -> None:
    """Into a fresh directory: the one that a reader may hold is not written to."""
    world.installed("1.0.0", 10)
    first = world.seen.resolve()
    (world.seen / "hooks/run.sh").write_text("evil")
    assert world.installed("1.0.0", 10).action == "repair"
    assert world.visible_version() == "1.0.0"
    assert world.seen.resolve() != first
    assert (first / "hooks/run.sh").read_text() == "evil"
    assert [retired.directory for retired in world.receipt.retired] == [first.name]
    assert world.audit_codes() == []


def test_a_foreign_directory_is_never_touched(world: World) -> None:
    write_tree(world.seen, {"mine.txt": b"mine"})
    report = world.install(world.artifact("1.0.0", 10))
    assert (report.exit_code, error_code(report)) == (4, "foreign-directory")
    assert read_tree(world.seen) == {"mine.txt": b"mine"}
    assert not world.layout.receipt(NAME).exists()


def test_a_foreign_link_is_never_touched(world: World, tmp_path: Path) -> None:
    world.seen.symlink_to(tmp_path)
    assert error_code(world.install(world.artifact("1.0.0", 10))) == "foreign-directory"
    assert os.readlink(world.seen) == str(tmp_path)


def test_a_directory_in_the_place_of_our_link_is_not_touched(world: World) -> None:
    """A receipt that tells of a link does not make a directory ours."""
    world.installed("1.0.0", 10)
    world.seen.unlink()
    write_tree(world.seen, {"mine.txt": b"mine"})
    assert error_code(world.install(world.artifact("2.0.0", 20))) == "foreign-directory"
    assert read_tree(world.seen) == {"mine.txt": b"mine"}


def test_a_name_in_other_letter_case_is_refused(world: World) -> None:
    """macOS and Windows would take both for one directory."""
    world.init(policy_bytes(scope=["*"]))
    world.installed("1.0.0", 10)
    files = sign_files(
        {".claude-plugin/plugin.json": b'{"name": "Acme-Review"}'}, name="Acme-Review", version="", sequence=1
    )
    report = world.install(write_tree(world.base / "other" / "Acme-Review", files))
    assert error_code(report) == "foreign-directory"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"skills/review/SKILL.md": b"changed"}, "content-mismatch"),
        ({"added.txt": b"added"}, "content-mismatch"),
        ({".claude-plugin/plugin.sigstore.json": b"{}"}, "signature-invalid"),
    ],
)
def test_what_is_not_verified_is_not_installed(world: World, change: dict[str, bytes], code: str) -> None:
    artifact = write_tree(world.artifact("1.0.0", 10), change)
    report = world.install(artifact)
    assert (report.exit_code, error_code(report)) == (3, code)
    assert list(world.layout.org_plugins.iterdir()) == []
    assert list(world.layout.store.iterdir()) == []
    assert list(world.layout.staging.iterdir()) == []


def test_a_stranger_s_key_is_not_trusted(world: World) -> None:
    report = world.install(world.artifact("1.0.0", 10, key=OTHER_KEY))
    assert (report.exit_code, error_code(report)) == (3, "signer-untrusted")


def test_verification_comes_before_the_rollback_rule(world: World) -> None:
    """A tampered old artifact is reported as tampered, in a dry run as well."""
    world.installed("2.0.0", 20)
    artifact = write_tree(world.artifact("1.0.0", 10), {"added.txt": b"added"})
    assert error_code(world.install(artifact)) == "content-mismatch"
    assert error_code(world.install(artifact, dry_run=True)) == "content-mismatch"


def test_an_archive_that_is_none_is_not_verified(world: World) -> None:
    path = world.base / "broken.zip"
    path.write_bytes(b"PK nonsense")
    assert world.install(path).exit_code == 3


def test_a_missing_artifact_is_an_input_error(world: World) -> None:
    report = world.install(world.base / "nowhere")
    assert (report.exit_code, error_code(report)) == (1, "path-missing")


def test_each_artifact_ends_on_its_own_and_the_highest_code_counts(world: World) -> None:
    good, bad = world.artifact("1.0.0", 10), world.base / "nowhere"
    report = world.install(bad, good)
    assert [outcome.error is None for outcome in report.outcomes] == [False, True]
    assert report.exit_code == 1
    assert world.visible_version() == "1.0.0"


def test_a_directory_of_artifacts_means_all_of_them(world: World) -> None:
    world.archive("1.0.0", 10)
    world.archive("2.0.0", 20)
    report = world.install(world.base)
    assert [outcome.error for outcome in report.outcomes] == [None, None]
    assert world.visible_version() == "2.0.0"


def test_a_dry_run_decides_the_same_and_writes_nothing(world: World) -> None:
    world.installed("1.0.0", 10)
    before = _snapshot(world.root)
    update = only_value(world.install(world.artifact("2.0.0", 20), dry_run=True))
    refused = world.install(world.artifact("0.9.0", 9), dry_run=True)
    assert (update.action, update.dry_run) == ("update", True)
    assert update.as_json()["would_change"] is True
    assert update.as_json()["changed"] is False
    assert update.after is not None
    assert update.after.version == "2.0.0"
    assert (refused.exit_code, error_code(refused)) == (4, "rollback")
    assert _snapshot(world.root) == before


def test_without_init_nothing_is_installed(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.root.mkdir()
    with pytest.raises(UntrustedLocationError, match="not set up"):
        world.install(world.artifact("1.0.0", 10))


def test_without_a_trust_policy_nothing_is_installed(world: World) -> None:
    world.layout.trust_policy.unlink()
    with pytest.raises(UntrustedLocationError, match="no trust policy"):
        world.install(world.artifact("1.0.0", 10))


def test_a_trust_policy_that_others_can_write_is_not_read(world: World) -> None:
    world.layout.trust_policy.chmod(0o666)
    with pytest.raises(UntrustedLocationError, match="can write"):
        world.install(world.artifact("1.0.0", 10))


def test_only_the_current_the_previous_and_the_recent_versions_are_kept(world: World) -> None:
    """Within a day everything stays, since a reader may still hold it."""
    for number in range(1, 5):
        world.installed(f"{number}.0.0", number)
    assert len(list((world.layout.store / NAME).glob("*.statement.json"))) == 4
    world.now = NOW.replace(day=26)
    world.installed("5.0.0", 5)
    kept = [version.version for version in world.receipt.previous]
    assert kept == ["4.0.0"]
    directories = {path.name for path in (world.layout.store / NAME).iterdir() if path.is_dir()}
    assert directories == world.receipt.directories
    assert list(world.layout.staging.iterdir()) == []


def test_a_new_signature_over_the_same_statement_replaces_the_stored_one(world: World) -> None:
    """So that a plugin signed again after a key was lost can be re-verified on the device."""
    files = plugin_files("1.0.0")
    first = write_tree(world.base / "a" / NAME, sign_files(files, version="1.0.0", sequence=10))
    again = write_tree(world.base / "b" / NAME, sign_files(files, version="1.0.0", sequence=10, key=OTHER_KEY))
    only_value(world.install(first))
    world.init(policy_bytes(OTHER_KEY))
    assert world.audit_codes() == ["AU008"]
    assert only_value(world.install(again)).action == "repair"
    assert world.audit_codes() == []


def test_what_a_policy_of_level_audit_lets_pass_is_told(world: World) -> None:
    artifact = world.artifact("1.0.0", 10)
    record = json.loads((artifact / "version.json").read_text())["version"]
    assert record.startswith("1.0.0+")
    change = only_value(world.install(artifact))
    assert change.reported == ()
    assert replace(change, reported=("step 5",)).as_json()["reported"] == ["step 5"]


def test_windows_gets_real_files(windows: World) -> None:
    windows.installed("1.0.0", 10)
    assert windows.seen.is_dir()
    assert not windows.seen.is_symlink()
    assert windows.visible_version() == "1.0.0"
    assert windows.audit_codes() == []


def test_windows_updates_file_by_file(windows: World) -> None:
    """Files go, files come, a file becomes a directory and the other way round."""
    windows.installed("1.0.0", 10, extra={"gone/a.txt": "a", "turns": "file", "tree/x": "x", "same.txt": "same"})
    same = (windows.seen / "same.txt").stat().st_ino
    windows.installed("2.0.0", 20, extra={"turns/b.txt": "b", "tree": "file", "same.txt": "same", "new/c": "c"})
    assert windows.visible_version() == "2.0.0"
    files = read_tree(windows.seen)
    assert (files["turns/b.txt"], files["tree"], files["new/c"]) == (b"b", b"file", b"c")
    assert not (windows.seen / "gone").exists()
    assert (windows.seen / "same.txt").stat().st_ino == same
    assert windows.audit_codes() == []
    assert {path.name for path in windows.layout.org_plugins.iterdir()} == {NAME}


def test_windows_keeps_a_change_of_letter_case(windows: World) -> None:
    windows.installed("1.0.0", 10, extra={"README.md": "one"})
    windows.installed("2.0.0", 20, extra={"Readme.md": "two"})
    assert "Readme.md" in read_tree(windows.seen)
    assert windows.audit_codes() == []


def test_windows_repairs_what_was_changed_in_place(windows: World) -> None:
    windows.installed("1.0.0", 10)
    (windows.seen / "hooks/run.sh").write_text("evil")
    (windows.seen / "added.txt").write_text("added")
    (windows.seen / ".claude-plugin/plugin.sigstore.json").unlink()
    (windows.seen / "skills/review/SKILL.md").chmod(0o755)
    assert windows.installed("1.0.0", 10).action == "repair"
    assert windows.visible_version() == "1.0.0"
    assert windows.audit_codes() == []


def test_our_own_directory_becomes_a_link_where_links_are_used(windows: World) -> None:
    """A device that was switched file by file is moved to links by the next change."""
    windows.installed("1.0.0", 10)
    link = World(windows.base)
    link.init()
    for place in ("receipts", "store"):
        (link.layout.state / place).rmdir()
        (windows.layout.state / place).rename(link.layout.state / place)
    windows.seen.rename(link.seen)
    assert link.installed("2.0.0", 20).action == "update"
    assert link.seen.is_symlink()
    assert link.visible_version() == "2.0.0"
    assert link.audit_codes() == []
    assert list(link.layout.staging.iterdir()) == []


def test_no_outcome_is_no_report_of_success(world: World) -> None:
    """An empty list of artifacts is an empty report."""
    assert install([], options=world.options(), now=NOW).outcomes == ()
