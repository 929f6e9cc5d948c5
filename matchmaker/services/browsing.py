"""Lists for those who look through everybody: by fit, with a price on those who are named most.

They are made without anybody's wishes, so that no list tells of one. A worker computes them; a page reads
one row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session, selectinload

from matchmaker import matching
from matchmaker.matching.popularity import STRENGTH
from matchmaker.models import (
    BrowsingList,
    BrowsingRun,
    Event,
    Group,
    GroupRule,
    Participation,
    Topic,
)
from matchmaker.services.chunks import chunks
from matchmaker.services.history import met_earlier
from matchmaker.services.learned_weights import EventWeights, weights_of
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.round_participant import as_participant

LENGTH = 40
"""Whom a participation is shown first; behind them stands everybody else by name."""

FIRST = 10
"""How evenly lists name everybody is told of their beginnings, which everybody reads."""

CANDIDATES = 80
"""The best by fit of each participation, among whom the prices choose."""

REST = dt.timedelta(minutes=5)
SHARE_OF_TIME = 20
"""Lists rest for at least REST, and for so many times as long as they took: profiles change all day."""


@dataclass(frozen=True)
class BrowsingInput:
    """All that an event's lists are made from."""

    event_id: int
    inputs_hash: str
    participants: tuple[matching.Participant, ...]
    taxonomy: Mapping[str, str | None]
    may_meet: frozenset[tuple[str, str]]
    met: frozenset[tuple[int, int]]
    weights: EventWeights


@dataclass(frozen=True)
class BrowsingResult:
    """Lists by participation id, and how evenly they name everybody, by fit alone and with prices."""

    lists: Mapping[int, list[int]]
    figures: Mapping[str, Any]


def due_events(session: Session, *, encoder_version: str, now: dt.datetime) -> list[int]:
    """Events that are not over and whose lists are missing or no longer true."""
    rows = session.execute(
        sa.select(Event, BrowsingRun)
        .outerjoin(BrowsingRun, BrowsingRun.event_id == Event.id)
        .where(Event.ends_on >= now.date())
        .order_by(Event.id)
    ).all()
    found = []
    for event, run in rows:
        if run is not None:
            rest = max(REST, SHARE_OF_TIME * dt.timedelta(seconds=run.seconds))
            if now < run.computed_at + rest:
                continue
        if run is None or run.inputs_hash != _inputs_hash(session, event, encoder_version):
            found.append(event.id)
    return found


def read_browsing_input(session: Session, *, event_id: int, encoder_version: str) -> BrowsingInput:
    """What the event's lists are made from, as it is now."""
    event = session.get_one(Event, event_id)
    groups = {group.id: group.code for group in event.groups}
    rows = session.scalars(
        participations_for_rounds(event_id)
        .order_by(Participation.id)
        .options(selectinload(Participation.entries), selectinload(Participation.organisation))
    ).all()
    rules = session.scalars(sa.select(GroupRule).where(GroupRule.event_id == event_id))
    topics = session.execute(sa.select(Topic.code, Topic.parent_code).where(Topic.event_id == event_id))
    return BrowsingInput(
        event_id=event_id,
        inputs_hash=_inputs_hash(session, event, encoder_version),
        participants=tuple(as_participant(row, group=groups[row.group_id]) for row in rows),
        taxonomy={code: parent or None for code, parent in topics},
        may_meet=frozenset((groups[rule.group_a_id], groups[rule.group_b_id]) for rule in rules),
        met=met_earlier(session, event=event) if event.excludes_met_before else frozenset(),
        weights=weights_of(session, event_id=event_id),
    )


def compute_browsing(
    given: BrowsingInput, vectors: Mapping[str, NDArray[np.float32]], *, encoder_version: str
) -> BrowsingResult:
    """The lists and their figures; touches no database, and memory is bounded by the scorer's blocks."""
    people = given.participants
    if len(people) < 2:
        return BrowsingResult({}, {})
    profiles = matching.build_profiles(people, vectors, given.taxonomy, encoder=encoder_version)
    rules = matching.Rules(
        may_meet=given.may_meet, exclude_met_before=True, met=given.met, require_common_slot=False
    )
    weights = given.weights.for_encoder(encoder_version)
    scored = matching.score(profiles, rules, weights, top=CANDIDATES)
    ids = profiles.ids
    figures: dict[str, Any] = {"participations": len(people), "first": FIRST}
    for name, strength in (("by_fit", 0.0), ("with_prices", STRENGTH)):
        lists = matching.browsing_lists(scored, len(people), length=LENGTH, strength=strength)
        found = matching.popularity([row[:FIRST] for row in lists])
        figures[name] = {**asdict(found), "most_id": int(ids[found.most_row])}
    return BrowsingResult({int(ids[row]): ids[lists[row]].tolist() for row in range(len(people))}, figures)


def store_browsing(
    session: Session, *, given: BrowsingInput, result: BrowsingResult, seconds: float, now: dt.datetime
) -> None:
    """Replace the event's lists; those of participations that went meanwhile are left out."""
    event_id = given.event_id
    session.execute(sa.delete(BrowsingList).where(BrowsingList.event_id == event_id))
    known = set(session.scalars(sa.select(Participation.id).where(Participation.event_id == event_id)))
    rows = [
        {"participation_id": number, "event_id": event_id, "other_ids": others}
        for number, others in result.lists.items()
        if number in known
    ]
    for part in chunks(rows):
        session.execute(sa.insert(BrowsingList), part)
    session.merge(
        BrowsingRun(
            event_id=event_id,
            inputs_hash=given.inputs_hash,
            figures=dict(result.figures),
            seconds=seconds,
            computed_at=now,
        )
    )


def browsing_order(session: Session, *, participation_id: int) -> Sequence[int]:
    """Whom this participation is shown first, best first; empty until a worker has computed it."""
    row = session.get(BrowsingList, participation_id)
    return row.other_ids if row is not None else ()


def read_browsing_run(session: Session, *, event_id: int) -> BrowsingRun | None:
    """When the event's lists were computed, and how evenly they name everybody."""
    return session.get(BrowsingRun, event_id)


def _inputs_hash(session: Session, event: Event, encoder_version: str) -> str:
    """Changes with every profile, approval, rule and weight that the lists rest on."""
    chosen = participations_for_rounds(event.id).subquery()
    people = session.execute(
        sa.select(sa.func.count(), sa.func.sum(chosen.c.version), sa.func.max(chosen.c.updated_at))
    ).one()
    rules = session.execute(
        sa.select(GroupRule.group_a_id, GroupRule.group_b_id)
        .join(Group, Group.id == GroupRule.group_a_id)
        .where(Group.event_id == event.id)
        .order_by(GroupRule.group_a_id, GroupRule.group_b_id)
    ).all()
    weights = weights_of(session, event_id=event.id).weights.version
    told = (tuple(people), [tuple(rule) for rule in rules], weights, event.excludes_met_before)
    return hashlib.sha256(f"{told}{encoder_version}".encode()).hexdigest()
