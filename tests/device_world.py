"""A device below a directory, and signed plugins to install on it; made by code, with keys that protect nothing."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from plugintool import digest
from plugintool.device.audit import AuditedPlugin, audit
from plugintool.device.change import PluginChange
from plugintool.device.init import init
from plugintool.device.install import install
from plugintool.device.repair import repair
from plugintool.device.revert import revert
from plugintool.device.session import DeviceOptions
from plugintool.device.unhold import unhold
from plugintool.device.uninstall import uninstall
from plugintool.digest import Digest
from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.signature_file import SignatureFile, render_signature_file
from plugintool.envelope.statement import make_statement
from plugintool.install.fs import FileSystem, Fs
from plugintool.install.layout import Layout, layout_for
from plugintool.install.receipt import Receipt, read_receipt
from plugintool.report import Report
from plugintool.tree import version_file
from plugintool.tree.copy import record_of
from plugintool.tree.memory import MemoryTree
from plugintool.tree.record import SIGNATURE_FILE, VERSION_FILE
from plugintool.tree.zip_writer import write_zip

NOW = dt.datetime(2026, 11, 24, 12, 0, 0, tzinfo=dt.UTC)
NAME = "acme-review"
HOOK = "#!/bin/sh\nexit 0\n"


@dataclass(frozen=True)
class Key:
    """An insecure test key."""

    private: Ed25519PrivateKey

    @property
    def pem(self) -> str:
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def key_id(self) -> Digest:
        der = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return digest.sha256(der)


def make_key(number: int) -> Key:
    """The same key for the same number."""
    return Key(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


KEY, OTHER_KEY = make_key(1), make_key(2)


def policy_bytes(*keys: Key, revoked_digests: tuple[str, ...] = (), **changes: Any) -> bytes:
    """A trust policy that trusts any one of ``keys`` for every plugin of acme."""
    pins = [{"key_id": key.key_id, "public_key": key.pem} for key in keys or (KEY,)]
    policy = {
        "name": "acme",
        "scope": ["acme-*"],
        "level": "enforce",
        "publishers": [{"type": "key", "threshold": 1, "keys": pins}],
        "timestamp": "none",
        "crl": "off",
        "min_sequence": 0,
        **changes,
    }
    revoked = {"keys": [], "digests": list(revoked_digests)}
    return json.dumps({"version": 1, "policies": [policy], "revoked": revoked}).encode()


def plugin_files(version: str, *, extra: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """The files of a small plugin whose every text names its version."""
    texts = {
        ".claude-plugin/plugin.json": json.dumps({"name": NAME, "version": version}),
        "skills/review/SKILL.md": f"---\nname: review\n---\nReview as in {version}.\n",
        "hooks/run.sh": HOOK + f"# {version}\n",
        **(extra or {}),
    }
    return {path: text.encode() for path, text in texts.items()}


def sign_files(
    files: dict[str, bytes], *, name: str = NAME, version: str, sequence: int, key: Key = KEY
) -> dict[str, bytes]:
    """Add the version file and one signature file."""
    record = record_of(MemoryTree(name, files))
    sync = version_file.sync_version(version, record.digest)
    statement = make_statement(name=name, version=version, sequence=sequence, sync_version=sync, record=record)
    signature = key.private.sign(pae(PAYLOAD_TYPE, statement.payload))
    signed = SignatureFile(payload=statement.payload, payload_type=PAYLOAD_TYPE, signature=signature, key_id=key.key_id)
    return {
        **files,
        str(VERSION_FILE): version_file.render(sync),
        str(SIGNATURE_FILE): render_signature_file(signed),
    }


def write_tree(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below ``root``, modes by umask: built trees do not need them."""
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def read_tree(root: Path) -> dict[str, bytes]:
    """All files below ``root``, which may be a link, by relative path."""
    top = Path(os.path.realpath(root))
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


class QuickFs(Fs):
    """Everything but flushing and waiting, which cost most of the time and only show in a power cut or a race."""

    def write_new(self, path: Path, data: bytes) -> None:
        with path.open("xb") as target:
            target.write(data)
        path.chmod(0o644)

    def sync_directory(self, path: Path) -> None:
        assert path.is_dir()

    def sync_volume(self, path: Path) -> None:
        assert path.is_dir()

    def pause(self, seconds: float) -> None:
        assert 0 <= seconds < 60


