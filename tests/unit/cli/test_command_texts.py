"""What the release and device commands print: every line, as a person reads it, and the exit code beside it."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from plugintool.cli.main import run
from tests.device_world import KEY, NAME, OTHER_KEY, World, policy_bytes


class Result(NamedTuple):
    """How one command line ended."""

    exit_code: int
    stdout: str
    stderr: str


Invoke = Callable[..., Result]
LEFT = "  held: no updates until plugintool device unhold acme-review\n"


@pytest.fixture
def invoke() -> Invoke:
    """Run one command line in this process; streams apart."""

    def invoke_here(*args: str | Path) -> Result:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([str(arg) for arg in args])
        return Result(code, out.getvalue(), err.getvalue())

    return invoke_here


@pytest.fixture(params=["macos", "windows"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A device that trusts KEY, with nothing installed."""
    made = World(tmp_path, platform=request.param)
    made.init()
    return made


@pytest.fixture
def device(invoke: Invoke, world: World) -> Invoke:
    """Run one device command on that device."""

    def on_device(name: str, *args: str | Path) -> Result:
        return invoke("device", name, "--root", world.root, "--platform", world.platform, *args)

    return on_device


@pytest.fixture
def updated(world: World) -> World:
    """Version 1.0.0, then 2.0.0 installed."""
    world.installed("1.0.0", 10)
    world.installed("2.0.0", 20)
    return world


def test_status_of_an_empty_device(device: Invoke) -> None:
    """Nothing on stdout, a word on stderr, no failure."""
    done = device("status")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "no plugin is installed\n")


def test_status_names_version_sequence_state_and_what_is_stored(device: Invoke, updated: World) -> None:
    done = device("status")
    assert done.exit_code == 0
    assert done.stdout == "acme-review  2.0.0 (sequence 20)  intact\n  stored: 1.0.0 (sequence 10)\n"


def test_status_of_a_plugin_that_is_not_installed(device: Invoke, updated: World) -> None:
    """One unknown name fails, and the other one is shown all the same."""
    done = device("status", "acme-none", NAME)
    assert done.exit_code == 4
    assert done.stdout.startswith("acme-review  2.0.0 (sequence 20)  intact\n")
    assert done.stderr.startswith("error: acme-none: ")
    assert "[not-installed]" in done.stderr


def test_status_of_a_changed_plugin(device: Invoke, updated: World) -> None:
    (updated.seen / "hooks/run.sh").write_text("evil")
    assert "  2.0.0 (sequence 20)  modified\n" in device("status").stdout


def test_status_in_json(device: Invoke, updated: World) -> None:
    """The same facts by name, for scripts."""
    document = json.loads(device("status", "--format", "json").stdout)
    value = document["subjects"][0]["value"]
    assert (document["code"], document["exit_code"]) == ("ok", 0)
    assert (value["name"], value["state"], value["held"]) == (NAME, "intact", False)


def test_audit_of_a_clean_device(device: Invoke, updated: World) -> None:
    done = device("audit")
    assert (done.exit_code, done.stdout) == (0, "acme-review  2.0.0 (sequence 20)  clean\n")


def test_audit_names_each_difference_with_its_code(device: Invoke, updated: World) -> None:
    """Changed, added and missing files are three findings with what to do; exit code 1."""
    (updated.seen / "hooks/run.sh").write_text("evil")
    (updated.seen / "added.txt").write_text("x")
    (updated.seen / "skills/review/SKILL.md").unlink()
    done = device("audit")
    assert done.exit_code == 1
    for code, path in (("AU001", "hooks/run.sh"), ("AU002", "added.txt"), ("AU003", "skills/review/SKILL.md")):
        lines = [line for line in done.stdout.splitlines() if f" {code} " in line and path in line]
        assert len(lines) == 1
        assert ": error " in lines[0]
    assert done.stdout.count("  fix: ") >= 3
    assert "clean" not in done.stdout


def test_audit_lists_a_foreign_directory_without_failing(device: Invoke, updated: World) -> None:
    (updated.layout.org_plugins / "somebodys").mkdir()
    done = device("audit")
    assert done.exit_code == 0
    assert ": info AU010 " in done.stdout


def test_install_update_and_nothing_to_do(device: Invoke, world: World) -> None:
    """Three ends of one command, each with exit code 0 and its own verb."""
    first, second = world.artifact("1.0.0", 10), world.archive("2.0.0", 20)
    assert device("install", first).stdout == "installed acme-review 1.0.0 (sequence 10)\n"
    assert device("install", second).stdout == "updated acme-review 1.0.0 (sequence 10) -> 2.0.0 (sequence 20)\n"
    again = device("install", second)
    assert (again.exit_code, again.stdout) == (0, "unchanged acme-review 2.0.0 (sequence 20)\n")


