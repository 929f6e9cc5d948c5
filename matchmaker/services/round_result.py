"""Applies a round's result in one transaction, which looks again at what changed while it computed."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import (
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Participation,
    Round,
    RoundStatus,
    Suggestion,
    Unplaced,
)
from matchmaker.services.chunks import chunks
from matchmaker.services.review import carry_answers
from matchmaker.services.round import RoundTaken, record_round
from matchmaker.services.round_compute import RoundResult
from matchmaker.services.round_draft import Scope, unchoose
from matchmaker.services.round_figures import figures_of_meetings
from matchmaker.services.round_input import RoundInput
from matchmaker.services.round_lapse import moved_before
from matchmaker.services.round_plan import LeftOut, PlannedMeeting, ScoredPair
from matchmaker.services.round_present import Present, read_present
from matchmaker.services.round_report import store_shares
from matchmaker.services.round_storage import pack_problem, pack_schedule

# rows of one INSERT: each has up to 20 bound variables, SQLite takes 32,766 of them
CHUNK = 1_000


def apply_round_result(
    session: Session,
    *,
    frozen: RoundInput,
    result: RoundResult,
    attempt: int,
    now: dt.datetime,
    seconds: float,
    peak_mb: int,
) -> None:
    """Turn the computing round into its draft; raises RoundTaken when this attempt no longer counts."""
    taken = session.execute(
        sa.update(Round)
        .where(Round.id == frozen.round_id, Round.status == RoundStatus.COMPUTING, Round.attempts == attempt)
        .values(status=RoundStatus.DRAFT, version=Round.version + 1)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RoundTaken()
    present = read_present(session, event_id=frozen.event_id)
    result = _without_what_went(result, present)
    _insert_suggestions(session, frozen, result)
    _insert_meetings(session, frozen, [m for m in result.meetings if not m.is_seated], now)
    _insert_unplaced(session, frozen, result.unplaced)
    if frozen.settings.get("scope") == Scope.TOP_UP:
        # what was chosen before is what was reviewed; from here on its top-up counts
        unchoose(session, event_id=frozen.event_id)
        carry_answers(session, from_id=frozen.settings.get("continues_id"), to_id=frozen.round_id)
    _finish(session, frozen, result, now=now, seconds=seconds, peak_mb=peak_mb)


def _without_what_went(result: RoundResult, present: Present) -> RoundResult:
    stays, lost = [], []
    for meeting in result.meetings:
        why = present.refuses(meeting)
        if why is None:
            stays.append(meeting)
        elif not meeting.is_seated:
            lost.append(LeftOut(meeting.a_id, meeting.b_id, meeting.value, why, {}))
    figures = {**result.figures, "lost_meanwhile": len(lost)}
    return replace(result, meetings=tuple(stays), unplaced=(*result.unplaced, *lost), figures=figures)


def _insert_suggestions(session: Session, frozen: RoundInput, result: RoundResult) -> None:
    known = _all_participations(session, frozen.event_id)
    stay = [pair for pair in result.suggestions if {pair.a_id, pair.b_id} <= known]
    for part in chunks(stay, CHUNK):
        rows = [_suggestion_row(frozen, pair, result.scorer_version) for pair in part]
        session.execute(sa.insert(Suggestion), rows)


def _suggestion_row(frozen: RoundInput, pair: ScoredPair, scorer_version: str) -> dict[str, Any]:
    is_listed = frozen.stores_suggestions
    return {
        "event_id": frozen.event_id,
        "round_id": frozen.round_id,
        "participation_a_id": pair.a_id,
        "participation_b_id": pair.b_id,
        "fit_ab": pair.fit_ab,
        "fit_ba": pair.fit_ba,
        "fit": pair.fit,
        "value": pair.value,
        "rank_a": pair.rank_a if is_listed else 0,
        "rank_b": pair.rank_b if is_listed else 0,
        "explanation": json.loads(pair.explanation),
        "scorer_version": scorer_version,
        "inputs_hash": pair.inputs_hash,
    }


def _insert_meetings(
    session: Session, frozen: RoundInput, meetings: Sequence[PlannedMeeting], now: dt.datetime
) -> None:
    rows = [_meeting_row(frozen, meeting, now) for meeting in meetings]
    numbers: list[int] = []
    for part in chunks(rows, CHUNK):
        numbers += session.scalars(
            sa.insert(Meeting).returning(Meeting.id, sort_by_parameter_order=True), part
        ).all()
    sitters = [
        {"meeting_id": number, "delegate_id": delegate_id, "event_id": frozen.event_id}
        for number, meeting in zip(numbers, meetings, strict=True)
        for delegate_id in meeting.delegate_ids
    ]
    for part in chunks(sitters, CHUNK):
        session.execute(sa.insert(MeetingDelegate), part)


def _meeting_row(frozen: RoundInput, meeting: PlannedMeeting, now: dt.datetime) -> dict[str, Any]:
    return {
        "event_id": frozen.event_id,
        "round_id": frozen.round_id,
        "participation_a_id": meeting.a_id,
        "participation_b_id": meeting.b_id,
        "slot_id": meeting.slot_id,
        "place_id": meeting.place_id,
        "status": MeetingStatus.DRAFT,
        "is_locked": meeting.kept_id is not None,
        "fit": meeting.fit,
        "value": meeting.value,
        "uid": f"{uuid.uuid4()}@matchmaker",
        "reason": "",
        "sequence": 0,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def _insert_unplaced(session: Session, frozen: RoundInput, unplaced: Iterable[LeftOut]) -> None:
    known = _all_participations(session, frozen.event_id)
    rows = {
        (left.a_id, left.b_id): {
            "round_id": frozen.round_id,
            "event_id": frozen.event_id,
            "participation_a_id": left.a_id,
            "participation_b_id": left.b_id,
            "value": left.value,
            "reason": left.reason,
            "arguments": left.arguments,
        }
        for left in unplaced
        if {left.a_id, left.b_id} <= known
    }
    for part in chunks(list(rows.values()), CHUNK):
        session.execute(sa.insert(Unplaced), part)


def _finish(
    session: Session,
    frozen: RoundInput,
    result: RoundResult,
    *,
    now: dt.datetime,
    seconds: float,
    peak_mb: int,
) -> None:
    round_ = session.get_one(Round, frozen.round_id, populate_existing=True)
    figures = {**result.figures, "seconds": round(seconds, 2), "peak_mb": peak_mb}
    figures["suggestions"] = len(result.suggestions) if frozen.stores_suggestions else 0
    if result.frozen is not None and result.schedule is not None:
        pairs = [(meeting.a_id, meeting.b_id) for meeting in result.meetings]
        kept = sum(meeting.is_seated for meeting in result.meetings)
        figures |= figures_of_meetings(frozen, pairs, kept)
        round_.problem = pack_problem(result.frozen.problem, result.frozen.slot_ids)
        count = None if result.report is None else result.report.count
        round_.schedule = pack_schedule(result.schedule, count)
        figures["baseline"] = moved_before(session, event_id=frozen.event_id)
    if result.report is not None:
        store_shares(session, round_id=frozen.round_id, event_id=frozen.event_id, shares=result.report.shares)
    round_.figures = figures
    round_.finished_at, round_.progress, round_.progress_code = now, 1.0, "done"
    session.flush()
    record_round(session, round_, actor_id=None, action="finish_round", now=now)


def _all_participations(session: Session, event_id: int) -> set[int]:
    return set(session.scalars(sa.select(Participation.id).where(Participation.event_id == event_id)))
