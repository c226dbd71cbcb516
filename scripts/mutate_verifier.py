"""Remove every check of the verifier, one at a time: each removal must change the verdict on a vector.

    python -m scripts.mutate_verifier               # all mutants; prints the survivors
    python -m scripts.mutate_verifier --list
    python -m scripts.mutate_verifier --one verify/policy.py:120

A mutant is one of: an ``if`` that raises, reports or refuses never does; one of the reasons joined by ``or`` in such an
``if`` no longer counts; a call that checks and stands for itself is left out.
Survivors that change nothing an outside view could see are listed below with the reason; any other is a failure.
"""

from __future__ import annotations

import argparse
import ast
import concurrent.futures
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "plugintool"
VECTORS = ROOT / "fixtures" / "vectors" / "verify"
MODULES = (
    "envelope/signature_file.py",
    "envelope/statement.py",
    "verify/content.py",
    "verify/keys.py",
    "verify/policy.py",
    "verify/signature.py",
    "verify/source.py",
    "verify/steps.py",
    "verify/verified.py",
    "verify/verifier.py",
)
CALLS_THAT_CHECK = {"_check_name", "_refuse", "check_signature", "_expect", "_refuse_unsupported", "_check_seal"}
METHODS_THAT_CHECK = {"constant", "unique", "finish", "problem"}
EQUIVALENT = {
    "len(problems) > PROBLEMS_SHOWN": "shortens a list of problems",
    "read_source(source, path, max_bytes=limits.SIGNATURE_FILE_BYTES, step=STEP) != checked[path]": (
        "only a source that changes between the steps shows it (test_content)"
    ),
    "file.size != entry.size": "the digest says no as well, after reading; test_content looks at the reading",
    "not isinstance(key, rsa.RSAPublicKey)": "no other key has the prefix that was looked for before",
    "key.public_bytes(serialization.Encoding.DER, form) != der": "cryptography 50 reads DER strictly; kept for others",
    "len(data) > max_bytes": "every reader behind it has a limit of its own; this one saves memory (test_source)",
    "seal is not SEAL": "a guard against our own code (test_verified)",
    "_check_seal(seal)": "as above",
    "candidates": "a tie and no policy are one code; the message differs (test_verifier)",
}
"""Source of a check to the reason why its removal changes no verdict on a file that lies still."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="mutation test of the verifier")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--one", help="MODULE:INDEX, run in this process")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    if options.one:
        module, _, index = options.one.rpartition(":")
        return run_mutant(module, int(index))
    mutants = [(module, index, text) for module in MODULES for index, text in enumerate(checks_of(module))]
    if options.list:
        print("\n".join(f"{module}:{index} {text}" for module, index, text in mutants))
        return 0
    return judge(mutants, options.jobs)


def judge(mutants: Sequence[tuple[str, int, str]], jobs: int) -> int:
    survivors = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        killed = pool.map(lambda mutant: is_killed(mutant[0], mutant[1]), mutants)
        for (module, index, text), dead in zip(mutants, killed, strict=True):
            if not dead:
                survivors.append(text)
                print(f"survived {module}:{index} {text}{' [equivalent]' if text in EQUIVALENT else ''}", flush=True)
    bad = [text for text in survivors if text not in EQUIVALENT]
    stale = sorted(EQUIVALENT.keys() - set(survivors))
    print(f"{len(mutants)} mutants, {len(survivors)} survived, {len(bad)} of them unexplained")
    for text in stale:
        print(f"not a survivor any more: {text}")
    return 1 if bad or stale else 0


def is_killed(module: str, index: int) -> bool:
    command = [sys.executable, "-m", "scripts.mutate_verifier", "--one", f"{module}:{index}"]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode != 0


def run_mutant(module: str, index: int) -> int:
    """Return 0 when every vector ends as it should although a check is missing."""
    sys.meta_path.insert(0, MutantFinder(module, index))
    from plugintool import clock  # noqa: PLC0415 - after the finder is in place
    from plugintool.device.verify import verify_artifacts  # noqa: PLC0415
    from plugintool.errors import VerificationError  # noqa: PLC0415

    now = clock.parse_utc("2026-11-24T00:00:00Z")
    for case in sorted(VECTORS.iterdir()):
        expect = json.loads((case / "expect.json").read_text())
        policy = case / "trust-policy.json"
        error, signers = None, []
        try:
            (outcome,) = verify_artifacts([case / expect["artifact"]], trust_policy=policy, now=now).outcomes
            error = outcome.error
            if outcome.value is not None and outcome.value.trusted is not None and error is None:
                signers = list(outcome.value.trusted.signers)
        except VerificationError as failure:
            error = failure
        step = error.step if isinstance(error, VerificationError) else 0
        code = error.code if error is not None else "ok"
        if (step, code, signers) != (expect["step"], expect["code"], expect["signers"]):
            print(f"killed by {case.name}: {step} {code}")
            return 1
    return 0


class MutantFinder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module with one check removed."""

    def __init__(self, module: str, index: int) -> None:
        self.path = PACKAGE / module
        self.name = "plugintool." + module.removesuffix(".py").replace("/", ".")
        self.index = index

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Claim the one module."""
        del path, target
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def get_source(self, fullname: str) -> str:
        """Return the source as it is on disk."""
        del fullname
        return self.path.read_text()

    def exec_module(self, module: ModuleType) -> None:
        """Run the source without the check."""
        tree = ast.parse(self.path.read_text())
        list(mutations_of(tree))[self.index].apply()
        exec(compile(ast.fix_missing_locations(tree), str(self.path), "exec"), module.__dict__)  # noqa: S102 - ours


@dataclass(frozen=True)
class Mutation:
    """A check to remove: as it stands in the source, and how to remove it from the tree it was found in."""

    text: str
    apply: Callable[[], None]


def checks_of(module: str) -> list[str]:
    return [mutation.text for mutation in mutations_of(ast.parse((PACKAGE / module).read_text()))]


def mutations_of(tree: ast.AST) -> Iterator[Mutation]:
    for node in check_nodes(tree):
        yield Mutation(ast.unparse(node.test if isinstance(node, ast.If) else node), partial(remove, node))
        reasons = node.test if isinstance(node, ast.If) else None
        if isinstance(reasons, ast.BoolOp) and isinstance(reasons.op, ast.Or):
            for reason in reasons.values:
                text = f"{ast.unparse(reason)} [of: {ast.unparse(reasons)}]"
                yield Mutation(text, partial(forget, reasons, reason))


def forget(reasons: ast.BoolOp, reason: ast.expr) -> None:
    reasons.values = [ast.Constant(value=False) if value is reason else value for value in reasons.values]


def check_nodes(tree: ast.AST) -> Iterator[ast.If | ast.Expr]:
    """Yield every check in the order of the source."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.If) and any(refuses(child) for child in node.body)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and is_check_call(node.value)
        ):
            yield node


def refuses(statement: ast.stmt) -> bool:
    """Whether a statement in a branch says no."""
    if isinstance(statement, ast.Raise):
        return True
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Yield) or (isinstance(value, ast.Call) and is_problem(value))
    return False


def is_problem(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in {"problem", "append"}


def is_check_call(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id in CALLS_THAT_CHECK
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return False
    return function.attr in METHODS_THAT_CHECK and function.value.id in {"self", "reader"}


def remove(node: ast.If | ast.Expr) -> None:
    if isinstance(node, ast.If):
        node.test = ast.Constant(value=False)
    else:
        node.value = ast.Constant(value=None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
