"""The text of ``diff`` and ``marketplace``, line by line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from plugintool.author.marketplace import Published
from plugintool.cli import diff as diff_command
from plugintool.cli import marketplace as marketplace_command
from plugintool.digest import Digest, sha256
from plugintool.plugin.diff import Side, diff
from plugintool.plugin.traits import Trait
from plugintool.publish.marketplace import Marketplace, Storefront
from plugintool.publish.offer import Offer
from plugintool.relpath import RelPath
from plugintool.tree.record import Record, RecordEntry


def entry(path: str, content: str, *, executable: bool = False) -> RecordEntry:
    return RecordEntry(RelPath(path), len(content), sha256(content.encode()), executable)


def side(*entries: RecordEntry, name: str = "demo", version: str = "1", traits: tuple[Trait, ...] = ()) -> Side:
    return Side("built tree", name, version, frozenset(traits), Record(entries))


def lines(old: Side, new: Side) -> list[str]:
    return [click.unstyle(line) for line in diff_command._lines(diff(old, new))]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (entry("a", "1"), entry("a", "22"), "  ~ a  1 -> 2 bytes"),
        (entry("a", "1"), entry("a", "1", executable=True), "  x a  executable"),
        (entry("a", "1", executable=True), entry("a", "1"), "  x a  no longer executable"),
        (entry("a", "1"), entry("a", "22", executable=True), "  ~ a  1 -> 2 bytes, executable"),
        (None, entry("a", "1"), "  + a  1 bytes"),
        (None, entry("a", "1", executable=True), "  + a  1 bytes, executable"),
        (entry("a", "1"), None, "  - a  1 bytes"),
    ],
)
def test_each_way_in_which_a_file_differs(old: RecordEntry | None, new: RecordEntry | None, expected: str) -> None:
    """One line each, with what a reviewer wants to know."""
    shown = lines(side(*filter(None, [old])), side(*filter(None, [new])))
    assert expected in shown


def test_the_numbers_of_files_and_the_sizes() -> None:
    """Sorted by word, so that two runs say the same."""
    old = side(entry("a", "1"), entry("b", "1"), entry("c", "1"))
    new = side(entry("a", "22"), entry("b", "1", executable=True), entry("d", "1"))
    shown = lines(old, new)
    assert "files  1 added, 1 changed, 1 mode, 1 removed" in shown
    assert shown[-1] == "size  3 -> 4 bytes (+1)"


def test_only_behaviour_or_only_files_differ() -> None:
    """Each part says that there is nothing."""
    shown = lines(side(), side(traits=(Trait("host", "a"),)))
    assert shown == ["demo 1 -> demo 1", "behaviour", "  + host a", "files  no difference", "size  0 -> 0 bytes (+0)"]
    assert "behaviour  no difference" in lines(side(), side(entry("a", "1")))


def test_what_has_no_name_has_none() -> None:
    """Nor version."""
    assert lines(side(name="", version=""), side(version=""))[0] == "(no name) -> demo"


def test_nothing_of_a_plugin_reaches_the_terminal_as_it_is() -> None:
    """Names, details and paths."""
    evil = "a\x1b[31m\u202eb"
    shown = lines(side(), side(name=evil, version=evil, traits=(Trait("hook", evil, evil), Trait("skill", evil))))
    assert not {"\x1b", "\u202e"} & set("".join(shown))


def offer(name: str = "demo", *, signatures: int = 0) -> Offer:
    return Offer(
        source=Path("x.zip"),
        name=name,
        version="1.0.0",
        file=f"{name}-1.0.0.zip",
        sha256=Digest("a" * 64),
        size=1,
        digest=Digest("b" * 64),
        signatures=signatures,
        manifest={},
    )


def published(base_url: str, root: str = "dist/marketplace", *, signatures: int = 0) -> list[str]:
    front = Storefront(name="acme", owner="Acme", base_url=base_url)
    market = Marketplace(front, (offer(signatures=signatures),))
    return list(marketplace_command._lines(Published(Path(root), market)))


@pytest.mark.parametrize(("signatures", "expected"), [(0, "(unsigned)"), (2, "(2 signed)")])
def test_a_plugin_is_listed_with_its_digest(signatures: int, expected: str) -> None:
    """And whether anybody signed it: the marketplace itself does not care."""
    (line,) = [line for line in published("https://a.example", signatures=signatures) if line.startswith("  plugin")]
    assert line.split()[1:4] == ["demo", "1.0.0", "a" * 64]
    assert line.endswith(expected)


def test_a_served_one_says_what_to_configure() -> None:
    """Two fragments of JSON, each under what it is for."""
    shown = "\n".join(published("https://a.example"))
    assert '"manifestSha256"' in shown
    assert '"strictKnownMarketplaces"' in shown
    assert "try it" not in shown


@pytest.mark.parametrize(("root", "shown"), [("dist/marketplace", "./dist/marketplace"), ("/srv/m", "/srv/m")])
def test_a_directory_says_how_to_try_it(root: str, shown: str) -> None:
    """``dist/marketplace`` alone would be a repository of somebody called dist."""
    found = published("", root)
    assert f"try it: claude plugin marketplace add {shown}" in found
    assert not any("allowedPluginMarketplaces" in line for line in found)


def test_an_archive_beside_one_that_cannot_be_read_is_one_line() -> None:
    """It is no marketplace yet."""
    assert list(marketplace_command._lines(offer())) == ["demo 1.0.0"]
