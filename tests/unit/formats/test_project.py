"""``plugintool.toml`` gives a frozen value, or every problem with its line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from plugintool.errors import ConfigError, LimitExceededError
from plugintool.formats.patterns import Pattern
from plugintool.formats.project import Project, Suppression, load_project, parse_project
from plugintool.tree.memory import MemoryTree

FULL = b"""\
targets = ["claude-code", "cowork"]

[lint]
select = ["PM", "HK004"]
ignore = ["SK030"]

[lint.per-path]
"skills/legacy/**" = ["SK"]

[[lint.suppress]]
id = "HK012"
path = "hooks/hooks.json"
reason = "made at release time"

[[lint.suppress]]
id = "PM001"
reason = "old"

[build]
ignore = [
  "*.psd",
  "!logo.psd",
]
executables = ["bin/*"]

[bundles.clock]
ignore = ["src/"]
"""


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_project(text.encode())
    return caught.value


def test_a_tree_without_the_file_has_defaults() -> None:
    assert load_project(MemoryTree("x", {"a": b""})) == Project()


def test_every_section_is_read() -> None:
    project = load_project(MemoryTree("x", {"plugintool.toml": FULL}))
    assert project.targets == ("claude-code", "cowork")
    assert project.lint_select == ("PM", "HK004")
    assert project.lint_ignore == ("SK030",)
    assert project.lint_per_path == {"skills/legacy/**": ("SK",)}
    assert project.suppressions == (
        Suppression("HK012", "hooks/hooks.json", "made at release time", 10),
        Suppression("PM001", "*", "old", 15),
    )
    assert project.ignore == (Pattern("*.psd", "plugintool.toml", 21), Pattern("!logo.psd", "plugintool.toml", 22))
    assert project.executables == (Pattern("bin/*", "plugintool.toml", 24),)
    assert project.bundle_ignore == {"clock": (Pattern("src/", "plugintool.toml", 27),)}


def test_an_empty_file_and_empty_sections_are_fine() -> None:
    assert parse_project(b"") == Project()
    assert parse_project(b"[lint]\n[build]\n[bundles]\n") == Project()


def test_windows_line_ends_are_fine() -> None:
    assert parse_project(FULL.replace(b"\n", b"\r\n")) == parse_project(FULL)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = 1", 1, "unknown key 'x'; known: targets"),
        ("\n[biuld]\nignore = []", 2, "unknown key 'biuld'"),
        ("[build]\nignores = []", 2, "unknown key 'ignores' in [build]"),
        ("[lint]\n\nselekt = []", 3, "unknown key 'selekt' in [lint]"),
        ("[bundles.a]\nx = 1", 2, "unknown key 'x' in [bundles.a]"),
        ("[[lint.suppress]]\nid='A'\nreason='b'\nwhy='c'", 4, "unknown key 'why' in [lint.suppress]"),
        ("[build]\nignore = '*.log'", 2, "build.ignore is no list of texts"),
        ("[build]\nignore = [1]", 2, "build.ignore is no list of texts"),
        ("[build]\nignore = ['']", 2, "build.ignore is no list of texts"),
        ("[build]\nexecutables = true", 2, "build.executables is no list of texts"),
        ("build = 1", 1, "build is no table"),
        ("bundles = 1", 1, "bundles is no table"),
        ("[bundles]\nclock = 1", 2, "bundles.clock is no table"),
        ("targets = ['ios']", 1, "unknown target 'ios'"),
        ("[lint]\nper-path = 1", 2, "lint.per-path is no table"),
        ("[lint.per-path]\n'a' = 'b'", 2, "lint.per-path.a is no list of texts"),
        ("[lint]\nsuppress = 1", 2, "lint.suppress is no list of tables"),
        ("[[lint.suppress]]\nid = 'A'", 1, "lint.suppress: reason is missing"),
        ("[[lint.suppress]]\nreason = 'A'", 1, "lint.suppress: id is missing"),
        ("[[lint.suppress]]\nid = 1\nreason = 'x'", 1, "lint.suppress: id is missing or no text"),
        ("[lint]\nsuppress = [1]", 2, "lint.suppress"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, message: str) -> None:
    error = refused(text)
    everything = (error.message, *error.detail.get("problems", ()))
    assert any(message in one for one in everything), everything
    assert error.detail["line"] <= line
    assert error.detail["path"] == "plugintool.toml"
    if not error.detail["problems"]:
        assert error.detail["line"] == line


def test_a_typo_gets_a_suggestion() -> None:
    assert refused("[build]\nignor = []").detail["hint"] == "did you mean ignore?"


def test_all_problems_are_reported() -> None:
    error = refused("x = 1\n[build]\nignore = 1\nexecutables = 2\n")
    assert error.message == "3 problems in the project file"
    assert [problem.split(":")[0] for problem in error.detail["problems"]] == ["line 1", "line 3", "line 4"]


def test_what_is_no_toml_is_named_with_line_and_column() -> None:
    error = refused("[build]\nignore = [")
    assert error.message.startswith("not valid TOML")
    error = refused("a = 1\nb = = 2\n")
    assert (error.detail["line"], error.detail["column"]) == (2, 5)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a = '\xc3'"])
def test_what_is_no_utf8_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError, match="UTF-8"):
        parse_project(data)


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    assert "TOML" in refused("a = " + "[" * 50_000).message


def test_a_huge_file_is_not_read() -> None:
    with pytest.raises(LimitExceededError):
        load_project(MemoryTree("x", {"plugintool.toml": b"#" * 1_100_000}))


def test_executables_follow_the_content_without_patterns() -> None:
    rule = Project().executable_rule()
    assert rule("bin/x", b"#!/bin/sh")
    assert not rule("bin/x", b"text")


def test_patterns_decide_about_executables_and_the_last_one_wins() -> None:
    rule = parse_project(b'[build]\nexecutables = ["bin/*", "!bin/README", "tool"]').executable_rule()
    assert rule("bin/x", b"text")
    assert rule("a/tool", b"text")
    assert not rule("bin/README", b"#!/bin/sh")
    assert rule("other", b"\x7fELF")
    assert not rule("other", b"text")


def test_tomllib_is_imported_for_a_project_file_only(root: Path) -> None:
    script = (
        "import sys\nfrom plugintool.formats.project import load_project\n"
        "from plugintool.tree.memory import MemoryTree\n"
        "load_project(MemoryTree('x', {})); assert 'tomllib' not in sys.modules\n"
        "load_project(MemoryTree('x', {'plugintool.toml': b''})); assert 'tomllib' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root)
