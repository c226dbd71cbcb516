"""``keys new``, ``sign`` and ``verify`` from the command line: what is printed, in which form, with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugintool.cli.main import command
from tests import vector_forge as forge
from tests.signing_world import build_tree, contents, write_tree


def call(*args: str | Path, **options: Any) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args], **options)


def spawn(*args: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "plugintool", *(str(arg) for arg in args)]
    return subprocess.run(line, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A directory with a key, its trust policy, and a signed tree."""
    assert call("keys", "new", "release", "--out", tmp_path).exit_code == 0
    build_tree(tmp_path / "org-plugins")
    assert call("sign", tmp_path / "org-plugins", "--key", tmp_path / "release.key.pem").exit_code == 0
    return tmp_path


def verify(root: Path, *args: str | Path) -> Result:
    return call("verify", root / "org-plugins", "--trust-policy", root / "release.trust-policy.json", *args)


def test_first_hour_needs_no_file_to_write(release: Path) -> None:
    """keys new, sign, verify: the policy that keys new wrote trusts the key."""
    result = verify(release)
    assert result.exit_code == 0, result.output
    assert "acme-tools: verified" in result.stdout


def test_ladder_has_one_line_a_step(release: Path) -> None:
    """Number, name, status, detail."""
    lines = verify(release).stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [str(number) for number in range(1, 9)]
    assert lines[0] == "  1 signature files  ok  1 signature file"
    assert lines[2] == "  3 chain            not configured  pinned keys have no chain"


def test_ladder_stops_at_the_first_failure(release: Path) -> None:
    """And names the steps behind it, and what would repair it."""
    (release / "org-plugins" / forge.NAME / "extra").write_text("x")
    result = verify(release)
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[0].endswith("not verified")
    assert lines[7].startswith("  7 content          failed  ")
    assert lines[8] == "  not reached: 8 inventory rules"
    assert lines[9].startswith("  to repair: ")
    assert "extra: not in the signed record" in result.stderr
    assert "content-mismatch" in result.stderr


def test_json_has_the_ladder_on_success_and_on_failure(release: Path) -> None:
    """One document on stdout, nothing else."""
    good = json.loads(verify(release, "--format", "json").stdout)
    assert (good["code"], good["exit_code"], good["command"]) == ("ok", 0, "verify")
    assert [step["status"] for step in good["subjects"][0]["value"]["steps"]].count("ok") == 5
    (release / "org-plugins" / forge.NAME / "extra").write_text("x")
    bad = json.loads(verify(release, "--format", "json").stdout)
    assert (bad["code"], bad["exit_code"]) == ("content-mismatch", 3)
    assert bad["subjects"][0]["value"]["failed_step"] == 7
    assert bad["subjects"][0]["error"]["step"] == 7
    assert bad["subjects"][0]["error"]["problems"]


def test_quiet_prints_errors_only(release: Path) -> None:
    """The exit code is the same."""
    assert not verify(release, "--quiet").output
    (release / "org-plugins" / forge.NAME / "extra").write_text("x")
    result = verify(release, "--quiet")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "extra" in result.stderr


def test_at_replays_a_verdict(release: Path) -> None:
    """The time is in the document; a text that is no time is a usage error."""
    value = json.loads(verify(release, "--at", "2030-01-01", "--format", "json").stdout)
    assert value["subjects"][0]["value"]["checked_at"] == "2030-01-01T00:00:00Z"
    assert spawn("verify", release, "--trust-policy", "x", "--at", "yesterday").returncode == 2


@pytest.mark.parametrize(
    ("policy", "code", "word"),
    [(None, 1, "path-missing"), ("{}", 3, "trust-policy"), ("hello", 3, "trust-policy")],
)
def test_trust_policy_that_cannot_be_used(release: Path, policy: str | None, code: int, word: str) -> None:
    """Missing is a failure, unusable is not verified."""
    path = release / "other.json"
    if policy is not None:
        path.write_text(policy)
    done = spawn("verify", release / "org-plugins", "--trust-policy", path, "--format", "json")
    assert done.returncode == code
    assert json.loads(done.stdout)["code"] == word


def test_verify_needs_a_trust_policy(release: Path) -> None:
    """There is no default that trusts anybody."""
    assert spawn("verify", release / "org-plugins").returncode == 2


def test_missing_artifact(release: Path) -> None:
    """Exit code 1, as any path that is not there."""
    result = call("verify", release / "no", "--trust-policy", release / "release.trust-policy.json")
    assert result.exit_code == 1
    assert "path-missing" in result.stderr


def test_names_from_a_tree_cannot_write_to_the_terminal(release: Path) -> None:
    """Control characters are escaped in every line."""
    tree = write_tree(release / "evil", {**forge.signed(), "x\x1b[31m": b""})
    result = call("verify", tree, "--trust-policy", release / "release.trust-policy.json", "--color", "never")
    assert result.exit_code == 3
    assert "\x1b" not in result.output


