"""How a use case gets at the device: places checked, lock held, interrupted work finished, leftovers cleared."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from plugintool import limits
from plugintool.device.change import PluginChange
from plugintool.device.inventory import take_inventory
from plugintool.device.revocation_lists import read_lists
from plugintool.errors import InstallError, TrustPolicyError
from plugintool.install.fs import FileSystem, Fs
from plugintool.install.layout import Layout
from plugintool.install.lineages import read_lineages, remember_lineages
from plugintool.install.location import check_directories, check_revocation_lists, check_trust_policy
from plugintool.install.lock import hold_lock
from plugintool.install.receipt import Receipt, receipt_names
from plugintool.install.seen import read_seen, remember_seen
from plugintool.install.state import DeviceState, install_errors
from plugintool.install.transaction import recover
from plugintool.report import Report, collect
from plugintool.tree.directory import read_bounded
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.verified import TrustedStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOptions:
    """What every device command is told.

    Attributes:
        layout: where things are.
        lock_timeout: seconds to wait for another installer.
        dry_run: decide and check everything, write nothing.
        fs: the system calls; tests put others in their place.
    """

    layout: Layout
    lock_timeout: float = limits.LOCK_TIMEOUT_SECONDS
    dry_run: bool = False
    fs: FileSystem = field(default_factory=Fs)


@contextlib.contextmanager
def change_device(options: DeviceOptions) -> Iterator[DeviceState]:
    """Give access to the device for a change; with ``dry_run`` nothing is locked, finished or cleared.

    Raises:
        UntrustedLocationError: somebody else can write where we trust, or the device is not set up.
        LockHeldError: another installer is at work.
        DamagedStateError: the journal cannot be read.
        InstallError: the system refused.
    """
    check_directories(options.layout)
    state = DeviceState(options.layout, options.fs, dry_run=options.dry_run)
    if options.dry_run:
        yield state
        return
    with (
        install_errors(options.layout.state),
        hold_lock(options.layout.lock, timeout=options.lock_timeout),
        cleared_staging(state),
    ):
        state.clear_staging()
        change = recover(state)
        state.finished = None if change is None else (change.action, change.name)
        yield state


@dataclass(slots=True, kw_only=True)
class Session:
    """A device at work: its state, and who decides what may be installed at this moment; he learns on the way."""

    state: DeviceState
    judge: Judge

    @property
    def now(self) -> dt.datetime:
        """The moment for which everything is decided."""
        return self.judge.now

    @property
    def layout(self) -> Layout:
        """Where things are."""
        return self.state.layout

    @property
    def dry_run(self) -> bool:
        """Whether nothing may be written."""
        return self.state.dry_run

    def remember(self, trusted: TrustedStatement) -> None:
        """Keep what an artifact that passed all steps says about keys, times and lists, for the next and for ever.

        Raises:
            DamagedStateError, InstallError, OSError: as ``remember_lineages`` and ``remember_seen``.
        """
        circumstances = self.judge.circumstances
        if trusted.lineages:
            circumstances = replace(circumstances, lineages=remember_lineages(self.state, trusted.lineages))
        if trusted.proven_at is not None or trusted.list_numbers:
            seen = remember_seen(self.state, trusted)
            circumstances = replace(circumstances, seen=seen.lists, proven_at=seen.trusted_time)
        self.judge = replace(self.judge, circumstances=circumstances)


@contextlib.contextmanager
def open_session(options: DeviceOptions, *, now: dt.datetime) -> Iterator[Session]:
    """Give access to the device for a change that has to be trusted.

    Raises:
        InstallError: as ``change_device``.
        UntrustedLocationError, TrustPolicyError: as ``appoint_judge``.
    """
    with change_device(options) as state:
        yield Session(state=state, judge=appoint_judge(options.layout, now=now))


def change_each(
    command: str, subjects: Iterable[str], work: Callable[[str], PluginChange], *, state: DeviceState
) -> Report[PluginChange]:
    """Do ``work`` for each subject; each leaves no work in progress behind, and an error stops its subject only."""

    def guarded(subject: str) -> PluginChange:
        with cleared_staging(state), install_errors(state.layout.state):
            return work(subject)

    return collect(command, subjects, guarded)


@contextlib.contextmanager
def cleared_staging(state: DeviceState) -> Iterator[None]:
    """Leave no work in progress behind; what cannot be removed now is removed before the next change."""
    try:
        yield
    finally:
        if not state.dry_run:
            with contextlib.suppress(OSError):
                state.clear_staging()


@contextlib.contextmanager
def looking() -> Iterator[None]:
    """Turn what the system refuses while only looking into an ``InstallError``; an installer may be at work."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InstallError(
            f"the device cannot be looked at, or changed at that moment: {reason}",
            path=str(error.filename or ""),
            hint="run it again, as root if it was permission that was missing",
        ) from error


def load_device_policy(layout: Layout) -> TrustPolicy:
    """Read the trust policy of the device, from its fixed place only.

    Raises:
        UntrustedLocationError: it is missing, or somebody else can write it.
        TrustPolicyError: it cannot be used.
    """
    check_trust_policy(layout)
    path = layout.trust_policy
    with install_errors(path):
        size = path.stat().st_size
    if size > limits.TRUST_POLICY_BYTES:
        raise TrustPolicyError(f"larger than {limits.TRUST_POLICY_BYTES} bytes", step=6, path=str(path))
    return parse_trust_policy(read_bounded(path, max_bytes=limits.TRUST_POLICY_BYTES), path=str(path))


def appoint_judge(layout: Layout, *, now: dt.datetime) -> Judge:
    """Return who decides by the trust policy and the revocation lists of the device.

    Raises:
        UntrustedLocationError, TrustPolicyError: as ``load_device_policy``.
        TrustPolicyError, MissingPathError: a revocation list cannot be used.
        DamagedStateError: what was seen of lineages, times or lists cannot be read.
    """
    policy = load_device_policy(layout)
    check_revocation_lists(layout)
    seen = read_seen(layout)
    circumstances = Circumstances(
        now=now,
        lists=read_lists(layout.trust_policy),
        seen=seen.lists,
        proven_at=seen.trusted_time,
        lineages=read_lineages(layout),
    )
    return Judge(policy, circumstances, take_inventory)


def known_names(layout: Layout) -> list[str]:
    """Return the names of all plugins with a receipt or a stored version, sorted."""
    stored = {path.name for path in layout.store.iterdir() if path.is_dir()} if layout.store.is_dir() else set()
    return sorted({*receipt_names(layout), *stored})


def not_installed(name: str, receipt: Receipt | None) -> InstallError:
    """Return the error for a plugin that a command needs and that is not there."""
    reason = "no plugin of this name was ever installed here" if receipt is None else "the plugin is not installed"
    return InstallError(reason, path=name, hint="plugintool device status lists what is installed")
