"""Sessions and their seats: who is hit, who is told, and no seat given twice."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.errors import Conflict, Invalid, MatchmakerError, NotAllowed
from matchmaker.models import (
    Attendance,
    Event,
    EventSession,
    OutboxMail,
    ParticipationStatus,
    Seat,
    SessionKind,
)
from matchmaker.services.attendance import (
    PersonBusy,
    SessionFull,
    attend,
    attended_sessions,
    stay_away,
)
from matchmaker.services.event_session import (
    SessionDetails,
    add_session,
    delete_session,
    edit_session,
)
from matchmaker.services.impact import InUse
from matchmaker.services.programme import programme_of
from tests.factories import (
    NOW,
    add,
    make_event,
    make_meeting,
    make_participation,
    make_person,
    make_place,
    make_slots,
)

TWO = dt.datetime(2026, 11, 25, 14, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def _details(kind: SessionKind = SessionKind.MASTERCLASS, **values: Any) -> SessionDetails:
    return SessionDetails(
        **{"kind": kind, "title": "Electrolysis", "starts_at": TWO, "ends_at": TWO + HOUR, **values}
    )


def _acting(session: Session, event: Event) -> dict[str, Any]:
    return {"event_id": event.id, "actor_id": make_person(session).id, "now": NOW}


def _masterclass(session: Session, **values: Any) -> tuple[Event, EventSession, dict[str, Any]]:
    event = make_event(session)
    acting = _acting(session, event)
    return event, add_session(session, details=_details(**values), **acting), acting


def _delegate(session: Session, event: Event) -> int:
    person = make_person(session)
    make_participation(session, event, person=person)
    return person.id


def test_attend_takes_a_seat_once_and_gives_it_back(session: Session) -> None:
    event, talk, _acting = _masterclass(session, seats=1)
    first, second = _delegate(session, event), _delegate(session, event)
    own: dict[str, Any] = {"event_id": event.id, "session_id": talk.id, "now": NOW}
    attend(session, person_id=first, **own)
    attend(session, person_id=first, **own)
    with pytest.raises(SessionFull):
        attend(session, person_id=second, **own)
    stay_away(session, person_id=first, **own)
    stay_away(session, person_id=first, **own)
    attend(session, person_id=second, **own)
    assert attended_sessions(session, event_id=event.id, person_id=second) == {talk.id}
    assert [item.free for item in programme_of(session, event_id=event.id, now=NOW)] == [0]


def test_attend_with_two_participations_takes_one_seat(session: Session) -> None:
    event, talk, _acting = _masterclass(session, seats=1)
    person = make_person(session)
    for group in ("startups", "corporates"):
        make_participation(session, event, group=group, person=person)
    attend(session, event_id=event.id, session_id=talk.id, person_id=person.id, now=NOW)
    assert session.scalar(sa.select(sa.func.count()).select_from(Attendance)) == 2
    assert [item.attending for item in programme_of(session, event_id=event.id, now=NOW)] == [1]


def test_attend_is_for_delegates_of_approved_participations(session: Session) -> None:
    event, talk, _acting = _masterclass(session)
    person = make_person(session)
    make_participation(session, event, person=person, status=ParticipationStatus.REGISTERED)
    with pytest.raises(NotAllowed):
        attend(session, event_id=event.id, session_id=talk.id, person_id=person.id, now=NOW)


def test_attend_of_a_break_is_refused(session: Session) -> None:
    event, pause, _acting = _masterclass(session, kind=SessionKind.BREAK)
    with pytest.raises(Conflict):
        attend(
            session,
            event_id=event.id,
            session_id=pause.id,
            person_id=_delegate(session, event),
            now=NOW,
        )


def test_attend_while_in_a_meeting_or_another_session_is_refused(session: Session) -> None:
    event, talk, acting = _masterclass(session)
    other = add_session(session, details=_details(title="Second"), **acting)
    slot = make_slots(session, event)[0]
    busy, free = make_participation(session, event), _delegate(session, event)
    meeting = make_meeting(session, event, slot=slot, a=busy)
    delegate = busy.delegates[0]
    add(
        session,
        Seat(
            meeting_id=meeting.id,
            person_id=delegate.person_id,
            slot_id=slot.id,
            delegate_id=delegate.id,
            event_id=event.id,
        ),
    )
    own: dict[str, Any] = {"event_id": event.id, "now": NOW}
    with pytest.raises(PersonBusy):
        attend(session, session_id=talk.id, person_id=delegate.person_id, **own)
    attend(session, session_id=talk.id, person_id=free, **own)
    with pytest.raises(PersonBusy):
        attend(session, session_id=other.id, person_id=free, **own)


def test_break_at_the_time_of_meetings_says_who_is_hit(session: Session) -> None:
    event = make_event(session)
    meeting = make_meeting(session, event, slot=make_slots(session, event)[0])
    acting = _acting(session, event)
    with pytest.raises(InUse) as raised:
        add_session(session, details=_details(SessionKind.BREAK), **acting)
    assert [row.id for row in raised.value.impact.meetings] == [meeting.id]
    add_session(session, details=_details(SessionKind.TALK), **acting)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"seats": 0}, "seats"),
        ({"kind": SessionKind.BREAK, "seats": 5}, "seats"),
        ({"ends_at": TWO}, "ends_at"),
        ({"starts_at": TWO - 24 * HOUR}, "starts_at"),
    ],
)
def test_add_session_names_the_field_that_is_wrong(
    session: Session, values: dict[str, Any], field: str
) -> None:
    event = make_event(session)
    with pytest.raises(Invalid) as raised:
        add_session(session, details=_details(**values), **_acting(session, event))
    assert raised.value.field == field


def test_moved_and_deleted_sessions_tell_those_who_attend(session: Session) -> None:
    event, talk, acting = _masterclass(session)
    place = make_place(session, event)
    attend(
        session, event_id=event.id, session_id=talk.id, person_id=_delegate(session, event), now=NOW
    )  # fmt: skip
    with pytest.raises(Conflict):
        edit_session(session, session_id=talk.id, details=_details(SessionKind.BREAK), **acting)
    edit_session(session, session_id=talk.id, details=_details(title="New title"), **acting)
    edit_session(session, session_id=talk.id, details=_details(place_id=place.id), **acting)
    delete_session(session, session_id=talk.id, **acting)
    kinds = session.scalars(sa.select(OutboxMail.kind).order_by(OutboxMail.id)).all()
    assert kinds == ["seat_given", "session_moved", "session_cancelled"]


def test_edit_session_keeps_a_seat_for_all_who_attend(session: Session) -> None:
    event, talk, acting = _masterclass(session)
    for person_id in (_delegate(session, event), _delegate(session, event)):
        attend(session, event_id=event.id, session_id=talk.id, person_id=person_id, now=NOW)
    with pytest.raises(Conflict) as raised:
        edit_session(session, session_id=talk.id, details=_details(seats=1), **acting)
    assert raised.value.field == "seats"


@pytest.mark.both_databases
def test_attend_of_many_at_once_gives_each_seat_once(database: Database) -> None:
    with database.transaction() as session:
        event, talk, _acting = _masterclass(session, seats=3)
        people = [_delegate(session, event) for _ in range(8)]
        event_id, session_id = event.id, talk.id
    told: list[str] = []
    together = threading.Barrier(len(people))

    def try_seat(person_id: int) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                attend(session, event_id=event_id, session_id=session_id, person_id=person_id, now=NOW)
            told.append("seat")
        except MatchmakerError as error:
            told.append(type(error).__name__)

    threads = [threading.Thread(target=try_seat, args=(person_id,)) for person_id in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["SessionFull"] * 5 + ["seat"] * 3
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Attendance)) == 3
