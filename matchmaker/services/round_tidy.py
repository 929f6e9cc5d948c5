"""Tidying a draft: the same meetings at other times with fewer breaks, put beside the draft."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.db import Base
from matchmaker.errors import N_, Conflict, Invalid
from matchmaker.models import (
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Participation,
    Round,
    RoundShare,
    RoundStatus,
    RoundStep,
    RoundStudy,
    StudyKind,
    StudyStatus,
    Suggestion,
    Unplaced,
)
from matchmaker.services.chunks import chunks
from matchmaker.services.review import carry_answers
from matchmaker.services.round import NotADraft, record_round
from matchmaker.services.round_draft import choose_round
from matchmaker.services.round_plan import MAY_GIVE
from matchmaker.services.round_study import queue_study

FAIRNESS = 2
"""How many more breaks anybody may have than whoever has fewest, unless the organiser says otherwise."""

MOST_FAIRNESS = 20


@dataclass(frozen=True)
class Placing:
    """A meeting that is elsewhere in the tidy schedule, by ids; `before_id` is the slot that it had."""

    a_id: int
    b_id: int
    before_id: int
    slot_id: int
    place_id: int | None


@dataclass(frozen=True)
class Tidy:
    """What using tidy times needs: the schedule as it is stored, what moves, and the figures that follow."""

    schedule: bytes
    placings: tuple[Placing, ...]
    shares: tuple[dict[str, Any], ...]
    figures: dict[str, Any]
    left_out: tuple[dict[str, Any], ...] = ()


def pack_tidy(tidy: Tidy) -> bytes:
    """As compressed JSON."""
    parts = asdict(tidy) | {"schedule": base64.b64encode(tidy.schedule).decode()}
    return zlib.compress(json.dumps(parts).encode())


def unpack_tidy(packed: bytes) -> Tidy:
    """What `pack_tidy` wrote."""
    parts = json.loads(zlib.decompress(packed))
    return Tidy(
        schedule=base64.b64decode(parts["schedule"]),
        placings=tuple(Placing(**one) for one in parts["placings"]),
        shares=tuple(parts["shares"]),
        figures=parts["figures"],
        left_out=tuple(parts.get("left_out", ())),
    )


class TidyOutdated(Conflict):
    """The draft has changed since."""

    message = N_("The draft has changed since this was worked out. Work it out again.")


def ask_to_tidy(
    session: Session, *, round_: Round, fairness: int, moves_seen: bool, actor_id: int, now: dt.datetime
) -> RoundStudy:
    """Ask the worker for better times of a draft's meetings.

    `moves_seen` lets meetings move that both sides can look at in the review.
    """
    if round_.status != RoundStatus.DRAFT or round_.step == RoundStep.SUGGEST:
        raise NotADraft()
    if not 0 <= fairness <= MOST_FAIRNESS:
        raise Invalid(N_("Write a number between 0 and %(most)s."), field="fairness", most=MOST_FAIRNESS)
    return queue_study(
        session,
        round_=round_,
        kind=StudyKind.TIDY,
        arguments={"fairness": fairness, "moves_seen": moves_seen},
        actor_id=actor_id,
        now=now,
    )


def use_tidy(session: Session, *, round_: Round, study: RoundStudy, actor_id: int, now: dt.datetime) -> Round:
    """Put the tidy times beside the draft as a run of its own, and choose it; the draft stays as it is.

    Doing it twice gives the run that there is. Raises TidyOutdated when a meeting that would move has been
    locked, moved or dropped since, and NotADraft when the draft is none any more.
    """
    if study.status == StudyStatus.APPLIED:
        return session.get_one(Round, study.result["used_id"])
    if round_.status != RoundStatus.DRAFT:
        raise NotADraft()
    if study.status != StudyStatus.DONE or study.payload is None:
        raise TidyOutdated()
    tidy = unpack_tidy(study.payload)
    _check_untouched(session, round_, tidy, moves_seen=bool(study.arguments["moves_seen"]))
    made = _twin(session, round_, tidy, actor_id, now)
    placings = {(one.a_id, one.b_id): (one.slot_id, one.place_id) for one in tidy.placings}
    _copy_meetings(session, round_, made, placings, now)
    _copy_rows(session, Unplaced, round_, made)
    _copy_rows(session, Suggestion, round_, made)
    _tell_why_not(session, made, tidy)
    _store_shares(session, made, tidy)
    study.status, study.finished_at = StudyStatus.APPLIED, now
    study.result = {**study.result, "used_id": made.id}
    session.flush()
    record_round(session, made, actor_id=actor_id, action="use_tidy", now=now, tidied=round_.number)
    _carry_review(session, round_, made, now)
    choose_round(session, round_=made, actor_id=actor_id, now=now)
    return made


def _check_untouched(session: Session, round_: Round, tidy: Tidy, *, moves_seen: bool) -> None:
    """Raise TidyOutdated when a meeting that moves is no longer where it was, or must stay by now."""
    drafted = {
        (row.participation_a_id, row.participation_b_id): row for row in drafted_of(session, round_.id)
    }
    is_seen = round_.review_opened_at is not None and not moves_seen
    for one in tidy.placings:
        row = drafted.get((one.a_id, one.b_id))
        if row is None or row.is_locked or row.slot_id != one.before_id or is_seen:
            raise TidyOutdated()


def _twin(session: Session, round_: Round, tidy: Tidy, actor_id: int, now: dt.datetime) -> Round:
    last = session.scalar(sa.select(sa.func.max(Round.number)).where(Round.event_id == round_.event_id))
    made = Round(
        event_id=round_.event_id,
        number=(last or 0) + 1,
        step=RoundStep.SCHEDULE,
        status=RoundStatus.DRAFT,
        requested_by_id=actor_id,
        settings=dict(round_.settings),
        due_at=now,
        wishes_until=round_.wishes_until,
        created_at=now,
        started_at=now,
        finished_at=now,
        attempts=1,
        progress=1.0,
        progress_code="done",
        problem=round_.problem,
        schedule=tidy.schedule,
        figures={**round_.figures, **tidy.figures},
    )
    session.add(made)
    session.flush()
    return made


def _copy_meetings(
    session: Session,
    round_: Round,
    made: Round,
    placings: Mapping[tuple[int, int], tuple[int, int | None]],
    now: dt.datetime,
) -> None:
    for row in drafted_of(session, round_.id):
        slot_id, place_id = placings.get(_pair(row), (row.slot_id, row.place_id))
        copy = Meeting(
            event_id=row.event_id,
            round_id=made.id,
            participation_a_id=row.participation_a_id,
            participation_b_id=row.participation_b_id,
            slot_id=slot_id,
            place_id=place_id,
            status=MeetingStatus.DRAFT,
            is_locked=row.is_locked,
            fit=row.fit,
            value=row.value,
            uid=f"{uuid.uuid4()}@matchmaker",
            created_at=now,
            updated_at=now,
        )
        copy.sitters = [
            MeetingDelegate(delegate_id=sitter.delegate_id, event_id=row.event_id) for sitter in row.sitters
        ]
        session.add(copy)
    session.flush()


def _copy_rows(session: Session, kind: type[Unplaced] | type[Suggestion], round_: Round, made: Round) -> None:
    table = Base.metadata.tables[kind.__tablename__]
    names = [column.name for column in table.columns if column.name not in ("id", "round_id")]
    session.execute(
        sa.insert(kind).from_select(
            ["round_id", *names],
            sa.select(sa.literal(made.id), *(table.c[name] for name in names)).where(
                table.c.round_id == round_.id
            ),
        )
    )


def _tell_why_not(session: Session, made: Round, tidy: Tidy) -> None:
    """Why pairs do not meet follows the times; what rests on rules or came later stays as it was."""
    anew = {(one["a_id"], one["b_id"]): one for one in tidy.left_out}
    for row in session.scalars(sa.select(Unplaced).where(Unplaced.round_id == made.id)):
        one = anew.get((row.participation_a_id, row.participation_b_id))
        if one is not None and row.reason in MAY_GIVE:
            row.reason, row.arguments = one["reason"], one["arguments"]
    session.flush()


def _store_shares(session: Session, made: Round, tidy: Tidy) -> None:
    """Hours and walks between places follow the times."""
    known = set(session.scalars(sa.select(Participation.id).where(Participation.event_id == made.event_id)))
    rows = [
        {"round_id": made.id, "event_id": made.event_id, **share}
        for share in tidy.shares
        if share["participation_id"] in known
    ]
    for part in chunks(rows, 1_000):
        session.execute(sa.insert(RoundShare), part)


def _carry_review(session: Session, round_: Round, made: Round, now: dt.datetime) -> None:
    """An open review goes on with the tidy run; what was said of meetings that stand still counts."""
    if round_.review_opened_at is None:
        return
    carry_answers(session, from_id=round_.id, to_id=made.id)
    made.review_opened_at, made.review_until = round_.review_opened_at, round_.review_until
    made.review_closed_at = round_.review_closed_at
    if round_.review_closed_at is None:
        round_.review_closed_at = now
    session.flush()


def drafted_of(session: Session, round_id: int) -> list[Meeting]:
    """The meetings of a draft, with who sits in them."""
    return list(
        session.scalars(
            sa.select(Meeting)
            .where(Meeting.round_id == round_id, Meeting.status == MeetingStatus.DRAFT)
            .options(selectinload(Meeting.sitters))
            .order_by(Meeting.id)
        )
    )


def _pair(row: Meeting) -> tuple[int, int]:
    return row.participation_a_id, row.participation_b_id
