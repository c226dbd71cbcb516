"""Every format, option and outcome of ``plugintool lint`` as they are called: one exit code, one document."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from plugintool.cli.main import run
from plugintool.cli.output import LINT_FORMATS
from tests.rule_fixtures import clean_plugin, manifest

ROOT = Path(__file__).parents[2]
SARIF = jsonschema.Draft4Validator(json.loads((ROOT / "fixtures/schemas/sarif-2.1.0-rtm.5.json").read_text("utf-8")))
REPORT = jsonschema.Draft202012Validator(
    json.loads((ROOT / "docs/reference/schemas/report.schema.json").read_text("utf-8"))
)
NO_FRONT = "Check the code.\n"
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run ``lint`` in an empty directory and return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def use(*args: str) -> tuple[int, str, str]:
        code = run(("lint", *args))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return use


def _check_text(out: str) -> None:
    assert "\x1b" not in out


def _check_json(out: str) -> None:
    REPORT.validate(json.loads(out))


def _check_sarif(out: str) -> None:
    SARIF.validate(json.loads(out))


def _check_github(out: str) -> None:
    assert all(line.startswith("::") for line in out.splitlines())


def _check_junit(out: str) -> None:
    assert ET.fromstring(out).tag == "testsuites"


CHECKS = {
    "text": _check_text,
    "json": _check_json,
    "sarif": _check_sarif,
    "github": _check_github,
    "junit": _check_junit,
}


def _clean(where: Path) -> list[str]:
    return [clean_plugin(where).name]


def _warning(where: Path) -> list[str]:
    return [clean_plugin(where, {"commands/a.md": NO_FRONT}).name]


def _error(where: Path) -> list[str]:
    return [clean_plugin(where, {".claude-plugin/plugin.json": manifest(version=5)}).name]


def _missing(where: Path) -> list[str]:
    return [*_clean(where), "gone"]


def _strict(where: Path) -> list[str]:
    return ["--strict", *_warning(where)]


def _fail_on_info(where: Path) -> list[str]:
    return ["--fail-on", "info", *_warning(where)]


def _usage(where: Path) -> list[str]:
    return ["--select", "ZZ", *_clean(where)]


def _project(where: Path) -> list[str]:
    return [clean_plugin(where, {"plugintool.toml": "lint = 5\n"}).name]


OUTCOMES: dict[Callable[[Path], list[str]], int] = {
    _clean: 0, _warning: 0, _error: 1, _missing: 1, _strict: 1, _fail_on_info: 1, _usage: 2, _project: 2,
}  # fmt: skip


@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["loud", "quiet"])
@pytest.mark.parametrize("form", LINT_FORMATS)
@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.__name__)
def test_the_exit_code_does_not_depend_on_the_format(
    tmp_path: Path, call: Call, outcome: Callable[[Path], list[str]], form: str, quiet: tuple[str, ...]
) -> None:
    """A build that went green because it asked for another format helps nobody; and stdout is one valid document."""
    code, out, _ = call(*outcome(tmp_path), "--format", form, *quiet)
    assert code == OUTCOMES[outcome]
    CHECKS[form](out)


def test_every_format_has_a_check() -> None:
    assert tuple(CHECKS) == LINT_FORMATS


@pytest.mark.parametrize("form", LINT_FORMATS[1:])
def test_a_document_tells_every_finding(tmp_path: Path, call: Call, form: str) -> None:
    """Id, file and message, in each; and no word on stderr."""
    clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(version=5), "commands/a.md": NO_FRONT})
    code, out, err = call("--format", form, "acme-review")
    assert (code, err) == (1, "")
    for word in ("PM030", "FM004", "commands/a.md", ".claude-plugin/plugin.json"):
        assert word in out


def test_text_shows_the_line(tmp_path: Path, call: Call) -> None:
    """``path:line:column``, the line, a caret below the column, the repair."""
    clean_plugin(tmp_path, {"commands/a.md": "---\ndescription: Use this: now\n---\n"})
    code, out, _ = call("acme-review")
    assert code == 0
    first, line, caret, *_ = out.splitlines()
    assert first.startswith("acme-review/commands/a.md:2:")
    column = int(first.split(":")[2])
    assert line == "  2 | description: Use this: now"
    assert caret == "    | " + " " * (column - 1) + "^"


@pytest.mark.parametrize("columns", ["20", "80", "400"])
def test_the_terminal_cuts_nothing(tmp_path: Path, columns: str) -> None:
    """Long lines have a window of their own; logs of all machines are alike."""
    root = clean_plugin(tmp_path, {".claude-plugin/plugin.json": manifest(keywords=["x" * 300], version=5)})
    command = [sys.executable, "-m", "plugintool", "lint", str(root)]
    env = {**os.environ, "COLUMNS": columns}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 1
    assert max(map(len, done.stdout.splitlines())) > 100
    assert done.stdout.count("…") >= 1


def test_singular_and_plural(tmp_path: Path, call: Call) -> None:
    clean_plugin(tmp_path, {"commands/a.md": NO_FRONT})
    assert "acme-review: 0 errors, 1 warning; checked 1 command, 1 skill, 3 files with " in call("acme-review")[1]
    assert call("--select", "FM004", "acme-review")[1].endswith(" with 1 rule\n")


def test_a_marketplace_and_its_plugins_are_told_apart(tmp_path: Path, call: Call) -> None:
    """Each its own line of summary, each finding below its own plugin."""
    for name in ("a", "b"):
        clean_plugin(tmp_path / "m/plugins", {"commands/a.md": NO_FRONT} if name == "b" else {}, name=name)
    entries = [{"name": name, "source": f"./plugins/{name}", "description": "d"} for name in ("a", "b")]
    file = tmp_path / "m/.claude-plugin/marketplace.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"name": "m", "owner": {"name": "Acme"}, "plugins": entries}))
    _, out, _ = call("--format", "json", "m")
    document = json.loads(out)
    assert [subject["subject"] for subject in document["subjects"]] == ["m", "m/plugins/a", "m/plugins/b"]
    assert document["subjects"][0]["value"]["checked"] == {"plugins": 2}
    found = [item for item in document["findings"] if item["code"] == "FM004"]
    assert [(item["subject"], item["path"]) for item in found] == [("m/plugins/b", "commands/a.md")]


@pytest.mark.parametrize("form", LINT_FORMATS)
def test_jobs_and_cache_change_no_byte(tmp_path: Path, call: Call, form: str) -> None:
    """One process or three, no cache, a cold one, a warm one."""
    for index in range(5):
        clean_plugin(tmp_path / "all", {"commands/a.md": NO_FRONT} if index % 2 else {}, name=f"p{index}")
    plain = call("all", "--format", form)
    for more in (("--jobs", "3"), ("--cache", "c"), ("--cache", "c"), ("--cache", "c", "--jobs", "0")):
        assert call("all", "--format", form, *more) == plain
    assert len(list((tmp_path / "c").rglob("*.json"))) == 1


def test_no_cache_wins(tmp_path: Path, call: Call) -> None:
    _clean(tmp_path)
    assert call("--cache", "c", "--no-cache", "acme-review")[0] == 0
    assert not (tmp_path / "c").exists()


def test_without_being_asked_nothing_is_written(tmp_path: Path, call: Call) -> None:
    _warning(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    call("acme-review")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_baseline(tmp_path: Path, call: Call) -> None:
    """Write, use, repair, and be told that an entry is stale."""
    _error(tmp_path)
    code, out, _ = call("--write-baseline", "b.json", "acme-review")
    assert (code, out.splitlines()[-1]) == (0, "baseline written: 1 finding")
    code, out, _ = call("--baseline", "b.json", "acme-review")
    assert code == 0
    assert "acme-review: 0 errors, 0 warnings, 1 known; checked" in out
    assert "baseline: 1 finding known, 0 stale" in out
    _clean(tmp_path)
    code, out, _ = call("--baseline", "b.json", "acme-review")
    assert code == 0
    assert "  stale: acme-review/.claude-plugin/plugin.json: PM030; write the baseline again" in out
    assert call("--baseline", "gone.json", "acme-review")[0] == 2


def test_statistics(tmp_path: Path, call: Call) -> None:
    clean_plugin(tmp_path, {"commands/a.md": NO_FRONT, "commands/b.md": NO_FRONT})
    assert call("--statistics", "acme-review")[1].splitlines()[-1] == "      2  warning  FM004"
    document = json.loads(call("--statistics", "--format", "json", "acme-review")[1])
    assert document["subjects"][-1]["value"] == {"statistics": [{"code": "FM004", "severity": "warning", "count": 2}]}
    assert call("--statistics", "--select", "PM030", "acme-review")[1].splitlines()[-1] == "no findings"


def test_the_matrix(tmp_path: Path, call: Call) -> None:
    _clean(tmp_path)
    code, out, _ = call("--matrix", "--target", "cowork@1.46388", "--target", "claude-code", "acme-review")
    assert code == 0
    assert out.splitlines() == [
        "acme-review",
        "  cowork       1.46388.0     works",
        "  claude-code  all versions  works",
    ]
    _error(tmp_path)
    code, out, _ = call("--matrix", "--target", "claude-code", "acme-review")
    assert code == 1
    assert "refused" in out
    assert "    PM030  .claude-plugin/plugin.json: " in out
    REPORT.validate(json.loads(call("--matrix", "--format", "json", "acme-review")[1]))


def test_fix_and_diff(tmp_path: Path, call: Call) -> None:
    """The patch first, which changes nothing; then the repair, which leaves nothing to do."""
    hooks = {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/bin/check"}]}]}}
    files: dict[str, str | bytes] = {"hooks/hooks.json": json.dumps(hooks), "bin/check": "#!/bin/sh\n"}
    root = clean_plugin(tmp_path, files)
    (root / "bin/check").chmod(0o755)
    before = (root / "hooks/hooks.json").read_bytes()
    unsafe = "--unsafe-fixes"
    code, patch, _ = call("--diff", unsafe, "-q", "acme-review")
    assert (code, (root / "hooks/hooks.json").read_bytes()) == (1, before)
    assert patch.startswith("diff --git a/acme-review/hooks/hooks.json b/acme-review/hooks/hooks.json\n")
    assert patch.endswith("\n")
    assert not patch.endswith("\n\n")
    code, out, _ = call("--fix", unsafe, "acme-review")
    assert code == 0
    assert "repaired hooks/hooks.json:1:" in out
    assert "acme-review: 1 finding repaired in 1 file; 0 errors, 0 warnings left" in out
    assert call("--diff", unsafe, "acme-review")[:2] == (
        0,
        "acme-review: 0 findings repaired; 0 errors, 0 warnings left\n",
    )


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("--unsafe-fixes",), "needs --fix or --diff"),
        (("--matrix", "--fix"), "--matrix repairs nothing"),
        (("--matrix", "--statistics"), "the matrix shows no findings"),
        (("--matrix", "--profile", "client"), "one target only"),
        (("--fail-on", "fatal"), "fatal"),
        (("--jobs", "-1"), "-1"),
        (("--target", "cowork@new"), "no version of cowork"),
        (("--target", "mcpb@1"), "has no versions"),
        (("--baseline", "a", "--write-baseline", "b"), "either used or written"),
        (("--cache", "acme-review/c"), "inside a plugin"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_done(
    tmp_path: Path, call: Call, args: tuple[str, ...], word: str
) -> None:
    _clean(tmp_path)
    code, out, err = call(*args, "acme-review")
    assert (code, out) == (2, "")
    assert word in err


def test_many_findings_stay_bounded(tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin with 1,200 equal mistakes: 1,000 are shown, and the others are counted."""
    clean_plugin(tmp_path, {f"commands/{index}.md": NO_FRONT for index in range(1200)})
    code, out, _ = call("--strict", "--select", "FM004", "acme-review")
    assert code == 1
    assert out.count(" FM004 no front matter") + out.count(": warning FM004") >= 1000
    assert out.count(": warning FM004 ") == 1000
    assert "acme-review: 0 errors, 1,200 warnings; checked " in out
    assert out.splitlines()[-1] == "  200 findings of FM004 not shown"


