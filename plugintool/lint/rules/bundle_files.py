"""MB012, MB048, MB050, MB051, MB054, MB056: the files of a bundle beside its manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugintool.jsontext import Pointer
from plugintool.lint.rule import Context, Source, at, rule
from plugintool.lint.rules.bundle_sources import (
    MEASURED,
    TARGETS,
    BundleSource,
    package_json_of,
    pyproject_of,
    sources_of,
)
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_DIRECTORY = Source("https://claude.com/docs/connectors/building/submission", "local servers", "August 2026")
_PNG = b"\x89PNG\r\n\x1a\n"
_LOCALE = pattern(r"\$\{locale\}", re.IGNORECASE)
_PRIVACY = pattern(rb"privacy|data (?:collection|protection)", re.IGNORECASE)
_ICON_MIN = 128
_SIZE_MAX = 50 * 1024 * 1024
"""Bytes; the largest of 94 public bundles was below (counted 2026-08)."""
_FILES_MAX = 10_000
_RUBBISH = frozenset({".venv", "__pycache__", ".vscode", ".idea", ".github", ".pytest_cache", ".mypy_cache", ".npmrc"})


@rule(
    "MB012",
    Severity.WARNING,
    "a bundle version that differs from package.json or pyproject.toml",
    source=Source("public bundles", "versions of 26 releases of one server", "2026"),
    backed_by="R",
    why="One of the two was forgotten at a release, so hosts show the wrong version.",
    bad='{"version": "1.0.0"} beside package.json with {"version": "1.1.0"}',
    good='{"version": "1.1.0"} in both',
    targets=TARGETS,
)
def stale_bundle_version(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `version` and that of the package.json or pyproject.toml beside the manifest are two different texts."""
    del context
    for source in sources_of(plugin):
        said = source.manifest.text("version")
        project = pyproject_of(source).get("project")
        others = {"package.json": package_json_of(source), "pyproject.toml": project}
        for name, value in others.items():
            other = value.get("version") if isinstance(value, dict) else None
            if said and isinstance(other, str) and other != said:
                message = f"`version` is {said!r}, in {name} {other!r}"
                yield stale_bundle_version.finding(message, source.place("version"))


