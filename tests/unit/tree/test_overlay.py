"""One tree over another: what is covered comes from above and from nowhere else."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from plugintool.errors import MissingPathError
from plugintool.relpath import RelPath
from plugintool.tree.below import Below
from plugintool.tree.directory import LinkFate, Survey, survey
from plugintool.tree.memory import MemoryTree
from plugintool.tree.overlay import OverlaidSurvey, overlay, with_file
from tests.vendor_world import write_files

MODULES = "node_modules/"


def is_module(path: str) -> bool:
    return path.startswith(MODULES)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The author's directory, with an old installation."""
    return write_files(
        tmp_path / "base",
        {
            "a/manifest.json": "{}",
            "a/node_modules/old/x.js": "old",
            "a/node_modules/both/x.js": "old",
            "other.txt": "o",
        },
    )


@pytest.fixture
def upper(tmp_path: Path) -> Path:
    """What was installed elsewhere."""
    return write_files(
        tmp_path / "upper", {"node_modules/both/x.js": "new", "node_modules/new/x.js": "new", "manifest.json": "other"}
    )


def content(tree: Survey) -> dict[str, str]:
    found = {}
    for file in tree.files():
        with tree.open(file.path) as source:
            found[str(file.path)] = source.read().decode()
    return found


def test_what_is_covered_comes_from_above(base: Path, upper: Path) -> None:
    found = overlay(survey(base), survey(upper), at="a", covers=is_module)
    assert content(found) == {
        "a/manifest.json": "{}",
        "a/node_modules/both/x.js": "new",
        "a/node_modules/new/x.js": "new",
        "other.txt": "o",
    }
    assert list(found.sources) == sorted(found.sources)
    assert found.root == base


def test_the_root_can_be_covered(base: Path, upper: Path) -> None:
    found = overlay(survey(base / "a"), survey(upper), at="", covers=is_module)
    assert set(content(found)) == {"manifest.json", "node_modules/both/x.js", "node_modules/new/x.js"}


def test_one_overlay_goes_over_another(base: Path, upper: Path, tmp_path: Path) -> None:
    """One bundle after the other."""
    first = overlay(survey(base), survey(upper), at="a", covers=is_module)
    more = survey(write_files(tmp_path / "more", {"lib/m.py": "m"}))
    found = overlay(first, more, at="b", covers=lambda path: path.startswith("lib/"))
    assert content(found)["a/node_modules/new/x.js"] == "new"
    assert content(found)["b/lib/m.py"] == "m"
    again = overlay(found, more, at="a", covers=is_module)
    assert not any("node_modules" in path for path in content(again))


def test_a_copy_of_an_overlay_still_knows_its_places(base: Path, upper: Path) -> None:
    """As the build makes one, with the bundles that it will write."""
    found = overlay(survey(base), survey(upper), at="a", covers=is_module)
    copy = replace(found, sources=dict(found.sources))
    assert isinstance(copy, OverlaidSurvey)
    assert content(copy) == content(found)


def test_links_and_odd_entries_are_covered_like_files(base: Path, upper: Path) -> None:
    (base / "a/node_modules/gone").symlink_to("nowhere")
    (base / "kept").symlink_to("nowhere")
    (upper / "node_modules/linked").symlink_to("both")
    (upper / "node_modules/away").symlink_to("/etc")
    (upper / "stray").symlink_to("nowhere")
    write_files(upper, {"node_modules/CON": "x", "AUX": "x"})
    (upper / "node_modules/empty").mkdir()
    (base / "a/node_modules/hollow").mkdir()
    found = overlay(survey(base), survey(upper), at="a", covers=is_module)
    assert {(str(link.path), link.fate) for link in found.links} == {
        ("kept", LinkFate.DANGLING),
        ("a/node_modules/linked", LinkFate.INSIDE),
        ("a/node_modules/away", LinkFate.ABSOLUTE),
    }
    assert [entry.raw for entry in found.bad] == ["a/node_modules/CON"]
    assert found.empty_directories == ("a/node_modules/empty",)
    assert found.sources[RelPath("a/node_modules/linked/x.js")].via == "a/node_modules/linked"
    assert content(found)["a/node_modules/linked/x.js"] == "new"
    assert "a/node_modules/hollow" not in found.directories
    assert {"a/node_modules/empty", "a/node_modules/linked", "a"} <= found.directories


