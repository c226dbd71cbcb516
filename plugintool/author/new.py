"""``new``: scaffold a plugin or a bundle, or add a component to a plugin.

Nothing that exists is overwritten. In a directory that exists only what is missing is added: the files of the plugin
one by one, a component only as a whole, so that a hook never comes to run a script that somebody else wrote.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from plugintool import jsontext
from plugintool.errors import ConfigError, InputError, MissingPathError, OutputError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.report import Report, collect
from plugintool.scaffold import compose, names, write
from plugintool.scaffold.compose import MANIFEST, Part
from plugintool.scaffold.plan import Plan, plan_component, plan_missing
from plugintool.tree.directory import read_bounded

_LICENSE_NAMES = ("license", "licence", "copying")
_VERSION_CONTROL = frozenset({".git", ".gitattributes", ".gitignore"})
"""What may be in a directory that counts as empty: people run ``git init`` first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRequest:
    """A plugin to scaffold.

    Attributes:
        name: name of the plugin.
        directory: where its directory is created; with ``here`` its directory itself.
        here: whether the directory exists and only what is missing is added.
        kinds: kinds of component; None for the example, or for none in a directory that has files already.
        author: ``Name <mail@host>``; empty for a stand-in made from the name.
        description: one line; empty for one made from the components.
        mcp_url: address of the MCP server; empty for one that reaches nobody.
        ci: the service that checks and releases the plugin, one of ``compose.CI``; empty for none.
        dry_run: whether to plan only.
    """

    name: str
    directory: Path
    here: bool = False
    kinds: tuple[str, ...] | None = None
    author: str = ""
    description: str = ""
    mcp_url: str = ""
    ci: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRequest:
    """A component to add to the plugin in ``plugin``; ``description``, ``url``, ``event``: where its kind has them."""

    kind: str
    name: str
    plugin: Path
    description: str = ""
    url: str = ""
    event: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRequest:
    """A bundle to scaffold.

    Attributes:
        name: of the bundle and of its directory.
        server: the type of its server, one of ``compose.SERVERS``.
        directory: a plugin, which gets the bundle as a component, or where the directory of the bundle is created.
        author: ``Name <mail@host>``; empty for that of the plugin, or a stand-in made from the name.
        description: one line; empty for what the server does as it is.
        dry_run: whether to plan only.
    """

    name: str
    server: str
    directory: Path
    author: str = ""
    description: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """What was written, or would be: paths relative to ``directory``, sorted.

    ``plugin`` is the name of the plugin, or of the bundle that stands by itself;
    ``created`` are new files, ``merged`` files to which something was added, ``kept`` files that were there already;
    ``next_commands`` are shell commands for what people do next, at most three.
    """

    plugin: str
    directory: str
    created: tuple[str, ...]
    merged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    dry_run: bool = False
    next_commands: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "plugin": self.plugin,
            "directory": self.directory,
            "created": list(self.created),
            "merged": list(self.merged),
            "kept": list(self.kept),
            "dry_run": self.dry_run,
            "next": list(self.next_commands),
        }


def new_plugin(request: PluginRequest) -> Report[Scaffold]:
    """Scaffold one plugin; the subject of the report is its directory.

    Errors: ``ConfigError`` for an answer that cannot be used, ``OutputError`` when the place is taken or cannot be
    written, ``InputError`` when a file to merge into is malformed; then nothing has changed.
    """
    target = request.directory if request.here else request.directory / request.name
    work = _add_missing if request.here else _create
    return collect("new", [os.fspath(target)], lambda _: work(request, target))


def new_component(request: ComponentRequest) -> Report[Scaffold]:
    """Add one component to a plugin; the subject of the report is the plugin's directory.

    Errors: as ``new_plugin``; ``MissingPathError`` when there is no plugin, ``OutputError`` when there is such a
    component.
    """
    return collect("new", [os.fspath(request.plugin)], lambda _: _add_component(request))


