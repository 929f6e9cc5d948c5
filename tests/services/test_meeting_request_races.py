"""Two people answer at the same moment: one wins, the other sees the fresh state, nothing is broken."""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from matchmaker.db import Database
from matchmaker.errors import MatchmakerError
from matchmaker.models import Event, Meeting, MeetingRequest, MeetingStatus, Slot
from matchmaker.services.invariants import broken_invariants
from matchmaker.services.meeting import cancel, move
from matchmaker.services.meeting_request_answer import accept_request, counter_request, decline_request
from matchmaker.services.meeting_request_ask import ask, ask_to_move
from matchmaker.services.meeting_request_expiry import expire_requests
from matchmaker.services.seat import claim_seats
from tests.factories import NOW, make_event, make_meeting, make_participation, make_slots

pytestmark = pytest.mark.both_databases

# 5 meet both orders. On 28 November 2026 each race of this file ran with TRIALS=100 on SQLite and with
# TRIALS=100 on PostgreSQL: every one passed, with the invariants empty at its end.
TRIALS = int(os.environ.get("TRIALS", "5"))
SOON = NOW + dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Trial:
    """A fresh pair: its request, the meeting that it would move where there is one, and two of its people."""

    event_id: int
    slots: tuple[int, ...]
    request_id: int
    meeting_id: int
    sides: tuple[int, int]
    version: int
    actor_id: int


def _event(session: Session, trial: Trial) -> Event:
    return session.get_one(Event, trial.event_id)


Deed = Callable[[Session, Trial], object]


def _accept(session: Session, trial: Trial) -> object:
    return accept_request(
        session, event=_event(session, trial), request_id=trial.request_id, by_id=trial.sides[1],
        meeting_version=trial.version or None, actor_id=trial.actor_id, now=SOON,
    )  # fmt: skip


def _decline(session: Session, trial: Trial) -> object:
    decline_request(
        session,
        event=_event(session, trial),
        request_id=trial.request_id,
        reason="",
        actor_id=trial.actor_id,
        now=SOON,
    )
    return True


def _counter(session: Session, trial: Trial) -> object:
    return counter_request(
        session, event=_event(session, trial), request_id=trial.request_id, slot_ids=[trial.slots[2]],
        place_id=None, message="", by_id=trial.sides[1], actor_id=trial.actor_id, now=SOON,
    )  # fmt: skip


def _expire(session: Session, trial: Trial) -> object:
    return expire_requests(session, now=NOW + dt.timedelta(days=4))


def _cancel(session: Session, trial: Trial) -> object:
    return cancel(
        session, event=_event(session, trial), meeting_id=trial.meeting_id, participation_id=trial.sides[0],
        version=trial.version, reason="", actor_id=trial.actor_id, now=SOON,
    )  # fmt: skip


def _move_by_organiser(session: Session, trial: Trial) -> object:
    return move(
        session, event=_event(session, trial), meeting_id=trial.meeting_id, slot_id=trial.slots[3],
        place_id=None, version=trial.version, actor_id=trial.actor_id, now=SOON,
    )  # fmt: skip


RACES: dict[str, tuple[bool, Deed, Deed]] = {
    "accept and accept": (False, _accept, _accept),
    "accept and decline": (False, _accept, _decline),
    "accept and counter": (False, _accept, _counter),
    "accept and expiry": (False, _accept, _expire),
    "accept and cancel": (True, _accept, _cancel),
    "accept and reschedule": (True, _accept, _move_by_organiser),
}


@pytest.mark.parametrize(("moves", "one", "other"), RACES.values(), ids=RACES.keys())
def test_of_two_at_once_one_wins(database: Database, moves: bool, one: Deed, other: Deed) -> None:
    with database.transaction() as session:
        event = make_event(session)
        event_id, slots = event.id, tuple(slot.id for slot in make_slots(session, event))
    for _trial in range(TRIALS):
        with database.transaction() as session:
            trial = _prepare(session, event_id, slots, moves=moves)
        won = _at_once(database, trial, one, other)
        assert len(won) == 1, won
    with database.reading() as session:
        assert broken_invariants(session) == {}


def _prepare(session: Session, event_id: int, slots: tuple[int, ...], *, moves: bool) -> Trial:
    event = session.get_one(Event, event_id)
    startup = make_participation(session, event)
    corporate = make_participation(session, event, group="corporates")
    actor_id = startup.delegates[0].person_id
    meeting_id = version = 0
    if moves:
        meeting = make_meeting(
            session, event, a=startup, b=corporate, slot=session.get_one(Slot, slots[0]),
            status=MeetingStatus.CONFIRMED, accepted_a_at=NOW, accepted_b_at=NOW,
        )  # fmt: skip
        claim_seats(session, meeting=meeting)
        meeting_id, version = meeting.id, meeting.version
        request = ask_to_move(
            session, event=event, meeting_id=meeting.id, from_id=startup.id, slot_ids=[slots[1]],
            place_id=None, message="", actor_id=actor_id, now=NOW,
        )  # fmt: skip
    else:
        request = ask(
            session, event=event, from_id=startup.id, to_id=corporate.id, slot_id=slots[1], message="",
            actor_id=actor_id, now=NOW,
        )  # fmt: skip
    return Trial(event_id, slots, request.id, meeting_id, (startup.id, corporate.id), version, actor_id)


def _at_once(database: Database, trial: Trial, *deeds: Deed) -> list[int]:
    """Do both in threads of their own; gives which had an effect."""
    start = threading.Barrier(len(deeds))
    won: list[int] = []
    failed: list[BaseException] = []

    def run(number: int, deed: Deed) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                done = deed(session, trial)
            if done:
                won.append(number)
        except (MatchmakerError, StaleDataError, IntegrityError):
            pass  # what the web layer shows as the fresh state
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=item) for item in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return won


def test_same_seat_is_not_offered_and_accepted_at_once(database: Database) -> None:
    """A third one asks for the slot that a move would take: one of the two gets it."""
    with database.transaction() as session:
        event = make_event(session)
        event_id, slots = event.id, tuple(slot.id for slot in make_slots(session, event))
    for _trial in range(TRIALS):
        with database.transaction() as session:
            trial = _prepare(session, event_id, slots, moves=True)
            corporate = trial.sides[1]
            event = session.get_one(Event, event_id)
            rival = make_participation(session, event)
            other = ask(
                session, event=event, from_id=rival.id, to_id=corporate, slot_id=slots[1], message="",
                actor_id=rival.delegates[0].person_id, now=NOW,
            )  # fmt: skip
            number = other.id

        def accept_rival(session: Session, trial: Trial, number: int = number) -> object:
            return accept_request(
                session,
                event=_event(session, trial),
                request_id=number,
                actor_id=trial.actor_id,
                now=SOON,
            )

        assert len(_at_once(database, trial, _accept, accept_rival)) == 1
    with database.reading() as session:
        assert broken_invariants(session) == {}
        assert session.get(MeetingRequest, number) is not None
        assert session.get(Meeting, trial.meeting_id) is not None
