"""One new or changed participation placed in the kept lists, for itself and for those who now see it.

Candidates are exactly those of a whole computation, but for whom the places of a changed profile let in; the
prices of everybody else stay until the next one, which comes when the lists have rested. As there, nobody's
wishes are looked at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session, selectinload

from matchmaker import matching
from matchmaker.models import BrowsingList, BrowsingRun, Event, Participation
from matchmaker.services import browsing
from matchmaker.services.browsing import BrowsingInput, Kept, profiles_and_rules
from matchmaker.services.round_participant import as_participant
from matchmaker.services.vector import missing_texts

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class KeptLists:
    """The event's lists by participation id, and when they were computed and last changed."""

    rows: Mapping[int, Kept]
    computed_at: dt.datetime
    updated_at: dt.datetime


def due_updates(session: Session, *, encoder_version: str, now: dt.datetime) -> list[tuple[int, list[int]]]:
    """(event, participations) that stand in the lists as they were, or not at all, and are encoded."""
    runs = session.execute(
        sa.select(BrowsingRun, Event)
        .join(Event, Event.id == BrowsingRun.event_id)
        .where(Event.ends_on >= now.date())
        .order_by(BrowsingRun.event_id)
    ).all()
    found = []
    for run, event in runs:
        if now < run.updated_at + browsing.SHARE_OF_TIME * dt.timedelta(seconds=run.update_seconds):
            continue
        changed = browsing.changed_ids(session, event_id=run.event_id)
        if not 0 < len(changed) <= browsing.MOST_CHANGED:
            continue
        # where the terms for all have changed, all are computed again, and this would read the event in vain
        if run.terms_hash == browsing.terms_hash(session, event, encoder_version):
            ready = _encoded(session, changed, encoder_version)
            found += [(run.event_id, ready)] if ready else []
    return found


def read_kept(session: Session, *, given: BrowsingInput) -> KeptLists | None:
    """The lists, or None where what holds for all pairs has changed: then they are all computed again."""
    run = session.get(BrowsingRun, given.event_id)
    if run is None or run.terms_hash != given.terms_hash:
        return None
    rows = session.scalars(sa.select(BrowsingList).where(BrowsingList.event_id == given.event_id))
    kept = {row.participation_id: Kept.of(row) for row in rows}
    return KeptLists(kept, run.computed_at, run.updated_at)


def place_changed(
    given: BrowsingInput,
    vectors: Mapping[str, Floats],
    kept: KeptLists,
    changed: Sequence[int],
    *,
    encoder_version: str,
) -> dict[int, Kept]:
    """The rows that change, by participation id, when these are placed one after another; no database."""
    profiles, rules = profiles_and_rules(given, vectors, encoder_version=encoder_version)
    changed = [number for number in changed if number in profiles.rows]
    weights = given.weights.for_encoder(encoder_version)
    form = matching.form_of(profiles, weights)
    lists = {number: row for number, row in kept.rows.items() if number in profiles.rows}
    touched = set(_without(lists, set(changed)))
    for number in sorted(changed):
        least = np.array([lists[int(n)].last_fit if int(n) in lists else 2.0 for n in profiles.ids])
        row = profiles.rows[number]
        scored = matching.score_newcomer(
            profiles, rules, weights, row, top=browsing.CANDIDATES, form=form, least=least
        )
        own, fits = _own_candidates(scored, row)
        shown_to = [
            (int(profiles.ids[other]), float(fit))
            for other, fit in _partners(scored, row)
            if int(profiles.ids[other]) in lists and fit >= least[other]
        ]
        scale = matching.newcomer_scale(
            np.array([fit for _, fit in shown_to]), np.array([lists[n].scale for n, _ in shown_to])
        )
        lists[number] = Kept.made(profiles.ids[own], fits, given.versions[number], scale)
        for other, fit in shown_to:
            # two newcomers: who was placed first has found the other already
            if number not in lists[other].others:
                lists[other] = lists[other].with_candidate(number, fit)
        touched |= {number, *(other for other, _ in shown_to)}
    return {number: lists[number] for number in touched}


def store_changed(
    session: Session,
    *,
    given: BrowsingInput,
    kept: KeptLists,
    rows: Mapping[int, Kept],
    seconds: float,
    now: dt.datetime,
) -> bool:
    """Replace these lists, unless others were computed meanwhile; gives whether it did."""
    run = session.get(BrowsingRun, given.event_id, with_for_update=True)
    if run is None or (run.computed_at, run.updated_at) != (kept.computed_at, kept.updated_at):
        return False
    scales = {number: row.scale for number, row in kept.rows.items()}
    scales |= {number: row.scale for number, row in rows.items()}
    known = set(
        session.scalars(sa.select(Participation.id).where(Participation.event_id == given.event_id))
    ) & set(rows)
    browsing.store_rows(session, event_id=given.event_id, rows={n: rows[n] for n in known}, scales=scales)
    run.updated_at, run.update_seconds = now, seconds
    return True


def _encoded(session: Session, numbers: Sequence[int], encoder_version: str) -> list[int]:
    """Those of the participations whose texts all have vectors."""
    rows = session.scalars(
        sa.select(Participation)
        .where(Participation.id.in_(numbers))
        .order_by(Participation.id)
        .options(selectinload(Participation.entries), selectinload(Participation.organisation))
    )
    people = [as_participant(row, group="") for row in rows]
    missing = missing_texts(session, participants=people, encoder_version=encoder_version).keys()
    return [person.id for person in people if not missing & matching.texts_to_encode([person]).keys()]


def _without(lists: dict[int, Kept], gone: set[int]) -> list[int]:
    """Take those out of the lists of all others; gives whose lists changed."""
    known = np.array(sorted(gone & set(lists)), dtype=np.int64)
    for number in known:
        del lists[int(number)]
    if not len(known):
        return []
    found = [number for number, row in lists.items() if np.isin(row.others, known).any()]
    for number in found:
        lists[number] = lists[number].without(known)
    return found


def _partners(scored: matching.ScoredPairs, row: int) -> list[tuple[int, float]]:
    return [(int(a + b - row), float(fit)) for a, b, fit in zip(scored.a, scored.b, scored.fit, strict=True)]


def _own_candidates(scored: matching.ScoredPairs, row: int) -> tuple[NDArray[np.int64], Floats]:
    """(rows, fits) of the newcomer's own list, best first."""
    rank = np.where(scored.a == row, scored.rank_a, scored.rank_b)
    order = np.argsort(rank, kind="stable")
    order = order[rank[order] > 0]
    return (scored.a + scored.b - row)[order], scored.fit[order]
