"""``Fate``: what a build does with one entry of a source tree, and why."""

from __future__ import annotations

from collections.abc import Iterable

from plugintool.build.ignore import INVALID_HINTS, INVALID_REASONS, OMIT_REASONS
from plugintool.errors import BuildError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject

INCLUDED, OMITTED, INVALID = "included", "omitted", "invalid"
INCLUDE_REASONS = {
    "source": "",
    "kept": "a pattern of the project file or an option keeps it",
    "named": "in the folder of another tool, but the plugin manifest names it",
    "link": "a copy of what a symbolic link inside the plugin leads to",
    "generated": "written by plugintool",
    "built-bundle": "an MCP bundle, built from its directory",
}
"""Code of each way into a build, and what it says."""
_TEXTS = {**INCLUDE_REASONS, **OMIT_REASONS, **INVALID_REASONS}


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one entry.

    Attributes:
        path: relative to the plugin; as found, so it may be unsafe to print.
        fate: ``included``, ``omitted`` or ``invalid``.
        reason: a code of ``INCLUDE_REASONS``, ``OMIT_REASONS`` or ``INVALID_REASONS``.
        rule: the pattern with its origin, or the detail.
        size: bytes; 0 where there are none, and for a bundle, whose size is known when it is built.
    """

    path: str
    fate: str
    reason: str
    rule: str = ""
    size: int = 0

    @property
    def why(self) -> str:
        """The reason in words, with the rule behind it."""
        return ": ".join(text for text in (_TEXTS[self.reason], self.rule) if text)

    @property
    def hint(self) -> str:
        """What to do about an invalid entry."""
        return INVALID_HINTS.get(self.reason, "").format(path=self.path)

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {
            "path": self.path,
            "fate": self.fate,
            "reason": self.reason,
            "rule": self.rule,
            "size": self.size,
        }


def fates_at(fates: Iterable[Fate], path: str) -> list[Fate]:
    """Return the fates of one path, or of everything below it."""
    wanted = path.strip("/").removeprefix("./")
    return [fate for fate in fates if fate.path == wanted or fate.path.startswith(f"{wanted}/")]


def refuse_invalid(fates: Iterable[Fate]) -> None:
    """Do nothing when there are none.

    Raises:
        BuildError: with every invalid entry in ``problems``.
    """
    invalid = list(fates)
    if not invalid:
        return
    hints = list(dict.fromkeys(fate.hint for fate in invalid if fate.hint))
    raise BuildError(
        f"{len(invalid)} {'entry' if len(invalid) == 1 else 'entries'} of the plugin cannot be built",
        problems=tuple(f"{fate.path}: {fate.why} [{fate.reason}]" for fate in invalid),
        hint="; ".join(hints),
    )
