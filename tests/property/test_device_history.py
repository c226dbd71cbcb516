"""Any history of commands on a device, against a model of what must be there afterwards."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from plugintool.device.change import PluginChange
from plugintool.report import Report
from tests.device_world import NAME, World, error_code, only_value

SEQUENCES = st.integers(1, 6)
PLATFORMS = st.sampled_from(["macos", "windows"])
DAMAGES = st.sampled_from(["added", "mode", "version", "gone"])


class DeviceHistory(RuleBasedStateMachine):
    """The model: what is installed, the highest sequence, whether it is held, whether something was damaged."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="plugintool-history-"))
        self.current: int | None = None
        self.highest = 0
        self.held = False
        self.previous: list[int] = []
        self.is_damaged = False
        self.switches = 0

    @initialize(platform=PLATFORMS)
    def set_up(self, platform: str) -> None:
        self.world = World(self.base / "world", platform=platform)
        self.world.init()

    @rule(sequence=SEQUENCES, dry_run=st.booleans())
    def install(self, sequence: int, dry_run: bool) -> None:
        report = self.world.install(self.world.artifact(f"{sequence}.0.0", sequence), dry_run=dry_run)
        expected = self._expected_action(sequence)
        if expected == "refused":
            assert report.exit_code == 4
            is_held = self.held and self.current is not None
            assert error_code(report) == ("held" if is_held else "rollback")
            return
        assert only_value(report).action == expected
        if not dry_run and expected != "nothing":
            self._switch_to(sequence, held=self.held and self.current is not None)

    @rule()
    def revert(self) -> None:
        report = self.world.revert()
        if self.current is None or not self.previous:
            assert report.exit_code == 4
            return
        target = self.previous[0]
        only_value(report)
        self._switch_to(target, held=True)

    @rule()
    def unhold(self) -> None:
        report = self.world.unhold()
        self._expect_installed(report)
        if self.current is not None:
            self.held = False

    @rule()
    def uninstall(self) -> None:
        report = self.world.uninstall()
        if self.highest == 0:
            assert report.exit_code == 4
            return
        assert only_value(report).action == ("nothing" if self.current is None else "uninstall")
        if self.current is not None:
            self.previous = [self.current, *self.previous]
            self.current, self.held, self.is_damaged = None, False, False

    @rule()
    def repair(self) -> None:
        report = self.world.repair(NAME)
        self._expect_installed(report)
        if self.current is not None:
            assert only_value(report).action == ("repair" if self.is_damaged else "nothing")
            self.switches += self.is_damaged
            self.is_damaged = False

    @precondition(lambda self: self.current is not None and not self.is_damaged)
    @rule(damage=DAMAGES)
    def damage(self, damage: str) -> None:
        """What a repair can undo."""
        seen = self.world.seen
        if damage == "added":
            (seen / "added.txt").write_text("x")
        elif damage == "mode":
            (seen / "hooks/run.sh").chmod(0o600)
        elif damage == "version":
            (seen / "version.json").unlink()
        elif seen.is_symlink():
            seen.unlink()
        else:
            shutil.rmtree(seen)
        self.is_damaged = True

    @invariant()
    def the_app_sees_what_the_model_says(self) -> None:
        if self.is_damaged or not hasattr(self, "world"):
            return
        expected = None if self.current is None else f"{self.current}.0.0"
        assert self.world.visible_version() == expected
        assert self.world.audit_codes() == []

    @invariant()
    def the_receipt_remembers(self) -> None:
        if self.highest:
            receipt = self.world.receipt
            assert (receipt.highest_sequence, receipt.held, receipt.settle) == (self.highest, self.held, self.switches)
            assert [version.sequence for version in receipt.previous] == self.previous

    @invariant()
    def nothing_is_left_over(self) -> None:
        if hasattr(self, "world"):
            assert list(self.world.layout.staging.iterdir()) == []
            assert not self.world.layout.journal.exists()
            assert {path.name for path in self.world.layout.org_plugins.iterdir()} <= {NAME}

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    def _expected_action(self, sequence: int) -> str:
        if sequence == self.current:
            return "repair" if self.is_damaged else "nothing"
        if (self.held and self.current is not None) or sequence < self.highest:
            return "refused"
        return "install" if self.current is None else "update"

    def _switch_to(self, sequence: int, *, held: bool) -> None:
        before = [] if self.current is None else [self.current]
        self.previous = [number for number in (*before, *self.previous) if number != sequence]
        self.current, self.held, self.is_damaged = sequence, held, False
        self.highest = max(self.highest, sequence)
        self.switches += 1

    def _expect_installed(self, report: Report[PluginChange]) -> None:
        assert report.exit_code == (4 if self.current is None else 0)


def test_any_history_ends_as_the_model_says() -> None:
    """Install, revert, unhold, uninstall, repair and damage, in any order, on both layouts."""
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        DeviceHistory,
        settings=settings(max_examples=60, stateful_step_count=14, deadline=None, suppress_health_check=checks),
    )
