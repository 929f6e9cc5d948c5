"""Fills the tables of an old version through its own models; run from that version's checkout."""

from __future__ import annotations

import sys
import uuid

import sqlalchemy as sa

from matchmaker.db import Database
from matchmaker.models import Meeting, MeetingStatus, Person
from tests.factories import NOW, make_event, make_participation, make_slots

EVENTS = 10
A_SIDE = 20
PERSONS = 35_000
MEETINGS = 100_000
AT_ONCE = 5_000


def main(url: str) -> None:
    """35,000 persons, 100,000 meetings."""
    database = Database(url)
    meetings: list[dict[str, object]] = []
    with database.transaction() as session:
        for number in range(EVENTS):
            event = make_event(session, slug=f"event-{number}")
            slots = make_slots(session, event)
            one = [make_participation(session, event) for _ in range(A_SIDE)]
            other = [make_participation(session, event, group="corporates") for _ in range(A_SIDE)]
            pairs = [(a.id, b.id) for a in one for b in other]
            for count in range(MEETINGS // EVENTS):
                a, b = pairs[count % len(pairs)]
                meetings.append(
                    {
                        "event_id": event.id, "participation_a_id": min(a, b),
                        "participation_b_id": max(a, b), "slot_id": slots[count % len(slots)].id,
                        "status": MeetingStatus.CANCELLED, "uid": f"{uuid.uuid4().hex}@matchmaker",
                        "created_at": NOW, "updated_at": NOW,
                    }
                )  # fmt: skip
    persons = [
        {"email": f"filled{number}@firm.example", "name": f"Person {number}", "created_at": NOW}
        for number in range(PERSONS)
    ]
    for table, rows in ((Meeting, meetings), (Person, persons)):
        for start in range(0, len(rows), AT_ONCE):
            with database.transaction() as session:
                session.execute(sa.insert(table), rows[start : start + AT_ONCE])
    database.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
