"""Moments are read strictly and written in one form."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from plugintool.clock import format_utc, parse_utc, utc_now


def test_now_is_aware_and_whole() -> None:
    """The present in UTC, without a fraction."""
    now = utc_now()
    assert now.tzinfo is dt.UTC
    assert now.microsecond == 0
    assert abs(now.timestamp() - time.time()) < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T15:04:05Z", "2026-11-24T15:04:05Z"),
        ("2026-11-24t15:04:05z", "2026-11-24T15:04:05Z"),
        ("2026-11-24 15:04:05Z", "2026-11-24T15:04:05Z"),
        ("2026-11-24T15:04:05", "2026-11-24T15:04:05Z"),
        ("2026-11-24T15:04", "2026-11-24T15:04:00Z"),
        ("2026-11-24", "2026-11-24T00:00:00Z"),
        ("2026-11-24T15:04:05+02:00", "2026-11-24T13:04:05Z"),
        ("2026-11-24T23:04:05-02:30", "2026-11-25T01:34:05Z"),
        ("2026-11-24T15:04:05.999999Z", "2026-11-24T15:04:05Z"),
        ("2026-11-24T15:04:05.123456789Z", "2026-11-24T15:04:05Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
    ],
)
def test_reads_and_writes(text: str, expected: str) -> None:
    """Every form of RFC 3339, and its date alone, comes out in the one form."""
    moment = parse_utc(text)
    assert moment.tzinfo is dt.UTC
    assert format_utc(moment) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "20261124",
        "2026-W48-2",
        "2026-11-24T15",
        "2026-11-24T150405Z",
        "2026-11-24T15:04:05+0200",
        "2026-11-24T15:04:05+02",
        "2026-11-24X15:04:05Z",
        "2026-11-24T15:04:05Z\n",
        " 2026-11-24",
        "2026-13-01",
        "2026-02-29",
        "2026-11-24T25:00:00Z",
        "2026-11-24T15:04:61Z",
        "2026-11-24T15:04:05+99:00",
        "٢٠٢٦-11-24",
        "0000-01-01",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_refuses_what_is_no_moment(text: str) -> None:
    """Only ``ValueError`` comes out, also for moments before year 1 and after 9999."""
    with pytest.raises(ValueError):
        parse_utc(text)


def test_format_converts_and_cuts() -> None:
    """Another zone is converted, microseconds are dropped."""
    zone = dt.timezone(dt.timedelta(hours=-5))
    assert format_utc(dt.datetime(2026, 11, 24, 22, 0, 0, 999999, tzinfo=zone)) == "2026-11-25T03:00:00Z"


def test_round_trip_of_now() -> None:
    """What was written is read back as the same moment."""
    now = utc_now()
    assert parse_utc(format_utc(now)) == now
