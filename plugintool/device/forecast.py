"""Say on which day what will stop being valid, and what then: the real verifier is asked at each such moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from plugintool.device.artifact import find_artifacts
from plugintool.device.endings import Ending, find_endings
from plugintool.device.inventory import take_inventory
from plugintool.device.revocation_lists import read_lists
from plugintool.device.verify import load_trust_policy
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.report import Report, collect
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge

COMMAND = "verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What will become of one artifact that is verified now."""

    artifact: str
    endings: tuple[Ending, ...]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"artifact": self.artifact, "endings": [ending.as_json() for ending in self.endings]}


def forecast(
    paths: Iterable[Path], *, trust_policy: Path, now: dt.datetime, lists: Iterable[Path] = ()
) -> Report[Forecast]:
    """Verify each artifact now, and again just after the end of each certificate and list that is at hand.

    Args:
        paths: the artifacts; a directory of them means all.
        trust_policy: its file; revocation lists in ``crls`` beside it count.
        now: the moment from which to look ahead.
        lists: further revocation lists.

    Raises:
        MissingPathError: the trust policy cannot be read.
        TrustPolicyError: it cannot be used.
    """
    judge = Judge(load_trust_policy(trust_policy), Circumstances(now, read_lists(trust_policy, lists)), take_inventory)
    artifacts = [str(artifact) for path in paths for artifact in find_artifacts(path)]
    return collect(COMMAND, artifacts, lambda artifact: _look_ahead(Path(artifact), judge))


def _look_ahead(artifact: Path, judge: Judge) -> Forecast:
    return Forecast(artifact=str(artifact), endings=find_endings(artifact, judge))
