"""``plugintool unpack`` as a program: exit codes, both formats, signals, and what bombs cost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugintool.cli.main import command
from tests.archive_cases import CORPUS, MORE, MORE_CASES
from tests.conftest import Completed

E, Z = CORPUS.E, CORPUS.Z
PROGRAM = [sys.executable, "-m", "plugintool"]
MEASURE = """
import re, sys
from plugintool.cli.main import run
code = run(sys.argv[1:])
print(re.search(r"VmHWM:\\s*([0-9]+)", open("/proc/self/status").read())[1], file=sys.stderr)
sys.exit(code)
"""
"""Prints the peak of memory in KiB. Not ru_maxrss: there a child starts with the peak of the process that made it."""


def put(directory: Path, data: bytes, name: str = "x.mcpb") -> Path:
    (directory / name).write_bytes(data)
    return directory / name


def unpack(*args: object) -> Result:
    return CliRunner().invoke(command, ["unpack", *map(str, args)])


def test_what_is_printed(tmp_path: Path) -> None:
    data = Z([*CORPUS.base(), E(b"server/run", b"#!x", 0, 0o100755)]).build()
    result = unpack(put(tmp_path, data), tmp_path / "out")
    assert result.exit_code == 0
    size = len(CORPUS.MJ) + len(CORPUS.JS) + 3
    assert result.stdout.splitlines() == [
        f"unpacked bundle evil-case 1.0.0, 3 files ({size} bytes), into {tmp_path / 'out'}",
        "  manifest.json",
        "  server/index.js",
        "  server/run  (executable)",
    ]


def test_a_signature_is_mentioned(tmp_path: Path) -> None:
    result = unpack(put(tmp_path, MORE.d2(MORE.B)()), tmp_path / "out")
    assert "a signature block is there and was not verified" in result.stdout


def test_json(tmp_path: Path) -> None:
    result = unpack(put(tmp_path, MORE.GOOD), tmp_path / "out", "--format", "json")
    document = json.loads(result.stdout)
    (outcome,) = document["subjects"]
    assert outcome["value"]["kind"] == "bundle"
    assert [file["path"] for file in outcome["value"]["files"]] == ["manifest.json", "server/index.js"]


def test_a_refusal_says_rule_entry_and_what_to_do(tmp_path: Path) -> None:
    result = unpack(put(tmp_path, CORPUS.plus(E(b"l", b"/etc/passwd", 0, 0o120777))), tmp_path / "out")
    assert result.exit_code == 1
    assert "(C23)" in result.stderr
    assert "l: a link" in result.stderr
    assert "fix: replace links" in result.stderr
    assert os.listdir(tmp_path) == ["x.mcpb"]


def test_a_refusal_in_json_is_a_document(tmp_path: Path) -> None:
    result = unpack(put(tmp_path, MORE.GOOD + b"\n"), tmp_path / "out", "--format", "json")
    assert result.exit_code == 1
    assert "archive-invalid" in json.dumps(json.loads(result.stdout))


@pytest.mark.parametrize("args", [[], ["x"], ["x", "y", "z"], ["--what", "x", "y"]])
def test_usage(args: list[str]) -> None:
    completed = subprocess.run([*PROGRAM, "unpack", *args], capture_output=True, text=True, check=False)
    assert completed.returncode == 2
    assert "Traceback" not in completed.stderr


def test_hostile_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    result = unpack(put(tmp_path, CORPUS.plus(E(b"a\x1b[2J.js", b"x"))), tmp_path / "out")
    assert result.exit_code == 1
    assert "\x1b[2J" not in result.output
    shown = CliRunner().invoke(command, ["inspect", str(tmp_path / "x.mcpb")])
    assert "\x1b[2J" not in shown.output
    assert "C18" in shown.output


@pytest.mark.parametrize("case", ["block_twice", "z64_locator_in_extra", "frame_two_ends", "man_icon_url", "bomb_sum"])
def test_inspect_names_the_rule(case: str, tmp_path: Path) -> None:
    found = next(one for one in MORE_CASES if one.name == case)
    result = CliRunner().invoke(command, ["inspect", str(put(tmp_path, found.make()))])
    assert result.exit_code == 1
    assert any(f"breaks {rule}" in result.stdout for rule in found.rule.split())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    """It arrives while files are written: the temporary directory is seen, and gone afterwards."""
    noise = os.urandom(1 << 20)
    data = Z([E(b"%03d.bin" % index, noise, 0) for index in range(64)]).build()
    path = put(tmp_path, data, "x.zip")
    process = subprocess.Popen([*PROGRAM, "unpack", path, tmp_path / "out"], stdout=subprocess.DEVNULL)
    for _ in range(2000):
        if len(os.listdir(tmp_path)) > 1:
            break
        time.sleep(0.005)
    process.send_signal(number)
    assert process.wait(timeout=60) == (143 if number == signal.SIGTERM else 130)
    assert os.listdir(tmp_path) == ["x.zip"]


BOMBS: dict[str, Callable[[], bytes]] = {
    "ratio": lambda: CORPUS.plus(E(b"z", bytes(64 << 20))),
    "lie": lambda: CORPUS.plus(E(b"z", bytes(64 << 20), l_usize=5, c_usize=5)),
    "says 4 GiB": lambda: CORPUS.plus(E(b"z", b"x", l_usize=0xFFFFFFFE, c_usize=0xFFFFFFFE)),
    "directories": lambda: CORPUS.plus(*[E(b"/".join([b"%d" % n] * 60) + b"/f", b"", 0) for n in range(2000)]),
    "as much as is allowed": lambda: CORPUS.plus(
        E(b"noise", os.urandom(1 << 19), 0), *[E(b"%d" % n, bytes(1 << 20)) for n in range(30)]
    ),
}


@pytest.mark.parametrize("case", BOMBS)
def test_what_a_bomb_costs(case: str, tmp_path: Path) -> None:
    """Memory stays that of the program itself and a few mebibytes, whatever comes out."""
    path = put(tmp_path, BOMBS[case]())
    started = time.monotonic()
    completed = subprocess.run(
        [sys.executable, "-c", MEASURE, "unpack", "-q", path, tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == (0 if case == "as much as is allowed" else 1)
    assert int(completed.stderr.split()[-1]) < 110 * 1024, completed.stderr
    assert time.monotonic() - started < 30
    if completed.returncode:
        assert os.listdir(tmp_path) == ["x.mcpb"]


# -- what real programs write ------------------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A bundle as a directory, with a program and a directory without files."""
    root = tmp_path / "source"
    for name, data in {
        "manifest.json": CORPUS.MJ,
        "server/index.js": CORPUS.JS,
        "server/run": b"#!/bin/sh\n",
        "server/noise.bin": os.urandom(70_000),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    (root / "server/run").chmod(0o755)
    (root / "docs").mkdir()
    return root


def check(path: Path, source: Path, directory: Path) -> None:
    """It is taken, with the same files."""
    result = unpack(path, directory / "out")
    assert result.exit_code == 0, result.output
    for file in source.rglob("*"):
        if file.is_file():
            assert (directory / "out" / file.relative_to(source)).read_bytes() == file.read_bytes()
    inspected = CliRunner().invoke(command, ["inspect", str(path), "--format", "json"])
    assert inspected.exit_code == 0, inspected.output


@pytest.mark.foreign("zip")
@pytest.mark.parametrize("options", [[], ["-X"], ["-0"], ["-9", "-D"]], ids=str)
def test_info_zip(options: list[str], foreign: Callable[[str], str], source: Path, tmp_path: Path) -> None:
    subprocess.run([foreign("zip"), "-qr", *options, "../x.mcpb", "."], cwd=source, check=True)
    check(tmp_path / "x.mcpb", source, tmp_path)


@pytest.mark.foreign("7z")
def test_7z(foreign: Callable[[str], str], source: Path, tmp_path: Path) -> None:
    subprocess.run([foreign("7z"), "a", "-bd", "-tzip", "../x.mcpb", "."], cwd=source, check=True, capture_output=True)
    check(tmp_path / "x.mcpb", source, tmp_path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zipfile(method: int, source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.mcpb", "w", method) as archive:
        for file in sorted(source.rglob("*")):
            archive.write(file, file.relative_to(source).as_posix())
    check(tmp_path / "x.mcpb", source, tmp_path)


@pytest.fixture
def mcpb(foreign: Callable[[str], str], source: Path, tmp_path: Path) -> Callable[..., Completed]:
    def run(*args: Any) -> Completed:
        tool = Path(foreign("@anthropic-ai/mcpb")) / "dist/cli/cli.js"
        arguments = [foreign("node"), tool, *args]
        return subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)

    run("pack", source, "x.mcpb")
    return run


@pytest.mark.foreign("node", "@anthropic-ai/mcpb")
def test_mcpb_pack(mcpb: Callable[..., Completed], source: Path, tmp_path: Path) -> None:
    check(tmp_path / "x.mcpb", source, tmp_path)


@pytest.mark.foreign("node", "@anthropic-ai/mcpb", "openssl")
def test_mcpb_sign(mcpb: Callable[..., Completed], foreign: Callable[[str], str], source: Path, tmp_path: Path) -> None:
    """Dialect D1 as the public tool writes it; with the comment length put in it is D2."""
    new = [foreign("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Test", "-days", "2"]
    subprocess.run([*new, "-keyout", "key.pem", "-out", "cert.pem"], cwd=tmp_path, check=True, capture_output=True)
    plain = len((tmp_path / "x.mcpb").read_bytes())
    mcpb("sign", "x.mcpb", "--cert", "cert.pem", "--key", "key.pem")
    check(tmp_path / "x.mcpb", source, tmp_path)
    data = (tmp_path / "x.mcpb").read_bytes()
    block = len(data) - plain
    shown = CliRunner().invoke(command, ["inspect", str(tmp_path / "x.mcpb")]).stdout
    assert f"a block of {block} bytes in dialect D1, not verified" in shown
    d2 = put(tmp_path, data[: plain - 2] + block.to_bytes(2, "little") + data[plain:], "d2.mcpb")
    shown = CliRunner().invoke(command, ["inspect", str(d2)]).stdout
    assert f"a block of {block} bytes in dialect D2 or D3, not verified" in shown
