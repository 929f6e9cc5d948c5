"""Proposed weights side by side with the old ones, accepted and taken back; the model card; lists."""

from __future__ import annotations

import pytest
from flask import Flask

from config import Config
from matchmaker.db import Database
from matchmaker.jobs.browsing import compute_due_browsing
from matchmaker.matching import Weights
from matchmaker.models import Event, EventRole, EventRoleKind, LearnedWeights, Person
from matchmaker.services.learned_weights import weights_of
from tests.factories import NOW, add, make_event, make_person
from tests.rounds import make_fair, plain, propose
from tests.visitor import Visitor


@pytest.fixture
def proposed(database: Database) -> tuple[Event, Person, LearnedWeights]:
    """An event, its organiser and weights that were proposed."""
    with database.transaction() as session:
        organiser = make_person(session, name="Olga Organiser")
        event = make_event(session, organiser)
        return event, organiser, propose(session, event)


def _version(database: Database, event: Event) -> str:
    with database.reading() as session:
        return weights_of(session, event_id=event.id).weights.version


def test_organiser_sees_old_and_new_figures_accepts_and_goes_back(
    app: Flask, database: Database, proposed: tuple[Event, Person, LearnedWeights]
) -> None:
    event, organiser, row = proposed
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/events/{event.slug}/weights")
    told = visitor.text()
    assert "All decisions (400) Before New" in told
    assert "(AUC, 0.5 is chance) 0.600 0.800" in told
    assert "Startups (400)" in told
    assert _version(database, event) == Weights().version
    form = "/weights"
    visitor.submit(action=form)
    assert _version(database, event) == row.version
    assert "Who chose what" in visitor.text()
    visitor.submit(action=form)
    assert _version(database, event) == Weights().version
    assert "Olga Organiser Standard weights" in visitor.text()


def test_co_organiser_looks_and_does_not_choose(
    app: Flask, database: Database, proposed: tuple[Event, Person, LearnedWeights]
) -> None:
    event, _organiser, _row = proposed
    with database.transaction() as session:
        person = make_person(session)
        add(
            session,
            EventRole(
                event_id=event.id, person_id=person.id, kind=EventRoleKind.CO_ORGANISER,
                can_run_rounds=True, created_at=NOW,
            ),
        )  # fmt: skip
    visitor = Visitor(app).log_in(person)
    page = visitor.get(f"/events/{event.slug}/weights")
    assert page.find("form", {"action": f"/events/{event.slug}/weights"}) is None
    assert "The organiser of the event decides" in visitor.text()


def test_single_event_proposal_says_that_it_is_not_calibrated(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        event = make_event(session, organiser)
        propose(session, event, whole_events=False)
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/events/{event.slug}/weights")
    assert "There was one event only" in visitor.text()
    visitor.submit(action="/weights")
    visitor.get(f"/events/{event.slug}/model-card")
    assert "An order, and no forecast" in visitor.text()


def test_model_card_tells_the_weights_in_words_and_links_both_ways(
    app: Flask, proposed: tuple[Event, Person, LearnedWeights]
) -> None:
    event, organiser, row = proposed
    visitor = Visitor(app)
    page = visitor.get("/how-matching-works")
    assert page.find("a", href="/model-card") is not None
    page = visitor.get("/model-card")
    assert page.find("a", href="/how-matching-works") is not None
    told = visitor.text()
    assert "What they offer and you need" in told
    assert "very much" in told
    assert "They were set by hand" in told
    assert "An order, and no forecast" in told
    chooser = Visitor(app).log_in(organiser)
    chooser.get(f"/events/{event.slug}/weights")
    chooser.submit(action="/weights")
    visitor.get(f"/events/{event.slug}/model-card")
    told = visitor.text()
    assert f"learned from more than 400 decisions (version {row.version})" in told
    assert "The fit of each side is calibrated" in told


def test_page_without_proposals_gives_the_command(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        organiser = make_person(session)
        event = make_event(session, organiser)
    visitor = Visitor(app).log_in(organiser)
    visitor.get(f"/events/{event.slug}/weights")
    assert f"matchmaker learn {event.slug}" in visitor.text()


def test_page_tells_whom_lists_name(app: Flask, database: Database, config: Config) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=4, corporates=3, slots=0)
    compute_due_browsing(database, plain(config))
    visitor = Visitor(app).log_in(fair.organiser)
    visitor.get(f"/events/{fair.event.slug}/weights")
    told = visitor.text()
    assert "Named in no list 0 0" in told
    assert "Inequality (Gini" in told
