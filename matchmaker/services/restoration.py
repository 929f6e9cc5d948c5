"""After a restore: what the clock would do waits, is shown, and is let go or settled without mails.

Between a backup and its restore the installation went on: gates were taken, reminders written, requests
expired, and people were told. A restored database knows nothing of that, and all of it is due again.
So while a restoration is not released, no gate is taken by date, no reminder is written, nothing
expires, no freed slot is offered and no freed seat given. What people do themselves works and is mailed
as ever.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Conflict
from matchmaker.models import (
    Event,
    FreedSlot,
    MailStatus,
    Meeting,
    MeetingRequest,
    OutboxMail,
    Phase,
    PhaseGate,
    RequestStatus,
    Restoration,
)
from matchmaker.services.audit import record
from matchmaker.services.gate import due_gates, foresee
from matchmaker.services.meeting_expiry import count_expired_meetings, expire_meetings
from matchmaker.services.meeting_request_expiry import expire_requests
from matchmaker.services.outbox_delivery import hold_mails, release_mails
from matchmaker.services.reminder import due_reminders, events_to_remind, queue_reminder
from matchmaker.services.seat_waiting import due_seats, leave_seats
from matchmaker.services.waiting_list import due_slots

SILENT = (Phase.LIVE, Phase.CLOSED)
"""Gates that start no run and mail nobody: taken as soon as the restoration is released."""

ALL_SLOTS = 1_000_000


class NotHeld(Conflict):
    """Nothing waits for the operator."""

    message = N_("Nothing is held back: no restore waits to be released.")


@dataclass(frozen=True)
class DueGate:
    """A gate whose date has passed; `people` would be mailed if it were taken now."""

    event: str
    phase: Phase
    due_at: dt.datetime
    people: int


@dataclass(frozen=True)
class Held:
    """What would go out if the clock went on now."""

    restored_at: dt.datetime
    mails: dict[str, int]
    gates: tuple[DueGate, ...]
    reminders: dict[str, int]
    requests: int
    meetings: int
    slots: int


def hold_back(session: Session, *, now: dt.datetime) -> int:
    """Hold mails and the clock until the operator has looked; gives how many mails."""
    session.add(Restoration(restored_at=now, released_at=None))
    return hold_mails(session, now=now)


def held_since(session: Session) -> dt.datetime | None:
    """When the restore was that nobody has released yet."""
    waiting = sa.select(sa.func.max(Restoration.restored_at)).where(Restoration.released_at.is_(None))
    return session.scalar(waiting)


def read_held(session: Session, *, now: dt.datetime) -> Held:
    """What waits, in figures; changes nothing. Raises NotHeld."""
    since = held_since(session)
    if since is None:
        raise NotHeld()
    mails = session.execute(
        sa.select(OutboxMail.kind, sa.func.count()).where(*_HELD).group_by(OutboxMail.kind)
    )
    reminders = Counter(
        reminder.kind
        for event in events_to_remind(session, now=now)
        for reminder in due_reminders(session, event=event, now=now)
    )
    requests = sa.select(sa.func.count()).where(
        MeetingRequest.status == RequestStatus.OPEN, MeetingRequest.expires_at <= now
    )
    return Held(
        restored_at=since,
        mails=dict(mails.all()),
        gates=tuple(_foreseen(session, now)),
        reminders=dict(reminders),
        requests=session.scalar(requests) or 0,
        meetings=count_expired_meetings(session, now=now),
        slots=len(due_slots(session, now=now, limit=ALL_SLOTS))
        + len(due_seats(session, now=now, limit=ALL_SLOTS)),
    )


def release(session: Session, *, now: dt.datetime) -> int:
    """Let all go as it stands: held mails leave, and the clock goes on; gives how many mails."""
    _mark_released(session, now)
    return release_mails(session, now=now)


def settle(session: Session, *, now: dt.datetime) -> int:
    """Take what is due as told already, mail nobody, and let the clock go on; gives how many mails ended.

    Held mails and due reminders end unsent. Requests and meetings past their time expire silently, and
    freed slots and seats are not offered. Gates whose dates have passed wait for the organiser's hand.
    """
    _mark_released(session, now)
    expire_requests(session, now=now)
    while expire_meetings(session, now=now):
        pass
    for meeting_id in due_slots(session, now=now, limit=ALL_SLOTS):
        _leave_slot(session, session.get_one(Meeting, meeting_id), now)
    leave_seats(session, freed_ids=due_seats(session, now=now, limit=ALL_SLOTS), now=now)
    for event in events_to_remind(session, now=now):
        for reminder in due_reminders(session, event=event, now=now):
            queue_reminder(session, reminder=reminder, now=now)
    for gate in _passed_dates(session, now):
        gate.due_at, gate.problem = None, ""
        record(
            session, actor_id=None, action="set_gate_date", subject="phase", subject_id=None, now=now,
            event_id=gate.event_id, phase=gate.phase.value, due_at="",
        )  # fmt: skip
    session.flush()
    return _end_unsent(session, now)


_HELD = (OutboxMail.status == MailStatus.PENDING, OutboxMail.held_at.is_not(None))


def _mark_released(session: Session, now: dt.datetime) -> None:
    waiting = sa.select(Restoration).where(Restoration.released_at.is_(None)).with_for_update()
    rows = session.scalars(waiting).all()
    if not rows:
        raise NotHeld()
    for row in rows:
        row.released_at = now
    session.flush()


def _passed_dates(session: Session, now: dt.datetime) -> list[PhaseGate]:
    return list(
        session.scalars(
            sa.select(PhaseGate)
            .where(PhaseGate.due_at <= now, PhaseGate.passed_at.is_(None), PhaseGate.phase.not_in(SILENT))
            .order_by(PhaseGate.due_at, PhaseGate.event_id)
        )
    )


def _foreseen(session: Session, now: dt.datetime) -> list[DueGate]:
    follows = set(due_gates(session, now=now))
    found = []
    for gate in _passed_dates(session, now):
        assert gate.due_at is not None
        event = session.get_one(Event, gate.event_id)
        is_next = (gate.event_id, gate.phase) in follows
        people = foresee(session, event=event, to=gate.phase).people if is_next else 0
        found.append(DueGate(event.name, gate.phase, gate.due_at, people))
    return found


def _leave_slot(session: Session, ended: Meeting, now: dt.datetime) -> None:
    row = dialect_insert(session, FreedSlot).values(
        meeting_id=ended.id, event_id=ended.event_id, offer_id=None, dealt_at=now
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["meeting_id"]))


def _end_unsent(session: Session, now: dt.datetime) -> int:
    """End the held mails and those of this very moment; their keys stay, so none is written again."""
    ended = session.execute(
        sa.update(OutboxMail)
        .where(
            OutboxMail.status == MailStatus.PENDING,
            sa.or_(OutboxMail.held_at.is_not(None), OutboxMail.created_at == now),
        )
        .values(status=MailStatus.SENT, held_at=now, arguments={}, last_error="")
        .returning(OutboxMail.id)
    )
    return len(ended.all())
