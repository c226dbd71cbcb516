"""MB016 to MB022, MB033 to MB035: the server of a bundle and how it is started."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint import fix_bundle
from plugintool.lint.rule import Context, rule
from plugintool.lint.rules.bundle_sources import MEASURED, SPECIFICATION, TARGETS, BundleSource, sources_of
from plugintool.lint.rules.option_advice import is_secret_word
from plugintool.lint.rules.secret_values import is_literal
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.relpath import fold
from plugintool.report import Finding, Severity

_VARIABLE = pattern(r"\$\{([^}]*)\}")
_KNOWN_VARIABLES = frozenset({"__dirname", "HOME", "DESKTOP", "DOCUMENTS", "DOWNLOADS", "pathSeparator", "/"})
_IN_BUNDLE = pattern(r"\$\{__dirname\}((?:(?:\$\{(?:/|pathSeparator)\}|[/\\])[A-Za-z0-9_@.+-]+)+)")
_SEPARATOR = pattern(r"\$\{(?:/|pathSeparator)\}|\\")
_SCRIPT = pattern(r"(?:\./)?[A-Za-z0-9_@.-]+(?:/[A-Za-z0-9_@.-]+)*\.(?:js|mjs|cjs|py|sh)\Z")
_PLATFORMS = frozenset({"darwin", "win32", "linux"})


def _entry_points(plugin: Plugin) -> Iterator[tuple[BundleSource, str]]:
    """Yield the sources whose entry point is a text that is not empty."""
    for source in sources_of(plugin):
        path = source.manifest.text("server", "entry_point")
        if path:
            yield source, path


def _leaves(path: str) -> bool:
    return path.startswith(("/", "~")) or "\\" in path or ".." in path.split("/") or path[1:2] == ":"


def _named_paths(source: BundleSource) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the paths of files that a bundle manifest names."""
    yield ("server", "entry_point"), source.manifest.text("server", "entry_point")
    yield ("icon",), source.manifest.text("icon")
    icons, shots = source.value.get("icons"), source.value.get("screenshots")
    for index, icon in enumerate(icons if isinstance(icons, list) else ()):
        if isinstance(icon, dict) and isinstance(icon.get("src"), str):
            yield ("icons", index, "src"), str(icon["src"])
    for index, shot in enumerate(shots if isinstance(shots, list) else ()):
        if isinstance(shot, str):
            yield ("screenshots", index), shot


