"""What an organiser reviews of a round's sessions: held or not and why, who sits, who does not and why."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import EventSession, Place, Round, SessionKind
from matchmaker.services.round_review import names_of
from matchmaker.services.session_plan import PlannedSession, people_in, read_session_plan


@dataclass(frozen=True)
class PlannedLine:
    """A session of a round's plan with its names; `guests` and `without` by name."""

    plan: PlannedSession
    title: str
    kind: SessionKind
    seats: int
    least: int
    place: str
    host: str
    guests: tuple[tuple[str, bool], ...]
    """name, and whether the seat was given before this round"""
    without: tuple[tuple[str, str], ...]
    """name, and the code why"""


def read_planned_sessions(session: Session, *, round_: Round) -> list[PlannedLine]:
    """The round's sessions in order of time, the held ones first; those deleted since are left out."""
    plan = read_session_plan(round_.figures)
    if not plan:
        return []
    rows = {
        row.id: row
        for row in session.scalars(sa.select(EventSession).where(EventSession.event_id == round_.event_id))
    }
    names = names_of(session, people_in(plan))
    places = dict(
        session.execute(sa.select(Place.id, Place.name).where(Place.event_id == round_.event_id)).all()
    )
    found = []
    for one in sorted(plan, key=lambda one: (not one.is_held, one.starts_at, one.session_id)):
        row = rows.get(one.session_id)
        if row is None:
            continue
        guests = ((names.get(seat.participation_id, "?"), seat.is_kept) for seat in one.guests)
        without = ((names.get(number, "?"), code) for number, code in one.without)
        found.append(
            PlannedLine(
                plan=one,
                title=row.title,
                kind=row.kind,
                seats=row.seats or 0,
                least=row.least or 1,
                place=places.get(one.place_id or 0, ""),
                host="" if one.host is None else names.get(one.host.participation_id, "?"),
                guests=tuple(sorted(guests, key=lambda entry: entry[0].casefold())),
                without=tuple(sorted(without, key=lambda entry: entry[0].casefold())),
            )
        )
    return found
