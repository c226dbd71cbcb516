"""Directories as trees: the fate of every entry, whatever somebody put there, and what a built tree may hold."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.errors import InputError, LimitExceededError, MissingPathError, UnsafePathError
from plugintool.relpath import RelPath
from plugintool.tree import directory
from plugintool.tree.directory import (
    Link,
    LinkFate,
    iter_levels,
    open_built,
    open_regular,
    read_bounded,
    survey,
)
from plugintool.tree.entry import BadEntry, Tree, TreeFile

NOBODY = 65534


def make(root: Path, *names: str, data: bytes = b"x") -> Path:
    """Write files below ``root``; a name that ends in a slash is a directory."""
    for name in names:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return root


def fates(root: Path) -> dict[str, LinkFate]:
    return {str(link.path): link.fate for link in survey(root).links}


@contextlib.contextmanager
def as_stranger() -> Iterator[None]:
    """Do something without the rights of root, which no mode can stop; others are strangers already."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that every user can reach; pytest's own belong to one user."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        yield place
        for path in [place, *place.rglob("*")]:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)


# -- ordinary trees ----------------------------------------------------------------------------------------------


def test_a_plain_tree(tmp_path: Path) -> None:
    """Every file with its size and mode, sorted by the bytes of the path; directories on the way."""
    make(tmp_path / "demo", "a/b/c", "a-", "Z", ".claude-plugin/plugin.json", "\u00e9", data=b"12345")
    (tmp_path / "demo/Z").chmod(0o640)
    found = survey(tmp_path / "demo")
    assert found.name == "demo"
    assert list(found.sources) == [".claude-plugin/plugin.json", "Z", "a-", "a/b/c", "\u00e9"]
    assert found.files() == [TreeFile(path, 5) for path in found.sources]
    assert found.sources[RelPath("Z")].mode == 0o640
    assert found.sources[RelPath("Z")].via is None
    assert found.directories == {".claude-plugin", "a", "a/b"}
    assert (found.links, found.bad, found.empty_directories, found.version_control) == ((), (), (), ())


def test_an_empty_directory_is_a_tree(tmp_path: Path) -> None:
    """Without files, and it is itself no finding."""
    found = survey(tmp_path)
    assert found.files() == []
    assert found.empty_directories == ()


def test_empty_directories_are_told(tmp_path: Path) -> None:
    """Those without any entry; one that holds only another directory is not empty."""
    make(tmp_path, "a/b/", "c/", "d/x")
    found = survey(tmp_path)
    assert found.empty_directories == ("a/b", "c")
    assert found.directories == {"a", "a/b", "c", "d"}


def test_nothing_and_files_are_no_directory(tmp_path: Path) -> None:
    """The error names the path and the reason."""
    make(tmp_path, "file")
    for name, reason in (("missing", "no such file"), ("file", "not a directory")):
        with pytest.raises(MissingPathError, match=reason) as caught:
            survey(tmp_path / name)
        assert caught.value.detail["path"] == str(tmp_path / name)


@pytest.mark.parametrize("named", [".", "./", "../demo", "../demo/../demo/."])
def test_the_name_is_that_of_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """However it was named."""
    make(tmp_path, "demo/a")
    monkeypatch.chdir(tmp_path / "demo")
    assert survey(Path(named)).name == "demo"
    assert open_built(Path(named)).name == "demo"


def test_a_link_to_the_root_keeps_its_own_name(tmp_path: Path) -> None:
    """The canonical name is what the user sees, not where a store keeps it."""
    make(tmp_path, "store/0123/a")
    (tmp_path / "demo").symlink_to("store/0123")
    assert survey(tmp_path / "demo").name == "demo"
    assert [file.path for file in open_built(tmp_path / "demo").files()] == ["a"]
    assert open_built(tmp_path / "demo", name="other").name == "other"
    assert open_built(tmp_path / "demo", name="").name == ""