def test_device_path_imports_nothing_of_the_author_half(release: Path) -> None:
    """Only the standard library, click and cryptography; a device starts this often."""
    program = (
        "import sys; from plugintool.cli.main import run;"
        "code = run(sys.argv[1:]); print('\\n'.join(sorted(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    args = ["verify", str(release / "org-plugins"), "--trust-policy", str(release / "release.trust-policy.json")]
    done = subprocess.run([sys.executable, "-c", program, *args], capture_output=True, text=True, check=True)
    loaded = done.stderr.splitlines()
    tops = {name.split(".")[0] for name in loaded}
    assert not tops & {"yaml", "pydantic", "jsonschema", "pathspec", "deflate", "tomllib", "asyncio", "difflib"}
    ours = {name.split(".")[1] for name in loaded if name.startswith("plugintool.")}
    assert not ours & {"author", "scaffold", "lint", "build", "sign", "plugin", "formats", "install"}
    assert "cryptography.hazmat.primitives.asymmetric.ed25519" in loaded
    unwanted = (".primitives.serialization", ".x509")
    assert not [name for name in loaded if name.startswith("cryptography") and name.endswith(unwanted)]


def test_keys_new_names_its_files(tmp_path: Path) -> None:
    """And what comes next."""
    result = call("keys", "new", "release", "--out", tmp_path, "--kind", "p256")
    assert result.exit_code == 0
    for name in ("release.key.pem", "release.pub.pem", "release.trust-policy.json"):
        assert str(tmp_path / name) in result.stdout
    assert "plugintool sign" in result.stdout


def test_keys_new_never_overwrites(tmp_path: Path) -> None:
    """Exit code 1, everything as it was."""
    call("keys", "new", "release", "--out", tmp_path)
    before = contents(tmp_path)
    result = call("keys", "new", "release", "--out", tmp_path)
    assert result.exit_code == 1
    assert "never overwritten" in result.stderr
    assert before == contents(tmp_path)


@pytest.mark.parametrize("args", [["a/b"], ["x", "--for", "?"], ["x", "--kind", "dsa"], []])
def test_keys_new_usage_errors(tmp_path: Path, args: list[str]) -> None:
    """Exit code 2, nothing written."""
    assert spawn("keys", "new", *args, "--out", tmp_path).returncode == 2
    assert contents(tmp_path) == {}


def test_encrypted_key_signs_with_a_passphrase_file(tmp_path: Path) -> None:
    """And not without, nor with a wrong one; without a terminal nothing is asked."""
    passphrase, wrong, key = tmp_path / "pass", tmp_path / "wrong", tmp_path / "k.key.pem"
    passphrase.write_text("secret\n")
    wrong.write_text("mistaken\n")
    assert call("keys", "new", "k", "--out", tmp_path, "--passphrase-file", passphrase).exit_code == 0
    tree = build_tree(tmp_path)
    none = spawn("sign", tree, "--key", key, stdin=subprocess.DEVNULL)
    assert (none.returncode, "--passphrase-file" in none.stderr) == (1, True)
    bad = spawn("sign", tree, "--key", key, "--passphrase-file", wrong)
    assert (bad.returncode, "wrong passphrase" in bad.stderr, "mistaken" in bad.stderr) == (1, True, False)
    assert not (tree / forge.SIGNATURE).exists()
    assert spawn("sign", tree, "--key", key, "--passphrase-file", passphrase).returncode == 0


def test_passphrase_cannot_come_from_arguments_or_environment(tmp_path: Path) -> None:
    """There is no such option, and no variable is looked at."""
    passphrase = tmp_path / "pass"
    passphrase.write_text("secret\n")
    call("keys", "new", "k", "--out", tmp_path, "--passphrase-file", passphrase)
    tree, key = build_tree(tmp_path), tmp_path / "k.key.pem"
    assert spawn("sign", tree, "--key", key, "--passphrase", "secret").returncode == 2
    env = {**os.environ, "PASSPHRASE": "secret", "PLUGINTOOL_PASSPHRASE": "secret"}
    assert spawn("sign", tree, "--key", key, env=env, stdin=subprocess.DEVNULL).returncode == 1


def test_sign_says_what_was_signed(tmp_path: Path) -> None:
    """Name, version, sequence, file, key and record."""
    tree, key = build_tree(tmp_path), forge.key_file("ed25519-a")
    dry = call("sign", tree, "--key", key, "--sequence", "12", "--dry-run")
    assert dry.stdout.startswith("would sign acme-tools 1.2.0, sequence 12\n")
    assert not (tree / forge.SIGNATURE).exists()
    done = call("sign", tree, "--key", key, "--sequence", "12")
    assert done.stdout.startswith("signed acme-tools 1.2.0, sequence 12\n")
    assert forge.key_id("ed25519-a") in done.stdout
    again = call("sign", tree, "--key", key, "--format", "json")
    assert json.loads(again.stdout)["subjects"][0]["value"]["is_new"] is False


def test_sign_refuses_a_changed_tree(tmp_path: Path) -> None:
    """With the file, expected and found, and what to do."""
    tree = build_tree(tmp_path)
    (tree / "bin/run.sh").write_text("#!/bin/sh\nother\n")
    result = call("sign", tree, "--key", forge.key_file("ed25519-a"))
    assert result.exit_code == 1
    for word in ("version.json", "expected:", "found:", "fix: build the plugin again"):
        assert word in result.stderr


@pytest.mark.parametrize("sequence", ["0", "9007199254740992", "x"])
def test_sign_with_an_impossible_sequence(tmp_path: Path, sequence: str) -> None:
    """Exit code 2."""
    tree = build_tree(tmp_path)
    done = spawn("sign", tree, "--key", forge.key_file("ed25519-a"), "--sequence", sequence)
    assert done.returncode == 2


@pytest.mark.parametrize("name", [["verify"], ["sign"], ["keys"], ["keys", "new"]])
def test_help_has_examples_and_exit_codes(name: list[str]) -> None:
    """Two examples at least."""
    text = call(*name, "--help").output
    assert text.count(f"  plugintool {' '.join(name)}") >= 2
    assert "Exit codes: 0" in text
