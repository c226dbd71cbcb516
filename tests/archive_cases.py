"""The two generators of hostile archives in fixtures/archives, loaded as modules. They share no code with ours."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

GENERATORS = Path(__file__).resolve().parents[1] / "fixtures" / "archives"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, GENERATORS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it there, and the second generator for the first
    spec.loader.exec_module(module)
    return module


CORPUS = _load("make_archives")
MORE = _load("more_archives")
CASES: list[Any] = CORPUS.CASES
MORE_CASES: list[Any] = MORE.CASES
ALL_CASES = [*CASES, *MORE_CASES]


def write(case: Any, directory: Path, suffix: str = ".mcpb") -> Path:
    """Write the archive of a case into ``directory``."""
    path = directory / f"{case.name}{suffix}"
    path.write_bytes(case.make())
    return path
