"""Install or update plugins from signed artifacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from plugintool.device.artifact import find_artifacts, open_artifact
from plugintool.device.change import PluginChange
from plugintool.device.session import DeviceOptions, Session, change_each, open_session
from plugintool.errors import InstallError
from plugintool.install.destination import DestinationKind, check_ours
from plugintool.install.journal import Change
from plugintool.install.layout import LINK, Layout
from plugintool.install.memory import Memory, find_differences, installed_version, recall
from plugintool.install.plan import Action, InstallPlan, plan_install
from plugintool.install.receipt import Installed, Receipt, after_switch
from plugintool.install.store import StoredVersion, add, find_usable, is_same, stage
from plugintool.install.transaction import collect_unneeded, commit, forget_unseen
from plugintool.report import Report
from plugintool.tree.entry import Tree
from plugintool.verify.verified import TrustedStatement

COMMAND = "device install"


def install(artifacts: Sequence[Path], *, options: DeviceOptions, now: dt.datetime) -> Report[PluginChange]:
    """Install each artifact, or update the plugin to it; a directory of artifacts means all of them.

    Raises:
        InstallError: the device as a whole cannot be used (location, lock, journal).
        TrustPolicyError: the trust policy of the device cannot be used.
    """
    paths = [str(found) for path in artifacts for found in find_artifacts(path)]
    with open_session(options, now=now) as session:
        return change_each(COMMAND, paths, lambda path: _install_path(session, Path(path)), state=session.state)


def switch_to(
    session: Session, action: Action, receipt: Receipt | None, *, trusted: TrustedStatement, stored: StoredVersion
) -> Installed:
    """Make a stored version of a trusted statement current, and return it as the receipt names it.

    ``revert`` holds the plugin from then on; every other action leaves it as it was.

    Raises:
        InstallError: what stands in its place is not ours, or the system refused.
    """
    layout, statement = session.layout, trusted.statement
    place = check_ours(layout, statement.name, receipt)
    base = receipt or Receipt(
        name=statement.name,
        mode=layout.mode,
        highest_sequence=statement.sequence,
        highest_digest=statement.digest,
    )
    installed = installed_of(trusted, stored.directory, now=session.now)
    held = base.held or action is Action.REVERT
    changed = after_switch(replace(base, mode=layout.mode), installed, held=held, now=session.now)
    migrates = place.kind is DestinationKind.DIRECTORY and layout.mode == LINK
    commit(session.state, Change(action.value, changed, migrates), stored)
    return installed


def installed_of(trusted: TrustedStatement, directory: str, *, now: dt.datetime) -> Installed:
    """Return a trusted version as the receipt names it."""
    plain = installed_version(trusted.statement, directory, now=now)
    return replace(plain, signers=trusted.signers, policy=trusted.policy_name)


def _install_path(session: Session, path: Path) -> PluginChange:
    with open_artifact(path) as source:
        trusted = session.judge.authenticate(source)
        memory = recall(session.layout, trusted.statement.name, now=session.now)
        try:
            plan = _plan(session, memory, trusted)
        except InstallError:
            session.judge.check_content(trusted, source)  # what is not verified is said before what is not allowed
            raise
        after = plan.installed
        if plan.action is Action.NOTHING or session.dry_run:
            session.judge.check_content(trusted, source)
            if not session.dry_run:
                session.remember(trusted)
        else:
            after = _make_current(session, plan, source, trusted=trusted, receipt=memory.receipt)
    if plan.action is not Action.NOTHING and session.dry_run:
        after = installed_of(trusted, "", now=session.now)
    return PluginChange(
        name=trusted.statement.name,
        action=plan.action,
        before=plan.installed,
        after=after,
        held=memory.receipt is not None and memory.receipt.held,
        dry_run=session.dry_run,
        reported=trusted.reported,
    )


def _plan(session: Session, memory: Memory, trusted: TrustedStatement) -> InstallPlan:
    check_ours(session.layout, trusted.statement.name, memory.receipt)
    is_intact = _is_intact(session.layout, memory, trusted)
    return plan_install(trusted.statement, memory.receipt, is_intact=is_intact)


def _make_current(
    session: Session, plan: InstallPlan, source: Tree, *, trusted: TrustedStatement, receipt: Receipt | None
) -> Installed:
    state = session.state
    try:
        verified = stage(state, trusted, source, session.judge)
        session.remember(trusted)
        stored = add(state, verified)
        return switch_to(session, plan.action, receipt, trusted=trusted, stored=stored)
    finally:
        if receipt is None:
            forget_unseen(state, trusted.statement.name)
        collect_unneeded(state, trusted.statement.name)


def _is_intact(layout: Layout, memory: Memory, trusted: TrustedStatement) -> bool:
    """Whether what is installed is what this artifact would give, signature files and receipt included."""
    receipt = memory.receipt
    if receipt is None or receipt.current is None or memory.is_rebuilt or receipt.mode != layout.mode:
        return False
    stored = find_usable(layout, receipt.name, receipt.current.directory)
    signatures = dict(trusted.signature_files)
    if stored is None or not is_same(stored, trusted.statement.digest, signatures):
        return False
    return not find_differences(layout, receipt)
