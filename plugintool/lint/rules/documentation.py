"""DX001 to DX005: what people read before they install a plugin."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool import limits
from plugintool.jsontext import JsonValue, Pointer
from plugintool.lint.entries import hooks_of, is_remote, servers_of
from plugintool.lint.known import DIRECTORY
from plugintool.lint.rule import Ask, Context, Source, at, in_front_matter, in_manifest, rule
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.plugin.paths import normalise
from plugintool.relpath import RelPath
from plugintool.report import Finding, Location, Severity

_LISTED = ("marketplace", "directory")
_SINCE = (2, 1, 330)
_WORDS_MIN = 40
_LICENSES = ("license", "licence", "copying", "unlicense")
_ICONS = (".claude-plugin/icon.png", "assets/icon.png", "icon.png")
_ICON_MIN, _ICON_MAX, _ICON_BYTES = 512, 2048, 2 * limits.MIB
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PLACEHOLDER = pattern(r"\{\{\s{0,3}[A-Z][A-Z0-9_ -]{0,60}\}\}|\bYOUR[_-][A-Z][A-Z_-]{1,60}|<YOUR[ _-]")
_TO_BE_DONE = pattern(r"\bT[O]DO\b")
_MARKS = ("{{", "YOUR", "ODO")
"""What every placeholder and mark of unfinished work holds."""
_ESCAPE = "\\u"
"""By which JSON can write them in another way."""
_VALUES_MAX = 20_000
"""Texts of one JSON file that are looked at."""


@rule(
    "DX001",
    Severity.WARNING,
    "no README, or one that says nothing",
    source=DIRECTORY,
    backed_by="CR",
    why="People read it before they trust the plugin; the public directory refuses a plugin without.",
    bad="no README.md",
    good="README.md that says what the plugin does, how to use it and what it needs",
    targets=_LISTED,
    since=_SINCE,
)
def no_readme(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """There is no README.md at the root, or it has fewer than 40 words; outside of the public directory an info."""
    severity = None if "directory" in context.targets else Severity.INFO
    path = next((path for path in plugin.files if path.lower() == "readme.md"), None)
    words = len((plugin.read(path) or b"").split()) if path else 0
    if path is None:
        found, place = "there is no README.md", at("")
    elif words < _WORDS_MIN and plugin.read(path) is not None:
        found, place = f"the README has {words} words, fewer than {_WORDS_MIN}", at(path)
    else:
        return
    hint = "say what it does, how to use it and what it needs"
    yield no_readme.finding(found, place, severity=severity, hint=hint, client=Ask.SILENT)


@rule(
    "DX002",
    Severity.WARNING,
    "no licence",
    source=DIRECTORY,
    backed_by="CR",
    why="Without one nobody may pass the plugin on; the public directory refuses it.",
    bad='{"name": "acme-review"} without a file LICENSE',
    good='{"name": "acme-review", "license": "Apache-2.0"}',
    targets=_LISTED,
    since=_SINCE,
)
def no_license(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """There is neither a licence file at the root nor `license` in the manifest."""
    del context
    named = any("/" not in path and path.lower().startswith(_LICENSES) for path in plugin.files)
    if not named and not plugin.value.get("license"):
        hint = "add LICENSE, or set license in plugin.json"
        place = in_manifest(plugin)
        yield no_license.finding("there is no licence", place, hint=hint, client=Ask.SILENT)


@rule(
    "DX003",
    Severity.WARNING,
    "what the public directory shows is missing",
    source=DIRECTORY,
    backed_by="C",
    why="The listing has no picture; users of a remote server are not told what happens to their data.",
    bad='{"name": "acme-review"} with a remote server and no privacyPolicyUrl',
    good='{"name": "acme-review", "icon": "./icon.png", "privacyPolicyUrl": "https://acme.example/privacy"}',
    targets=("directory",),
    since=_SINCE,
)
def listing_incomplete(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report what the public directory shows and the plugin lacks.

    There is no icon, or none that is a square PNG or JPEG of 512 to 2,048 pixels and less than 2 MB; or there is a
    remote server or http hook and no `privacyPolicyUrl`.
    """
    del context
    flaw = _icon_flaw(plugin)
    if flaw:
        place = in_manifest(plugin, "icon")
        yield listing_incomplete.finding(flaw, place, hint="add .claude-plugin/icon.png", client=Ask.SILENT)
    remote = any(map(is_remote, servers_of(plugin))) or any(hook.text("type") == "http" for hook in hooks_of(plugin))
    if remote and not plugin.value.get("privacyPolicyUrl"):
        place = in_manifest(plugin, "privacyPolicyUrl")
        message = "data leaves the device and there is no `privacyPolicyUrl`"
        yield listing_incomplete.finding(message, place, client=Ask.SILENT)


