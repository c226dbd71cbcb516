"""PT006 to PT017: files that do not belong into a plugin, or not in this state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugintool import limits
from plugintool.lint import fix_tree
from plugintool.lint.known import DESKTOP, DIRECTORY
from plugintool.lint.manifest_paths import paths_of
from plugintool.lint.rule import Ask, Context, Source, at, rule
from plugintool.pattern import pattern
from plugintool.plugin.model import MANIFEST, Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding, Severity

_REAL = Source("a sample of 1,551 public plugins", "odd files", "autumn 2026")
_OURS = Source("docs/reference/rules/README.md", "tree", "2026-11")
_PATH_MAX = 180
"""Characters below which the path of an org-plugin stays under the 260 of Windows."""
_DEBRIS_FOLDERS = frozenset(
    {"node_modules", "__pycache__", "__MACOSX", ".svn", ".hg", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".venv"}
)
_DEBRIS_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_MADE_AGAIN = _DEBRIS_FILES | {"__pycache__", "__MACOSX", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
"""Nobody misses them; node_modules, environments and repositories hold more than what is made again."""
_FILE_MAX = 10 * limits.MIB
_PLUGIN_MAX = 50 * limits.MIB
_ARCHIVES = (".zip", ".mcpb", ".dxt", ".tgz", ".tar.gz", ".tar", ".tar.bz2", ".tar.xz", ".whl", ".7z", ".rar")
_ARCHIVES_MAX = 200
"""Archives of one plugin for which the texts are searched."""
_TEXTS = (".json", ".md", ".sh", ".py", ".js", ".mjs", ".ts", ".toml", ".yaml", ".yml", ".cmd", ".ps1")
_LFS = b"version https://git-lfs.github.com/spec/v1"
_LFS_MAX = 1024
_SUBMODULE = pattern(r"^[ \t]{0,20}path[ \t]{0,5}=[ \t]{0,5}([^\r\n]{1,500})", re.MULTILINE)


@rule(
    "PT006",
    Severity.WARNING,
    "a path that is too long for Windows",
    source=DESKTOP,
    backed_by="P",
    why="Below the directory of org-plugins it passes the 260 characters of Windows, and the file is not installed.",
    bad="a path of 200 characters",
    good="a path of at most 180 characters",
    targets=("cowork",),
)
def long_path(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A path has more than 180 characters; a single name of more than 255 bytes is an error of PT003."""
    del context
    for path in plugin.files:
        if len(path) > _PATH_MAX:
            message = f"a path of {len(path)} characters, more than {_PATH_MAX}"
            yield long_path.finding(message, at(path), hint="shorten it")


