"""PT024, PT025: paths and variables in commands that mean something else where the command runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugintool.jsontext import JsonValue, Pointer
from plugintool.lint import known
from plugintool.lint.entries import Entry, runs_of
from plugintool.lint.fix_json import Spot, rewritten
from plugintool.lint.known import KNOWN_UP_TO, docs_of_client, near_miss
from plugintool.lint.rule import Context, rule
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.plugin.paths import normalise
from plugintool.report import Finding, Severity

_ENVIRONMENT = docs_of_client("plugins-reference", "environment variables")
_TEXT_MAX = 20_000
"""Characters of one command that are looked at."""
_HOME = pattern(r"(?<![\w/.-])(?:/Users/|/home/|[A-Za-z]:[\\/]Users[\\/])[\w.-]{1,60}")
_WORD = pattern(r"[^\s\"';|&<>()]{1,300}")
_WORDS_MAX = 200
_BRACED = pattern(r"\$\{(CLAUDE_[A-Z0-9_]{1,60}|__dirname)[}:]")
_BARE_ROOT = pattern(r"\$CLAUDE_PLUGIN_(?:ROOT|DATA)\b")


def _by_shell(spot: Spot) -> bool:
    """Whether a shell reads the text: the command of a hook without ``args``, or that of a monitor."""
    entry = spot.parent
    if spot.key != "command" or not isinstance(entry, dict) or "args" in entry:
        return False
    return entry.get("type") == "command" or "description" in entry


def _below_root(spot: Spot) -> JsonValue:
    """Put the plugin's root before the relative paths of its files."""

    def change(word: re.Match[str]) -> str:
        target = _own_file(spot.plugin, word[0])
        root = '"${CLAUDE_PLUGIN_ROOT}"' if _by_shell(spot) else "${CLAUDE_PLUGIN_ROOT}"
        return f"{root}/{target}" if target else word[0]

    text = spot.value
    if not isinstance(text, str) or _HOME.search(text) or (_by_shell(spot) and re.search(r"[\"'`\\]", text)):
        return None
    return _WORD.sub(change, text[:_TEXT_MAX]) + text[_TEXT_MAX:]


def _filled_in(spot: Spot) -> JsonValue:
    """Write a variable as it is filled in, where it can only mean one."""

    def change(found: re.Match[str]) -> str:
        name = found[1]
        meant = "CLAUDE_PLUGIN_ROOT" if name == "__dirname" else known.sole_near_miss(name, known.VARIABLES)
        return found[0].replace(name, meant) if meant and not _is_known(name) else found[0]

    if not isinstance(spot.value, str):
        return None
    text = _BRACED.sub(change, spot.value)
    return text if _by_shell(spot) else _BARE_ROOT.sub(lambda bare: f"${{{bare[0][1:]}}}", text)


def _is_known(name: str) -> bool:
    return name in known.VARIABLES or name.startswith(known.VARIABLE_PREFIXES)


def _own_file(plugin: Plugin, word: str) -> str:
    """The file of the plugin that a relative path in a command names; an empty text when it names none."""
    if "/" not in word or word.startswith(("/", "$", "~", "-")):
        return ""
    target = normalise(word)
    return target if target and target in plugin.files else ""


def _run_texts(entry: Entry) -> Iterator[tuple[Pointer, str]]:
    """The command and its arguments."""
    args = entry.fields.get("args")
    if entry.text("command"):
        yield ("command",), entry.text("command")[:_TEXT_MAX]
    for index, item in enumerate(args if isinstance(args, list) else ()):
        if isinstance(item, str):
            yield ("args", index), item[:_TEXT_MAX]


@rule(
    "PT024",
    Severity.WARNING,
    "a path that only exists on the author's machine",
    source=_ENVIRONMENT,
    backed_by="D",
    why="Hooks and servers run in the user's project, not in the plugin: the file is not found there.",
    bad='{"type": "command", "command": "./hooks/check.sh"}',
    good='{"type": "command", "command": "\\"${CLAUDE_PLUGIN_ROOT}\\"/hooks/check.sh"}',
    fix=rewritten(_below_root),
)
def path_of_author(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A command or argument names a file of the plugin by a relative path, or a path in somebody's home directory."""
    del context
    for entry, _ in runs_of(plugin):
        if "cwd" in entry.fields:
            continue
        for pointer, text in _run_texts(entry):
            message, hint = _path_flaw(plugin, text)
            if message:
                yield path_of_author.finding(message, entry.place(plugin, *pointer), hint=hint)


def _path_flaw(plugin: Plugin, text: str) -> tuple[str, str]:
    home = _HOME.search(text)
    if home:
        return f"the path {home[0]} is a directory of one machine", "use ${CLAUDE_PLUGIN_ROOT} or ${CLAUDE_PLUGIN_DATA}"
    if re.search(r"\bcd\s+\S{0,3}\$\{?CLAUDE_PLUGIN_ROOT", text):
        return "", ""
    for word in _WORD.findall(text)[:_WORDS_MAX]:
        target = _own_file(plugin, word)
        if target:
            return f"the path {word} is not there in the user's project", f"write ${{CLAUDE_PLUGIN_ROOT}}/{target}"
    return "", ""


@rule(
    "PT025",
    Severity.WARNING,
    "a variable that is not filled in",
    source=_ENVIRONMENT,
    backed_by="D",
    why="The text reaches the program as it stands, or empty, and the file is not found.",
    bad='{"command": "node", "args": ["$CLAUDE_PLUGIN_ROOT/server.js"]}',
    good='{"command": "node", "args": ["${CLAUDE_PLUGIN_ROOT}/server.js"]}',
    fix=rewritten(_filled_in),
)
def variable_not_filled_in(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """Report a variable that is not filled in.

    `$CLAUDE_PLUGIN_ROOT` without braces stands where no shell reads it, `${CLAUDE_…}` is none that clients know, or
    `${__dirname}`, which only bundles have, stands in a hook or server.
    """
    del context
    for entry, by_shell in runs_of(plugin):
        for pointer, text in entry.texts():
            shell = by_shell and pointer == ("command",)
            for message, hint in _variable_flaws(text[:_TEXT_MAX], by_shell=shell):
                yield variable_not_filled_in.finding(message, entry.place(plugin, *pointer), hint=hint)


def _variable_flaws(text: str, *, by_shell: bool) -> Iterator[tuple[str, str]]:
    if "$" not in text:
        return
    bare = None if by_shell else _BARE_ROOT.search(text)
    if bare:
        yield f"{bare[0]} is filled in by a shell only", f"write ${{{bare[0][1:]}}}"
    for name in dict.fromkeys(_BRACED.findall(text)):
        if name == "__dirname":
            yield "${__dirname} is filled in inside of bundles only", "write ${CLAUDE_PLUGIN_ROOT}"
        elif not _is_known(name) and f"{name}=" not in text:
            near = near_miss(name, sorted(known.VARIABLES))
            if by_shell and not near and not name.startswith("CLAUDE_PLUGIN_"):
                continue  # a variable of the user's own
            yield f"${{{name}}} is no variable of the client", f"did you mean {near}?" if near else KNOWN_UP_TO
