"""Write the generated pages of docs/reference: commands, errors, limits, findings of check. ``--check`` only compares.

A test runs the check, so a page can never drift from the code.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from plugintool import errors, limits
from plugintool.cli.main import command as root
from plugintool.probe.codes import CHECK_CODES
from tests import pkits

REFERENCE = Path(__file__).parent.parent / "docs/reference"
WRITTEN_BY = "<!-- written by scripts/make_reference.py -->\n"


def commands_page() -> str:
    """Return every command with its help, as ``--help`` prints it."""
    parts = [f"# Commands\n\n{WRITTEN_BY}"]
    for path, command in _walk(root, ("plugintool",)):
        context = click.Context(command, info_name=" ".join(path), max_content_width=100, terminal_width=100)
        parts.append(f"## {' '.join(path)}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def errors_page() -> str:
    """Return the tree of errors and one section a code."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::\n\n")[2].partition("\n\n``code``")[0]
    parts = [f"# Exit codes and errors\n\n{WRITTEN_BY}\n```text\n{inspect.cleandoc(tree)}\n```\n"]
    parts.extend(
        f"## {cls.code}\n\n{cls.__name__}, exit code {cls.exit_code}. {inspect.getdoc(cls)}\n"
        for cls in _error_classes()
    )
    return "\n".join(parts)


def limits_page() -> str:
    """Return every limit with its value and the reason for it."""
    rows = [f"# Limits\n\n{WRITTEN_BY}\n| limit | value | why |\n|---|---|---|"]
    rows.extend(f"| `{name}` | {value:,} | {why} |" for name, value, why in _constants())
    return "\n".join(rows) + "\n"


def conformance_page() -> str:
    """Return what the suites of others say, and the reason for each difference."""
    refused = {name for deviation in pkits.DEVIATIONS for name in deviation.names}
    parts = [
        f"# Conformance\n\n{WRITTEN_BY}",
        "`make conformance` runs these suites, which it fetches; nothing of them is kept here.\n",
        (
            f"## NIST PKITS 1.0.1\n\n{pkits.MESSAGES} signed messages with certificates and revocation lists; "
            "`verify` takes the signature, builds the chain and asks the lists, which are required.\n"
        ),
        (
            "- Everything that PKITS refuses is refused.\n"
            f"- {pkits.MESSAGES - len(refused)} verdicts are those of PKITS, "
            f"{len(refused)} differ: each is a valid message that is refused, for one of these reasons.\n"
        ),
        "| messages | about | why they are refused |\n|---|---|---|",
    ]
    rows = [f"| {len(item.names)} | {item.what} | {item.why} |" for item in pkits.DEVIATIONS]
    names = [f"- {item.what}: {', '.join(sorted(item.names))}" for item in pkits.DEVIATIONS]
    return "\n".join([*parts, *rows, "\nTheir names:\n", *names]) + "\n"


def check_page() -> str:
    """Return every finding of ``check`` with its reason."""
    parts = [f"# Findings of `plugintool check`\n\n{WRITTEN_BY}"]
    parts.extend(
        f"## {code}\n\n{found.severity.value}: {found.title}.\n\n{found.why[0].upper()}{found.why[1:]}.\n\n"
        f"Repair: {found.repair}.\n"
        for code, found in CHECK_CODES.items()
    )
    return "\n".join(parts)


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, name
            yield from _walk(found, (*path, name))


def _error_classes() -> list[type[errors.PlugintoolError]]:
    found = [value for value in vars(errors).values() if inspect.isclass(value)]
    return [cls for cls in found if issubclass(cls, errors.PlugintoolError)]


def _constants() -> Iterator[tuple[str, float, str]]:
    """Each constant is followed by its docstring; those without one are units."""
    body = ast.parse(inspect.getsource(limits)).body
    for node, after in itertools.pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            assert isinstance(node.target, ast.Name)
            why = " ".join(str(after.value.value).split())
            yield node.target.id, getattr(limits, node.target.id), why


def pages() -> dict[Path, str]:
    """Return all pages by their place."""
    return {
        REFERENCE / "commands.md": commands_page(),
        REFERENCE / "conformance.md": conformance_page(),
        REFERENCE / "errors.md": errors_page(),
        REFERENCE / "limits.md": limits_page(),
        REFERENCE / "check-findings.md": check_page(),
    }


def main() -> int:
    """Write the pages, or with ``--check`` name those that differ."""
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" not in sys.argv:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages()[path], "utf-8")
    for path in stale:
        print(f"{'stale' if '--check' in sys.argv else 'written'}: {path.relative_to(REFERENCE.parent.parent)}")
    return int("--check" in sys.argv and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
