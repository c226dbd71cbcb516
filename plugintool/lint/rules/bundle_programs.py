"""MB038 to MB040: what in a bundle is made for one system, and whether the manifest says so."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint.rule import Context, Source, at, rule
from plugintool.lint.rules.bundle_sources import MEASURED, SPECIFICATION, TARGETS, BundleSource, sources_of
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

PLATFORMS = frozenset({"darwin", "win32", "linux"})
_NATIVE = (".node", ".so", ".pyd", ".dylib")
_MAGIC = {
    b"\x7fELF": "linux",
    b"MZ": "win32",
    b"\xcf\xfa\xed\xfe": "darwin",
    b"\xfe\xed\xfa\xcf": "darwin",
    b"\xca\xfe\xba\xbe": "darwin",
}
"""How programs and libraries of each platform begin."""
_LISTED = 3


def system_of(head: bytes) -> str:
    """Return the platform that native code is for; an empty text for anything else."""
    return next((platform for magic, platform in _MAGIC.items() if head.startswith(magic)), "")


def _promised(source: BundleSource) -> frozenset[str]:
    """The platforms that ``compatibility.platforms`` names; all when it is not there."""
    compatibility = source.value.get("compatibility")
    named = compatibility.get("platforms") if isinstance(compatibility, dict) else None
    found = {item for item in named if isinstance(item, str)} if isinstance(named, list) else set()
    return frozenset(found) & PLATFORMS or PLATFORMS


def _overridden(source: BundleSource) -> set[str]:
    """The platforms on which another command is run."""
    overrides = source.config.get("platform_overrides")
    items = overrides.items() if isinstance(overrides, dict) else ()
    return {name for name, override in items if isinstance(override, dict) and "command" in override}


@rule(
    "MB038",
    Severity.WARNING,
    "a program that does not run where the bundle says",
    source=SPECIFICATION,
    backed_by="R",
    why="The bundle is installed and its server does not start; the manifest can name platforms, but no processor.",
    bad='{"compatibility": {"platforms": ["darwin", "win32"]}} beside a program for Linux',
    good='{"compatibility": {"platforms": ["linux"]}} beside a program for Linux',
    targets=TARGETS,
)
def program_of_one_platform(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a program that does not run where the bundle says.

    The entry point of a binary server has no execute bit on disk, is native code of one platform while others are
    promised without a command of their own, or has no .exe beside it where win32 is promised.
    """
    del context
    for source in sources_of(plugin):
        entry = source.manifest.text("server", "entry_point").removeprefix("./")
        path = f"{source.directory}/{entry}"
        if source.kind != "binary" or path not in plugin.files:
            continue
        for message, hint in _program_flaws(source, path):
            yield program_of_one_platform.finding(message, source.place("server", "entry_point"), hint=hint)


def _program_flaws(source: BundleSource, path: str) -> Iterator[tuple[str, str]]:
    plugin, promised = source.plugin, _promised(source) - _overridden(source)
    file, system = plugin.source_file(path), system_of(plugin.head(path))
    if file is not None and not file.mode & 0o111 and system != "win32":
        yield f"the program has mode {file.mode:04o}", f"chmod +x {path}"
    has_exe = path.lower().endswith(".exe") or f"{path}.exe" in plugin.files
    others = sorted(promised - {system} - ({"win32"} if has_exe else set()))
    if system and others:
        missing = " or ".join(others)
        yield f"the program is for {system}, not for {missing}", "name its platform, or override the command"
    elif not system and "win32" in others:
        yield "there is no program for win32", f"add {path.rpartition('/')[2]}.exe, or override the command"


def _native_files(source: BundleSource) -> Iterator[tuple[str, str]]:
    """Yield native modules below the bundle with their platform."""
    for path in source.files():
        if path.lower().endswith(_NATIVE):
            system = system_of(source.plugin.head(f"{source.directory}/{path}"))
            if system:
                yield path, system


@rule(
    "MB039",
    Severity.ERROR,
    "native modules for fewer platforms than the bundle says",
    source=MEASURED,
    backed_by="B",
    why="On the other platforms the server fails when it loads the module; the official tool does not look.",
    bad='{"compatibility": {"platforms": ["darwin", "linux"]}} beside a module for Linux',
    good='{"compatibility": {"platforms": ["linux"]}} beside a module for Linux',
    targets=TARGETS,
)
def module_of_one_platform(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """There are .node, .so, .pyd or .dylib files, and none of them is for a platform that `platforms` names.

    Without `platforms` this is a warning: it is not said that the bundle runs there.
    """
    del context
    for source in sources_of(plugin):
        modules = dict(_native_files(source))
        missing = sorted(_promised(source) - set(modules.values()))
        if modules and missing:
            shown = ", ".join(list(modules)[:_LISTED])
            message = f"native modules ({shown}) are for {' and '.join(sorted(set(modules.values())))} only"
            said = isinstance(source.value.get("compatibility"), dict)
            severity = None if said else Severity.WARNING
            hint = "name these platforms in compatibility.platforms, or add modules for the others"
            place = source.place("compatibility") if said else source.place()
            yield module_of_one_platform.finding(message, place, severity=severity, hint=hint)


@rule(
    "MB040",
    Severity.WARNING,
    "a native module in the host's own Node on macOS",
    source=Source("https://github.com/modelcontextprotocol/mcpb", "issue 229", "2026"),
    backed_by="R",
    why="There the desktop host runs `node` inside of itself and loads native code only when it is signed by its own "
    "maker.",
    bad='{"command": "node"} with node_modules/a/build/a.node on darwin',
    good="the same for win32 and linux only, or without native modules",
    targets=TARGETS,
)
def module_refused_on_mac(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The command is node, darwin is among the platforms, and a .node file is for darwin."""
    del context
    for source in sources_of(plugin):
        if source.config.get("command") != "node" or "darwin" not in _promised(source) - _overridden(source):
            continue
        modules = (path for path, system in _native_files(source) if system == "darwin" and path.endswith(".node"))
        found = next(modules, "")
        if found:
            message = "the desktop host on macOS does not load this module"
            place = at(f"{source.directory}/{found}")
            yield module_refused_on_mac.finding(message, place, hint="use a package without native code")
