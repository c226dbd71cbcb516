"""An archive is read to its last byte before it is offered."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugintool.errors import ArchiveError, InputError, MalformedFileError, MissingPathError, PlugintoolError
from plugintool.publish import offer as offer_module
from plugintool.publish.offer import Offer

MakeArchive = Callable[..., Path]
OfferOf = Callable[[Path], Offer]


def test_it_says_what_the_archive_is(make_archive: MakeArchive, offer_of: OfferOf) -> None:
    """Digest and size are those of the file, name and version those of the plugin."""
    path = make_archive(version="1.2.0")
    found = offer_of(path)
    data = path.read_bytes()
    assert (found.name, found.version, found.file) == ("demo", "1.2.0", "demo-1.2.0.zip")
    assert (found.sha256, found.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert found.signatures == 0


def test_the_name_of_the_file_does_not_matter(make_archive: MakeArchive, offer_of: OfferOf) -> None:
    """What is offered is named by the plugin in it."""
    assert offer_of(make_archive(at="some thing odd?.zip")).file == "demo-1.0.0.zip"


def test_signature_files_are_counted(make_archive: MakeArchive, offer_of: OfferOf) -> None:
    """They are part of the archive; nobody has verified them."""
    signed = make_archive(files={".claude-plugin/plugin.sigstore.json": b"{}"})
    assert offer_of(signed).signatures == 1
    assert offer_of(signed).digest == offer_of(make_archive(at="unsigned.zip")).digest


def test_an_entry_repeats_what_is_shown_and_no_component(make_archive: MakeArchive, offer_of: OfferOf) -> None:
    """An entry with components would be merged into the plugin, which then has them twice."""
    fields = {
        "keywords": ["a"],
        "license": "MIT",
        "homepage": "https://acme.example",
        "skills": "./skills/greet",
        "hooks": {"Stop": []},
        "mcpServers": {},
        "userConfig": {},
    }
    entry = offer_of(make_archive(**fields)).entry("https://a.example/x")
    assert set(entry) == {"name", "source", "version", "description", "author", "keywords", "license", "homepage"}
    assert entry["source"] == {
        "source": "archive",
        "url": "https://a.example/x/demo-1.0.0.zip",
        "sha256": offer_of(make_archive(**fields)).sha256,
    }


@pytest.mark.parametrize("empty", ["", [], {}, None])
def test_what_is_empty_is_not_repeated(make_archive: MakeArchive, offer_of: OfferOf, empty: Any) -> None:
    """The client warns about an empty description in an entry as it does in a manifest."""
    entry = offer_of(make_archive(description=empty)).entry("https://a.example")
    assert "description" not in entry


def test_a_plugin_without_version_is_offered_without(make_archive: MakeArchive, offer_of: OfferOf) -> None:
    """The file then has no version in its name."""
    found = offer_of(make_archive(version=None))
    assert (found.version, found.file) == ("", "demo.zip")
    assert "version" not in found.entry("https://a.example")


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(tmp_path: Path, offer_of: OfferOf, data: bytes) -> None:
    """With the rule that it breaks."""
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(ArchiveError):
        offer_of(tmp_path / "x.zip")


def test_an_archive_of_another_writer_is_refused(tmp_path: Path, offer_of: OfferOf) -> None:
    """The app unpacks it with another reader than ours: only one form is published."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(".claude-plugin/plugin.json", json.dumps({"name": "demo"}))
    with pytest.raises(PlugintoolError):
        offer_of(tmp_path / "x.zip")


def test_damaged_content_is_found(make_archive: MakeArchive, offer_of: OfferOf) -> None:
    """Every file is read to its end, so a wrong checksum is found before anybody downloads it."""
    path = make_archive(files={"a-large.bin": bytes(range(256)) * 40})
    data = bytearray(path.read_bytes())
    data[data.index(b"a-large.bin") + len(b"a-large.bin") + 20] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(PlugintoolError):
        offer_of(path)


@pytest.mark.parametrize("manifest", [b"[]", b"{}", b'{"name": 3}', b'{"name": ""}', b"null"])
def test_a_manifest_that_names_nobody_is_refused(make_archive: MakeArchive, offer_of: OfferOf, manifest: bytes) -> None:
    """Without a name there is no entry."""
    with pytest.raises(MalformedFileError, match="names no plugin"):
        offer_of(make_archive(files={".claude-plugin/plugin.json": manifest}))


def test_a_manifest_that_is_no_json_is_refused(make_archive: MakeArchive, offer_of: OfferOf) -> None:
    """With line and column."""
    with pytest.raises(MalformedFileError) as caught:
        offer_of(make_archive(files={".claude-plugin/plugin.json": b'{\n"name": }'}))
    assert caught.value.detail["line"] == 2


def test_an_archive_without_plugin_is_refused(tmp_path: Path, offer_of: OfferOf) -> None:
    """Such as a bundle."""
    from tests.unit.publish.conftest import write_archive  # noqa: PLC0415 - beside its only use

    with pytest.raises(MalformedFileError, match="holds no plugin"):
        offer_of(write_archive(tmp_path / "x.zip", {"manifest.json": b"{}"}))


def test_what_the_client_would_not_download_is_refused(
    make_archive: MakeArchive, offer_of: OfferOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes archives up to a limit; a fleet that cannot install is found out here."""
    monkeypatch.setattr(offer_module, "CLIENT_ARCHIVE_BYTES", 100)
    with pytest.raises(InputError, match="downloads no archive above 100 bytes"):
        offer_of(make_archive())


@pytest.mark.parametrize("there", [False, True], ids=["nothing", "a directory"])
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, offer_of: OfferOf, there: bool) -> None:
    """A directory is no archive."""
    if there:
        (tmp_path / "x.zip").mkdir()
    with pytest.raises(InputError) as caught:
        offer_of(tmp_path / "x.zip")
    assert isinstance(caught.value, MissingPathError) is not there
