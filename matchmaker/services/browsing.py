"""Lists for those who look through everybody: by fit, with a price on those who are named most.

They are made without anybody's wishes, so that no list tells of one. A worker computes them; a page reads
one row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
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

NO_FIT = -1.0
"""What a fit must reach where a list of candidates has room."""

NOT_ENCODED = 0
"""Version of a profile that stands in the lists without its vectors; it is placed again when they come."""

MOST_CHANGED = 50
"""More new or changed participations than these, as after an import, are left to the whole computation."""

REST = dt.timedelta(minutes=5)
SHARE_OF_TIME = 20
"""Lists rest for at least REST, and for so many times as long as they took: profiles change all day."""


@dataclass(frozen=True)
class BrowsingInput:
    """All that an event's lists are made from."""

    event_id: int
    inputs_hash: str
    terms_hash: str
    versions: Mapping[int, int]
    participants: tuple[matching.Participant, ...]
    taxonomy: Mapping[str, str | None]
    may_meet: frozenset[tuple[str, str]]
    met: frozenset[tuple[int, int]]
    weights: EventWeights


@dataclass(frozen=True)
class Kept:
    """One participation's row of the lists; see `BrowsingList`."""

    others: NDArray[np.int64]
    fits: NDArray[np.float32]
    version: int
    scale: float
    last_fit: float

    @classmethod
    def made(
        cls, others: NDArray[np.int64], fits: NDArray[np.floating[Any]], version: int, scale: float
    ) -> Kept:
        """A row from its candidates, best first."""
        last = float(np.float32(fits[-1])) if len(fits) >= CANDIDATES else NO_FIT
        return cls(np.asarray(others, dtype="<i8"), np.asarray(fits, dtype="<f4"), version, scale, last)

    @classmethod
    def of(cls, row: BrowsingList) -> Kept:
        """The row as it is kept."""
        count = len(row.candidates) // 12
        others = np.frombuffer(row.candidates, dtype="<i8", count=count)
        fits = np.frombuffer(row.candidates, dtype="<f4", offset=8 * count)
        return cls(others, fits, row.version, row.scale, row.last_fit)

    def with_candidate(self, number: int, fit: float) -> Kept:
        """With one more, in its place, and the last one pushed out."""
        others, fits = np.append(self.others, number), np.append(self.fits, np.float32(fit))
        order = np.lexsort((others, -fits))[:CANDIDATES]
        last = float(fits[order[-1]]) if len(order) >= CANDIDATES else self.last_fit
        return replace(self, others=others[order], fits=fits[order], last_fit=last)

    def without(self, gone: NDArray[np.int64]) -> Kept:
        """Without these; whom their places let in, only a whole computation can say."""
        stay = ~np.isin(self.others, gone)
        return replace(self, others=self.others[stay], fits=self.fits[stay])

    def shown(self, scales: Mapping[int, float]) -> list[int]:
        """Whom the participation is shown first: its candidates in the order of fit and price."""
        own = np.array([scales.get(int(number), 1.0) for number in self.others])
        order = matching.priced_order(self.others, self.fits.astype(np.float64), own)
        return [int(number) for number in self.others[order][:LENGTH]]


@dataclass(frozen=True)
class BrowsingResult:
    """Rows by participation id, and how evenly lists name everybody, by fit alone and with prices."""

    rows: Mapping[int, Kept]
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
        if (
            run is None
            or run.inputs_hash != _inputs_hash(session, event, encoder_version)
            or len(changed_ids(session, event_id=event.id)) > MOST_CHANGED
        ):
            found.append(event.id)
    return found


