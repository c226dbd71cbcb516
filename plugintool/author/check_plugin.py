"""Check what one plugin starts: its stdio servers, its bundles, its remote servers when asked, and its hooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from plugintool.author.check_bundle import read_manifest, try_bundle
from plugintool.author.check_request import Bench, Site
from plugintool.author.check_server import Tried, leave_out, refuse, try_remote, try_stdio
from plugintool.author.checked import CheckedHook, hook_of
from plugintool.author.container import open_container
from plugintool.errors import InputError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST
from plugintool.formats.project import load_project
from plugintool.frozen import replace
from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.jsonvalue import items_of, text_of
from plugintool.plugin.inventory import command_line, event_map, server_map
from plugintool.plugin.model import Declaration, Plugin
from plugintool.plugin.paths import resolve
from plugintool.probe.bundle import settings_of
from plugintool.probe.codes import Flaw
from plugintool.probe.hooks import Hook, run_hook
from plugintool.probe.launch import private_place, unpack
from plugintool.probe.plugin import PluginVariables, server_start, transport_of, variables_of
from plugintool.probe.watch import changes, look_at
from plugintool.report import Finding, Location
from plugintool.tree.directory import survey
from plugintool.tree.entry import Tree

_SERVERS = "mcpServers"


def try_servers(plugin: Plugin, bench: Bench) -> Iterator[Tried]:
    """Try every MCP server of a plugin, whether declared in a file, inline, or as a bundle."""
    bench = bench.hiding(plugin.value.get("userConfig"))
    variables = _variables(plugin, bench)
    for declaration in plugin.mcp:
        yield from _declared(plugin, declaration, variables, bench)
    yield from _missing_files(plugin, bench)
    for text in plugin.bundles:
        yield _bundle(plugin, text, bench)


def try_hooks(plugin: Plugin, bench: Bench) -> Iterator[tuple[CheckedHook, tuple[Finding, ...]]]:
    """Run every hook of a plugin with a sample of its event."""
    bench = bench.hiding(plugin.value.get("userConfig"))
    variables = _variables(plugin, bench)
    for declaration in plugin.hooks:
        for hook, pointer in _hooks(declaration):
            site = Site("hook", hook.event, plugin.locate(declaration.path, pointer), bench)
            before = look_at(bench.root)
            told = run_hook(hook, variables, bench.place)
            told = replace(told, flaws=(*told.flaws, *changes(before, look_at(bench.root))))
            checked = hook_of(hook, told, command_line(hook.handler), bench.redaction)
            yield checked, site.findings(told.flaws, stderr=checked.stderr)


def _variables(plugin: Plugin, bench: Bench) -> PluginVariables:
    settings = settings_of(plugin.value.get("userConfig"), bench.request.settings)
    return variables_of(bench.root, bench.place, settings)


def _declared(plugin: Plugin, declaration: Declaration, variables: PluginVariables, bench: Bench) -> Iterator[Tried]:
    pointer, value = declaration.unwrapped(_SERVERS)
    if not isinstance(value, dict | list):
        yield refuse(Site("server", declaration.path, Location(declaration.path), bench), "the file holds no servers")
        return
    for name, entry in server_map(declaration, _SERVERS).items():
        place = plugin.locate(declaration.path, (*pointer, name if isinstance(value, dict) else int(name)))
        site = Site("server", name, place, bench)
        if not isinstance(entry, dict):
            yield refuse(site, "the entry is no object")
        elif transport_of(entry) == "stdio":
            yield _stdio(site, entry, variables)
        else:
            yield _remote(site, entry, variables)


def _stdio(site: Site, entry: JsonObject, variables: PluginVariables) -> Tried:
    start = server_start(entry, variables)
    if start is None:
        return refuse(site, "a command, and arguments and variables that are texts, are needed")
    return try_stdio(site, start, variables.environment)


def _remote(site: Site, entry: JsonObject, variables: PluginVariables) -> Tried:
    url, headers = entry.get("url"), entry.get("headers", {})
    if not isinstance(url, str) or not isinstance(headers, dict):
        return refuse(site, "a url that is a text, and headers that are an object, are needed")
    if not url:
        return leave_out(site, transport_of(entry), Flaw("CH021", "its address is empty"))
    filled = {key: variables.fill(item) for key, item in headers.items() if isinstance(item, str)}
    return try_remote(site, transport_of(entry), variables.fill(url), filled)


def _missing_files(plugin: Plugin, bench: Bench) -> Iterator[Tried]:
    """Files that the manifest names and that are not there: the client adds no server and says nothing."""
    value: JsonValue = plugin.value.get(_SERVERS)
    for index, item in enumerate(value if isinstance(value, list) else [value]):
        target = resolve(item) if isinstance(item, str) and item not in plugin.bundles else ""
        if target is None or (target and target not in plugin.files):
            pointer: Pointer = (_SERVERS, index) if isinstance(value, list) else (_SERVERS,)
            site = Site("server", str(item), plugin.locate(plugin.manifest_path, pointer), bench)
            yield refuse(site, "there is no such file in the plugin")


def _bundle(plugin: Plugin, text: str, bench: Bench) -> Tried:
    """Try a bundle that ``mcpServers`` names: the file, else the source that it is built from."""
    site = Site("server", text, plugin.locate(plugin.manifest_path, (_SERVERS,)), bench)
    if "://" in text:
        return leave_out(site, "bundle", Flaw("CH021", "a bundle that the client downloads"))
    target = resolve(text) or ""
    source, rule = target.rpartition(".")[0], load_project(plugin.tree).executable_rule()
    with ExitStack() as stack:
        try:
            if target in plugin.files:
                tree: Tree = stack.enter_context(open_container(bench.root / target)).tree
            elif f"{source}/{BUNDLE_MANIFEST}" in plugin.files:
                tree = survey(bench.root / source)
            else:
                return refuse(site, f"there is neither the bundle nor {source}/{BUNDLE_MANIFEST}")
            own = stack.enter_context(private_place(bench.request.given))
            root = own.root / "bundle"
            unpack(tree, root, lambda path, head: rule(f"{source}/{path}", head))
            inside = target if target in plugin.files else source
            nested = replace(bench, place=own, root=root, shown=f"{bench.shown}/{inside}")
            return try_bundle(read_manifest(tree), nested, prefix=f"{inside}/", name=text)
        except InputError as error:
            return refuse(site, error.message)


def _hooks(declaration: Declaration) -> Iterator[tuple[Hook, Pointer]]:
    pointer = declaration.unwrapped("hooks")[0]
    for event, groups in event_map(declaration).items():
        for at, group in _objects(groups):
            matcher = text_of(group.get("matcher"))
            for index, handler in _objects(group.get("hooks")):
                place = (*pointer, event, at, "hooks", index)
                yield Hook(event, matcher, handler), place


def _objects(value: JsonValue) -> Sequence[tuple[int, JsonObject]]:
    return [(index, item) for index, item in enumerate(items_of(value)) if isinstance(item, dict)]
