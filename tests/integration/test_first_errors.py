"""The errors that a newcomer meets first: each says what was expected or found, and names the next thing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.cli.main import run
from tests.unit.sign.test_sign_bundle import ARCHIVE

TYPED: dict[str, tuple[int, str, str]] = {
    "lnt": (2, "Did you mean 'lint'?", "plugintool --help"),
    "new skil x": (2, "Did you mean 'skill'?", "plugintool new --help"),
    "new plugin x --with skils": (2, "Did you mean 'skill'?", "plugintool new plugin --help"),
    "new skill x": (1, "no plugin here", "plugintool new plugin NAME --here"),
    "new plugin tool": (1, "the directory is not empty", "--here"),
    "new plugin Tool": (2, "not a usable name", "call it tool"),
    "new bundle clock": (1, "the directory is not empty", "choose another name"),
    "build empty": (1, "there is no .claude-plugin/plugin.json", "create .claude-plugin/plugin.json"),
    "build nothing": (1, "no such directory", "a plugin or a bundle"),
    "build text": (1, "this is a file, not a directory", "a plugin or a bundle"),
    "lint nothing": (1, "no such file or directory", ".claude-plugin/plugin.json"),
    "check empty": (1, "neither a plugin nor a bundle", "manifest.json"),
    "bump": (1, "no plugin and no bundle", "manifest.json"),
    "bump big tool": (2, "expected: major, minor, patch or a version", "1.2.3"),
    "demo clock": (1, "found: a bundle", "plugintool demo without a path"),
    "explain FM0002": (2, "unknown code", "FM00"),
    "pack tool": (1, "version.json", "plugintool build"),
    "pack text": (1, "this is a file, not a built tree", "plugintool build"),
    "diff tool tool --fail-on new-hok": (2, "unknown gate 'new-hok'", "perhaps new-hook"),
    "diff tool tool --fail-on zzz": (2, "unknown gate 'zzz'", "plugintool explain new-hook"),
    "unpack text empty": (1, "it exists already", "name a directory that does not exist"),
    "marketplace empty --name a --owner A": (1, "no archive in this directory", "plugintool pack"),
    "marketplace empty --name a --owner A --base-url http://x": (1, "no archive in this directory", "plugintool pack"),
    "keys new old": (1, "keys are never overwritten", "choose another name"),
    "keys new old -q": (1, "old.key.pem", "move the old files away"),
    "sign tool": (2, "how to sign must be said once", "plugintool keys new"),
    "sign tool --key old.key.pem --signer-command x": (2, "found: --key and --signer-command", "leave all but one out"),
    "keys csr --subject CN=x --out x.csr": (2, "who signs must be said once", "plugintool keys new"),
    "sign tool --key nope.pem": (1, "the private key", "plugintool keys new"),
    "verify tool --trust-policy old.key.pem": (3, "found: a private key", "NAME.trust-policy.json"),
    "verify tool --trust-policy text": (3, "this is no trust policy", "NAME.trust-policy.json"),
    "verify unsigned.mcpb --trust-policy old.trust-policy.json": (3, "not signed", "fix: sign the bundle"),
    "verify broken.mcpb --trust-policy old.trust-policy.json": (3, "(C", "fix: fetch the artifact again"),
    "verify broken.zip --trust-policy old.trust-policy.json": (3, "(C", "fix: fetch the artifact again"),
    "verify tool --trust-policy old.trust-policy.json": (3, "not signed", "plugintool sign"),
    "device install x.zip --org-plugins": (2, "--org-plugins", "plugintool --help"),
    "device status --root device": (4, "the device is not set up", "plugintool device init"),
    "device init --root device": (2, "no trust policy yet", "add --trust-policy FILE"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin, a bundle, keys, an empty directory and a text."""
    here = tmp_path_factory.mktemp("newcomer")
    (here / "empty").mkdir()
    (here / "text").write_text("hi\n")
    (here / "device").mkdir()
    (here / "unsigned.mcpb").write_bytes(ARCHIVE)
    for name in ("broken.mcpb", "broken.zip"):
        (here / name).write_bytes(ARCHIVE[:-30])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        for line in ("new plugin tool -q", "new bundle clock -q", "keys new old -q"):
            assert run(line.split()) == 0
    return here


@pytest.mark.parametrize("line", TYPED)
def test_the_error_says_what_and_what_next(
    line: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that is typed by mistake ends in a riddle."""
    code, what, following = TYPED[line]
    monkeypatch.chdir(place)
    assert run(line.split()) == code
    said = "".join(capsys.readouterr())
    assert what in said
    assert following in said
    assert "Traceback" not in said


def test_a_private_key_in_the_wrong_place_is_not_shown(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in text nor in JSON: what is printed ends up in logs."""
    monkeypatch.chdir(place)
    secrets = [line for line in (place / "old.key.pem").read_text().splitlines() if not line.startswith("-----")]
    for form in ("text", "json"):
        run(["verify", "tool", "--trust-policy", "old.key.pem", "--format", form])
        said = "".join(capsys.readouterr())
        assert secrets
        assert not [line for line in secrets if line in said]
