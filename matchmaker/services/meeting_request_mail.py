"""Tells people about requests for meetings, with a link that answers without an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Delegate,
    Event,
    Meeting,
    MeetingRequest,
    Organisation,
    Participation,
    Person,
    Place,
    Slot,
)
from matchmaker.services.answer_link import Question, QuestionKind, make_answer_link
from matchmaker.services.meeting_request import is_hidden_from_asked, standing_slots
from matchmaker.services.outbox import queue_mail


def tell_proposal(
    session: Session, *, kind: str, event: Event, request: MeetingRequest, now: dt.datetime
) -> None:
    """Tell the side that answers next who proposes what, and until when; not one that said never."""
    own_id = request.answering_id
    if own_id == request.to_id and is_hidden_from_asked(session, request):
        return
    newest = request.proposals[-1]
    place = session.get(Place, newest.place_id) if newest.place_id else None
    arguments = {
        **_arguments(session, event, request, own_id),
        "message": newest.message,
        "place": place.name if place else "",
        "expires_at": request.expires_at.isoformat(),
    }
    question = Question(QuestionKind.REQUEST, request.id, own_id)
    for person in _people(session, request, own_id):
        token = make_answer_link(
            session, person=person, event_id=event.id, questions=[question], expires_at=request.expires_at,
            now=now,
        )  # fmt: skip
        _queue(
            session, kind, f"{kind}:{request.id}:{len(request.proposals)}:{person.id}", person,
            {**arguments, "answer_token": token}, event, own_id, now,
        )  # fmt: skip


def tell_side(
    session: Session, *, kind: str, event: Event, request: MeetingRequest, own_id: int, now: dt.datetime
) -> None:
    """Tell one side what became of the request: that it was declined, or that nobody answered."""
    if own_id == request.to_id and is_hidden_from_asked(session, request):
        return
    arguments = {
        **_arguments(session, event, request, own_id),
        "reason": request.answer,
        "is_own_request": own_id == request.from_id,
    }
    for person in _people(session, request, own_id):
        _queue(session, kind, f"{kind}:{request.id}:{person.id}", person, arguments, event, own_id, now)


def answering_people(session: Session, participation_id: int) -> Sequence[Person]:
    """The managers of a participation; where it has none, all its delegates."""
    delegates = session.execute(
        sa.select(Person, Delegate.is_manager)
        .join(Delegate, Delegate.person_id == Person.id)
        .where(Delegate.participation_id == participation_id, Delegate.left_at.is_(None))
        .order_by(Delegate.id)
    ).all()
    managers = [person for person, is_manager in delegates if is_manager]
    return managers or [person for person, _is_manager in delegates]


def _people(session: Session, request: MeetingRequest, own_id: int) -> Sequence[Person]:
    """Of the asking side whoever asked, where that is one of its own people; else those who answer."""
    if own_id == request.from_id and request.asked_by_id is not None:
        asker = session.scalar(
            sa.select(Person)
            .join(Delegate, Delegate.person_id == Person.id)
            .where(
                Delegate.participation_id == own_id,
                Person.id == request.asked_by_id,
                Delegate.left_at.is_(None),
            )
        )
        if asker is not None:
            return [asker]
    return answering_people(session, own_id)


def _arguments(session: Session, event: Event, request: MeetingRequest, own_id: int) -> dict[str, Any]:
    """What every mail about a request says of it, as plain JSON."""
    names = dict(
        session.execute(
            sa.select(Participation.id, Organisation.name)
            .join(Organisation, Organisation.id == Participation.organisation_id)
            .where(Participation.id.in_((request.from_id, request.to_id)))
        ).all()
    )
    slots = standing_slots(request)
    times = session.scalars(sa.select(Slot.starts_at).where(Slot.id.in_(slots)).order_by(Slot.starts_at))
    starts = [moment.isoformat() for moment in times]
    moved_from = None
    if request.moves_id is not None:
        meeting = session.get_one(Meeting, request.moves_id)
        moved_from = session.get_one(Slot, meeting.slot_id).starts_at.isoformat()
    return {
        "event": event.name,
        "event_zone": event.time_zone,
        "event_slug": event.slug,
        "participation_id": own_id,
        "request_id": request.id,
        "own": names[own_id],
        "partner": names[request.other_side(own_id)],
        "starts_at": starts[0],
        "times": starts,
        "moved_from": moved_from,
    }


def _queue(
    session: Session,
    kind: str,
    key: str,
    person: Person,
    arguments: dict[str, Any],
    event: Event,
    own_id: int,
    now: dt.datetime,
) -> None:
    queue_mail(
        session, kind=kind, key=key, person=person, arguments=arguments, event_id=event.id,
        participation_id=own_id, now=now,
    )  # fmt: skip
