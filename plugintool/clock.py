"""The one place that reads the clock; everywhere else time is an argument."""

from __future__ import annotations

import datetime as dt
import re

from plugintool.pattern import pattern

_RFC_3339 = pattern(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?\Z", re.ASCII)
"""RFC 3339, and its date alone or without seconds or offset; ``fromisoformat`` takes week dates and more."""


def utc_now() -> dt.datetime:
    """Return the present moment as an aware datetime in UTC, cut to whole seconds."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)  # noqa: TID251 - this is the port


def parse_utc(text: str) -> dt.datetime:
    """Return the moment that an RFC 3339 text names, in UTC; a text without offset is taken as UTC.

    Raises:
        ValueError: the text is no RFC 3339 date or time, or lies outside the years 1 to 9999.
    """
    if not _RFC_3339.match(text):
        raise ValueError(f"{text!r} is no date or time of the form 2026-11-24T15:04:05Z")
    moment = dt.datetime.fromisoformat(text.upper())
    try:
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(f"{text!r} lies outside the years 1 to 9999") from None


def format_utc(moment: dt.datetime) -> str:
    """Return an aware moment as ``2026-11-24T15:04:05Z``; parts of a second are cut off."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
