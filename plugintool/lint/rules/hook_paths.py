"""HK030 and HK031: hooks that one system loads and another does not, because of how their path is spelt."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterator, Mapping

from plugintool.lint.rule import MEASURED, Context, Source, at, in_manifest, rule
from plugintool.pattern import pattern
from plugintool.plugin.discover import DEFAULT_HOOKS, MARKETPLACE
from plugintool.plugin.model import MANIFEST, Plugin
from plugintool.plugin.paths import normalise, resolve
from plugintool.report import Finding, Location, Severity

_SPELLING = Source(MEASURED, "spelling of paths to hooks", "2.1.330, November 2026")
_ODD_ON_WINDOWS = pattern(r"[\\:]|~[0-9]|(?:[. ](?:/|\Z))")


@rule(
    "HK030",
    Severity.ERROR,
    "hooks whose path also exists in another spelling",
    source=_SPELLING,
    backed_by="C",
    why="macOS and Windows can open one for the other and Linux does not, so hooks can run that no reviewer on another "
    "system saw; the client refuses the plugin.",
    bad="Hooks/hooks.json",
    good="hooks/hooks.json",
    since=(2, 1, 330),
)
def respelt_hook_path(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report hooks whose path also exists in another spelling.

    A file or directory on the way to the manifest, to hooks/hooks.json or to a hooks file or module that is named has
    a name that differs from the expected one in letter case or Unicode form only.
    """
    spellings = _spellings(plugin)
    for path in dict.fromkeys(_paths(plugin, context)):
        expected, found = _respelt(spellings, path)
        if found and (context.as_client or path not in plugin.files):  # of two that are there PT004 says so
            message = f"{found!r} differs from the name in {expected!r} in letter case or Unicode form only"
            place = at(expected, part=expected) if context.as_client else at(found)
            yield respelt_hook_path.finding(message, place, hint=f"rename it, so that {expected!r} is the one spelling")


def _paths(plugin: Plugin, context: Context) -> Iterator[str]:
    """Yield the paths from which hooks can come."""
    yield from (MANIFEST, MARKETPLACE) if context.as_client else ()  # else PM001 and PT004 say more
    yield DEFAULT_HOOKS
    for _, text in _named(plugin):
        yield resolve(text) or DEFAULT_HOOKS
    for declaration in plugin.hooks:
        modules = declaration.value.get("modules") if isinstance(declaration.value, dict) else None
        for module in modules if isinstance(modules, list) and not declaration.inline else ():
            yield normalise(posixpath.join(posixpath.dirname(declaration.path), str(module))) or DEFAULT_HOOKS


def _respelt(spellings: Mapping[str, set[str]], path: str) -> tuple[str, str]:
    """Return the first part of a path that has another spelling, with that; empty where the path leads nowhere."""
    first, exact = ("", ""), ""
    for name in path.split("/"):
        exact = posixpath.join(exact, name)
        reached = spellings.get(_fold(exact))
        if reached is None:
            return "", ""
        other = min((found for found in reached if _last(found) != name), default="")
        first = first if first[1] or not other else (exact, other)
    return first


def _spellings(plugin: Plugin) -> dict[str, set[str]]:
    """Return all paths there are, by what the client takes them for: also directories, links, and bad entries."""
    found: dict[str, set[str]] = {}
    strange = [*(link.path for link in plugin.links), *(bad.raw for bad in plugin.bad_entries)]
    above = {path[:end] for path in strange for end in range(len(path)) if path[end] == "/"}
    for path in (*plugin.files, *plugin.directories, *strange, *above):
        found.setdefault(_fold(path), set()).add(path)
    return found


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _fold(path: str) -> str:
    """What the client takes for the same path."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).upper().lower()


def _named(plugin: Plugin) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the paths of hooks files that the manifest names, each with its place."""
    said = plugin.value.get("hooks")
    if isinstance(said, str):
        yield ("hooks",), said
    for index, item in enumerate(said if isinstance(said, list) else ()):
        if isinstance(item, str):
            yield ("hooks", index), item


@rule(
    "HK031",
    Severity.ERROR,
    "a path to hooks that Windows reads as another one",
    source=_SPELLING,
    backed_by="C",
    why="Windows can open another file for it, so hooks can run that nobody reviewed; the client refuses the plugin.",
    bad='{"hooks": "./HOOKS~1/extra.json"}',
    good='{"hooks": "./hooks/extra.json"}',
    since=(2, 1, 330),
)
def ambiguous_hook_path(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a path to hooks that Windows reads as another one.

    A path of `hooks` holds a backslash, a colon, a short name such as NAME~1, or a name that ends in a dot or a blank.
    """
    for pointer, text in _named(plugin):
        inside = "/".join(part for part in text.split("/") if part not in {".", ".."})
        if _ODD_ON_WINDOWS.search(inside):
            target = Location(posixpath.normpath(text), pointer=("hooks",))
            place = target if context.as_client else in_manifest(plugin, *pointer)
            message = f"the path {text!r} can mean another file on Windows"
            hint = "use names without backslash, colon, ~ and a digit, or a dot or blank at the end"
            yield ambiguous_hook_path.finding(message, place, hint=hint)
