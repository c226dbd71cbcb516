"""One port each: who may print, exit, look at the clock, the environment, the network or a foreign archive."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.conftest import PACKAGE, Module

ENTRY = {"__main__.py", "cli/main.py"}
PORTS: dict[str, set[str]] = {
    "print": set(),
    "input": set(),
    "breakpoint": set(),
    "eval": set(),
    "exec": {"frozen.py"},  # as the standard library does for the same purpose
    "__import__": set(),
    "exit": set(),
    "quit": set(),
    "sys.exit": ENTRY,
    "os._exit": set(),
    "os.environ": {
        "cli/main.py",
        "cli/output.py",
        "cli/bugreport.py",
        "cli/check_options.py",
        "cli/release_options.py",
    },
    "os.getenv": set(),
    "os.umask": set(),
    "os.chdir": set(),
    "datetime.now": {"clock.py"},
    "datetime.datetime.now": {"clock.py"},
    "datetime.utcnow": set(),
    "datetime.today": set(),
    "date.today": set(),
    "time.time": {"clock.py"},
    "time.localtime": set(),
    "random.random": set(),
}
"""A name, dotted as it is written, and the modules that may use it."""

METHODS = {"extractall", "unpack_archive"}
"""Methods that nobody may call, whatever they belong to: names of a stranger's archive would become paths."""

IMPORTS = {
    "zipfile", "tarfile", "pickle", "marshal", "shelve", "random",
    "socket", "ssl", "http", "ftplib", "smtplib", "urllib.request", "asyncio", "requests", "httpx", "pydantic", "rich",
}  # fmt: skip
"""Modules that the package never imports: own zip reader, no network, nothing that costs a tenth of a second."""
NETWORK = {"fetch.py": {"http", "urllib.request"}}
"""The module that opens connections, for commands that say so only, and what it may import for that."""


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def _uses(module: Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            yield _dotted(node), node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node.lineno


def _imports(module: Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@pytest.mark.parametrize("name", PORTS)
def test_only_the_port_uses_it(modules: list[Module], name: str) -> None:
    """Everything else gets time, environment and output as arguments, and can be tested without them."""
    found = {
        f"{module.name}:{line}"
        for module in modules
        for used, line in _uses(module)
        if used == name and module.name not in PORTS[name]
    }
    assert found == set()


def test_the_ports_exist(modules: list[Module]) -> None:
    """A port that was renamed would open its rule for nobody, and the next one would be added beside it."""
    known = {module.name for module in modules}
    assert {port for ports in PORTS.values() for port in ports} <= known


def test_no_archive_is_unpacked_by_foreign_code(modules: list[Module]) -> None:
    """Whatever the object is: linters look for imports, this looks for the call."""
    found = {
        f"{module.name}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in METHODS
    }
    assert found == set()


def test_modules_that_are_never_imported(modules: list[Module]) -> None:
    """Also not lazily, and not one name of them."""
    found = {
        f"{module.name}:{line} {name}"
        for module in modules
        for name, line in _imports(module)
        for banned in IMPORTS - NETWORK.get(module.name, set())
        if name == banned or name.startswith(f"{banned}.")
    }
    assert found == set()


def test_the_encoder_has_one_user(modules: list[Module]) -> None:
    """``deflate`` decides about bytes of archives: one place calls it."""
    users = {module.name for module in modules for name, _ in _imports(module) if name.partition(".")[0] == "deflate"}
    assert users == {"tree/compress.py"}


def test_no_module_imports_from_the_init_of_its_package(modules: list[Module]) -> None:
    """``from plugintool.tree import TreeFile`` would make every import of one module run all of them."""
    packages = {path.parent.relative_to(PACKAGE.parent).as_posix().replace("/", ".") for path in PACKAGE.rglob("*.py")}
    found = set()
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module in packages:
                names = {alias.name for alias in node.names if not _is_module(node.module, alias.name)}
                found |= {f"{module.name}:{node.lineno} {name}" for name in names - {"__version__"}}
    assert found == set()


def _is_module(package: str, name: str) -> bool:
    place = PACKAGE.parent / package.replace(".", "/")
    return (place / f"{name}.py").is_file() or (place / name).is_dir()


def test_imports_are_absolute(modules: list[Module]) -> None:
    """One way to name a module, so that a search finds all its users."""
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


def test_the_init_of_a_package_holds_words_only(modules: list[Module]) -> None:
    """A docstring that teaches; the top one also the version. Code there would run with every import below it."""
    for module in modules:
        if module.name.endswith("__init__.py"):
            assert ast.get_docstring(module.tree), module.name
            rest = [node for node in module.tree.body[1:] if not _is_version(node)]
            assert rest == [], module.name


def _is_version(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"__version__", "__all__"}