def test_a_dry_run_says_would_and_changes_nothing(device: Invoke, updated: World) -> None:
    third = updated.artifact("3.0.0", 30)
    done = device("install", "--dry-run", third)
    assert done.stdout == "would update acme-review 2.0.0 (sequence 20) -> 3.0.0 (sequence 30)\n"
    assert updated.visible_version() == "2.0.0"


def test_several_artifacts_end_each_for_itself(device: Invoke, world: World) -> None:
    """The good one is installed, the stranger's is refused, and the exit code is the highest."""
    good = world.artifact("1.0.0", 10)
    bad = world.artifact("1.0.0", 10, key=OTHER_KEY, name="acme-other")
    done = device("install", bad, good)
    assert done.exit_code == 3
    assert done.stdout == "installed acme-review 1.0.0 (sequence 10)\n"
    assert "step 2: " in done.stderr
    assert "[signer-untrusted]" in done.stderr


def test_an_older_release_is_refused_with_what_was_expected(device: Invoke, updated: World) -> None:
    done = device("install", updated.artifact("1.0.0", 10))
    assert done.exit_code == 4
    assert done.stdout == ""
    assert "  expected: a sequence of at least 20\n" in done.stderr
    assert "  found: sequence 10 (version 1.0.0)\n" in done.stderr
    assert "  fix: " in done.stderr


def test_revert_hold_and_unhold(device: Invoke, updated: World) -> None:
    """A reverted plugin says that it is held, and how to let it go."""
    done = device("revert", NAME)
    assert done.stdout == f"reverted acme-review 2.0.0 (sequence 20) -> 1.0.0 (sequence 10)\n{LEFT}"
    assert device("status").stdout.startswith("acme-review  1.0.0 (sequence 10)  intact  held\n")
    refused = device("install", updated.artifact("3.0.0", 30))
    assert refused.exit_code == 4
    assert "[held]" in refused.stderr
    assert device("unhold", NAME).stdout == "let go acme-review 1.0.0 (sequence 10)\n"
    assert device("install", updated.artifact("3.0.0", 30)).exit_code == 0


def test_revert_dry_run(device: Invoke, updated: World) -> None:
    done = device("revert", "--dry-run", NAME)
    assert done.stdout.startswith("would revert acme-review 2.0.0 (sequence 20) -> 1.0.0 (sequence 10)\n")
    assert updated.visible_version() == "2.0.0"


def test_uninstall_takes_the_plugin_away_and_remembers(device: Invoke, updated: World) -> None:
    """Afterwards it is gone, and an older release is still refused."""
    assert device("uninstall", NAME).stdout == "uninstalled acme-review 2.0.0 (sequence 20)\n"
    assert updated.visible_version() is None
    assert device("install", updated.artifact("1.0.0", 10)).exit_code == 4


def test_repair_brings_the_signed_files_back(device: Invoke, updated: World) -> None:
    (updated.seen / "added.txt").write_text("x")
    assert device("repair", NAME).stdout.startswith("repaired acme-review ")
    assert device("audit").exit_code == 0


def test_repair_without_damage_does_nothing(device: Invoke, updated: World) -> None:
    done = device("repair")
    assert (done.exit_code, done.stdout) == (0, "unchanged acme-review 2.0.0 (sequence 20)\n")


def test_paths_are_those_of_the_layout(device: Invoke, world: World) -> None:
    """Every place that is printed exists after ``device init``, or is made when needed."""
    done = device("paths")
    assert done.exit_code == 0
    assert str(world.layout.org_plugins) in done.stdout
    assert str(world.layout.state) in done.stdout


def test_init_again_replaces_the_trust_policy(device: Invoke, world: World, tmp_path: Path) -> None:
    """What the old key signed is refused from then on."""
    other = tmp_path / "other.json"
    other.write_bytes(policy_bytes(OTHER_KEY))
    done = device("init", "--trust-policy", other)
    assert done.exit_code == 0
    assert "trust-policy.json" in done.stdout
    assert device("install", world.artifact("1.0.0", 10)).exit_code == 3


def test_init_refuses_a_broken_trust_policy_and_keeps_the_old_one(device: Invoke, world: World, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"version": 1, "policies": []}')
    done = device("init", "--trust-policy", broken)
    assert done.exit_code == 3
    assert "policies" in done.stderr
    assert device("install", world.artifact("1.0.0", 10)).exit_code == 0