def test_order_of_creation_leaves_no_trace(tmp_path: Path) -> None:
    """The same entries give the same survey, whatever order the disk lists them in."""
    names = [f"{folder}{name}" for folder in ("", "a/", "a/b/", "c/") for name in ("x", "y.md", "z1", "Z", "z-")]
    results = []
    for seed in range(3):
        root = tmp_path / str(seed) / "demo"
        random.Random(seed).shuffle(names)
        make(root, *names)
        for number, target in random.Random(seed).sample(list(enumerate(["a", "nowhere", "c/x"])), 3):
            (root / f"link{number}").symlink_to(target)
        os.mkfifo(root / "a/pipe")
        found = survey(root)
        results.append((list(found.sources), found.links, found.bad, found.directories))
    assert results[0] == results[1] == results[2]


# -- names -------------------------------------------------------------------------------------------------------


def test_unsafe_names_are_data(tmp_path: Path) -> None:
    """Each with its rule; a directory of that kind is not looked into; good neighbours stay."""
    make(tmp_path, "good", "a:b", "nul.txt", "x\ny", "sub/e\u0301", "bad./inside", "p~1")
    found = survey(tmp_path)
    assert list(found.sources) == ["good"]
    assert [(entry.raw, entry.rule) for entry in found.bad] == [
        ("a:b", "C18"),
        ("bad.", "C19"),
        ("nul.txt", "C19"),
        ("p~1", "C19"),
        ("sub/e\u0301", "C16"),
        ("x\ny", "C18"),
    ]
    assert all(entry.reason and not entry.reason.startswith("unsafe path") for entry in found.bad)


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    """Shown with escapes, so that every renderer can print them; also as targets of links."""
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.md")).write_bytes(b"x")
    except OSError:  # APFS refuses such names itself
        return
    (tmp_path / "link").symlink_to(os.fsdecode(b"to-\xff"))
    found = survey(tmp_path)
    assert found.bad == (BadEntry("caf\\xe9.md", "the name is not valid UTF-8", "C16"),)
    assert found.links == (Link(RelPath("link"), "to-\\xff", LinkFate.DANGLING),)


def test_depth_at_the_border(tmp_path: Path) -> None:
    """64 segments are surveyed; what lies deeper is told once and not entered."""
    make(tmp_path, "/".join("d" * 63) + "/file")
    assert len(survey(tmp_path).sources) == 1
    make(tmp_path, "/".join("d" * 64) + "/below/file")
    (bad,) = survey(tmp_path).bad
    assert (bad.rule, bad.raw) == ("C20", "/".join("d" * 64) + "/below")


def test_version_control_is_not_looked_into(tmp_path: Path) -> None:
    """Directories, files of submodules and links named .git, at any depth."""
    make(tmp_path, ".git/config", ".git/a:b", "vendor/x/.git", "vendor/x/a", ".gitignore", "w/.git/HEAD")
    (tmp_path / "v").mkdir()
    (tmp_path / "v/.git").symlink_to("/nowhere")
    found = survey(tmp_path)
    assert found.version_control == (".git", "v/.git", "vendor/x/.git", "w/.git")
    assert list(found.sources) == [".gitignore", "vendor/x/a"]
    assert (found.bad, found.links) == ((), ())


def test_version_control_in_other_case_is_a_bad_name(tmp_path: Path) -> None:
    """``.GIT`` is a repository where case does not count (C21)."""
    make(tmp_path, ".GIT/config")
    assert [(entry.raw, entry.rule) for entry in survey(tmp_path).bad] == [(".GIT", "C21")]


