"""Every finding of check has its texts, its explanation and its place in the documentation, and is really used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugintool.author.explain import explain
from plugintool.probe.codes import CHECK_CODES


@pytest.mark.parametrize("code", CHECK_CODES)
def test_its_texts_are_whole(code: str) -> None:
    found = CHECK_CODES[code]
    assert re.fullmatch(r"CH\d{3}", code)
    for text in (found.title, found.why, found.repair):
        assert text
        assert not text.endswith(".")
        assert len(text) < 200
    assert found.title[0].islower()


def test_titles_differ() -> None:
    assert len({found.title for found in CHECK_CODES.values()}) == len(CHECK_CODES)


@pytest.mark.parametrize("code", CHECK_CODES)
def test_it_is_explained(code: str) -> None:
    (outcome,) = explain([code.lower()]).outcomes
    assert outcome.value is not None
    assert outcome.value.kind == "check finding"
    assert outcome.value.title == CHECK_CODES[code].title


@pytest.mark.parametrize("code", CHECK_CODES)
def test_it_is_used_and_tested(code: str, root: Path) -> None:
    """A code that nothing gives out, or that no test expects, is a promise that nobody keeps."""
    places = [*(root / "plugintool").rglob("*.py"), *(root / "tests").rglob("test_*.py")]
    texts = {path: path.read_text("utf-8") for path in places if "check" in path.name or "probe" in path.parts}
    users = [path for path, text in texts.items() if f'"{code}"' in text and path.name != "codes.py"]
    assert any("plugintool" in path.parts and "tests" not in path.parts for path in users), code
    assert any("tests" in path.parts for path in users), code
