"""Leaving an organisation: its delegates too, told once, taken back; registrations keep a manager."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import (
    AuditEntry,
    Availability,
    Change,
    Delegate,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationMember,
    OutboxMail,
    Participation,
    ParticipationStatus,
    Person,
    Seat,
)
from matchmaker.services.availability import state_availability
from matchmaker.services.change import HOLD, AnsweredMeanwhile, MailsOut
from matchmaker.services.departure import (
    ManagesAlone,
    foresee_departure,
    held_departures,
    remove_member,
    take_departure_back,
)
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting import cancel
from matchmaker.services.organisation_member import LastManager
from matchmaker.services.seat import claim_seats
from tests.factories import (
    add,
    make_delegate,
    make_event,
    make_meeting,
    make_organisation,
    make_participation,
    make_person,
    make_slots,
)
from tests.races import race
from tests.visitor import Visitor

pytestmark = pytest.mark.both_databases


@dataclass(frozen=True)
class Scene:
    """A firm of Mona, who manages it, and Anna, who has a meeting at each of two events.

    Mona is free at the first.
    """

    firm: Organisation
    mona: Person
    anna: Person
    organiser: Person
    events: tuple[Event, Event]
    sides: tuple[Participation, Participation]
    meetings: tuple[int, int]


def _scene(database: Database, days: int = 30, **anna: Any) -> Scene:
    with database.transaction() as session:
        organiser = make_person(session, name="Olga Organiser", password_hash="x")
        mona, leaver = (
            make_person(session, name=name, password_hash="x", time_zone="Europe/Berlin")
            for name in ("Mona Manager", "Anna Leaver")
        )
        firm = make_organisation(session, mona, name="Acme GmbH")
        _join(session, firm, leaver)
        events, sides, meetings = [], [], []
        for number in range(2):
            day = clock.now().date() + dt.timedelta(days=days + number)
            event = make_event(session, organiser, name=f"Fair {number + 1}", starts_on=day, ends_on=day)
            slots = make_slots(session, event, count=2)
            own = make_participation(session, event, organisation=firm, person=mona)
            delegate = make_delegate(session, own, leaver, **anna)
            if number:
                busy = session.scalars(
                    sa.select(Delegate).where(
                        Delegate.participation_id == own.id, Delegate.person_id == mona.id
                    )
                ).one()
                state_availability(session, delegate=busy, slot_ids=[], actor_id=mona.id, now=clock.now())
            other = make_participation(session, event, group="corporates")
            row = make_meeting(
                session, event, slot=slots[0], a=own, b=other, status=MeetingStatus.CONFIRMED,
                accepted_a_at=clock.now(), accepted_b_at=clock.now(),
            )  # fmt: skip
            row.sitters = [
                MeetingDelegate(delegate_id=sitter, event_id=event.id)
                for sitter in (delegate.id, other.delegates[0].id)
            ]
            claim_seats(session, meeting=row)
            events.append(event)
            sides.append(own)
            meetings.append(row.id)
        return Scene(
            firm, mona, leaver, organiser, (events[0], events[1]), (sides[0], sides[1]),
            (meetings[0], meetings[1]),
        )  # fmt: skip


def _join(session: Session, firm: Organisation, person: Person, **values: Any) -> None:
    add(
        session,
        OrganisationMember(
            **{
                "organisation_id": firm.id, "person_id": person.id, "role": MemberRole.MEMBER,
                "status": MemberStatus.ACTIVE, "created_at": person.created_at, **values,
            }
        ),
    )  # fmt: skip


def _remove(database: Database, scene: Scene, **values: Any) -> list[Change]:
    with database.transaction() as session:
        return remove_member(
            session,
            **{
                "organisation_id": scene.firm.id, "person_id": scene.anna.id, "actor_id": scene.mona.id,
                "now": clock.now(), "hold": HOLD, **values,
            },
        )  # fmt: skip


def _take_back(database: Database, scene: Scene, **values: Any) -> None:
    with database.transaction() as session:
        take_departure_back(
            session,
            **{
                "organisation_id": scene.firm.id, "person_id": scene.anna.id, "actor_id": scene.mona.id,
                "now": clock.now(), **values,
            },
        )  # fmt: skip


def _state(database: Database) -> tuple[list[Any], ...]:
    """Members, meetings, who sits in them and where, delegates and their time; nothing is broken."""
    with database.reading() as session:
        assert broken_invariants(session) == {}
        return tuple(
            [tuple(row) for row in session.execute(sa.select(*columns).order_by(*columns))]
            for columns in (
                (OrganisationMember.organisation_id, OrganisationMember.person_id, OrganisationMember.role),
                (Meeting.id, Meeting.status, Meeting.slot_id),
                (MeetingDelegate.meeting_id, MeetingDelegate.delegate_id),
                (Seat.meeting_id, Seat.delegate_id, Seat.slot_id),
                (Delegate.id, Delegate.person_id, Delegate.is_manager),
                (Availability.delegate_id, Availability.slot_id, Availability.is_available),
            )
        )


def _mails(database: Database) -> list[OutboxMail]:
    with database.reading() as session:
        return list(session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


def _delegates_of(database: Database, person: Person) -> list[Delegate]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Delegate).where(Delegate.person_id == person.id)))


def test_meetings_are_handed_over_or_cancelled_everybody_is_told_once_and_all_comes_back(
    database: Database,
) -> None:
    scene = _scene(database)
    before = _state(database)
    with database.reading() as session:
        foreseen = foresee_departure(
            session, organisation_id=scene.firm.id, person_id=scene.anna.id, now=clock.now()
        )
        outlooks = {one.event.name: one.outlook for one in foreseen}
        assert (len(outlooks["Fair 1"].handed), len(outlooks["Fair 1"].cancelled)) == (1, 0)
        assert (len(outlooks["Fair 2"].handed), len(outlooks["Fair 2"].cancelled)) == (0, 1)
    _remove(database, scene)
    assert _delegates_of(database, scene.anna) == []
    assert [row[1] for row in _state(database)[1]] == [MeetingStatus.CONFIRMED, MeetingStatus.CANCELLED]
    mails = _mails(database)
    assert {mail.kind for mail in mails} == {"agenda_changed"}
    assert len(mails) == 5  # Anna, Mona and the other side at the first, Anna and the other at the second
    assert len({(mail.event_id, mail.person_id) for mail in mails}) == 5
    assert all(mail.due_at > clock.now() for mail in mails)
    _take_back(database, scene)
    assert _state(database) == before
    assert _mails(database) == []


def test_delegates_of_other_organisations_stay(database: Database) -> None:
    scene = _scene(database)
    with database.transaction() as session:
        other = make_participation(session, make_event(session), person=make_person(session))
        kept = make_delegate(session, other, session.get_one(Person, scene.anna.id)).id
    _remove(database, scene)
    assert [row.id for row in _delegates_of(database, scene.anna)] == [kept]


def test_whoever_alone_manages_a_registration_stays_until_somebody_else_does(database: Database) -> None:
    scene = _scene(database, is_manager=True)
    with database.transaction() as session:
        for side in scene.sides:
            side = session.get_one(Participation, side.id)
            side.delegates[0].is_manager = False
    before = _state(database)
    with pytest.raises(ManagesAlone, match="Fair 1, Fair 2"):
        _remove(database, scene)
    assert _state(database) == before
    with database.reading() as session:
        foreseen = foresee_departure(session, person_id=scene.anna.id, now=clock.now())
        assert [one.manages_alone for one in foreseen] == [True, True]


def test_last_manager_of_the_organisation_stays(database: Database) -> None:
    scene = _scene(database)
    with pytest.raises(LastManager):
        _remove(database, scene, person_id=scene.mona.id)


def test_registration_that_is_withdrawn_or_over_needs_no_manager(database: Database) -> None:
    scene = _scene(database, is_manager=True)
    with database.transaction() as session:
        for side in scene.sides:
            session.get_one(Participation, side.id).delegates[0].is_manager = False
        session.get_one(Participation, scene.sides[0].id).status = ParticipationStatus.WITHDRAWN
        over = session.get_one(Event, scene.events[1].id)
        over.starts_on = over.ends_on = dt.date(2020, 1, 1)
    _remove(database, scene)
    assert _delegates_of(database, scene.anna) == []


def test_whoever_has_sat_stays_in_the_list_without_rights(database: Database) -> None:
    scene = _scene(database, is_manager=True)
    before = _state(database)
    morning = dt.datetime.combine(scene.events[1].starts_on, dt.time(1), tzinfo=dt.UTC)
    _remove(database, scene, now=morning)
    assert [(row.event_id, row.is_manager) for row in _delegates_of(database, scene.anna)] == [
        (scene.sides[0].event_id, False)
    ]
    _take_back(database, scene, now=morning + dt.timedelta(minutes=5))
    assert _state(database) == before


def test_taking_back_is_refused_once_answered_or_told_and_is_for_whoever_did_it(database: Database) -> None:
    scene = _scene(database)
    _remove(database, scene)
    now = clock.now()
    with database.reading() as session:
        for actor, seen in ((scene.mona, [(scene.anna.id, "Anna Leaver", 5)]), (scene.anna, [])):
            found = held_departures(session, actor_id=actor.id, organisation_id=scene.firm.id, now=now)
            assert [(one.person_id, one.name, one.mails) for one in found] == seen
    with database.transaction() as session:
        row = session.get_one(Meeting, scene.meetings[0])
        cancel(
            session, event=scene.events[0], meeting_id=row.id, participation_id=row.participation_b_id,
            version=row.version, reason="", actor_id=scene.organiser.id, now=now,
        )  # fmt: skip
    after = _state(database)
    with pytest.raises(AnsweredMeanwhile):
        _take_back(database, scene)
    assert _state(database) == after


def test_taking_back_is_refused_when_a_mail_has_left(database: Database) -> None:
    scene = _scene(database)
    _remove(database, scene)
    with database.transaction() as session:
        session.execute(sa.update(OutboxMail).values(attempts=1))
    after = _state(database)
    with pytest.raises(MailsOut):
        _take_back(database, scene)
    assert _state(database) == after


def test_of_two_who_take_back_at_once_one_does_it(database: Database) -> None:
    scene = _scene(database)
    before = _state(database)
    for _trial in range(5):
        _remove(database, scene)
        deeds = [
            lambda session: take_departure_back(
                session, organisation_id=scene.firm.id, person_id=scene.anna.id, actor_id=scene.mona.id,
                now=clock.now(),
            )
        ] * 2  # fmt: skip
        assert sorted(race(database, *deeds)) == ["NotFound", "done"]
        assert _state(database) == before


def test_administrator_removes_on_behalf_of_the_registration(database: Database) -> None:
    scene = _scene(database)
    _remove(database, scene, actor_id=scene.organiser.id)
    with database.reading() as session:
        rows = session.execute(
            sa.select(AuditEntry.actor_id, AuditEntry.behalf_of_id)
            .where(AuditEntry.action == "remove_delegate")
            .order_by(AuditEntry.id)
        )
        assert [tuple(row) for row in rows] == [(scene.organiser.id, side.id) for side in scene.sides]


def test_person_leaves_sees_who_is_hit_and_comes_back(app: Flask, database: Database) -> None:
    scene = _scene(database)
    before = _state(database)
    visitor = Visitor(app).log_in(scene.anna)
    visitor.get(f"/organisations/{scene.firm.id}/leave")
    for words in ("Fair 1", "1 meeting is taken over by a colleague.", "Fair 2", "1 meeting is cancelled."):
        assert words in visitor.text()
    page = visitor.response
    visitor.submit()
    assert "You have left Acme GmbH" in visitor.text()
    assert "5 mails wait until" in visitor.text()
    visitor.response = page
    visitor.submit()  # the second of two clicks
    assert "You have left Acme GmbH" in visitor.text()
    assert len(_mails(database)) == 5
    held = visitor.response
    visitor.submit(action="/take-departure-back")
    assert "Undone. Nobody was told anything." in visitor.text()
    assert _state(database) == before
    visitor.response = held
    visitor.submit(action="/take-departure-back")  # again
    assert _state(database) == before


def test_manager_removes_and_takes_back(app: Flask, database: Database) -> None:
    scene = _scene(database)
    before = _state(database)
    boss = Visitor(app).log_in(scene.mona)
    boss.get(f"/organisations/{scene.firm.id}/people/{scene.anna.id}/remove")
    assert "Anna Leaver is taken off the delegates of these events too" in boss.text()
    boss.submit()
    assert "Anna Leaver was removed from Acme GmbH." in boss.text()
    organiser = Visitor(app).log_in(scene.organiser)
    organiser.get(f"/events/{scene.events[0].slug}/participations/{scene.sides[0].id}")
    assert "Anna Leaver is no longer with Acme GmbH" in organiser.text()
    assert "By Mona Manager." in organiser.text()
    # whoever was removed cannot take it back
    other = Visitor(app).log_in(scene.anna)
    other.get(f"/organisations/{scene.firm.id}/left")
    assert "take-departure-back" not in str(other.page())
    boss.submit(action="/take-departure-back")
    assert "Undone." in boss.text()
    assert _state(database) == before


def test_erasing_the_account_shows_who_is_hit(app: Flask, database: Database) -> None:
    scene = _scene(database)
    visitor = Visitor(app).log_in(scene.anna)
    visitor.get("/account/own-data/erase")
    for words in ("Fair 1", "1 meeting is taken over by a colleague.", "Fair 2", "cannot be undone"):
        assert words in visitor.text()
