"""Decides whose calendar gets which message about a seat, and numbers the states that calendars see.

Whose calendar holds a session is read from what mails carried, the last one counts: an entry of a file that
could be imported (PUBLISH) as much as an invitation (REQUEST). All three have the same UID, so that a later
one replaces what a calendar has. A change whose mails were taken back before they left takes its messages
back with them.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import CalendarChoice, Event, EventSession, SeatMessage
from matchmaker.services.calendar_invitation import CANCEL
from matchmaker.services.chunks import chunks
from matchmaker.services.person_calendar import USUAL_CHOICE, choices_of

PUBLISH = "PUBLISH"

SeatOf = tuple[int, int]
"""session, person"""


def uid_of_session(found: EventSession, event: Event) -> str:
    """The session's name in calendars, the same for life."""
    return found.uid or f"session-{found.id}-{event.slug}@matchmaker"


def raise_sequence(session: Session, *, found: EventSession) -> None:
    """Number the state that calendars are about to be told; it is higher than all they have seen.

    A seat that was lost and is given again would otherwise be older than its cancellation.
    """
    session.execute(
        sa.update(EventSession)
        .where(EventSession.id == found.id)
        .values(sequence=EventSession.sequence + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(found, ["sequence"])


def seat_holders(session: Session, *, session_ids: Collection[int]) -> frozenset[SeatOf]:
    """Which person's calendar holds which of these sessions, by the messages that were queued."""
    last: dict[SeatOf, str] = {}
    for few in chunks(sorted(set(session_ids))):
        rows = session.execute(
            sa.select(SeatMessage.session_id, SeatMessage.person_id, SeatMessage.method)
            .where(SeatMessage.session_id.in_(few))
            .order_by(SeatMessage.mail_id)
        )
        last.update({(session_id, person_id): method for session_id, person_id, method in rows})
    return frozenset(seat for seat, method in last.items() if method != CANCEL)


def seat_messages_of(session: Session, *, happened: Collection[tuple[int, int, str]]) -> dict[SeatOf, str]:
    """What to send to calendars, by session and person, when REQUEST or CANCEL is what happened to them.

    A REQUEST goes to those who want entries and to those who hold the session already, a CANCEL to those who
    hold it.
    """
    if not happened:
        return {}
    holding = seat_holders(session, session_ids={session_id for session_id, _person, _method in happened})
    chosen = choices_of(session, person_ids={person_id for _session, person_id, _method in happened})
    return {
        (session_id, person_id): method
        for session_id, person_id, method in happened
        if (session_id, person_id) in holding
        or (method != CANCEL and chosen.get(person_id, USUAL_CHOICE) != CalendarChoice.NONE)
    }
