"""Rows that a change alters or deletes: written down before it, and put back when it is undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from matchmaker.db import Base
from matchmaker.models import (
    SEATED,
    Attendance,
    Availability,
    Block,
    Change,
    Delegate,
    EventSession,
    Meeting,
    MeetingDelegate,
    MeetingRequest,
    OpeningHours,
    Place,
    PlaceOwner,
    Shift,
    ShiftStaff,
    Slot,
)
from matchmaker.services.change import AnsweredMeanwhile, ChangedMeanwhile
from matchmaker.services.chunks import chunks
from matchmaker.services.gone import Gone
from matchmaker.services.row_dump import Rows, dump_rows, restore_rows, values_of
from matchmaker.services.seat import busy_spans, claim_seats_of, free_seats, lock_people
from matchmaker.services.seat_meanwhile import SitterBusy
from matchmaker.services.seat_people import persons_of
from matchmaker.services.seat_wanted import Span

# in the order in which they can be inserted again
TABLES: tuple[type[Base], ...] = (
    Block, Slot, Place, OpeningHours, PlaceOwner, Delegate, Shift, ShiftStaff, Availability, Attendance,
    Meeting, MeetingDelegate, MeetingRequest,
)  # fmt: skip
WRITTEN_BACK = (Meeting, MeetingRequest, Block, Shift, Place, Delegate)
"""What may still be there, changed; rows of the other tables are there as they were, or not at all."""


def dump_before(
    session: Session,
    *,
    event_id: int,
    gone: Gone,
    block_id: int | None,
    at_gone: sa.ColumnElement[bool],
    meeting_ids: Collection[int],
) -> dict[str, Rows]:
    """Everything that changes or goes with the slots, the block, the place or the delegate."""
    slot_ids = sorted(gone.slot_ids)
    place_id = gone.narrowed.place_id if gone.narrowed is not None else gone.place_id
    all_meetings = sa.or_(at_gone, Meeting.id.in_(sorted(meeting_ids))) & (Meeting.event_id == event_id)
    numbers = sa.select(Meeting.id).where(all_meetings)
    shifts = sa.select(Shift.id).where(Shift.block_id == block_id)
    where: dict[type[Base], sa.ColumnElement[bool]] = {
        Block: Block.id == block_id,
        Slot: Slot.id.in_(slot_ids),
        Place: Place.id == place_id,
        OpeningHours: OpeningHours.place_id == place_id,
        PlaceOwner: PlaceOwner.place_id == gone.place_id,
        Delegate: Delegate.id == gone.delegate_id,
        Shift: Shift.block_id == block_id,
        ShiftStaff: ShiftStaff.shift_id.in_(shifts) | (ShiftStaff.delegate_id == gone.delegate_id),
        Availability: Availability.slot_id.in_(slot_ids) | (Availability.delegate_id == gone.delegate_id),
        Attendance: Attendance.delegate_id == gone.delegate_id,
        Meeting: all_meetings,
        MeetingDelegate: sa.or_(
            MeetingDelegate.meeting_id.in_(numbers), MeetingDelegate.delegate_id == gone.delegate_id
        ),
        MeetingRequest: sa.or_(
            MeetingRequest.slot_id.in_(slot_ids),
            MeetingRequest.meeting_id.in_(numbers),
            MeetingRequest.moves_id.in_(numbers),
        ),
    }
    return {table.__tablename__: dump_rows(session, table, where[table]) for table in TABLES}


def dump_meetings(session: Session, *, meeting_ids: Collection[int]) -> dict[str, Rows]:
    """These meetings, who sits in them, and what was asked about another time of them."""
    rows: dict[str, Rows] = {"meeting": [], "meeting_delegate": [], "meeting_request": []}
    for few in chunks(sorted(meeting_ids)):
        rows["meeting"] += dump_rows(session, Meeting, Meeting.id.in_(few))
        rows["meeting_delegate"] += dump_rows(session, MeetingDelegate, MeetingDelegate.meeting_id.in_(few))
        rows["meeting_request"] += dump_rows(session, MeetingRequest, MeetingRequest.moves_id.in_(few))
    return rows


def dump_place(session: Session, *, place_id: int) -> dict[str, Rows]:
    """A place and its hours, to see later whether somebody has changed them again."""
    return {
        "place": dump_rows(session, Place, Place.id == place_id),
        "opening_hours": dump_rows(session, OpeningHours, OpeningHours.place_id == place_id),
    }


def put_back(session: Session, *, change: Change) -> None:
    """Undo a change together with what was deleted after it.

    Raises AnsweredMeanwhile when somebody has acted on a meeting or taken its room, ChangedMeanwhile when
    the place was changed again.
    """
    rows: dict[str, Rows] = change.before["rows"]
    made: list[int] = change.before.get("made", [])
    _lock(session, rows, change)
    _refuse_if_touched(session, change)
    session.expire_all()
    try:
        with session.begin_nested():
            free_seats(session, meeting_ids=made)
            session.execute(_delete(Meeting, Meeting.id.in_(made)))
            # slots that took the place of others go first, those to which meetings moved go last
            session.execute(_delete(Slot, Slot.id.in_(change.before.get("replaced", []))))
            _restore(session, rows)
            session.execute(_delete(Slot, Slot.id.in_(change.before["added"])))
    except IntegrityError as error:
        raise AnsweredMeanwhile() from error
    session.expire_all()
    seated = [row["id"] for row in rows["meeting"] if row["status"] in {status.value for status in SEATED}]
    meetings = session.scalars(
        sa.select(Meeting).where(Meeting.id.in_(seated)).options(selectinload(Meeting.slot))
    ).all()
    in_order = sorted(meetings, key=lambda row: (row.slot.starts_at, row.id))
    # they stood so before, with or without a pause
    if claim_seats_of(session, meetings=in_order, fixed=seated):
        raise AnsweredMeanwhile()
    _refuse_if_busy(session, rows.get("attendance", ()))
    session.flush()
    _carry_versions(session, change, {row["id"]: row["version"] for row in rows["meeting"]}, meetings)


def _lock(session: Session, rows: dict[str, Rows], change: Change) -> None:
    """Let those who act on the same people's meetings come before, and be seen, or after."""
    numbers = {row["delegate_id"] for row in rows["meeting_delegate"]}
    touched = [*(int(number) for number in change.before["versions"]), *change.before.get("made", ())]
    numbers |= set(
        session.scalars(
            sa.select(MeetingDelegate.delegate_id).where(MeetingDelegate.meeting_id.in_(sorted(touched)))
        )
    )
    people = set(persons_of(session, delegate_ids=numbers).values())
    lock_people(session, person_ids=people | {row["person_id"] for row in rows.get("delegate", ())})


