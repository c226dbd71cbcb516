"""The eight steps of verification: same numbers in the code, the messages, the documentation and the vectors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import StrEnum

from plugintool.errors import VerificationError
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its number, its name, the question it answers, and what to do when the answer is no."""

    number: int
    name: str
    asks: str
    repair: str


STEPS = (
    Step(
        1,
        "signature files",
        "is there at least one signature file, are there at most eight (and as many lineage files), is each well "
        "formed, and do all signature files carry the same statement?",
        "sign the built tree or bundle (plugintool sign), or fetch the artifact again from its publisher",
    ),
    Step(
        2,
        "signature",
        "is each signature by a key of the trust policy, or by one that lineage files lead to, right, and is what it "
        "signs a statement of ours?",
        "fetch the artifact again from its publisher, or sign it again; check that the trust policy pins the "
        "publisher's current key",
    ),
    Step(
        3,
        "chain",
        "does the signer's certificate lead to a root of the trust policy?",
        "check the publisher's certificates and, with the publisher, the roots in the trust policy",
    ),
    Step(
        4,
        "time",
        "was the signer's certificate valid when the artifact was signed, and is that time proven where it must be?",
        "ask the publisher to sign again with a valid certificate, and with a timestamp (sign --timestamp-url)",
    ),
    Step(
        5,
        "revocation",
        "has no signing key, no certificate and not the content been revoked?",
        "install a release that the publisher signed with another key, or a later release",
    ),
    Step(
        6,
        "trust policy",
        "may these signers still sign a plugin of this name and kind, are they enough, and is the release new enough?",
        "ask the administrator to add the key or the scope to the trust policy, or ask the publisher for the missing "
        "signature",
    ),
    Step(
        7,
        "content",
        "are the files exactly those of the signed record?",
        "fetch the artifact again from its publisher; after a wanted change build and sign again",
    ),
    Step(
        8,
        "inventory rules",
        "does the plugin do only what the trust policy allows plugins to do?",
        "ask the administrator to allow it, or the publisher to leave it out",
    ),
)
"""In the order in which they are taken; 1 to 6 authenticate, 7 and 8 materialise."""


class StepStatus(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_CONFIGURED = "not configured"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One line of the ladder; ``detail`` says what was found, in one line."""

    number: int
    name: str
    status: StepStatus
    detail: str = ""

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"number": self.number, "name": self.name, "status": self.status.value, "detail": self.detail}


class Audit:
    """Where a step that a policy of level ``audit`` only reports goes when it fails; at other levels it raises."""

    def __init__(self, *, only_reports: bool) -> None:
        self._only_reports = only_reports
        self._reported: list[VerificationError] = []

    def fail(self, error: VerificationError) -> None:
        """Raise ``error``, or remember it."""
        if not self._only_reports:
            raise error
        self._reported.append(error)

    def reported(self, *steps: int) -> tuple[str, ...]:
        """Return the messages of what was remembered, of these steps or of all."""
        return tuple(error.message for error in self._reported if not steps or error.step in steps)

    def line(self, step: int, good: str) -> tuple[StepStatus, str]:
        """Return how a step ended that may have been reported only, and what the ladder says of it."""
        reported = self.reported(step)
        if reported:
            return StepStatus.FAILED, f"{'; '.join(reported)} (reported only: level audit)"
        return StepStatus.OK, good


@dataclass(slots=True)
class Ladder:
    """What became of each step so far; the verifier writes it, whoever asked reads it afterwards."""

    _results: dict[int, StepResult] = field(default_factory=dict)

    def note(self, number: int, status: StepStatus, detail: str = "") -> None:
        """Set the result of one step."""
        self._results[number] = StepResult(number, STEPS[number - 1].name, status, detail)

    @property
    def results(self) -> tuple[StepResult, ...]:
        """All eight lines; steps without a result are ``not reached``."""
        return tuple(
            self._results.get(step.number, StepResult(step.number, step.name, StepStatus.NOT_REACHED)) for step in STEPS
        )

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Note the step of a ``VerificationError`` that passes through as failed."""
        try:
            yield
        except VerificationError as error:
            self.note(error.step, StepStatus.FAILED, error.message)
            raise
