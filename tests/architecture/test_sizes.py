"""Sizes that keep the code readable, and the amount of tests.

The length of a function is the number of lines from ``def`` to its last line, without decorators and without the lines
of its docstring: what is documented well must not be punished. A nested function counts for itself and for the outer.
"""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.conftest import Module, Named

FILE_LINES = 400
FUNCTION_LINES = 70
FUNCTION_MEDIAN = 9
FUNCTION_P90 = 30
COMMAND_FILE_LINES = 120
TEST_RATIO = 1.5
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def _lengths(module: Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{module.name}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1 - _docstring_lines(node)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None or len(node.body) == 1:
        return 0
    assert first.end_lineno is not None
    return first.end_lineno - first.lineno + 1


@pytest.fixture(scope="module")
def lengths(modules: list[Module]) -> dict[str, int]:
    """The length of every function."""
    return dict(found for module in modules for found in _lengths(module))


def test_no_function_is_long(lengths: dict[str, int]) -> None:
    """A function that fits on a screen can be judged at a glance."""
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_functions_are_short_on_the_whole(lengths: dict[str, int]) -> None:
    """Median and 90th percentile of all functions."""
    deciles = statistics.quantiles(lengths.values(), n=10, method="inclusive")
    longest = sorted(lengths.items(), key=lambda item: -item[1])[:15]
    assert statistics.median(lengths.values()) <= FUNCTION_MEDIAN, longest
    assert deciles[8] <= FUNCTION_P90, longest


def test_no_file_is_long(modules: list[Module], root: Path) -> None:
    """Of the package, of the scripts and of the tests' own machinery."""
    scripts = [(path.name, path.read_text("utf-8")) for path in sorted((root / "scripts").glob("*.py"))]
    texts = [(module.name, module.text) for module in modules] + scripts
    assert {name: text.count("\n") for name, text in texts if text.count("\n") > FILE_LINES} == {}


def test_a_command_file_is_a_thin_shell(commands: list[Named], modules: list[Module]) -> None:
    """It parses, calls one function, renders and exits: nothing else fits."""
    homes = {_home(named) for named in commands if len(named.path) > 1}
    found = {module.name: module.text.count("\n") for module in modules if module.name in homes}
    assert homes == set(found)
    assert {name: lines for name, lines in found.items() if lines > COMMAND_FILE_LINES} == {}


def _home(named: Named) -> str:
    return f"cli/{'_'.join(named.path[1:]).replace('-', '_')}.py"


def test_there_is_more_test_code_than_code(modules: list[Module], root: Path) -> None:
    """Lines of code, that is without blank lines, comments and docstrings, of the package and of what tests it.

    The fixtures of the rules count as tests: each pair ``bad`` and ``good`` is written by hand for one rule.
    """
    code = sum(_code_lines(module.text) for module in modules)
    tests = sum(_code_lines(path.read_text("utf-8")) for path in sorted((root / "tests").rglob("*.py")))
    cases = sum(_filled_lines(path) for path in (root / "fixtures/rules").rglob("*") if path.is_file())
    shown = f"{tests} lines of tests and {cases} of rule fixtures for {code} lines of code"
    assert tests + cases >= TEST_RATIO * code, shown
    assert tests >= code, shown


def _code_lines(text: str) -> int:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            assert node.end_lineno is not None
            lines.difference_update(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def _filled_lines(path: Path) -> int:
    return sum(1 for line in path.read_bytes().splitlines() if line.strip())
