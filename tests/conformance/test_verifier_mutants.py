"""No check of the verifier is without a vector: whichever is removed, some vector ends differently.

``make mutants`` removes every check; here it is each twenty-fifth, and the shapes that count as a check are held.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.mutant_shapes import EQUIVALENT, mutations_of
from scripts.mutate_verifier import MODULES, all_mutants

ROOT = Path(__file__).resolve().parents[2]


def mutate(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.mutate_verifier", *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_some_removed_checks_fail_a_vector() -> None:
    """But for those that are excused, each with a reason."""
    done = mutate("--every", "25")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("0 unexplained")


def test_there_are_checks_to_remove() -> None:
    """In every module that decides; a new module cannot slip through."""
    mutants = list(all_mutants())
    assert len(mutants) >= 400
    without = {module for module in MODULES if not any(mutant.module == module for mutant in mutants)}
    assert without <= {"envelope/dsse.py", "verify/circumstances.py", "verify/judge.py"}


def test_every_excuse_is_for_a_check_that_is_there() -> None:
    """And says why."""
    texts = {mutant.text for mutant in all_mutants()}
    assert set(EQUIVALENT) - texts == set()
    assert all(len(reason) > 5 for reason in EQUIVALENT.values())


def test_an_intact_verifier_survives() -> None:
    """The run itself is sound: without a mutation every vector ends as it should."""
    done = mutate("--one", "nothing:0")
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("source", "without"),
    [
        ("if a: raise X", "if False: raise X"),
        ("if a: audit.fail(x)", "if False: audit.fail(x)"),
        ("if a: yield 'x'", "if False: yield 'x'"),
        ("if a or b: raise X", "if a or False: raise X"),
        ("_check_name(x)", "None"),
        ("fields.finish()", "None"),
        ("x = fields.take(TAG)", "x = fields.take()"),
        ("x = y.expect(TAG)", "x = (lambda same: same)(y)"),
        ("return [x for x in y if z]", "return [x for x in y if True]"),
        ("p = q.require_present(K, c, v).build()", "p = (lambda same: same)(q).build()"),
        ("doubt = a(x) or b(x)", "doubt = '' or b(x)"),
    ],
)
def test_shapes_of_a_check(source: str, without: str) -> None:
    """One of the mutants is the source without it."""
    assert normal(without) in mutants_of(f"def f():\n    {source}")


@pytest.mark.parametrize(
    ("returns", "source", "without"),
    [
        ("bool", "return a == b", "return True"),
        ("bool", "return a and b", "return a and True"),
        ("bool", "if a: return False", "if False: return False"),
        ("str", "return '' if a else 'bad'", "return '' if a else ''"),
        ("str", "if a: return f'bad {a}'", "if False: return f'bad {a}'"),
    ],
)
def test_shapes_that_depend_on_the_answer(returns: str, source: str, without: str) -> None:
    """What a function returns says what a return means."""
    assert normal(without, returns) in mutants_of(f"def f() -> {returns}:\n    {source}")


@pytest.mark.parametrize("source", ["if a: b = c", "return a == b", "return '' if a else 'bad'", "x = fields.take()"])
def test_what_is_no_check(source: str) -> None:
    """Nothing to remove."""
    assert mutants_of(f"def f() -> int:\n    {source}") == []


def normal(body: str, returns: str = "") -> str:
    arrow = f" -> {returns}" if returns else ""
    return ast.unparse(ast.parse(f"def f(){arrow}:\n    {body}"))


def mutants_of(source: str) -> list[str]:
    found = []
    for number in range(len(list(mutations_of(ast.parse(source))))):
        tree = ast.parse(source)
        list(mutations_of(tree))[number].apply()
        found.append(ast.unparse(ast.fix_missing_locations(tree)))
    return found
