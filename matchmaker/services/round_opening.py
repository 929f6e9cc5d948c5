"""Opens a round's suggestions to both sides, and tells each person once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid
from matchmaker.models import (
    Change,
    ChangeKind,
    Delegate,
    Event,
    Organisation,
    Participation,
    Person,
    Phase,
    Round,
    RoundStatus,
    RoundStep,
    Suggestion,
)
from matchmaker.services.answer_link import Question, QuestionKind, make_answer_link
from matchmaker.services.change import AT_ONCE, begin_change
from matchmaker.services.outbox import queue_mail
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.phase import follow_phase, read_phase
from matchmaker.services.round import record_round

# how long a link of the mail answers where the organiser set no end
ANSWERED_WITHIN = dt.timedelta(days=30)


def open_when_done(session: Session, *, round_id: int, now: dt.datetime) -> None:
    """Open the suggestions of a round that was queued to open them by itself."""
    round_ = session.get_one(Round, round_id)
    if round_.step == RoundStep.SUGGEST and round_.settings.get("opens_when_done"):
        open_suggestions(session, round_=round_, actor_id=None, now=now, wishes_until=round_.wishes_until)


def open_suggestions(
    session: Session,
    *,
    round_: Round,
    actor_id: int | None,
    now: dt.datetime,
    wishes_until: dt.datetime | None,
    hold: dt.timedelta = AT_ONCE,
) -> None:
    """Show the suggestions to both sides for must, meet and never; opening twice changes nothing.

    The mails are held back for `hold`; until then it can be undone.
    """
    if round_.opened_at is not None:
        return
    if round_.status not in (RoundStatus.DRAFT, RoundStatus.PUBLISHED):
        raise Conflict(N_("Only suggestions that have been computed can be opened."))
    if wishes_until is not None and wishes_until <= now and actor_id is not None:
        raise Invalid(N_("Choose a time that lies ahead."), field="wishes_until")
    before = read_phase(session, event_id=round_.event_id)
    round_.opened_at = now
    round_.wishes_until = wishes_until
    if round_.step == RoundStep.SUGGEST:
        round_.status = RoundStatus.PUBLISHED
        round_.published_at = now
    session.flush()
    record_round(session, round_, actor_id=actor_id, action="open_suggestions", now=now)
    if round_.step == RoundStep.SUGGEST:
        change = begin_change(
            session,
            event_id=round_.event_id,
            kind=ChangeKind.OPEN_SUGGESTIONS,
            actor_id=actor_id,
            now=now,
            hold=hold,
            number=round_.number,
            before={"round_id": round_.id},
        )
        _tell_everybody(session, round_, change, now)
        follow_phase(
            session,
            event_id=round_.event_id,
            before=before,
            to=Phase.WISHES,
            actor_id=actor_id,
            now=now,
            round_id=round_.id,
            change=change,
        )


def close_suggestions(session: Session, *, round_: Round) -> None:
    """Take an opening back: the suggestions are a draft again that nobody sees."""
    round_.opened_at = round_.wishes_until = round_.published_at = None
    round_.status = RoundStatus.DRAFT
    session.flush()


def people_of_rounds(
    session: Session, *, event_id: int
) -> dict[int, list[tuple[Person, Participation, str]]]:
    """Persons to tell, each with their participations and the organisations' names.

    A firm that has not confirmed its own participation gets no mail but its invitation.
    """
    chosen = participations_for_rounds(event_id).where(Participation.confirmed_at.is_not(None))
    ids = chosen.with_only_columns(Participation.id)
    rows = session.execute(
        sa.select(Person, Participation, Organisation.name)
        .join(Delegate, Delegate.person_id == Person.id)
        .join(Participation, Participation.id == Delegate.participation_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.id.in_(ids), Person.erased_at.is_(None), Delegate.left_at.is_(None))
        .order_by(Person.id, Participation.id)
    )
    people: dict[int, list[tuple[Person, Participation, str]]] = defaultdict(list)
    for person, participation, name in rows:
        people[person.id].append((person, participation, name))
    return people


def _tell_everybody(session: Session, round_: Round, change: Change, now: dt.datetime) -> None:
    event = session.get_one(Event, round_.event_id)
    counts = _list_lengths(session, round_.id)
    for person_id, theirs in people_of_rounds(session, event_id=event.id).items():
        lists: list[dict[str, Any]] = [
            {"participation_id": row.id, "name": name, "count": counts.get(row.id, 0)}
            for _, row, name in theirs
            if counts.get(row.id)
        ]
        if not lists:
            continue
        queue_mail(
            session,
            kind="suggestions_open",
            key=f"suggestions_open:{round_.id}:{person_id}",
            person=theirs[0][0],
            arguments={
                "event_name": event.name,
                "event_slug": event.slug,
                "wishes_until": round_.wishes_until.isoformat() if round_.wishes_until else None,
                "lists": lists,
                "answer_token": make_answer_link(
                    session,
                    person=theirs[0][0],
                    event_id=event.id,
                    questions=[
                        Question(QuestionKind.SUGGESTIONS, round_.id, row["participation_id"])
                        for row in lists
                    ],
                    expires_at=round_.wishes_until or now + ANSWERED_WITHIN,
                    now=now,
                ),
            },
            now=now,
            change=change,
            event_id=event.id,
            participation_id=theirs[0][1].id,
        )


def _list_lengths(session: Session, round_id: int) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for side, rank in (
        (Suggestion.participation_a_id, Suggestion.rank_a),
        (Suggestion.participation_b_id, Suggestion.rank_b),
    ):
        rows = session.execute(
            sa.select(side, sa.func.count()).where(Suggestion.round_id == round_id, rank > 0).group_by(side)
        )
        for participation_id, count in rows:
            counts[participation_id] += count
    return counts
