"""Weights learned from decisions: proposed for an event, chosen by its organiser, and taken back again."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import NotFound
from matchmaker.matching import Learned, Weights
from matchmaker.models import Event, LearnedWeights, Person, WeightsChoice
from matchmaker.services.audit import record


@dataclass(frozen=True)
class EventWeights:
    """What an event's rounds score with; learned weights hold for the encoder that they were learned with."""

    weights: Weights = field(default_factory=Weights)
    encoder_version: str | None = None
    learned: LearnedWeights | None = None

    def for_encoder(self, encoder_version: str) -> Weights:
        """The weights, or the standard ones where another encoder compares the texts."""
        return self.weights if self.encoder_version in (None, encoder_version) else Weights()


@dataclass(frozen=True)
class Choice:
    """One line of the history: who chose which weights, and when; without a version, the standard ones."""

    version: str | None
    chosen_by: str | None
    chosen_at: dt.datetime


def weights_of(session: Session, *, event_id: int) -> EventWeights:
    """The weights that were chosen last for the event, else the standard ones."""
    row = _chosen(session, event_id)
    return EventWeights() if row is None else EventWeights(read_weights(row), row.encoder_version, row)


def read_weights(row: LearnedWeights) -> Weights:
    """The weights of a proposal."""
    return Weights.from_json(json.dumps(row.weights))


def is_calibrated(row: LearnedWeights | None) -> bool:
    """Whether fits with these weights may be called calibrated: better on whole events that were held out."""
    if row is None or not row.whole_events:
        return False
    figures = row.figures["all"]
    return bool(figures["new"]["log_loss"] < figures["present"]["log_loss"])


def propose_weights(
    session: Session,
    *,
    event: Event,
    learned: Learned,
    sources: Sequence[Mapping[str, Any]],
    encoder_version: str,
    now: dt.datetime,
) -> LearnedWeights:
    """Keep learned weights as a proposal; nothing uses them before somebody chooses them."""
    row = LearnedWeights(
        event_id=event.id,
        version=uuid.uuid4().hex,
        weights={},
        figures={
            "all": asdict(learned.figures),
            "sides": {name: asdict(figures) for name, figures in learned.sides.items()},
        },
        sources=[dict(source) for source in sources],
        decisions=learned.decisions,
        whole_events=learned.whole_events,
        encoder_version=encoder_version,
        created_at=now,
    )
    session.add(row)
    session.flush()
    row.version = f"{Weights().version}-learned-{row.id}"
    row.weights = json.loads(learned.weights.to_json()) | {"version": row.version}
    session.flush()
    _note(session, "propose_weights", row.event_id, row, None, now)
    return row


def choose_weights(
    session: Session, *, event_id: int, learned_weights_id: int | None, actor_id: int, now: dt.datetime
) -> None:
    """Let later rounds of the event use these weights, None the standard ones; computed rounds keep theirs.

    Choosing what is chosen changes nothing. Raises NotFound for a proposal of another event.
    """
    # two organisers who choose at the same moment take turns
    session.execute(sa.select(Event.id).where(Event.id == event_id).with_for_update())
    row = None
    if learned_weights_id is not None:
        row = session.scalar(
            sa.select(LearnedWeights).where(
                LearnedWeights.id == learned_weights_id, LearnedWeights.event_id == event_id
            )
        )
        if row is None:
            raise NotFound()
    chosen = _chosen(session, event_id)
    if (chosen.id if chosen else None) == learned_weights_id:
        return
    session.add(
        WeightsChoice(
            event_id=event_id, learned_weights_id=learned_weights_id, chosen_by_id=actor_id, chosen_at=now
        )
    )
    session.flush()
    _note(session, "choose_weights", event_id, row, actor_id, now)


def read_proposals(session: Session, *, event_id: int) -> Sequence[LearnedWeights]:
    """The proposals for an event, the newest first."""
    return session.scalars(
        sa.select(LearnedWeights)
        .where(LearnedWeights.event_id == event_id)
        .order_by(LearnedWeights.id.desc())
    ).all()


def read_choices(session: Session, *, event_id: int) -> list[Choice]:
    """Who chose what, the newest first."""
    rows = session.execute(
        sa.select(LearnedWeights.version, Person.name, WeightsChoice.chosen_at)
        .select_from(WeightsChoice)
        .outerjoin(LearnedWeights, LearnedWeights.id == WeightsChoice.learned_weights_id)
        .outerjoin(Person, Person.id == WeightsChoice.chosen_by_id)
        .where(WeightsChoice.event_id == event_id)
        .order_by(WeightsChoice.id.desc())
    )
    return [Choice(version, name, chosen_at) for version, name, chosen_at in rows]


def _chosen(session: Session, event_id: int) -> LearnedWeights | None:
    latest = (
        sa.select(WeightsChoice.learned_weights_id)
        .where(WeightsChoice.event_id == event_id)
        .order_by(WeightsChoice.id.desc())
        .limit(1)
    )
    number = session.scalar(latest)
    return None if number is None else session.get_one(LearnedWeights, number)


def _note(
    session: Session,
    action: str,
    event_id: int,
    row: LearnedWeights | None,
    actor_id: int | None,
    now: dt.datetime,
) -> None:
    record(
        session,
        actor_id=actor_id,
        action=action,
        subject="event",
        subject_id=event_id,
        event_id=event_id,
        now=now,
        name=row.version if row else Weights().version,
    )
