"""Claims seats and places for meetings, so that nobody is in two places at once.

The order is always the same: the rows of the persons are locked by number, then those of the
places, then the rest is read, checked and written in sorted order. Two transactions that want the
same person wait for one another and never deadlock. Whoever changes a meeting's row in the same
transaction claims first, or calls `lock_people` first. SQLite has one writer at a time and needs no
locks. UNIQUE (person, slot) and UNIQUE (place, slot, lane) are the last line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import (
    Attendance,
    Delegate,
    EventSession,
    Meeting,
    Person,
    Place,
    PlaceClaim,
    Seat,
    Slot,
)
from matchmaker.services.chunks import chunks
from matchmaker.services.pause_check import NoPause, Timetable, read_timetable
from matchmaker.services.seat_wanted import Sitter, Span, Wanted, read_wanted, spans_by_person, staying
from matchmaker.services.session_place import tables_at


class SlotTaken(Conflict):
    """Somebody of the meeting is busy at that time, in this event or another."""

    message = N_("Somebody of this meeting is busy at that time by now. Choose another slot.")


class PlaceTaken(Conflict):
    """The place holds as many meetings as it can at that time."""

    message = N_("The place is taken at that time by now. Choose another slot or place.")


class NobodySits(Conflict):
    """A side of the meeting has no delegate."""

    message = N_("One side of this meeting has no delegate. Choose who sits in it first.")


def claim_seats(session: Session, *, meeting: Meeting) -> None:
    """Give the meeting's delegates their seats and the meeting its place, instead of those it had.

    Raises SlotTaken, PlaceTaken, NobodySits or NoPause; the transaction is then to be rolled back.
    """
    refused = claim_seats_of(session, meetings=[meeting])
    if refused:
        raise refused[meeting.id]


def claim_seats_of(
    session: Session,
    *,
    meetings: Sequence[Meeting],
    fixed: Collection[int] = (),
    gives_way: bool = False,
) -> dict[int, Conflict]:
    """Claim for many meetings with few statements, as a publication does.

    Meetings are served in the order given; those that cannot be seated are left without seats and
    given back: meeting id -> why. Whoever gets a seat keeps the pause between meetings; a seat that the
    person had in that slot already stays, and so do all of the `fixed` meetings (numbers). For `gives_way`
    see read_timetable.
    """
    session.flush()
    wanted = read_wanted(session, [meeting.id for meeting in meetings])
    people = {sitter.person_id for want in wanted for sitter in want.sitters}
    places = {want.place_id for want in wanted if want.place_id is not None and want.capacity is not None}
    lock_people(session, person_ids=people)
    if places:
        lock_places(session, place_ids=places)
        # how many meetings a place holds may have been changed by whom this waited for
        wanted = read_wanted(session, [meeting.id for meeting in meetings])
    if not wanted:
        return {}
    stays = staying(session, wanted, set(fixed))
    times = read_timetable(
        session, event_id=wanted[0].event_id, person_ids=people, fixed=spans_by_person(wanted, stays),
        without=[want.meeting_id for want in wanted], gives_way=gives_way,
    )  # fmt: skip
    free_seats(session, meeting_ids=[want.meeting_id for want in wanted])
    window = Span(min(w.span.starts_at for w in wanted), max(w.span.ends_at for w in wanted))
    busy = busy_spans(session, person_ids=people, window=window)
    lanes = _taken_lanes(session, places, window)
    seats: list[dict[str, int]] = []
    claims: list[dict[str, int]] = []
    refused: dict[int, Conflict] = {}
    for want in wanted:
        lane = _free_lane(want, lanes)
        newcomers = [s.person_id for s in want.sitters if (want.meeting_id, s.person_id) not in stays]
        reason = _clash(want, busy, lane) or _pause_lacks(want, newcomers, times)
        if reason is not None:
            refused[want.meeting_id] = reason
            continue
        for sitter in want.sitters:
            busy[sitter.person_id].append(want.span)
            seats.append(_seat_row(want, sitter))
        for person_id in newcomers:
            times.add(person_id, want.span.ends)
        if want.place_id is not None and lane is not None:
            lanes[want.place_id].append((lane, want.span))
            claims.append(_claim_row(want, want.place_id, lane))
    _write(session, seats, claims)
    return refused


def free_seats(session: Session, *, meeting_ids: Sequence[int]) -> None:
    """Give back the seats and places of these meetings."""
    for part in chunks(sorted(meeting_ids)):
        session.execute(sa.delete(Seat).where(Seat.meeting_id.in_(part)))
        session.execute(sa.delete(PlaceClaim).where(PlaceClaim.meeting_id.in_(part)))


def lock_people(session: Session, *, person_ids: Iterable[int]) -> None:
    """Make other transactions that claim seats for these persons wait until this one ends."""
    for part in chunks(sorted(person_ids)):
        # FOR NO KEY UPDATE: rows that merely refer to a person (log-ins, audit) need not wait
        statement = sa.select(Person.id).where(Person.id.in_(part)).order_by(Person.id)
        session.execute(statement.with_for_update(key_share=True)).all()


def busy_spans(session: Session, *, person_ids: Iterable[int], window: Span) -> dict[int, list[Span]]:
    """When these persons sit in a meeting or attend a session, in whichever event, within a window."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for part in chunks(sorted(person_ids)):
        seated = (
            sa.select(Seat.person_id, Slot.starts_at, Slot.ends_at)
            .join(Slot, Slot.id == Seat.slot_id)
            .where(Seat.person_id.in_(part), *_within(Slot, window))
        )
        attending = (
            sa.select(Delegate.person_id, EventSession.starts_at, EventSession.ends_at)
            .join(Attendance, Attendance.delegate_id == Delegate.id)
            .join(EventSession, EventSession.id == Attendance.session_id)
            .where(Delegate.person_id.in_(part), *_within(EventSession, window))
        )
        for statement in (seated, attending):
            for person_id, starts_at, ends_at in session.execute(statement):
                spans[person_id].append(Span(starts_at, ends_at))
    return spans


