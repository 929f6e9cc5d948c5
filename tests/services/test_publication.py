"""Publishing: who is confirmed, what is left out, and one mail each, however often it is pressed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.mail.render import render
from matchmaker.models import (
    Event,
    Meeting,
    MeetingStatus,
    OutboxMail,
    Participation,
    ParticipationStatus,
    PlaceKind,
    Round,
    RoundStatus,
    RoundStep,
    Seat,
    Unplaced,
    WishKind,
)
from matchmaker.services.agenda import read_agenda
from matchmaker.services.meeting import accept
from matchmaker.services.publication import NotPublishable, publish_round
from matchmaker.services.publication_outlook import foresee_publication
from matchmaker.services.round_opening import open_suggestions
from matchmaker.services.withdrawal import withdraw
from tests.factories import make_place
from tests.rounds import Fair, make_fair, read_round, run_round, say

pytestmark = pytest.mark.both_databases


def _fair(database: Database, **event: object) -> Fair:
    with database.transaction() as session:
        fair = make_fair(session, **event)
        make_place(
            session, fair.event, kind=PlaceKind.VIDEO, capacity=None, link="https://v.example/{meeting}"
        )
        say(session, fair.startups[0], WishKind.MUST, fair.corporates[0])
        say(session, fair.corporates[0], WishKind.MEET, fair.startups[0])
        say(session, fair.startups[1], WishKind.MUST, fair.corporates[1])
    return fair


def _publish(database: Database, round_id: int) -> bool:
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        event = session.get_one(Event, round_.event_id)
        return publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())


def _pairs(database: Database, round_id: int, status: MeetingStatus) -> set[tuple[int, int]]:
    with database.reading() as session:
        rows = session.scalars(
            sa.select(Meeting).where(Meeting.round_id == round_id, Meeting.status == status)
        )
        return {(row.participation_a_id, row.participation_b_id) for row in rows}


def test_publishing_confirms_what_both_wished_and_proposes_the_rest(
    database: Database, config: Config
) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    with database.reading() as session:
        foreseen = foresee_publication(session, round_=session.get_one(Round, round_id), event=fair.event)
    assert (foreseen.confirmed, foreseen.proposed, foreseen.people) == (1, 8, 6)
    assert _publish(database, round_id)
    both = {(fair.startups[0].id, fair.corporates[0].id)}
    assert _pairs(database, round_id, MeetingStatus.CONFIRMED) == both
    assert len(_pairs(database, round_id, MeetingStatus.PROPOSED)) == 8
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Seat)) == 18
        assert read_round(database, round_id).status == RoundStatus.PUBLISHED


def test_one_sided_wish_is_an_answer_that_the_other_side_is_not_shown(
    database: Database, config: Config
) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    _publish(database, round_id)
    wishing, other = fair.startups[1], fair.corporates[1]
    with database.reading() as session:
        event = session.get_one(Event, fair.event.id)
        shown = read_agenda(session, event=event, participation_id=other.id).meetings
        [meeting] = [row for row in shown if row.partner_id == wishing.id]
        assert (meeting.has_own_answer, meeting.has_partner_answer) == (False, False)
        assert meeting.meeting.accepted_a_at is not None
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        row = session.get_one(Meeting, meeting.meeting.id)
        accept(
            session,
            event=event,
            meeting_id=row.id,
            participation_id=other.id,
            version=row.version,
            actor_id=fair.people[other.id],
            now=clock.now(),
        )
        assert row.status == MeetingStatus.CONFIRMED


def test_event_can_confirm_all_at_once(database: Database, config: Config) -> None:
    fair = _fair(database, confirms_all=True)
    round_id = run_round(database, config, fair.event)
    _publish(database, round_id)
    assert len(_pairs(database, round_id, MeetingStatus.CONFIRMED)) == 9


def test_publishing_many_times_at_once_is_publishing_once(database: Database, config: Config) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: _publish(database, round_id), range(4)))
    assert sorted(done) == [False, False, False, True]
    with database.reading() as session:
        mails = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "agenda_published")).all()
        assert len(mails) == 6
        texts = [render(mail, config).text for mail in mails]
    assert all("meetings of Event" in text for text in texts)


def test_publishing_without_a_video_room_names_the_problem(database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
    round_id = run_round(database, config, fair.event)
    with pytest.raises(NotPublishable) as refused:
        _publish(database, round_id)
    assert [problem.code for problem in refused.value.problems] == ["no_video_room"]
    assert read_round(database, round_id).status == RoundStatus.DRAFT


def test_what_changed_since_the_draft_is_left_out_and_named(database: Database, config: Config) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    gone, vetoing = fair.startups[2], fair.corporates[1]
    with database.transaction() as session:
        session.get_one(Participation, gone.id).status = ParticipationStatus.WITHDRAWN
        say(session, vetoing, WishKind.NEVER, fair.startups[1])
    _publish(database, round_id)
    published = _pairs(database, round_id, MeetingStatus.CONFIRMED) | _pairs(
        database, round_id, MeetingStatus.PROPOSED
    )
    assert len(published) == 5
    assert all(gone.id not in pair for pair in published)
    assert (fair.startups[1].id, vetoing.id) not in published
    with database.reading() as session:
        reasons = sorted(session.scalars(sa.select(Unplaced.reason).where(Unplaced.round_id == round_id)))
    assert reasons == ["vetoed_meanwhile", *["withdrawn_meanwhile"] * 3]


def test_second_round_keeps_what_was_published(database: Database, config: Config) -> None:
    fair = _fair(database)
    first = run_round(database, config, fair.event)
    _publish(database, first)
    second = run_round(database, config, fair.event, RoundStep.SCHEDULE)
    figures = read_round(database, second).figures
    assert (figures["meetings"], figures["kept"]) == (9, 9)
    _publish(database, second)
    assert read_round(database, first).status == RoundStatus.CLOSED
    assert len(_pairs(database, first, MeetingStatus.PROPOSED)) == 8


def test_opening_suggestions_mails_each_person_once(database: Database, config: Config) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event, RoundStep.SUGGEST)
    for _time in range(2):
        with database.transaction() as session:
            round_ = session.get_one(Round, round_id)
            open_suggestions(session, round_=round_, actor_id=None, now=clock.now(), wishes_until=None)
    with database.reading() as session:
        keys = session.scalars(sa.select(OutboxMail.key).where(OutboxMail.kind == "suggestions_open")).all()
    assert len(keys) == len(set(keys)) == 6


def test_withdrawing_while_a_round_is_published_leaves_no_meeting(database: Database, config: Config) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    gone = fair.startups[0]
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            withdraw(
                session, event=fair.event, participation_ids=[gone.id], actor_id=fair.organiser.id,
                now=clock.now(),
            )  # fmt: skip
            published = pool.submit(_publish, database, round_id)
            wait_for([published], timeout=1)  # it either waits for the withdrawal or has overtaken it
        assert published.result()
    open_ = _pairs(database, round_id, MeetingStatus.PROPOSED) | _pairs(
        database, round_id, MeetingStatus.CONFIRMED
    )
    assert open_
    assert not any(gone.id in pair for pair in open_)