@rule(
    "MB048",
    Severity.WARNING,
    "files in a bundle that no server needs",
    source=MEASURED,
    backed_by="R",
    why="Caches, environments and settings of tools make a bundle large and tell about the machine that made it.",
    bad="bundles/clock/.venv/",
    good="the directory listed in bundles/clock/.mcpbignore, or removed",
    targets=TARGETS,
)
def bundle_rubbish(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The directory of a bundle holds a cache, a Python environment, or settings of editors, forges and npm."""
    del context
    for source in sources_of(plugin):
        for name in sorted(_RUBBISH):
            if source.has(name):
                message = f"{name} is no part of a bundle"
                yield bundle_rubbish.finding(message, at(f"{source.directory}/{name}"), hint="remove it")


@rule(
    "MB050",
    Severity.ERROR,
    "an icon of a bundle that cannot be shown",
    source=MEASURED,
    backed_by="D",
    why="Hosts show no icon, and the official tool refuses to pack the bundle.",
    bad='{"icon": "icon.svg"}',
    good='{"icon": "icon.png"} beside a square PNG of 512 pixels',
    targets=TARGETS,
)
def unusable_bundle_icon(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The file of `icon` is missing or no PNG; a remote, oblong or small icon is a warning."""
    del context
    for source in sources_of(plugin):
        icon = source.manifest.text("icon")
        if icon:
            wrong, severity = _icon_trouble(source, icon)
            if wrong:
                message = f"the icon {icon!r} {wrong}"
                yield unusable_bundle_icon.finding(message, source.place("icon"), severity=severity)


def _icon_trouble(source: BundleSource, icon: str) -> tuple[str, Severity]:
    if "://" in icon:
        return "is fetched from elsewhere", Severity.WARNING
    path = f"{source.directory}/{icon.removeprefix('./')}"
    if path not in source.plugin.files:
        return "is not there", Severity.ERROR
    head = source.plugin.head(path)
    if not head.startswith(_PNG):
        return "is no PNG", Severity.ERROR
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if width != height or width < _ICON_MIN:
        return f"is {width} by {height} pixels, not square or below {_ICON_MIN}", Severity.WARNING
    return "", Severity.ERROR


@rule(
    "MB051",
    Severity.ERROR,
    "a picture or text that is not in the bundle, or not as it says",
    source=MEASURED,
    backed_by="B",
    why="Hosts show a gap; the official tool does not look.",
    bad='{"screenshots": ["clok.png"]} beside clock.png',
    good='{"screenshots": ["clock.png"]}',
    targets=TARGETS,
)
def missing_bundle_picture(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a picture or text that is not in the bundle.

    A file of `icons` or `screenshots`, or the texts of `localization` in its default language, is not below the
    bundle's directory, or an icon is a PNG of another size than it says.
    """
    del context
    for source in sources_of(plugin):
        for pointer, path, size in _pictures(source):
            inside = path.removeprefix("./")
            if not source.has(inside):
                yield missing_bundle_picture.finding(f"the picture {path!r} is not there", source.place(*pointer))
            elif size and _png_size(plugin.head(f"{source.directory}/{inside}")) not in {"", size}:
                real = _png_size(plugin.head(f"{source.directory}/{inside}"))
                message = f"the picture {path!r} is {real}, not {size}"
                yield missing_bundle_picture.finding(message, source.place(*pointer, "size"))
        texts = _localized(source)
        if texts and not source.has(texts):
            message = f"the texts {texts!r} are not there"
            yield missing_bundle_picture.finding(message, source.place("localization", "resources"))


def _pictures(source: BundleSource) -> Iterator[tuple[Pointer, str, str]]:
    """Yield pointer, path and promised size of each picture that is no address."""
    for key, member in (("icons", "src"), ("screenshots", "")):
        listed = source.value.get(key)
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            path = item.get(member) if isinstance(item, dict) and member else item
            size = item.get("size") if isinstance(item, dict) else ""
            if isinstance(path, str) and "://" not in path:
                yield (key, index), path, size if isinstance(size, str) else ""


def _png_size(head: bytes) -> str:
    """The size of a PNG, as ``512x512``; empty for anything else."""
    if not head.startswith(_PNG):
        return ""
    return f"{int.from_bytes(head[16:20], 'big')}x{int.from_bytes(head[20:24], 'big')}"


def _localized(source: BundleSource) -> str:
    """The path of the texts in the default language; empty when the manifest names none."""
    resources = source.manifest.text("localization", "resources")
    locale = source.manifest.text("localization", "default_locale")
    path = _LOCALE.sub(lambda _: locale, resources.removeprefix("./"))
    return path if locale and path != resources.removeprefix("./") else ""


@rule(
    "MB054",
    Severity.ERROR,
    "a bundle for the public directory without privacy policy",
    source=_DIRECTORY,
    backed_by="D",
    why="The public directory takes no local server without one.",
    bad='{"name": "clock"}',
    good='{"name": "clock", "privacy_policies": ["https://acme.example/privacy"]}',
    targets=("directory",),
)
def no_privacy_policy(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The list `privacy_policies` is missing or empty; a README without a section on privacy is a warning."""
    del context
    for source in sources_of(plugin):
        if source.value and not source.value.get("privacy_policies"):
            message = "the bundle names no privacy policy"
            yield no_privacy_policy.finding(message, source.place("privacy_policies"))
        path = f"{source.directory}/README.md"
        if path in plugin.files and not _PRIVACY.search(plugin.read(path) or b""):
            hint = "say what the server sends where, and what it keeps"
            message = "the README says nothing of privacy"
            yield no_privacy_policy.finding(message, at(path), hint=hint, severity=Severity.WARNING)


@rule(
    "MB056",
    Severity.WARNING,
    "a very large bundle",
    source=Source("public bundles", "sizes of 94 bundles", "August 2026"),
    backed_by="R",
    why="Hosts unpack the whole bundle, and the official tool holds it in memory.",
    bad="bundles/clock/ with 60 MB of packages",
    good="bundles/clock/server.js as one built file",
    targets=TARGETS,
)
def large_bundle(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The files of a bundle are more than 50 MiB or more than 10,000."""
    del context
    for source in sources_of(plugin):
        paths = list(plugin.below(source.directory))
        size = sum(plugin.files[path].size for path in paths)
        if size > _SIZE_MAX or len(paths) > _FILES_MAX:
            message = f"the bundle has {len(paths)} files with {size // 1024 // 1024} MiB"
            yield large_bundle.finding(message, at(source.directory), hint="leave out what the server does not need")