def lock_places(session: Session, *, place_ids: Iterable[int]) -> None:
    """Lanes of overlapping slots are chosen by reading, so those who choose take turns."""
    for part in chunks(sorted(place_ids)):
        statement = sa.select(Place.id).where(Place.id.in_(part)).order_by(Place.id)
        session.execute(statement.with_for_update(key_share=True)).all()


def _taken_lanes(
    session: Session, place_ids: Iterable[int], window: Span
) -> dict[int, list[tuple[int, Span]]]:
    """When the lanes of these places are taken; a roundtable takes one too, under its negative number."""
    taken: dict[int, list[tuple[int, Span]]] = defaultdict(list)
    for part in chunks(sorted(place_ids)):
        rows = session.execute(
            sa.select(PlaceClaim.place_id, PlaceClaim.lane, Slot.starts_at, Slot.ends_at)
            .join(Slot, Slot.id == PlaceClaim.slot_id)
            .where(PlaceClaim.place_id.in_(part), *_within(Slot, window))
        )
        for place_id, lane, starts_at, ends_at in rows:
            taken[place_id].append((lane, Span(starts_at, ends_at)))
        for place_id, session_id, starts_at, ends_at in tables_at(session, place_ids=part):
            taken[place_id].append((-session_id, Span(starts_at, ends_at)))
    return taken


def _free_lane(want: Wanted, lanes: dict[int, list[tuple[int, Span]]]) -> int | None:
    if want.place_id is None or want.capacity is None:
        return None
    taken = {lane for lane, span in lanes[want.place_id] if span.overlaps(want.span)}
    if len(taken) >= want.capacity:
        return None
    return next((lane for lane in range(1, want.capacity + 1) if lane not in taken), None)


def _clash(want: Wanted, busy: dict[int, list[Span]], lane: int | None) -> Conflict | None:
    if len({sitter.participation_id for sitter in want.sitters}) < 2:
        return NobodySits()
    people = [sitter.person_id for sitter in want.sitters]
    if len(set(people)) < len(people):  # one person on both sides of the table
        return SlotTaken()
    if any(span.overlaps(want.span) for person in people for span in busy[person]):
        return SlotTaken()
    needs_lane = want.place_id is not None and want.capacity is not None
    return PlaceTaken() if needs_lane and lane is None else None


def _pause_lacks(want: Wanted, newcomers: Sequence[int], times: Timetable) -> Conflict | None:
    return NoPause() if any(times.is_too_near(person, want.span.ends) for person in newcomers) else None


def _seat_row(want: Wanted, sitter: Sitter) -> dict[str, int]:
    return {
        "meeting_id": want.meeting_id,
        "person_id": sitter.person_id,
        "slot_id": want.slot_id,
        "delegate_id": sitter.delegate_id,
        "event_id": want.event_id,
    }


def _claim_row(want: Wanted, place_id: int, lane: int) -> dict[str, int]:
    return {
        "meeting_id": want.meeting_id,
        "place_id": place_id,
        "slot_id": want.slot_id,
        "lane": lane,
        "event_id": want.event_id,
    }


def _write(session: Session, seats: list[dict[str, int]], claims: list[dict[str, int]]) -> None:
    seats.sort(key=lambda row: (row["person_id"], row["slot_id"]))
    claims.sort(key=lambda row: (row["place_id"], row["slot_id"], row["lane"]))
    try:
        if seats:
            session.execute(sa.insert(Seat), seats)
        if claims:
            session.execute(sa.insert(PlaceClaim), claims)
    except IntegrityError as error:
        raise (PlaceTaken() if "place_claim" in str(error.orig) else SlotTaken()) from error


def _within(table: type[Slot] | type[EventSession], window: Span) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.starts_at < window.ends_at, table.ends_at > window.starts_at)
