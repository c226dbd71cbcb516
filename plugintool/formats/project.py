"""``plugintool.toml``: the optional project file beside a plugin; every default works without it.

::

    targets = ["claude-code", "cowork"]

    [lint]
    select = ["PM", "HK004"]
    ignore = ["SK030"]

    [lint.per-path]
    "skills/legacy/**" = ["SK"]

    [[lint.suppress]]
    id = "HK012"
    path = "hooks/hooks.json"
    reason = "the script is generated at release time"

    [build]
    ignore = ["*.psd", "!logo.psd"]
    executables = ["bin/*", "!bin/README.md"]

    [bundles.clock]
    ignore = ["src/"]

``ignore`` and ``executables`` are patterns as in ``.gitignore``. The file is part of the built tree, so that anybody
can recompute which files are executable (docs/reference/project-file.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from plugintool import limits
from plugintool.errors import ConfigError, LimitExceededError
from plugintool.formats.patterns import Pattern, PatternList
from plugintool.frozen import dataclass, field
from plugintool.relpath import RelPath
from plugintool.tree.copy import ExecutableRule, by_content, looks_executable
from plugintool.tree.entry import Tree

PROJECT_FILE = RelPath("plugintool.toml")
TARGETS = ("claude-code", "cowork", "directory", "marketplace", "mcpb")
"""Where a plugin is meant to run: rules of other targets are silent."""
_KEYS = {
    (): ("targets", "lint", "build", "bundles"),
    ("lint",): ("select", "ignore", "per-path", "suppress"),
    ("lint", "suppress"): ("id", "path", "reason"),
    ("build",): ("ignore", "executables"),
    ("bundles", "*"): ("ignore",),
}
"""The keys of each table; ``*`` stands for any name."""
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{4299,}")
_TOML_PLACE = re.compile(r"(?P<message>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)\Z")


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings that are accepted: the id of a rule, a path or a pattern with ``*``, why, and the line that says so."""

    id: str
    path: str
    reason: str
    line: int = 0


@dataclass(frozen=True)
class Project:
    """What a project file says; without one, every member is empty.

    Attributes:
        targets: names out of ``TARGETS``; empty means the default of lint.
        ignore: patterns of files that are not built.
        executables: patterns that decide which files are executable.
        lint_select, lint_ignore: rule ids or prefixes.
        lint_per_path: path pattern to rule ids that are off there.
        suppressions: single findings that are accepted.
        bundle_ignore: patterns for each bundle, by the name of its directory below ``bundles/``.
    """

    targets: tuple[str, ...] = ()
    ignore: tuple[Pattern, ...] = ()
    executables: tuple[Pattern, ...] = ()
    lint_select: tuple[str, ...] = ()
    lint_ignore: tuple[str, ...] = ()
    lint_per_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    bundle_ignore: Mapping[str, tuple[Pattern, ...]] = field(default_factory=dict)

    def executable_rule(self) -> ExecutableRule:
        """Return the rule that decides which files are executable: the last pattern that matches, else the content."""
        if not self.executables:
            return by_content
        patterns = PatternList(self.executables)

        def by_patterns(path: str, head: bytes) -> bool:
            found = patterns.find_exact(path)
            return looks_executable(head) if found is None else found.is_included

        return by_patterns


def load_project(tree: Tree) -> Project:
    """Read the project file of a tree, when it has one.

    Raises:
        ConfigError: it cannot be read as TOML, or has an unknown key or a value of the wrong type (all of them).
        InputError: it cannot be read at all.
    """
    file = next((file for file in tree.files() if file.path == PROJECT_FILE), None)
    if file is None:
        return Project()
    if file.size > limits.TEXT_BYTES:
        raise LimitExceededError(f"larger than {limits.TEXT_BYTES} bytes", path=PROJECT_FILE)
    with tree.open(PROJECT_FILE) as source:
        return parse_project(source.read(limits.TEXT_BYTES))


def parse_project(data: bytes, *, path: str = PROJECT_FILE) -> Project:
    """Read the content of a project file; ``path`` names it in errors.

    Raises:
        ConfigError: as ``load_project``.
    """
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigError("the project file is not valid UTF-8", path=path) from error
    return _Reader(text, path).read()


def parse_toml(text: str, path: str) -> dict[str, Any]:
    """Read a TOML text; ``path`` names it in errors.

    Raises:
        ConfigError: it is not valid; with line and column.
    """
    import tomllib  # noqa: PLC0415 - only where there is such a file

    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError("not valid TOML: nested too deep", path=path) from error
    except ValueError as error:
        number = None if isinstance(error, tomllib.TOMLDecodeError) else _LONG_NUMBER.search(text)
        if number is not None:  # Python refuses to read these, which is not said by the parser of TOML
            line = text.count("\n", 0, number.start()) + 1
            raise ConfigError("not valid TOML: a number has too many digits", path=path, line=line) from error
        place = _TOML_PLACE.match(str(error))
        message = place["message"] if place else str(error)
        line = int(place["line"]) if place and place["line"] else text.count("\n") + 1
        column = int(place["column"]) if place and place["column"] else 1
        message = f"not valid TOML: {message[:1].lower()}{message[1:]}"
        raise ConfigError(message, path=path, line=line, column=column) from error


