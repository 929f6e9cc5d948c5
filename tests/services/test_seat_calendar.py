"""Seats in calendars: given, moved and lost, each in the mail that tells it, always the same entry."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
import vobject
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.waiting_list import give_freed_seats
from matchmaker.models import (
    CalendarChoice,
    Change,
    Delegate,
    Event,
    EventSession,
    OutboxMail,
    Participation,
    PlaceKind,
    Round,
    RoundStep,
    SeatMessage,
)
from matchmaker.services.account_erasure import erase_account
from matchmaker.services.attendance import attend, stay_away
from matchmaker.services.change import HOLD
from matchmaker.services.delegate_removal import remove_delegate
from matchmaker.services.event_session import delete_session, edit_session
from matchmaker.services.password import set_password
from matchmaker.services.person_calendar import choose_invitations
from matchmaker.services.publication import publish_round
from matchmaker.services.session_details import SessionDetails
from matchmaker.services.undo import undo_change
from matchmaker.services.withdrawal import withdraw
from tests.calendars import CalendarMail
from tests.factories import make_delegate, make_person, make_place
from tests.rounds import Fair, make_fair, run_round
from tests.tables import held_roundtable, make_masterclass, make_roundtable, would_like

pytestmark = pytest.mark.both_databases

HOUR = dt.timedelta(hours=1)


@dataclass
class Gathering:
    """A session of a fair, and what happens to its seats."""

    database: Database
    config: Config
    fair: Fair
    session_id: int
    mails: dict[int, CalendarMail] = field(default_factory=dict)

    def of(self, one: Participation) -> CalendarMail:
        """What the mails of its person bring for the calendar."""
        person_id = self.fair.people[one.id]
        return self.mails.setdefault(person_id, CalendarMail(self.database, self.config, person_id))

    def choose(self, one: Participation, choice: CalendarChoice) -> None:
        with self.database.transaction() as session:
            choose_invitations(session, person_id=self.fair.people[one.id], choice=choice, now=clock.now())

    def publish(self) -> None:
        """Publish a round that gives the seats."""
        round_id = run_round(self.database, self.config, self.fair.event, RoundStep.SCHEDULE)
        with self.database.transaction() as session:
            publish_round(
                session, round_=session.get_one(Round, round_id), actor_id=None, now=clock.now(),
                event=session.get_one(Event, self.fair.event.id),
            )  # fmt: skip

    def attend(self, one: Participation) -> None:
        self._self_service(attend, one)

    def stay_away(self, one: Participation) -> None:
        self._self_service(stay_away, one)

    def _self_service(self, deed: Any, one: Participation) -> None:
        with self.database.transaction() as session:
            deed(
                session, event_id=self.fair.event.id, session_id=self.session_id, now=clock.now(),
                person_id=self.fair.people[one.id],
            )  # fmt: skip

    def move(self, by: dt.timedelta) -> None:
        """Hold a masterclass later."""
        with self.database.transaction() as session:
            row = session.get_one(EventSession, self.session_id)
            details = SessionDetails(
                kind=row.kind, title=row.title, starts_at=row.starts_at + by, ends_at=row.ends_at + by,
                seats=row.seats, is_by_round=row.is_by_round,
            )  # fmt: skip
            edit_session(session, session_id=row.id, details=details, **self._acting())

    def delete(self) -> None:
        with self.database.transaction() as session:
            delete_session(session, session_id=self.session_id, **self._acting())

    def withdraw(self, one: Participation) -> None:
        with self.database.transaction() as session:
            withdraw(
                session, event=session.get_one(Event, self.fair.event.id), participation_ids=[one.id],
                actor_id=self.fair.organiser.id, now=clock.now(), hold=HOLD,
            )  # fmt: skip

    def undo(self) -> None:
        with self.database.transaction() as session:
            change = session.scalars(sa.select(Change).order_by(Change.id.desc()).limit(1)).one()
            undo_change(session, change=change, actor_id=self.fair.organiser.id, now=clock.now())

    def kinds(self, one: Participation) -> list[str]:
        """The kinds of all mails of its person."""
        with self.database.reading() as session:
            rows = sa.select(OutboxMail.kind).where(OutboxMail.person_id == self.fair.people[one.id])
            return list(session.scalars(rows.order_by(OutboxMail.id)))

    def starts_at(self) -> dt.datetime:
        with self.database.reading() as session:
            return session.get_one(EventSession, self.session_id).starts_at

    def _acting(self) -> dict[str, Any]:
        return {
            "event_id": self.fair.event.id, "actor_id": self.fair.organiser.id, "now": clock.now(),
        }  # fmt: skip


def _gathering(database: Database, config: Config, make: Any, **values: Any) -> Gathering:
    """All startups would like a seat; nobody has one yet."""
    with database.transaction() as session:
        fair = make_fair(session, organiser_email="olga@event.example")
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        if make is make_roundtable:
            values["place_ids"] = (make_place(session, fair.event, name="Large table").id,)
        row = make(session, fair, **values)
        if row.is_by_round:
            would_like(session, row, *fair.startups)
    return Gathering(database, config, fair, row.id)


@pytest.fixture
def masterclass(database: Database, config: Config) -> Gathering:
    """Seats are free for all."""
    return _gathering(database, config, make_masterclass, is_by_round=False, seats=None)


@pytest.fixture
def table(database: Database, config: Config) -> Gathering:
    """Published: the first corporate hosts, the startups have seats, and calendars an entry of a file."""
    made = _gathering(database, config, make_roundtable)
    made.publish()
    for one in (*made.fair.startups, made.fair.corporates[0]):
        assert made.session_id in _read_sessions(made, one)
    return made


def _read_sessions(made: Gathering, one: Participation) -> set[int]:
    """The sessions that the mails brought so far, taken note of."""
    made.of(one).read()
    with made.database.reading() as session:
        rows = session.scalars(
            sa.select(SeatMessage.session_id).where(SeatMessage.person_id == made.fair.people[one.id])
        )
        return set(rows)


def _states(events: list[tuple[str, icalendar.Event]]) -> list[tuple[str, str, dt.datetime]]:
    return [(method, str(event["STATUS"]), event["DTSTART"].dt) for method, event in events]


def test_a_seat_that_is_taken_moved_given_back_and_taken_again_is_one_entry_that_rises(
    masterclass: Gathering,
) -> None:
    ada, at = masterclass.fair.startups[0], masterclass.starts_at()
    found: list[tuple[str, icalendar.Event]] = []
    masterclass.attend(ada)
    masterclass.attend(ada)  # a second click tells nothing
    found += masterclass.of(ada).events()
    masterclass.move(-HOUR)
    found += masterclass.of(ada).events()
    masterclass.stay_away(ada)
    masterclass.stay_away(ada)
    found += masterclass.of(ada).events()
    masterclass.attend(ada)
    found += masterclass.of(ada).events()
    assert _states(found) == [
        ("REQUEST", "CONFIRMED", at),
        ("REQUEST", "CONFIRMED", at - HOUR),
        ("CANCEL", "CANCELLED", at - HOUR),
        ("REQUEST", "CONFIRMED", at - HOUR),
    ]
    assert len({str(event["UID"]) for _method, event in found}) == 1
    numbers = [event["SEQUENCE"] for _method, event in found]
    assert numbers == sorted(set(numbers))
    assert masterclass.kinds(ada) == ["seat_given", "session_moved", "seat_given_back", "seat_given"]


def test_the_messages_of_a_seat_are_read_by_another_parser_too(masterclass: Gathering) -> None:
    ada, at = masterclass.fair.startups[0], masterclass.starts_at()
    masterclass.attend(ada)
    masterclass.stay_away(ada)
    texts = masterclass.of(ada).read()
    given, back = (vobject.readOne(text.decode()) for text in texts)
    assert (given.method.value, back.method.value) == ("REQUEST", "CANCEL")
    assert given.vevent.uid.value == back.vevent.uid.value
    assert (given.vevent.dtstart.value, back.vevent.dtstart.value) == (at, at)
    assert back.vevent.status.value == "CANCELLED"
    assert given.vevent.attendee.value == back.vevent.attendee.value
    assert given.vevent.organizer.value == "mailto:olga@event.example"


def test_who_wants_no_entries_gets_none_but_keeps_right_what_the_calendar_has(
    masterclass: Gathering,
) -> None:
    ada, ben = masterclass.fair.startups[:2]
    masterclass.choose(ben, CalendarChoice.NONE)
    for one in (ada, ben):
        masterclass.attend(one)
    masterclass.choose(ada, CalendarChoice.NONE)
    masterclass.move(HOUR * -2)
    for one in (ada, ben):
        masterclass.stay_away(one)
    assert [method for method, _ in masterclass.of(ada).events()] == ["REQUEST", "REQUEST", "CANCEL"]
    assert masterclass.of(ben).events() == []
    assert masterclass.kinds(ben) == ["session_moved"]  # nobody else tells that; the others he did himself
    masterclass.attend(ada)  # the calendar has it no longer, and she wants none
    assert masterclass.of(ada).events() == []


def test_a_deleted_session_goes_from_the_calendars_that_hold_it(masterclass: Gathering) -> None:
    ada, ben = masterclass.fair.startups[:2]
    masterclass.choose(ben, CalendarChoice.NONE)
    for one in (ada, ben):
        masterclass.attend(one)
    masterclass.delete()
    assert [method for method, _ in masterclass.of(ada).events()] == ["REQUEST", "CANCEL"]
    assert masterclass.of(ben).events() == []
    assert masterclass.kinds(ben) == ["session_cancelled"]


def test_a_file_of_a_publication_is_taken_back_by_a_cancellation_of_the_same_entry(table: Gathering) -> None:
    host, guests, at = table.fair.corporates[0], table.fair.startups, table.starts_at()
    table.withdraw(host)
    with table.database.reading() as session:
        (published,) = set(
            session.scalars(sa.select(SeatMessage.method).where(SeatMessage.method == "PUBLISH"))
        )
        (row,) = session.scalars(sa.select(EventSession))
        uid, has_time = row.uid, row.has_time
    assert (published, has_time) == ("PUBLISH", False)
    for one in guests:
        sent = table.of(one).events()
        # the meetings with the firm that withdrew go beside it, where calendars hold them
        ((method, event),) = [(method, event) for method, event in sent if event["UID"] == uid]
        assert (method, event["DTSTART"].dt) == ("CANCEL", at)


def test_undone_leaves_the_calendars_as_they_are_and_the_next_change_reaches_them(table: Gathering) -> None:
    host, guest = table.fair.corporates[0], table.fair.startups[0]
    table.withdraw(host)
    table.undo()
    assert table.of(guest).events() == []
    table.stay_away(guest)
    ((method, event),) = table.of(guest).events()
    assert (method, event["DTSTART"].dt) == ("CANCEL", table.starts_at())


def test_who_asked_for_each_gets_seats_as_invitations_and_hosts_read_that_they_host(
    database: Database, config: Config
) -> None:
    made = _gathering(database, config, make_roundtable)
    guest, host = made.fair.startups[0], made.fair.corporates[0]
    for one in (guest, host):
        made.choose(one, CalendarChoice.EACH)
    made.publish()
    with database.reading() as session:
        rows = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "seat_given"))
        told = {row.person_id: (row.arguments["how"], row.arguments["calendar"]["method"]) for row in rows}
        digests = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_published"))
        files = {row.person_id: len(row.arguments["calendar_entries"]) for row in digests}
    people = made.fair.people
    assert told == {people[guest.id]: ("round", "REQUEST"), people[host.id]: ("hosts", "REQUEST")}
    assert (files[people[guest.id]], files[people[host.id]]) == (0, 0)
    made.publish()  # a later round tells the state in its file, and invites nobody twice
    assert made.kinds(guest).count("seat_given") == 1


def test_who_takes_the_hosts_place_gets_the_entry_and_who_leaves_loses_it(table: Gathering) -> None:
    host = table.fair.corporates[0]
    with table.database.transaction() as session:
        colleague = make_delegate(
            session, session.get_one(Participation, host.id), make_person(session), is_manager=True
        )
        person_id = colleague.person_id
        remove_delegate(
            session, event=session.get_one(Event, table.fair.event.id), actor_id=table.fair.organiser.id,
            delegate=session.get_one(Delegate, host.delegates[0].id), now=clock.now(),
        )  # fmt: skip
        uid = session.get_one(EventSession, table.session_id).uid
    comes = CalendarMail(table.database, table.config, person_id).events()
    goes = table.of(host).events()
    assert [method for method, event in comes if event["UID"] == uid] == ["REQUEST"]
    assert [method for method, event in goes if event["UID"] == uid] == ["CANCEL"]


def test_an_erased_host_takes_the_table_out_of_the_guests_calendars(table: Gathering) -> None:
    host, guest = table.fair.corporates[0], table.fair.startups[0]
    with table.database.transaction() as session:
        person = session.get_one(Participation, host.id).delegates[0].person
        set_password(person, "winter-anvil-otter")
        erase_account(session, person_id=person.id, password="winter-anvil-otter", now=clock.now())
        uid = session.get_one(EventSession, table.session_id).uid
    sent = table.of(guest).events()
    assert [method for method, event in sent if event["UID"] == uid] == ["CANCEL"]


def test_a_seat_from_the_waiting_list_is_newer_than_its_cancellation(table: Gathering) -> None:
    ada = table.fair.startups[0]
    table.stay_away(ada)
    with table.database.transaction() as session:
        would_like(session, session.get_one(EventSession, table.session_id), session.merge(ada))
    assert give_freed_seats(table.database) == 1
    (lost, given) = table.of(ada).events()
    assert [lost[0], given[0]] == ["CANCEL", "REQUEST"]
    assert lost[1]["SEQUENCE"] < given[1]["SEQUENCE"]
    assert table.kinds(ada)[-2:] == ["seat_given_back", "seat_given"]


def test_who_gets_a_seat_back_in_a_session_that_was_moved_meanwhile_is_told(
    database: Database, config: Config
) -> None:
    made = _gathering(database, config, make_masterclass, seats=3)
    made.publish()
    ada, ben = made.fair.startups[:2]
    for one in (ada, ben):
        made.of(one).read()
    made.withdraw(ada)
    made.move(-HOUR)
    made.undo()
    for one in (ada, ben):
        assert _states(made.of(one).events()) == [("REQUEST", "CONFIRMED", made.starts_at())]


def test_the_host_of_a_moved_table_is_not_asked_to_give_the_seat_to_somebody_else(session: Session) -> None:
    fair = make_fair(session)
    first, second = (make_place(session, fair.event, name=name) for name in ("One", "Two"))
    row = held_roundtable(session, fair, *fair.startups[:1], place=first)
    details = SessionDetails(
        kind=row.kind, title=row.title, starts_at=row.starts_at, ends_at=row.ends_at, seats=row.seats,
        is_by_round=True, least=row.least, host_id=row.host_id, block_id=row.block_id, place_ids=(second.id,),
    )  # fmt: skip
    edit_session(
        session, event_id=fair.event.id, session_id=row.id, details=details, actor_id=fair.organiser.id,
        now=clock.now(),
    )  # fmt: skip
    told = {
        mail.person_id: (mail.kind, mail.arguments["place"], mail.arguments["is_host"])
        for mail in session.scalars(sa.select(OutboxMail))
    }
    assert told == {
        fair.people[fair.startups[0].id]: ("session_moved", "Two", False),
        fair.people[fair.corporates[0].id]: ("session_moved", "Two", True),
    }
