"""Tells both sides of an offer of the waiting list, with a link that answers without an account."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from matchmaker.models import Event, Meeting, Slot
from matchmaker.services.answer_link import Question, QuestionKind, make_answer_link
from matchmaker.services.meeting_mail import meeting_arguments, side_names, sittings_of
from matchmaker.services.outbox import queue_mail


def tell_offered(session: Session, *, event: Event, meeting: Meeting, now: dt.datetime) -> None:
    """One mail to each person who would sit in it: with whom, when, and until when to answer."""
    names = side_names(session, meeting)
    begins = session.get_one(Slot, meeting.slot_id).starts_at
    expires_at = meeting.expires_at or begins
    for sitting in sittings_of(session, meeting_id=meeting.id):
        own_id = sitting.participation_id
        token = make_answer_link(
            session, person=sitting.person, event_id=event.id, expires_at=expires_at, now=now,
            questions=[Question(QuestionKind.MEETING, meeting.id, own_id)],
        )  # fmt: skip
        queue_mail(
            session,
            kind="slot_offered",
            key=f"slot_offered:{meeting.id}:{sitting.person.id}",
            person=sitting.person,
            arguments={
                **meeting_arguments(session, event, meeting, own_id=own_id, names=names),
                "expires_at": expires_at.isoformat(),
                "answer_token": token,
            },
            event_id=event.id,
            participation_id=own_id,
            now=now,
        )
