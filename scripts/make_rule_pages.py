"""Write docs/reference/rules: one page a rule and an index, out of the registry. ``--check`` only compares.

A test runs the check, so a page can never drift from the code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from plugintool.lint.registry import all_rules
from plugintool.lint.rule import ALL_TARGETS, BASES, Rule, Version

PAGES = Path(__file__).parent.parent / "docs/reference/rules"
WRITTEN_BY = "<!-- written by scripts/make_rule_pages.py -->\n"
INDEX = "README.md"


def pages() -> dict[str, str]:
    """Return the text of every page by its file name."""
    return {INDEX: index_page(), **{f"{rule.id}.md": rule_page(rule) for rule in all_rules().values()}}


def index_page() -> str:
    """Return the table of all rules."""
    rows = [f"# Rules\n\n{WRITTEN_BY}\n| id | severity | name | what |\n|---|---|---|---|"]
    rows.extend(
        f"| [{rule.id}]({rule.id}.md) | {rule.severity.value} | {rule.name} | {_cell(rule.summary)} |"
        for rule in all_rules().values()
    )
    return "\n".join(rows) + "\n"


def rule_page(rule: Rule) -> str:
    """Return the page of one rule."""
    facts = "\n".join(f"- {label}: {text}" for label, text in _facts(rule))
    return (
        f"# {rule.id} {rule.name}\n\n{WRITTEN_BY}\n{rule.summary[0].upper()}{rule.summary[1:]}.\n\n{facts}\n\n"
        f"## What it checks\n\n{rule.docs.what}\n\n## Why it matters\n\n{rule.docs.why}\n\n"
        f"## Example\n\n```text\n{rule.docs.bad}\n```\n\nInstead:\n\n```text\n{rule.docs.good}\n```\n"
    )


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "severity", rule.severity.value + ("" if rule.default else ", off unless selected")
    if rule.since > (0, 0, 0):
        yield "reported by the client since", _version(rule.since)
    if rule.error_until > (0, 0, 0):
        yield "an error for clients before", _version(rule.error_until)
    yield "targets", "all" if rule.targets == ALL_TARGETS else ", ".join(rule.targets)
    yield "backed by", "; ".join(BASES[letter] for letter in rule.backed_by)
    yield "source", f"{rule.source.document}, {rule.source.section}, {rule.source.date}"
    yield "repair", rule.repair


def _version(version: Version) -> str:
    return ".".join(map(str, version))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def stale(folder: Path) -> list[str]:
    """Return the names of pages that differ from the registry, are missing, or belong to no rule."""
    wanted = pages()
    found = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main(args: list[str]) -> int:
    """Write the pages, or with ``--check`` name those that differ."""
    if args == ["--check"]:
        names = stale(PAGES)
        print("\n".join(names) or "docs/reference/rules is up to date")
        return int(bool(names))
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in stale(PAGES):
        text = pages().get(name)
        if text is None:
            (PAGES / name).unlink()
        else:
            (PAGES / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
