"""OC002 to OC008: skills named by others, styles, themes, workflows, settings, bin/, and what a target knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint import fix_runs, known, values
from plugintool.lint.entries import hooks_of, monitors_of, servers_of
from plugintool.lint.known import DESKTOP, docs_of_client, near_miss
from plugintool.lint.manifest_paths import paths_of
from plugintool.lint.rule import MEASURED, Ask, Context, Source, at, in_front_matter, rule
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin import frontmatter
from plugintool.plugin.frontmatter import State
from plugintool.plugin.model import Kind, Plugin
from plugintool.plugin.paths import normalise, plugin_targets
from plugintool.relpath import RelPath
from plugintool.report import Finding, Location, Severity
from plugintool.tree.copy import looks_executable

_OURS = Source("docs/reference/rules/README.md", "other components", "2026-11")
_CLAUDE_CODE = ("claude-code",)
_THEME_KEYS = frozenset({"name", "base", "overrides"})
_THEME_BASES = ("dark", "light", "dark-daltonized", "light-daltonized", "dark-ansi", "light-ansi")
"""Page terminal-config, August 2026."""
_COLOR = pattern(
    r"#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?\Z|rgb\(\s{0,3}[0-9]{1,3}(?:\s{0,3},\s{0,3}[0-9]{1,3}){2}\s{0,3}\)\Z"
    r"|ansi256\([0-9]{1,3}\)\Z|ansi:[A-Za-z]{3,20}\Z"
)
_META = pattern(rb"^\s{0,40}export\s{1,10}(?:const|let|var)\s{1,10}meta\b", re.MULTILINE)
_WORKFLOW_ENDINGS = (".js", ".mjs", ".ts")
_SETTINGS = frozenset({"agent", "subagentStatusLine"})
"""Keys of a plugin's settings that have an effect (page plugins-reference, August 2026)."""
_DEPRECATED_SINCE = {"agent": (0, 0, 0), "subagentStatusLine": (2, 1, 330)}
"""Those of them that the client calls deprecated, and from which version on (measured)."""
_SYSTEM_TOOLS = frozenset(
    """
    awk bash cat chmod chown cp curl cut date docker echo env find gh git grep head kill ln ls make mkdir mv node npm
    npx perl ps pip pip3 python python3 rm ruby sed sh sort ssh sudo tail tar tee test touch tr uv wget which xargs zsh
    """.split()  # noqa: SIM905 - a table of one word a line would fill a page
)
_NO_PROGRAM = (".md", ".txt", ".json", ".cmd", ".bat", ".ps1", ".exe", ".yaml", ".yml", ".toml")


