"""PT020 to PT023: the files that hooks, servers and monitors run."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.frozen import dataclass
from plugintool.jsontext import JsonValue, Pointer
from plugintool.lint import fix_runs
from plugintool.lint.entries import runs_of
from plugintool.lint.rule import Context, Source, at, rule
from plugintool.plugin.model import Plugin
from plugintool.plugin.once import once
from plugintool.plugin.paths import normalise, plugin_targets
from plugintool.report import Finding, Location, Severity
from plugintool.tree.copy import looks_executable

_REAL = Source("a sample of 1,551 public plugins", "programs that are run", "autumn 2026")
_WINDOWS = (".exe", ".cmd", ".bat", ".ps1")


@dataclass(frozen=True, slots=True)
class _Run:
    """One text that names a file of the plugin: the file as written, where, and whether it is run directly."""

    target: str
    place: tuple[str, Pointer]
    direct: bool


@once
def _runs(plugin: Plugin) -> Iterator[_Run]:
    """Yield what the commands and arguments of hooks, servers and monitors name below the plugin root."""
    for entry, by_shell in runs_of(plugin):
        args = entry.fields.get("args")
        texts: list[tuple[Pointer, JsonValue]] = [(("command",), entry.fields.get("command"))]
        texts.extend((("args", index), item) for index, item in enumerate(args if isinstance(args, list) else ()))
        for key, text in texts:
            if isinstance(text, str):
                for number, target in enumerate(plugin_targets(text, shell=by_shell and key == ("command",))):
                    first = number == 0 and text.lstrip("\"'").startswith("${CLAUDE_PLUGIN_ROOT}")
                    yield _Run(target, entry.named(*key), direct=first and key == ("command",))


def _located(plugin: Plugin, run: _Run) -> Location:
    return plugin.locate(*run.place)


@once
def _direct_files(plugin: Plugin) -> list[str]:
    """The files of the tree that are run directly, each once."""
    found = (normalise(run.target) for run in _runs(plugin) if run.direct)
    return sorted({path for path in found if path is not None and path in plugin.files})


@rule(
    "PT020",
    Severity.WARNING,
    "a file below `${CLAUDE_PLUGIN_ROOT}` that is missing",
    source=_REAL,
    backed_by="R",
    why="The hook or server fails on every device; often the file is a build output that was never made.",
    bad='{"command": "node", "args": ["${CLAUDE_PLUGIN_ROOT}/dist/server.js"]} without dist/server.js',
    good="the same with dist/server.js in the tree",
)
def missing_program(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A hook, server or monitor names a file below the plugin root that is not in the tree."""
    del context
    for run in _runs(plugin):
        target = normalise(run.target)
        if target and not any(char in target for char in "*?{}") and not plugin.has(target):
            message = f"{target} is not in the plugin"
            yield missing_program.finding(message, _located(plugin, run), hint="build it first, or correct the path")


@rule(
    "PT021",
    Severity.ERROR,
    "a path below `${CLAUDE_PLUGIN_ROOT}` that leaves the plugin",
    source=_REAL,
    backed_by="B",
    why="What stands beside the plugin on your machine is not there on a device, or is somebody else's.",
    bad='{"command": "${CLAUDE_PLUGIN_ROOT}/../shared/run.sh"}',
    good='{"command": "${CLAUDE_PLUGIN_ROOT}/bin/run.sh"}',
)
def program_outside(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A hook, server or monitor names a path that leaves the plugin by `..` segments."""
    del context
    for run in _runs(plugin):
        if normalise(run.target) is None:
            message = f"{run.target} leaves the plugin"
            yield program_outside.finding(message, _located(plugin, run), hint="copy the file into the plugin")


@rule(
    "PT022",
    Severity.WARNING,
    "a program without the execute bit",
    source=_REAL,
    backed_by="R",
    why="From a checkout or a marketplace it does not start; only what plugintool builds is repaired by its content.",
    bad="bin/check with mode 0644, run by a hook",
    good="bin/check with mode 0755",
    fix=fix_runs.made_executable,
)
def program_not_executable(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file that a hook, server or monitor runs directly has no execute bit on disk."""
    del context
    for path in _direct_files(plugin):
        source = plugin.source_file(path)
        if source is not None and not source.mode & 0o111 and not path.lower().endswith(_WINDOWS):
            message = f"it is run directly and has mode {source.mode:04o}"
            yield program_not_executable.finding(message, at(path), hint=f"chmod +x {path}")


@rule(
    "PT023",
    Severity.WARNING,
    "a program without shebang, or a script with Windows line ends",
    source=_REAL,
    backed_by="R",
    why="The system cannot tell which interpreter runs it; a carriage return becomes part of the interpreter's name.",
    bad="bin/check that begins with `echo`",
    good="bin/check that begins with `#!/bin/sh`",
    fix=fix_runs.line_ends_converted,
    unsafe_fix=fix_runs.shebang_added,
)
def program_without_shebang(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file that is run directly neither begins with `#!` nor is a binary, or its first line ends with CR LF."""
    del context
    for path in _direct_files(plugin):
        head = plugin.head(path)
        if path.lower().endswith(_WINDOWS):
            continue
        if not looks_executable(head):
            message = "it is run directly and has no shebang"
            yield program_without_shebang.finding(message, at(path, line=1), hint="begin it with #!/bin/sh or the like")
        elif head.startswith(b"#!") and b"\r" in head.split(b"\n", 1)[0]:
            message = "its first line ends with CR LF"
            yield program_without_shebang.finding(message, at(path, line=1), hint="save it with LF line ends")
