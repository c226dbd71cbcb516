"""A crash is a bug of ours: told in one sentence, with a report file for those who ask."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from plugintool import __version__
from tests.unit.cli.conftest import RunFake


def test_the_report_file_holds_what_we_need(fake: RunFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version, arguments and the traceback, in a file whose name is printed; the terminal gets no traceback."""
    monkeypatch.setenv("PLUGINTOOL_DEBUG", "1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = fake("fake", "crash")
    found = re.search(r"the report is in (\S+)", ended.err)
    assert found is not None
    text = Path(found[1]).read_text("utf-8")
    assert text.startswith(f"plugintool {__version__}\narguments: ['fake', 'crash']\n")
    assert "ZeroDivisionError: secret detail" in text
    assert "Traceback" not in ended.err
    assert ended.code == 70


def test_without_the_variable_nothing_is_written(
    fake: RunFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash leaves no file behind on a machine that did not ask for one."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert fake("fake", "crash").code == 70
    assert not list(tmp_path.iterdir())


def test_a_report_that_cannot_be_written_does_not_hide_the_bug(
    fake: RunFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence and the exit code stay; why there is no file is said."""
    monkeypatch.setenv("PLUGINTOOL_DEBUG", "1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    ended = fake("fake", "crash")
    assert ended.code == 70
    assert "this is a bug" in ended.err
    assert "the report could not be written" in ended.err


def test_a_report_takes_any_argument(fake: RunFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a surrogate, as a file name that is no text gives, is written as an escape."""
    monkeypatch.setenv("PLUGINTOOL_DEBUG", "1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("plugintool.cli.main.COMMANDS", {})
    monkeypatch.setattr("plugintool.cli.main.command.main", _explode)
    assert fake("\udcff").code == 70
    assert len(list(tmp_path.iterdir())) == 1


def _explode(*_args: object, **_options: object) -> None:
    raise RuntimeError("odd \udcff text")


def test_a_crash_in_json(fake: RunFake) -> None:
    """The document has the code ``bug``; stderr adds nothing."""
    ended = fake("fake", "crash", "--format", "json")
    document = json.loads(ended.out)
    assert (document["code"], document["exit_code"]) == ("bug", 70)
    assert (
        document["subjects"][0]["error"]["message"] == f"this is a bug in plugintool {__version__} (ZeroDivisionError)"
    )


def test_endless_recursion_is_met_like_any_bug(fake: RunFake) -> None:
    """The stack is gone, the report is not."""
    assert "RecursionError" in fake("fake", "recursion").err
