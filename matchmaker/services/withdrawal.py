"""Takes participations out of an event: meetings are cancelled, seats come free, everybody is told once.

The mails are held back, and as long as they are all of it can be undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import (
    Change,
    ChangeKind,
    Delegate,
    Event,
    Link,
    LinkKind,
    Meeting,
    MeetingStatus,
    Organisation,
    Participation,
    ParticipationStatus,
    Slot,
)
from matchmaker.services.answer_link import revoke_answer_links_of_participation
from matchmaker.services.audit import record
from matchmaker.services.change import AT_ONCE, AnsweredMeanwhile, begin_change
from matchmaker.services.chunks import chunks
from matchmaker.services.impact import read_hit
from matchmaker.services.meeting import OPEN_STATUSES, end_moves
from matchmaker.services.participation import of_event, record_change
from matchmaker.services.placing import Placement
from matchmaker.services.putting_back import dump_meetings
from matchmaker.services.removal import Outlook
from matchmaker.services.round_repair_mail import Cause, tell_repaired
from matchmaker.services.seat import free_seats, lock_people
from matchmaker.services.seat_people import persons_of
from matchmaker.services.session_leaving import (
    foresee_leaving,
    leave_sessions,
    lock_sessions_left,
    people_concerned,
)


def foresee_withdrawal(
    session: Session, *, event_id: int, participation_ids: Collection[int], now: dt.datetime
) -> Outlook:
    """Which meetings and seats these participations would lose, and how many people would be told."""
    meetings = _coming(session, event_id, participation_ids, now)
    hit = read_hit(session, meeting_ids=[row.id for row in meetings])
    left = foresee_leaving(
        session, event_id=event_id, delegate_ids=_delegates(session, participation_ids), now=now
    )
    people = _people_of(session, meetings) | people_concerned(session, left)
    cancelled = tuple(hit[row.id] for row in meetings)
    return Outlook(moved=(), cancelled=cancelled, people=len(people), sessions=left)


def withdraw(
    session: Session,
    *,
    event: Event,
    participation_ids: Collection[int],
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta = AT_ONCE,
    behalf_of_id: int | None = None,
) -> int:
    """Take these participations out of the event's rounds and cancel their coming meetings.

    Gives how many were changed. Whoever sat in one of the meetings gets one mail for all of them, due when
    `hold` is over; until then `undo_change` takes it back.
    """
    change = _take_out(session, event, participation_ids, actor_id, now, hold, behalf_of_id)
    return 0 if change is None else len(change.before["participations"])


def withdraw_for_good(
    session: Session, *, event: Event, participation: Participation, actor_id: int, now: dt.datetime
) -> None:
    """Withdraw a participation that is to be erased: others are told, and nothing is kept to undo it."""
    change = _take_out(session, event, [participation.id], actor_id, now, AT_ONCE, None)
    if change is not None:
        session.delete(change)
        session.flush()


def _take_out(
    session: Session,
    event: Event,
    participation_ids: Collection[int],
    actor_id: int,
    now: dt.datetime,
    hold: dt.timedelta,
    behalf_of_id: int | None,
) -> Change | None:
    changed = [
        participation
        for participation in of_event(session, event_id=event.id, participation_ids=participation_ids)
        if participation.status != ParticipationStatus.WITHDRAWN
    ]
    if not changed:
        return None
    statuses = {str(participation.id): participation.status.value for participation in changed}
    for participation in changed:
        participation.status = ParticipationStatus.WITHDRAWN
        participation.updated_at = now
        record_change(
            session, "withdraw", participation, actor_id=actor_id, behalf_of_id=behalf_of_id, now=now
        )
    session.flush()
    numbers = [participation.id for participation in changed]
    leaving = _delegates(session, numbers)
    lock_sessions_left(session, delegate_ids=leaving)
    sessions = foresee_leaving(session, event_id=event.id, delegate_ids=leaving, now=now)
    people = _people_of(session, _coming(session, event.id, numbers, now))
    lock_people(session, person_ids=people | people_concerned(session, sessions))
    left = leave_sessions(
        session, event_id=event.id, delegate_ids=leaving, actor_id=actor_id, behalf_of_id=behalf_of_id,
        now=now,
    )  # fmt: skip
    meetings = _coming(session, event.id, numbers, now)
    change = begin_change(
        session, event_id=event.id, kind=ChangeKind.REPAIR, actor_id=actor_id, now=now, hold=hold,
        name=_name(session, changed), withdrawn=numbers,
    )  # fmt: skip
    dumped = dump_meetings(session, meeting_ids=[row.id for row in meetings])
    before = {row.id: Placement.of(row) for row in meetings}
    _cancel(session, meetings, set(numbers), actor_id, behalf_of_id, now)
    tell_repaired(
        session, event=event, key=f"change{change.id}", before=before, meetings=meetings, now=now,
        change=change, cause=Cause(), sessions=left.sessions,
    )  # fmt: skip
    links = _revoke_links(session, numbers, now)
    session.flush()
    change.before = {
        "rows": dumped,
        "versions": {str(row.id): row.version for row in meetings},
        "added": [],
        "participations": statuses,
        "links": links,
        "left": left.before,
    }
    session.flush()
    return change


def rejoin(session: Session, *, change: Change) -> None:
    """Undo the part of `withdraw` that is not about meetings; raises AnsweredMeanwhile when it is undone."""
    statuses: dict[str, str] = change.before.get("participations", {})
    for participation in of_event(
        session, event_id=change.event_id, participation_ids=[int(n) for n in statuses]
    ):
        if participation.status != ParticipationStatus.WITHDRAWN:
            raise AnsweredMeanwhile()
        participation.status = ParticipationStatus(statuses[str(participation.id)])
    for few in chunks(sorted(change.before.get("links", []))):
        session.execute(
            sa.update(Link)
            .where(Link.id.in_(few))
            .values(revoked_at=None)
            .execution_options(synchronize_session=False)
        )
    session.flush()


def _coming(
    session: Session, event_id: int, participation_ids: Collection[int], now: dt.datetime
) -> list[Meeting]:
    found: dict[int, Meeting] = {}
    for few in chunks(sorted(participation_ids)):
        rows = session.scalars(
            sa.select(Meeting)
            .join(Slot, Slot.id == Meeting.slot_id)
            .where(
                Meeting.event_id == event_id,
                sa.or_(Meeting.participation_a_id.in_(few), Meeting.participation_b_id.in_(few)),
                Meeting.status.in_(OPEN_STATUSES),
                Slot.ends_at > now,
            )
            .options(selectinload(Meeting.sitters))
            .order_by(Slot.starts_at, Meeting.id)
            .execution_options(populate_existing=True)
        )
        found.update((row.id, row) for row in rows)
    return list(found.values())


def _delegates(session: Session, participation_ids: Collection[int]) -> set[int]:
    return {
        number
        for few in chunks(sorted(participation_ids))
        for number in session.scalars(sa.select(Delegate.id).where(Delegate.participation_id.in_(few)))
    }


def _people_of(session: Session, meetings: Sequence[Meeting]) -> set[int]:
    delegates = {sitter.delegate_id for row in meetings for sitter in row.sitters}
    return set(persons_of(session, delegate_ids=delegates).values())


def _cancel(
    session: Session,
    meetings: Sequence[Meeting],
    leaving: set[int],
    actor_id: int,
    behalf_of_id: int | None,
    now: dt.datetime,
) -> None:
    free_seats(session, meeting_ids=[row.id for row in meetings])
    for row in meetings:
        is_a = row.participation_a_id in leaving
        row.status = MeetingStatus.CANCELLED
        row.ended_by_id = row.participation_a_id if is_a else row.participation_b_id
        row.reason = ""
        row.updated_at = now
        session.flush()
        end_moves(session, row, now)
        record(
            session, actor_id=actor_id, action="cancel", subject="meeting", subject_id=row.id, now=now,
            event_id=row.event_id, behalf_of_id=behalf_of_id,
        )  # fmt: skip
    session.flush()


def _revoke_links(session: Session, participation_ids: Collection[int], now: dt.datetime) -> list[int]:
    """Make the links of their people worthless; gives those that were good until now."""
    good: set[int] = set()
    for number in participation_ids:
        people = sa.select(Delegate.person_id).where(Delegate.participation_id == number)
        mine = sa.select(Link.id).where(
            Link.kind == LinkKind.ANSWER_MAIL, Link.person_id.in_(people), Link.used_at.is_(None)
        )
        open_before = set(session.scalars(mine.where(Link.revoked_at.is_(None))))
        revoke_answer_links_of_participation(session, participation_id=number, now=now)
        good |= open_before - set(session.scalars(mine.where(Link.revoked_at.is_(None))))
    return sorted(good)


def _name(session: Session, changed: Sequence[Participation]) -> str:
    """The name of the one that goes; empty where several do."""
    if len(changed) > 1:
        return ""
    return session.get_one(Organisation, changed[0].organisation_id).name