@dataclass
class World:
    """One device and the artifacts made for it."""

    base: Path
    platform: str = "macos"
    now: dt.datetime = NOW
    fs: FileSystem | None = None

    @property
    def root(self) -> Path:
        return self.base / "device"

    @property
    def layout(self) -> Layout:
        return layout_for(root=self.root, platform=self.platform)

    def options(self, *, dry_run: bool = False, lock_timeout: float = 5.0) -> DeviceOptions:
        return DeviceOptions(layout=self.layout, fs=self.fs or QuickFs(), dry_run=dry_run, lock_timeout=lock_timeout)

    def init(self, policy: bytes | None = None) -> None:
        self.base.mkdir(exist_ok=True)
        path = self.base / "policy.json"
        path.write_bytes(policy_bytes() if policy is None else policy)
        assert init(path, options=self.options()).exit_code == 0

    def artifact(
        self, version: str, sequence: int, *, extra: Mapping[str, str] | None = None, key: Key = KEY, name: str = NAME
    ) -> Path:
        """A signed built tree; the same arguments give the same path."""
        files = sign_files(plugin_files(version, extra=extra), name=name, version=version, sequence=sequence, key=key)
        mark = digest.sha256(repr(sorted(files.items())).encode())[:8]
        return write_tree(self.base / "artifacts" / mark / name, files)

    def archive(self, version: str, sequence: int) -> Path:
        """The same as an archive."""
        files = sign_files(plugin_files(version), version=version, sequence=sequence)
        path = self.base / f"{NAME}-{version}.zip"
        with path.open("w+b") as target:
            write_zip(MemoryTree(NAME, files), target)
        return path

    def install(self, *artifacts: Path, dry_run: bool = False) -> Report[PluginChange]:
        return install(artifacts, options=self.options(dry_run=dry_run), now=self.now)

    def installed(self, version: str, sequence: int, *, extra: Mapping[str, str] | None = None) -> PluginChange:
        """Install and expect success."""
        return only_value(self.install(self.artifact(version, sequence, extra=extra)))

    def revert(self, to: str | None = None, *, dry_run: bool = False) -> Report[PluginChange]:
        return revert(NAME, to=to, options=self.options(dry_run=dry_run), now=self.now)

    def uninstall(self, *names: str, dry_run: bool = False) -> Report[PluginChange]:
        return uninstall(names or (NAME,), options=self.options(dry_run=dry_run), now=self.now)

    def unhold(self, *names: str, dry_run: bool = False) -> Report[PluginChange]:
        return unhold(names or (NAME,), options=self.options(dry_run=dry_run), now=self.now)

    def repair(self, *names: str, dry_run: bool = False) -> Report[PluginChange]:
        return repair(names, options=self.options(dry_run=dry_run), now=self.now)

    def audit(self, *names: str) -> Report[AuditedPlugin]:
        return audit(names, layout=self.layout, now=self.now)

    def audit_codes(self) -> list[str]:
        """The codes of all findings, sorted."""
        return sorted(finding.code for outcome in self.audit().outcomes for finding in outcome.findings)

    @property
    def seen(self) -> Path:
        """What the app reads."""
        return self.layout.destination(NAME)

    @property
    def receipt(self) -> Receipt:
        found = read_receipt(self.layout, NAME)
        assert found is not None
        return found

    def visible_version(self) -> str | None:
        """The version whose whole content the app sees; None when there is no plugin."""
        return whole_version(self.seen)


def whole_version(plugin: Path) -> str | None:
    """The one version that every text of a plugin names; fails for a mixture or a part."""
    if not plugin.exists():
        return None
    files = read_tree(plugin)
    version = str(json.loads(files[".claude-plugin/plugin.json"])["version"])
    expected = plugin_files(version)
    for path, data in expected.items():
        assert files.get(path) == data, f"{path} is not that of {version}"
    text = version_file.read_version(files[str(VERSION_FILE)])
    assert text is not None
    assert text.startswith(version), f"version.json says {text}"
    return version


def only_value(report: Report[PluginChange]) -> PluginChange:
    """The value of a report with one outcome that succeeded."""
    (outcome,) = report.outcomes
    assert outcome.error is None, outcome.error
    assert outcome.value is not None
    return outcome.value


def error_code(report: Report[PluginChange]) -> str:
    """The code of the one error of a report."""
    (outcome,) = report.outcomes
    assert outcome.error is not None, outcome.value
    return outcome.error.code
