"""Takes the gates between phases: what one would do is told before, and it can be gone back through."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, MatchmakerError
from matchmaker.models import Change, Event, Phase, PhaseGate, Round, RoundStatus, RoundStep
from matchmaker.services.change import AT_ONCE, MailsOut
from matchmaker.services.phase import (
    NEXT,
    ORDER,
    NoSuchGate,
    gate_of,
    pass_gate,
    read_phase,
    return_through,
)
from matchmaker.services.publication import publish_round
from matchmaker.services.publication_outlook import foresee_publication
from matchmaker.services.review import close_review, open_review, reopen_review, round_in_review
from matchmaker.services.round import ACTIVE, cancel_round, queue_round
from matchmaker.services.round_draft import chosen_round, top_up
from matchmaker.services.round_opening import open_suggestions, people_of_rounds
from matchmaker.services.undo import undo_change


class NoDraft(Conflict):
    """There are no meetings to show or publish."""

    message = N_("There is no draft with meetings yet. Run a round first.")


class StillComputing(Conflict):
    """The run that the gate needs has not ended."""

    message = N_("A run is still under way. Wait until it has ended, or cancel it.")


class RunFailed(Conflict):
    """The run that the gate needed failed."""

    message = N_("The run that this step needs did not succeed. Look at it, and start it again.")


@dataclass(frozen=True)
class Foresight:
    """What a gate would do as things stand: a run, mails to so many people, meetings of a draft."""

    to: Phase
    round: Round | None = None
    starts_run: bool = False
    people: int = 0
    confirmed: int = 0
    proposed: int = 0
    lost: int = 0
    obstacle: MatchmakerError | None = None


def foresee(session: Session, *, event: Event, to: Phase) -> Foresight:
    """What taking the gate would do; changes nothing."""
    is_computing = _has_active(session, event.id)
    if to == Phase.WISHES:
        suggested = _suggested(session, event.id)
        people = len(people_of_rounds(session, event_id=event.id))
        return Foresight(to, suggested, starts_run=suggested is None and not is_computing, people=people)
    if to in (Phase.LIVE, Phase.CLOSED):
        return Foresight(to)
    if to == Phase.DRAFT:
        return Foresight(to, starts_run=not is_computing)
    draft = round_in_review(session, event_id=event.id) if to == Phase.TOP_UP else None
    draft = draft or chosen_round(session, event_id=event.id)
    if is_computing:
        return Foresight(to, draft, obstacle=StillComputing())
    if draft is None:
        return Foresight(to, obstacle=NoDraft())
    if to == Phase.TOP_UP:
        return Foresight(to, draft, starts_run=True)
    told = foresee_publication(session, round_=draft, event=event)
    return Foresight(to, draft, False, told.people, told.confirmed, told.proposed, len(told.lost))


def take_gate(
    session: Session,
    *,
    event: Event,
    to: Phase,
    actor_id: int | None,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
    ends_at: dt.datetime | None = None,
) -> bool:
    """Go into a phase with all that it does; False when a run has to end first, after which it is gone into.

    Raises NoSuchGate when it does not follow, Stale when somebody else was first.
    """
    before = read_phase(session, event_id=event.id)
    if to not in NEXT[before]:
        raise NoSuchGate()
    if to == Phase.WISHES:
        return _open_wishes(session, event, actor_id, now, hold, ends_at)
    change: Change | None = None
    round_: Round | None = None
    if to == Phase.DRAFT:
        if not _has_active(session, event.id):
            queue_round(session, event=event, step=RoundStep.SCHEDULE, actor_id=actor_id, now=now)
    elif to not in (Phase.LIVE, Phase.CLOSED):
        round_ = _draft(session, event.id, to)
        if to == Phase.PUBLISHED:
            publish_round(session, round_=round_, event=event, actor_id=actor_id, now=now, hold=hold)
            return True
        if to == Phase.REVIEW:
            change = open_review(
                session, round_=round_, event=event, until=ends_at, actor_id=actor_id, now=now, hold=hold
            )
        else:
            close_review(session, round_=round_, now=now)
            top_up(session, event=event, round_=round_, actor_id=actor_id, now=now)
    pass_gate(
        session, event_id=event.id, to=to, actor_id=actor_id, now=now, before=before, change=change,
        round_id=round_.id if round_ else None,
    )  # fmt: skip
    return True


def go_back(session: Session, *, event: Event, actor_id: int, now: dt.datetime) -> Phase:
    """Go back to the phase before; raises MailsOut when the mails of this one have left."""
    phase = read_phase(session, event_id=event.id)
    if phase == Phase.PROFILES:
        raise NoSuchGate()
    gate = gate_of(session, event_id=event.id, phase=phase)
    if phase in (Phase.WISHES, Phase.REVIEW, Phase.PUBLISHED):
        change = session.get(Change, gate.change_id) if gate.change_id else None
        if change is None:
            raise MailsOut()
        undo_change(session, change=change, actor_id=actor_id, now=now)
        return read_phase(session, event_id=event.id)
    if phase == Phase.TOP_UP:
        _reopen(session, event.id, gate, actor_id, now)
    return return_through(session, event_id=event.id, phase=phase, actor_id=actor_id, now=now)


def due_gates(session: Session, *, now: dt.datetime) -> list[tuple[int, Phase]]:
    """The gates whose time has come and that follow from their events' present phases, (event, phase)."""
    rows = session.execute(
        sa.select(PhaseGate.event_id, PhaseGate.phase)
        .where(PhaseGate.due_at <= now, PhaseGate.passed_at.is_(None))
        .order_by(PhaseGate.due_at, PhaseGate.event_id)
    ).all()
    return [
        (row.event_id, row.phase)
        for row in rows
        if row.phase in NEXT[read_phase(session, event_id=row.event_id)]
        and (row.phase in (Phase.LIVE, Phase.CLOSED) or not _has_active(session, row.event_id))
    ]


