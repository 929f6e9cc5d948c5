"""The capacity planner: which questions there are about more tables, a slot or a day."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from matchmaker.errors import N_, Invalid

MOST_TABLES = 500


class PlanKind(enum.StrEnum):
    """What there would be more of."""

    PLACES = "places"
    SLOT = "slot"
    DAY = "day"


class NothingToCopy(Invalid):
    """The schedule knows no such place, slot or day."""

    message = N_("This round knows no such place, slot or day. Start a new round first.")


def check_plan(kind: PlanKind, *, count: int, subject: int) -> dict[str, Any]:
    """The arguments of a plan: `subject` is a place, a slot or a day's ordinal; raises Invalid."""
    if not 1 <= count <= MOST_TABLES:
        raise Invalid(N_("Write a number between 1 and %(most)s."), field="count", most=MOST_TABLES)
    return {"kind": kind.value, "count": count, "subject": subject}


def day_of(ordinal: int) -> dt.date:
    """The date of a problem's day."""
    return dt.date.fromordinal(ordinal)
