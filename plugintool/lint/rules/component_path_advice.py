"""PA008 to PA015: component paths that are valid and yield nothing, say something twice, or name a bundle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugintool import limits
from plugintool.jsonedit import Splice
from plugintool.lint.fix_json import Spot, on_json
from plugintool.lint.known import DESKTOP
from plugintool.lint.manifest_paths import DEFAULTS, REPLACING, ManifestPath, paths_of
from plugintool.lint.rule import Context, Source, in_manifest, rule
from plugintool.plugin.components import SKILL_FILE
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_LISTED = Source("claude plugin details", "where components are found", "2.1.330, November 2026")
_BUNDLE = Source("https://github.com/anthropics/mcpb", "MANIFEST.md", "August 2026")
_BUNDLE_ENDINGS = (".mcpb", ".dxt")
_BUNDLE_BYTES = 64 * limits.MIB
"""A larger bundle is judged by its first bytes only."""
_ZIP_HEAD = b"PK\x03\x04"


@rule(
    "PA008",
    Severity.WARNING,
    "a component path that yields nothing",
    source=_LISTED,
    backed_by="L",
    why="The path exists, so nobody complains, and not one component is loaded from it.",
    bad='{"commands": "./commands/review.txt"}',
    good='{"commands": "./commands/review.md"}',
)
def path_without_component(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a component path that yields nothing.

    `commands` names a file that does not end in .md or a directory without one; `skills` a directory that holds no
    SKILL.md, neither itself nor in a folder directly below.
    """
    del context
    markdown = _directories_with(path for path in plugin.files if path.lower().endswith(".md"))
    skills = _directories_of_skills(plugin)
    for path in paths_of(plugin):
        target = path.target
        if target is None or not plugin.has(target):
            continue
        empty = ""
        if path.key == "commands" and target in plugin.files and not target.lower().endswith(".md"):
            empty = "is no Markdown file, so no command"
        elif path.key == "commands" and target not in plugin.files and target not in markdown:
            empty = "holds no Markdown file, so no command"
        elif path.key == "skills" and target not in plugin.files and target not in skills:
            empty = f"holds no {SKILL_FILE}, so no skill"
        if empty:
            place = in_manifest(plugin, *path.pointer)
            yield path_without_component.finding(f"the path {path.text} {empty}", place)


def _directories_with(paths: Iterable[str]) -> set[str]:
    """All directories that hold one of some files, at any depth."""
    found = {""}
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    return found


def _directories_of_skills(plugin: Plugin) -> set[str]:
    """The directories that hold a SKILL.md themselves or in a folder directly below."""
    found: set[str] = set()
    for path in plugin.files:
        if path.name == SKILL_FILE:
            folder = path.rpartition("/")[0]
            found.update((folder, folder.rpartition("/")[0]))
    return found


@on_json
def _named_again_removed(spot: Spot) -> Iterator[Splice]:
    """Take a path away, and its key with it where it is the only one; the entries of a map are left alone."""
    if spot.key == "source":
        return
    alone = isinstance(spot.parent, list) and len(spot.parent) == 1
    yield spot.document.remove(spot.pointer[:-1] if alone else spot.pointer)


