"""``keys rotate`` and ``sign --lineage`` at the command line: a publisher changes its key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugintool.cli.main import command
from tests.signing_world import build_tree


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command in an empty directory with two keys, old and new."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    for name in ("old", "new"):
        assert run("keys", "new", name, "--for", "acme-*").exit_code == 0
    return run


def policy(*, follows: bool) -> Path:
    """The policy of an administrator who pins the old key."""
    value = json.loads(Path("old.trust-policy.json").read_text())
    value["policies"][0]["publishers"][0]["lineage"] = follows
    path = Path("policy.json")
    path.write_text(json.dumps(value))
    return path


def rotated(run: Any, *arguments: str) -> dict[str, Any]:
    done = run(
        "keys", "rotate", "--key", "old.key.pem", "--new-public-key", "new.pub.pem", "--format", "json", *arguments
    )
    assert done.exit_code == 0, done.output
    (outcome,) = json.loads(done.stdout)["subjects"]
    value: dict[str, Any] = outcome["value"]
    return value


def test_the_new_key_signs_for_who_pins_the_old_one(run: Any, tmp_path: Path) -> None:
    """Rotate, sign, pack, verify; an administrator who does not follow lineages is told which switch it is."""
    tree = build_tree(tmp_path / "dist")
    lineage = rotated(run)["file"]
    assert run("sign", tree, "--key", "new.key.pem", "--lineage", lineage).exit_code == 0
    packed = run("pack", tree, "--out", "out", "--format", "json")
    assert packed.exit_code == 0, packed.output
    (archive,) = Path("out").glob("*.zip")
    for artifact in (tree, archive):
        good = run("verify", artifact, "--trust-policy", policy(follows=True))
        assert good.exit_code == 0, good.output
        assert "1 signature file, 1 lineage file" in good.output
        bad = run("verify", artifact, "--trust-policy", policy(follows=False))
        assert bad.exit_code == 3
        assert '"lineage": true' in bad.output


def test_the_old_key_is_refused_beside_its_lineage(run: Any, tmp_path: Path) -> None:
    """Sign says so before a device does."""
    tree = build_tree(tmp_path / "dist")
    done = run("sign", tree, "--key", "old.key.pem", "--lineage", rotated(run)["file"])
    assert done.exit_code == 1
    assert "gave up the right to sign" in done.output


def test_the_old_key_may_keep_its_right(run: Any, tmp_path: Path) -> None:
    """For the time in which some devices know only the old one."""
    tree = build_tree(tmp_path / "dist")
    value = rotated(run, "--keep", "sign", "--out", "keep.json")
    assert (value["file"], value["keeps_signing"]) == ("keep.json", True)
    assert run("sign", tree, "--key", "old.key.pem", "--lineage", "keep.json").exit_code == 0


def test_text_says_what_to_do_next(run: Any) -> None:
    """And which key signs no more."""
    done = run("keys", "rotate", "--key", "old.key.pem", "--new-public-key", "new.pub.pem", "--sequence", "9")
    assert done.exit_code == 0
    assert "(signs no more)" in done.output
    assert "next: plugintool sign TREE --key NEW --lineage lineage." in done.output


def test_inspect_knows_lineage_files(run: Any, tmp_path: Path) -> None:
    """By themselves, and in a tree."""
    tree = build_tree(tmp_path / "dist")
    value = rotated(run, "--sequence", "9")
    done = run("inspect", value["file"])
    assert done.exit_code == 0, done.output
    assert "lineage file" in done.output
    assert value["old_key_id"] in done.output
    run("sign", tree, "--key", "new.key.pem", "--lineage", value["file"])
    done = run("inspect", tree)
    assert f"comes after {value['old_key_id']}, which signs no more" in done.output


def test_a_broken_lineage_is_not_packed(run: Any, tmp_path: Path) -> None:
    """No device would take it."""
    tree = build_tree(tmp_path / "dist")
    lineage = rotated(run)["file"]
    run("sign", tree, "--key", "new.key.pem", "--lineage", lineage)
    (tree / ".claude-plugin" / Path(lineage).name).write_text("{}")
    assert run("pack", tree, "--out", "out").exit_code == 1
    assert not list(Path("out").glob("*.zip")) if Path("out").exists() else True


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--key", "old.key.pem", "--new-public-key", "old.pub.pem"], 1, "a key cannot come after itself"),
        (["--key", "old.key.pem", "--new-public-key", "none.pem"], 1, "none.pem"),
        (["--key", "old.key.pem", "--new-public-key", "old.key.pem"], 1, "the public key cannot be used"),
        (["--key", "none.pem", "--new-public-key", "new.pub.pem"], 1, "none.pem"),
        (["--new-public-key", "new.pub.pem"], 2, "who signs must be said once"),
        (["--key", "old.key.pem"], 2, "--new-public-key"),
        (["--key", "old.key.pem", "--new-public-key", "new.pub.pem", "--keep", "all"], 2, "--keep"),
        (["--key", "old.key.pem", "--new-public-key", "new.pub.pem", "--sequence", "0"], 2, "out of range"),
        (["--key", "old.key.pem", "--new-public-key", "new.pub.pem", "--out", "old.pub.pem"], 1, "already there"),
    ],
)
def test_bad_input(run: Any, arguments: list[str], code: int, text: str) -> None:
    """Each with what is wrong, and nothing written."""
    before = sorted(Path().iterdir())
    done = run("keys", "rotate", *arguments)
    assert getattr(done.exception, "exit_code", done.exit_code) == code, done.output
    assert text in f"{done.output} {done.exception}"
    assert sorted(Path().iterdir()) == before


def test_sign_refuses_what_is_no_lineage(run: Any, tmp_path: Path) -> None:
    """The tree stays unsigned."""
    tree = build_tree(tmp_path / "dist")
    done = run("sign", tree, "--key", "new.key.pem", "--lineage", "new.pub.pem")
    assert done.exit_code == 1
    assert "no lineage file" in str(done.exception)
    assert not list((tree / ".claude-plugin").glob("*.sigstore.json"))
