"""What became of a meeting: each side's word once its slot has begun, the organiser's where they differ."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Conflict, Invalid, NotAllowed
from matchmaker.models import (
    MOST_USEFUL,
    AttendanceKind,
    Event,
    Meeting,
    MeetingStatement,
    MeetingStatus,
    Organisation,
    Participation,
    Phase,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.meeting import find_meeting
from matchmaker.services.phase import read_phase

STATED = (MeetingStatus.CONFIRMED, MeetingStatus.HELD, MeetingStatus.MISSED)


class NotYet(Conflict):
    """Only what has begun can have been held or missed."""

    message = N_("Say what became of the meeting once it has begun.")


class NotHeld(Conflict):
    """Only a meeting that the side itself calls held was useful or not."""

    message = N_("Say first that the meeting was held.")


class NothingToState(Conflict):
    """The meeting never stood, or its results are closed."""

    message = N_("Nothing can be said of this meeting any more.")


@dataclass(frozen=True)
class Contradiction:
    """A meeting of which the two sides tell different things."""

    meeting_id: int
    starts_at: dt.datetime
    a_name: str
    b_name: str
    a_says: AttendanceKind
    b_says: AttendanceKind


def state_attendance(
    session: Session,
    *,
    event: Event,
    meeting_id: int,
    participation_id: int | None,
    kind: AttendanceKind,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Meeting:
    """Keep a side's word; the meeting is held or missed when nobody contradicts.

    `participation_id` of None is the organiser, whose word settles it; what both sides said stays.
    """
    meeting = find_meeting(session, event_id=event.id, meeting_id=meeting_id)
    # the two sides take turns, so that the second sees what the first said
    session.execute(sa.select(Meeting.id).where(Meeting.id == meeting.id).with_for_update())
    session.refresh(meeting)
    if participation_id is not None and not meeting.is_side(participation_id):
        raise NotAllowed()
    if meeting.status not in STATED:
        raise NothingToState()
    if session.get_one(Slot, meeting.slot_id).starts_at > now:
        raise NotYet()
    if participation_id is None:
        status = MeetingStatus.HELD if kind == AttendanceKind.HELD else MeetingStatus.MISSED
        action = "settle_meeting"
    else:
        if read_phase(session, event_id=event.id) == Phase.CLOSED:
            raise NothingToState()
        _write(session, meeting, participation_id, kind, actor_id, now)
        status = _outcome(statements_of(session, meeting_id=meeting.id))
        action = "state_attendance"
    if meeting.status != status:
        meeting.status, meeting.updated_at = status, now
    session.flush()
    record(
        session, actor_id=actor_id, action=action, subject="meeting", subject_id=meeting.id,
        event_id=event.id, behalf_of_id=behalf_of_id, now=now, kind=kind.value,
    )  # fmt: skip
    return meeting


def rate_meeting(
    session: Session,
    *,
    event: Event,
    meeting_id: int,
    participation_id: int,
    usefulness: int | None,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Keep how useful a side found a meeting, 1..5, or take it back (None).

    The history tells that somebody said it and never what: organisers read the history.
    """
    meeting = find_meeting(session, event_id=event.id, meeting_id=meeting_id)
    if not meeting.is_side(participation_id):
        raise NotAllowed()
    if usefulness is not None and not 1 <= usefulness <= MOST_USEFUL:
        raise Invalid(field="usefulness")
    if read_phase(session, event_id=event.id) == Phase.CLOSED:
        raise NothingToState()
    statement = session.get(
        MeetingStatement, (meeting.id, participation_id), with_for_update=True, populate_existing=True
    )
    if statement is None or statement.kind != AttendanceKind.HELD:
        raise NotHeld()
    if statement.usefulness == usefulness:
        return
    # the statement is from then on the word of whoever rated, and is erased with their account
    statement.usefulness, statement.said_by_id, statement.said_at = usefulness, actor_id, now
    session.flush()
    record(
        session, actor_id=actor_id, action="rate_meeting", subject="meeting", subject_id=meeting.id,
        event_id=event.id, now=now,
    )  # fmt: skip


def usefulness_of(session: Session, *, meeting_id: int, participation_id: int) -> int | None:
    """What this side said of the meeting's usefulness; for its own eyes."""
    statement = session.get(MeetingStatement, (meeting_id, participation_id))
    return statement.usefulness if statement else None


def statements_of(session: Session, *, meeting_id: int) -> dict[int, AttendanceKind]:
    """What each side said, by participation."""
    rows = session.execute(
        sa.select(MeetingStatement.participation_id, MeetingStatement.kind).where(
            MeetingStatement.meeting_id == meeting_id
        )
    )
    return {row.participation_id: row.kind for row in rows}


def contradictions(session: Session, *, event_id: int) -> list[Contradiction]:
    """The meetings that wait for the organiser's word, in order of time."""
    one, other = aliased(Participation), aliased(Participation)
    a, b = aliased(Organisation), aliased(Organisation)
    said_a, said_b = aliased(MeetingStatement), aliased(MeetingStatement)
    rows = session.execute(
        sa.select(Meeting.id, Slot.starts_at, a.name, b.name, said_a.kind, said_b.kind)
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(one, one.id == Meeting.participation_a_id)
        .join(other, other.id == Meeting.participation_b_id)
        .join(a, a.id == one.organisation_id)
        .join(b, b.id == other.organisation_id)
        .join(said_a, (said_a.meeting_id == Meeting.id) & (said_a.participation_id == one.id))
        .join(said_b, (said_b.meeting_id == Meeting.id) & (said_b.participation_id == other.id))
        .where(Meeting.event_id == event_id, Meeting.status == MeetingStatus.CONFIRMED)
        .order_by(Slot.starts_at, Meeting.id)
    )
    found = [Contradiction(*row) for row in rows]
    return [one for one in found if len({_happened(one.a_says), _happened(one.b_says)}) == 2]


def _write(
    session: Session,
    meeting: Meeting,
    participation_id: int,
    kind: AttendanceKind,
    actor_id: int,
    now: dt.datetime,
) -> None:
    values = {"kind": kind, "said_by_id": actor_id, "said_at": now}
    insert = dialect_insert(session, MeetingStatement).values(
        meeting_id=meeting.id, participation_id=participation_id, event_id=meeting.event_id, **values
    )
    # a word that is said again stays whose it was, with its usefulness
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["meeting_id", "participation_id"],
            set_={**values, "usefulness": None},
            where=MeetingStatement.kind != insert.excluded.kind,
        )
    )


def _outcome(said: dict[int, AttendanceKind]) -> MeetingStatus:
    happened = {_happened(kind) for kind in said.values()}
    if happened == {True}:
        return MeetingStatus.HELD
    return MeetingStatus.MISSED if happened == {False} else MeetingStatus.CONFIRMED


def _happened(kind: AttendanceKind) -> bool:
    return kind == AttendanceKind.HELD