@rule(
    "PT010",
    Severity.WARNING,
    "caches and debris in the tree",
    source=DIRECTORY,
    backed_by="C",
    why="They make the plugin large, differ on every machine and tell about the author's; build leaves most of them "
    "out.",
    bad="server/node_modules/, hooks/__pycache__/, .DS_Store",
    good="none of them in the plugin; add them to build.ignore where they must stay in the checkout",
    fix=fix_tree.debris_removed(_MADE_AGAIN),
)
def debris(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The tree holds node_modules, a cache, a second version control directory or files of an operating system."""
    del context
    found: dict[str, str] = {}
    for path in plugin.files:
        parts = path.segments
        name = next((index for index, part in enumerate(parts[:-1]) if part in _DEBRIS_FOLDERS), -1)
        if name >= 0:
            found.setdefault("/".join(parts[: name + 1]), f"a folder {parts[name]} does not belong into a plugin")
        elif parts[-1] in _DEBRIS_FILES:
            found[path] = f"a file {parts[-1]} is debris of an operating system"
    nested = plugin.survey.version_control if plugin.survey else ()
    found.update({inner: "a repository inside the plugin" for inner in nested if "/" in inner})
    for place, message in sorted(found.items()):
        yield debris.finding(message, at(place), hint="leave it out", client=Ask.SILENT)


@rule(
    "PT011",
    Severity.WARNING,
    "a very large file or plugin",
    source=_REAL,
    backed_by="R",
    why="Every device fetches and stores it; 99 of 100 public plugins have less than 8.4 MB.",
    bad="assets/demo.mp4 of 40 MB",
    good="a link to the video",
)
def very_large(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file has more than 10 MiB, or all of them together more than 50 MiB."""
    del context
    total = 0
    for path, file in plugin.files.items():
        total += file.size
        if file.size > _FILE_MAX:
            yield very_large.finding(f"a file of {_in_mib(file.size)}, more than {_in_mib(_FILE_MAX)}", at(path))
    if total > _PLUGIN_MAX:
        yield very_large.finding(f"the plugin has {_in_mib(total)}, more than {_in_mib(_PLUGIN_MAX)}", at(""))


def _in_mib(size: int) -> str:
    return f"{size / limits.MIB:.0f} MiB"


@rule(
    "PT012",
    Severity.WARNING,
    "a plugin inside the plugin",
    source=_REAL,
    backed_by="R",
    why="The inner manifest is a file like any other: nothing of the inner plugin is loaded.",
    bad="skills/review/.claude-plugin/plugin.json",
    good="two plugins beside each other in a marketplace",
)
def nested_manifest(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A directory below the root has a plugin manifest of its own."""
    del context
    for path in plugin.files:
        if path.endswith(f"/{MANIFEST}"):
            message = "a plugin inside the plugin is not loaded"
            yield nested_manifest.finding(message, at(path), hint="move it beside this one")


@rule(
    "PT013",
    Severity.WARNING,
    "a file with dangerous permissions",
    source=_OURS,
    backed_by="B",
    why="What everybody may write, everybody may replace; setuid and setgid give a script the rights of its owner.",
    bad="bin/check with mode 0777",
    good="bin/check with mode 0755",
    fix=fix_tree.mode_restricted,
)
def dangerous_mode(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file is setuid, setgid, or everybody may write to it."""
    del context
    for path, source in plugin.survey.sources.items() if plugin.survey else ():
        if source.mode & 0o6002:
            message = f"the mode is {source.mode:04o}"
            yield dangerous_mode.finding(message, at(path), hint=f"chmod {source.mode & 0o1775:o} {path}")


@rule(
    "PT016",
    Severity.WARNING,
    "an archive that nothing names",
    source=_REAL,
    backed_by="R",
    why="Mostly it is an earlier output of a build: dead weight that nobody looks into.",
    bad="dist/acme-review-0.9.zip",
    good="archives outside of the plugin",
)
def unnamed_archive(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A zip, tar, wheel or bundle is in the tree and no text of the plugin holds its name."""
    del context
    archives = [path for path in plugin.files if path.lower().endswith(_ARCHIVES)][:_ARCHIVES_MAX]
    if not archives:
        return
    named = {path.target for path in paths_of(plugin)}
    wanted = {path.name.encode() for path in archives}
    pattern = re.compile(b"|".join(re.escape(name) for name in sorted(wanted, key=len, reverse=True)))
    seen: set[bytes] = set()
    for text in plugin.files:
        if text.lower().endswith(_TEXTS):
            seen.update(pattern.findall(plugin.read(text) or b""))
    for path in archives:
        if path not in named and path.name.encode() not in seen:
            yield unnamed_archive.finding("no text of the plugin names this archive", at(path), hint="remove it")


@rule(
    "PT017",
    Severity.ERROR,
    "content that was never fetched",
    source=_REAL,
    backed_by="R",
    why="The plugin holds a note of where the content is, not the content.",
    bad="a file that begins with: version https://git-lfs.github.com/spec/v1",
    good="the same after git lfs pull",
)
def content_not_fetched(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file is a pointer of git LFS, or a submodule of .gitmodules is empty or missing."""
    del context
    for path, file in plugin.files.items():
        if len(_LFS) < file.size <= _LFS_MAX and plugin.head(path).startswith(_LFS):
            message = "a pointer of git LFS instead of the content"
            yield content_not_fetched.finding(message, at(path, line=1), hint="git lfs pull")
    text = (plugin.read(RelPath(".gitmodules")) or b"").decode(errors="replace")
    full = plugin.directories if text else frozenset()
    empty = set(plugin.survey.empty_directories) if plugin.survey else set()
    for found in _SUBMODULE.finditer(text):
        path_text = found[1].strip().strip('"')
        if path_text not in full or path_text in empty:
            line = text.count("\n", 0, found.start(1)) + 1
            message = f"the submodule {path_text[:120]} is not there"
            place = at(".gitmodules", line=line)
            yield content_not_fetched.finding(message, place, hint="git submodule update --init")
