"""Paths that a manifest or a command line names, resolved inside the tree."""

from __future__ import annotations

import re

from plugintool.pattern import pattern

_ROOT = pattern(r"\$\{CLAUDE_PLUGIN_ROOT\}")
_WORD = pattern(r"[\"']?((?:/[^\s\"'`;|&<>()$]*)?)")


def resolve(text: str) -> str | None:
    """Return the path below the plugin that a ``./`` path means, without final slash; an empty text is the root.

    None when it is no such path: absolute, without ``./``, with a ``..`` segment or a backslash.
    """
    if text in {".", "./"}:
        return ""
    if not text.startswith("./") or "\\" in text:
        return None
    segments = [segment for segment in text.split("/") if segment not in {"", "."}]
    return None if ".." in segments else "/".join(segments)


def plugin_targets(text: str, *, shell: bool) -> list[str]:
    """Return what ``${CLAUDE_PLUGIN_ROOT}/…`` names in a text, as written below the root.

    Args:
        text: a command or an argument.
        shell: a shell splits it, so a path ends at a blank unless it stands in quotes.
    """
    return [target for found in _ROOT.finditer(text) if (target := _target(text, found, shell=shell).strip("/"))]


def _target(text: str, found: re.Match[str], *, shell: bool) -> str:
    before, rest = text[: found.start()][-1:], text[found.end() :]
    if before in {'"', "'"} and before in rest and not rest.startswith(before):
        rest = rest[: rest.index(before)]
        return rest if rest.startswith("/") and "$" not in rest else ""
    if not shell:
        return rest if rest.startswith("/") and "$" not in rest and not before.strip() else ""
    word = _WORD.match(rest)
    return word[1] if word else ""


def normalise(target: str) -> str | None:
    """Return ``target`` without ``.`` and inner ``..`` segments; None when it leaves the plugin."""
    result: list[str] = []
    for segment in target.split("/"):
        if segment == "..":
            if not result:
                return None
            result.pop()
        elif segment not in {"", "."}:
            result.append(segment)
    return "/".join(result)
