"""MB023 to MB032: what a bundle asks its user for."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.jsontext import JsonObject, Pointer
from plugintool.lint import fix_json, values
from plugintool.lint.rule import Context, rule
from plugintool.lint.rules.bundle_sources import MEASURED, SPECIFICATION, TARGETS, BundleSource, sources_of
from plugintool.lint.rules.option_advice import contradictions, is_secret_word
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Location, Severity

_USE = pattern(r"\$\{user_config\.([^}]*)\}")
_KEY = pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ONLY = {
    "multiple": frozenset({"directory", "file"}),
    "sensitive": frozenset({"string"}),
    "min": frozenset({"number"}),
    "max": frozenset({"number"}),
}
"""Members of an option, and the types to which they apply."""


def _uses(source: BundleSource) -> Iterator[tuple[Pointer, str, str]]:
    """Yield every use of an option in ``mcp_config``: its place, its key, the whole text."""
    for pointer, text in source.texts():
        for found in _USE.finditer(text):
            yield pointer, found[1], text


def _options(plugin: Plugin) -> Iterator[tuple[BundleSource, str, JsonObject]]:
    for source in sources_of(plugin):
        for key, option in source.options.items():
            yield source, key, option


def _place(source: BundleSource, key: str, *more: str) -> Location:
    return source.place("user_config", key, *more)


@rule(
    "MB023",
    Severity.ERROR,
    "an option that is used and not declared",
    source=MEASURED,
    backed_by="D",
    why="The variable stays as text, so the server gets the letters instead of a value.",
    bad='{"args": ["${user_config.zone}"]} without user_config',
    good='{"args": ["${user_config.zone}"]} beside {"user_config": {"zone": {…}}}',
    targets=TARGETS,
)
def undeclared_bundle_option(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A text of `mcp_config` holds `${user_config.KEY}` and `user_config` has no such key."""
    del context
    for source in sources_of(plugin):
        for pointer, key, _ in _uses(source):
            if key not in source.options:
                near = values.nearest(key, source.options)
                hint = f"did you mean {near}?" if near else "declare it in user_config"
                yield undeclared_bundle_option.finding(
                    f"the option {key!r} is not declared", source.place(*pointer), hint=hint
                )


