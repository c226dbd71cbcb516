"""A marketplace is written whole or not at all, and replaces nothing but a marketplace of its name."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plugintool.errors import BuildError, InputError, OutputError
from plugintool.install.fs import Fs
from plugintool.publish.marketplace import Marketplace, Storefront, compose
from plugintool.publish.offer import Offer
from plugintool.publish.write import write_marketplace
from plugintool.tree.memory import MemoryTree
from plugintool.tree.zip_writer import write_zip

MakeArchive = Callable[..., Path]
OfferOf = Callable[[Path], Offer]
FILE = ".claude-plugin/marketplace.json"


def agree(root: Path) -> None:
    """A judge without objections."""
    assert (root / FILE).is_file()


def listed(root: Path) -> dict[str, bytes]:
    """Every file below a directory, and nothing may be left beside it."""
    assert [path.name for path in root.parent.iterdir() if path.name.startswith(".plugintool-")] == []
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def market(make_archive: MakeArchive, offer_of: OfferOf, front: Storefront) -> Marketplace:
    """One plugin."""
    return compose(front, [offer_of(make_archive())])


@pytest.fixture
def newer(make_archive: MakeArchive, offer_of: OfferOf, front: Storefront) -> Marketplace:
    """The same plugin in a later version."""
    return compose(front, [offer_of(make_archive(at="newer.zip", version="1.1.0"))])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A place that does not exist, nor does its parent."""
    return tmp_path / "dist" / "marketplace"


