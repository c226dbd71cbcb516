"""MB045 to MB049: the modules that a bundle needs and what is left out of it; links in its source."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator

from plugintool import limits
from plugintool.formats.patterns import PatternList, parse_mcpbignore
from plugintool.lint.rule import Context, Source, at, rule
from plugintool.lint.rules.bundle_sources import (
    MEASURED,
    SPECIFICATION,
    TARGETS,
    BundleSource,
    directories_of,
    package_json_of,
    sources_of,
)
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity
from plugintool.tree.directory import LinkFate

_IGNORE = ".mcpbignore"
_IMPORT = pattern(
    rb"^[ \t]{0,40}(?:import\b[^;\n\"']{0,500}|export\b[^;\n\"']{0,500}\bfrom\s{0,5}|(?:const|let|var)\b[^=;\n]{0,300}="
    rb"\s{0,5}(?:await\s{1,5}import|require)\(\s{0,5})[\"']([^\"'\n]{1,200})[\"']",
    re.MULTILINE,
)
_PYTHON = pattern(rb"^(?:import|from)[ \t]{1,5}([A-Za-z_][A-Za-z0-9_]{0,100})", re.MULTILINE)
_BUILTIN = frozenset(
    """
    assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events
    fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream
    string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib
    """.split()  # noqa: SIM905 - a table of one word a line would fill a page
)
"""Modules of Node (https://nodejs.org/api, version 24)."""
_ENDINGS = ("", ".js", ".mjs", ".cjs", ".json", "/index.js")
_FILES_MAX = 200
"""Files of one bundle whose imports are followed."""
_SCRIPTS = (".js", ".mjs", ".cjs")
_PLAIN_PATTERN = pattern(r"[A-Za-z0-9._@-]+/?\Z")


def _reached(source: BundleSource) -> list[str]:
    """The scripts that the entry point reaches by relative imports, itself first; below the bundle."""
    entry = source.manifest.text("server", "entry_point").removeprefix("./")
    waiting: list[str] = [entry]
    found: list[str] = []
    while waiting and len(found) < _FILES_MAX:
        path = waiting.pop(0)
        if path in found or f"{source.directory}/{path}" not in source.plugin.files:
            continue
        found.append(path)
        folder = posixpath.dirname(path)
        for name in _imports(source, path) if path.endswith(_SCRIPTS) else ():
            if name.startswith("."):
                waiting.extend(_resolved(source, posixpath.normpath(posixpath.join(folder, name))))
    return found


def _resolved(source: BundleSource, path: str) -> list[str]:
    places = (f"{path}{ending}" for ending in _ENDINGS)
    return [place for place in places if f"{source.directory}/{place}" in source.plugin.files][:1]


def _imports(source: BundleSource, path: str, form: re.Pattern[bytes] = _IMPORT) -> list[str]:
    data = source.plugin.read(f"{source.directory}/{path}", max_bytes=limits.MIB) or b""
    return [found.decode(errors="replace") for found in dict.fromkeys(form.findall(data))]


@rule(
    "MB045",
    Severity.WARNING,
    "a module that is not in the bundle, or that only its authors need",
    source=Source("public bundles", "sizes and failures of servers", "2026"),
    backed_by="R",
    why="The host installs nothing: a module that is not there ends the server; tools for development make it large.",
    bad='server.js with import "zod" without node_modules/zod',
    good="the same after npm ci --omit=dev",
    targets=TARGETS,
)
def missing_module(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a module that is not in the bundle, or that only its authors need.

    A script that the entry point reaches imports a package that neither Node or Python nor the bundle has, or
    node_modules holds a package of `devDependencies`.
    """
    del context
    for source in sources_of(plugin):
        names = _missing_node(source) if source.kind == "node" else _missing_python(source)
        for path, name in names if source.kind in {"node", "python"} else ():
            message = f"the module {name} is not in the bundle"
            place = at(f"{source.directory}/{path}")
            yield missing_module.finding(message, place, hint="install the dependencies into the bundle")
        listed, needed = package_json_of(source).get("devDependencies"), package_json_of(source).get("dependencies")
        for name in listed if isinstance(listed, dict) else ():
            if source.has(f"node_modules/{name}/package.json") and not (isinstance(needed, dict) and name in needed):
                place = at(f"{source.directory}/node_modules/{name}")
                hint = "npm ci --omit=dev"
                yield missing_module.finding("only development needs this package", place, hint=hint)


def _missing_node(source: BundleSource) -> Iterator[tuple[str, str]]:
    own, seen = package_json_of(source).get("name"), set[str]()
    for path in _reached(source):
        for text in _imports(source, path):
            name = "/".join(text.split("/")[: 2 if text.startswith("@") else 1])
            outside = text.startswith((".", "/", "#", "node:")) or name in _BUILTIN or name == own or name in seen
            seen.add(name)
            if not outside and not source.has(f"node_modules/{name}"):
                yield path, name


def _missing_python(source: BundleSource) -> Iterator[tuple[str, str]]:
    there = {part.partition(".")[0] for path in source.files() for part in path.split("/")}
    for path in _reached(source)[:1]:
        for name in _imports(source, path, _PYTHON):
            if name not in there and name not in sys.stdlib_module_names:
                yield path, name


def _ignored(source: BundleSource) -> PatternList | None:
    data = source.plugin.read(f"{source.directory}/{_IGNORE}", max_bytes=limits.MIB)
    return parse_mcpbignore(data, origin=_IGNORE) if data else None


@rule(
    "MB046",
    Severity.ERROR,
    "a pattern that leaves out what the server needs",
    source=MEASURED,
    backed_by="R",
    why="The bundle is built without the file, and the server does not start.",
    bad=".mcpbignore with `lib` beside an entry point that imports ./lib/time.js",
    good=".mcpbignore with `/docs`",
    targets=TARGETS,
)
def needed_file_ignored(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A line of .mcpbignore matches the manifest, the entry point, or a script that it reaches by relative imports."""
    del context
    for source in sources_of(plugin):
        patterns = _ignored(source)
        for path in ("manifest.json", *_reached(source)) if patterns else ():
            match = patterns.find(path) if patterns else None
            if match is not None and match.is_included:
                place = at(f"{source.directory}/{_IGNORE}", line=match.pattern.line)
                message = f"the pattern {match.pattern.text!r} leaves {path} out"
                yield needed_file_ignored.finding(message, place, hint="begin it with / to mean the root only")


@rule(
    "MB047",
    Severity.WARNING,
    "a pattern that also hits installed packages",
    source=SPECIFICATION,
    backed_by="R",
    why="A name without a slash in front is looked for at every depth: packages lose their code, and the server fails "
    "when it first needs it.",
    bad=".mcpbignore with `src`",
    good=".mcpbignore with `/src`",
    targets=TARGETS,
)
def pattern_hits_packages(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A line of .mcpbignore is a plain name, and a folder below node_modules or server/lib has that name."""
    del context
    for source in sources_of(plugin):
        patterns = _ignored(source)
        folders = _package_folders(source) if patterns else {}
        for line in patterns.patterns if patterns else ():
            name = line.text.rstrip("/").lower()
            if _PLAIN_PATTERN.match(line.text) and name in folders:
                place = at(f"{source.directory}/{_IGNORE}", line=line.line)
                message = f"the pattern {line.text!r} also leaves {folders[name]} out"
                yield pattern_hits_packages.finding(message, place, hint=f"write /{line.text}")


def _package_folders(source: BundleSource) -> dict[str, str]:
    """Names of folders inside packages, in lower case, each with the first such folder."""
    found: dict[str, str] = {}
    for path in source.files():
        parts = path.split("/")
        first = 1 if parts[0] == "node_modules" else 2 if parts[:2] == ["server", "lib"] else len(parts)
        for depth in range(first + 1, len(parts) - 1):
            found.setdefault(parts[depth].lower(), "/".join(parts[: depth + 1]))
    return found


@rule(
    "MB049",
    Severity.WARNING,
    "a symbolic link in the source of a bundle",
    source=MEASURED,
    backed_by="D",
    why="The official tool follows it and packs a copy, also of a file outside of the bundle: a link to a private file "
    "publishes the file.",
    bad="bundles/clock/config.json -> ../../shared/config.json",
    good="bundles/clock/config.json as a file",
    targets=TARGETS,
)
def link_in_bundle(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A link stands below a bundle's directory; one that leaves the bundle is an error."""
    del context
    directories = directories_of(plugin)
    for link in plugin.links:
        directory = next((item for item in directories if link.path.startswith(f"{item}/")), "")
        if not directory:
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(link.path), link.target))
        leaves = link.fate is not LinkFate.INSIDE or not target.startswith(f"{directory}/")
        message = f"the link to {link.target!r} " + ("leaves the bundle" if leaves else "is packed as a copy")
        severity = Severity.ERROR if leaves else None
        yield link_in_bundle.finding(message, at(link.path), severity=severity, hint="put a copy in its place")