def _refuse_if_touched(session: Session, change: Change) -> None:
    versions: dict[str, int] = change.before["versions"]
    present = session.execute(
        sa.select(Meeting.id, Meeting.version)
        .where(Meeting.id.in_([int(number) for number in versions]))
        .order_by(Meeting.id)
        # an answer given in this moment comes before, and is seen, or finds the meeting changed
        .with_for_update(key_share=True)
    )
    if {str(number): version for number, version in present} != versions:
        raise AnsweredMeanwhile()
    after: dict[str, Rows] = change.before.get("after", {})
    if after and after != dump_place(session, place_id=after["place"][0]["id"]):
        raise ChangedMeanwhile()


def _refuse_if_busy(session: Session, attended: Sequence[dict[str, Any]]) -> None:
    """Whoever takes part in a session again must not sit in a meeting of that time by now."""
    for row in attended:
        found = session.get_one(EventSession, row["session_id"])
        person_id = session.get_one(Delegate, row["delegate_id"]).person_id
        window = Span(found.starts_at, found.ends_at)
        if len(busy_spans(session, person_ids=[person_id], window=window)[person_id]) > 1:
            raise SitterBusy(found)


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
    """Insert what is gone, write what is still there as it was, and delete what hangs on it since."""
    _clear(session, rows)
    for table in TABLES:
        keys = table.__table__.primary_key.columns.keys()  # type: ignore[attr-defined]
        missing = []
        for row in rows.get(table.__tablename__, ()):
            key = tuple(row[name] for name in keys)
            found = session.get(table, key if len(key) > 1 else key[0])
            if found is None:
                missing.append(row)
            elif isinstance(found, WRITTEN_BACK):
                _write_back(session, found, row)
        session.flush()
        restore_rows(session, table, _with_meeting(session, table, missing))


def _clear(session: Session, rows: dict[str, Rows]) -> None:
    """Who sits in the meetings, the hours of the place and the time of the delegate come back whole."""
    for table, owner, name in (
        (MeetingDelegate, MeetingDelegate.meeting_id, "meeting"),
        (OpeningHours, OpeningHours.place_id, "place"),
        (Availability, Availability.delegate_id, "delegate"),
    ):
        numbers = [row["id"] for row in rows.get(name, ())]
        for few in chunks(numbers):
            session.execute(_delete(table, owner.in_(few)))
    session.expire_all()


def _with_meeting(
    session: Session, table: type[Base], missing: Sequence[dict[str, Any]]
) -> Sequence[dict[str, Any]]:
    """A draft in which the delegate sat may be gone with its round by now."""
    if table is not MeetingDelegate:
        return missing
    wanted = {row["meeting_id"] for row in missing}
    present = {
        number
        for few in chunks(sorted(wanted))
        for number in session.scalars(sa.select(Meeting.id).where(Meeting.id.in_(few)))
    }
    return [row for row in missing if row["meeting_id"] in present]


def _delete(table: type[Base], where: sa.ColumnElement[bool]) -> sa.Delete:
    return sa.delete(table).where(where).execution_options(synchronize_session=False)


def _write_back(session: Session, found: Base, row: dict[str, Any]) -> None:
    if isinstance(found, Meeting):
        free_seats(session, meeting_ids=[found.id])
    for name, value in values_of(type(found), row).items():
        # a calendar that heard of the new time needs a higher number to go back
        if name not in ("version", "sequence"):
            setattr(found, name, value)
