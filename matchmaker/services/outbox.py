"""Queues mails as rows of the present transaction; the worker sends them afterwards."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.models import CalendarMessage, Change, MailStatus, OutboxMail, Person, SeatMessage
from matchmaker.services.mail_choice import is_refused


def queue_mail(
    session: Session,
    *,
    kind: str,
    key: str,
    person: Person,
    arguments: dict[str, Any],
    now: dt.datetime,
    event_id: int | None = None,
    participation_id: int | None = None,
    due_at: dt.datetime | None = None,
    messages: Mapping[int, str] | None = None,
    seats: Mapping[int, str] | None = None,
    change: Change | None = None,
) -> bool:
    """Queue one mail to one person; False when it exists already (its key), is not wanted, or has no address.

    `kind` is the folder of its templates in templates/emails; `arguments` are plain JSON values
    (moments as ISO text in UTC), because the mail is rendered when it is sent. `messages` says by
    meeting what the mail tells the person's calendar, so that later changes know what that holds; `seats`
    says the same by session.
    With a `change` it is held back as long as that can be undone.
    """
    if person.email is None or is_refused(session, person_id=person.id, kind=kind):
        return False
    insert = dialect_insert(session, OutboxMail).values(
        key=key,
        kind=kind,
        event_id=event_id,
        person_id=person.id,
        participation_id=participation_id,
        to_email=person.email,
        to_name=person.name,
        language=person.language,
        time_zone=person.time_zone,
        arguments=arguments,
        message_id=f"<{uuid.uuid4().hex}@matchmaker>",
        status=MailStatus.PENDING,
        attempts=0,
        created_at=now,
        due_at=due_at or (change.held_until if change else now),
        change_id=change.id if change else None,
        last_error="",
    )
    row = session.scalar(insert.on_conflict_do_nothing(index_elements=["key"]).returning(OutboxMail.id))
    if row is not None:
        for meeting_id, method in (messages or {}).items():
            session.add(
                CalendarMessage(mail_id=row, meeting_id=meeting_id, person_id=person.id, method=method)
            )
        for session_id, method in (seats or {}).items():
            session.add(SeatMessage(mail_id=row, session_id=session_id, person_id=person.id, method=method))
        session.flush()
    return row is not None