def test_the_directories_of_what_comes_from_above_are_there(base: Path, upper: Path) -> None:
    """Also those that only imply it: rules ask whether a directory is in the bundle."""
    write_files(upper, {"server/lib/m.py": "1"})
    found = overlay(survey(base), survey(upper), at="a", covers=lambda path: path.startswith("server/lib/"))
    assert {"a", "a/server", "a/server/lib"} <= found.directories


def test_an_overlay_can_be_the_upper_one(base: Path, upper: Path) -> None:
    """As when a whole bundle is moved into a plugin of its own to be judged."""
    inner = overlay(survey(base / "a"), survey(upper), at="", covers=is_module)
    found = overlay(Survey(root=base), inner, at="bundles/x", covers=lambda _: True)
    assert content(found)["bundles/x/node_modules/new/x.js"] == "new"
    assert content(found)["bundles/x/manifest.json"] == "{}"


def test_version_control_below_is_covered_too(base: Path, upper: Path) -> None:
    write_files(base, {"a/node_modules/old/.git/HEAD": "x", ".git/HEAD": "x"})
    assert overlay(survey(base), survey(upper), at="a", covers=is_module).version_control == (".git",)


def test_a_file_that_vanishes_is_an_input_error(base: Path, upper: Path) -> None:
    found = overlay(survey(base), survey(upper), at="a", covers=is_module)
    (upper / "node_modules/new/x.js").unlink()
    with pytest.raises(MissingPathError) as caught:
        found.open(RelPath("a/node_modules/new/x.js"))
    assert caught.value.detail["path"] == "a/node_modules/new/x.js"


def test_every_member_of_a_survey_is_looked_after() -> None:
    """A member that is added to a survey must be thought of here."""
    known = {"root", "sources", "links", "bad", "empty_directories", "directories", "version_control"}
    assert {one.name for one in fields(Survey)} == known


# -- a part of a tree ------------------------------------------------------------------------------------------------


def test_the_part_below_a_directory_is_a_tree() -> None:
    tree = MemoryTree("demo", {"a/b/x": b"1", "a/bc": b"2", "y": b"3"}, executables=frozenset({"a/b/x"}))
    found = Below(tree, "a/b")
    assert found.name == "b"
    assert [(file.path, file.size, file.executable) for file in found.files()] == [("x", 1, True)]
    assert found.open(RelPath("x")).read() == b"1"


def test_the_part_below_nothing_is_the_tree() -> None:
    tree = MemoryTree("demo", {"a/b": b"1"})
    found = Below(tree, "")
    assert (found.name, list(found.files())) == ("demo", list(tree.files()))
    assert found.open(RelPath("a/b")).read() == b"1"


def test_a_file_that_is_nowhere_lies_over_the_tree(base: Path) -> None:
    """With its directory; nothing is written, and everything else is as it was."""
    (base / "b").mkdir()
    path = RelPath("b/plugin.json")
    found = with_file(survey(base), path, b"{}")
    assert content(found) == {**content(survey(base)), "b/plugin.json": "{}"}
    assert list(found.sources) == sorted(found.sources)
    assert ("b" in found.directories, found.empty_directories) == (True, ())
    assert list((base / "b").iterdir()) == []


def test_it_stays_under_what_is_brought_in(base: Path, upper: Path) -> None:
    """A plugin whose manifest is written may have bundles whose modules are fetched."""
    written = with_file(survey(base), RelPath("plugin.json"), b"{}")
    found = overlay(written, survey(upper), at="a", covers=is_module)
    assert content(found)["plugin.json"] == "{}"
    assert content(found)["a/node_modules/new/x.js"] == "new"


def test_it_takes_the_place_of_what_is_there(base: Path) -> None:
    """Size and content are those of the new one."""
    found = with_file(survey(base), RelPath("other.txt"), b"longer")
    assert (content(found)["other.txt"], found.sources[RelPath("other.txt")].size) == ("longer", 6)
