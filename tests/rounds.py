"""Events for tests of rounds: firms that offer and need, and the worker's own way through a round."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock, scheduling
from matchmaker.db import Database
from matchmaker.jobs.round import run_due_round
from matchmaker.matching import Compared, Figures, Learned, Weights
from matchmaker.models import (
    Event,
    LearnedWeights,
    Meeting,
    Participation,
    Person,
    Round,
    RoundStep,
    Slot,
    Wish,
    WishKind,
)
from matchmaker.services.learned_weights import propose_weights
from matchmaker.services.round import queue_round
from matchmaker.services.round_storage import pack_schedule, unpack_round
from tests.factories import NOW, add, make_event, make_participation, make_person, make_slots

OFFERS = (
    "Electrolysers for green hydrogen",
    "Membranes for fuel cells",
    "Software that predicts the wear of compressors",
    "Capture of carbon dioxide from flue gas",
    "Storage of heat in molten salt",
    "Sensors that find leaks of hydrogen",
)
NEEDS = (
    "Green hydrogen for a steel plant",
    "Fuel cells for trucks",
    "Predicting when compressors fail",
    "Carbon capture at a cement kiln",
    "Heat storage for a district network",
    "Leak detection in hydrogen pipelines",
)


@dataclass(frozen=True)
class Fair:
    """An event with startups that offer and corporates that need."""

    event: Event
    organiser: Person
    startups: list[Participation]
    corporates: list[Participation]
    slots: list[Slot]
    people: dict[int, int]
    """participation -> the person who manages it"""


def make_fair(
    session: Session, *, startups: int = 3, corporates: int = 3, slots: int = 4, **event: Any
) -> Fair:
    """Each startup offers what the corporate of the same number needs."""
    organiser = make_person(session, name="Olga Organiser")
    starts_on = (clock.now() + dt.timedelta(days=30)).date()
    made = make_event(session, organiser, **{"starts_on": starts_on, "ends_on": starts_on, **event})
    rows = make_slots(session, made, count=slots) if slots else []
    one_side = [
        make_participation(session, made, offers=(OFFERS[i % 6],), needs=(f"A pilot customer {i}",))
        for i in range(startups)
    ]
    other_side = [
        make_participation(
            session, made, group="corporates", offers=(f"A site for pilots {i}",), needs=(NEEDS[i % 6],)
        )
        for i in range(corporates)
    ]
    people = {row.id: row.delegates[0].person_id for row in (*one_side, *other_side)}
    return Fair(made, organiser, one_side, other_side, rows, people)


def say(session: Session, one: Participation, kind: WishKind, other: Participation) -> Wish:
    """One participation wishes."""
    wish = Wish(from_id=one.id, to_id=other.id, event_id=one.event_id, kind=kind, said_at=NOW)
    return add(session, wish)


def propose(
    session: Session, event: Event, *, need: float = 2.0, whole_events: bool = True
) -> LearnedWeights:
    """Weights learned from 400 decisions, better than the standard ones on what was held out."""
    figures = Compared(Figures(0.7, 0.25, 0.6, 0.6, 400), Figures(0.5, 0.2, 0.8, 0.8, 400))
    learned = Learned(Weights(need=2.0), figures, {"startups": figures}, 400, 2, whole_events)
    sources = [{"event_id": event.id, "name": event.name, "decisions": 400}]
    return propose_weights(
        session, event=event, learned=learned, sources=sources, encoder_version="ngrams:1", now=NOW
    )


def plain(config: Config) -> Config:
    """The same settings with the encoder that loads no weights."""
    return replace(config, encoder="ngrams")


def run_round(
    database: Database, config: Config, event: Event, step: RoundStep = RoundStep.BOTH, **settings: Any
) -> int:
    """Queue a round and run it as the worker does; gives its id."""
    with database.transaction() as session:
        event = session.get_one(Event, event.id)
        round_ = queue_round(
            session,
            event=event,
            step=step,
            actor_id=None,
            now=clock.now(),
            settings={"least_fit": 0.0, "seconds": 2, **settings},
        )
        round_id = round_.id
    assert run_due_round(database, plain(config)) == round_id
    return round_id


def read_round(database: Database, round_id: int) -> Round:
    """The round as it is now."""
    with database.reading() as session:
        return session.get_one(Round, round_id)


def scatter(database: Database, round_id: int, slots: Sequence[int]) -> None:
    """Put the meetings of a draft, as it is stored, at the slots of these positions."""
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        stored = unpack_round(round_)
        assert stored is not None
        meetings = tuple(
            replace(m, slot=slot) for m, slot in zip(stored.schedule.meetings, slots, strict=True)
        )
        scattered = replace(stored.schedule, meetings=meetings)
        assert scheduling.check(stored.problem, scattered) == []
        round_.schedule = pack_schedule(scattered, stored.count)
        at = {_sides(stored.problem, m): stored.slot_ids[m.slot] for m in meetings}
        for row in session.scalars(sa.select(Meeting).where(Meeting.round_id == round_id)):
            row.slot_id = at[frozenset((row.participation_a_id, row.participation_b_id))]


def _sides(problem: scheduling.Problem, meeting: scheduling.Meeting) -> frozenset[int]:
    pair = problem.pairs[meeting.pair]
    return frozenset(int(problem.participations[p].id) for p in (pair.a, pair.b))
