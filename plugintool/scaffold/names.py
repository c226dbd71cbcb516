"""Which answers a scaffold accepts: names, authors, descriptions and addresses.

A name must work for every consumer: directory, command, cache, archive, marketplace. The reserved names are those that
claude 2.1.330 refuses or warns about; the pattern is the part on which all readers agree.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from plugintool.errors import ConfigError, Detail, UnsafePathError
from plugintool.frozen import dataclass
from plugintool.relpath import RelPath

NAME_CHARACTERS = 64
"""Longest name: the limit of the Agent Skills format, the smallest among the readers."""
DESCRIPTION_CHARACTERS = 1024
"""Longest description of a skill in the Agent Skills format; longer ones are cut or refused."""
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_RESERVED_PREFIX = re.compile(r"(?:claude|anthropics?|cc-plugin)(?:-|\Z)")
_BRANDS = frozenset({"claude", "anthropic", "anthropics"})
_AUTHOR = re.compile(r"(?P<name>[^<>]*?)\s*(?:<(?P<email>[^\s<>@]+@[^\s<>@]+)>)?\s*\Z")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Author:
    """The ``author`` of a plugin manifest; ``email`` may be empty."""

    name: str
    email: str = ""


def check_name(raw: str, *, what: str) -> str:
    """Return ``raw`` when it can name a plugin or a component; ``what`` says which, for the message.

    Raises:
        ConfigError: with a name that would be accepted as ``hint``, where there is one.
    """
    problem = _problem_of(raw)
    if not problem:
        return raw
    suggestion = suggest_name(raw)
    detail: Detail = {}
    if suggestion:
        detail["hint"] = f"call it {suggestion}"
    raise ConfigError(f"not a usable name for {what}: {problem}", **detail)


def suggest_name(raw: str) -> str:
    """Return a usable name that resembles ``raw``; empty when nothing is left of it."""
    plain = unicodedata.normalize("NFKD", raw).encode("ascii", "ignore").decode()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "-", plain).lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", words) if part and part not in _BRANDS]
    name = "-".join(parts).removeprefix("cc-plugin-")[:NAME_CHARACTERS].rstrip("-")
    return "" if _problem_of(name) else name


def title_of(name: str) -> str:
    """Return a name as words: ``code-reviewer`` is ``Code reviewer``."""
    return name.replace("-", " ").capitalize()


def parse_author(raw: str) -> Author:
    """Read ``Name`` or ``Name <mail@host>``.

    Raises:
        ConfigError: there is no name, the address is none, or a character is invisible.
    """
    match = _AUTHOR.match(raw)
    if match is None or not match["name"].strip() or _has_control(raw):
        raise ConfigError("not an author", field="--author", expected="Name or 'Name <mail@host>'", found=raw)
    return Author(match["name"].strip(), match["email"] or "")


def check_description(raw: str) -> str:
    """Return ``raw`` when it is one line that every reader of front matter takes whole.

    Raises:
        ConfigError: it is empty, too long, has a line break, markup or ``---``, which would end the front matter.
    """
    text = raw.strip()
    problem = ""
    if not text or _has_control(text):
        problem = "it must be one line of visible text"
    elif len(text) > DESCRIPTION_CHARACTERS:
        problem = f"it has {len(text)} characters, more than {DESCRIPTION_CHARACTERS}"
    elif "---" in text:
        problem = "'---' ends the front matter wherever it stands"
    elif "<" in text or ">" in text:
        problem = "it holds markup, which readers drop or refuse"
    if problem:
        raise ConfigError(f"not a usable description: {problem}", field="--description")
    return text


def check_url(raw: str, *, field: str) -> str:
    """Return ``raw`` when it can be the address of a remote MCP server; ``field`` is the option it came from.

    A text with a variable (``${VAR}``) is taken as it is: only the app knows its value.

    Raises:
        ConfigError: it is no absolute https address (http only on this machine), or holds credentials.
    """
    problem = "it holds blanks or control characters" if _has_control(raw) or " " in raw else ""
    if not problem and "${" not in raw:
        problem = _url_problem(raw)
    if problem:
        raise ConfigError(f"not a usable address of an MCP server: {problem}", field=field, found=raw)
    return raw


def _url_problem(raw: str) -> str:
    try:
        parts = urlsplit(raw)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return str(error).lower()
    if parts.scheme not in {"http", "https"} or not host:
        return "it must begin with https:// and name a host"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "http is not encrypted; use https for every host but this machine"
    if parts.username is not None or parts.password is not None:
        return "it holds credentials, which everybody who gets the plugin could read"
    return ""


def _problem_of(name: str) -> str:
    if not _KEBAB.match(name):
        return "it must be lower-case letters and digits, in words joined by single hyphens"
    if len(name) > NAME_CHARACTERS:
        return f"it has {len(name)} characters, more than {NAME_CHARACTERS}"
    if _RESERVED_PREFIX.match(name) or _BRANDS & set(name.split("-")):
        return "names that read as Anthropic's own are reserved"
    try:
        RelPath(name)
    except UnsafePathError as error:
        return error.message.removeprefix("unsafe path: ")
    return ""


def _has_control(text: str) -> bool:
    """Whether a character is a control, format, surrogate, private or unassigned one, or a line or paragraph end."""
    return any(unicodedata.category(char)[0] == "C" or unicodedata.category(char) in {"Zl", "Zp"} for char in text)
