"""MB036 to MB044: where a bundle says that it runs, and the programs that its server needs there."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint.rule import Context, at, rule
from plugintool.lint.rules.bundle_sources import MEASURED, SPECIFICATION, TARGETS, pyproject_of, sources_of, texts_in
from plugintool.lint.rules.option_advice import is_range
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_BOUNDED = pattern(r"<|==|~=|@")
"""What limits a dependency from above, or names one file (PEP 440, PEP 508)."""
_DOWNLOADERS = frozenset({"npx", "uvx", "pipx", "bunx", "docker", "podman", "curl", "wget", "pip", "pip3"})
_RUNTIMES = {"node": "node", "python": "python"}
_BUNDLED_PYTHON = ("server/lib", "server/venv", ".venv", "venv")


@rule(
    "MB036",
    Severity.ERROR,
    "a compatibility that no host can meet or read",
    source=MEASURED,
    backed_by="B",
    why="An empty list of platforms means that no host installs the bundle; a range that is none is not compared.",
    bad='{"compatibility": {"platforms": [], "runtimes": {"node": "latest!!"}}}',
    good='{"compatibility": {"platforms": ["darwin", "win32"], "runtimes": {"node": ">=20"}}}',
    targets=TARGETS,
)
def no_platform(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The list `compatibility.platforms` is empty, or the range of a host or runtime is none."""
    del context
    for source in sources_of(plugin):
        compatibility = source.value.get("compatibility")
        if not isinstance(compatibility, dict):
            continue
        if compatibility.get("platforms") == []:
            yield no_platform.finding("`platforms` is empty", source.place("compatibility", "platforms"))
        for pointer, text in texts_in({**compatibility, "platforms": None}, ("compatibility",)):
            if not is_range(text.replace(",", " ")):
                message = f"{text[:60]!r} is no range of versions"
                yield no_platform.finding(message, source.place(*pointer), hint="write >=1.2.3 or such")


@rule(
    "MB037",
    Severity.WARNING,
    "`compatibility.runtimes` that does not name the server's runtime",
    source=SPECIFICATION,
    backed_by="D",
    why="Hosts check the runtimes that are named, not the one that is used.",
    bad='{"server": {"type": "node"}, "compatibility": {"runtimes": {"python": ">=3.11"}}}',
    good='{"server": {"type": "node"}, "compatibility": {"runtimes": {"node": ">=20"}}}',
    targets=TARGETS,
)
def other_runtime(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `runtimes` are there and lack the runtime of `server.type` (node or python)."""
    del context
    for source in sources_of(plugin):
        compatibility, wanted = source.value.get("compatibility"), _RUNTIMES.get(source.kind, "")
        runtimes = compatibility.get("runtimes") if isinstance(compatibility, dict) else None
        if wanted and isinstance(runtimes, dict) and wanted not in runtimes:
            message = f"`runtimes` does not name {wanted}"
            yield other_runtime.finding(message, source.place("compatibility", "runtimes"))


@rule(
    "MB041",
    Severity.WARNING,
    "a python server that uv starts",
    source=SPECIFICATION,
    backed_by="R",
    why="Hosts refuse it where no system Python is found, although uv would bring one; the type uv is for that.",
    bad='{"server": {"type": "python", "mcp_config": {"command": "uv"}}}',
    good='{"manifest_version": "0.4", "server": {"type": "uv", "mcp_config": {"command": "uv"}}}',
    targets=TARGETS,
)
def python_by_uv(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `server.type` is python and the command is uv or uvx."""
    del context
    for source in sources_of(plugin):
        if source.kind == "python" and source.config.get("command") in {"uv", "uvx"}:
            message = "the server is of type python, but uv starts it"
            yield python_by_uv.finding(message, source.place("server", "type"), hint="use the type uv of version 0.4")


@rule(
    "MB042",
    Severity.ERROR,
    "a uv server without pyproject.toml, or with bundled packages",
    source=SPECIFICATION,
    backed_by="D",
    why="uv installs what pyproject.toml names on the user's machine; bundled packages would be of another platform.",
    bad="bundles/clock/server.py alone, of type uv",
    good="bundles/clock/pyproject.toml beside it",
    targets=TARGETS,
)
def incomplete_uv(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A bundle of type uv has no pyproject.toml, or one of server/lib, server/venv, .venv and venv."""
    del context
    for source in sources_of(plugin):
        if source.kind != "uv":
            continue
        place = source.place("server", "type")
        if not source.has("pyproject.toml"):
            yield incomplete_uv.finding("a uv server needs a pyproject.toml", place)
        for path in _BUNDLED_PYTHON:
            if source.has(path):
                yield incomplete_uv.finding(f"a uv server must not bring {path}", place, hint="remove the directory")


@rule(
    "MB043",
    Severity.WARNING,
    "a uv server whose packages are not fixed",
    source=SPECIFICATION,
    backed_by="B",
    why="Without it every start may install other versions: the digest of the bundle says nothing about what runs.",
    bad="bundles/clock/pyproject.toml alone",
    good="bundles/clock/uv.lock beside it",
    targets=TARGETS,
)
def unlocked_uv(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A bundle of type uv has no uv.lock, and then a dependency without upper bound is named too."""
    del context
    for source in sources_of(plugin):
        if source.kind != "uv" or source.has("uv.lock"):
            continue
        yield unlocked_uv.finding("a uv server without uv.lock", source.place("server", "type"), hint="run uv lock")
        project = pyproject_of(source).get("project")
        listed = project.get("dependencies") if isinstance(project, dict) else None
        for text in listed if isinstance(listed, list) else ():
            if isinstance(text, str) and not _BOUNDED.search(text):
                message = f"the dependency {text[:60]!r} has no upper bound"
                place = at(f"{source.directory}/pyproject.toml")
                yield unlocked_uv.finding(message, place, hint="write >=1.2,<2 or run uv lock")


@rule(
    "MB044",
    Severity.WARNING,
    "a server that is downloaded when it is started",
    source=SPECIFICATION,
    backed_by="R",
    why="The digest of the bundle says nothing about what runs, and desktop apps have a short PATH.",
    bad='{"command": "npx", "args": ["-y", "acme-clock"]}',
    good='{"command": "node", "args": ["${__dirname}/server.js"]}',
    targets=TARGETS,
)
def downloading_server(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The command is npx, uvx, pipx, bunx, docker, podman, curl, wget or pip."""
    del context
    for source in sources_of(plugin):
        command = source.config.get("command")
        if isinstance(command, str) and command.rpartition("/")[2] in _DOWNLOADERS:
            place = source.place("server", "mcp_config", "command")
            yield downloading_server.finding(f"{command} downloads what it runs", place, hint="put the server inside")
