"""The ``device`` commands as they are typed: options, exit codes, both formats, and what is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugintool.cli.device import COMMANDS
from plugintool.cli.main import command as plugintool
from plugintool.errors import PlugintoolError
from plugintool.install.lock import hold_lock
from tests.device_world import KEY, NAME, OTHER_KEY, World, policy_bytes, write_tree

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.init()
    return world


def _run(world: World, *words: str | Path) -> Result:
    """A command in this process; errors of a whole command come out as themselves."""
    args = ["device", str(words[0]), "--root", str(world.root), *map(str, words[1:])]
    return CliRunner().invoke(plugintool, args, prog_name="plugintool")


def _spawn(world: World, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, as a script sees it."""
    args = ["device", str(words[0]), "--root", str(world.root), *map(str, words[1:])]
    command = [sys.executable, "-m", "plugintool", *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def _json(result: Result) -> dict[str, Any]:
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    assert value["exit_code"] == result.exit_code
    return value


def test_a_whole_life(tmp_path: Path) -> None:
    """Set up, install, update, revert, let go, audit, uninstall: each command says in one line what it did."""
    world = World(tmp_path)
    policy = tmp_path / "policy.json"
    policy.write_bytes(policy_bytes())
    first, second = world.artifact("1.0.0", 10), world.archive("2.0.0", 20)
    story: list[tuple[tuple[str | Path, ...], str]] = [
        (("init", "--trust-policy", policy), "created"),
        (("init", "--trust-policy", policy), "nothing to do"),
        (("install", first), f"installed {NAME} 1.0.0 (sequence 10)"),
        (("install", first), f"unchanged {NAME} 1.0.0 (sequence 10)"),
        (("install", "--dry-run", second), f"would update {NAME} 1.0.0 (sequence 10) -> 2.0.0 (sequence 20)"),
        (("install", second), f"updated {NAME} 1.0.0 (sequence 10) -> 2.0.0 (sequence 20)"),
        (("status",), f"{NAME}  2.0.0 (sequence 20)  intact\n  stored: 1.0.0 (sequence 10)"),
        (("audit",), f"{NAME}  2.0.0 (sequence 20)  clean"),
        (("revert", NAME), f"reverted {NAME} 2.0.0 (sequence 20) -> 1.0.0 (sequence 10)\n  held: no updates until"),
        (("status",), f"{NAME}  1.0.0 (sequence 10)  intact  held"),
        (("unhold", NAME), f"let go {NAME} 1.0.0 (sequence 10)"),
        (("install", second), f"updated {NAME} 1.0.0 (sequence 10) -> 2.0.0 (sequence 20)"),
        (("repair",), f"unchanged {NAME} 2.0.0 (sequence 20)"),
        (("uninstall", NAME), f"uninstalled {NAME} 2.0.0 (sequence 20)"),
        (("status",), "no plugin is installed"),
    ]
    for words, expected in story:
        result = _run(world, *words)
        assert result.exit_code == 0, (words, result.output, result.exception)
        assert expected in result.output, words


@pytest.mark.parametrize("output", [(), ("--quiet",), ("--format", "json"), ("--format", "json", "-q")])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_exit_codes_depend_on_the_outcome_only(world: World, output: tuple[str, ...], dry: tuple[str, ...]) -> None:
    """Not on the format, not on how much is printed, not on whether it is a dry run."""
    world.installed("2.0.0", 20)
    tampered = write_tree(world.artifact("3.0.0", 30, extra={"x": "x"}), {"x": b"y"})
    cases = {
        world.artifact("2.0.0", 20): 0,
        world.base / "nowhere": 1,
        tampered: 3,
        world.artifact("1.0.0", 10): 4,
    }
    found = {artifact: _run(world, "install", *output, *dry, artifact).exit_code for artifact in cases}
    assert found == cases


def test_the_json_of_an_update_says_before_and_after(world: World) -> None:
    world.installed("1.0.0", 10)
    value = _json(_run(world, "install", "--format", "json", world.artifact("2.0.0", 20)))
    assert (value["command"], value["code"]) == ("device install", "ok")
    (subject,) = value["subjects"]
    change = subject["value"]
    assert (change["name"], change["action"], change["changed"], change["held"]) == (NAME, "update", True, False)
    assert (change["before"]["version"], change["after"]["version"]) == ("1.0.0", "2.0.0")
    assert change["after"]["signers"] == [KEY.key_id]


def test_the_json_of_a_no_op_says_that_nothing_changed(world: World) -> None:
    world.installed("1.0.0", 10)
    value = _json(_run(world, "install", "--format", "json", world.artifact("1.0.0", 10)))
    assert value["subjects"][0]["value"]["changed"] is False


def test_a_rollback_says_what_was_expected_found_and_what_to_do(world: World) -> None:
    world.installed("2.0.0", 20)
    result = _run(world, "install", world.artifact("1.0.0", 10))
    assert result.exit_code == 4
    assert "older than what this device has seen [rollback]" in result.output
    assert "expected: a sequence of at least 20" in result.output
    assert "found: sequence 10" in result.output
    assert "fix: " in result.output


def test_an_audit_with_findings_ends_with_1(world: World) -> None:
    world.installed("1.0.0", 10)
    (world.seen / "hooks/run.sh").write_text("evil")
    (world.layout.org_plugins / "theirs").mkdir()
    result = _run(world, "audit")
    assert result.exit_code == 1
    assert f"{NAME}/hooks/run.sh: error AU001" in result.output
    assert "theirs: info AU010" in result.output
    value = _json(_run(world, "audit", "--format", "json"))
    assert value["code"] == "findings"


def test_names_from_the_disk_are_escaped(world: World) -> None:
    """A directory in org-plugins may be called anything."""
    (world.layout.org_plugins / "evil\x1b[2J\nname").mkdir()
    result = _run(world, "audit", "--color", "never")
    assert "\x1b" not in result.output
    assert "\\x1b[2J\\nname" in result.output


def test_every_command_works_without_a_terminal_and_without_input(world: World) -> None:
    """Nothing asks anything."""
    world.installed("1.0.0", 10)
    for name in COMMANDS:
        words: dict[str, tuple[str | Path, ...]] = {
            "install": (world.artifact("1.0.0", 10),),
            "revert": (NAME,),
            "unhold": (NAME,),
            "uninstall": (NAME,),
        }
        result = _run(world, name, *words.get(name, ()))
        assert result.exit_code in {0, 4}, (name, result.output)


def test_no_set_up_is_said_with_the_command_that_helps(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.root.mkdir()
    done = _spawn(world, "install", world.artifact("1.0.0", 1))
    assert done.returncode == 4
    assert "not set up" in done.stderr
    assert "device init --trust-policy" in done.stderr


def test_a_held_lock_is_waited_for_and_then_named(world: World) -> None:
    with hold_lock(world.layout.lock):
        done = _spawn(world, "install", "--lock-timeout", "0.1", world.artifact("1.0.0", 1))
    assert done.returncode == 4
    assert f"process {os.getpid()}" in done.stderr
    assert "[lock-held]" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has no directory of its own")
def test_without_a_place_it_is_a_usage_error() -> None:
    result = CliRunner().invoke(plugintool, ["device", "paths"])
    assert isinstance(result.exception, PlugintoolError)
    assert result.exception.exit_code == 2
    assert "--root" in result.exception.detail["hint"]


def test_paths_below_a_root_of_either_platform(world: World) -> None:
    assert "Library/Application Support/Claude/org-plugins" in _run(world, "paths").output
    result = _run(world, "paths", "--platform", "windows", "--format", "json")
    assert _json(result)["subjects"][0]["value"]["mode"] == "per_file"


def test_paths_lists_every_file_that_decides(world: World) -> None:
    """What was seen before and the revocation lists decide as much as the trust policy does."""
    places = _json(_run(world, "paths", "--format", "json"))["subjects"][0]["value"]["places"]
    names = {purpose: Path(places[purpose]["path"]).name for purpose in ("lineages", "seen", "revocation_lists")}
    assert names == {"lineages": "lineages.json", "seen": "seen.json", "revocation_lists": "crls"}
    shown = _run(world, "paths").output
    assert all(name in shown for name in names.values())


def test_the_trust_policy_cannot_be_chosen_at_install(world: World) -> None:
    """Its place is fixed: no option, no environment."""
    result = _run(world, "install", "--trust-policy", "x", world.artifact("1.0.0", 1))
    assert result.exit_code == 2
    env = {**os.environ, "PLUGINTOOL_TRUST_POLICY": "x", "HOME": str(world.base)}
    (world.base / "x").write_bytes(policy_bytes(OTHER_KEY))
    command = [sys.executable, "-m", "plugintool", "device", "install", "--root", str(world.root)]
    artifact = str(world.artifact("1.0.0", 1, key=OTHER_KEY))
    done = subprocess.run([*command, artifact], cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.returncode == 3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_installer_leaves_nothing_behind(world: World, number: int, code: int) -> None:
    """While it waits for the lock, and while it works. Before the interpreter is ready the signal itself ends it."""
    artifact = world.artifact("1.0.0", 1, extra={f"data/{count}": "x" * 1000 for count in range(60)})
    with hold_lock(world.layout.lock):
        codes = [_interrupt(world, artifact, number, delay) for delay in (0.5, 1.5)]
    assert code in codes
    assert set(codes) <= {code, -number}
    for delay in (0.2, 0.3, 0.4):
        assert _interrupt(world, artifact, number, delay) in {0, code, -number}
        assert list(world.layout.staging.iterdir()) == []
    assert world.install(artifact).exit_code == 0
    assert world.audit_codes() == []


def _interrupt(world: World, artifact: Path, number: int, delay: float) -> int:
    """Start an installer, send it a signal after ``delay`` seconds, and return its exit code."""
    command = [sys.executable, "-m", "plugintool", "device", "install", "--root", str(world.root), str(artifact)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(delay)
    process.send_signal(number)
    return process.wait(60)


def test_the_device_half_loads_nothing_of_the_author_half(world: World) -> None:
    """Every command in turn, in a process of its own; the list of what it loaded is looked at."""
    script = (
        "import sys\nfrom plugintool.cli.main import run\ncode = run(sys.argv[1:])\n"
        "print('\\n'.join(sorted(sys.modules)), file=sys.stderr)\nsys.exit(code)"
    )
    never = {"yaml", "pydantic", "jsonschema", "pathspec", "deflate", "tomllib"}
    author = {f"plugintool.{name}" for name in ("author", "lint", "build", "sign", "scaffold", "plugin", "formats")}
    artifact = world.archive("1.0.0", 10)
    arguments: dict[str, tuple[str, ...]] = {"install": (str(artifact),)}
    arguments |= dict.fromkeys(("revert", "unhold", "uninstall"), (NAME,))
    for name in COMMANDS:
        words = ["device", name, "--root", str(world.root), *arguments.get(name, ())]
        command = [sys.executable, "-c", script, *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in {0, 4}, done.stderr
        loaded = done.stderr.splitlines()
        assert "plugintool.install.layout" in loaded
        found = {module for module in loaded if module in never or ".".join(module.split(".")[:2]) in author}
        assert found == set(), name