class _Reader:
    """Turns the parsed file into a ``Project`` and collects everything that is wrong with it."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self._problems: list[tuple[int, str]] = []
        self._hints: list[str] = []

    def read(self) -> Project:
        """Return the project; raises when there were problems."""
        root = self._table(parse_toml(self._text, self._path), ())
        lint = self._table(root.get("lint", {}), ("lint",))
        build = self._table(root.get("build", {}), ("build",))
        project = Project(
            targets=self._targets(root),
            ignore=self._patterns(build, ("build", "ignore")),
            executables=self._patterns(build, ("build", "executables")),
            lint_select=self._texts(lint, ("lint", "select")),
            lint_ignore=self._texts(lint, ("lint", "ignore")),
            lint_per_path=self._per_path(lint.get("per-path", {})),
            suppressions=tuple(self._suppressions(lint.get("suppress", []))),
            bundle_ignore=self._bundles(root.get("bundles", {})),
        )
        self._raise_problems()
        return project

    def _raise_problems(self) -> None:
        if not self._problems:
            return
        problems = sorted(self._problems)
        line, message = problems[0]
        raise ConfigError(
            message if len(problems) == 1 else f"{len(problems)} problems in the project file",
            path=self._path,
            line=line,
            problems=tuple(f"line {line}: {message}" for line, message in problems) if problems[1:] else (),
            hint=self._hints[0] if self._hints else "see docs/reference/project-file.md",
        )

    def _note(self, keys: tuple[str, ...], message: str) -> None:
        self._problems.append((_line_of(self._text, keys), message))

    def _table(self, value: Any, keys: tuple[str, ...]) -> dict[str, Any]:
        """Check that ``value`` is a table with known keys only, and return it."""
        if not isinstance(value, dict):
            self._note(keys, f"{'.'.join(keys)} is no table")
            return {}
        known = _KEYS[keys if keys[:1] != ("bundles",) else ("bundles", "*")]
        for key in value:
            if key not in known:
                self._unknown(key, keys, known)
        return value

    def _unknown(self, key: str, keys: tuple[str, ...], known: tuple[str, ...]) -> None:
        import difflib  # noqa: PLC0415 - only for mistakes

        similar = difflib.get_close_matches(key, known, n=1)
        if similar:
            self._hints.append(f"did you mean {similar[0]}?")
        where = f" in [{'.'.join(keys)}]" if keys else ""
        self._note((*keys, key), f"unknown key {key!r}{where}; known: {', '.join(known)}")

    def _texts(self, table: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, ...]:
        value = table.get(keys[-1], [])
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(value)
        self._note(keys, f"{'.'.join(keys)} is no list of texts")
        return ()

    def _targets(self, root: dict[str, Any]) -> tuple[str, ...]:
        targets = self._texts(root, ("targets",))
        for target in targets:
            if target not in TARGETS:
                self._note(("targets",), f"unknown target {target!r}; known: {', '.join(TARGETS)}")
        return targets

    def _patterns(self, table: dict[str, Any], keys: tuple[str, ...]) -> tuple[Pattern, ...]:
        start = _line_of(self._text, keys)
        texts = self._texts(table, keys)
        return tuple(Pattern(text, self._path, _line_of_item(self._text, text, start)) for text in texts)

    def _per_path(self, value: Any) -> dict[str, tuple[str, ...]]:
        keys = ("lint", "per-path")
        if not isinstance(value, dict):
            self._note(keys, "lint.per-path is no table of path patterns")
            return {}
        return {pattern: self._texts(value, (*keys, pattern)) for pattern in value}

    def _suppressions(self, value: Any) -> list[Suppression]:
        keys = ("lint", "suppress")
        if not isinstance(value, list):
            self._note(keys, "lint.suppress is no list of tables ([[lint.suppress]])")
            return []
        lines = _lines_of_table(self._text, keys)
        return [self._suppression(item, line) for item, line in zip(value, [*lines, *[0] * len(value)], strict=False)]

    def _suppression(self, value: Any, line: int) -> Suppression:
        table = self._table(value, ("lint", "suppress"))
        texts = {"id": "", "path": "*", "reason": "", **table}
        for key in ("id", "path", "reason"):
            if not isinstance(texts[key], str) or not texts[key].strip():
                self._problems.append((line, f"lint.suppress: {key} is missing or no text"))
        return Suppression(str(texts["id"]), str(texts["path"]), str(texts["reason"]), line)

    def _bundles(self, value: Any) -> dict[str, tuple[Pattern, ...]]:
        if not isinstance(value, dict):
            self._note(("bundles",), "bundles is no table of bundles")
            return {}
        return {name: self._bundle(name, table) for name, table in value.items()}

    def _bundle(self, name: str, value: Any) -> tuple[Pattern, ...]:
        table = self._table(value, ("bundles", name))
        return self._patterns(table, ("bundles", name, "ignore"))


def _line_of(text: str, keys: tuple[str, ...]) -> int:
    """Find the line, from 1, of a key: within its table when that is written as ``[table]``; else 1."""
    start = max(_lines_of_table(text, keys[:-1]), default=1) if len(keys) > 1 else 1
    name = re.escape(keys[-1]) if keys else ""
    quoted = re.compile(rf"""\s*(?:\[+\s*)?(?:[\w."'-]+\.\s*)?["']?{name}["']?\s*[\].=]""")
    for number, line in enumerate(text.split("\n"), 1):
        if number >= start and quoted.match(line):
            return number
    return start


def _lines_of_table(text: str, keys: tuple[str, ...]) -> list[int]:
    """Find the lines of the headers of one table, or of each item of a list of tables."""
    header = re.compile(r"\s*\[+\s*" + r"\s*\.\s*".join(rf"""["']?{re.escape(key)}["']?""" for key in keys) + r"\s*\]")
    return [number for number, line in enumerate(text.split("\n"), 1) if header.match(line)]


def _line_of_item(text: str, item: str, start: int) -> int:
    """Find the line of one text of a list that begins at line ``start``."""
    for number, line in enumerate(text.split("\n"), 1):
        if number >= start and (f'"{item}"' in line or f"'{item}'" in line):
            return number
    return start
