"""What a round found for the sessions whose seats it gives, as it is kept with the round, by ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PlannedSeat:
    """A participation's delegate at a session; `is_kept`: the seat was given before this round."""

    participation_id: int
    delegate_id: int
    is_kept: bool = False


@dataclass(frozen=True)
class PlannedSession:
    """When and where a session is held, who hosts it, who has a seat, who wished and has none and why.

    code     why it is not held; empty when it is
    without  (participation, code): see web/session_words.py for both kinds of codes
    """

    session_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    place_id: int | None = None
    host: PlannedSeat | None = None
    guests: tuple[PlannedSeat, ...] = ()
    without: tuple[tuple[int, str], ...] = ()
    code: str = ""

    @property
    def is_held(self) -> bool:
        """Whether the round holds it."""
        return not self.code

    @property
    def seats(self) -> tuple[PlannedSeat, ...]:
        """The host's and the guests'."""
        return (*((self.host,) if self.host else ()), *self.guests)

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the round."""
        return {
            "session_id": self.session_id,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "place_id": self.place_id,
            "host": None if self.host is None else _seat_out(self.host),
            "guests": [_seat_out(seat) for seat in self.guests],
            "without": [list(entry) for entry in self.without],
            "code": self.code,
        }


def read_session_plan(figures: Mapping[str, Any]) -> list[PlannedSession]:
    """What was planned, from a round's figures; empty for rounds from before there was such a plan."""
    return [
        PlannedSession(
            session_id=kept["session_id"],
            starts_at=dt.datetime.fromisoformat(kept["starts_at"]),
            ends_at=dt.datetime.fromisoformat(kept["ends_at"]),
            place_id=kept["place_id"],
            host=None if kept["host"] is None else PlannedSeat(*kept["host"]),
            guests=tuple(PlannedSeat(*seat) for seat in kept["guests"]),
            without=tuple((number, code) for number, code in kept["without"]),
            code=kept["code"],
        )
        for kept in figures.get("session_plan", ())
    ]


def figures_of_sessions(planned: Sequence[PlannedSession]) -> dict[str, Any]:
    """The plan and its counts for a round's figures; nothing where no session has seats by the round."""
    if not planned:
        return {}
    held = [one for one in planned if one.is_held]
    return {
        "session_plan": [one.to_json() for one in planned],
        "sessions": len(planned),
        "sessions_held": len(held),
        "seats_given": sum(len(one.guests) for one in held),
        "seats_refused": sum(len(one.without) for one in planned),
    }


def people_in(planned: Iterable[PlannedSession]) -> set[int]:
    """The participations that a plan names."""
    found = set[int]()
    for one in planned:
        found |= {seat.participation_id for seat in one.seats} | {number for number, _ in one.without}
    return found


def _seat_out(seat: PlannedSeat) -> list[Any]:
    return [seat.participation_id, seat.delegate_id, seat.is_kept]
