"""The generated pages of docs/reference say what the code says."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/make_reference.py"


def test_the_generated_pages_are_up_to_date() -> None:
    """A change of a command, an error or a limit needs ``make reference``."""
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_error_and_every_limit_has_its_place() -> None:
    """The pages are not empty by accident: each code and each constant with a docstring stands in them."""
    spec = importlib.util.spec_from_file_location("make_reference", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    errors, limits = module.errors_page(), module.limits_page()
    assert errors.count("\n## ") == len(module._error_classes()) > 20
    assert limits.count("\n| `") > 25
    assert "## plugintool device install" in module.commands_page()


PAGES = sorted(path for path in ROOT.glob("**/*.md") if not {".venv", ".tools", ".bench", "fixtures"} & set(path.parts))
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A relative link names a file that is there; code blocks do not count."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    missing = [target for target in LINK.findall(text) if not (page.parent / target).exists()]
    assert missing == []
