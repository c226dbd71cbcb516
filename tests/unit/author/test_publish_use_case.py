"""``marketplace`` from archives to a place that our own rules accept, or to nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugintool.author.marketplace import Published, publish
from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_marketplace
from plugintool.plugin.marketplace import load_marketplace
from plugintool.publish.marketplace import Storefront
from plugintool.publish.offer import Offer
from plugintool.publish.preference import Preference
from plugintool.report import Severity
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import write_zip

FILE = ".claude-plugin/marketplace.json"
FRONT = Storefront(name="acme-market", owner="Acme Corp", base_url="https://plugins.acme.example")


def archive(path: Path, name: str = "demo", **fields: Any) -> Path:
    manifest = {"name": name, "version": "1.0.0", "description": "A demo.", "author": {"name": "A"}, **fields}
    files = {".claude-plugin/plugin.json": json.dumps(manifest).encode(), "commands/x.md": b"x\n"}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w+b") as target:
        write_zip(MemoryTree("x", files), target)
    return path


def test_our_own_rules_have_nothing_to_say(tmp_path: Path) -> None:
    """No finding of any severity, for any target."""
    report = publish([archive(tmp_path / "a.zip")], FRONT, out=tmp_path / "out")
    assert report.exit_code == 0
    assert report.outcomes[0].findings == ()
    assert lint_marketplace(load_marketplace(tmp_path / "out" / FILE), LintOptions(targets=ALL_TARGETS)) == ()


def test_the_published_form_names_digests_and_policies(tmp_path: Path) -> None:
    """What a release script reads."""
    report = publish([archive(tmp_path / "a.zip")], FRONT, out=tmp_path / "out", preference=Preference.REQUIRED)
    (outcome,) = report.outcomes
    assert isinstance(outcome.value, Published)
    value: Any = outcome.value.as_json()
    assert value["path"] == str(tmp_path / "out")
    (entry,) = value["app_configuration"]["allowedPluginMarketplaces"]
    assert entry["manifestSha256"] == value["manifest_sha256"]
    assert entry["installationPreference"] == "required"
    assert value["plugins"][0]["file"] == "demo-1.0.0.zip"
    assert value["client_settings"]["strictKnownMarketplaces"] == [{"source": "url", "url": value["url"]}]


def test_a_directory_means_the_archives_in_it(tmp_path: Path) -> None:
    """Sorted, and nothing else that lies there."""
    for name in ("b", "a"):
        archive(tmp_path / "release" / f"{name}.zip", name)
    (tmp_path / "release/notes.txt").write_text("x")
    report = publish([tmp_path / "release"], FRONT, out=tmp_path / "out")
    assert report.exit_code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {".claude-plugin", "a-1.0.0.zip", "b-1.0.0.zip"}


def test_one_archive_named_twice_is_one(tmp_path: Path) -> None:
    """By its path and by its directory."""
    path = archive(tmp_path / "release/a.zip")
    assert publish([path, tmp_path / "release"], FRONT, out=tmp_path / "out").exit_code == 0


def test_every_archive_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Not the first only, and nothing is written."""
    good = archive(tmp_path / "good.zip")
    (tmp_path / "bad.zip").write_bytes(b"no")
    report = publish([good, tmp_path / "bad.zip", tmp_path / "gone.zip"], FRONT, out=tmp_path / "out")
    assert report.exit_code == 1
    errors = {Path(outcome.subject).name: outcome.error for outcome in report.outcomes}
    assert errors["good.zip"] is None
    assert (errors["bad.zip"] is None, errors["gone.zip"] is None) == (False, False)
    assert isinstance(report.outcomes[0].value, Offer)
    assert not (tmp_path / "out").exists()


def test_a_directory_without_archives_is_an_error(tmp_path: Path) -> None:
    """It is opened as what it was named as."""
    (tmp_path / "empty").mkdir()
    report = publish([tmp_path / "empty"], FRONT, out=tmp_path / "out")
    assert report.exit_code == 1
    assert not (tmp_path / "out").exists()


BAD: dict[str, dict[str, str]] = {
    "blank in the name": {"name": "acme market"},
    "name of an official one": {"name": "claude-plugins-official"},
    "name that the app keeps": {"name": "org-provisioned"},
    "no owner": {"owner": ""},
    "plain http": {"base_url": "http://plugins.acme.example"},
    "loopback": {"base_url": "https://localhost:8443"},
    "no address": {"base_url": "plugins"},
    "file": {"base_url": "file:///srv"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_what_clients_refuse_is_not_written(tmp_path: Path, change: dict[str, str]) -> None:
    """Judged by the rules that lint has, with their codes."""
    report = publish([archive(tmp_path / "a.zip")], replace(FRONT, **change), out=tmp_path / "out")
    (outcome,) = report.outcomes
    assert outcome.error is not None
    assert outcome.error.code == "build-failed"
    assert any(finding.code.startswith("MP") and finding.severity is Severity.ERROR for finding in outcome.findings)
    assert not (tmp_path / "out").exists()


def test_a_name_that_is_reserved_for_plugins_is_not_published(tmp_path: Path) -> None:
    """It may be packed and used below org-plugins; the client refuses such an entry."""
    report = publish([archive(tmp_path / "a.zip", "claude-code")], FRONT, out=tmp_path / "out")
    assert report.exit_code == 1
    assert not (tmp_path / "out").exists()


def test_what_is_in_the_way_is_an_error_of_the_place(tmp_path: Path) -> None:
    """The subject is the place."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("x")
    report = publish([archive(tmp_path / "a.zip")], FRONT, out=tmp_path / "out")
    assert report.outcomes[0].subject == str(tmp_path / "out")
    assert report.outcomes[0].error is not None
    assert report.outcomes[0].error.code == "output-refused"
    assert (tmp_path / "out/mine.txt").exists()