@rule(
    "PA012",
    Severity.INFO,
    "a component path that is named twice",
    source=Source("a sample of 1,551 public plugins", "the default hooks file named again", "autumn 2026"),
    backed_by="R",
    why="It says nothing new; whoever removes one of the two wonders why nothing changes.",
    bad='{"hooks": "./hooks/hooks.json"}',
    good="no `hooks` in the manifest: hooks/hooks.json is read without being named",
    fix=_named_again_removed,
)
def path_named_twice(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A key lists a path twice, or names the file or directory that is read anyway."""
    del context
    paths = list(paths_of(plugin))
    counts = {key: sum(path.key == key for path in paths) for key in DEFAULTS}
    seen: set[tuple[str, str]] = set()
    for path in paths:
        target = path.target
        if target is None or not plugin.has(target):
            continue
        message = ""
        if (path.key, target) in seen:
            message = f"the path {path.text} is named twice"
        elif target == DEFAULTS[path.key] and _is_needless(path.key, counts):
            message = f"the path {path.text} is read without being named"
        if message:
            yield path_named_twice.finding(message, in_manifest(plugin, *path.pointer), hint="remove it")
        seen.add((path.key, target))


def _is_needless(key: str, counts: dict[str, int]) -> bool:
    """Whether a key need not name its default; beside other paths it must, and a directory of agents is PA004's."""
    return key != "agents" and (key not in REPLACING or counts[key] == 1)


def _bundles(plugin: Plugin) -> Iterator[ManifestPath]:
    for path in paths_of(plugin):
        if path.key == "mcpServers" and path.text.lower().endswith(_BUNDLE_ENDINGS):
            yield path


@rule(
    "PA014",
    Severity.WARNING,
    "a bundle that the device fetches from the network",
    source=DESKTOP,
    backed_by="PR",
    why="What runs is decided when it is fetched, not when the plugin was released; a device without network has no "
    "server.",
    bad='{"mcpServers": "https://acme.example/search.mcpb"}',
    good='{"mcpServers": "./bundles/search.mcpb"}',
)
def remote_bundle(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """`mcpServers` names the address of a bundle; plain http is an error."""
    del context
    for path in _bundles(plugin):
        scheme = path.text.partition("://")[0].lower() if "://" in path.text else ""
        if scheme in {"http", "https"}:
            severity = Severity.ERROR if scheme == "http" else None
            place = in_manifest(plugin, *path.pointer)
            hint = "put the bundle into the plugin"
            yield remote_bundle.finding("the bundle is fetched by the device", place, severity=severity, hint=hint)


@rule(
    "PA015",
    Severity.ERROR,
    "a bundle that cannot be opened",
    source=_BUNDLE,
    backed_by="B",
    why="The client adds no server and says nothing.",
    bad='{"mcpServers": "./search.mcpb"} where search.mcpb is a text',
    good='{"mcpServers": "./search.mcpb"} where search.mcpb is a zip with manifest.json',
)
def unreadable_bundle(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A .mcpb or .dxt file that `mcpServers` names is no zip archive with a manifest.json."""
    del context
    for path in _bundles(plugin):
        flaw = _bundle_flaw(plugin, path.target) if path.target in plugin.files else ""
        if flaw:
            place = in_manifest(plugin, *path.pointer)
            yield unreadable_bundle.finding(f"the bundle {path.text} {flaw}", place, hint="pack it again")


def _bundle_flaw(plugin: Plugin, target: str | None) -> str:
    data = plugin.read(target or "", max_bytes=_BUNDLE_BYTES)
    if data is None:
        head = plugin.head(target or "")  # empty for a bundle that build will make
        return "" if not head or head.startswith(_ZIP_HEAD) else "is no zip archive"
    from plugintool.tree import zip_format  # noqa: PLC0415 - few plugins have bundles

    end = data.rfind(zip_format.END_MAGIC)
    if not data.startswith(_ZIP_HEAD) or end < 0 or len(data) < end + zip_format.END_BYTES:
        return "is no zip archive"
    record = zip_format.EndRecord.unpack(data[end : end + zip_format.END_BYTES])
    names = _listed(data, record.directory_offset, end)
    return "" if b"manifest.json" in names else "holds no manifest.json"


def _listed(data: bytes, position: int, end: int) -> set[bytes]:
    """The names in the central directory of an archive, as far as it can be read."""
    from plugintool.tree.zip_format import (  # noqa: PLC0415 - as above
        CENTRAL_BYTES,
        CENTRAL_SIGNATURE,
        CentralHeader,
    )

    names: set[bytes] = set()
    while position + CENTRAL_BYTES <= end:
        header = CentralHeader.unpack(data, position)
        if header.signature != CENTRAL_SIGNATURE:
            break
        start = position + CENTRAL_BYTES
        names.add(data[start : start + header.name_length])
        position = start + header.name_length + header.extra_length + header.comment_length
    return names
