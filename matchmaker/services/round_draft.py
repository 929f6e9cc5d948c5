"""What an organiser does with drafts: lock meetings, choose one of several runs, run again, top up."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict
from matchmaker.models import Event, Meeting, MeetingStatus, Round, RoundStatus, RoundStep
from matchmaker.services.round import NotADraft, queue_round, record_round


class Scope(enum.StrEnum):
    """What a run may change of the draft that it continues; published meetings stay in every case.

    all: everything but what is locked; free: nothing, it fills free slots; selected: only meetings of the
    selected participations; top_up: what both sides said yes to stays, what one said no to goes, and the
    rest is kept where it can be.
    """

    ALL = "all"
    FREE = "free"
    SELECTED = "selected"
    TOP_UP = "top_up"


class NothingSelected(Conflict):
    """A run for selected participations needs some."""

    message = N_("Choose at least one participation, or run for all.")


def lock_meetings(
    session: Session,
    *,
    round_: Round,
    meeting_ids: set[int],
    is_locked: bool,
    actor_id: int,
    now: dt.datetime,
) -> int:
    """Lock or unlock meetings of a draft, so that a run again keeps them; gives how many changed."""
    if round_.status != RoundStatus.DRAFT:
        raise NotADraft()
    meetings = session.scalars(
        sa.select(Meeting).where(
            Meeting.round_id == round_.id,
            Meeting.status == MeetingStatus.DRAFT,
            Meeting.id.in_(meeting_ids),
            Meeting.is_locked.is_not(is_locked),
        )
    ).all()
    for meeting in meetings:
        meeting.is_locked, meeting.updated_at = is_locked, now
    session.flush()
    action = "lock_meetings" if is_locked else "unlock_meetings"
    record_round(session, round_, actor_id=actor_id, action=action, now=now, count=len(meetings))
    return len(meetings)


def run_again(session: Session, *, event: Event, round_: Round, actor_id: int, now: dt.datetime) -> Round:
    """Queue a round that keeps what is locked in this draft (and, as always, what has seats)."""
    if round_.status not in (RoundStatus.DRAFT, RoundStatus.FAILED, RoundStatus.CANCELLED):
        raise NotADraft()
    keeps = round_.id if round_.status == RoundStatus.DRAFT else round_.settings.get("continues_id")
    scope = Scope.ALL if round_.status == RoundStatus.DRAFT else round_.settings.get("scope", Scope.ALL)
    return queue_round(
        session,
        event=event,
        step=round_.step,
        actor_id=actor_id,
        now=now,
        wishes_until=round_.wishes_until if round_.wishes_until and round_.wishes_until > now else None,
        settings={**_settings_of(round_), "continues_id": keeps, "scope": scope},
    )


def top_up(session: Session, *, event: Event, round_: Round, actor_id: int | None, now: dt.datetime) -> Round:
    """Queue the run after the review: it keeps what both sides confirmed and fills up."""
    return queue_round(
        session,
        event=event,
        step=RoundStep.SCHEDULE,
        actor_id=actor_id,
        now=now,
        settings={**_settings_of(round_), "continues_id": round_.id, "scope": Scope.TOP_UP.value},
    )


def scope_settings(
    session: Session, *, event_id: int, scope: Scope, participation_ids: Collection[int]
) -> dict[str, Any]:
    """The settings of a run that continues the chosen draft, if there is one, within a scope."""
    if scope == Scope.SELECTED and not participation_ids:
        raise NothingSelected(field="participations")
    chosen = chosen_round(session, event_id=event_id)
    return {
        "scope": scope.value,
        "continues_id": chosen.id if chosen else None,
        "participation_ids": sorted(participation_ids) if scope == Scope.SELECTED else [],
    }


def chosen_round(session: Session, *, event_id: int) -> Round | None:
    """The draft that would be reviewed and published: the one chosen by hand, else the newest."""
    return session.scalar(
        sa.select(Round)
        .where(Round.event_id == event_id, Round.status == RoundStatus.DRAFT, Round.step != RoundStep.SUGGEST)
        .order_by(Round.is_chosen.desc(), Round.number.desc())
        .limit(1)
    )


def choose_round(session: Session, *, round_: Round, actor_id: int | None, now: dt.datetime) -> None:
    """Make this draft the one that counts; choosing it twice changes nothing."""
    if round_.status != RoundStatus.DRAFT or round_.step == RoundStep.SUGGEST:
        raise NotADraft()
    if round_.is_chosen:
        return
    unchoose(session, event_id=round_.event_id)
    round_.is_chosen = True
    session.flush()
    record_round(session, round_, actor_id=actor_id, action="choose_round", now=now)


def unchoose(session: Session, *, event_id: int) -> None:
    """No draft is chosen by hand: the newest counts."""
    chosen = session.scalars(
        sa.select(Round).where(Round.event_id == event_id, Round.is_chosen.is_(True))
    ).all()
    for row in chosen:
        row.is_chosen = False
    session.flush()


def _settings_of(round_: Round) -> dict[str, Any]:
    """What was set for a round, but for what belongs to that run alone."""
    return {
        key: value for key, value in round_.settings.items() if key not in ("seed", "continues_id", "scope")
    }
