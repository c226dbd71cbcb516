"""Outcome by format by loudness: the exit code is that of the outcome, whatever is printed and how."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.hostile_input import NAME, Workshop, call, copy_of, make_workshop

OUTPUTS = [
    (),
    ("-q",),
    ("--format", "json"),
    ("--format", "json", "-q"),
    ("--color", "always"),
    ("--color", "never", "--quiet"),
    ("--format=json", "--color=always"),
]
OUTCOMES: list[tuple[str, int]] = [
    # 0: done, or nothing to do
    ("lint {source}", 0),
    ("build {source} --out {base}/dist", 0),
    ("build {source} --list", 0),
    ("inspect {source} {tree} {archive} {key} {policy}", 0),
    ("sign {tree} --key {key} --sequence 2", 0),
    ("sign {tree} --key {second} --dry-run", 0),
    ("pack {tree} --out {base}/dist", 0),
    ("verify {tree} {archive} --trust-policy {policy}", 0),
    ("explain C06", 0),
    ("device init --root {device} --trust-policy {policy}", 0),
    ("device install --root {device} {tree}", 0),
    ("device status --root {device}", 0),
    ("device audit --root {device}", 0),
    ("device repair --root {device}", 0),
    ("device paths --root {device}", 0),
    # 1: findings, or a failure; also a missing path
    ("lint {bad}", 1),
    ("build {bad} --out {base}/new", 1),
    ("lint {source} {bad} {base}/none", 1),
    ("sign {base}/none --key {key}", 1),
    ("pack {source}", 1),
    ("inspect {base}/none {tree}", 1),
    ("verify {tree} --trust-policy {base}/none", 1),
    ("keys new release --out {base}", 1),
    ("new plugin {name} --into {base}/src", 1),
    ("device install --root {device} {base}/none", 1),
    # 2: usage
    ("lint --frobnicate", 2),
    ("build {source} --sync-version {bad}:x", 2),
    ("build {source} {other} --sync-version x --out {base}/new", 2),
    ("lint {source} --select XX999", 2),
    ("sign {tree}", 2),
    ("sign {tree} --key {key} --sequence 0", 2),
    ("verify {tree} --trust-policy {policy} --at yesterday", 2),
    ("keys new a/b --out {base}", 2),
    ("keys new x --kind dsa --out {base}", 2),
    ("explain XX999", 2),
    ("device revert --root {device}", 2),
    # 3: not verified
    ("verify {tree} --trust-policy {strange}", 3),
    ("verify {tampered} {tree} --trust-policy {policy}", 3),
    ("verify {base}/none {tampered} --trust-policy {policy}", 3),
    ("verify {unsigned} --trust-policy {policy}", 3),
    ("device install --root {device} {tampered}", 3),
    ("device install --root {device} {unsigned}", 3),
    ("device init --root {device} --trust-policy {broken}", 3),
    # 4: not installed; the highest of several wins
    ("device install --root {device} {older}", 4),
    ("device install --root {device} {tampered} {older} {base}/none", 4),
    ("device revert --root {device} acme-never-there", 4),
    ("device uninstall --root {device} acme-never-there", 4),
    ("device status --root {base}/none", 4),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop with one of everything that can be wrong."""
    made = make_workshop(tmp_path_factory.mktemp("workshop"))
    base = made.base
    assert call("keys", "new", "second", "--out", base).exit_code == 0
    for version, number in (("1.0.0", "1"), ("2.0.0", "")):
        other = base / f"other{number}" / NAME
        shutil.copytree(made.source, other)
        text = (other / ".claude-plugin/plugin.json").read_text().replace("2.0.0", version)
        (other / ".claude-plugin/plugin.json").write_text(text)
        assert call("build", other, "--out", base / f"out{number}").exit_code == 0
    assert call("sign", base / "out1/org-plugins", "--key", made.key, "--sequence", "1").exit_code == 0
    shutil.copytree(made.tree, base / "tampered" / NAME)
    (base / "tampered" / NAME / "extra").write_text("x")
    bad = base / "bad" / NAME
    shutil.copytree(made.source, bad)
    (bad / ".claude-plugin/plugin.json").write_text("{")
    (base / "broken.json").write_text("{")
    return made


def words_for(shop: Workshop, line: str) -> list[str]:
    base = shop.base
    own = {
        "bad": base / "bad" / NAME,
        "other": base / "other1" / NAME,
        "second": base / "second.key.pem",
        "strange": base / "second.trust-policy.json",
        "tampered": base / "tampered" / NAME,
        "unsigned": base / "out/org-plugins" / NAME,
        "older": base / "out1/org-plugins" / NAME,
        "broken": base / "broken.json",
    }
    for name, path in own.items():
        line = line.replace(f"{{{name}}}", str(path))
    return shop.words(line)


@pytest.mark.parametrize("output", OUTPUTS, ids=" ".join)
@pytest.mark.parametrize(("line", "exit_code"), OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_an_outcome_has_one_exit_code(
    line: str, exit_code: int, output: tuple[str, ...], shop: Workshop, tmp_path: Path
) -> None:
    """With ``json`` it stands in the one document on stdout, too; a failure is never silent."""
    mine = copy_of(shop, tmp_path / "w")
    ended = call(*words_for(mine, line), *output)
    assert ended.exit_code == exit_code, ended
    if "json" in " ".join(output):
        document = ended.document()
        assert (document["code"] == "ok") == (exit_code == 0)
    elif exit_code:
        assert ended.text.strip()
    if "always" not in " ".join(output):
        assert "\x1b" not in ended.text
    if exit_code == 0 and {"-q", "--quiet"} & set(output):
        assert not ended.stderr


def test_no_arguments_is_usage_and_help_is_not() -> None:
    assert call().exit_code == 2
    assert call("--help").exit_code == 0
    assert call("device").exit_code == 2
    assert call("lnt").exit_code == 2
    assert "lint" in call("lnt").stderr
