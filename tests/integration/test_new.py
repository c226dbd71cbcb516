"""``plugintool new`` as people use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from plugintool.cli.main import run

COMPONENTS = [
    (("agent", "scout"), "agents/scout.md"),
    (("command", "scout"), "commands/scout.md"),
    (("skill", "scout"), "skills/scout/SKILL.md"),
    (("hook", "scout"), "scripts/scout.sh"),
    (("mcp", "scout", "--url", "https://mcp.acme.test"), ".mcp.json"),
]
ORIGIN = [
    ".claude-plugin/plugin.json",
    ".mcp.json",
    "LICENSE",
    "README.md",
    "agents/code-reviewer.md",
    "commands/find-all-bugs.md",
    "skills/security-review/SKILL.md",
]
"""The example of the app's documentation of organization plugins, with the two files that every plugin should have."""


class Ended(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The value of the only subject of a JSON document."""
        return json.loads(self.out)["subjects"][0]["value"]


New = Callable[..., Ended]


@pytest.fixture
def new(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> New:
    """Run ``plugintool new`` in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def call(*args: str) -> Ended:
        code = run(["new", *args])
        out, err = capfd.readouterr()
        return Ended(code, out, err)

    return call


def files_below(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def read(path: str) -> Any:
    return json.loads(Path(path).read_text("utf-8"))


def test_a_plugin_without_options_is_the_documented_example(new: New) -> None:
    ended = new("plugin", "code-reviewer")
    assert ended.code == 0
    assert files_below(Path("code-reviewer")) == ORIGIN
    assert ended.out.startswith("wrote 7 files of code-reviewer in code-reviewer\n")
    assert all(path in ended.out for path in ORIGIN)


def test_it_ends_with_at_most_three_commands_as_talk(new: New) -> None:
    ended = new("plugin", "acme", "--into", ".")
    commands = ended.err.splitlines()
    assert commands[0] == "next:"
    assert commands[1:] == ["  plugintool lint acme", "  plugintool build acme", "  claude --plugin-dir acme"]


def test_quiet_says_nothing(new: New) -> None:
    assert new("plugin", "acme", "-q") == Ended(0, "", "")
    assert Path("acme/README.md").is_file()


@pytest.mark.parametrize(
    ("wanted", "directories"),
    [
        (["--with", "agent"], {"agents"}),
        (["--with", "agents,hook"], {"agents", "hooks", "scripts"}),
        (["--with", "skill", "--with", "command,skills"], {"skills", "commands"}),
        (["--with", "bundle"], {"bundles"}),
        (["--with", "all"], {"agents", "commands", "skills", "hooks", "scripts", "bundles"}),
    ],
)
def test_components_are_chosen(new: New, wanted: list[str], directories: set[str]) -> None:
    assert new("plugin", "acme", *wanted).code == 0
    assert {path.name for path in Path("acme").iterdir() if path.is_dir()} == directories | {".claude-plugin"}


def test_json_is_one_document_with_everything(new: New) -> None:
    ended = new("plugin", "acme", "--with", "hook", "--format", "json")
    created = [".claude-plugin/plugin.json", "LICENSE", "README.md", "hooks/hooks.json", "scripts/check-edits.sh"]
    assert ended.value == {
        "plugin": "acme",
        "directory": "acme",
        "created": created,
        "merged": [],
        "kept": [],
        "dry_run": False,
        "next": ["plugintool lint acme", "plugintool build acme", "claude --plugin-dir acme"],
    }


def test_author_description_and_address_are_used(new: New) -> None:
    options = ("--author", "Ana <ana@acme.test>", "--description", "Says: no", "--mcp-url", "https://mcp.acme.test")
    assert new("plugin", "acme", *options).code == 0
    manifest = read("acme/.claude-plugin/plugin.json")
    assert manifest["author"] == {"name": "Ana", "email": "ana@acme.test"}
    assert manifest["description"] == "Says: no"
    assert read("acme/.mcp.json")["mcpServers"]["acme"]["url"] == "https://mcp.acme.test"


def test_without_an_author_the_plugin_has_one(new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither git nor the environment is asked: the same command gives the same files on every machine."""
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    assert new("plugin", "acme").code == 0
    assert read("acme/.claude-plugin/plugin.json")["author"] == {"name": "acme authors"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("plugin", "Code Reviewer"), "call it code-reviewer"),
        (("plugin", "claude-helper"), "call it helper"),
        (("plugin", "../escape"), "call it escape"),
        (("plugin", "acme", "--with", "skils"), "Did you mean 'skill'?"),
        (("plugin", "acme", "--with", ","), "names no component"),
        (("plugin", "acme", "--author", "<a@b>"), "not an author"),
        (("plugin", "acme", "--description", "a\nb"), "one line"),
        (("plugin", "acme", "--mcp-url", "http://x.test"), "not encrypted"),
        (("plugin", "acme", "--with", "agent", "--mcp-url", "https://x.test"), "add mcp to --with"),
        (("plugin",), "NAME"),
        (("plugn",), "plugin"),
        (("agent", "Scout"), "call it scout"),
        (("mcp", "scout"), "--url"),
        (("hook", "scout", "--event", "Stop"), "PostToolUse"),
    ],
)
def test_answers_that_cannot_be_used_are_usage_errors(new: New, args: tuple[str, ...], said: str) -> None:
    ended = new(*args)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert not os.listdir()


def test_a_directory_that_is_not_empty_is_refused(new: New) -> None:
    new("plugin", "acme")
    Path("acme/README.md").write_text("mine")
    ended = new("plugin", "acme")
    assert ended.code == 1
    assert "not empty" in ended.err
    assert "--here" in ended.err
    assert Path("acme/README.md").read_text() == "mine"


def test_a_missing_parent_is_an_error(new: New) -> None:
    ended = new("plugin", "acme", "--into", "nowhere")
    assert ended.code == 1
    assert "nowhere" in ended.err
    assert not os.listdir()


@pytest.mark.parametrize("taken", [False, True])
def test_a_dry_run_ends_like_the_real_run_and_writes_nothing(new: New, taken: bool) -> None:
    if taken:
        Path("acme").mkdir()
        Path("acme/file").touch()
    planned = new("plugin", "acme", "--dry-run", "--format", "json")
    assert files_below(Path()) == (["acme/file"] if taken else [])
    real = new("plugin", "acme", "--format", "json")
    assert planned.code == real.code == int(taken)
    if not taken:
        assert planned.value == real.value | {"dry_run": True}


def test_here_completes_a_folder_of_skills(new: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "office-skills"
    for skill in ("letters", "meeting-notes"):
        (folder / "skills" / skill).mkdir(parents=True)
        (folder / "skills" / skill / "SKILL.md").write_text("mine")
    (folder / "LICENSE.txt").write_text("ours alone")
    monkeypatch.chdir(folder)
    ended = new("plugin", "office-skills", "--here", "--format", "json")
    assert ended.value["created"] == [".claude-plugin/plugin.json", "README.md"]
    manifest = read(".claude-plugin/plugin.json")
    assert manifest["description"] == "Skills for letters and meeting notes."
    assert "license" not in manifest, "the text of somebody else's license file is not known"


def test_here_adds_what_was_asked_for_and_keeps_the_rest(new: New) -> None:
    new("plugin", "acme", "--with", "agent,mcp")
    Path("acme/agents/acme.md").write_text("mine")
    Path("acme/LICENSE").unlink()
    before = Path("acme/.claude-plugin/plugin.json").read_bytes()
    ended = new("plugin", "acme", "--here", "--into", "acme", "--with", "all", "--format", "json")
    assert ended.code == 0
    assert ended.value["kept"] == [".mcp.json", "README.md", "agents/acme.md"]
    assert ended.value["merged"] == [".claude-plugin/plugin.json"]
    assert "LICENSE" in ended.value["created"]
    assert Path("acme/agents/acme.md").read_text() == "mine"
    assert Path("acme/.claude-plugin/plugin.json").read_bytes().startswith(before.rstrip(b"}\n"))


def test_here_twice_changes_nothing_the_second_time(new: New) -> None:
    Path("acme").mkdir()
    options = ("plugin", "acme", "--here", "--into", "acme", "--with", "all")
    assert new(*options).code == 0
    before = {path: Path("acme", path).stat().st_mtime_ns for path in files_below(Path("acme"))}
    ended = new(*options)
    assert ended.code == 0
    assert ended.out.startswith("wrote nothing of acme in acme\n")
    assert {path: Path("acme", path).stat().st_mtime_ns for path in files_below(Path("acme"))} == before


def test_here_in_a_fresh_repository_gives_the_example(
    new: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code-reviewer" / ".git").mkdir(parents=True)
    monkeypatch.chdir("code-reviewer")
    assert new("plugin", "code-reviewer", "--here").code == 0
    assert files_below(Path()) == ORIGIN


@pytest.mark.parametrize("has_manifest", [False, True])
def test_here_under_another_name_is_refused(new: New, has_manifest: bool) -> None:
    Path("other/.claude-plugin").mkdir(parents=True)
    if has_manifest:
        Path("other/.claude-plugin/plugin.json").write_text('{"name": "other"}')
    ended = new("plugin", "acme", "--here", "--into", "other")
    assert ended.code == 1
    assert "expected: acme" in ended.err
    assert "found: other" in ended.err


def test_here_without_a_directory_is_an_error(new: New) -> None:
    ended = new("plugin", "acme", "--here", "--into", "acme")
    assert ended.code == 1
    assert "no readable directory" in ended.err


@pytest.mark.parametrize(("args", "path"), COMPONENTS)
def test_a_component_is_added_to_a_plugin(new: New, args: tuple[str, ...], path: str) -> None:
    new("plugin", "acme", "--with", "agent")
    ended = new(*args, "--plugin", "acme")
    assert ended.code == 0
    assert Path("acme", path).is_file()
    assert ended.err.splitlines()[1:] == [
        "  plugintool lint acme",
        "  plugintool build acme",
        "  claude --plugin-dir acme",
    ]


@pytest.mark.parametrize(("args", "path"), COMPONENTS)
def test_a_component_of_that_name_is_never_overwritten(new: New, args: tuple[str, ...], path: str) -> None:
    new("plugin", "acme", "--with", "agent")
    new(*args, "--plugin", "acme")
    before = {name: Path("acme", name).read_bytes() for name in files_below(Path("acme"))}
    ended = new(*args, "--plugin", "acme")
    assert ended.code == 1
    assert "already" in ended.err
    assert path in ended.err
    assert {name: Path("acme", name).read_bytes() for name in files_below(Path("acme"))} == before


@pytest.mark.parametrize(("args", "path"), COMPONENTS)
def test_a_component_can_be_planned_only(new: New, args: tuple[str, ...], path: str) -> None:
    new("plugin", "acme", "--with", "agent")
    before = files_below(Path("acme"))
    planned = new(*args, "--plugin", "acme", "--dry-run", "--format", "json")
    assert planned.value["dry_run"] is True
    assert path in planned.value["created"]
    assert not planned.err
    assert files_below(Path("acme")) == before


@pytest.mark.parametrize(("args", "path"), COMPONENTS)
def test_a_component_needs_a_plugin(new: New, args: tuple[str, ...], path: str) -> None:
    ended = new(*args)
    assert ended.code == 1
    assert "no plugin here" in ended.err
    assert "plugintool new plugin NAME --here" in ended.err
    assert not Path(path).exists()


def test_after_a_bundle_the_built_tree_is_what_runs(new: New) -> None:
    new("plugin", "acme", "--with", "bundle")
    ended = new("agent", "scout", "--plugin", "acme")
    assert "claude --plugin-dir dist/org-plugins/acme" in ended.err


def test_a_hook_joins_the_hooks_that_are_there(new: New) -> None:
    new("plugin", "acme", "--with", "agent")
    Path("acme/hooks").mkdir()
    Path("acme/hooks/hooks.json").write_text('{\n\t"description": "ours",\n\t"hooks": {}\n}')
    assert new("hook", "greet", "--event", "SessionStart", "--plugin", "acme").code == 0
    hooks = Path("acme/hooks/hooks.json").read_text()
    assert hooks.startswith('{\n\t"description": "ours",\n\t"hooks": {\n\t\t"SessionStart": [\n\t\t\t{\n')
    assert json.loads(hooks)["description"] == "ours"
    assert os.access("acme/scripts/greet.sh", os.X_OK)


@pytest.mark.parametrize("broken", ["{", '{"hooks": {}, "hooks": {}}', "[]", '{"hooks": []}'])
def test_a_broken_file_is_named_and_nothing_is_written(new: New, broken: str) -> None:
    new("plugin", "acme", "--with", "agent")
    Path("acme/hooks").mkdir()
    Path("acme/hooks/hooks.json").write_text(broken)
    ended = new("hook", "greet", "--plugin", "acme")
    assert ended.code == 1
    assert "hooks/hooks.json" in ended.err
    assert not Path("acme/scripts").exists()
    assert Path("acme/hooks/hooks.json").read_text() == broken


@pytest.mark.parametrize("broken", ["[]", "{", "7"])
def test_a_broken_manifest_is_named(new: New, broken: str) -> None:
    Path("acme/.claude-plugin").mkdir(parents=True)
    Path("acme/.claude-plugin/plugin.json").write_text(broken)
    ended = new("agent", "scout", "--plugin", "acme")
    assert ended.code == 1
    assert ".claude-plugin/plugin.json" in ended.err


def test_names_of_directories_are_shown_escaped(new: New) -> None:
    odd = "dir\x1b[31m"
    Path(odd).mkdir()
    ended = new("plugin", "acme", "--into", odd)
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err
    assert "'dir\\x1b[31m/acme'" in ended.err, "quoted for a shell"


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_at_any_moment_leaves_nothing_or_everything(tmp_path: Path, number: signal.Signals) -> None:
    """Eight moments between the start of the interpreter and the end of the command."""
    command = [sys.executable, "-m", "plugintool", "new", "plugin", "acme", "--with", "all"]
    for moment in range(8):
        place = tmp_path / str(moment)
        place.mkdir()
        with subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(moment * 0.04)
            process.send_signal(number)
            process.wait(timeout=30)
        assert os.listdir(place) in ([], ["acme"])
        if os.listdir(place):
            assert len(files_below(place / "acme")) == 14
        else:
            assert process.returncode != 0
