"""OP001, OP005, OP008, OP009: built trees and org-plugins directories, as the desktop app reads them.

OP009 is about servers of one plugin and of the plugins of one directory; servers that the managed configuration brings
are not known here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from plugintool.jsontext import Pointer
from plugintool.lint import fix_json, fix_tree
from plugintool.lint.rule import Context, Source, at, in_manifest, rule
from plugintool.plugin.model import MANIFEST, Declaration, Plugin
from plugintool.plugin.org_plugins import ORG_PLUGINS, OrgPlugins
from plugintool.report import Finding, Location, Severity
from plugintool.tree.record import VERSION_FILE

_ORG = Source("https://support.claude.com", "organization plugins of the desktop app", "August 2026")
_PREFERENCES = ("available", "auto_install", "required")


def _is_entry(plugin: Plugin, context: Context) -> bool:
    """Whether a plugin stands where the app looks: it was built, or its directory lies in an org-plugins directory."""
    survey = plugin.survey
    return context.built or (survey is not None and Path(os.path.abspath(survey.root)).parent.name == ORG_PLUGINS)


@rule(
    "OP001",
    Severity.ERROR,
    "version.json is missing or malformed",
    source=_ORG,
    backed_by="P",
    why="The app copies a plugin again when the text in version.json changes; without it the time of the directory "
    "decides, which most changes of files do not touch.",
    bad='{"version": 2}',
    good='{"version": "1.2.0+4f2c1ab09d6e"}',
    targets=("cowork",),
    fix=fix_json.replaced(fix_json.as_text),
    unsafe_fix=fix_tree.version_file_written,
)
def unusable_version_file(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report version.json is missing or malformed.

    The file is not an object whose `version` is a text that is not empty, or is not there: an error in a built tree,
    a warning in org-plugins.
    """
    text = plugin.json_files.get(VERSION_FILE)
    if text is None:
        if _is_entry(plugin, context) and VERSION_FILE not in plugin.files:
            hint = "plugintool build writes it"
            severity = None if context.built else Severity.WARNING  # the app falls back to the directory's time
            message = f"there is no {VERSION_FILE}"
            yield unusable_version_file.finding(message, at(VERSION_FILE), hint=hint, severity=severity)
        return
    version = text.value.get("version") if isinstance(text.value, dict) else None
    if isinstance(text.value, dict) and not (isinstance(version, str) and version):
        place = plugin.locate(VERSION_FILE, ("version",))
        yield unusable_version_file.finding("`version` is no text, or empty", place, hint="plugintool build writes it")


@rule(
    "OP005",
    Severity.WARNING,
    "a directory in org-plugins that the app ignores",
    source=_ORG,
    backed_by="P",
    why="The app says so in a diagnostic report only; a clone of a whole marketplace is the usual case.",
    bad="org-plugins/acme-marketplace/plugins/acme-review/.claude-plugin/plugin.json",
    good="org-plugins/acme-review/.claude-plugin/plugin.json",
    targets=("cowork",),
)
def ignored_directory(directory: OrgPlugins, context: Context) -> Iterator[Finding]:
    """A sub-directory of org-plugins holds neither a plugin manifest nor a root SKILL.md."""
    del context
    for name in directory.strays:
        message = f"{name} holds neither {MANIFEST} nor SKILL.md"
        yield ignored_directory.finding(message, Location(name), hint="put the plugin itself there, or take it away")


@rule(
    "OP008",
    Severity.WARNING,
    "`installationPreference` is absent from a built plugin, or unknown",
    source=_ORG,
    backed_by="P",
    why="Without it the plugin is offered but not installed, and managed users are told to ask their administrator.",
    bad='{"name": "acme-review", "installationPreference": "auto"}',
    good='{"name": "acme-review", "installationPreference": "auto_install"}',
    targets=("cowork",),
)
def unclear_preference(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report `installationPreference` that is absent or unknown.

    The value is not one of available, auto_install and required (an error), or a plugin in org-plugins has none.
    """
    hint = f"use one of {', '.join(_PREFERENCES)}"
    if "installationPreference" not in plugin.value:
        if plugin.value and _is_entry(plugin, context):
            message = "`installationPreference` is absent: users must install the plugin themselves"
            yield unclear_preference.finding(message, in_manifest(plugin, "installationPreference"), hint=hint)
    elif plugin.value["installationPreference"] not in _PREFERENCES:
        message = "`installationPreference` is none of the values that the app knows"
        place = in_manifest(plugin, "installationPreference")
        yield unclear_preference.finding(message, place, hint=hint, severity=Severity.ERROR)


@rule(
    "OP009",
    Severity.WARNING,
    "one name for two MCP servers",
    source=_ORG,
    backed_by="PB",
    why="One of the two is shown or started, and which one is not said.",
    bad="clock in .mcp.json and clock in mcpServers of plugin.json",
    good="clock in .mcp.json only",
    targets=("cowork",),
)
def repeated_server(subject: Plugin | OrgPlugins, context: Context) -> Iterator[Finding]:
    """One plugin declares a server of the same name twice, or two plugins of one org-plugins directory do."""
    del context
    seen: dict[str, str] = {}
    for name, where, path, pointer in _servers(subject):
        if name in seen:
            place = subject.locate(path, pointer) if isinstance(subject, Plugin) else Location(path)
            yield repeated_server.finding(f"the server {name!r} is also declared in {seen[name]}", place)
        else:
            seen[name] = where


def _servers(subject: Plugin | OrgPlugins) -> Iterator[tuple[str, str, str, Pointer]]:
    """Yield name, owner, file and place of the servers; of a directory each name of a plugin once."""
    if isinstance(subject, Plugin):
        for declaration in subject.mcp:
            for name in _names(declaration):
                yield name, declaration.path, declaration.path, (*declaration.unwrapped("mcpServers")[0], name)
        return
    for plugin in subject.plugins:
        files = {name: item.path for item in plugin.mcp for name in _names(item)}
        yield from ((name, plugin.name, f"{plugin.name}/{path}", ()) for name, path in files.items())


def _names(declaration: Declaration) -> list[str]:
    servers = declaration.unwrapped("mcpServers")[1]
    return list(servers) if isinstance(servers, dict) else []