def changed_ids(session: Session, *, event_id: int) -> Sequence[int]:
    """Whose profiles stand in the lists as they were, or not at all; no more than one above MOST_CHANGED."""
    chosen = participations_for_rounds(event_id).outerjoin(
        BrowsingList, BrowsingList.participation_id == Participation.id
    )
    differs = sa.or_(BrowsingList.participation_id.is_(None), BrowsingList.version != Participation.version)
    chosen = chosen.where(differs).order_by(Participation.id).limit(MOST_CHANGED + 1)
    return session.scalars(chosen.with_only_columns(Participation.id)).all()


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
        terms_hash=terms_hash(session, event, encoder_version),
        versions={row.id: row.version for row in rows},
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
    profiles, rules = profiles_and_rules(given, vectors, encoder_version=encoder_version)
    weights = given.weights.for_encoder(encoder_version)
    scored = matching.score(profiles, rules, weights, top=CANDIDATES)
    ids, found = profiles.ids, matching.candidates_of(scored, len(people))
    figures: dict[str, Any] = {"participations": len(people), "first": FIRST}
    for name, strength in (("by_fit", 0.0), ("with_prices", STRENGTH)):
        even = matching.popularity(matching.lists_of(found, length=FIRST, strength=strength))
        figures[name] = {**asdict(even), "most_id": int(ids[even.most_row])}
    versions = {
        person.id: given.versions[person.id] if is_encoded(person, vectors) else NOT_ENCODED
        for person in people
    }
    rows = {
        int(number): Kept.made(ids[others], fits, versions[int(number)], float(scale))
        for number, others, fits, scale in zip(ids, found.others, found.fits, found.scales, strict=True)
    }
    return BrowsingResult(rows, figures)


def is_encoded(person: matching.Participant, vectors: Mapping[str, NDArray[np.float32]]) -> bool:
    """Whether each of its texts has a vector."""
    return all(content in vectors for content in matching.texts_to_encode([person]))


def profiles_and_rules(
    given: BrowsingInput, vectors: Mapping[str, NDArray[np.float32]], *, encoder_version: str
) -> tuple[matching.Profiles, matching.Rules]:
    """The input laid out, and rules that know of nobody's wishes."""
    profiles = matching.build_profiles(given.participants, vectors, given.taxonomy, encoder=encoder_version)
    rules = matching.Rules(
        may_meet=given.may_meet, exclude_met_before=True, met=given.met, require_common_slot=False
    )
    return profiles, rules


def store_browsing(
    session: Session, *, given: BrowsingInput, result: BrowsingResult, seconds: float, now: dt.datetime
) -> None:
    """Replace the event's lists; those of participations that went meanwhile are left out."""
    event_id = given.event_id
    session.execute(sa.delete(BrowsingList).where(BrowsingList.event_id == event_id))
    known = set(session.scalars(sa.select(Participation.id).where(Participation.event_id == event_id)))
    store_rows(
        session,
        event_id=event_id,
        rows={number: row for number, row in result.rows.items() if number in known},
        scales={number: row.scale for number, row in result.rows.items()},
    )
    session.merge(
        BrowsingRun(
            event_id=event_id,
            inputs_hash=given.inputs_hash,
            figures=dict(result.figures),
            seconds=seconds,
            computed_at=now,
            terms_hash=given.terms_hash,
            updated_at=now,
            update_seconds=0.0,
        )
    )


def store_rows(
    session: Session, *, event_id: int, rows: Mapping[int, Kept], scales: Mapping[int, float]
) -> None:
    """Put these rows in the place of those that are kept."""
    for numbers in chunks(rows):
        session.execute(sa.delete(BrowsingList).where(BrowsingList.participation_id.in_(numbers)))
        session.execute(
            sa.insert(BrowsingList),
            [
                {
                    "participation_id": number,
                    "event_id": event_id,
                    "other_ids": rows[number].shown(scales),
                    "version": rows[number].version,
                    "scale": rows[number].scale,
                    "candidates": rows[number].others.tobytes() + rows[number].fits.tobytes(),
                    "last_fit": rows[number].last_fit,
                }
                for number in numbers
            ],
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
    told = (tuple(people), terms_hash(session, event, encoder_version))
    return hashlib.sha256(f"{told}".encode()).hexdigest()


def terms_hash(session: Session, event: Event, encoder_version: str) -> str:
    """Changes with every rule, topic and weight, which hold for all pairs."""
    rules = session.execute(
        sa.select(GroupRule.group_a_id, GroupRule.group_b_id)
        .join(Group, Group.id == GroupRule.group_a_id)
        .where(Group.event_id == event.id)
        .order_by(GroupRule.group_a_id, GroupRule.group_b_id)
    ).all()
    topics = session.execute(
        sa.select(Topic.code, Topic.parent_code).where(Topic.event_id == event.id).order_by(Topic.code)
    ).all()
    weights = weights_of(session, event_id=event.id).weights.version
    told = ([tuple(rule) for rule in rules], [tuple(topic) for topic in topics], weights)
    return hashlib.sha256(f"{told}{event.excludes_met_before}{encoder_version}".encode()).hexdigest()
