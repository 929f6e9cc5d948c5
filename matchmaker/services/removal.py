"""Takes slots or a place out of a schedule that people know: moves what can be moved, cancels the rest.

Everybody concerned is told once. The mails are held back, and as long as they are all of it can be undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from matchmaker.db import Base
from matchmaker.models import (
    SEATED,
    Availability,
    Block,
    Change,
    ChangeKind,
    Event,
    Meeting,
    MeetingDelegate,
    MeetingRequest,
    MeetingStatus,
    OpeningHours,
    Place,
    PlaceOwner,
    RequestStatus,
    Shift,
    ShiftStaff,
    Slot,
)
from matchmaker.services.audit import record
from matchmaker.services.change import AT_ONCE, AnsweredMeanwhile, begin_change
from matchmaker.services.impact import HitMeeting, InUse, impact_of_meetings, read_hit
from matchmaker.services.meeting import OPEN_STATUSES
from matchmaker.services.mending import Gone, plan_moves
from matchmaker.services.round_repair_mail import Before, tell_repaired
from matchmaker.services.row_dump import Rows, dump_rows, restore_rows, values_of
from matchmaker.services.seat import claim_seats_of, free_seats, lock_people

# in the order in which they can be inserted again
TABLES: tuple[type[Base], ...] = (
    Block, Slot, Place, OpeningHours, PlaceOwner, Shift, ShiftStaff, Availability, Meeting, MeetingDelegate,
    MeetingRequest,
)  # fmt: skip


@dataclass(frozen=True)
class Outlook:
    """What taking it out would do: meetings that move (with the new time and place), and those cancelled."""

    moved: tuple[tuple[HitMeeting, dt.datetime, str], ...]
    cancelled: tuple[HitMeeting, ...]
    people: int
    drafts: int
    requests: int

    @property
    def is_harmless(self) -> bool:
        """Whether nobody is hit."""
        return not (self.moved or self.cancelled or self.drafts or self.requests)


def foresee_removal(session: Session, *, event: Event, gone: Gone, now: dt.datetime) -> Outlook:
    """Who is hit and what would become of their meetings as things stand; changes nothing."""
    meetings = _hit(session, event.id, gone, now)
    plan = plan_moves(session, event=event, meetings=meetings, gone=gone, now=now)
    hit = read_hit(session, meeting_ids=[row.id for row in meetings])
    slots = {
        row.id: row.starts_at for row in session.scalars(sa.select(Slot).where(Slot.event_id == event.id))
    }
    places = dict(session.execute(sa.select(Place.id, Place.name).where(Place.event_id == event.id)).all())
    moved = tuple(
        (hit[number], slots[slot_id], places.get(place_id, "") if place_id is not None else "")
        for number, (slot_id, place_id) in plan.items()
    )
    people = {sitter.delegate_id for row in meetings for sitter in row.sitters}
    return Outlook(
        moved=tuple(sorted(moved, key=lambda one: one[0].starts_at)),
        cancelled=tuple(hit[row.id] for row in meetings if row.id not in plan),
        people=len(people),
        drafts=len(_drafts(session, event.id, gone)),
        requests=len(_requests(session, event.id, gone)),
    )


def take_out(
    session: Session,
    *,
    event: Event,
    gone: Gone,
    name: str,
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
    block_id: int | None = None,
    added_slot_ids: Sequence[int] = (),
) -> Change:
    """Mend everything that rests on what goes; the caller then deletes it in the same transaction.

    Raises InUse where a meeting has already been held there: what happened is not deleted. `added_slot_ids`
    were made for this change and go when it is undone.
    """
    meetings = _hit(session, event.id, gone, now)
    lock_people(session, person_ids=_people_of(session, meetings))
    meetings = _hit(session, event.id, gone, now)
    _refuse_history(session, event.id, gone, {row.id for row in meetings})
    plan = plan_moves(session, event=event, meetings=meetings, gone=gone, now=now)
    before = {row.id: Before.of(row) for row in meetings}
    dumped = _dump(session, event.id, gone, block_id, meetings)
    change = begin_change(
        session, event_id=event.id, kind=ChangeKind.REPAIR, actor_id=actor_id, now=now, hold=hold, name=name
    )
    _mend(session, meetings, plan, actor_id, now)
    tell_repaired(
        session, event=event, key=f"change{change.id}", before=before, meetings=meetings, now=now,
        change=change,
    )  # fmt: skip
    _close_requests(session, event.id, gone, now)
    _drop_drafts(session, event.id, gone)
    session.flush()
    versions = {str(row.id): row.version for row in meetings if row.slot_id not in gone.slot_ids}
    change.before = {"rows": dumped, "versions": versions, "added": list(added_slot_ids)}
    session.flush()
    return change


def put_back(session: Session, *, change: Change) -> None:
    """Undo `take_out` and the deletion after it; raises AnsweredMeanwhile when the way is no longer free."""
    rows: dict[str, Rows] = change.before["rows"]
    versions: dict[str, int] = change.before["versions"]
    present = {
        str(row.id): row.version
        for row in session.scalars(sa.select(Meeting).where(Meeting.id.in_([int(n) for n in versions])))
    }
    if present != versions:
        raise AnsweredMeanwhile()
    try:
        with session.begin_nested():
            # slots that took the place of others go first, those to which meetings moved go last
            session.execute(sa.delete(Slot).where(Slot.id.in_(change.before.get("replaced", []))))
            _restore(session, rows)
            session.execute(sa.delete(Slot).where(Slot.id.in_(change.before["added"])))
    except IntegrityError as error:
        raise AnsweredMeanwhile() from error
    session.expire_all()
    seated = [row["id"] for row in rows["meeting"] if row["status"] in {status.value for status in SEATED}]
    meetings = session.scalars(sa.select(Meeting).where(Meeting.id.in_(seated)).order_by(Meeting.id)).all()
    if claim_seats_of(session, meetings=meetings):
        raise AnsweredMeanwhile()
    session.flush()
    _carry_versions(session, change, {row["id"]: row["version"] for row in rows["meeting"]}, meetings)


def _carry_versions(
    session: Session, change: Change, were: dict[int, int], meetings: Sequence[Meeting]
) -> None:
    """Versions never go back, and what was done before can still be undone: it learns the new ones."""
    now = {(row.id, were[row.id]): row.version for row in meetings}
    earlier = session.scalars(
        sa.select(Change).where(
            Change.event_id == change.event_id, Change.id < change.id, Change.undone_at.is_(None)
        )
    )
    for one in earlier:
        if "meetings" in one.before:
            pairs = [[number, now.get((number, seen), seen)] for number, seen in one.before["meetings"]]
            one.before = {**one.before, "meetings": pairs}
        elif "versions" in one.before:
            seen_of = one.before["versions"].items()
            carried = {number: now.get((int(number), seen), seen) for number, seen in seen_of}
            one.before = {**one.before, "versions": carried}
    session.flush()


def _restore(session: Session, rows: dict[str, Rows]) -> None:
    """Insert what is gone, and write what is still there as it was."""
    for table in TABLES:
        keys = table.__table__.primary_key.columns.keys()  # type: ignore[attr-defined]
        missing = []
        for row in rows.get(table.__tablename__, ()):
            key = tuple(row[name] for name in keys)
            found = session.get(table, key if len(key) > 1 else key[0])
            if found is None:
                missing.append(row)
            elif isinstance(found, Meeting | MeetingRequest | Block | Shift):
                _write_back(session, found, row)
        session.flush()
        restore_rows(session, table, missing)


def _write_back(session: Session, found: Base, row: dict[str, Any]) -> None:
    if isinstance(found, Meeting):
        free_seats(session, meeting_ids=[found.id])
    for name, value in values_of(type(found), row).items():
        # a calendar that heard of the new time needs a higher number to go back
        if name not in ("version", "sequence"):
            setattr(found, name, value)


def _hit(session: Session, event_id: int, gone: Gone, now: dt.datetime) -> list[Meeting]:
    """The coming meetings that lose their slot or place, the firmest and best first."""
    rows = session.scalars(
        sa.select(Meeting)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(Meeting.event_id == event_id, Meeting.status.in_(OPEN_STATUSES), Slot.ends_at > now, _at(gone))
        .options(selectinload(Meeting.sitters))
        .order_by(Meeting.status, Meeting.value.desc(), Meeting.id)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _at(gone: Gone) -> sa.ColumnElement[bool]:
    at_slot = Meeting.slot_id.in_(sorted(gone.slot_ids))
    return at_slot if gone.place_id is None else sa.or_(at_slot, Meeting.place_id == gone.place_id)


def _people_of(session: Session, meetings: list[Meeting]) -> set[int]:
    from_delegates = sa.select(MeetingDelegate.delegate_id).where(
        MeetingDelegate.meeting_id.in_([row.id for row in meetings])
    )
    table = Base.metadata.tables["delegate"]
    return set(session.scalars(sa.select(table.c.person_id).where(table.c.id.in_(from_delegates))))


def _refuse_history(session: Session, event_id: int, gone: Gone, hit: set[int]) -> None:
    held = session.scalars(
        sa.select(Meeting.id).where(Meeting.event_id == event_id, Meeting.status.in_(SEATED), _at(gone))
    )
    history = set(held) - hit
    if history:
        raise InUse(impact_of_meetings(session, event_id=event_id, meeting_ids=history))


def _mend(
    session: Session,
    meetings: list[Meeting],
    plan: dict[int, tuple[int, int | None]],
    actor_id: int,
    now: dt.datetime,
) -> None:
    free_seats(session, meeting_ids=[row.id for row in meetings])
    moved = []
    for row in meetings:
        if row.id in plan:
            row.slot_id, row.place_id = plan[row.id]
            row.sequence += 1
            moved.append(row)
    session.flush()
    refused = claim_seats_of(session, meetings=moved)
    for row in meetings:
        is_moved = row.id in plan and row.id not in refused
        if not is_moved:
            row.status, row.ended_by_id = MeetingStatus.CANCELLED, None
        row.updated_at = now
        record(
            session, actor_id=actor_id, action="move" if is_moved else "cancel", subject="meeting",
            subject_id=row.id, event_id=row.event_id, now=now, by_repair=True,
        )  # fmt: skip
    session.flush()


def _requests(session: Session, event_id: int, gone: Gone) -> list[MeetingRequest]:
    return list(
        session.scalars(
            sa.select(MeetingRequest).where(
                MeetingRequest.event_id == event_id,
                MeetingRequest.slot_id.in_(sorted(gone.slot_ids)),
                MeetingRequest.status == RequestStatus.OPEN,
            )
        )
    )


def _close_requests(session: Session, event_id: int, gone: Gone, now: dt.datetime) -> None:
    """An open request for a slot that goes ends as if nobody had answered: nobody has promised anything."""
    for row in _requests(session, event_id, gone):
        row.status, row.answered_at = RequestStatus.EXPIRED, now
    session.flush()


def _drafts(session: Session, event_id: int, gone: Gone) -> list[int]:
    return list(
        session.scalars(
            sa.select(Meeting.id).where(
                Meeting.event_id == event_id, Meeting.status == MeetingStatus.DRAFT, _at(gone)
            )
        )
    )


def _drop_drafts(session: Session, event_id: int, gone: Gone) -> None:
    numbers = _drafts(session, event_id, gone)
    session.execute(
        # still drafts: a publication may have seated them since they were read
        sa.delete(Meeting)
        .where(Meeting.id.in_(numbers), Meeting.status == MeetingStatus.DRAFT)
        .execution_options(synchronize_session=False)
    )


def _dump(
    session: Session, event_id: int, gone: Gone, block_id: int | None, meetings: list[Meeting]
) -> dict[str, Rows]:
    """Everything that changes or goes with the slots, the block or the place."""
    slot_ids = sorted(gone.slot_ids)
    hit = [row.id for row in meetings]
    all_meetings = sa.or_(_at(gone), Meeting.id.in_(hit)) & (Meeting.event_id == event_id)
    numbers = sa.select(Meeting.id).where(all_meetings)
    shifts = sa.select(Shift.id).where(Shift.block_id == block_id)
    where: dict[type[Base], sa.ColumnElement[bool]] = {
        Block: Block.id == block_id,
        Slot: Slot.id.in_(slot_ids),
        Place: Place.id == gone.place_id,
        OpeningHours: OpeningHours.place_id == gone.place_id,
        PlaceOwner: PlaceOwner.place_id == gone.place_id,
        Shift: Shift.block_id == block_id,
        ShiftStaff: ShiftStaff.shift_id.in_(shifts),
        Availability: Availability.slot_id.in_(slot_ids),
        Meeting: all_meetings,
        MeetingDelegate: MeetingDelegate.meeting_id.in_(numbers),
        MeetingRequest: sa.or_(MeetingRequest.slot_id.in_(slot_ids), MeetingRequest.meeting_id.in_(numbers)),
    }
    return {table.__tablename__: dump_rows(session, table, where[table]) for table in TABLES}
