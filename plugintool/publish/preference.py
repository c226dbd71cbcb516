"""What a fleet does with the plugins of a marketplace; apart, so that the command line can list it at once."""

from __future__ import annotations

from enum import StrEnum


class Preference(StrEnum):
    """``installationPreference`` of the desktop app; all but the first need a pin (since app 1.46388.1)."""

    AVAILABLE = "available"
    AUTO_INSTALL = "auto_install"
    REQUIRED = "required"
