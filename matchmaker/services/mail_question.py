"""The questions of a mail as the page behind its link shows them, with what has become of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import LinkInvalid
from matchmaker.models import (
    Delegate,
    Event,
    Link,
    LinkKind,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    Organisation,
    Participation,
    ParticipationStatus,
    Person,
    RequestStatus,
    Round,
    Slot,
)
from matchmaker.services.agenda import AgendaMeeting, read_meetings
from matchmaker.services.answer_link import Question, QuestionKind, questions_of
from matchmaker.services.link import find_link
from matchmaker.services.meeting_request import is_hidden_from_asked, offers, still_possible
from matchmaker.services.meeting_slot import CommonSlot
from matchmaker.services.suggestion import CardPage, Shown, read_suggestions


@dataclass(frozen=True)
class OpenedMail:
    """A link that can be used: whose it is, and the questions that this person may still be asked."""

    link: Link
    person: Person
    event: Event
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class AskedMeeting:
    """A proposed meeting as the asked side sees it."""

    question: Question
    row: AgendaMeeting
    is_open: bool


@dataclass(frozen=True)
class AskedRequest:
    """A request: the proposed slots that are still free, and the others, where the two could meet."""

    question: Question
    request: MeetingRequest
    message: str
    partner: str
    own: str
    proposed: tuple[Slot, ...]
    possible: tuple[CommonSlot, ...]
    others: tuple[CommonSlot, ...]
    meeting: Meeting | None
    meeting_slot: Slot | None
    is_open: bool


@dataclass(frozen=True)
class AskedSuggestions:
    """The best of a participation's suggestions, with what it said of them."""

    question: Question
    participation: Participation
    name: str
    found: CardPage
    wishes_until: dt.datetime | None
    is_open: bool = True


Asked = AskedMeeting | AskedRequest | AskedSuggestions


def open_mail(session: Session, *, token: str, now: dt.datetime) -> OpenedMail:
    """The usable link of this token; raises LinkInvalid.

    Only questions to participations of which the person is (still) a delegate and that have not
    withdrawn are left; whoever is an organiser has no more than anybody else here.
    """
    link = find_link(session, kind=LinkKind.ANSWER_MAIL, token=token, now=now)
    person = session.get(Person, link.person_id) if link.person_id else None
    event = session.get(Event, link.arguments["event_id"])
    if person is None or event is None or person.erased_at is not None or person.email != link.email:
        raise LinkInvalid()
    own = set(
        session.scalars(
            sa.select(Delegate.participation_id)
            .join(Participation, Participation.id == Delegate.participation_id)
            .where(
                Delegate.person_id == person.id,
                Delegate.event_id == event.id,
                Delegate.left_at.is_(None),
                Participation.status != ParticipationStatus.WITHDRAWN,
            )
        )
    )
    questions = tuple(q for q in questions_of(link) if q.participation_id in own)
    if not questions:
        raise LinkInvalid()
    return OpenedMail(link, person, event, questions)


def read_questions(session: Session, *, mail: OpenedMail, now: dt.datetime) -> list[Asked]:
    """Every question of the mail that is still there, in the mail's order; changes nothing."""
    readers = {
        QuestionKind.MEETING: _meeting,
        QuestionKind.REQUEST: _request,
        QuestionKind.SUGGESTIONS: _suggestions,
    }
    asked = (readers[question.kind](session, mail.event, question, now) for question in mail.questions)
    return [question for question in asked if question is not None]


def has_open_question(session: Session, *, mail: OpenedMail, now: dt.datetime) -> bool:
    """Whether anything is left to answer."""
    return any(asked.is_open for asked in read_questions(session, mail=mail, now=now))


def _meeting(session: Session, event: Event, question: Question, now: dt.datetime) -> Asked | None:
    rows = read_meetings(
        session, event=event, participation_ids=[question.participation_id], meeting_id=question.id
    )
    if not rows:
        return None
    row = rows[0]
    is_proposed = row.meeting.status == MeetingStatus.PROPOSED and row.starts_at > now
    in_time = row.meeting.expires_at is None or row.meeting.expires_at > now
    return AskedMeeting(question, row, is_proposed and in_time and not row.has_own_answer)


def _request(session: Session, event: Event, question: Question, now: dt.datetime) -> Asked | None:
    request = session.scalar(
        sa.select(MeetingRequest)
        .where(MeetingRequest.id == question.id, MeetingRequest.event_id == event.id)
        .execution_options(populate_existing=True)
    )
    own_id = question.participation_id
    if request is None or own_id not in (request.from_id, request.to_id):
        return None
    if own_id == request.to_id and is_hidden_from_asked(session, request):
        return None
    is_open = (
        request.status == RequestStatus.OPEN and request.expires_at > now and request.answering_id == own_id
    )
    slots = offers(session, event=event, request=request, now=now) if is_open else []
    possible = still_possible(request, slots)
    meeting = session.get(Meeting, request.moves_id) if request.moves_id else None
    newest = request.proposals[-1] if request.proposals else None
    numbers = {row.slot_id for row in newest.slots} if newest else {request.slot_id}
    return AskedRequest(
        question=question,
        request=request,
        message=newest.message if newest else request.message,
        partner=_name(session, request.other_side(own_id)),
        own=_name(session, own_id),
        proposed=tuple(session.scalars(sa.select(Slot).where(Slot.id.in_(numbers)).order_by(Slot.starts_at))),
        possible=tuple(possible),
        others=tuple(slot for slot in slots if slot not in possible),
        meeting=meeting,
        meeting_slot=session.get_one(Slot, meeting.slot_id) if meeting else None,
        is_open=is_open,
    )


def _suggestions(session: Session, event: Event, question: Question, now: dt.datetime) -> Asked | None:
    round_ = session.get(Round, question.id)
    if round_ is None or round_.event_id != event.id or round_.opened_at is None:
        return None
    participation = session.get_one(Participation, question.participation_id)
    found = read_suggestions(
        session, participation=participation, round_=round_, shown=Shown.ALL, search="", page=1
    )
    return AskedSuggestions(
        question, participation, _name(session, participation.id), found, round_.wishes_until
    )


def _name(session: Session, participation_id: int) -> str:
    return session.scalars(
        sa.select(Organisation.name)
        .join(Participation, Participation.organisation_id == Organisation.id)
        .where(Participation.id == participation_id)
    ).one()
