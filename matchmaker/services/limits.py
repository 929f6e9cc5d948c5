"""How many meetings a participation may have, and the pause between them."""

from __future__ import annotations

from dataclasses import dataclass

from matchmaker.errors import N_
from matchmaker.models import Event, Group, Participation

LONGEST_PAUSE = 480
"""Minutes."""

PAUSE_RANGE = N_("Write whole minutes, from 0 to %(most)s, or leave it empty.")


@dataclass(frozen=True)
class Limits:
    """How many meetings a participation may have: its own figures, else its group's, else the event's.

    `pause` is how many minutes a person who sits for it has free between two meetings.
    """

    minimum: int
    maximum: int | None
    per_day: int | None
    in_a_row: int | None
    pause: int = 0


def limits_of(event: Event, group: Group, participation: Participation) -> Limits:
    """The limits that count for a participation."""
    return Limits(
        minimum=_first(participation.minimum, group.minimum, event.minimum) or 0,
        maximum=_first(participation.maximum, group.maximum, event.maximum),
        per_day=_first(participation.per_day, event.per_day),
        in_a_row=_first(participation.in_a_row, event.in_a_row),
        pause=_first(participation.pause, event.pause) or 0,
    )


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
