"""The errors that a newcomer meets first: each says what was expected or found, and names the next thing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.cli.main import run

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
