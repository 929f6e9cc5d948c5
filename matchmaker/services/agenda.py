"""The agenda of a participation: its meetings and the sessions that its delegates attend."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from matchmaker.models import (
    Attendance,
    Delegate,
    Event,
    EventSession,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Organisation,
    Participation,
    Person,
    Place,
    SessionKind,
    Slot,
)
from matchmaker.services.video_link import room_path

SHOWN = tuple(status for status in MeetingStatus if status != MeetingStatus.DRAFT)
ENDED = (MeetingStatus.DECLINED, MeetingStatus.CANCELLED, MeetingStatus.EXPIRED)


@dataclass(frozen=True)
class Attendee:
    """A person who sits in a meeting."""

    person_id: int
    name: str
    job_title: str
    participation_id: int


@dataclass(frozen=True)
class AgendaMeeting:
    """A meeting as one side sees it."""

    meeting: Meeting
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: Place | None
    room: str
    own_id: int
    own_name: str
    partner_id: int
    partner_name: str
    partner_country: str
    is_partner_confirmed: bool
    own_people: tuple[Attendee, ...]
    partner_people: tuple[Attendee, ...]

    @property
    def has_own_answer(self) -> bool:
        """Whether this side has accepted."""
        is_a = self.own_id == self.meeting.participation_a_id
        return (self.meeting.accepted_a_at if is_a else self.meeting.accepted_b_at) is not None

    @property
    def has_partner_answer(self) -> bool:
        """Whether the other side has accepted this meeting, more than that it had wished for one."""
        is_a = self.own_id == self.meeting.participation_a_id
        accepted_at = self.meeting.accepted_b_at if is_a else self.meeting.accepted_a_at
        return accepted_at is not None and accepted_at > self.meeting.created_at

    @property
    def has_ended(self) -> bool:
        """Whether it was declined, cancelled or has expired."""
        return self.meeting.status in ENDED


@dataclass(frozen=True)
class AgendaSession:
    """A part of the programme that keeps delegates busy; a break concerns everybody."""

    session: EventSession
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: Place | None
    people: tuple[str, ...]


@dataclass(frozen=True)
class Agenda:
    """What a participation has on, in order of time."""

    participation_id: int
    name: str
    meetings: tuple[AgendaMeeting, ...]
    sessions: tuple[AgendaSession, ...]

    @property
    def coming(self) -> tuple[AgendaMeeting, ...]:
        """The meetings that stand or wait for an answer."""
        return tuple(meeting for meeting in self.meetings if not meeting.has_ended)

    @property
    def ended(self) -> tuple[AgendaMeeting, ...]:
        """Those that were declined, cancelled or have expired."""
        return tuple(meeting for meeting in self.meetings if meeting.has_ended)


def read_agenda(session: Session, *, event: Event, participation_id: int) -> Agenda:
    """The agenda of one participation."""
    return read_agendas(session, event=event, participation_ids=[participation_id])[0]


def read_agendas(
    session: Session, *, event: Event, participation_ids: Collection[int] | None = None
) -> list[Agenda]:
    """The agendas of these participations (None: of all with a meeting), by name, in few queries."""
    meetings = read_meetings(session, event=event, participation_ids=participation_ids)
    wanted = set(participation_ids) if participation_ids is not None else {m.own_id for m in meetings}
    names = session.execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.event_id == event.id)
        .order_by(sa.func.lower(Organisation.name), Participation.id)
    ).all()
    sessions = _sessions(session, event, wanted)
    by_side: dict[int, list[AgendaMeeting]] = defaultdict(list)
    for meeting in meetings:
        by_side[meeting.own_id].append(meeting)
    return [
        Agenda(number, name, tuple(by_side[number]), tuple(sessions[number]))
        for number, name in names
        if number in wanted
    ]


def read_meetings(
    session: Session,
    *,
    event: Event,
    participation_ids: Collection[int] | None = None,
    meeting_id: int | None = None,
) -> list[AgendaMeeting]:
    """Published meetings from the view of each of these sides, in order of time."""
    organisation_a, organisation_b = aliased(Organisation), aliased(Organisation)
    side_a, side_b = aliased(Participation), aliased(Participation)
    statement = (
        sa.select(Meeting, Slot, Place, side_a, organisation_a, side_b, organisation_b)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .join(side_a, side_a.id == Meeting.participation_a_id)
        .join(organisation_a, organisation_a.id == side_a.organisation_id)
        .join(side_b, side_b.id == Meeting.participation_b_id)
        .join(organisation_b, organisation_b.id == side_b.organisation_id)
        .where(Meeting.event_id == event.id, Meeting.status.in_(SHOWN))
        .order_by(Slot.starts_at, Meeting.id)
    )
    if participation_ids is not None:
        statement = statement.where(
            sa.or_(
                Meeting.participation_a_id.in_(participation_ids),
                Meeting.participation_b_id.in_(participation_ids),
            )
        )
    if meeting_id is not None:
        statement = statement.where(Meeting.id == meeting_id)
    rows = session.execute(statement).all()
    people = _attendees(session, event, [row[0].id for row in rows] if len(rows) < 500 else None)
    found = []
    for meeting, slot, place, a, a_firm, b, b_firm in rows:
        for own, own_firm, partner, partner_firm in ((a, a_firm, b, b_firm), (b, b_firm, a, a_firm)):
            if participation_ids is not None and own.id not in participation_ids:
                continue
            sitting = people[meeting.id]
            found.append(
                AgendaMeeting(
                    meeting=meeting,
                    starts_at=slot.starts_at,
                    ends_at=slot.ends_at,
                    place=place,
                    room=room_path(event, meeting, place),
                    own_id=own.id,
                    own_name=own_firm.name,
                    partner_id=partner.id,
                    partner_name=partner_firm.name,
                    partner_country=partner.country or partner_firm.country,
                    is_partner_confirmed=partner.confirmed_at is not None,
                    own_people=tuple(p for p in sitting if p.participation_id == own.id),
                    partner_people=tuple(p for p in sitting if p.participation_id == partner.id),
                )
            )
    return found


def _attendees(
    session: Session, event: Event, meeting_ids: Collection[int] | None
) -> dict[int, list[Attendee]]:
    statement = (
        sa.select(
            MeetingDelegate.meeting_id, Person.id, Person.name, Person.job_title, Delegate.participation_id
        )
        .join(Delegate, Delegate.id == MeetingDelegate.delegate_id)
        .join(Person, Person.id == Delegate.person_id)
        .where(MeetingDelegate.event_id == event.id)
        .order_by(MeetingDelegate.meeting_id, Person.name)
    )
    if meeting_ids is not None:
        statement = statement.where(MeetingDelegate.meeting_id.in_(meeting_ids))
    people: dict[int, list[Attendee]] = defaultdict(list)
    for meeting_id, person_id, name, job_title, participation_id in session.execute(statement):
        people[meeting_id].append(Attendee(person_id, name, job_title, participation_id))
    return people


def _sessions(session: Session, event: Event, participation_ids: set[int]) -> dict[int, list[AgendaSession]]:
    """What each participation attends, with its people; a break is in everybody's agenda."""
    rows = session.execute(
        sa.select(EventSession, Place)
        .outerjoin(Place, Place.id == EventSession.place_id)
        .where(EventSession.event_id == event.id)
        .order_by(EventSession.starts_at, EventSession.id)
    ).all()
    people: dict[tuple[int, int], list[str]] = defaultdict(list)
    attending = session.execute(
        sa.select(Attendance.session_id, Delegate.participation_id, Person.name)
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .join(Person, Person.id == Delegate.person_id)
        .where(Attendance.event_id == event.id)
        .order_by(Person.name)
    )
    for session_id, participation_id, name in attending:
        people[session_id, participation_id].append(name)
    found: dict[int, list[AgendaSession]] = defaultdict(list)
    for row, place in rows:
        for number in participation_ids:
            names = tuple(people.get((row.id, number), ()))
            if names or row.kind == SessionKind.BREAK:
                found[number].append(AgendaSession(row, row.starts_at, row.ends_at, place, names))
    return found
