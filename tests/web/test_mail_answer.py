"""A mail's link answers that mail's questions without an account, and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from matchmaker import clock
from matchmaker.db import Base, Database
from matchmaker.models import (
    AuditEntry,
    EventRole,
    EventRoleKind,
    Link,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    OutboxMail,
    Participation,
    Person,
    RequestStatus,
    Round,
    RoundStep,
    Wish,
    WishKind,
)
from matchmaker.services.answer_link import Question, QuestionKind, make_answer_link, revoke_answer_links
from matchmaker.services.meeting_request_ask import ask
from matchmaker.services.round_opening import open_suggestions
from matchmaker.services.seat import claim_seats
from matchmaker.services.withdrawal import withdraw
from tests.factories import NOW, make_event, make_meeting, make_participation, make_slots
from tests.rounds import make_fair, run_round
from tests.visitor import Visitor

DAY = dt.date(2040, 11, 26)


@dataclass
class Scene:
    """A corporate asked two questions in one mail: a proposed meeting and a request."""

    slug: str
    token: str
    meeting_id: int
    request_id: int
    corporate_id: int
    person_id: int

    @property
    def path(self) -> str:
        """The link's page."""
        return f"/answers/{self.token}"


@pytest.fixture
def scene(database: Database) -> Scene:
    """Far ahead of this machine's clock; the asked person has no account."""
    with database.transaction() as session:
        event = make_event(session, starts_on=DAY, ends_on=DAY)
        slots = make_slots(session, event, count=3)
        corporate = make_participation(session, event, group="corporates")
        meeting = make_meeting(session, event, b=corporate, slot=slots[0])
        claim_seats(session, meeting=meeting)
        asker = make_participation(session, event)
        request = ask(
            session, event=event, from_id=asker.id, to_id=corporate.id, slot_id=slots[1].id, message="Talk?",
            actor_id=asker.delegates[0].person_id, now=clock.now(),
        )  # fmt: skip
        person = corporate.delegates[0].person
        token = make_answer_link(
            session, person=person, event_id=event.id, expires_at=clock.now() + dt.timedelta(days=3),
            questions=[
                Question(QuestionKind.MEETING, meeting.id, corporate.id),
                Question(QuestionKind.REQUEST, request.id, corporate.id),
            ],
            now=clock.now(),
        )  # fmt: skip
        return Scene(event.slug, token, meeting.id, request.id, corporate.id, person.id)


def _row(database: Database, table: type[Any], number: int) -> Any:
    with database.reading() as session:
        return session.get_one(table, number)


def _press(visitor: Visitor, answer: str, **values: Any) -> str:
    """Press a button of the page's first form that asks this."""
    form = next(
        form
        for form in visitor.page().find_all("form")
        if all(form.find("input", {"name": n, "value": str(v)}) for n, v in values.items())
    )
    data = {str(f["name"]): f.get("value", "") for f in form.find_all("input") if f.get("type") != "radio"}
    radio = form.find("input", {"type": "radio"})
    if radio is not None:
        data["slot_id"] = radio["value"]
    visitor.response = visitor.client.post(
        str(form["action"]), data={**data, "answer": answer}, follow_redirects=True
    )
    return visitor.text()


def test_one_link_answers_every_question_of_its_mail_and_is_used_up_with_the_last(
    app: Flask, database: Database, scene: Scene
) -> None:
    visitor = Visitor(app)
    visitor.get(scene.path)
    assert "You accepted." in _press(visitor, "yes", kind="meeting", id=scene.meeting_id)
    meeting = _row(database, Meeting, scene.meeting_id)
    accepted = {
        meeting.participation_a_id: meeting.accepted_a_at,
        meeting.participation_b_id: meeting.accepted_b_at,
    }
    assert accepted[scene.corporate_id] is not None
    assert "You said yes" in visitor.text()
    assert "Log in" in visitor.text()
    text = _press(visitor, "yes", kind="request", id=scene.request_id)
    assert "The meeting is confirmed." in text
    assert "Everything in this mail is answered" in text
    assert _row(database, MeetingRequest, scene.request_id).status == RequestStatus.ACCEPTED
    with database.reading() as session:
        deeds = session.execute(sa.select(AuditEntry.action, AuditEntry.actor_id)).all()
    assert ("answer_from_mail", scene.person_id) in deeds
    assert "Everything in this mail is answered" in visitor.get(scene.path).get_text()


def test_opening_the_link_changes_nothing_however_often_it_is_fetched(
    app: Flask, database: Database, scene: Scene
) -> None:
    before = _everything(database)
    scanner = app.test_client()
    for method in ("GET", "HEAD", "OPTIONS"):
        assert scanner.open(scene.path, method=method).status_code == 200
    assert scanner.get(f"{scene.path}?answer=yes&kind=meeting&id={scene.meeting_id}").status_code == 200
    assert _everything(database) == before
    assert scanner.post(scene.path, data={"kind": "meeting", "id": scene.meeting_id}).status_code == 400


def _everything(database: Database) -> list[tuple[str, list[Any]]]:
    with database.reading() as session:
        return [
            (table.name, [tuple(row) for row in session.execute(sa.select(table))])
            for table in Base.metadata.sorted_tables
        ]


