"""How far an event has come: reads its phase, moves it through a gate, and back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.errors import N_, Conflict, Invalid, Stale
from matchmaker.models import (
    SEATED,
    Change,
    EventPhase,
    Meeting,
    Phase,
    PhaseGate,
    Round,
    RoundStatus,
    RoundStep,
    Slot,
)
from matchmaker.services.audit import record

ORDER = tuple(Phase)

AFTERWARDS = dt.timedelta(days=7)
"""For so long after the last meeting people can still say what became of theirs."""

NEXT: dict[Phase, tuple[Phase, ...]] = {
    Phase.PROFILES: (Phase.WISHES, Phase.DRAFT),
    Phase.WISHES: (Phase.DRAFT,),
    Phase.DRAFT: (Phase.REVIEW, Phase.PUBLISHED),
    Phase.REVIEW: (Phase.TOP_UP, Phase.PUBLISHED),
    Phase.TOP_UP: (Phase.PUBLISHED,),
    Phase.PUBLISHED: (Phase.LIVE,),
    Phase.LIVE: (Phase.CLOSED,),
    Phase.CLOSED: (),
}
"""The gates that lead on, the usual one first."""


class NoSuchGate(Conflict):
    """One cannot go from here to there."""

    message = N_("This step does not follow from the present phase.")


@dataclass(frozen=True)
class PhaseView:
    """The present phase and the gates with their dates."""

    phase: Phase
    gates: dict[Phase, PhaseGate]

    def is_past(self, phase: Phase) -> bool:
        """Whether the event has come through this phase."""
        return ORDER.index(phase) < ORDER.index(self.phase)


def read_phase(session: Session, *, event_id: int) -> Phase:
    """The phase of the event; of one that never met a gate what its rounds say."""
    phase = session.scalar(sa.select(EventPhase.phase).where(EventPhase.event_id == event_id))
    if phase is not None:
        return phase
    rounds = session.execute(
        sa.select(Round.step, Round.status, Round.opened_at).where(Round.event_id == event_id)
    ).all()
    if any(
        row.status in (RoundStatus.PUBLISHED, RoundStatus.CLOSED) and row.step != RoundStep.SUGGEST
        for row in rounds
    ):
        return Phase.PUBLISHED
    return Phase.WISHES if any(row.opened_at is not None for row in rounds) else Phase.PROFILES


def view_phase(session: Session, *, event_id: int) -> PhaseView:
    """The phase with its gates."""
    rows = session.scalars(sa.select(PhaseGate).where(PhaseGate.event_id == event_id))
    return PhaseView(read_phase(session, event_id=event_id), {row.phase: row for row in rows})


def pass_gate(
    session: Session,
    *,
    event_id: int,
    to: Phase,
    actor_id: int | None,
    now: dt.datetime,
    before: Phase | None = None,
    round_id: int | None = None,
    change: Change | None = None,
) -> None:
    """Move the event into a phase; of two who do so at once the second raises Stale."""
    before = before or read_phase(session, event_id=event_id)
    session.execute(
        dialect_insert(session, EventPhase)
        .values(event_id=event_id, phase=before)
        .on_conflict_do_nothing(index_elements=["event_id"])
    )
    _move(session, event_id, before, to)
    gate = gate_of(session, event_id=event_id, phase=to)
    gate.from_phase, gate.passed_at, gate.passed_by_id = before, now, actor_id
    gate.round_id, gate.change_id, gate.problem = round_id, change.id if change else None, ""
    session.flush()
    _record(session, event_id, "pass_gate", to, actor_id, now)


def follow_phase(
    session: Session,
    *,
    event_id: int,
    before: Phase,
    to: Phase,
    actor_id: int | None,
    now: dt.datetime,
    round_id: int | None = None,
    change: Change | None = None,
) -> None:
    """Bring the event into a phase that a deed implies, unless it was there or beyond `before` it."""
    if ORDER.index(before) < ORDER.index(to):
        pass_gate(
            session, event_id=event_id, to=to, actor_id=actor_id, now=now, before=before, round_id=round_id,
            change=change,
        )  # fmt: skip


def return_through(
    session: Session, *, event_id: int, phase: Phase, actor_id: int, now: dt.datetime
) -> Phase:
    """Go back through the gate that led into a phase; from then on it is taken by hand."""
    gate = gate_of(session, event_id=event_id, phase=phase)
    back_to = gate.from_phase or ORDER[max(0, ORDER.index(phase) - 1)]
    _move(session, event_id, phase, back_to)
    gate.from_phase = gate.passed_at = gate.passed_by_id = gate.due_at = None
    gate.change_id, gate.problem = None, ""
    session.flush()
    _record(session, event_id, "go_back", phase, actor_id, now)
    return back_to


def set_gate_date(
    session: Session,
    *,
    event_id: int,
    phase: Phase,
    due_at: dt.datetime | None,
    actor_id: int,
    now: dt.datetime,
    ends_at: dt.datetime | None = None,
) -> None:
    """Have a gate taken at a time, or by hand again; `ends_at` is until when answers are asked for."""
    if due_at is not None and due_at <= now:
        raise Invalid(N_("Choose a time that lies ahead."), field="due_at")
    if due_at is not None and ends_at is not None and ends_at <= due_at:
        raise Invalid(N_("Choose an end after the beginning."), field="ends_at")
    if ORDER.index(phase) <= ORDER.index(read_phase(session, event_id=event_id)):
        raise NoSuchGate()
    gate = gate_of(session, event_id=event_id, phase=phase)
    gate.due_at, gate.ends_at, gate.problem = due_at, ends_at, ""
    session.flush()
    _record(
        session, event_id, "set_gate_date", phase, actor_id, now, due_at=due_at.isoformat() if due_at else ""
    )


def date_live_gates(session: Session, *, event_id: int) -> None:
    """Have the live phase begin with the first published meeting and end after the last one."""
    first, last = session.execute(
        sa.select(sa.func.min(Slot.starts_at), sa.func.max(Slot.ends_at))
        .join(Meeting, Meeting.slot_id == Slot.id)
        .where(Meeting.event_id == event_id, Meeting.status.in_(SEATED))
    ).one()
    for phase, moment in ((Phase.LIVE, first), (Phase.CLOSED, last)):
        gate = gate_of(session, event_id=event_id, phase=phase)
        if moment is not None and gate.passed_at is None:
            gate.due_at = moment if phase == Phase.LIVE else moment + AFTERWARDS
    session.flush()


def gate_of(session: Session, *, event_id: int, phase: Phase) -> PhaseGate:
    """The row of a gate, made where there is none."""
    session.execute(
        dialect_insert(session, PhaseGate)
        .values(event_id=event_id, phase=phase, problem="")
        .on_conflict_do_nothing(index_elements=["event_id", "phase"])
    )
    return session.get_one(PhaseGate, (event_id, phase), populate_existing=True)


def _move(session: Session, event_id: int, before: Phase, to: Phase) -> None:
    moved = session.execute(
        sa.update(EventPhase)
        .where(EventPhase.event_id == event_id, EventPhase.phase == before)
        .values(phase=to)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise Stale()


def _record(
    session: Session,
    event_id: int,
    action: str,
    phase: Phase,
    actor_id: int | None,
    now: dt.datetime,
    **details: Any,
) -> None:
    record(
        session, actor_id=actor_id, action=action, subject="phase", subject_id=None, event_id=event_id,
        now=now, phase=phase.value, **details,
    )  # fmt: skip