@pytest.mark.parametrize("name", ["install", "status", "audit", "revert", "repair", "uninstall", "unhold"])
def test_a_device_that_was_never_prepared(invoke: Invoke, tmp_path: Path, name: str) -> None:
    """Each command says that ``device init`` comes first; nothing is created."""
    table: dict[str, list[str]] = {"install": [str(tmp_path)], "revert": ["x"], "uninstall": ["x"], "unhold": ["x"]}
    args = table.get(name, [])
    done = invoke("device", name, "--root", tmp_path / "none", *args)
    assert done.exit_code == 4
    assert "device init" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["status", "audit", "paths"])
def test_linux_has_no_place_of_its_own(invoke: Invoke, name: str) -> None:
    """Without --root or --org-plugins there is nothing to look at: usage, exit code 2."""
    done = invoke("device", name)
    assert done.exit_code == 2
    assert "--root" in done.stderr


def _policy(world: World) -> Path:
    path = world.base / "verify-policy.json"
    path.write_bytes(policy_bytes(KEY))
    return path


def test_verify_prints_the_ladder(invoke: Invoke, world: World) -> None:
    """Eight numbered lines; those without anything to check say so."""
    archive = world.archive("1.0.0", 10)
    done = invoke("verify", archive, "--trust-policy", _policy(world))
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert lines[0] == f"{archive}: verified"
    assert [line.split()[0] for line in lines[1:]] == list("12345678")
    assert [number for number in (3, 4, 8) if "not configured" in lines[number]] == [3, 4, 8]


def test_verify_stops_at_the_first_failure(invoke: Invoke, world: World) -> None:
    """The failed step is marked, those after it are named as not reached, and the repair is said."""
    tree = world.artifact("1.0.0", 10)
    (tree / "hooks/run.sh").write_text("evil")
    done = invoke("verify", tree, "--trust-policy", _policy(world))
    lines = done.stdout.splitlines()
    assert done.exit_code == 3
    assert lines[0] == f"{tree}: not verified"
    assert lines[7].startswith("  7 content")
    assert "failed" in lines[7]
    assert "hooks/run.sh" in lines[7]
    assert lines[8] == "  not reached: 8 inventory rules"
    assert lines[9].startswith("  to repair: ")
    assert "[content-mismatch]" in done.stderr


def test_verify_in_json_has_the_same_steps(invoke: Invoke, world: World) -> None:
    archive = world.archive("1.0.0", 10)
    document = json.loads(invoke("verify", archive, "--trust-policy", _policy(world), "--format", "json").stdout)
    steps = document["subjects"][0]["value"]["steps"]
    assert [step["number"] for step in steps] == list(range(1, 9))
    assert [step["status"] for step in steps if step["number"] in {1, 2, 7}] == ["ok"] * 3


def test_verify_of_something_unsigned(invoke: Invoke, world: World) -> None:
    """Not signed is said as such, and only then."""
    tree = world.artifact("1.0.0", 10)
    (tree / ".claude-plugin/plugin.sigstore.json").unlink()
    done = invoke("verify", tree, "--trust-policy", _policy(world))
    assert done.exit_code == 3
    assert "not signed [not-signed]" in done.stderr


def test_verify_with_a_time(invoke: Invoke, world: World) -> None:
    """A time is taken, and one that is none is a usage error."""
    archive = world.archive("1.0.0", 10)
    good = invoke("verify", archive, "--trust-policy", _policy(world), "--at", "2020-01-01T00:00:00Z")
    assert good.exit_code == 0
    bad = invoke("verify", archive, "--trust-policy", _policy(world), "--at", "yesterday")
    assert bad.exit_code == 2
    assert "yesterday" in bad.stderr


@pytest.mark.parametrize("quiet", [False, True])
def test_quiet_keeps_the_exit_code(invoke: Invoke, world: World, quiet: bool) -> None:
    """With --quiet a good verification prints nothing, a bad one its error."""
    tree = world.artifact("1.0.0", 10)
    flags = ["--quiet"] if quiet else []
    assert invoke("verify", tree, "--trust-policy", _policy(world), *flags).stdout == "" or not quiet
    (tree / "hooks/run.sh").write_text("evil")
    done = invoke("verify", tree, "--trust-policy", _policy(world), *flags)
    assert done.exit_code == 3
    assert "[content-mismatch]" in done.stderr
