"""Applies a round's result in one transaction, which looks again at what changed while it computed."""

from __future__ import annotations

import datetime as dt
import json
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import scheduling
from matchmaker.models import (
    SEATED,
    Delegate,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Participation,
    Place,
    Round,
    RoundStatus,
    Slot,
    Suggestion,
    Unplaced,
    Wish,
    WishKind,
)
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.round import RoundTaken, record_round
from matchmaker.services.round_compute import LeftOut, PlannedMeeting, RoundResult, ScoredPair
from matchmaker.services.round_figures import figures_of_meetings
from matchmaker.services.round_input import RoundInput

Row = TypeVar("Row")

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
    _finish(session, frozen, result, now=now, seconds=seconds, peak_mb=peak_mb)


@dataclass(frozen=True)
class Present:
    """What an event is like now, by ids."""

    participations: frozenset[int]
    delegates: frozenset[int]
    slots: frozenset[int]
    places: frozenset[int]
    seated: frozenset[int]
    seated_pairs: frozenset[tuple[int, int]]
    vetoes: frozenset[tuple[int, int]]

    def refuses(self, meeting: PlannedMeeting) -> str | None:
        """Why a meeting that was planned a while ago cannot be, as a code of unplaced pairs, or None."""
        if meeting.kept_id is not None and meeting.is_seated:
            return None if meeting.kept_id in self.seated else "ended_meanwhile"
        if not {meeting.a_id, meeting.b_id} <= self.participations:
            return "withdrawn_meanwhile"
        if (meeting.a_id, meeting.b_id) in self.vetoes:
            return "vetoed_meanwhile"
        if (meeting.a_id, meeting.b_id) in self.seated_pairs:
            return "met_meanwhile"
        if meeting.slot_id not in self.slots or not set(meeting.delegate_ids) <= self.delegates:
            return "gone_meanwhile"
        is_somewhere = meeting.place_id is None or meeting.place_id in self.places
        return None if is_somewhere else "gone_meanwhile"


def read_present(session: Session, *, event_id: int) -> Present:
    """Read what planned meetings rest on."""

    def ids(table: Any) -> frozenset[int]:
        return frozenset(session.scalars(sa.select(table.id).where(table.event_id == event_id)))

    chosen = participations_for_rounds(event_id).with_only_columns(Participation.id)
    never = session.execute(
        sa.select(Wish.from_id, Wish.to_id).where(Wish.event_id == event_id, Wish.kind == WishKind.NEVER)
    )
    seated = session.execute(
        sa.select(Meeting.id, Meeting.participation_a_id, Meeting.participation_b_id).where(
            Meeting.event_id == event_id, Meeting.status.in_(SEATED)
        )
    ).all()
    return Present(
        participations=frozenset(session.scalars(chosen)),
        delegates=ids(Delegate),
        slots=ids(Slot),
        places=ids(Place),
        seated=frozenset(row.id for row in seated),
        seated_pairs=frozenset((row.participation_a_id, row.participation_b_id) for row in seated),
        vetoes=frozenset((min(one, other), max(one, other)) for one, other in never),
    )


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
    rows = [
        _suggestion_row(frozen, pair, result.scorer_version)
        for pair in result.suggestions
        if {pair.a_id, pair.b_id} <= known
    ]
    for part in _chunks(rows):
        session.execute(sa.insert(Suggestion), part)


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
        "explanation": pair.explanation,
        "scorer_version": scorer_version,
        "inputs_hash": pair.inputs_hash,
    }


def _insert_meetings(
    session: Session, frozen: RoundInput, meetings: Sequence[PlannedMeeting], now: dt.datetime
) -> None:
    rows = [_meeting_row(frozen, meeting, now) for meeting in meetings]
    numbers: list[int] = []
    for part in _chunks(rows):
        numbers += session.scalars(
            sa.insert(Meeting).returning(Meeting.id, sort_by_parameter_order=True), part
        ).all()
    sitters = [
        {"meeting_id": number, "delegate_id": delegate_id, "event_id": frozen.event_id}
        for number, meeting in zip(numbers, meetings, strict=True)
        for delegate_id in meeting.delegate_ids
    ]
    for part in _chunks(sitters):
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
    for part in _chunks(list(rows.values())):
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
        round_.schedule = zlib.compress(result.schedule.to_json().encode())
    round_.figures = figures
    round_.finished_at, round_.progress, round_.progress_code = now, 1.0, "done"
    session.flush()
    record_round(session, round_, actor_id=None, action="finish_round", now=now)


def pack_problem(problem: scheduling.Problem, slot_ids: Sequence[int]) -> bytes:
    """The problem and the ids of its slots as compressed JSON; all its other parts carry their ids."""
    return zlib.compress(json.dumps({"slot_ids": slot_ids, "problem": problem.to_json()}).encode())


def unpack_round(round_: Round) -> tuple[scheduling.Problem, scheduling.Schedule, list[int]] | None:
    """What the round's solver was given and answered, and the ids of the slots; None without a schedule."""
    if round_.problem is None or round_.schedule is None:
        return None
    stored = json.loads(zlib.decompress(round_.problem))
    problem = scheduling.Problem.from_json(stored["problem"])
    schedule = scheduling.Schedule.from_json(zlib.decompress(round_.schedule).decode())
    return problem, schedule, stored["slot_ids"]


def _all_participations(session: Session, event_id: int) -> set[int]:
    return set(session.scalars(sa.select(Participation.id).where(Participation.event_id == event_id)))


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
