"""Publish archives as a marketplace: read all, compose, write aside, lint, put in place."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from plugintool.build.archive import SUFFIX, archive_name
from plugintool.errors import BuildError, ConfigError, InputError, PlugintoolError
from plugintool.frozen import dataclass, replace
from plugintool.jsontext import JsonObject
from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_marketplace
from plugintool.plugin.discover import MARKETPLACE
from plugintool.plugin.marketplace import load_marketplace
from plugintool.publish.marketplace import Marketplace, Storefront, compose
from plugintool.publish.offer import Offer, read_offer
from plugintool.publish.preference import Preference
from plugintool.publish.write import write_marketplace
from plugintool.report import Finding, Outcome, Report, Severity, collect

COMMAND = "marketplace"
_FATAL = frozenset({"MP003"})
"""Warnings of lint that mean that the client or the app refuses the marketplace when it is added."""


@dataclass(frozen=True)
class Published:
    """A marketplace that was written to ``root``; ``preference``: what the printed configuration asks for."""

    root: Path
    marketplace: Marketplace
    preference: Preference = Preference.AVAILABLE

    def as_json(self) -> JsonObject:
        """Return the published form."""
        market = self.marketplace
        return {
            "name": market.front.name,
            "path": str(self.root),
            "url": market.url,
            "manifest_sha256": market.pin,
            "plugins": [offer.as_json() for offer in market.offers],
            "app_configuration": market.app_policy(self.preference) if market.url else None,
            "client_settings": market.client_policy() if market.url else None,
        }


def publish(
    archives: Iterable[Path], front: Storefront, *, out: Path, preference: Preference = Preference.AVAILABLE
) -> Report[Published | Offer]:
    """Write the marketplace of archives; a directory means all archives in it.

    Nothing is written when one archive cannot be read, or when our own rules about marketplaces find an error.
    """
    named = {str(found): None for path in archives for found in _archives(path)}
    report = collect(COMMAND, named, lambda subject: _read(Path(subject)))
    if report.exit_code:
        return report
    offers = [outcome.value for outcome in report.outcomes if outcome.value is not None]
    return Report(COMMAND, (_publish(offers, front, out, preference),))


def _archives(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path / name for name in os.listdir(path) if name.endswith(SUFFIX))
    return found or [path]


def _read(path: Path) -> Offer:
    if path.is_dir():
        raise InputError(
            "no archive in this directory", path=str(path), hint="plugintool pack writes archives: NAME-VERSION.zip"
        )
    return read_offer(path, file_name=archive_name)


def _publish(offers: list[Offer], front: Storefront, out: Path, preference: Preference) -> Outcome[Published]:
    findings: list[Finding] = []

    def judge(root: Path) -> None:
        findings.extend(_judge(root))
        if any(finding.severity is Severity.ERROR for finding in findings):
            hint = "plugintool explain CODE says what each is about"
            if front.base_url and not front.base_url.startswith("https://"):
                hint = "give --base-url an address that begins with https://"
            raise BuildError("not written: lint has errors on the marketplace", hint=hint)

    try:
        if not offers:
            raise ConfigError("no archives to publish", hint="name what plugintool pack wrote")
        marketplace = compose(front, offers)
        write_marketplace(marketplace, out, judge=judge)
        return Outcome(subject=str(out), value=Published(out, marketplace, preference), findings=tuple(findings))
    except PlugintoolError as error:
        return Outcome(subject=str(out), findings=tuple(findings), error=error)


def _judge(root: Path) -> Iterator[Finding]:
    """Yield what our rules say; a name that nobody can add is an error where a marketplace is made."""
    for finding in lint_marketplace(load_marketplace(root / MARKETPLACE), LintOptions(targets=ALL_TARGETS)):
        if finding.severity is not Severity.INFO:
            yield replace(finding, severity=Severity.ERROR) if finding.code in _FATAL else finding