# -- links -------------------------------------------------------------------------------------------------------


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A tree beside another one, with something to link to in both."""
    make(tmp_path, "outside/secret", "demo-other/x")
    return make(tmp_path / "demo", "file", "dir/one", "dir/sub/two")


@pytest.mark.parametrize(
    ("place", "target", "fate"),
    [
        ("link", "file", LinkFate.INSIDE),
        ("link", "dir", LinkFate.INSIDE),
        ("link", "./dir/../file", LinkFate.INSIDE),
        ("dir/link", "../file", LinkFate.INSIDE),
        ("dir/link", "../dir/sub/two", LinkFate.INSIDE),
        ("link", "../outside/secret", LinkFate.LEAVES),
        ("link", "../outside", LinkFate.LEAVES),
        ("link", "..", LinkFate.LEAVES),
        ("link", "../demo-other/x", LinkFate.LEAVES),
        ("dir/sub/link", "../../../outside", LinkFate.LEAVES),
        ("link", "missing", LinkFate.DANGLING),
        ("link", "file/x", LinkFate.DANGLING),
        ("link", "../missing", LinkFate.DANGLING),
        ("link", "x" * 300, LinkFate.DANGLING),
        ("link", "/etc/passwd", LinkFate.ABSOLUTE),
        ("link", "/", LinkFate.ABSOLUTE),
        ("link", "/does/not/exist", LinkFate.ABSOLUTE),
        ("link", "link", LinkFate.LOOP),
        ("link", "./link/x", LinkFate.LOOP),
        ("link", ".", LinkFate.LOOP),
        ("dir/link", ".", LinkFate.LOOP),
        ("dir/link", "..", LinkFate.LOOP),
        ("dir/sub/link", "../../dir", LinkFate.LOOP),
    ],
)
def test_fate_of_a_link(linked: Path, place: str, target: str, fate: LinkFate) -> None:
    """Where it leads decides; the text of an absolute one decides alone, the same on every machine."""
    (linked / place).symlink_to(target)
    (link,) = survey(linked).links
    assert (link.path, link.target, link.fate) == (place, target, fate)


def test_an_absolute_link_to_the_inside_is_absolute(linked: Path) -> None:
    """It would lead elsewhere on another machine."""
    (linked / "link").symlink_to(linked / "file")
    found = survey(linked)
    assert found.links[0].fate is LinkFate.ABSOLUTE
    assert RelPath("link") not in found.sources


def test_files_are_seen_through_links_inside(linked: Path) -> None:
    """Under the path of the link, with the size and mode of the target, and remembering the link."""
    (linked / "file").write_bytes(b"12345")
    (linked / "file").chmod(0o755)
    (linked / "to-file").symlink_to("file")
    (linked / "to-dir").symlink_to("dir")
    found = survey(linked)
    seen_paths = ["dir/one", "dir/sub/two", "file", "to-dir/one", "to-dir/sub/two", "to-file"]
    assert list(found.sources) == seen_paths
    seen = found.sources[RelPath("to-file")]
    assert (seen.size, seen.mode, seen.via) == (5, 0o755, "to-file")
    assert found.sources[RelPath("to-dir/sub/two")].via == "to-dir"
    assert {link.path: link.to_directory for link in found.links} == {"to-dir": True, "to-file": False}
    assert {"to-dir", "to-dir/sub"} <= found.directories
    with found.open(RelPath("to-dir/sub/two")) as source:
        assert source.read() == b"x"


@pytest.mark.parametrize("target", ["../outside/secret", "../outside", "/etc", "missing", "link"])
def test_nothing_is_seen_through_other_links(linked: Path, target: str) -> None:
    """No file from elsewhere gets into the tree."""
    before = survey(linked).sources
    (linked / "link").symlink_to(target)
    found = survey(linked)
    assert found.sources == before
    assert "link" not in found.directories


def test_a_link_through_a_link_that_leaves_leaves(linked: Path) -> None:
    """The last place counts, not the text."""
    (linked / "out").symlink_to("../outside")
    (linked / "link").symlink_to("out/secret")
    assert fates(linked) == {"link": LinkFate.LEAVES, "out": LinkFate.LEAVES}


@pytest.mark.parametrize("target", [".git", ".git/config", "vendor/.git/config"])
def test_what_version_control_keeps_is_not_reached_through_links(linked: Path, target: str) -> None:
    """The configuration of a repository may hold passwords; it is no part of the plugin."""
    make(linked, ".git/config", "vendor/.git/config")
    (linked / "link").symlink_to(target)
    found = survey(linked)
    assert found.links[0].fate is LinkFate.LEAVES
    assert not [path for path in found.sources if path.startswith("link")]


def test_two_links_in_a_ring(linked: Path) -> None:
    """Each is a loop."""
    (linked / "a").symlink_to("b")
    (linked / "b").symlink_to("a")
    assert fates(linked) == {"a": LinkFate.LOOP, "b": LinkFate.LOOP}


def test_directories_that_link_to_each_other(linked: Path) -> None:
    """Each is seen once through the other, and there it ends."""
    make(linked, "p/x", "q/y")
    (linked / "p/to-q").symlink_to("../q")
    (linked / "q/to-p").symlink_to("../p")
    found = survey(linked)
    assert {"p/to-q/y", "q/to-p/x"} <= set(found.sources)
    assert fates(linked)["p/to-q/to-p"] is LinkFate.LOOP
    assert not [path for path in found.sources if "to-p/to-q" in path]


def test_a_short_chain_of_links_is_followed(linked: Path) -> None:
    """Link to link to file: each is inside."""
    for number, target in enumerate(["file", "link0", "link1", "link2"]):
        (linked / f"link{number}").symlink_to(target)
    assert set(fates(linked).values()) == {LinkFate.INSIDE}
    with survey(linked).open(RelPath("link3")) as source:
        assert source.read() == b"x"


def test_a_long_chain_of_links_is_a_loop(linked: Path) -> None:
    """What the system itself does not follow (40 links on Linux) is no file, and costs no recursion."""
    for number in range(1500):
        (linked / f"link{number:04}").symlink_to("file" if number == 0 else f"link{number - 1:04}")
    found = survey(linked)
    followed = [link for link in found.links if link.fate is LinkFate.INSIDE]
    assert 8 <= len(followed) < 100
    assert {link.fate for link in found.links[len(followed) :]} == {LinkFate.LOOP}
    for link in followed:
        found.open(link.path).close()


def fan(root: Path, width: int, depth: int) -> Path:
    """Directories that each link several times to the next: width ** depth paths from a few dozen entries."""
    for level in range(depth):
        make(root, f"d{level:02}/")
        for number in range(width):
            (root / f"d{level:02}/to{number}").symlink_to(f"../d{level + 1:02}")
    return make(root, f"d{depth:02}/file")


def test_a_small_fan_is_followed(tmp_path: Path) -> None:
    """Every path that leads to a file is one file."""
    found = survey(fan(tmp_path, 2, 4))
    assert len(found.sources) == sum(2**level for level in range(5))


def test_fans_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exponential number of paths ends at the limit, soon."""
    monkeypatch.setattr(limits, "SCAN_ENTRIES", 10_000)
    fan(tmp_path, 4, 30)
    start = time.process_time()
    with pytest.raises(LimitExceededError, match="more than 10000 entries") as caught:
        survey(tmp_path)
    assert time.process_time() - start < 5
    assert caught.value.detail["path"] == str(tmp_path)