def new_bundle(request: BundleRequest) -> Report[Scaffold]:
    """Scaffold a bundle with a server that answers, by itself or in a plugin; the subject is the directory.

    Errors: as ``new_plugin``; ``OutputError`` when the plugin has a component of this name.
    """
    inside = (request.directory / MANIFEST).exists()
    target = request.directory if inside else request.directory / request.name
    return collect("new", [os.fspath(target)], lambda _: (_add_bundle if inside else _create_bundle)(request, target))


def _create_bundle(request: BundleRequest, target: Path) -> Scaffold:
    part = _compose_bundle(request, names.Author(f"{request.name} authors"), inside=False)
    if request.dry_run:
        write.check_place(target)
    else:
        write.write_tree(target, part.files)
    shown = shlex.quote(os.fspath(target))
    return Scaffold(
        plugin=request.name,
        directory=os.fspath(target),
        created=tuple(sorted(file.path for file in part.files)),
        dry_run=request.dry_run,
        next_commands=tuple(f"plugintool {command} {shown}" for command in ("lint", "check", "build")),
    )


def _add_bundle(request: BundleRequest, plugin: Path) -> Scaffold:
    manifest = _read_manifest(plugin) or {}
    author = manifest.get("author")
    named = str(author.get("name") or "") if isinstance(author, dict) else ""
    part = _compose_bundle(request, names.Author(named or f"{request.name} authors"), inside=True)
    plan = plan_component(plugin, part, manifest=manifest)
    name = str(manifest.get("name", ""))
    return _carry_out(plan, plugin, name, dry_run=request.dry_run, needs_build=True)


def _compose_bundle(request: BundleRequest, author: names.Author, *, inside: bool) -> Part:
    """Check the answers and return the bundle."""
    names.check_name(request.name, what="a bundle")
    return compose.compose_bundle(
        request.server,
        request.name,
        author=names.parse_author(request.author) if request.author else author,
        description=names.check_description(request.description) if request.description else "",
        inside=inside,
    )


def _create(request: PluginRequest, target: Path) -> Scaffold:
    kinds = compose.DEFAULT_KINDS if request.kinds is None else request.kinds
    parts = _compose(request, kinds, with_license=True, description="")
    files = [file for part in parts for file in part.files]
    if request.dry_run:
        write.check_place(target)
    else:
        write.write_tree(target, files)
    return Scaffold(
        plugin=request.name,
        directory=os.fspath(target),
        created=tuple(sorted(file.path for file in files)),
        dry_run=request.dry_run,
        next_commands=_next_commands(target, request.name, needs_build=any(part.server_reference for part in parts)),
    )


def _add_missing(request: PluginRequest, target: Path) -> Scaffold:
    names.check_name(request.name, what="a plugin")
    present = [name for name in _list(target) if name not in _VERSION_CONTROL]
    manifest = _read_manifest(target)
    _check_same_name(request.name, target, manifest)
    kinds = request.kinds if request.kinds is not None else () if present else compose.DEFAULT_KINDS
    has_license = any(name.lower().startswith(_LICENSE_NAMES) for name in present)
    parts = _compose(request, kinds, with_license=not has_license, description=_describe_skills(target))
    plan = plan_missing(target, parts, manifest=manifest)
    needs_build = any(part.server_reference for part in parts) or _names_bundle(manifest)
    return _carry_out(plan, target, request.name, dry_run=request.dry_run, needs_build=needs_build)


def _add_component(request: ComponentRequest) -> Scaffold:
    names.check_name(request.name, what=f"a component of kind {request.kind}")
    manifest = _read_manifest(request.plugin)
    if manifest is None:
        hint = "say --plugin DIR, or make a plugin of this directory: plugintool new plugin NAME --here"
        raise MissingPathError("no plugin here", path=os.fspath(request.plugin), expected=MANIFEST, hint=hint)
    description = names.check_description(request.description) if request.description else ""
    if request.kind == "mcp":
        names.check_url(request.url, field="--url")
    part = compose.compose_component(
        request.kind, request.name, description=description, url=request.url, event=request.event
    )
    plan = plan_component(request.plugin, part, manifest=manifest)
    plugin = str(manifest.get("name", ""))
    return _carry_out(plan, request.plugin, plugin, dry_run=request.dry_run, needs_build=_names_bundle(manifest))


