"""Say where everything is on this device."""

from __future__ import annotations

import os
from pathlib import Path

from plugintool.frozen import dataclass
from plugintool.install.layout import Layout
from plugintool.jsontext import JsonObject
from plugintool.report import Outcome, Report

COMMAND = "device paths"


@dataclass(frozen=True, slots=True)
class Place:
    """One place: what it is, where it is, whether something is there."""

    purpose: str
    path: Path
    exists: bool


@dataclass(frozen=True, slots=True)
class Places:
    """All places of one device, and how versions are switched there."""

    platform: str
    mode: str
    places: tuple[Place, ...]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        places: JsonObject = {place.purpose: {"path": str(place.path), "exists": place.exists} for place in self.places}
        return {"platform": self.platform, "mode": self.mode, "places": places}


def show_paths(layout: Layout) -> Report[Places]:
    """Return the places; nothing is checked."""
    purposes = {
        "org_plugins": layout.org_plugins,
        "state": layout.state,
        "trust_policy": layout.trust_policy,
        "revocation_lists": layout.revocation_lists,
        "lineages": layout.lineages,
        "seen": layout.seen,
        "receipts": layout.receipts,
        "store": layout.store,
        "staging": layout.staging,
        "journal": layout.journal,
        "lock": layout.lock,
    }
    places = tuple(Place(purpose, path, os.path.lexists(path)) for purpose, path in purposes.items())
    return Report(COMMAND, (Outcome(subject="", value=Places(layout.platform, layout.mode, places)),))
