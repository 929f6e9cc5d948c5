"""Applies a repair that an organiser chose: all of it in one transaction, and each person told once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.errors import N_, Conflict, NotFound
from matchmaker.models import (
    Change,
    ChangeKind,
    Delegate,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    Participation,
    Round,
    RoundStatus,
    RoundStudy,
    StudyStatus,
    Wish,
    WishKind,
)
from matchmaker.services.audit import record
from matchmaker.services.change import AT_ONCE, begin_change
from matchmaker.services.meeting import end_moves, new_uid
from matchmaker.services.placing import Placement, place_meeting
from matchmaker.services.putting_back import dump_meetings
from matchmaker.services.round import record_round
from matchmaker.services.round_plan import PlannedMeeting
from matchmaker.services.round_present import read_present
from matchmaker.services.round_repair import (
    MOVABLE,
    Added,
    Dropped,
    Placing,
    RepairPlan,
    pack_plans,
    unpack_plans,
)
from matchmaker.services.round_repair_mail import tell_repaired
from matchmaker.services.seat import claim_seats_of, free_seats, lock_people

AnyOf = TypeVar("AnyOf", Placing, Dropped)


class RepairOutdated(Conflict):
    """What the repair was worked out from has changed."""

    message = N_("Something has changed since this repair was worked out. Work it out again.")


class NothingToRepair(Conflict):
    """Only what people have seen is repaired."""

    message = N_("Only a published round is repaired.")


@dataclass(frozen=True)
class Repaired:
    """What applying did."""

    placed: int
    dropped: int
    added: int
    people: int


def plan_of(study: RoundStudy, option: int) -> RepairPlan:
    """The plan of one option, by its number from 0; raises NotFound."""
    plans = unpack_plans(study.payload)
    if not 0 <= option < len(plans):
        raise NotFound()
    return plans[option]


def apply_repair(
    session: Session,
    *,
    event: Event,
    round_: Round,
    study: RoundStudy,
    option: int,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
) -> Repaired | None:
    """Move, drop and add what the option says; None when this study was applied before.

    The mails wait until `hold` is over; until then `undo_change` takes it back.

    Raises RepairOutdated when a meeting, a seat or a place is no longer as it was; nothing is changed then.
    """
    if round_.status != RoundStatus.PUBLISHED:
        raise NothingToRepair()
    plan = plan_of(study, option)
    taken = session.execute(
        sa.update(RoundStudy)
        .where(RoundStudy.id == study.id, RoundStudy.status == StudyStatus.DONE)
        .values(status=StudyStatus.APPLIED, version=RoundStudy.version + 1)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    meetings = _load(session, event.id, plan)
    _lock(session, event.id, meetings, plan)
    before = {row.id: Placement.of(row) for row in meetings.values()}
    dumped = dump_meetings(session, meeting_ids=before)
    change = begin_change(
        session, event_id=event.id, kind=ChangeKind.REPAIR, actor_id=actor_id, now=now, hold=hold,
        number=round_.number, repaired=round_.id,
    )  # fmt: skip
    changed = [_place(session, meetings[one.meeting_id], one, actor_id, now) for one in plan.placings]
    dropped = [meetings[one.meeting_id] for one in plan.dropped]
    for meeting in dropped:
        _drop(session, meeting, actor_id, now)
    added = _add(session, event, round_, plan.added, actor_id, now)
    session.flush()
    free_seats(session, meeting_ids=[meeting.id for meeting in dropped])
    if claim_seats_of(session, meetings=[*changed, *added], gives_way=True):
        raise RepairOutdated()
    for meeting in (*changed, *dropped):
        if meeting in dropped or before[meeting.id].is_elsewhere(meeting):
            end_moves(session, meeting, now)
    people = tell_repaired(
        session, event=event, key=f"change{change.id}", before=before, now=now, change=change,
        meetings=[*changed, *dropped, *added],
    )  # fmt: skip
    session.flush()
    change.before = {
        "rows": dumped,
        "versions": {str(row.id): row.version for row in (*changed, *dropped, *added)},
        "made": [row.id for row in added],
        "added": [],
        "study": study.id,
    }
    record_round(
        session, round_, actor_id=actor_id, action="repair_round", now=now,
        moved=len(changed), dropped=len(dropped), added=len(added), people=people,
    )  # fmt: skip
    return Repaired(len(changed), len(dropped), len(added), people)


def offer_again(session: Session, *, change: Change) -> None:
    """After a repair was undone its ways are offered again: they learn the meetings' new versions."""
    study = session.get(RoundStudy, change.before.get("study", 0))
    if study is None or study.status != StudyStatus.APPLIED:
        return
    seen: dict[str, int] = {str(row["id"]): row["version"] for row in change.before["rows"]["meeting"]}
    present = dict(
        session.execute(
            sa.select(Meeting.id, Meeting.version).where(Meeting.id.in_([int(number) for number in seen]))
        ).all()
    )

    def fresh(one: AnyOf) -> AnyOf:
        is_same = seen.get(str(one.meeting_id)) == one.version
        return replace(one, version=present[one.meeting_id]) if is_same else one

    study.payload = pack_plans(
        [
            RepairPlan(tuple(map(fresh, plan.placings)), tuple(map(fresh, plan.dropped)), plan.added)
            for plan in unpack_plans(study.payload)
        ]
    )
    study.status = StudyStatus.DONE
    session.flush()


