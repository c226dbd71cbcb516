"""``build --check-reproducible``: twice under other circumstances; what differs is named."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import pytest

from plugintool.author import reproducible
from plugintool.author.build import BuildOptions, build_plugins
from plugintool.author.lint import lint_tree
from plugintool.author.reproducible import Seen, check_reproducible, copy_reversed, differences
from plugintool.build.write import Built
from plugintool.errors import BuildError
from plugintool.plugin.load import load_plugin
from tests.hostile_input import CLOCK, NAME, plugin_files, write_files

ONE, OTHER = Seen("1", executable=False), Seen("2", executable=False)


def test_differences_are_named_in_order() -> None:
    """What is missing, what has other content, what is executable on one side."""
    first = {"a": ONE, "b": ONE, "c": ONE, "e": ONE}
    second = {"a": ONE, "b": OTHER, "c": Seen("1", executable=True), "d": ONE}
    assert list(differences(first, second)) == [
        "b: other content",
        "c: executable in the second build only",
        "d: only in the second build",
        "e: only in the first build",
    ]
    assert list(differences(first, first)) == []


def test_the_copy_differs_in_what_should_not_matter(tmp_path: Path) -> None:
    """Content and links are the same; times, modes and the order of creation are not."""
    source = write_files(tmp_path / "a", {"x/1.txt": "1", "x/2.sh": "#!/bin/sh\n", "z": "z"})
    (source / "link").symlink_to("x/1.txt")
    (source / "loop").symlink_to(".")
    (source / "gone").symlink_to("nowhere")
    (source / ".git").mkdir()
    (source / ".git/HEAD").write_text("ref")
    (source / "empty").mkdir()
    os.mkfifo(source / "fifo")
    os.utime(source / "z", (0, 0))
    copy_reversed(source, tmp_path / "b/a")
    copy = tmp_path / "b/a"
    assert {path.name for path in copy.iterdir()} == {"x", "z", "link", "loop", "gone", "empty"}
    assert [path.read_bytes() for path in sorted((copy / "x").iterdir())] == [b"1", b"#!/bin/sh\n"]
    assert os.readlink(copy / "link") == "x/1.txt"
    assert not os.access(copy / "x/2.sh", os.X_OK)
    assert (copy / "z").stat().st_mtime > time.time() - 3600


def no_lint(out: Path, **more: object) -> BuildOptions:
    return BuildOptions(out=out, lint=lambda tree: (load_plugin(tree), ()), **more)  # type: ignore[arg-type]


def built(source: Path, out: Path) -> Path:
    (outcome,) = build_plugins([source], no_lint(out)).outcomes
    assert isinstance(outcome.value, Built), outcome
    return outcome.value.root


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A clean plugin with one of everything that a build makes."""
    return write_files(tmp_path / NAME, plugin_files())


def test_a_build_is_reproducible(source: Path, tmp_path: Path) -> None:
    """The second one runs in a process of its own, and leaves nothing."""
    made = built(source, tmp_path / "dist")
    before = sorted(path.name for path in Path(tempfile.gettempdir()).iterdir())
    check_reproducible(made, source, [])
    after = sorted(path.name for path in Path(tempfile.gettempdir()).iterdir())
    assert [name for name in after if name.startswith("plugintool-again-") and name not in before] == []


def test_what_differs_is_an_error(source: Path, tmp_path: Path) -> None:
    """Content that changed, a file that only one has, a mode."""
    made = built(source, tmp_path / "dist")
    (made / "docs/größe.md").write_text("changed")
    (made / "more.txt").write_text("more")
    (made / "bin/start.sh").chmod(0o644)
    with pytest.raises(BuildError, match="not reproducible") as caught:
        check_reproducible(made, source, [])
    assert caught.value.detail["problems"] == (
        "bin/start.sh: executable in the second build only",
        "docs/größe.md: other content",
        "more.txt: only in the first build",
    )


def test_many_differences_are_counted(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty are enough to see what it is about."""
    monkeypatch.setattr(reproducible, "_build", lambda *_: tmp_path / "nothing")
    (tmp_path / "nothing").mkdir()
    made = write_files(tmp_path / "made", {f"{number:02}.txt": "x" for number in range(30)})
    with pytest.raises(BuildError) as caught:
        check_reproducible(made, source, [])
    problems = caught.value.detail["problems"]
    assert (len(problems), problems[-1]) == (21, "and 10 more")


def test_a_second_build_that_fails_says_why(source: Path, tmp_path: Path) -> None:
    """Its words, not ours."""
    made = built(source, tmp_path / "dist")
    (source / "server.key").write_text("-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(BuildError, match="the second build failed") as caught:
        check_reproducible(made, source, [])
    assert "server.key" in str(caught.value.detail["problems"])


def test_the_report_has_the_error_beside_what_was_built(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tree stays: it is what is looked at next."""
    monkeypatch.setattr(reproducible, "_build", lambda *_: write_files(tmp_path / "other", {"x": "x"}))
    options = BuildOptions(out=tmp_path / "dist", lint=lint_tree, check_reproducible=True)
    report = build_plugins([source], options)
    (outcome,) = report.outcomes
    assert (outcome.value is None, report.exit_code) == (False, 1)
    assert outcome.error is not None
    assert outcome.error.code == "build-failed"
    assert (tmp_path / "dist/org-plugins" / NAME).is_dir()


def test_options_are_passed_on(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second build is asked for the same; paths of secrets are relative to the plugin."""
    seen: list[list[str]] = []

    def note(_: Path, __: Path, arguments: list[str]) -> Path:
        seen.append(arguments)
        return tmp_path / "dist/org-plugins" / NAME

    monkeypatch.setattr(reproducible, "_build", note)
    monkeypatch.chdir(tmp_path)
    (source / "server.key").write_text("-----BEGIN PRIVATE KEY-----\n")
    options = no_lint(
        tmp_path / "dist",
        sync_version="7",
        allowed_secrets=(f"{NAME}/server.key",),
        check_reproducible=True,
    )
    assert build_plugins([Path(NAME)], options).exit_code == 0
    assert seen == [["--sync-version", "7", "--allow-secret", "server.key"]]


def test_a_bundle_by_itself_is_compared(tmp_path: Path) -> None:
    """A file stands for itself."""
    source = write_files(tmp_path / "clock", {"manifest.json": json.dumps(CLOCK), "x.js": "console.log(1)\n"})
    options = BuildOptions(out=tmp_path / "dist", lint=lint_tree, check_reproducible=True)
    report = build_plugins([source], options)
    assert report.exit_code == 0, report.outcomes
