"""The pages of rounds, with real forms: start, watch, review, lock, publish."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.jobs.round import run_due_round
from matchmaker.models import Meeting, PlaceKind, Round, RoundStatus, RoundStep, WishKind
from matchmaker.services.worker import beat_worker
from tests.factories import make_place
from tests.rounds import Fair, make_fair, plain, read_round, run_round, say
from tests.visitor import Visitor


def _fair(database: Database, **values: int) -> Fair:
    with database.transaction() as session:
        fair = make_fair(session, **values)
        make_place(
            session,
            fair.event,
            kind=PlaceKind.VIDEO,
            capacity=None,
            name="Video",
            link="https://v.example/{meeting}",
        )
        say(session, fair.startups[0], WishKind.MUST, fair.corporates[0])
        say(session, fair.corporates[0], WishKind.MUST, fair.startups[0])
        say(session, fair.corporates[1], WishKind.NEVER, fair.startups[1])
        say(session, fair.startups[1], WishKind.MEET, fair.corporates[1])
    return fair


def _organiser(app: Flask, fair: Fair) -> tuple[Visitor, str]:
    return Visitor(app).log_in(fair.organiser), f"/events/{fair.event.slug}/rounds"


def test_organiser_starts_watches_and_publishes_a_round(
    app: Flask, database: Database, config: Config
) -> None:
    fair = _fair(database)
    visitor, rounds = _organiser(app, fair)
    visitor.get(rounds)
    assert "No round yet." in visitor.text()
    visitor.get(f"{rounds}/new")
    visitor.submit(step="both", seconds="1", least_fit="0")
    assert "matchmaker worker" in visitor.text()
    with database.transaction() as session:
        beat_worker(session, name="test", started_at=clock.now(), now=clock.now())
    visitor.get(f"{rounds}/1")
    assert "matchmaker worker" not in visitor.text()
    assert visitor.page().find("meta", {"http-equiv": "refresh"}) is not None
    run_due_round(database, plain(config))
    visitor.get(f"{rounds}/1")
    shown = visitor.text()
    assert "8 meetings" in shown
    assert "One of the two does not want to meet the other. They are not told." in shown
    visitor.get(f"{rounds}/1/publish")
    assert "1 meeting is confirmed at once" in visitor.text()
    assert "7 meetings are proposed" in visitor.text()
    visitor.submit(action="/publish")
    assert "Published: 1 meetings are confirmed, 7 wait for answers." in visitor.text()


def test_second_organiser_is_told_of_the_running_round(app: Flask, database: Database) -> None:
    fair = _fair(database)
    visitor, rounds = _organiser(app, fair)
    visitor.get(f"{rounds}/new")
    visitor.submit()
    visitor.get(f"{rounds}/new")
    visitor.submit(top="7")
    assert "Olga Organiser has already started round 1." in visitor.text()
    field = visitor.page().find("input", {"name": "top"})
    assert field is not None
    assert field["value"] == "7"


def test_ticked_meetings_are_locked_and_unlocked(app: Flask, database: Database, config: Config) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    visitor, rounds = _organiser(app, fair)
    page = visitor.get(f"{rounds}/{round_id}")
    ticked = [str(box["value"]) for box in page.find_all("input", {"name": "meeting"})[:2]]
    visitor.submit(action="/locks", meeting=ticked, do="lock")
    assert "2 meetings are locked." in visitor.text()
    with database.reading() as session:
        locked = session.scalars(sa.select(Meeting.id).where(Meeting.is_locked)).all()
    assert sorted(map(str, locked)) == sorted(ticked)
    visitor.submit(action="/locks", meeting=ticked[:1], do="unlock")
    assert "1 meeting is unlocked." in visitor.text()
    visitor.submit(action="/run-again")
    assert "Round 2" in visitor.text()


def test_suggestions_are_opened_with_a_time_in_the_events_zone(
    app: Flask, database: Database, config: Config
) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event, RoundStep.SUGGEST)
    visitor, rounds = _organiser(app, fair)
    visitor.get(f"{rounds}/{round_id}")
    visitor.submit(action="/open-suggestions", wishes_until="2046-07-01T18:00")
    assert "open to both sides" in visitor.text()
    assert read_round(database, round_id).wishes_until == dt.datetime(2046, 7, 1, 16, 0, tzinfo=dt.UTC)


def test_draft_is_discarded_after_a_question(app: Flask, database: Database, config: Config) -> None:
    fair = _fair(database)
    round_id = run_round(database, config, fair.event)
    visitor, rounds = _organiser(app, fair)
    visitor.get(f"{rounds}/{round_id}/discard")
    visitor.submit(action="/cancel")
    assert read_round(database, round_id).status == RoundStatus.CANCELLED


def test_two_drafts_are_compared(app: Flask, database: Database, config: Config) -> None:
    fair = _fair(database)
    first, second = (run_round(database, config, fair.event) for _time in range(2))
    visitor, rounds = _organiser(app, fair)
    visitor.get(f"{rounds}/{second}/compare?with={first}")
    assert "Round 2 and round 1" in visitor.text()
    visitor.submit(action=f"/{first}/choose")
    assert "This run is the one that is reviewed and published." in visitor.text()
    visitor.get(f"{rounds}/{second}")
    assert "Round 1 is the one that counts now." in visitor.text()


def test_round_of_another_event_is_not_found(app: Flask, database: Database, config: Config) -> None:
    fair, foreign = _fair(database), _fair(database)
    round_id = run_round(database, config, foreign.event)
    visitor, rounds = _organiser(app, fair)
    for path in ("", "/publish", "/discard"):
        visitor.get(f"{rounds}/{round_id}{path}", status=404)


def test_pages_ask_the_database_equally_often_for_few_and_many(
    app: Flask, database: Database, config: Config
) -> None:
    counts = []
    for size in (1, 3):
        fair = _small(database, size)
        round_id = run_round(database, config, fair.event)
        with database.transaction() as session:
            session.get_one(Round, round_id).opened_at = clock.now()
        visitor, rounds = _organiser(app, fair)
        own = Visitor(app).log_in(fair.people[fair.startups[0].id])
        lists = f"/events/{fair.event.slug}/participations/{fair.startups[0].id}"
        paths = [(visitor, rounds), (visitor, f"{rounds}/{round_id}"), (own, f"{lists}/suggestions")]
        counts.append([_statements(database, who, path) for who, path in [*paths, (own, f"{lists}/others")]])
    assert counts[0] == counts[1]


def _small(database: Database, size: int) -> Fair:
    with database.transaction() as session:
        fair = make_fair(session, startups=size, corporates=size)
        say(session, fair.startups[0], WishKind.MUST, fair.corporates[0])
    return fair


def _statements(database: Database, visitor: Visitor, path: str) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    visitor.get(path)
    sa.event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)


def test_round_of_fewer_than_two_participations_is_told_so_before_and_after(
    app: Flask, database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=1, corporates=0)
    visitor, rounds = _organiser(app, fair)
    visitor.get(f"{rounds}/new")
    assert "Fewer than two participations would be in this round." in visitor.text()
    visitor.get(f"{rounds}/{run_round(database, config, fair.event)}")
    assert "Fewer than two participations were in this round." in visitor.text()
    with database.transaction() as session:
        full = make_fair(session, startups=1, corporates=1)
    visitor, rounds = _organiser(app, full)
    visitor.get(f"{rounds}/new")
    assert "Fewer than two participations" not in visitor.text()


def test_what_places_lack_is_told_before_publishing_with_the_way_there(
    app: Flask, database: Database, config: Config
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, video_link="")
        make_place(session, fair.event, kind=PlaceKind.VIDEO, capacity=None, name="Video")
    round_id = run_round(database, config, fair.event)
    visitor, rounds = _organiser(app, fair)
    for _time in ("before", "after the attempt"):
        page = visitor.get(f"{rounds}/{round_id}/publish")
        link = page.find("a", string="To the places")
        assert link is not None
        assert link["href"] == f"/events/{fair.event.slug}/places"
        assert "Video has no link, and the event has none either." in visitor.text()
        visitor.submit(action="/publish")
    assert "Some meetings would have nowhere to happen." in visitor.text()
    assert read_round(database, round_id).status == RoundStatus.DRAFT
