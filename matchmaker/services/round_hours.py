"""What an hour costs the person who sits in it: nothing in comfortable hours of the own zone, more beyond."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

COMFORTABLE_FROM = 9 * 60
COMFORTABLE_UNTIL = 17 * 60
"""Minutes of the own day in which a meeting costs nobody anything."""

MOST = 240
"""Thousandths that the worst hour costs: a quarter of a perfect meeting."""


def discomfort(starts_at: dt.datetime, ends_at: dt.datetime, zone: str) -> int:
    """Thousandths: one per minute that the meeting lies before or after comfortable hours, `MOST` at most.

    Hours in which a person is not available at all are forbidden and cost nothing here.
    """
    clock = ZoneInfo(zone)
    start, end = starts_at.astimezone(clock), ends_at.astimezone(clock)
    first = start.hour * 60 + start.minute
    last = first + round((ends_at - starts_at).total_seconds() / 60)
    early, late = COMFORTABLE_FROM - first, last - COMFORTABLE_UNTIL
    away = max(early, late, 0) if end.date() == start.date() else MOST
    return min(MOST, away)


def costs_of(slots: Sequence[tuple[dt.datetime, dt.datetime]], zone: str) -> tuple[int, ...]:
    """What each of these times costs somebody in the zone; empty when none costs anything."""
    costs = tuple(discomfort(start, end, zone) for start, end in slots)
    return costs if any(costs) else ()
