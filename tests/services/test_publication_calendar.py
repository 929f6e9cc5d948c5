"""What a publication puts into calendars: a file in the one mail, or an invitation each for who asked."""

from __future__ import annotations

import datetime as dt

import icalendar
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker.mail.message import compose
from matchmaker.models import CalendarChoice, Meeting, MeetingStatus, OutboxMail, Person
from matchmaker.services.meeting import cancel
from matchmaker.services.person_calendar import choose_invitations
from matchmaker.services.publication_calendar import PublicationCalendar
from matchmaker.services.seat import claim_seats
from tests.factories import make_event, make_meeting, make_participation, make_place, make_slots
from tests.mail.snapshot import make_mail


def _publish(session: Session, now: dt.datetime) -> tuple[list[Meeting], Person, PublicationCalendar]:
    """Two confirmed meetings and a proposal of one firm's person, as a publication leaves them."""
    event = make_event(session)
    slots = make_slots(session, event)
    own = make_participation(session, event)
    states = (MeetingStatus.CONFIRMED, MeetingStatus.CONFIRMED, MeetingStatus.PROPOSED)
    meetings = [
        make_meeting(session, event, a=own, slot=slot, place=make_place(session, event), status=status)
        for slot, status in zip(slots, states, strict=False)
    ]
    for meeting in meetings:
        claim_seats(session, meeting=meeting)
    names = {
        side: f"Firm {side}" for row in meetings for side in (row.participation_a_id, row.participation_b_id)
    }
    return meetings, own.delegates[0].person, PublicationCalendar(session, event, names, now)


def _invitations(session: Session, person: Person) -> list[tuple[str, str]]:
    rows = session.scalars(
        sa.select(OutboxMail).where(OutboxMail.person_id == person.id).order_by(OutboxMail.id)
    )
    return [(row.arguments["calendar"]["method"], row.arguments["calendar"]["uid"]) for row in rows]


def test_usual_choice_gets_one_file_with_the_confirmed_meetings(
    session: Session, config: Config, now: dt.datetime
) -> None:
    meetings, person, calendar = _publish(session, now)
    entries = calendar.file_of(person.id)
    calendar.invite(person, None)
    assert _invitations(session, person) == []
    mail = make_mail(
        "agenda_published",
        {
            "event_name": "Day", "event_slug": "day", "event_zone": "Europe/Berlin", "agendas": [],
            "calendar_entries": entries,
        },
    )  # fmt: skip
    (file,) = compose(mail, config, reply_to=None, now=now).iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("agenda.ics", "text/calendar")
    read = icalendar.Calendar.from_ical(file.get_content())
    assert read["METHOD"] == "PUBLISH"
    assert [event["UID"] for event in read.walk("VEVENT")] == [row.uid for row in meetings[:2]]


def test_who_asked_for_each_gets_an_invitation_each_and_later_the_cancellation(
    session: Session, now: dt.datetime
) -> None:
    meetings, person, _before = _publish(session, now)
    choose_invitations(session, person_id=person.id, choice=CalendarChoice.EACH, now=now)
    event = meetings[0].participation_a.event
    for _time in range(2):  # a second round tells nothing twice
        calendar = PublicationCalendar(session, event, {n: str(n) for n in range(99)}, now)
        assert calendar.file_of(person.id) == []
        calendar.invite(person, None)
    assert _invitations(session, person) == [("REQUEST", row.uid) for row in meetings[:2]]
    cancel(
        session, event=event, meeting_id=meetings[0].id, participation_id=None, version=meetings[0].version,
        reason="", actor_id=person.id, now=now,
    )  # fmt: skip
    assert _invitations(session, person)[2:] == [("CANCEL", meetings[0].uid)]


def test_who_wants_nothing_in_the_calendar_gets_nothing(session: Session, now: dt.datetime) -> None:
    meetings, person, _before = _publish(session, now)
    choose_invitations(session, person_id=person.id, choice=CalendarChoice.NONE, now=now)
    event = meetings[0].participation_a.event
    calendar = PublicationCalendar(session, event, {n: str(n) for n in range(99)}, now)
    calendar.invite(person, None)
    assert (calendar.file_of(person.id), _invitations(session, person)) == ([], [])
