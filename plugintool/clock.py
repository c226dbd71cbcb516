"""The one place that reads the clock; everywhere else time is an argument."""

from __future__ import annotations

import datetime as dt


def utc_now() -> dt.datetime:
    """Return the present moment as an aware datetime in UTC, cut to whole seconds."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)  # noqa: TID251 - this is the port


def parse_utc(text: str) -> dt.datetime:
    """Return the moment that an RFC 3339 text names, in UTC; a text without offset is taken as UTC.

    Raises:
        ValueError: the text is no RFC 3339 date or time.
    """
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def format_utc(moment: dt.datetime) -> str:
    """Return ``2026-11-24T15:04:05Z``."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