def _load(session: Session, event_id: int, plan: RepairPlan) -> dict[int, Meeting]:
    """The meetings that the plan touches, if all stand as they did."""
    versions = {one.meeting_id: one.version for one in plan.placings}
    versions |= {one.meeting_id: one.version for one in plan.dropped}
    rows = session.scalars(
        sa.select(Meeting)
        .where(Meeting.event_id == event_id, Meeting.id.in_(sorted(versions)))
        .options(selectinload(Meeting.sitters))
        .execution_options(populate_existing=True)
    ).all()
    found = {row.id: row for row in rows if row.status in MOVABLE and row.version == versions[row.id]}
    if len(found) != len(versions):
        raise RepairOutdated()
    return found


def _lock(session: Session, event_id: int, meetings: dict[int, Meeting], plan: RepairPlan) -> None:
    """Let others who change the same people's meetings wait, and a withdrawal come before or after."""
    delegates = {sitter.delegate_id for row in meetings.values() for sitter in row.sitters}
    sitting = [one.delegate_ids for one in plan.placings] + [one.delegate_ids for one in plan.added]
    delegates |= {number for numbers in sitting for number in numbers}
    people = session.scalars(
        sa.select(Delegate.person_id).where(Delegate.event_id == event_id, Delegate.id.in_(sorted(delegates)))
    )
    lock_people(session, person_ids=set(people))
    sides = {side for one in plan.added for side in (one.a_id, one.b_id)}
    session.execute(
        sa.select(Participation.id)
        .where(Participation.event_id == event_id, Participation.id.in_(sorted(sides)))
        .order_by(Participation.id)
        .with_for_update(key_share=True)
    ).all()


def _place(session: Session, meeting: Meeting, placing: Placing, actor_id: int, now: dt.datetime) -> Meeting:
    before = {"slot_id": meeting.slot_id, "place_id": meeting.place_id}
    place_meeting(meeting, Placement(placing.slot_id, placing.place_id, frozenset(placing.delegate_ids)))
    meeting.updated_at = now
    _note(session, "move", meeting, actor_id, now, **before)
    return meeting


def _drop(session: Session, meeting: Meeting, actor_id: int, now: dt.datetime) -> None:
    meeting.status, meeting.ended_by_id, meeting.updated_at = MeetingStatus.CANCELLED, None, now
    _note(session, "cancel", meeting, actor_id, now)


def _add(
    session: Session, event: Event, round_: Round, added: Sequence[Added], actor_id: int, now: dt.datetime
) -> list[Meeting]:
    if not added:
        return []
    present = read_present(session, event_id=event.id)
    wished = {
        (row.from_id, row.to_id)
        for row in session.scalars(
            sa.select(Wish).where(Wish.event_id == event.id, Wish.kind != WishKind.NEVER)
        )
    }
    made = []
    for one in added:
        planned = PlannedMeeting(
            one.a_id, one.b_id, one.slot_id, one.place_id, one.delegate_ids, one.fit, one.value
        )
        if present.refuses(planned) is not None:
            raise RepairOutdated()
        a_wished, b_wished = (one.a_id, one.b_id) in wished, (one.b_id, one.a_id) in wished
        is_confirmed = event.confirms_all or (a_wished and b_wished)
        meeting = Meeting(
            event_id=event.id, round_id=round_.id, participation_a_id=one.a_id, participation_b_id=one.b_id,
            slot_id=one.slot_id, place_id=one.place_id, fit=one.fit, value=one.value, uid=new_uid(),
            status=MeetingStatus.CONFIRMED if is_confirmed else MeetingStatus.PROPOSED,
            # as at publication: a wish is an answer given before, and its date tells it from an acceptance
            accepted_a_at=now if is_confirmed or a_wished else None,
            accepted_b_at=now if is_confirmed or b_wished else None,
            created_at=now, updated_at=now,
        )  # fmt: skip
        meeting.sitters = [
            MeetingDelegate(delegate_id=number, event_id=event.id) for number in one.delegate_ids
        ]
        session.add(meeting)
        made.append(meeting)
    session.flush()
    for meeting in made:
        _note(session, "add_meeting", meeting, actor_id, now)
    return made


def _note(
    session: Session, action: str, meeting: Meeting, actor_id: int, now: dt.datetime, **details: int | None
) -> None:
    record(
        session, actor_id=actor_id, action=action, subject="meeting", subject_id=meeting.id, now=now,
        event_id=meeting.event_id, by_repair=True, **details,
    )  # fmt: skip