@rule(
    "OC002",
    Severity.WARNING,
    "a skill is named that the plugin lacks",
    source=_OURS,
    backed_by="B",
    why="The monitor never starts, the agent works without the skill.",
    bad='{"when": "on-skill-invoke:reveiw"}',
    good='{"when": "on-skill-invoke:review"}',
    targets=_CLAUDE_CODE,
)
def unknown_skill(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The `when` of a monitor, or the `skills` of an agent without a plugin's name in front, names no skill here."""
    del context
    skills = [component for component in plugin.components if component.kind is not Kind.AGENT]
    there = {component.name for component in skills}
    there.update(component.front_matter.text("name") for component in skills)
    for name, place in (*_monitor_skills(plugin), *_agent_skills(plugin)):
        bare = name.removeprefix(f"{plugin.declared_name}:")
        if bare and ":" not in bare and bare not in there:
            near = values.nearest(bare, sorted(there))
            hint = f"did you mean {near}?" if near else "name the plugin it is in"
            yield unknown_skill.finding(f"there is no skill {bare[:60]!r}", place, hint=hint)


def _monitor_skills(plugin: Plugin) -> Iterator[tuple[str, Location]]:
    for monitor in monitors_of(plugin):
        mark, _, name = monitor.text("when").partition(":")
        if mark == "on-skill-invoke":
            yield name.strip(), monitor.place(plugin, "when")


def _agent_skills(plugin: Plugin) -> Iterator[tuple[str, Location]]:
    for component in plugin.of_kind(Kind.AGENT):
        found = component.front_matter.values.get("skills")
        texts = found.split(",") if isinstance(found, str) else found if isinstance(found, list) else []
        for text in texts[:200]:
            if isinstance(text, str):
                yield text.strip(), in_front_matter(component, "skills")


@rule(
    "OC004",
    Severity.WARNING,
    "an output style, theme or workflow that is malformed",
    source=docs_of_client("plugins-reference", "output styles, themes, workflows"),
    backed_by="D",
    why="Nobody checks these files: what is wrong in them has no effect, or the file is not offered.",
    bad='themes/night.json: {"name": "Night", "base": "black"}',
    good='themes/night.json: {"name": "Night", "base": "dark"}',
    targets=_CLAUDE_CODE,
)
def malformed_other_component(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report an output style, theme or workflow that is malformed.

    An output style has an unknown key or no front matter, a theme an unknown key, base or colour, a workflow no
    `export const meta`.
    """
    del context
    found = (*_style_flaws(plugin), *_theme_flaws(plugin), *_workflow_flaws(plugin))
    for message, place, hint in found:
        yield malformed_other_component.finding(message, place, hint=hint)


def _files_of(plugin: Plugin, key: str, default: str, endings: tuple[str, ...]) -> list[RelPath]:
    """The files of one kind: those the manifest names, else those of the default directory."""
    named = [path.target for path in paths_of(plugin) if path.key == key and path.target is not None]
    places = named or [default]
    return [
        path
        for path in plugin.files
        if path.lower().endswith(endings)
        and any(path == place or path.startswith(f"{place}/") for place in places[:50])
    ]


def _style_flaws(plugin: Plugin) -> Iterator[tuple[str, Location, str]]:
    for path in _files_of(plugin, "outputStyles", "output-styles", (".md",)):
        data = plugin.read(path)
        matter = frontmatter.read(data or b"")
        if data is None:
            continue
        if matter.state is not State.MAPPING:
            yield "the output style has no front matter", at(path, line=1), "begin with ---, name: …, and ---"
        for key in sorted(matter.values.keys() - known.STYLE_KEYS):
            line, column = matter.place(key)
            near = near_miss(key, sorted(known.STYLE_KEYS))
            hint = f"did you mean {near}?" if near else known.KNOWN_UP_TO
            yield f"output styles have no key {key[:60]!r}", at(path, line=line, column=column), hint


def _theme_flaws(plugin: Plugin) -> Iterator[tuple[str, Location, str]]:
    for path in _files_of(plugin, "themes", "themes", (".json",)):
        theme = plugin.json_files.get(path)
        if theme is None or not isinstance(theme.value, dict):
            continue  # PM002 and PM003
        for pointer, message in _theme_misfits(theme.value):
            yield message, plugin.locate(path, pointer), known.KNOWN_UP_TO


def _theme_misfits(theme: JsonObject) -> Iterator[tuple[Pointer, str]]:
    for key in sorted(theme.keys() - _THEME_KEYS):
        yield (key,), f"themes have no key {key[:60]!r}"
    base, overrides = theme.get("base"), theme.get("overrides", {})
    if base is not None and base not in _THEME_BASES:
        shown = repr(base[:60]) if isinstance(base, str) else kind_of(base)
        yield ("base",), f"the base {shown} is unknown"
    if not isinstance(overrides, dict):
        yield ("overrides",), f"`overrides` is {kind_of(overrides)}, expected an object of colours"
        return
    for key, color in overrides.items():
        if not isinstance(color, str) or not _COLOR.match(color):
            yield ("overrides", key), f"the colour of {key[:60]!r} is none"


def _workflow_flaws(plugin: Plugin) -> Iterator[tuple[str, Location, str]]:
    for path in _files_of(plugin, "workflows", "workflows", _WORKFLOW_ENDINGS):
        data = plugin.read(path)
        if data is not None and not _META.search(data):
            yield "the workflow exports no meta", at(path, line=1), "add export const meta = {…}"


@rule(
    "OC006",
    Severity.WARNING,
    "a setting without effect",
    source=Source(MEASURED, "settings", "2.1.330, November 2026"),
    backed_by="CD",
    why="From a plugin only two settings are read: permissions, env, hooks or model change nothing here.",
    bad='settings.json: {"permissions": {"allow": ["Read"]}}',
    good="people set these in their own settings",
    targets=_CLAUDE_CODE,
    client_severity=Severity.INFO,
)
def setting_without_effect(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A plugin's settings hold a key that is not read from a plugin, or one that is deprecated.

    `agent` is deprecated, and since 2.1.330 `subagentStatusLine` too: it still works, and will stop.
    """
    for path, pointer, settings in _settings(plugin):
        for key in settings:
            place = plugin.locate(path, (*pointer, key))
            if key in _DEPRECATED_SINCE and context.client >= _DEPRECATED_SINCE[key]:
                message, hint = f"the setting `{key}` is deprecated", "tell people to set it themselves"
                yield setting_without_effect.finding(message, place, hint=hint)
            elif key not in _SETTINGS:
                message = f"the setting {key[:60]!r} has no effect in a plugin"
                yield setting_without_effect.finding(message, place, hint="remove it", client=Ask.SILENT)


def _settings(plugin: Plugin) -> Iterator[tuple[str, Pointer, JsonObject]]:
    found = plugin.json_files.get(RelPath("settings.json"))
    pairs: tuple[tuple[str, Pointer, JsonValue], ...] = (
        ("settings.json", (), found.value if found else None),
        (plugin.manifest_path, ("settings",), plugin.value.get("settings")),
    )
    for path, pointer, value in pairs:
        if isinstance(value, dict):
            yield path, pointer, value


@rule(
    "OC007",
    Severity.WARNING,
    "a program in bin/ that does not run, or runs instead of another",
    source=_OURS,
    backed_by="B",
    why="bin/ is put in front of the search path: without execute bit nothing starts, and a name such as git takes the "
    "place of the real one.",
    bad="bin/git",
    good="bin/acme-git with mode 0755",
    targets=_CLAUDE_CODE,
    fix=fix_runs.program_made_executable,
)
def odd_program(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A program directly in bin/ has no execute bit on disk, or the name of a common tool of the system."""
    del context
    run = {normalise(target) for text in _commands(plugin) for target in plugin_targets(text, shell=bool(text))}
    for path in plugin.below("bin"):
        if path.count("/") != 1 or path.name.startswith(".") or path.lower().endswith(_NO_PROGRAM):
            continue
        source = plugin.source_file(path)
        if path.name in _SYSTEM_TOOLS:
            message = f"it takes the place of {path.name} of the system"
            yield odd_program.finding(message, at(path), hint=f"call it {plugin.declared_name or 'my'}-{path.name}")
        elif source is not None and not source.mode & 0o111 and path not in run and looks_executable(plugin.head(path)):
            message = f"a program with mode {source.mode:04o}"
            yield odd_program.finding(message, at(path), hint=f"chmod +x {path}")


def _commands(plugin: Plugin) -> Iterator[str]:
    """The commands of hooks, servers and monitors: what they run directly is the affair of PT022."""
    yield from (entry.text("command") for entry in (*hooks_of(plugin), *servers_of(plugin), *monitors_of(plugin)))


@rule(
    "OC008",
    Severity.INFO,
    "a kind of component of which the desktop app says nothing",
    source=DESKTOP,
    backed_by="P",
    why="The documentation of org-plugins names skills, agents, commands, hooks and MCP servers; whether it reads more "
    "is not known.",
    bad=".lsp.json in a plugin for the desktop app",
    good="the same plugin, tried there first",
    targets=("cowork",),
)
def kind_unknown_on_target(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The plugin brings language servers, monitors, themes, output styles or user options."""
    del context
    kinds = {
        "language servers": plugin.lsp[0].path if plugin.lsp else "",
        "monitors": plugin.monitors[0].path if plugin.monitors else "",
        "themes": next((path for path in plugin.below("themes") if path.endswith(".json")), ""),
        "output styles": next((path for path in plugin.below("output-styles") if path.endswith(".md")), ""),
        "user options": plugin.manifest_path if plugin.value.get("userConfig") else "",
    }
    for kind, path in kinds.items():
        if path:
            yield kind_unknown_on_target.finding(f"whether the desktop app reads {kind} is not documented", at(path))


@rule(
    "OC009",
    Severity.WARNING,
    "hooks that this desktop app does not run on Windows",
    source=Source("release notes of the desktop app", "1.24012.9", "July 2026"),
    backed_by="PL",
    why="They are copied to every device and never run there; nobody is told.",
    bad="hooks/hooks.json for the desktop app 1.20186.0",
    good="hooks/hooks.json for the desktop app 1.24012.9 and newer",
    targets=("cowork",),
    app_until=(1, 24012, 9),
)
def hooks_not_run(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The plugin has hooks, and versions of the desktop app before 1.24012.9 count."""
    del context
    for declaration in plugin.hooks[:1]:
        message = "hooks do not run on Windows before version 1.24012.9"
        yield hooks_not_run.finding(message, at(declaration.path), hint="ask for that version on the devices")


@rule(
    "OC010",
    Severity.INFO,
    "a bundle that needs a managed key of the desktop app",
    source=Source("release notes of the desktop app", "1.19367.0", "July 2026"),
    backed_by="PL",
    why="Since 1.19367.0 the key isDesktopExtensionEnabled is off unless it is set, and then no bundle of a plugin is "
    "loaded.",
    bad='{"mcpServers": "./bundles/clock.mcpb"} where isDesktopExtensionEnabled is not set',
    good="the same where the managed configuration sets isDesktopExtensionEnabled to true",
    targets=("cowork",),
    app_since=(1, 19367, 0),
    default=False,
)
def bundle_needs_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """`mcpServers` names a bundle."""
    del context
    for name in plugin.bundles[:1]:
        message = f"{name} loads only where the managed key isDesktopExtensionEnabled is on"
        yield bundle_needs_key.finding(message, at(plugin.manifest_path))