def test_archives_and_the_file_are_written(market: Marketplace, out: Path) -> None:
    """Byte for byte, readable by whoever serves them."""
    write_marketplace(market, out, judge=agree)
    assert listed(out) == {FILE: market.content, "demo-1.0.0.zip": market.offers[0].source.read_bytes()}
    for path in (out / FILE, out / "demo-1.0.0.zip"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert stat.S_IMODE(out.stat().st_mode) == 0o755


def test_a_newer_one_takes_the_place_of_an_older_one(market: Marketplace, newer: Marketplace, out: Path) -> None:
    """Archives that are listed no more are gone."""
    write_marketplace(market, out, judge=agree)
    write_marketplace(newer, out, judge=agree)
    assert set(listed(out)) == {FILE, "demo-1.1.0.zip"}


def test_it_is_replaced_where_names_cannot_be_exchanged(
    market: Marketplace, newer: Marketplace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By two renames, as on file systems without the system call."""
    monkeypatch.setattr(Fs, "exchange", lambda *_: False)
    write_marketplace(market, out, judge=agree)
    write_marketplace(newer, out, judge=agree)
    assert set(listed(out)) == {FILE, "demo-1.1.0.zip"}


def test_the_older_one_comes_back_when_the_second_rename_fails(
    market: Marketplace, newer: Marketplace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody ever finds the place empty for long."""
    write_marketplace(market, out, judge=agree)
    before, rename = listed(out), os.rename

    def refuse(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(Fs, "exchange", lambda *_: False)
    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OutputError, match="no space left"):
        write_marketplace(newer, out, judge=agree)
    assert listed(out) == before


def test_an_empty_directory_is_filled(market: Marketplace, out: Path) -> None:
    """Made by whoever prepared the place."""
    out.mkdir(parents=True)
    write_marketplace(market, out, judge=agree)
    assert FILE in listed(out)


@pytest.mark.parametrize("error", [BuildError("no"), KeyboardInterrupt()], ids=["objection", "interrupt"])
def test_nothing_is_left_when_the_judge_stops_it(
    market: Marketplace, newer: Marketplace, out: Path, error: BaseException
) -> None:
    """What was there before still is."""
    write_marketplace(market, out, judge=agree)
    before = listed(out)

    def stop(_: Path) -> None:
        raise error

    with pytest.raises(type(error)):
        write_marketplace(newer, out, judge=stop)
    assert listed(out) == before


def test_the_judge_sees_all_of_it(market: Marketplace, out: Path) -> None:
    """Before it has its name."""
    seen: list[set[str]] = []
    write_marketplace(market, out, judge=lambda root: seen.append({path.name for path in root.iterdir()}))
    assert seen == [{".claude-plugin", "demo-1.0.0.zip"}]


FOREIGN: dict[str, dict[str, str]] = {
    "notes": {"notes.txt": "mine"},
    "a checkout": {FILE: '{"name": "acme-market", "plugins": []}', ".git/HEAD": "ref"},
    "plugins of its own": {FILE: '{"name": "acme-market", "plugins": []}', "plugins/x/SKILL.md": "x"},
    "another name": {FILE: '{"name": "other", "plugins": []}'},
    "an archive that is not listed": {FILE: '{"name": "acme-market", "plugins": []}', "x.zip": "x"},
    "beside the file": {FILE: '{"name": "acme-market", "plugins": []}', ".claude-plugin/plugin.json": "{}"},
    "no JSON": {FILE: "{"},
    "no object": {FILE: "[]"},
    "odd entries": {FILE: '{"name": "acme-market", "plugins": [1, {"source": "./x"}, {"source": {}}]}', "x": ""},
}


@pytest.mark.parametrize("files", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_ours_is_left_alone(market: Marketplace, out: Path, files: dict[str, str]) -> None:
    """All of it, with the names of what is foreign."""
    for path, content in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(content)
    before = listed(out)
    with pytest.raises(OutputError, match="is not replaced"):
        write_marketplace(market, out, judge=agree)
    assert listed(out) == before


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_directory_is_left_alone(market: Marketplace, out: Path, tmp_path: Path, kind: str) -> None:
    """A link would be replaced by a directory, and what it means with it."""
    out.parent.mkdir()
    if kind == "file":
        out.write_text("x")
    else:
        out.symlink_to(tmp_path)
    with pytest.raises(OutputError, match="is no directory"):
        write_marketplace(market, out, judge=agree)
    assert os.path.lexists(out)


def test_an_archive_that_changes_meanwhile_is_noticed(market: Marketplace, out: Path) -> None:
    """What is listed is what was copied."""
    market.offers[0].source.write_bytes(b"something else")
    with pytest.raises(InputError, match="changed while it was copied"):
        write_marketplace(market, out, judge=agree)
    assert not out.exists()


def test_the_present_directory_can_be_the_place(
    market: Marketplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--out .`` in an empty directory."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write_marketplace(market, Path(), judge=agree)
    assert json.loads((tmp_path / "here" / FILE).read_text())["name"] == "acme-market"


@pytest.fixture
def inside(market: Marketplace) -> Marketplace:
    """The same as a directory with the files of its plugin."""
    return Marketplace(Storefront(name="acme-market", owner="Acme Corp"), market.offers)


def test_a_directory_holds_the_files_of_its_plugins(
    inside: Marketplace, make_archive: MakeArchive, offer_of: OfferOf, out: Path
) -> None:
    """Byte for byte, with the modes that the archive says."""
    write_marketplace(inside, out, judge=agree)
    names = {".claude-plugin/plugin.json", "skills/greet/SKILL.md", "version.json"}
    assert set(listed(out)) == {FILE, *(f"plugins/demo/{name}" for name in names)}
    assert json.loads(inside.content)["plugins"][0]["source"] == "./plugins/demo"
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*") if path.is_file()} == {0o644}
    assert (inside.url, inside.front.base) == ("", "")


def test_programs_stay_programs(inside: Marketplace, tmp_path: Path, offer_of: OfferOf, out: Path) -> None:
    """A hook of a plugin from a directory runs like one from an archive."""
    files = {".claude-plugin/plugin.json": b'{"name": "demo"}', "bin/run": b"#!/bin/sh\n"}
    with (tmp_path / "x.zip").open("w+b") as target:
        write_zip(MemoryTree("x", files), target)
    write_marketplace(Marketplace(inside.front, (offer_of(tmp_path / "x.zip"),)), out, judge=agree)
    assert stat.S_IMODE((out / "plugins/demo/bin/run").stat().st_mode) == 0o755


def test_one_form_takes_the_place_of_the_other(inside: Marketplace, market: Marketplace, out: Path) -> None:
    """Both are ours."""
    write_marketplace(inside, out, judge=agree)
    write_marketplace(market, out, judge=agree)
    assert set(listed(out)) == {FILE, "demo-1.0.0.zip"}
    write_marketplace(inside, out, judge=agree)
    assert f"plugins/demo/{FILE.replace('marketplace', 'plugin')}" in listed(out)


def test_plugins_that_are_not_listed_are_foreign(inside: Marketplace, out: Path) -> None:
    """Somebody works in there."""
    write_marketplace(inside, out, judge=agree)
    (out / "plugins/mine").mkdir()
    with pytest.raises(OutputError) as caught:
        write_marketplace(inside, out, judge=agree)
    assert caught.value.detail["problems"] == ("plugins/mine",)


def test_files_that_change_meanwhile_are_noticed(inside: Marketplace, make_archive: MakeArchive, out: Path) -> None:
    """Another archive at the same place is not what was read."""
    make_archive(files={"more.txt": b"x"})
    with pytest.raises(InputError, match="changed while it was copied"):
        write_marketplace(inside, out, judge=agree)
    assert not out.exists()


def test_a_name_that_is_no_directory_is_refused(
    inside: Marketplace, make_archive: MakeArchive, offer_of: OfferOf, out: Path
) -> None:
    """Nothing is written outside of the marketplace."""
    offer = replace(offer_of(make_archive()), name="../../out")
    with pytest.raises(InputError):
        write_marketplace(Marketplace(inside.front, (offer,)), out, judge=agree)
    assert not out.exists()
