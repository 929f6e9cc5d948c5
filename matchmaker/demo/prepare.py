"""Prepares the demonstration as its users would: rounds run, published, a few answers given."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock, migrate
from matchmaker.db import Database
from matchmaker.demo.events import seed_demo
from matchmaker.jobs.round import run_due_round
from matchmaker.models import (
    Event,
    EventRole,
    EventRoleKind,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    Round,
    RoundStatus,
    RoundStep,
    Slot,
)
from matchmaker.services.meeting import accept, decline
from matchmaker.services.publication import publish_round
from matchmaker.services.round import queue_round
from matchmaker.services.round_opening import open_suggestions

# role, address; the firms among them are invented
LOG_INS = (
    ("administrator", "admin@matchmaker.example"),
    ("organiser of both events", "organiser@matchmaker.example"),
    ("co-organiser who runs rounds", "co-organiser@matchmaker.example"),
    ("enabler who brings firms", "enabler@matchmaker.example"),
    ("startup in Toronto", "hello@maple-make-believe.example"),
    ("corporate in the Ruhr", "leitstand@zeche-phantasia.example"),
)
ACCEPTS = ("maple-make-believe", "zeche-phantasia", "emscher-einhorn")
DECLINES = "prairie-phantom"


def prepare_demo(database: Database, config: Config) -> bool:
    """Fill an empty database; False when the demonstration is there already."""
    migrate.upgrade(database)
    with database.reading() as session:
        if session.scalar(sa.select(sa.func.count()).select_from(Event)):
            return False
    with database.transaction() as session:
        seed_demo(session, now=clock.now())
        event_ids = list(session.scalars(sa.select(Event.id).order_by(Event.id)))
    for event_id in event_ids:
        _run_round(database, config, event_id)
    with database.transaction() as session:
        _answer(session)
    return True


def _run_round(database: Database, config: Config, event_id: int) -> None:
    """Suggest and schedule in one round, open the suggestions, publish the meetings."""
    with database.transaction() as session:
        event = session.get_one(Event, event_id)
        organiser_id = _organiser_id(session, event_id)
        queued = queue_round(
            session,
            event=event,
            step=RoundStep.BOTH,
            actor_id=organiser_id,
            now=clock.now(),
            settings={"seconds": 5},
        )
        round_id = queued.id
    run_due_round(database, config)
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        if round_.status != RoundStatus.DRAFT:
            raise RuntimeError(f"the demonstration's round ended as {round_.status}: {round_.error}")
        event = session.get_one(Event, event_id)
        acting: dict[str, Any] = {"round_": round_, "actor_id": organiser_id, "now": clock.now()}
        open_suggestions(session, wishes_until=None, **acting)
        publish_round(session, event=event, **acting)


def _organiser_id(session: Session, event_id: int) -> int:
    return session.scalars(
        sa.select(EventRole.person_id).where(
            EventRole.event_id == event_id, EventRole.kind == EventRoleKind.ORGANISER
        )
    ).one()


def _answer(session: Session) -> None:
    """Some invented firms accept their first proposed meeting, one declines its last."""
    for key in (*ACCEPTS, DECLINES):
        found = _proposed_to(session, key)
        if found is None:
            continue
        event, participation, meetings = found
        delegate = participation.delegates[0]
        common: dict[str, Any] = {
            "event": event,
            "participation_id": participation.id,
            "actor_id": delegate.person_id,
            "now": clock.now(),
        }
        if key == DECLINES:
            last = meetings[-1]
            reason = "We have no capacity for this topic before summer."
            decline(session, meeting_id=last.id, version=last.version, reason=reason, **common)
        else:
            accept(session, meeting_id=meetings[0].id, version=meetings[0].version, **common)


def _proposed_to(session: Session, key: str) -> tuple[Event, Participation, list[Meeting]] | None:
    participation = session.scalars(
        sa.select(Participation)
        .join(Organisation)
        .where(Organisation.mail_domain == f"{key}.example")
        .order_by(Participation.id)
    ).first()
    if participation is None:
        return None
    own = sa.or_(
        Meeting.participation_a_id == participation.id, Meeting.participation_b_id == participation.id
    )
    meetings = list(
        session.scalars(
            sa.select(Meeting)
            .join(Slot, Slot.id == Meeting.slot_id)
            .where(own, Meeting.status == MeetingStatus.PROPOSED)
            .order_by(Slot.starts_at)
        )
    )
    return (participation.event, participation, meetings) if meetings else None
