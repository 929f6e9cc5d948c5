"""Decides whose calendar gets which message about a meeting: never a CANCEL without a REQUEST before.

Whose calendar holds a meeting is read from the messages that mails carried, the last one counts. A change
whose mails were taken back before they left takes its messages back with them.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    CalendarChoice,
    CalendarMessage,
    Meeting,
    MeetingStatus,
)
from matchmaker.services.person_calendar import USUAL_CHOICE, choices_of

REQUEST, CANCEL = "REQUEST", "CANCEL"


def holders(session: Session, *, meeting_ids: Collection[int]) -> frozenset[tuple[int, int]]:
    """Which person's calendar holds which of these meetings, by the messages that were queued."""
    newest = (
        sa.select(
            CalendarMessage.meeting_id,
            CalendarMessage.person_id,
            sa.func.max(CalendarMessage.mail_id).label("mail_id"),
        )
        .where(CalendarMessage.meeting_id.in_(meeting_ids))
        .group_by(CalendarMessage.meeting_id, CalendarMessage.person_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(CalendarMessage.meeting_id, CalendarMessage.person_id)
        .join(
            newest,
            sa.and_(
                newest.c.mail_id == CalendarMessage.mail_id,
                newest.c.meeting_id == CalendarMessage.meeting_id,
            ),
        )
        .where(CalendarMessage.method == REQUEST)
    )
    return frozenset((meeting_id, person_id) for meeting_id, person_id in rows)


def messages_of(
    session: Session, *, happened: Collection[tuple[Meeting, int, str | None]]
) -> dict[tuple[int, int], str]:
    """What to send to calendars, by meeting and person, when REQUEST or CANCEL is what happened to them.

    A REQUEST goes to those who want invitations and to those who hold the meeting already, and only
    for a meeting that is confirmed; a CANCEL to those who hold it.
    """
    some = [(meeting, number, method) for meeting, number, method in happened if method is not None]
    if not some:
        return {}
    holding = holders(session, meeting_ids={meeting.id for meeting, _number, _method in some})
    chosen = choices_of(session, person_ids={number for _meeting, number, _method in some})
    found = {}
    for meeting, number, method in some:
        holds = (meeting.id, number) in holding
        wants = chosen.get(number, USUAL_CHOICE) != CalendarChoice.NONE
        if method == CANCEL:
            is_sent = holds
        else:
            is_sent = meeting.status == MeetingStatus.CONFIRMED and (holds or wants)
        if is_sent:
            found[meeting.id, number] = method
    return found