def test_a_deep_thin_fan_ends_with_loops(tmp_path: Path) -> None:
    """One link a directory: no error, and nothing beyond what the system can open."""
    found = survey(fan(tmp_path, 1, 50))
    for path in found.sources:
        found.open(path).close()
    assert LinkFate.LOOP in {link.fate for link in found.links}


def test_entries_at_the_border(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many entries as allowed, directories and what is left out later among them; one more is an error."""
    make(tmp_path, "a/1", "a/2", "b/", "c", "node_modules/x")
    monkeypatch.setattr(limits, "SCAN_ENTRIES", 7)
    assert len(survey(tmp_path).sources) == 4
    make(tmp_path, "d")
    with pytest.raises(LimitExceededError):
        survey(tmp_path)
    with pytest.raises(LimitExceededError):
        open_built(tmp_path)


# -- what is no file ---------------------------------------------------------------------------------------------


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(path.parent)  # the name of a socket is at most 108 bytes
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


SPECIAL: dict[str, Callable[[Path], None]] = {"a FIFO": os.mkfifo, "a socket": make_socket}
if os.geteuid() == 0:
    SPECIAL["a character device"] = lambda path: os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    SPECIAL["a block device"] = lambda path: os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(7, 200))


@pytest.mark.parametrize("kind", SPECIAL)
def test_special_files_are_data(tmp_path: Path, kind: str) -> None:
    """Told with their kind (C23), also through a link; never opened."""
    make(tmp_path, "sub/good")
    SPECIAL[kind](tmp_path / "sub/odd")
    (tmp_path / "link").symlink_to("sub/odd")
    found = survey(tmp_path)
    assert found.bad == (BadEntry("link", kind, "C23"), BadEntry("sub/odd", kind, "C23"))
    assert list(found.sources) == ["sub/good"]


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize("follow", [False, True])
def test_special_files_are_never_opened(tmp_path: Path, kind: str, follow: bool) -> None:
    """No blocking, no handle left."""
    SPECIAL[kind](tmp_path / "odd")
    with pytest.raises(InputError) as caught:
        open_regular(tmp_path / "odd", follow=follow)
    if os.geteuid() == 0 or kind in {"a FIFO", "a socket"}:
        assert caught.value.detail["path"] == str(tmp_path / "odd")


def test_kinds_have_names() -> None:
    """Devices can only be made by root; their names are the same table."""
    kinds = directory._KINDS
    assert kinds[stat.S_IFCHR] == "a character device"
    assert kinds[stat.S_IFBLK] == "a block device"


# -- what cannot be read -----------------------------------------------------------------------------------------


def test_an_unreadable_directory_is_data(open_place: Path) -> None:
    """The rest is surveyed; the root itself is an error."""
    make(open_place, "demo/good", "demo/closed/inside")
    (open_place / "demo/closed").chmod(0)
    with as_stranger():
        found = survey(open_place / "demo")
        assert found.bad == (BadEntry("closed", "a directory that cannot be read (permission denied)"),)
        assert list(found.sources) == ["good"]
        with pytest.raises(MissingPathError, match="cannot be read") as caught:
            open_built(open_place / "demo")
        assert caught.value.detail["path"] == "closed"
        with pytest.raises(MissingPathError, match="permission denied"):
            survey(open_place / "demo/closed")


def test_a_directory_that_only_lists_is_data(open_place: Path) -> None:
    """Names can be read, the entries behind them cannot: each is told."""
    make(open_place, "demo/listed/a", "demo/listed/b", "demo/good")
    (open_place / "demo/listed/link").symlink_to("a")
    (open_place / "demo/listed").chmod(0o744)
    if os.geteuid() != 0:
        (open_place / "demo/listed").chmod(0o444)
    with as_stranger():
        found = survey(open_place / "demo")
    assert [entry.raw for entry in found.bad] == ["listed/a", "listed/b", "listed/link"]
    assert {entry.reason for entry in found.bad} == {"an entry that cannot be read (permission denied)"}
    assert list(found.sources) == ["good"]


def test_an_unreadable_file_is_listed_and_not_opened(open_place: Path) -> None:
    """Its size can be seen; opening it says why not."""
    make(open_place, "demo/closed")
    (open_place / "demo/closed").chmod(0)
    with as_stranger():
        found = open_built(open_place / "demo")
        with pytest.raises(MissingPathError, match="cannot be read: permission denied") as caught:
            found.open(RelPath("closed"))
        assert caught.value.detail["path"] == "closed"


def test_files_that_vanish_meanwhile_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Editors write and rename temporary files while a survey runs."""
    make(tmp_path, "a", "gone", "z")
    (tmp_path / "vanished-link").symlink_to("a")
    real_list = directory._Scan._list

    def list_then_remove(scan: directory._Scan, real: str) -> list[os.DirEntry[str]]:
        entries = real_list(scan, real)
        for name in ("gone", "vanished-link"):
            (tmp_path / name).unlink()
        return entries

    monkeypatch.setattr(directory._Scan, "_list", list_then_remove)
    found = survey(tmp_path)
    assert list(found.sources) == ["a", "z"]
    assert (found.bad, found.links) == ((), ())


# -- built trees -------------------------------------------------------------------------------------------------


def as_tree(tree: Tree) -> Tree:
    """Let the type checker say that it is one."""
    return tree


def test_a_built_tree(tmp_path: Path) -> None:
    """Regular files, sorted, without marks: modes are not read."""
    make(tmp_path / "demo", "b/c", "b-", "a", data=b"123")
    (tmp_path / "demo/a").chmod(0o755)
    tree = as_tree(open_built(tmp_path / "demo"))
    assert tree.name == "demo"
    assert list(tree.files()) == [TreeFile(RelPath(name), 3, None) for name in ("a", "b-", "b/c")]
    with tree.open(RelPath("b/c")) as source:
        assert source.read() == b"123"


STRANGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "link": ("C23", lambda root: (root / "odd").symlink_to("good")),
    "link-dangling": ("C23", lambda root: (root / "odd").symlink_to("nowhere")),
    "link-to-directory": ("C23", lambda root: (root / "odd").symlink_to("sub")),
    "fifo": ("C23", lambda root: os.mkfifo(root / "odd")),
    "socket": ("C23", lambda root: make_socket(root / "odd")),
    "unsafe": ("C19", lambda root: (root / "odd.").touch()),
    "control": ("C18", lambda root: (root / "odd\x1b").touch()),
    "git": ("C21", lambda root: (root / ".git").mkdir()),
    "git-file": ("C21", lambda root: (root / "sub/.git").touch()),
    "git-upper": ("C21", lambda root: (root / ".Git").mkdir()),
}