PLAIN = """
import sys
from plugintool.cli.main import run
code = run(["lint", "-q", sys.argv[1]])
print(code, sorted({"yaml", "multiprocessing", "concurrent", "hashlib"} & set(sys.modules)))
"""


def test_a_plain_plugin_loads_no_yaml_reader(tmp_path: Path) -> None:
    """Front matter of one text a line needs none, and most plugins have no other."""
    root = clean_plugin(tmp_path)
    done = subprocess.run([sys.executable, "-c", PLAIN, str(root)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 []"


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_processes_end_with_their_parent(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Ctrl-C in the middle: the exit code of every command, no traceback of a worker, nobody left behind."""
    for index in range(300):
        clean_plugin(tmp_path / "all", {f"commands/{item}.md": NO_FRONT for item in range(20)}, name=f"p{index}")
    command = [sys.executable, "-m", "plugintool", "lint", "-q", "--jobs", "2", str(tmp_path / "all")]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        time.sleep(0.7)
        os.kill(process.pid, number)
        _, err = process.communicate(timeout=60)
    assert process.returncode in {code, 0}
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_an_outside_reader_finds_the_findings(tmp_path: Path, call: Call) -> None:
    """One flat list at the top with severity, path relative to the subject, and field: what scorers look for."""
    _error(tmp_path)
    document = json.loads(call("--format", "json", "--profile", "client", "acme-review")[1])
    (found,) = document["findings"]
    assert (found["severity"], found["subject"]) == ("error", "acme-review")
    assert (found["path"], found["field"]) == (".claude-plugin/plugin.json", "/version")
    assert all("findings" not in subject for subject in document["subjects"])