@rule(
    "MB024",
    Severity.WARNING,
    "an option that is declared and not used",
    source=SPECIFICATION,
    backed_by="B",
    why="Users are asked for something that has no effect.",
    bad='{"user_config": {"zone": {…}}} without ${user_config.zone}',
    good='{"env": {"ZONE": "${user_config.zone}"}}',
    targets=TARGETS,
)
def unused_option(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A key of `user_config` stands in no text of `mcp_config`."""
    del context
    for source, key, _ in _options(plugin):
        if source.config and key not in {used for _, used, _ in _uses(source)}:
            yield unused_option.finding(f"the option {key!r} is not used", _place(source, key))


@rule(
    "MB025",
    Severity.WARNING,
    "an optional option without default in arguments or variables",
    source=MEASURED,
    backed_by="D",
    why="When the user leaves it empty, the letters ${user_config.…} reach the server.",
    bad='{"zone": {"type": "string", "title": "Zone", "description": "…"}}',
    good='{"zone": {"type": "string", "title": "Zone", "description": "…", "default": "UTC"}}',
    targets=TARGETS,
)
def option_without_value(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An option that is used is neither required nor has a `default`."""
    del context
    for source, key, option in _options(plugin):
        used = any(key == name for _, name, _ in _uses(source))
        if used and option.get("required") is not True and "default" not in option:
            hint = "give it a default, or make it required"
            yield option_without_value.finding(f"the option {key!r} may have no value", _place(source, key), hint=hint)


@rule(
    "MB026",
    Severity.WARNING,
    "a required option with a default",
    source=MEASURED,
    backed_by="D",
    why="The default does not count as a value: the server is not started before the user enters one.",
    bad='{"zone": {"type": "string", "required": true, "default": "UTC"}}',
    good='{"zone": {"type": "string", "default": "UTC"}}',
    targets=TARGETS,
)
def required_with_default(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An option is `required` and has a `default`."""
    del context
    for source, key, option in _options(plugin):
        if option.get("required") is True and "default" in option:
            message = f"the option {key!r} is required and has a default"
            yield required_with_default.finding(message, _place(source, key, "default"))


@rule(
    "MB027",
    Severity.ERROR,
    "a list inside a longer text",
    source=MEASURED,
    backed_by="D",
    why="An option with several values becomes several arguments only when it is a whole argument; elsewhere it stays "
    "as text.",
    bad='{"args": ["--dir=${user_config.folders}"]}',
    good='{"args": ["--dir", "${user_config.folders}"]}',
    targets=TARGETS,
)
def list_in_text(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An option with `multiple` is part of a longer argument, or stands in `env` or the command."""
    del context
    for source in sources_of(plugin):
        for pointer, key, text in _uses(source):
            several = source.options.get(key, {}).get("multiple") is True
            if several and not ("args" in pointer and text == f"${{user_config.{key}}}"):
                message = f"the list {key!r} is not a whole argument"
                yield list_in_text.finding(message, source.place(*pointer))


@rule(
    "MB028",
    Severity.ERROR,
    "a default that does not fit its option",
    source=MEASURED,
    backed_by="B",
    why="The server gets a value that the user could not have entered; the official tool does not compare them.",
    bad='{"size": {"type": "number", "default": "5"}}',
    good='{"size": {"type": "number", "default": 5}}',
    targets=TARGETS,
    fix=fix_json.default_fitted,
)
def unfit_default(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A `default` is of another type, below `min` or above `max`; or `min` is above `max`."""
    del context
    for source, key, option in _options(plugin):
        for member, message in contradictions(option):
            yield unfit_default.finding(f"the option {key!r} {message}", _place(source, key, member))


@rule(
    "MB029",
    Severity.WARNING,
    "a member of an option that does not apply to its type",
    source=SPECIFICATION,
    backed_by="D",
    why="Hosts ignore it: a `sensitive` number is stored and shown like any other.",
    bad='{"size": {"type": "number", "sensitive": true}}',
    good='{"size": {"type": "number", "min": 1}}',
    targets=TARGETS,
)
def idle_option_member(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """`multiple` stands outside of directory and file, `sensitive` of string, `min` or `max` of number."""
    del context
    for source, key, option in _options(plugin):
        for member, kinds in _ONLY.items():
            if member in option and option[member] is not False and option.get("type") not in kinds:
                message = f"`{member}` does nothing in the option {key!r} of type {option.get('type')}"
                yield idle_option_member.finding(message, _place(source, key, member))


@rule(
    "MB030",
    Severity.ERROR,
    "a key of user_config that is no plain name",
    source=MEASURED,
    backed_by="D",
    why="Hosts put the key into a regular expression as it is: a dot matches anything, a bracket fails.",
    bad='{"user_config": {"time(zone": {…}}}',
    good='{"user_config": {"time_zone": {…}}}',
    targets=TARGETS,
)
def odd_option_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A key of `user_config` is not made of letters, digits and underscores."""
    del context
    for source, key, _ in _options(plugin):
        if not _KEY.match(key):
            yield odd_option_key.finding(f"the key {key!r} is no plain name", _place(source, key))


@rule(
    "MB031",
    Severity.WARNING,
    "an option that looks like a secret and is not sensitive",
    source=SPECIFICATION,
    backed_by="B",
    why="Hosts mask sensitive options and keep them in the system's store; others stand in a file.",
    bad='{"api_key": {"type": "string", "title": "Key", "description": "…"}}',
    good='{"api_key": {"type": "string", "title": "Key", "description": "…", "sensitive": true}}',
    targets=TARGETS,
    fix=fix_json.member_added("sensitive", value=True),
)
def open_secret_option(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The key of an option of type string speaks of a token, key, secret or password, and `sensitive` is not true."""
    del context
    for source, key, option in _options(plugin):
        if option.get("type") == "string" and is_secret_word(key) and option.get("sensitive") is not True:
            message = f"the option {key!r} is not marked as sensitive"
            yield open_secret_option.finding(message, _place(source, key), hint='add "sensitive": true')


@rule(
    "MB032",
    Severity.WARNING,
    "a sensitive value among the arguments",
    source=SPECIFICATION,
    backed_by="D",
    why="Every program of the machine can read the arguments of another.",
    bad='{"args": ["--token", "${user_config.token}"]}',
    good='{"env": {"ACME_TOKEN": "${user_config.token}"}}',
    targets=TARGETS,
)
def secret_argument(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """An option with `sensitive` stands in `args` or in the command."""
    del context
    for source in sources_of(plugin):
        for pointer, key, _ in _uses(source):
            if source.options.get(key, {}).get("sensitive") is True and "env" not in pointer:
                message = f"the sensitive option {key!r} is an argument"
                yield secret_argument.finding(message, source.place(*pointer), hint="pass it in env")