@pytest.mark.parametrize(("rule", "plant"), STRANGE.values(), ids=STRANGE.keys())
def test_a_built_tree_holds_nothing_strange(tmp_path: Path, rule: str, plant: Callable[[Path], None]) -> None:
    """A link, a special file, an unsafe name or a repository is an error with its rule."""
    make(tmp_path, "good", "sub/x")
    open_built(tmp_path)
    plant(tmp_path)
    with pytest.raises(UnsafePathError) as caught:
        open_built(tmp_path)
    assert caught.value.rule == rule
    assert caught.value.message.endswith("in a built tree")
    assert caught.value.detail["path"]


def test_a_built_tree_names_everything_strange(tmp_path: Path) -> None:
    """All problems, in order of path; the first one leads."""
    make(tmp_path, "a.", ".git/x", "good")
    (tmp_path / "link").symlink_to("good")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnsafePathError) as caught:
        open_built(tmp_path)
    assert caught.value.detail["path"] == ".git"
    assert [problem.split(":")[0] for problem in caught.value.detail["problems"]] == [".git", "a.", "link", "pipe"]


def test_a_built_tree_holds_no_colliding_names(tmp_path: Path) -> None:
    """What this disk keeps apart, another does not (C22)."""
    make(tmp_path, "README.md")
    if (tmp_path / "readme.md").exists():  # a disk that ignores case cannot hold such a tree
        return
    make(tmp_path, "readme.md", "file", "\ufb01le")
    with pytest.raises(UnsafePathError) as caught:
        open_built(tmp_path)
    assert caught.value.rule == "C22"
    assert caught.value.detail["problems"] == ("README.md and readme.md", "file and \ufb01le")


