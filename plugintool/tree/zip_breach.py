"""Broken rules as values, and what is done about them: reading stops at the first, a survey writes all of them down."""

from __future__ import annotations

from typing import NoReturn

from plugintool import limits
from plugintool.errors import ArchiveError, LimitExceededError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.tree.zip_profile import repair_of


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken rule of docs/reference/archives.md or docs/reference/paths.md.

    Attributes:
        rule: its number, C01 to C32.
        message: what is wrong, without the number.
        entry: the entry that it is about, as text, escaped where needed; empty for the archive as a whole.
    """

    rule: str
    message: str
    entry: str = ""

    @property
    def text(self) -> str:
        """The message with its number."""
        return f"{self.message} ({self.rule})"

    @property
    def repair(self) -> str:
        """What to do about it."""
        return repair_of(self.rule)

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"rule": self.rule, "message": self.message, "entry": self.entry, "repair": self.repair}

    def as_error(self) -> ArchiveError | LimitExceededError:
        """Return the error that says the same."""
        if self.rule == "C25":
            error: ArchiveError | LimitExceededError = LimitExceededError(self.text, hint=self.repair)
        else:
            error = ArchiveError(self.text, rule=self.rule, hint=self.repair)
        if self.entry:  # an empty name says nothing; then the archive itself is named
            error.detail["path"] = self.entry
        return error

    @classmethod
    def of(cls, error: ArchiveError | LimitExceededError) -> Breach:
        """Return the value of an error that was made of one."""
        rule = error.rule if isinstance(error, ArchiveError) else "C25"
        return cls(rule, error.message.removesuffix(f" ({rule})"), error.detail.get("path", ""))


class HaltError(Exception):
    """A survey cannot go on: what follows would be read at a place that nobody knows. Never leaves ``tree``."""


class Ledger:
    """Takes broken rules.

    Attributes:
        breaches: those of a survey, at most ``limits.FINDINGS_PER_RULE`` of them.
        omitted: how many more there were.
    """

    def __init__(self, *, is_survey: bool) -> None:
        self.is_survey = is_survey
        self.breaches: list[Breach] = []
        self.omitted = 0
        self._seen: set[Breach] = set()

    def note(self, rule: str, message: str, entry: str = "") -> None:
        """Write a broken rule down, and go on.

        Raises:
            ArchiveError, LimitExceededError: this is no survey.
        """
        breach = Breach(rule, message, entry)
        if not self.is_survey:
            raise breach.as_error()
        if breach in self._seen:  # both headers of an entry can break the same rule in the same way
            return
        self._seen.add(breach)
        if len(self.breaches) < limits.FINDINGS_PER_RULE:
            self.breaches.append(breach)
        else:
            self.omitted += 1

    def stop(self, rule: str, message: str, entry: str = "") -> NoReturn:
        """Take a broken rule after which nothing can be read.

        Raises:
            ArchiveError, LimitExceededError: this is no survey.
            HaltError: it is one.
        """
        self.note(rule, message, entry)
        raise HaltError