def _compose(request: PluginRequest, kinds: Sequence[str], *, with_license: bool, description: str) -> list[Part]:
    """Check the answers and return the plugin's own part followed by those of its components."""
    names.check_name(request.name, what="a plugin")
    author = names.parse_author(request.author) if request.author else names.Author(f"{request.name} authors")
    if request.description:
        description = names.check_description(request.description)
    if request.mcp_url:
        names.check_url(request.mcp_url, field="--mcp-url")
        if "mcp" not in kinds:
            raise ConfigError("there is an address but no MCP server", field="--mcp-url", hint="add mcp to --with")
    wanted = [kind for kind in compose.KINDS if kind in kinds]
    parts = [compose.compose_example(kind, plugin=request.name, author=author, url=request.mcp_url) for kind in wanted]
    base = compose.compose_base(request.name, parts, author=author, description=description, with_license=with_license)
    service = [compose.compose_ci(request.ci, plugin=request.name)] if request.ci else []
    return [base, *parts, *service]


def _carry_out(plan: Plan, root: Path, plugin: str, *, dry_run: bool, needs_build: bool) -> Scaffold:
    if not dry_run:
        write.apply_changes(root, plan.created, plan.changes)
    merged = {change.path for change in plan.changes}
    return Scaffold(
        plugin=plugin,
        directory=os.fspath(root),
        created=tuple(sorted(file.path for file in plan.created)),
        merged=tuple(sorted(merged)),
        kept=tuple(sorted(set(plan.kept) - merged)),
        dry_run=dry_run,
        next_commands=_next_commands(root, plugin, needs_build=needs_build),
    )


def _list(directory: Path) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError as error:
        raise MissingPathError(
            "no readable directory", path=os.fspath(directory), hint="create it, or name another one"
        ) from error


def _read_manifest(root: Path) -> JsonObject | None:
    """Return the plugin manifest below ``root``; None when there is none."""
    _list(root)
    if not (root / MANIFEST).exists():
        return None
    value = jsontext.read(read_bounded(root / MANIFEST, shown=MANIFEST)).value
    if not isinstance(value, dict):
        raise InputError("no JSON object", path=MANIFEST, hint="repair it first: plugintool lint shows what is wrong")
    return value


def _names_bundle(manifest: JsonObject | None) -> bool:
    named = manifest.get("mcpServers") if manifest else None
    return any(
        isinstance(entry, str) and entry.endswith(".mcpb") for entry in (named if isinstance(named, list) else [named])
    )


def _check_same_name(name: str, root: Path, manifest: JsonObject | None) -> None:
    """Check that the directory is, or can become, the plugin ``name``: the directory name is what devices go by."""
    known = Path(os.path.abspath(root)).name if manifest is None else manifest.get("name", "")
    if known != name:
        what = "the directory has another name" if manifest is None else "this is another plugin"
        raise OutputError(what, path=os.fspath(root), expected=name, found=str(known), hint="use that name, or rename")


def _describe_skills(root: Path) -> str:
    """Return a description for a folder of skills that becomes a plugin; empty when there are none."""
    found = sorted(path.parent.name for path in (root / "skills").glob("*/SKILL.md"))
    usable = [name for name in found if name == names.suggest_name(name)]
    return f"Skills for {compose.join_words([name.replace('-', ' ') for name in usable[:8]])}." if usable else ""


def _next_commands(root: Path, plugin: str, *, needs_build: bool) -> tuple[str, ...]:
    """Return what people do next; a plugin with a bundle runs only when it has been built."""
    shown = shlex.quote(os.fspath(root))
    runs = f"claude --plugin-dir {f'dist/org-plugins/{plugin}' if needs_build else shown}"
    return f"plugintool lint {shown}", f"plugintool build {shown}", runs