def test_declining_with_a_reason_tells_the_other_side(app: Flask, database: Database, scene: Scene) -> None:
    visitor = Visitor(app)
    visitor.get(scene.path)
    assert "You declined." in _press(visitor, "no", kind="request", id=scene.request_id)
    assert _row(database, MeetingRequest, scene.request_id).status == RequestStatus.DECLINED
    assert _row(database, Meeting, scene.meeting_id).status == MeetingStatus.PROPOSED


def test_second_click_is_harmless(app: Flask, database: Database, scene: Scene) -> None:
    first, second = Visitor(app), Visitor(app)
    for visitor in (first, second):
        visitor.get(scene.path)
    _press(first, "yes", kind="request", id=scene.request_id)
    assert "answered or has expired" in _press(second, "yes", kind="request", id=scene.request_id)
    assert _row(database, MeetingRequest, scene.request_id).status == RequestStatus.ACCEPTED


def test_link_answers_no_other_question(app: Flask, database: Database, scene: Scene) -> None:
    with database.transaction() as session:
        meeting = session.get_one(Meeting, scene.meeting_id)
        event = meeting.participation_a.event
        session.add(
            EventRole(
                event_id=event.id, person_id=scene.person_id, kind=EventRoleKind.ORGANISER, created_at=NOW
            )
        )
        foreign = make_meeting(session, event, slot=make_slots(session, event, count=1)[0])
        claim_seats(session, meeting=foreign)
        number = foreign.id
    visitor = Visitor(app)
    page = visitor.get(scene.path)
    token = page.find("input", {"name": "csrf_token"})["value"]  # type: ignore[index]
    for kind in ("meeting", "request", "suggestions", "anything"):
        visitor.client.post(
            scene.path,
            data={"csrf_token": token, "kind": kind, "id": number, "answer": "yes", "version": "1"},
        )
    assert _row(database, Meeting, number).accepted_a_at is None
    assert visitor.client.get(f"/events/{scene.slug}/meetings/{number}").status_code == 302  # to the log-in


@pytest.mark.parametrize("how", ["expired", "revoked", "withdrawn", "new_address", "unknown"])
def test_link_that_ended_shows_a_friendly_page_with_the_way_out(
    app: Flask, database: Database, scene: Scene, how: str
) -> None:
    with database.transaction() as session:
        link = session.scalars(
            sa.select(Link).where(Link.person_id == scene.person_id).order_by(Link.id)
        ).all()[-1]
        if how == "expired":
            link.expires_at = clock.now() - dt.timedelta(seconds=1)
        elif how == "revoked":
            revoke_answer_links(session, person_id=scene.person_id, now=clock.now())
        elif how == "withdrawn":
            participation = session.get_one(Participation, scene.corporate_id)
            withdraw(
                session, event=participation.event, participation_ids=[participation.id],
                actor_id=scene.person_id, now=clock.now(),
            )  # fmt: skip
        elif how == "new_address":
            session.get_one(Person, scene.person_id).email = "elsewhere@firm.example"
    path = "/answers/unknown" if how == "unknown" else scene.path
    visitor = Visitor(app)
    page = visitor.get(path, status=410)
    assert page.find("main").find("a", string="Log in") is not None  # type: ignore[union-attr]


def test_person_takes_back_all_links_on_the_account_page(
    app: Flask, database: Database, scene: Scene
) -> None:
    visitor = Visitor(app).log_in(scene.person_id)
    visitor.get("/account/log-ins")
    assert "2 links in mails answer for you" in visitor.text()
    visitor.submit(action="/revoke-answer-links")
    assert "No link in a mail answers for you" in visitor.text()
    Visitor(app).get(scene.path, status=410)


def test_answers_are_rate_limited(app: Flask, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matchmaker.web.mail_answer.TRIES", 1)
    visitor = Visitor(app)
    visitor.get(scene.path)
    _press(visitor, "nonsense", kind="meeting", id=scene.meeting_id)
    visitor.get(scene.path)
    assert "Too many tries" in _press(visitor, "yes", kind="meeting", id=scene.meeting_id)


def test_suggestions_are_answered_from_their_mail(app: Flask, database: Database, config: Any) -> None:
    with database.transaction() as session:
        fair = make_fair(session)
    from_round = run_round(database, config, fair.event, RoundStep.SUGGEST)
    startup = fair.startups[0]
    with database.transaction() as session:
        round_ = session.get_one(Round, from_round)
        open_suggestions(session, round_=round_, actor_id=None, now=clock.now(), wishes_until=None)
        mail = session.scalars(
            sa.select(OutboxMail).where(
                OutboxMail.kind == "suggestions_open", OutboxMail.participation_id == startup.id
            )
        ).first()
        assert mail is not None
        token = mail.arguments["answer_token"]
    visitor = Visitor(app)
    page = visitor.get(f"/answers/{token}")
    other = page.find("input", {"name": "other_id"})["value"]  # type: ignore[index]
    _press(visitor, "must", kind="suggestions", other_id=other)
    with database.reading() as session:
        said = session.execute(sa.select(Wish.from_id, Wish.to_id, Wish.kind)).all()
    assert said == [(startup.id, int(str(other)), WishKind.MUST)]
    assert visitor.page().find("button", {"aria-pressed": "true"}) is not None
