"""Programs that are run to their end: what they get, what is kept of what they say, and that they end."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from plugintool import limits
from plugintool.build.program import environment_for, find_program, run_program
from plugintool.errors import BuildError


def run(tmp_path: Path, script: str, *, seconds: float = 30, environment: dict[str, str] | None = None) -> None:
    cwd = tmp_path / "cwd"
    cwd.mkdir(exist_ok=True)
    run_program([sys.executable, "-c", script], cwd=cwd, environment=environment or {}, seconds=seconds)


def failure(tmp_path: Path, script: str, **options: float) -> BuildError:
    with pytest.raises(BuildError) as caught:
        run(tmp_path, script, **options)  # type: ignore[arg-type]
    return caught.value


def test_a_program_works_in_its_directory(tmp_path: Path) -> None:
    run(tmp_path, "open('made', 'w').close()")
    assert (tmp_path / "cwd" / "made").exists()


def test_a_program_gets_exactly_its_environment(tmp_path: Path) -> None:
    run(
        tmp_path,
        "import os; open('env', 'w').write(' '.join(sorted(k for k in os.environ if not k.startswith('LC_'))))",
        environment={"ONLY": "1"},
    )
    assert (tmp_path / "cwd" / "env").read_text() == "ONLY"


def test_it_has_no_input(tmp_path: Path) -> None:
    """A question would wait for ever."""
    run(tmp_path, "import sys; assert sys.stdin.read() == ''")


def test_the_code_and_the_last_lines_are_told(tmp_path: Path) -> None:
    error = failure(
        tmp_path, "import sys\nfor i in range(99): print('line', i)\nprint('why', file=sys.stderr)\nsys.exit(3)"
    )
    assert error.message.endswith("ended with code 3")
    problems = error.detail["problems"]
    assert len(problems) == 20
    assert "line 98" in problems


def test_escape_sequences_are_taken_out(tmp_path: Path) -> None:
    """What a program prints must not move the cursor of whoever reads it."""
    script = r"print('\x1b[31mred\x1b[0m \x1b]0;title\x07end\x1b]8;;x\x1b\\'); raise SystemExit(1)"
    assert failure(tmp_path, script).detail["problems"] == ("red end",)


def test_output_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "VENDOR_OUTPUT_BYTES", 100)
    error = failure(tmp_path, "print('x' * 100000); raise SystemExit(1)")
    assert sum(map(len, error.detail["problems"])) <= 100


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    script = r"import os; os.write(1, b'\xff\xfe bad\n'); raise SystemExit(1)"
    (line,) = failure(tmp_path, script).detail["problems"]
    assert line.endswith("bad")


def test_a_program_that_takes_too_long_is_stopped_with_its_children(tmp_path: Path) -> None:
    """The child would write its file after a second."""
    child = "import time; time.sleep(1.5); open('late', 'w').close()"
    script = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    started = time.monotonic()
    error = failure(tmp_path, script, seconds=0.7)
    assert error.message.endswith("did not end within 0.7 seconds")
    assert time.monotonic() - started < 10
    time.sleep(1.5)
    assert not (tmp_path / "cwd" / "late").exists()


def test_children_that_outlive_a_program_are_stopped(tmp_path: Path) -> None:
    child = "import time; time.sleep(0.7); open('late', 'w').close()"
    run(tmp_path, f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])")
    time.sleep(1)
    assert not (tmp_path / "cwd" / "late").exists()


def test_a_program_that_is_killed_says_so(tmp_path: Path) -> None:
    error = failure(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert error.message.endswith("was stopped by signal 9")


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    (tmp_path / "cwd").mkdir()
    with pytest.raises(BuildError, match="nothing ci cannot be started: no such file"):
        run_program([str(tmp_path / "nothing"), "ci"], cwd=tmp_path / "cwd", environment={})


def test_an_interrupt_stops_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess  # noqa: PLC0415

    real = subprocess.Popen.wait

    def interrupted(self: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if timeout is not None:
            raise KeyboardInterrupt
        return real(self, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "import time; time.sleep(60)")


def test_nothing_is_left_beside_the_directory(tmp_path: Path) -> None:
    failure(tmp_path, "raise SystemExit(1)")
    assert [path.name for path in tmp_path.iterdir()] == ["cwd"]


def test_a_program_on_the_path_is_found(tmp_path: Path) -> None:
    program = tmp_path / "npm"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_program("npm", {"PATH": str(tmp_path)}, hint="x") == str(program)


def test_a_missing_program_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="the program npm is not on PATH") as caught:
        find_program("npm", {"PATH": str(tmp_path)}, hint="install Node.js")
    assert caught.value.detail["hint"] == "install Node.js"


def test_tokens_of_the_caller_reach_no_program() -> None:
    """Only what is needed to find files, the network and packages; in any letter case, as on Windows."""
    found = environment_for(
        {
            "PATH": "/bin",
            "https_proxy": "p",
            "npm_config_registry": "r",
            "GITHUB_TOKEN": "t",
            "AWS_SECRET": "s",
            "LANG": "x",
        }
    )
    assert found.items() >= {"PATH": "/bin", "https_proxy": "p", "npm_config_registry": "r"}.items()
    assert not {"GITHUB_TOKEN", "AWS_SECRET", "LANG"} & found.keys()


def test_fixed_values_win_over_those_of_the_caller() -> None:
    found = environment_for({"TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": str(time.gmtime().tm_year)}, MORE="1")
    assert (found["TZ"], found["SOURCE_DATE_EPOCH"], found["MORE"]) == ("UTC", "315532800", "1")
    assert time.gmtime(int(found["SOURCE_DATE_EPOCH"]))[:3] == (1980, 1, 1)


def test_the_path_of_a_program_is_not_told(tmp_path: Path) -> None:
    """Only its name and what it was to do."""
    error = failure(tmp_path, "raise SystemExit(1)")
    assert os.sep not in error.message.split(" ended")[0].replace("SystemExit(1)", "")
