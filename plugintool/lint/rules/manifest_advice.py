"""PM029 to PM041: manifest fields that are valid and still not what the author means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from plugintool.jsontext import JsonObject, JsonValue, Pointer
from plugintool.lint import fix_json, fix_runs, values
from plugintool.lint.entries import hooks_of, language_servers_of
from plugintool.lint.known import DESKTOP, DIRECTORY, docs_of_client
from plugintool.lint.manifest_paths import DEFAULTS, REPLACING, ManifestPath, paths_of
from plugintool.lint.rule import MEASURED, Ask, Context, Source, Version, in_manifest, rule
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_NEWEST: Version = (2, 1, 330)
_LISTING_URLS = ("documentationUrl", "supportUrl", "privacyPolicyUrl", "termsOfServiceUrl")
_FIELDS_SINCE: dict[str, Version] = {
    "defaultEnabled": (2, 1, 154),
    "metadata": (2, 1, 222),
    **dict.fromkeys((*_LISTING_URLS, "icon", "types", "engines"), _NEWEST),
}
"""Fields and the client that knows them first (page plugins-reference, August 2026; 2.1.330: not in 2.1.197)."""
_EVENTS_SINCE = dict.fromkeys(("DirectoryAdded", "PreModelSwitch", "PostModelSwitch"), _NEWEST)
_LSP_SINCE: dict[str, Version] = {
    "requestTimeout": _NEWEST,
    "shutdownTimeout": (2, 1, 205),
    "restartOnCrash": (2, 1, 205),
}
_Newer: TypeAlias = "tuple[str, Version, tuple[str, Pointer], Ask]"
"""A feature in words, its first client, path and pointer of its place, and what an older client says."""


@rule(
    "PM029",
    Severity.WARNING,
    "an address in the manifest that is not https",
    source=DIRECTORY,
    backed_by="C",
    why="Listings show these addresses to everybody; the public directory takes none that can be read on the way.",
    bad='{"homepage": "http://acme.example"}',
    good='{"homepage": "https://acme.example"}',
    targets=("marketplace", "directory"),
    since=(2, 1, 330),
    unsafe_fix=fix_json.replaced(fix_runs.encrypted),
)
def listing_url_not_https(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """`homepage`, `repository` or an address for the listing is a text that does not begin with `https://`."""
    del context
    for field in ("homepage", "repository", *_LISTING_URLS):
        value = plugin.value.get(field)
        relative = field == "homepage" and isinstance(value, str) and not values.is_absolute_url(value)  # PM028
        if isinstance(value, str) and value and not relative and not value.lower().startswith("https://"):
            message = f"`{field}` is no https address"
            place = in_manifest(plugin, field)
            yield listing_url_not_https.finding(message, place, hint="use https://", client=Ask.SILENT)


@rule(
    "PM034",
    Severity.INFO,
    "`installationPreference` fails the strict check of Claude Code",
    source=DESKTOP,
    backed_by="CP",
    why="The desktop app reads it; for Claude Code it is an unknown field, a warning that its --strict turns into a "
    "failure.",
    bad='{"installationPreference": "required"} in a plugin that is checked with claude plugin validate --strict',
    good="the field is set in a plugin for the desktop app, and the check runs without --strict",
    targets=("cowork",),
)
def preference_unknown_to_client(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The manifest sets `installationPreference`."""
    del context
    if "installationPreference" in plugin.value:
        place = in_manifest(plugin, "installationPreference")
        message = "`installationPreference` is unknown to Claude Code, whose strict check fails on it"
        yield preference_unknown_to_client.finding(message, place, client=Ask.SILENT)


