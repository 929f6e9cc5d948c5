"""The pages of a schedule's quality: what they say is what the independent check works out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock, scheduling
from matchmaker.db import Database
from matchmaker.jobs.round import run_due_round
from matchmaker.jobs.round_study import run_due_study
from matchmaker.models import (
    Event,
    EventFormat,
    EventRole,
    EventRoleKind,
    Group,
    Meeting,
    Organisation,
    PlaceKind,
    Round,
    RoundShare,
    RoundStudy,
    StudyStatus,
    WishKind,
)
from matchmaker.services.meeting import cancel, move
from matchmaker.services.publication import publish_round
from matchmaker.services.round_certificate import read_certificate
from matchmaker.services.round_storage import unpack_round
from tests.factories import add, make_person, make_place, make_slots
from tests.rounds import Fair, make_fair, plain, read_round, run_round, say
from tests.visitor import Visitor


def _fair(database: Database, *, tables: int = 2, **values: object) -> Fair:
    with database.transaction() as session:
        fair = make_fair(
            session, startups=4, corporates=3, slots=3, **{"format": EventFormat.ON_SITE, **values}
        )
        for _ in range(tables):
            make_place(session, fair.event, kind=PlaceKind.TABLE)
    return fair


def _publish(database: Database, round_id: int) -> None:
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        event = session.get_one(Event, round_.event_id)
        publish_round(session, round_=round_, event=event, actor_id=None, now=clock.now())


def _pages(app: Flask, fair: Fair, round_id: int) -> tuple[Visitor, str]:
    return Visitor(app).log_in(fair.organiser), f"/events/{fair.event.slug}/rounds/{round_id}"


def test_certificate_says_what_the_check_recomputes(app: Flask, database: Database, config: Config) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    with database.reading() as session:
        round_ = session.get_one(Round, round_id)
        stored = unpack_round(round_)
        told = read_certificate(round_.figures["certificate"])
    assert stored is not None
    assert told is not None
    assert stored.schedule.certificate is not None
    assert stored.count is not None
    assert stored.count.certificate is not None
    assert scheduling.check(stored.problem, stored.schedule) == []
    assert told.bound == scheduling.bound(stored.problem, stored.schedule.certificate)
    counted = scheduling.bound(scheduling.counted(stored.problem), stored.count.certificate)
    assert told.most == counted // scheduling.ONE == 6  # two tables in three slots
    assert told.value + told.first + told.seen - told.hours == told.objective == stored.schedule.objective
    visitor, page = _pages(app, fair, round_id)
    visitor.get(page)
    assert "6 meetings, the most that can be" in visitor.text()
    visitor.get(f"{page}/certificate")
    assert "This is a proof about the schedule, not about the scores" in visitor.text()
    assert "no schedule has more than 6" in visitor.text()


def test_shares_are_those_of_the_stored_schedule(database: Database, config: Config) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    with database.reading() as session:
        round_ = session.get_one(Round, round_id)
        stored = unpack_round(round_)
        shares = {
            row.participation_id: row
            for row in session.scalars(sa.select(RoundShare).where(RoundShare.round_id == round_id))
        }
    assert stored is not None
    report = scheduling.report(stored.problem, stored.schedule)
    met = scheduling.degrees(stored.problem, stored.schedule)
    assert {int(one.id): met[p] for p, one in enumerate(stored.problem.participations)} == {
        number: row.meetings for number, row in shares.items()
    }
    assert sum(row.meetings for row in shares.values()) == 2 * len(stored.schedule.meetings)
    told = round_.figures["fairness"]
    assert told["all"]["gini"] == round(report.meetings.gini, 4)
    assert told["all"]["without"] == len(report.without)
    assert round_.figures["hours"]["discomfort"] == sum(row.discomfort for row in shares.values()) == 0


def test_fairness_hours_and_room_are_shown(app: Flask, database: Database, config: Config) -> None:
    fair = _fair(database, tables=1)
    round_id = run_round(database, config, fair.event)
    visitor, page = _pages(app, fair, round_id)
    visitor.get(f"{page}/fairness")
    assert "before anybody's surplus" in visitor.text()
    assert "3/7" not in visitor.text()  # three meetings reach six of seven
    assert "6/7" in visitor.text()
    assert "What fairness costs" in visitor.text()
    visitor.get(f"{page}/hours")
    assert "Berlin" in visitor.text()
    visitor.get(f"{page}/room")
    assert "What is scarce" in visitor.text()
    place = visitor.page().find("select", {"name": "subject"})
    assert place is not None
    visitor.submit(action="/plans", count="2", kind="places")
    assert "A run is under way" in visitor.text()
    assert run_due_study(database, plain(config)) is not None
    visitor.get(f"{page}/room")
    assert "+6" in visitor.text()  # two more tables in three slots
    forms = visitor.page().find_all("input", {"name": "subject", "type": "hidden"})
    kinds = {form.parent.find("input", {"name": "kind"})["value"]: form["value"] for form in forms}
    for kind in ("slot", "day"):
        token = visitor.page().find("input", {"name": "csrf_token"})["value"]
        visitor.client.post(
            f"{page}/room/plans",
            data={"kind": kind, "subject": kinds[kind], "count": "1", "csrf_token": token},
        )
        assert run_due_study(database, plain(config)) is not None
    with database.reading() as session:
        gained = [study.result["meetings"] for study in session.scalars(sa.select(RoundStudy))]
    assert gained == [6, 1, 3]  # a second slot has one table, a second day three slots


def test_certificate_lapses_when_a_meeting_is_changed_by_hand(
    app: Flask, database: Database, config: Config
) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    _publish(database, round_id)
    visitor, page = _pages(app, fair, round_id)
    visitor.get(page)
    assert "Lapsed" not in visitor.text()
    with database.transaction() as session:
        event = session.get_one(Event, fair.event.id)
        first, second = session.scalars(sa.select(Meeting).order_by(Meeting.id).limit(2))
        [spare] = make_slots(session, event, count=1, start=fair.slots[-1].ends_at + dt.timedelta(minutes=5))
        later = clock.now() + dt.timedelta(minutes=1)
        by_hand = {"event": event, "actor_id": fair.organiser.id, "now": later}
        cancel(
            session,
            meeting_id=first.id,
            participation_id=None,
            version=first.version,
            reason="",
            **by_hand,
        )
        move(
            session,
            meeting_id=second.id,
            slot_id=spare.id,
            place_id=second.place_id,
            version=second.version,
            **by_hand,
        )
    visitor.get(page)
    assert "The proof has lapsed" in visitor.text()
    assert "no longer takes place" in visitor.text()
    assert "moved (" in visitor.text()
    visitor.get(f"{page}/certificate")
    visitor.submit(action="/check")
    assert "It is being checked" in visitor.text()
    run_due_study(database, plain(config))
    visitor.get(f"{page}/certificate")
    assert "Since then 0 meetings were moved, 2 are gone and 1 were added" in visitor.text()


def test_check_again_finds_the_meetings_as_they_were_made(
    app: Flask, database: Database, config: Config
) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    _publish(database, round_id)
    visitor, page = _pages(app, fair, round_id)
    visitor.get(f"{page}/certificate")
    visitor.submit(action="/check")
    visitor.submit(action="/check") if visitor.page().find(
        "form", {"action": re.compile("/check$")}
    ) else None
    run_due_study(database, plain(config))
    assert run_due_study(database, plain(config)) is None
    visitor.get(f"{page}/certificate")
    assert "The meetings stand exactly as the round made them." in visitor.text()
    with database.reading() as session:
        assert session.scalar(sa.select(RoundStudy.status)) == StudyStatus.DONE


def test_essen_and_vancouver_share_their_hours_readably(
    app: Flask, database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=2, corporates=2, slots=0)
        start = dt.datetime.combine(fair.event.starts_on, dt.time(16, 0), dt.UTC)
        make_slots(session, fair.event, count=3, start=start, minutes=25)
        for row in fair.startups:
            row.delegates[0].person.time_zone = "America/Vancouver"
    round_id = run_round(database, config, fair.event)
    hours = read_round(database, round_id).figures["hours"]
    assert [row["zone"] for row in hours["zones"]] == ["America/Vancouver", "Europe/Berlin"]
    assert hours["discomfort"] > 0
    visitor, page = _pages(app, fair, round_id)
    visitor.get(f"{page}/hours")
    assert "Vancouver" in visitor.text()
    assert "Berlin" in visitor.text()


def test_unplaced_pairs_say_what_would_have_to_give(app: Flask, database: Database, config: Config) -> None:
    fair = _fair(database, tables=1)
    with database.transaction() as session:
        say(session, fair.startups[0], WishKind.NEVER, fair.corporates[0])
        for startup in fair.startups[1:]:
            say(session, startup, WishKind.MUST, fair.corporates[1])
    round_id = run_round(database, config, fair.event)
    visitor, page = _pages(app, fair, round_id)
    visitor.get(page)
    assert "What would have to give" in visitor.text()
    assert "instead of" in visitor.text()


def test_who_only_runs_rounds_sees_reasons_but_no_wished_pairs(
    app: Flask, database: Database, config: Config
) -> None:
    fair = _fair(database, tables=1)
    with database.transaction() as session:
        runner = make_person(session)
        add(
            session,
            EventRole(
                event_id=fair.event.id,
                person_id=runner.id,
                kind=EventRoleKind.CO_ORGANISER,
                can_run_rounds=True,
                created_at=clock.now(),
            ),
        )
        say(session, fair.startups[0], WishKind.NEVER, fair.corporates[0])
        for startup in fair.startups[1:]:
            say(session, startup, WishKind.MUST, fair.corporates[1])
    round_id = run_round(database, config, fair.event)
    page = f"/events/{fair.event.slug}/rounds/{round_id}"
    visitor = Visitor(app).log_in(runner)
    visitor.get(page)
    assert "Excluded by a rule or a wish" in visitor.text()
    assert "What would have to give" not in visitor.text()
    unplaced = visitor.page().find("section", {"id": "unplaced"})
    assert unplaced is not None
    with database.reading() as session:
        names = session.scalars(sa.select(Organisation.name)).all()
    assert not [name for name in names if name in unplaced.text]


def test_pages_of_a_schedule_ask_few_questions_however_many_take_part(
    app: Flask, database: Database, config: Config
) -> None:
    assert _counts(app, database, config, startups=1) == _counts(app, database, config, startups=4)


def _counts(app: Flask, database: Database, config: Config, *, startups: int) -> list[int]:
    """Statements per page, for an event of this size."""
    with database.transaction() as session:
        fair = make_fair(session, startups=startups, corporates=2, slots=3)
    round_id = run_round(database, config, fair.event)
    visitor, page = _pages(app, fair, round_id)
    paths = ("", "/certificate", "/fairness", "/hours", "/room")
    return [_queries(database, partial(visitor.get, f"{page}{path}")) for path in paths]


def test_floor_and_weights_of_groups_are_settings_of_the_round(
    app: Flask, database: Database, config: Config
) -> None:
    fair = _fair(database)
    visitor = Visitor(app).log_in(fair.organiser)
    rounds = f"/events/{fair.event.slug}/rounds"
    visitor.get(f"{rounds}/new")
    with database.reading() as session:
        group = session.scalars(sa.select(Group).where(Group.code == "startups")).one()
    visitor.submit(step="both", seconds="1", least_fit="0", floor="1", **{f"weight_{group.id}": "99"})
    assert "Number must be between 1 and 9." in visitor.text()
    visitor.submit(step="both", seconds="1", least_fit="0", floor="1", **{f"weight_{group.id}": "2"})
    run_due_round(database, plain(config))
    with database.reading() as session:
        round_ = session.scalars(sa.select(Round)).one()
        stored = unpack_round(round_)
    assert stored is not None
    assert round_.settings["weights"] == {"startups": 2.0}
    assert {(one.group, one.weight) for one in stored.problem.participations} == {
        ("startups", 2.0),
        ("corporates", 1.0),
    }
    assert len(stored.problem.floor) == round_.figures["fairness"]["floor"] == 1
    visitor.get(f"{rounds}/{round_.id}/fairness")
    assert "before anybody gets more" in visitor.text()


def _queries(database: Database, work: Callable[[], object]) -> int:
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    sa.event.listen(database.engine, "before_cursor_execute", tick)
    work()
    sa.event.remove(database.engine, "before_cursor_execute", tick)
    return count