def test_a_link_put_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """Between listing and opening."""
    make(tmp_path, "demo/a", "secret")
    tree = open_built(tmp_path / "demo")
    (tmp_path / "demo/a").unlink()
    (tmp_path / "demo/a").symlink_to("../secret")
    with pytest.raises(InputError, match="not a regular file") as caught:
        tree.open(RelPath("a"))
    assert caught.value.detail["path"] == "a"


# -- opening and reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("follow", [False, True])
def test_open_regular(tmp_path: Path, follow: bool) -> None:
    """A file opens; a directory, nothing and a path through a file do not."""
    make(tmp_path, "file", "dir/")
    with open_regular(tmp_path / "file", follow=follow) as source:
        assert source.read() == b"x"
    with pytest.raises(InputError, match="not a regular file"):
        open_regular(tmp_path / "dir", follow=follow)
    for name in ("missing", "file/x", "x" * 300):
        with pytest.raises(MissingPathError, match="cannot be read"):
            open_regular(tmp_path / name, follow=follow)


def test_open_regular_follows_only_when_asked(tmp_path: Path) -> None:
    """A link to a file, to a directory, to a FIFO, to nothing, to itself."""
    make(tmp_path, "file", "dir/")
    os.mkfifo(tmp_path / "pipe")
    for name in ("file", "dir", "pipe", "missing"):
        (tmp_path / f"to-{name}").symlink_to(name)
        with pytest.raises(InputError, match="not a regular file"):
            open_regular(tmp_path / f"to-{name}")
    (tmp_path / "self").symlink_to("self")
    with open_regular(tmp_path / "to-file", follow=True) as source:
        assert source.read() == b"x"
    for name in ("to-dir", "to-pipe", "to-missing", "self"):
        with pytest.raises(InputError):
            open_regular(tmp_path / name, follow=True)