@rule(
    "PM038",
    Severity.WARNING,
    "a component key that switches the default directory off",
    source=docs_of_client("plugins-reference", "component paths"),
    backed_by="LD",
    why="The paths take the place of the default directory: what stands there is not loaded, and validate is silent.",
    bad='{"commands": "./tools/"} beside commands/review.md',
    good='{"commands": ["./commands/", "./tools/"]}',
)
def default_directory_ignored(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a component key that switches the default directory off.

    `commands`, `agents`, `outputStyles`, `workflows`, themes or monitors name other places only, while the default
    directory exists.
    """
    del context
    named: dict[str, list[ManifestPath]] = {}
    for path in paths_of(plugin):
        if path.key in REPLACING:
            named.setdefault(path.key, []).append(path)
    for key, paths in named.items():
        default = DEFAULTS[key]
        if plugin.has(default) and not any(_touches(path.target, default) for path in paths):
            hint = f"name ./{default} too, or move its files"
            place = in_manifest(plugin, *paths[0].pointer)
            yield default_directory_ignored.finding(
                f"the default {default} is not loaded beside `{key}`", place, hint=hint
            )


def _touches(target: str | None, default: str) -> bool:
    """Whether a path lies in the default directory or holds it; a path of a wrong form is no reason to speak here."""
    return target is None or target in {"", default} or target.startswith(f"{default}/")


@rule(
    "PM041",
    Severity.WARNING,
    "a feature that the oldest client does not know",
    source=Source(MEASURED, "differences of two clients", "2.1.330 and 2.1.197, November 2026"),
    backed_by="CD",
    why="Older clients ignore it or refuse the plugin, on devices that nobody tested.",
    bad='{"icon": "./icon.png"}, linted with --client 2.1.197',
    good="the same plugin, linted for 2.1.330, the oldest client in use",
)
def feature_too_new(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a feature that the oldest client does not know.

    A field, the skills path `.`, a hook event, `modules`, `onFailure`, a member of a language server or the list of
    choices of an option needs a newer client than the one given with --client.
    """
    for feature, since, place, view in _features(plugin):
        if since > context.client:
            needs = ".".join(map(str, since))
            hint = "leave it out, or ask for that client"
            message = f"{feature} needs client {needs}"
            yield feature_too_new.finding(message, plugin.locate(*place), hint=hint, client=view)


def _features(plugin: Plugin) -> Iterator[_Newer]:
    manifest = plugin.manifest_path
    for field, since in _FIELDS_SINCE.items():
        if field in plugin.value:
            yield f"`{field}`", since, (manifest, (field,)), Ask.WARNING
    for path in paths_of(plugin):
        if path.key == "skills" and path.text == ".":
            yield "the path `.`", _NEWEST, (manifest, path.pointer), Ask.SILENT
    yield from _hook_features(plugin)
    for server in language_servers_of(plugin):
        view = Ask.ERROR if server.declaration.inline else Ask.SILENT
        for key, since in _LSP_SINCE.items():
            if key in server.fields:
                unknown = view if key == "requestTimeout" else Ask.SILENT
                yield f"`{key}` of a language server", since, server.named(key), unknown
    for pointer in _options_with_choices(plugin.value):
        yield "`options` of an option", _NEWEST, (manifest, pointer), Ask.ERROR


def _hook_features(plugin: Plugin) -> Iterator[_Newer]:
    for declaration in plugin.hooks:
        if not declaration.inline and isinstance(declaration.value, dict) and "modules" in declaration.value:
            yield "`modules`", _NEWEST, (declaration.path, ("modules",)), Ask.SILENT
    for hook in hooks_of(plugin):
        if hook.name in _EVENTS_SINCE:
            yield f"the event {hook.name}", _EVENTS_SINCE[hook.name], hook.named(), Ask.SILENT
        if "onFailure" in hook.fields:
            yield "`onFailure`", _NEWEST, hook.named("onFailure"), Ask.SILENT


def _options_with_choices(manifest: JsonObject) -> Iterator[Pointer]:
    channels = manifest.get("channels")
    sets: list[tuple[Pointer, JsonValue]] = [(("userConfig",), manifest.get("userConfig"))]
    for index, channel in enumerate(channels if isinstance(channels, list) else ()):
        if isinstance(channel, dict):
            sets.append((("channels", index, "userConfig"), channel.get("userConfig")))
    for pointer, options in sets:
        for key, option in options.items() if isinstance(options, dict) else ():
            if isinstance(option, dict) and "options" in option:
                yield (*pointer, key, "options")
