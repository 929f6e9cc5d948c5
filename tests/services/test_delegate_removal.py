"""Removing a delegate who has meetings: handed over, else moved, else cancelled; told once; taken back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.mail.render import render
from matchmaker.models import (
    Attendance,
    Availability,
    Change,
    Delegate,
    EventSession,
    Link,
    LinkKind,
    Meeting,
    MeetingDelegate,
    MeetingRequest,
    MeetingStatus,
    OutboxMail,
    Participation,
    RequestStatus,
    Seat,
    SessionKind,
)
from matchmaker.services.answer_link import Question, QuestionKind, make_answer_link
from matchmaker.services.availability import available_slots, state_availability
from matchmaker.services.change import HOLD, AnsweredMeanwhile, MailsOut
from matchmaker.services.delegate import LastManager, add_delegate
from matchmaker.services.delegate_removal import foresee_delegate_removal, remove_delegate
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.link import issue_link
from matchmaker.services.meeting import accept, cancel
from matchmaker.services.meeting_request_mail import answering_people
from matchmaker.services.round_present import read_present
from matchmaker.services.seat import claim_seats
from matchmaker.services.undo import undo_change
from tests.factories import add, make_delegate, make_meeting, make_person, make_place
from tests.rounds import Fair, make_fair
from tests.visitor import Visitor

pytestmark = pytest.mark.both_databases


@dataclass(frozen=True)
class Scene:
    """A startup whose Anna meets two corporates in slots 0 and 1; Ben is her colleague."""

    fair: Fair
    own: Participation
    anna: int
    ben: int
    meetings: tuple[int, ...]


def _scene(database: Database, *, slots: int = 4, **meeting: Any) -> Scene:
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=2, slots=slots)
        own = fair.startups[0]
        own.delegates[0].person.name = "Mona Manager"
        anna = make_delegate(session, own, make_person(session, name="Anna Leaver"))
        ben = make_delegate(session, own, make_person(session, name="Ben Stays"))
        for row in (own.delegates[0], *(other.delegates[0] for other in fair.corporates)):
            row.person.time_zone = "Europe/Berlin"
        # only Ben can stand in for Anna
        _free(session, own.delegates[0], fair, [])
        tables = [make_place(session, fair.event, name=f"Table {number}") for number in range(2)]
        made = []
        for number, corporate in enumerate(fair.corporates):
            row = make_meeting(
                session, fair.event, slot=fair.slots[number], a=own, b=corporate, place=tables[number],
                **{
                    "status": MeetingStatus.CONFIRMED, "accepted_a_at": clock.now(),
                    "accepted_b_at": clock.now(), **meeting,
                },
            )  # fmt: skip
            row.sitters = [
                MeetingDelegate(delegate_id=sitter, event_id=fair.event.id)
                for sitter in (anna.id, corporate.delegates[0].id)
            ]
            claim_seats(session, meeting=row)
            made.append(row.id)
        return Scene(fair, own, anna.id, ben.id, tuple(made))


def _free(session: Any, delegate: Delegate, fair: Fair, at: list[int]) -> None:
    state_availability(
        session, delegate=delegate, slot_ids=[fair.slots[number].id for number in at],
        actor_id=fair.organiser.id, now=clock.now(),
    )  # fmt: skip


def _ben_is_free(database: Database, scene: Scene, *at: int) -> None:
    with database.transaction() as session:
        _free(session, session.get_one(Delegate, scene.ben), scene.fair, list(at))


def _remove(database: Database, scene: Scene, **values: Any) -> Change | None:
    with database.transaction() as session:
        return remove_delegate(
            session, event=scene.fair.event, delegate=session.get_one(Delegate, scene.anna),
            **{"actor_id": scene.fair.organiser.id, "now": clock.now(), "hold": HOLD, **values},
        )  # fmt: skip


def _undo(database: Database, scene: Scene, change: Change | None = None) -> None:
    """Undo this change, or the last one."""
    with database.transaction() as session:
        wanted = session.scalars(sa.select(Change).order_by(Change.id.desc())).first()
        wanted = wanted if change is None else session.get_one(Change, change.id)
        assert wanted is not None
        undo_change(session, change=wanted, actor_id=scene.fair.organiser.id, now=clock.now())


def _state(database: Database) -> tuple[list[Any], ...]:
    """Meetings, who sits in them and on which seats, delegates and their time; nothing is broken."""
    with database.reading() as session:
        assert broken_invariants(session) == {}
        return tuple(
            [tuple(row) for row in session.execute(sa.select(*columns).order_by(*columns))]
            for columns in (
                (Meeting.id, Meeting.status, Meeting.slot_id, Meeting.place_id),
                (MeetingDelegate.meeting_id, MeetingDelegate.delegate_id),
                (Seat.meeting_id, Seat.delegate_id, Seat.slot_id),
                (Delegate.id, Delegate.person_id, Delegate.is_manager, Delegate.left_at),
                (Availability.delegate_id, Availability.slot_id, Availability.is_available),
                (Attendance.session_id, Attendance.delegate_id),
                (MeetingRequest.id, MeetingRequest.status),
            )
        )


def _mails(database: Database) -> list[OutboxMail]:
    with database.reading() as session:
        return list(session.scalars(sa.select(OutboxMail).order_by(OutboxMail.person_id)))


def test_free_colleague_takes_the_seats_and_nothing_else_changes(database: Database, config: Config) -> None:
    scene = _scene(database)
    before = _state(database)
    with database.reading() as session:
        anna = session.get_one(Delegate, scene.anna)
        outlook = foresee_delegate_removal(session, event=scene.fair.event, delegate=anna, now=clock.now())
        assert [kept.sits for kept in outlook.handed] == ["Ben Stays"] * 2
        assert (outlook.moved, outlook.cancelled, outlook.people) == ((), (), 4)
    assert _remove(database, scene) is not None
    after = _state(database)
    assert after[0] == before[0]
    assert {row[1] for row in after[1]} == {scene.ben, *(c.delegates[0].id for c in scene.fair.corporates)}
    mails = _mails(database)
    assert [mail.kind for mail in mails] == ["agenda_changed"] * 4
    assert len({mail.person_id for mail in mails}) == 4
    assert all(mail.due_at > clock.now() for mail in mails)
    kinds = {mail.to_email: [change["kind"] for change in mail.arguments["changes"]] for mail in mails}
    assert sorted(kinds.values()) == [["cancelled"] * 2, ["handed"], ["handed"], ["new"] * 2]
    other = next(mail for mail in mails if mail.arguments["changes"][0]["kind"] == "handed")
    assert "Anna Leaver no longer sits in meetings for" in render(other, config).text
    assert "Who comes: Ben Stays" in render(other, config).text
    _undo(database, scene)
    assert _state(database) == before
    assert _mails(database) == []


def test_meeting_moves_to_where_a_colleague_is_free_and_comes_back(database: Database) -> None:
    scene = _scene(database)
    _ben_is_free(database, scene, 0, 2)
    before = _state(database)
    _remove(database, scene)
    slots = {row[0]: row[2] for row in _state(database)[0]}
    assert slots == {scene.meetings[0]: scene.fair.slots[0].id, scene.meetings[1]: scene.fair.slots[2].id}
    assert len(_mails(database)) == 4
    _undo(database, scene)
    assert _state(database) == before


def test_meeting_that_nobody_can_take_is_cancelled_and_comes_back(database: Database) -> None:
    scene = _scene(database)
    _ben_is_free(database, scene)
    with database.transaction() as session:  # an open question about another time ends with the meeting
        asked = MeetingRequest(
            event_id=scene.fair.event.id, from_id=scene.own.id, to_id=scene.fair.corporates[0].id,
            slot_id=scene.fair.slots[3].id, status=RequestStatus.OPEN, asked_at=clock.now(),
            expires_at=clock.now() + dt.timedelta(days=2), moves_id=scene.meetings[0],
        )  # fmt: skip
        add(session, asked)
    before = _state(database)
    with database.reading() as session:
        anna = session.get_one(Delegate, scene.anna)
        outlook = foresee_delegate_removal(session, event=scene.fair.event, delegate=anna, now=clock.now())
        assert (outlook.handed, outlook.moved, len(outlook.cancelled)) == ((), (), 2)
    _remove(database, scene)
    assert {row[1] for row in _state(database)[0]} == {MeetingStatus.CANCELLED}
    assert len(_mails(database)) == 3  # Ben learns nothing: nothing is different for him
    _undo(database, scene)
    assert _state(database) == before


def test_as_many_meetings_as_possible_move(database: Database) -> None:
    """Served one by one, the first would take the only slot that suits the second."""
    scene = _scene(database)
    _ben_is_free(database, scene, 2, 3)
    with database.transaction() as session:
        second = session.get_one(Delegate, scene.fair.corporates[1].delegates[0].id)
        _free(session, second, scene.fair, [1, 2])
    before = _state(database)
    _remove(database, scene)
    after = {row[0]: row[1:3] for row in _state(database)[0]}
    assert after == {
        scene.meetings[0]: (MeetingStatus.CONFIRMED, scene.fair.slots[3].id),
        scene.meetings[1]: (MeetingStatus.CONFIRMED, scene.fair.slots[2].id),
    }
    _undo(database, scene)
    assert _state(database) == before


def test_co_sitter_stays_and_nobody_else_is_asked(database: Database) -> None:
    scene = _scene(database)
    with database.transaction() as session:
        meeting = session.get_one(Meeting, scene.meetings[0])
        meeting.sitters.append(MeetingDelegate(delegate_id=scene.ben, event_id=scene.fair.event.id))
        claim_seats(session, meeting=meeting)
    before = _state(database)
    _remove(database, scene)
    sits = {row[1] for row in _state(database)[1] if row[0] == scene.meetings[0]}
    assert sits == {scene.ben, scene.fair.corporates[0].delegates[0].id}
    _undo(database, scene)
    assert _state(database) == before


def test_everything_of_the_delegate_comes_back(database: Database) -> None:
    scene = _scene(database)
    now, event = clock.now(), scene.fair.event
    with database.transaction() as session:
        anna = session.get_one(Delegate, scene.anna)
        _free(session, anna, scene.fair, [0, 1, 3])
        talk = EventSession(
            event_id=event.id, kind=SessionKind.TALK, title="Talk",
            starts_at=scene.fair.slots[2].starts_at, ends_at=scene.fair.slots[2].ends_at,
        )  # fmt: skip
        add(session, talk)
        attending = Attendance(session_id=talk.id, delegate_id=anna.id, event_id=event.id, created_at=now)
        add(session, attending)
        issue_link(
            session, kind=LinkKind.ANSWER_INVITATION, email="anna@x.example", lifetime=HOLD, now=now,
            person_id=anna.person_id, participation_id=scene.own.id,
        )  # fmt: skip
    before = _state(database)
    _remove(database, scene)
    with database.reading() as session:
        assert session.scalars(sa.select(Link.revoked_at)).one() is not None
    _undo(database, scene)
    assert _state(database) == before
    with database.reading() as session:
        assert session.scalars(sa.select(Link.revoked_at)).one() is None


def test_delegate_without_meetings_simply_goes(database: Database) -> None:
    scene = _scene(database)
    with database.transaction() as session:
        ben = session.get_one(Delegate, scene.ben)
        change = remove_delegate(
            session, event=scene.fair.event, delegate=ben, actor_id=scene.fair.organiser.id, now=clock.now()
        )
        assert change is None
    assert scene.ben not in {row[0] for row in _state(database)[3]}
    assert _mails(database) == []


def test_whoever_has_sat_stays_for_the_sake_of_the_past(database: Database) -> None:
    scene = _scene(database)
    before = _state(database)
    during = scene.fair.slots[0].ends_at
    _remove(database, scene, now=during)
    after = _state(database)
    assert (scene.meetings[0], scene.anna, scene.fair.slots[0].id) in after[2]
    assert (scene.meetings[1], scene.ben, scene.fair.slots[1].id) in after[2]
    assert {row[1] for row in after[4] if row[0] == scene.anna and row[2]} == {scene.fair.slots[0].id}
    with database.transaction() as session:
        change = session.scalars(sa.select(Change)).one()
        undo_change(session, change=change, actor_id=scene.fair.organiser.id, now=during)
    assert _state(database) == before


def test_whoever_stays_for_the_past_has_no_rights_mails_seats_or_turns_until_added_again(
    app: Flask, database: Database
) -> None:
    scene = _scene(database)
    event, during = scene.fair.event, scene.fair.slots[0].ends_at
    with database.transaction() as session:
        anna = session.get_one(Delegate, scene.anna)
        person_id, email = anna.person_id, anna.person.email or ""
        talk, later = (
            add(
                session,
                EventSession(
                    event_id=event.id, kind=SessionKind.TALK, title="Talk", starts_at=starts_at,
                    ends_at=starts_at + dt.timedelta(minutes=10),
                ),
            )
            for starts_at in (scene.fair.slots[0].starts_at - HOLD, scene.fair.slots[3].ends_at)
        )  # fmt: skip
        for one in (talk, later):
            add(
                session,
                Attendance(session_id=one.id, delegate_id=anna.id, event_id=event.id, created_at=clock.now()),
            )
        asked = Question(QuestionKind.MEETING, scene.meetings[1], scene.own.id)
        token = make_answer_link(
            session, person=anna.person, event_id=event.id, questions=[asked], now=clock.now(),
            expires_at=clock.now() + dt.timedelta(days=1),
        )  # fmt: skip
    before = _state(database)
    _remove(database, scene, now=during)
    assert {row[0] for row in _state(database)[5]} == {talk.id}
    profile = f"/events/{event.slug}/participations/{scene.own.id}"
    visitor = Visitor(app).log_in(person_id)
    visitor.get(profile, status=403)
    visitor.get(f"/events/{event.slug}/meetings/{scene.meetings[1]}", status=403)
    Visitor(app).get(f"/answers/{token}", status=410)
    with database.reading() as session:
        assert scene.anna not in available_slots(session, event=event)
        assert person_id not in {person.id for person in answering_people(session, scene.own.id)}
        assert read_present(session, event_id=event.id).delegates.isdisjoint({scene.anna})
    boss = Visitor(app).log_in(scene.fair.people[scene.own.id])
    boss.get(profile)
    assert "Anna Leaver left" in boss.text()
    boss.get(_removal(scene), status=404)
    _undo(database, scene)
    assert _state(database) == before
    _remove(database, scene, now=during)
    with database.transaction() as session:
        back = add_delegate(
            session, event=event, participation=session.get_one(Participation, scene.own.id), email=email,
            name="", job_title="", time_zone="Europe/Berlin", is_manager=True,
            actor_id=scene.fair.organiser.id, now=clock.now(),
        )  # fmt: skip
        assert (back.id, back.is_manager, back.left_at) == (scene.anna, True, None)
        assert len(available_slots(session, event=event)[scene.anna]) > 1
    visitor.get(profile)


def test_last_manager_is_not_removed(database: Database) -> None:
    scene = _scene(database)
    with database.transaction() as session:
        manager = session.get_one(Participation, scene.own.id).delegates[0]
        with pytest.raises(LastManager):
            remove_delegate(
                session, event=scene.fair.event, delegate=manager, actor_id=manager.person_id, now=clock.now()
            )


def _accept(database: Database, scene: Scene) -> None:
    with database.transaction() as session:
        row = session.get_one(Meeting, scene.meetings[0])
        for side in (row.participation_a_id, row.participation_b_id):
            accept(
                session, event=scene.fair.event, meeting_id=row.id, participation_id=side,
                version=row.version, actor_id=scene.fair.organiser.id, now=clock.now(),
            )  # fmt: skip


def _cancel(database: Database, scene: Scene) -> None:
    with database.transaction() as session:
        row = session.get_one(Meeting, scene.meetings[0])
        cancel(
            session, event=scene.fair.event, meeting_id=row.id, participation_id=row.participation_a_id,
            version=row.version, reason="", actor_id=scene.fair.organiser.id, now=clock.now(),
        )  # fmt: skip


@pytest.mark.parametrize("answer", [_accept, _cancel])
def test_undo_is_refused_once_somebody_has_answered(database: Database, answer: Any) -> None:
    scene = _scene(database, status=MeetingStatus.PROPOSED, accepted_a_at=None, accepted_b_at=None)
    _remove(database, scene)
    answer(database, scene)
    after = _state(database)
    with pytest.raises(AnsweredMeanwhile):
        _undo(database, scene)
    assert _state(database) == after


def test_undo_is_refused_when_the_person_was_added_again(database: Database) -> None:
    scene = _scene(database)
    with database.reading() as session:
        person = session.get_one(Delegate, scene.anna).person
    _remove(database, scene)
    with database.transaction() as session:
        make_delegate(session, session.get_one(Participation, scene.own.id), person)
    with pytest.raises(AnsweredMeanwhile):
        _undo(database, scene)


def test_undo_is_refused_when_the_mails_are_out(database: Database) -> None:
    scene = _scene(database)
    _remove(database, scene, hold=dt.timedelta(0))
    with pytest.raises(MailsOut):
        _undo(database, scene)


def test_undone_twice_is_undone_once(database: Database) -> None:
    scene = _scene(database)
    before = _state(database)
    _remove(database, scene)
    _undo(database, scene)
    _undo(database, scene)
    assert _state(database) == before


def test_two_removals_are_undone_in_turn(database: Database) -> None:
    """The first can be undone once the second is; until then its meetings are not as it left them."""
    scene = _scene(database)
    _ben_is_free(database, scene, 0, 1, 2)
    before = _state(database)
    first = _remove(database, scene)
    between = _state(database)
    with database.transaction() as session:
        ben = session.get_one(Delegate, scene.ben)
        remove_delegate(
            session, event=scene.fair.event, delegate=ben, actor_id=scene.fair.organiser.id, now=clock.now(),
            hold=HOLD,
        )  # fmt: skip
    with pytest.raises(AnsweredMeanwhile):
        _undo(database, scene, first)
    _undo(database, scene)
    assert _state(database) == between
    _undo(database, scene, first)
    assert _state(database) == before


def test_manager_sees_who_is_hit_and_takes_the_own_removal_back(app: Flask, database: Database) -> None:
    scene = _scene(database)
    _ben_is_free(database, scene, 0, 2)
    before = _state(database)
    visitor = Visitor(app).log_in(scene.fair.people[scene.own.id])
    visitor.get(_removal(scene))
    assert "1 meeting is taken over by a colleague. 1 meeting moves." in visitor.text()
    assert "4 people get one mail each." in visitor.text()
    assert "Ben Stays takes over" in visitor.text()
    visitor.submit()
    assert "Anna Leaver was removed from the delegates" in visitor.text()
    assert "4 mails wait until" in visitor.text()
    visitor.submit(action="/undo")
    assert "Undone. Nobody was told anything." in visitor.text()
    assert _state(database) == before


def test_each_side_undoes_only_what_is_its_own(app: Flask, database: Database) -> None:
    """The manager cannot take back what the organiser did, nor can another firm's manager."""
    scene = _scene(database)
    change = _remove(database, scene)
    assert change is not None
    path = f"/events/{scene.fair.event.slug}/participations/{scene.own.id}"
    visitor = Visitor(app).log_in(scene.fair.people[scene.own.id])
    visitor.get(path)
    assert "was removed from the delegates" not in visitor.text()
    organiser = Visitor(app).log_in(scene.fair.organiser)
    organiser.get(path)
    assert "By Olga Organiser." in organiser.text()
    organiser.submit(action=f"/changes/{change.id}/undo")
    assert "Undone." in organiser.text()
    assert scene.anna in {row[0] for row in _state(database)[3]}


def test_second_click_on_remove_finds_nobody(app: Flask, database: Database) -> None:
    scene = _scene(database)
    visitor = Visitor(app).log_in(scene.fair.people[scene.own.id])
    visitor.get(_removal(scene))
    _remove(database, scene)
    visitor.submit()
    assert "There is nothing here" not in visitor.text()
    assert len(_mails(database)) == 4


def _removal(scene: Scene) -> str:
    return f"/events/{scene.fair.event.slug}/participations/{scene.own.id}/delegates/{scene.anna}/remove"