def test_errors_name_what_was_shown(tmp_path: Path) -> None:
    """Inside a tree a file is named by its path in the tree."""
    with pytest.raises(MissingPathError) as caught:
        open_regular(tmp_path / "missing", shown="skills/x")
    assert caught.value.detail["path"] == "skills/x"
    with pytest.raises(MissingPathError) as caught:
        open_regular(tmp_path / "missing")
    assert caught.value.detail["path"] == str(tmp_path / "missing")


def test_refusing_leaves_no_handle(tmp_path: Path) -> None:
    """A thousand refused FIFOs do not use up the handles of the process."""
    os.mkfifo(tmp_path / "pipe")
    for _ in range(3000):
        with contextlib.suppress(InputError):
            open_regular(tmp_path / "pipe")
    with open_regular(make(tmp_path, "file") / "file") as source:
        assert source.fileno() < 1000


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_read_bounded_up_to_the_border(tmp_path: Path, size: int) -> None:
    """A file of exactly the limit is read whole."""
    make(tmp_path, "file", data=b"x" * size)
    assert read_bounded(tmp_path / "file", max_bytes=10) == b"x" * size


def test_read_bounded_beyond_the_border(tmp_path: Path) -> None:
    """One byte more is an error that names file and limit."""
    make(tmp_path, "file", data=b"x" * 11)
    with pytest.raises(LimitExceededError, match="larger than 10 bytes") as caught:
        read_bounded(tmp_path / "file", max_bytes=10)
    assert caught.value.detail["path"] == str(tmp_path / "file")
    with pytest.raises(LimitExceededError) as caught:
        read_bounded(tmp_path / "file", max_bytes=10, shown="a.json")
    assert caught.value.detail["path"] == "a.json"


def test_read_bounded_has_the_limit_of_texts(tmp_path: Path) -> None:
    """1 MiB unless told otherwise."""
    make(tmp_path, "file", data=b"x" * limits.TEXT_BYTES)
    assert len(read_bounded(tmp_path / "file")) == limits.TEXT_BYTES
    make(tmp_path, "file", data=b"x" * (limits.TEXT_BYTES + 1))
    with pytest.raises(LimitExceededError):
        read_bounded(tmp_path / "file")


def test_read_bounded_follows_links_and_refuses_the_rest(tmp_path: Path) -> None:
    """What a user names may be a link; a FIFO or a directory is refused at once."""
    make(tmp_path, "file", "dir/")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    assert read_bounded(tmp_path / "link") == b"x"
    for name in ("dir", "pipe", "missing"):
        with pytest.raises(InputError):
            read_bounded(tmp_path / name)


def test_read_bounded_of_an_endless_file() -> None:
    """A device is no regular file: it is not read at all."""
    with pytest.raises(InputError, match="not a regular file"):
        read_bounded(Path("/dev/zero"))


# -- levels ------------------------------------------------------------------------------------------------------


def test_levels_come_parents_first_and_once() -> None:
    """Every directory that the paths imply."""
    paths = [RelPath(path) for path in ("a/b/c", "a/b/d", "a/e", "f", "g/h/i/j")]
    assert list(iter_levels(paths)) == ["a", "a/b", "g", "g/h", "g/h/i"]
    assert list(iter_levels([])) == []
    for order in itertools.permutations(paths):
        seen: set[str] = set()
        for level in iter_levels(order):
            assert level not in seen
            assert level.rpartition("/")[0] in {"", *seen}
            seen.add(level)