def _icon_flaw(plugin: Plugin) -> str:
    said = plugin.value.get("icon")
    path = normalise(said) if isinstance(said, str) else next((name for name in _ICONS if name in plugin.files), None)
    if path is None or path not in plugin.files:
        return "there is no icon" if said is None else "the icon is not there"
    if plugin.files[RelPath(path)].size > _ICON_BYTES:
        return "the icon is larger than 2 MB"
    head = plugin.head(path)
    if head.startswith(_JPEG):
        return ""
    if not head.startswith(_PNG) or len(head) < 24:  # noqa: PLR2004 - signature, chunk head, two numbers
        return "the icon is neither PNG nor JPEG"
    width, height = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
    if width != height or not _ICON_MIN <= width <= _ICON_MAX:
        return f"the icon has {width} x {height} pixels, expected a square of {_ICON_MIN} to {_ICON_MAX}"
    return ""


@rule(
    "DX005",
    Severity.WARNING,
    "a placeholder that was never filled in",
    source=Source("a sample of 1,551 public plugins", "placeholders", "autumn 2026"),
    backed_by="R",
    why="Users see it; in a server's address it is a server that does not exist.",
    bad='{"url": "https://YOUR_DOMAIN/mcp"}',
    good='{"url": "https://mcp.acme.example"}',
)
def placeholder_left(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a placeholder that was never filled in.

    A value of the manifest, a server or a hook, or name or description of a component, holds `{{NAME}}` or
    `YOUR_DOMAIN`, or a description a mark of unfinished work.
    """
    del context
    for component in plugin.components:
        for key in ("name", "description"):
            message = _placeholder(component.front_matter.text(key), is_prose=True)
            if message:
                yield placeholder_left.finding(message, in_front_matter(component, key), hint="fill it in")
    for path, pointer, text in _json_texts(plugin):
        message = _placeholder(text, is_prose=pointer[-1:] == ("description",))
        if message:
            yield placeholder_left.finding(message, _place(plugin, path, pointer), hint="fill it in")


def _placeholder(text: str, *, is_prose: bool) -> str:
    if not _may_hold_placeholder(text):
        return ""
    found = _PLACEHOLDER.search(text[:_VALUES_MAX]) or (_TO_BE_DONE.search(text[:_VALUES_MAX]) if is_prose else None)
    return f"the placeholder {found[0]} was never filled in" if found else ""


def _may_hold_placeholder(text: str) -> bool:
    return any(mark in text for mark in _MARKS)


def _json_texts(plugin: Plugin) -> Iterator[tuple[str, Pointer, str]]:
    """Yield every text of the manifest and of the files of hooks and servers, of those that can hold a placeholder."""
    paths = {plugin.manifest_path, *(item.path for item in (*plugin.hooks, *plugin.mcp, *plugin.lsp))}
    for path in sorted(path for path in paths if path in plugin.json_files):
        file = plugin.json_files[path]
        if not _may_hold_placeholder(file.text) and _ESCAPE not in file.text:
            continue
        waiting: list[tuple[Pointer, JsonValue]] = [((), file.value)]
        for _ in range(_VALUES_MAX):
            if not waiting:
                break
            pointer, value = waiting.pop()
            if isinstance(value, str):
                yield path, pointer, value
            elif isinstance(value, dict):
                waiting.extend(((*pointer, key), item) for key, item in value.items())
            elif isinstance(value, list):
                waiting.extend(((*pointer, index), item) for index, item in enumerate(value))


def _place(plugin: Plugin, path: str, pointer: Pointer) -> Location:
    return plugin.locate(path, pointer)
