"""Set up a device: directories with the right owner and mode, and the trust policy."""

from __future__ import annotations

import os
from pathlib import Path

from plugintool import limits
from plugintool.device.session import DeviceOptions, change_device
from plugintool.errors import ConfigError, UntrustedLocationError
from plugintool.frozen import dataclass
from plugintool.install.fs import FileSystem
from plugintool.install.layout import Layout
from plugintool.install.location import chain_of, check_directory, check_trust_policy, directory_problem
from plugintool.install.state import DeviceState, install_errors, is_directory
from plugintool.jsontext import JsonObject
from plugintool.report import Outcome, Report
from plugintool.tree.directory import read_bounded
from plugintool.tree.sink import DIRECTORY_MODE
from plugintool.verify.policy_reader import parse_trust_policy

COMMAND = "device init"


@dataclass(frozen=True, slots=True)
class Setup:
    """What was done, or would be, in order: (what, path)."""

    steps: tuple[tuple[str, str], ...]
    dry_run: bool

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "changed": bool(self.steps) and not self.dry_run,
            "would_change": bool(self.steps),
            "dry_run": self.dry_run,
            "steps": [{"action": action, "path": path} for action, path in self.steps],
        }


def init(trust_policy: Path | None, *, options: DeviceOptions) -> Report[Setup]:
    """Create or repair the directories, and put a trust policy in place.

    Args:
        trust_policy: the new one; None keeps what is there.
        options: where and how.

    Raises:
        MissingPathError, LimitExceededError: the trust policy cannot be read.
        TrustPolicyError: it cannot be used; nothing was changed.
        ConfigError: none was given and none is there.
        UntrustedLocationError: a directory that is not ours is not to be trusted.
        InstallError: the system refused.
    """
    layout = options.layout
    data = None if trust_policy is None else _read_policy(trust_policy)
    if data is None and not os.path.lexists(layout.trust_policy):
        raise ConfigError("there is no trust policy yet", field="--trust-policy", hint="add --trust-policy FILE")
    with install_errors(layout.state):
        steps = _prepare_directories(options)
        if options.dry_run:
            steps += _policy_steps(layout, data)
        else:
            with change_device(options) as state:
                steps += _put_policy(state, data)
    return Report(COMMAND, (Outcome(subject="", value=Setup(tuple(steps), options.dry_run)),))


def _read_policy(path: Path) -> bytes:
    data = read_bounded(path, max_bytes=limits.TRUST_POLICY_BYTES)
    parse_trust_policy(data, path=str(path))
    return data


def _prepare_directories(options: DeviceOptions) -> list[tuple[str, str]]:
    """Create what is missing, parents first, and repair what is ours; everything else must be right already."""
    layout, steps = options.layout, []
    seen: set[Path] = set()
    for directory in _directories(layout):
        for level in chain_of(layout, directory):
            action = "" if level in seen else _action_for(layout, level)
            seen.add(level)
            if action:
                steps.append((action, str(level)))
                if not options.dry_run:
                    _carry_out(options.fs, action, level)
    return steps


def _directories(layout: Layout) -> tuple[Path, ...]:
    """Return all that belong to a device; that for revocation lists may be missing on one that was set up before."""
    return (*layout.directories(), layout.revocation_lists)


def _action_for(layout: Layout, level: Path) -> str:
    problem = directory_problem(layout, level)
    if not problem:
        return ""
    if problem == "missing":
        return "create"
    if level not in _directories(layout) or not is_directory(level):
        check_directory(layout, level)
    return "repair"


def _carry_out(fs: FileSystem, action: str, level: Path) -> None:
    if action == "create":
        fs.make_directory(level)
        fs.sync_directory(level.parent)
    else:
        fs.set_owner_and_mode(level, uid=os.geteuid(), mode=DIRECTORY_MODE)


def _put_policy(state: DeviceState, data: bytes | None) -> list[tuple[str, str]]:
    steps = _policy_steps(state.layout, data)
    if steps and data is not None:
        state.replace_file(state.layout.trust_policy, data)
    return steps


def _policy_steps(layout: Layout, data: bytes | None) -> list[tuple[str, str]]:
    """Return what has to be done about the trust policy; one that others could write is only replaced as a whole."""
    path = layout.trust_policy
    if data is None:
        check_trust_policy(layout)
        return []
    if not os.path.lexists(path):
        return [("create", str(path))]
    try:
        check_trust_policy(layout)
    except UntrustedLocationError:
        return [("replace", str(path))]
    return [] if path.read_bytes() == data else [("replace", str(path))]