@rule(
    "MB016",
    Severity.ERROR,
    "an entry point that is not in the bundle",
    source=MEASURED,
    backed_by="B",
    why="The server cannot start; the official tool does not look.",
    bad='{"server": {"entry_point": "server/indx.js"}} beside server/index.js',
    good='{"server": {"entry_point": "server/index.js"}}',
    targets=TARGETS,
)
def missing_entry_point(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The file that `server.entry_point` names is not below the bundle's directory."""
    del context
    for source, path in _entry_points(plugin):
        inside = path.removeprefix("./")
        if not _leaves(path) and not source.has(inside) and not _other_case(source, inside):
            place = source.place("server", "entry_point")
            yield missing_entry_point.finding(f"the entry point {path!r} is not there", place)


def _other_case(source: BundleSource, path: str) -> str:
    """The file that differs from ``path`` in letter case only."""
    return next((file for file in source.files() if file != path and fold(file) == fold(path)), "")


@rule(
    "MB017",
    Severity.ERROR,
    "a path of a bundle manifest that leaves the bundle",
    source=MEASURED,
    backed_by="B",
    why="On another machine there is something else, or somebody's files; the official tool lets it pass.",
    bad='{"server": {"entry_point": "../server.js"}}',
    good='{"server": {"entry_point": "server.js"}}',
    targets=TARGETS,
)
def bundle_path_leaves(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A path is absolute, has a `..` segment or a backslash."""
    del context
    for source in sources_of(plugin):
        for pointer, path in _named_paths(source):
            if _leaves(path) and "://" not in path:
                yield bundle_path_leaves.finding(f"the path {path!r} leaves the bundle", source.place(*pointer))


@rule(
    "MB018",
    Severity.WARNING,
    "a path of a bundle manifest with a leading `./` or in another letter case",
    source=MEASURED,
    backed_by="R",
    why="Not every host reads such a path, and systems that mind letter case do not find the file.",
    bad='{"server": {"entry_point": "./Server.js"}} beside server.js',
    good='{"server": {"entry_point": "server.js"}}',
    targets=TARGETS,
    fix=fix_bundle.path_exact,
)
def inexact_bundle_path(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A path begins with `./`, or names a file whose name differs in letter case."""
    del context
    for source in sources_of(plugin):
        for pointer, path in _named_paths(source):
            found = path.removeprefix("./")
            other = _other_case(source, found) if found and not source.has(found) else ""
            if path.startswith("./") or other:
                message = f"the path {path!r} is not written as the file is called"
                yield inexact_bundle_path.finding(message, source.place(*pointer), hint=f"write {other or found}")


@rule(
    "MB019",
    Severity.WARNING,
    "an entry point that is not what is started",
    source=SPECIFICATION,
    backed_by="B",
    why="Readers take the entry point for the program of the bundle; another one runs.",
    bad='{"entry_point": "server.js", "mcp_config": {"command": "node", "args": ["${__dirname}/other.js"]}}',
    good='{"entry_point": "server.js", "mcp_config": {"command": "node", "args": ["${__dirname}/server.js"]}}',
    targets=TARGETS,
)
def unused_entry_point(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Neither command nor arguments hold the entry point, but another file of the bundle."""
    del context
    for source, path in _entry_points(plugin):
        started = [_plain(found[1]) for _, text in source.texts() for found in _IN_BUNDLE.finditer(text)]
        if started and path.removeprefix("./") not in started:
            message = f"the entry point is {path!r}, but {started[0]!r} is started"
            yield unused_entry_point.finding(message, source.place("server", "entry_point"))


def _plain(path: str) -> str:
    """A path after ``${__dirname}`` as one with slashes, without the first."""
    return _SEPARATOR.sub("/", path).strip("/")


@rule(
    "MB020",
    Severity.ERROR,
    "a file that the start of the server names and that is not in the bundle",
    source=MEASURED,
    backed_by="R",
    why="The server does not start.",
    bad='{"args": ["${__dirname}/sever.js"]} beside server.js',
    good='{"args": ["${__dirname}/server.js"]}',
    targets=TARGETS,
)
def missing_started_file(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """What `${__dirname}/…` names in `mcp_config` is not below the bundle's directory."""
    del context
    for source in sources_of(plugin):
        for pointer, text in source.texts():
            for found in _IN_BUNDLE.finditer(text):
                path = _plain(found[1])
                if not source.has(path) and not source.has(f"{path}.exe"):
                    message = f"{path!r} is not in the bundle"
                    yield missing_started_file.finding(message, source.place(*pointer))


@rule(
    "MB021",
    Severity.ERROR,
    "a script in the arguments without `${__dirname}`",
    source=SPECIFICATION,
    backed_by="D",
    why="A relative path is looked for where the host was started, not in the bundle.",
    bad='{"command": "node", "args": ["server.js"]}',
    good='{"command": "node", "args": ["${__dirname}/server.js"]}',
    targets=TARGETS,
    fix=fix_bundle.directory_named,
)
def relative_script(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An argument is the relative path of a script that the bundle holds."""
    del context
    for source in sources_of(plugin):
        arguments = source.config.get("args")
        directory = isinstance(arguments, list) and "--directory" in arguments
        for index, text in enumerate(arguments if isinstance(arguments, list) and not directory else ()):
            if isinstance(text, str) and _SCRIPT.match(text) and source.has(text.removeprefix("./")):
                hint = f"write ${{__dirname}}/{text.removeprefix('./')}"
                place = source.place("server", "mcp_config", "args", index)
                yield relative_script.finding(
                    f"the script {text!r} is named without `${{__dirname}}`", place, hint=hint
                )


@rule(
    "MB022",
    Severity.ERROR,
    "an unknown variable in the start of a server",
    source=MEASURED,
    backed_by="D",
    why="It stays as text, so the server gets the letters instead of a value.",
    bad='{"args": ["${__dir}/server.js"]}',
    good='{"args": ["${__dirname}/server.js"]}',
    targets=TARGETS,
    fix=fix_bundle.variables_spelt(_KNOWN_VARIABLES),
)
def unknown_bundle_variable(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A text of `mcp_config` holds `${…}` with something else than the known names and `user_config.KEY`."""
    del context
    for source in sources_of(plugin):
        for pointer, text in source.texts():
            for found in _VARIABLE.finditer(text):
                if found[1] not in _KNOWN_VARIABLES and not found[1].startswith("user_config."):
                    message = f"unknown variable {found[0]!r}"
                    hint = f"known: user_config.KEY, {', '.join(sorted(_KNOWN_VARIABLES))}"
                    yield unknown_bundle_variable.finding(message, source.place(*pointer), hint=hint)


@rule(
    "MB033",
    Severity.ERROR,
    "a credential in a bundle manifest",
    source=SPECIFICATION,
    backed_by="B",
    why="Everybody who has the bundle has the credential; ask the user for it with a sensitive option.",
    bad='{"env": {"ACME_TOKEN": "4f1c9a7be02d48a6b3c5"}}',
    good='{"env": {"ACME_TOKEN": "${user_config.token}"}}',
    targets=TARGETS,
)
def credential_in_manifest(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A variable of `env` whose name speaks of a secret has a literal value; SE002 finds tokens of known issuers."""
    del context
    for source in sources_of(plugin):
        for pointer, text in source.texts():
            name = str(pointer[-1])
            if "env" in pointer and is_secret_word(name) and is_literal(text):
                message = f"the variable {name[:60]!r} holds a literal credential"
                hint = "use ${user_config.KEY} with a sensitive option"
                yield credential_in_manifest.finding(message, source.place(*pointer), hint=hint)


@rule(
    "MB034",
    Severity.WARNING,
    "an override for a platform that there is not",
    source=MEASURED,
    backed_by="D",
    why="It is never applied.",
    bad='{"platform_overrides": {"windows": {"command": "node.exe"}}}',
    good='{"platform_overrides": {"win32": {"command": "node.exe"}}}',
    targets=TARGETS,
    fix=fix_bundle.platform_spelt,
)
def unknown_platform_override(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A key of `platform_overrides` is not darwin, win32 or linux, or not in `compatibility.platforms`."""
    del context
    for source in sources_of(plugin):
        overrides, compatibility = source.config.get("platform_overrides"), source.value.get("compatibility")
        platforms = compatibility.get("platforms") if isinstance(compatibility, dict) else None
        allowed = {item for item in platforms if isinstance(item, str)} if isinstance(platforms, list) else _PLATFORMS
        for key in overrides if isinstance(overrides, dict) else ():
            if key not in allowed or key not in _PLATFORMS:
                place = source.place("server", "mcp_config", "platform_overrides", key)
                hint = f"use one of {', '.join(sorted(_PLATFORMS & allowed))}"
                yield unknown_platform_override.finding(f"no platform {key!r} is served", place, hint=hint)


@rule(
    "MB035",
    Severity.WARNING,
    "an override that drops variables or arguments",
    source=MEASURED,
    backed_by="DR",
    why="An override replaces `env` and `args` as a whole: what it does not repeat is gone on that platform.",
    bad='{"env": {"ZONE": "utc"}, "platform_overrides": {"win32": {"env": {"SHELL": "cmd"}}}}',
    good='{"env": {"ZONE": "utc"}, "platform_overrides": {"win32": {"env": {"ZONE": "utc", "SHELL": "cmd"}}}}',
    targets=TARGETS,
)
def dropping_override(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `env` of an override lacks a variable of the base, or its `args` are empty where the base has some."""
    del context
    for source in sources_of(plugin):
        overrides = source.config.get("platform_overrides")
        for name, override in overrides.items() if isinstance(overrides, dict) else ():
            for key in _dropped(source.config, override if isinstance(override, dict) else {}):
                place = source.place("server", "mcp_config", "platform_overrides", name)
                yield dropping_override.finding(f"the override for {name} drops {key}", place, hint="repeat it there")


def _dropped(base: object, override: object) -> Iterator[str]:
    assert isinstance(base, dict)
    assert isinstance(override, dict)
    env, other = base.get("env"), override.get("env")
    if isinstance(env, dict) and isinstance(other, dict):
        yield from (f"the variable {key}" for key in env if key not in other)
    if base.get("args") and override.get("args") == []:
        yield "all arguments"