def take_due_gate(
    session: Session, *, event_id: int, phase: Phase, now: dt.datetime, hold: dt.timedelta
) -> bool:
    """Take one due gate for the organiser; whatever prevents it is kept with the gate and shown."""
    gate = session.scalar(
        sa.select(PhaseGate)
        .where(
            PhaseGate.event_id == event_id,
            PhaseGate.phase == phase,
            PhaseGate.due_at <= now,
            PhaseGate.passed_at.is_(None),
        )
        .with_for_update(skip_locked=True)
    )
    if gate is None:
        return False
    event = session.get_one(Event, event_id)
    try:
        with session.begin_nested():
            return take_gate(
                session, event=event, to=phase, actor_id=None, now=now, hold=hold, ends_at=gate.ends_at
            )
    except MatchmakerError as error:
        code = type(error).__name__
        if gate.problem != code:
            gate.problem = code
            session.flush()
    return False


def _open_wishes(
    session: Session,
    event: Event,
    actor_id: int | None,
    now: dt.datetime,
    hold: dt.timedelta,
    ends_at: dt.datetime | None,
) -> bool:
    suggested = _suggested(session, event.id)
    if suggested is not None:
        open_suggestions(
            session, round_=suggested, actor_id=actor_id, now=now, wishes_until=ends_at, hold=hold
        )
        return True
    gate = gate_of(session, event_id=event.id, phase=Phase.WISHES)
    if not _has_active(session, event.id):
        last = session.scalar(
            sa.select(Round).where(Round.event_id == event.id).order_by(Round.number.desc()).limit(1)
        )
        if gate.due_at is not None and last is not None and last.created_at >= gate.due_at:
            raise RunFailed()
        queue_round(session, event=event, step=RoundStep.SUGGEST, actor_id=actor_id, now=now)
    # the clock goes through it as soon as the suggestions are there
    gate.due_at, gate.ends_at = min(gate.due_at or now, now), ends_at
    session.flush()
    return False


def _draft(session: Session, event_id: int, to: Phase) -> Round:
    if _has_active(session, event_id):
        raise StillComputing()
    in_review = round_in_review(session, event_id=event_id) if to == Phase.TOP_UP else None
    draft = in_review or chosen_round(session, event_id=event_id)
    if draft is None:
        raise NoDraft()
    return draft


def _reopen(session: Session, event_id: int, gate: PhaseGate, actor_id: int, now: dt.datetime) -> None:
    """Show the reviewed draft again; a top-up under way is cancelled, a finished one stays for comparison."""
    active = session.scalars(sa.select(Round).where(Round.event_id == event_id, Round.status.in_(ACTIVE)))
    for row in active.all():
        cancel_round(session, round_=row, actor_id=actor_id, now=now)
    round_ = session.get(Round, gate.round_id) if gate.round_id else None
    if round_ is None or round_.status != RoundStatus.DRAFT:
        raise NoDraft()
    reopen_review(session, round_=round_)


def _suggested(session: Session, event_id: int) -> Round | None:
    return session.scalar(
        sa.select(Round)
        .where(Round.event_id == event_id, Round.step == RoundStep.SUGGEST, Round.status == RoundStatus.DRAFT)
        .order_by(Round.number.desc())
        .limit(1)
    )


def _has_active(session: Session, event_id: int) -> bool:
    active = sa.select(Round.id).where(Round.event_id == event_id, Round.status.in_(ACTIVE))
    return session.scalar(active.limit(1)) is not None


def is_later(one: Phase, other: Phase) -> bool:
    """Whether one phase comes after another."""
    return ORDER.index(one) > ORDER.index(other)
