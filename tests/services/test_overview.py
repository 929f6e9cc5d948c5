"""What the start page of a person counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Event,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    OrganisationKind,
    Participation,
    ParticipationStatus,
    Person,
    RequestStatus,
    Round,
    RoundStatus,
    RoundStep,
    Suggestion,
    Wish,
    WishKind,
)
from matchmaker.services.overview import open_events, own_events, run_events
from tests.factories import (
    NOW,
    add,
    make_event,
    make_organisation,
    make_participation,
    make_person,
    make_slots,
)

pytestmark = pytest.mark.both_databases


def _round(session: Session, event: Event, number: int, **values: Any) -> Round:
    return add(
        session,
        Round(
            event_id=event.id,
            number=number,
            step=RoundStep.SUGGEST,
            status=RoundStatus.PUBLISHED,
            settings={},
            due_at=NOW,
            created_at=NOW,
            **values,
        ),
    )


def _suggest(session: Session, of: Round, one: Participation, other: Participation) -> None:
    first, second = sorted((one.id, other.id))
    add(
        session,
        Suggestion(
            event_id=of.event_id,
            round_id=of.id,
            participation_a_id=first,
            participation_b_id=second,
            fit_ab=0.5,
            fit_ba=0.5,
            fit=0.5,
            value=0.5,
            explanation={},
            scorer_version="1",
            inputs_hash="x",
        ),
    )


def _meet(session: Session, one: Participation, other: Participation, **values: Any) -> None:
    slots = make_slots(session, session.get_one(Event, one.event_id), count=1)
    first, second = sorted((one.id, other.id))
    add(
        session,
        Meeting(
            event_id=one.event_id,
            participation_a_id=first,
            participation_b_id=second,
            slot_id=slots[0].id,
            uid=f"{first}-{second}",
            created_at=NOW,
            updated_at=NOW,
            **{"status": MeetingStatus.PROPOSED, **values},
        ),
    )


@pytest.fixture
def person(session: Session) -> Person:
    """Somebody who takes part."""
    return make_person(session)


def test_unanswered_suggestions_of_the_newest_opened_round_count(
    session: Session, person: Person, now: dt.datetime
) -> None:
    event = make_event(session)
    own = make_participation(session, event, person=person, offers=("a",), needs=("b",))
    others = [make_participation(session, event, group="corporates") for _ in range(3)]
    old, new = _round(session, event, 1, opened_at=NOW), _round(session, event, 2, opened_at=NOW)
    not_open = _round(session, event, 3)
    for other in others:
        _suggest(session, old, own, other)
        _suggest(session, not_open, own, other)
    for other in others[:2]:
        _suggest(session, new, own, other)
    add(
        session,
        Wish(from_id=own.id, to_id=others[0].id, event_id=event.id, kind=WishKind.MEET, said_at=NOW),
    )
    add(
        session,
        Wish(from_id=others[1].id, to_id=own.id, event_id=event.id, kind=WishKind.MEET, said_at=NOW),
    )
    (row,) = own_events(session, person_id=person.id, now=now)
    assert (row.suggestions, row.lacks_offers, row.lacks_needs) == (1, False, False)


def test_suggestions_no_longer_count_when_their_time_is_over(
    session: Session, person: Person, now: dt.datetime
) -> None:
    event = make_event(session)
    own = make_participation(session, event, person=person)
    past = _round(session, event, 1, opened_at=NOW, wishes_until=now - dt.timedelta(hours=1))
    _suggest(session, past, own, make_participation(session, event, group="corporates"))
    (row,) = own_events(session, person_id=person.id, now=now)
    assert row.suggestions == 0


def test_meetings_and_requests_that_wait_for_the_own_side_count(
    session: Session, person: Person, now: dt.datetime
) -> None:
    event = make_event(session)
    own = make_participation(session, event, person=person)
    others = [make_participation(session, event, group="corporates") for _ in range(4)]
    _meet(session, own, others[0])
    _meet(session, own, others[1], accepted_a_at=NOW)
    _meet(session, own, others[2], status=MeetingStatus.CANCELLED)
    slot = make_slots(session, event, count=1)[0]
    for number, other in enumerate(others):
        expires_at = now + dt.timedelta(days=1 if number else -1)
        add(
            session,
            MeetingRequest(
                event_id=event.id,
                from_id=other.id,
                to_id=own.id,
                slot_id=slot.id,
                status=RequestStatus.OPEN,
                asked_at=NOW,
                expires_at=expires_at,
            ),
        )
    (row,) = own_events(session, person_id=person.id, now=now)
    assert (row.meetings_to_answer, row.requests_to_answer, row.meetings) == (1, 3, 2)
    assert row.next_meeting_at == slot.starts_at


def test_managers_see_the_participations_of_their_organisation_and_withdrawn_ones_are_gone(
    session: Session, person: Person, now: dt.datetime
) -> None:
    event = make_event(session)
    firm = make_organisation(session, person, kind=OrganisationKind.CORPORATE)
    make_participation(session, event, group="corporates", organisation=firm)
    make_participation(session, event, person=person, status=ParticipationStatus.WITHDRAWN)
    make_participation(session, event)
    assert [
        row.participation.organisation_id for row in own_events(session, person_id=person.id, now=now)
    ] == [firm.id]


def test_past_events_come_last_and_are_not_open(session: Session, person: Person, now: dt.datetime) -> None:
    day = dt.timedelta(days=1)
    past = make_event(session, starts_on=now.date() - day, ends_on=now.date() - day)
    coming = make_event(session)
    for event in (past, coming):
        make_participation(session, event, person=person)
    rows = own_events(session, person_id=person.id, now=now)
    assert [row.participation.event_id for row in rows] == [coming.id, past.id]
    assert [event.id for event in open_events(session, today=now.date())] == [coming.id]


def test_run_events_count_what_waits_for_approval(session: Session, person: Person) -> None:
    event = make_event(session, person)
    make_participation(session, event, status=ParticipationStatus.REGISTERED)
    make_participation(session, event)
    (row,) = run_events(session, person_id=person.id)
    assert (row.role.event_id, row.waiting) == (event.id, 1)


def test_number_of_queries_does_not_grow_with_the_events(
    session: Session, person: Person, now: dt.datetime
) -> None:
    def queries() -> int:
        session.expire_all()
        count = 0

        def note(*_arguments: object) -> None:
            nonlocal count
            count += 1

        engine = session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", note)
        read(session)
        sa.event.remove(engine, "before_cursor_execute", note)
        return count

    def rows(session: Session) -> None:
        for row in own_events(session, person_id=person_id, now=now):
            assert row.participation.event.name
            assert row.participation.organisation.name

    read: Callable[[Session], None] = rows
    person_id = person.id
    make_participation(session, make_event(session), person=person)
    one = queries()
    for _ in range(2):
        make_participation(session, make_event(session), person=person)
    assert queries() == one
