"""Decides whose calendar gets which message about a meeting: never a CANCEL without a REQUEST before.

Whose calendar holds a meeting is read from the outbox: the last message about it that was queued to
the person. A change whose mails were taken back before they left takes its messages back with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    CalendarChoice,
    Delegate,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    OutboxMail,
)
from matchmaker.services.person_calendar import USUAL_CHOICE, choices_of

REQUEST, CANCEL = "REQUEST", "CANCEL"


def holders(session: Session, *, meeting_id: int) -> frozenset[int]:
    """The persons whose calendars hold the meeting, by the messages that were queued to them."""
    last = (
        sa.select(sa.func.max(OutboxMail.id))
        .where(OutboxMail.meeting_id == meeting_id, OutboxMail.calendar_method.is_not(None))
        .group_by(OutboxMail.person_id)
    )
    rows = session.scalars(
        sa.select(OutboxMail.person_id).where(
            OutboxMail.id.in_(last), OutboxMail.calendar_method == REQUEST, OutboxMail.person_id.is_not(None)
        )
    )
    return frozenset(number for number in rows if number is not None)


def methods(
    session: Session, *, meeting: Meeting, person_ids: Collection[int], method: str | None
) -> dict[int, str | None]:
    """What to send to each of these persons' calendars when `method` is what happened; None is nothing.

    A REQUEST goes to those who want invitations and to those who hold the meeting already, and only
    for a meeting that is confirmed; a CANCEL to those who hold it.
    """
    if method is None:
        return dict.fromkeys(person_ids)
    holding = holders(session, meeting_id=meeting.id)
    if method == CANCEL:
        return {number: CANCEL if number in holding else None for number in person_ids}
    if meeting.status != MeetingStatus.CONFIRMED:
        return dict.fromkeys(person_ids)
    chosen = choices_of(session, person_ids=person_ids)
    return {
        number: REQUEST
        if number in holding or chosen.get(number, USUAL_CHOICE) != CalendarChoice.NONE
        else None
        for number in person_ids
    }


def confirmed_of_people(session: Session, *, event: Event) -> dict[int, list[tuple[Meeting, int]]]:
    """Per person the confirmed meetings that person sits in, each with the own participation's number."""
    rows = session.execute(
        sa.select(Delegate.person_id, Meeting, Delegate.participation_id)
        .join(MeetingDelegate, MeetingDelegate.delegate_id == Delegate.id)
        .join(Meeting, Meeting.id == MeetingDelegate.meeting_id)
        .where(Meeting.event_id == event.id, Meeting.status == MeetingStatus.CONFIRMED)
        .order_by(Meeting.id)
    )
    found: dict[int, list[tuple[Meeting, int]]] = defaultdict(list)
    for person_id, meeting, participation_id in rows:
        found[person_id].append((meeting, participation_id))
    return found
