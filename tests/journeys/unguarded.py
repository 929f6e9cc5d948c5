"""The application as it must not be, for the negative control of test_accept_at_once.

Free slots are read before the transaction that books them, nothing is locked and nothing is checked
again: what careless code does, and what the harness must be able to catch.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from matchmaker.db import Database
from matchmaker.models import Delegate, Event, Meeting, MeetingStatus, RequestStatus, Seat
from matchmaker.services import meeting_request, meeting_request_answer
from matchmaker.services.meeting import create_meeting
from wsgi import app as app

# long enough for all workers to look before the first one books, on a slow machine too
SECONDS_BETWEEN_LOOKING_AND_BOOKING = 0.5


def accept_request(session: Any, *, event: Event, request_id: int, now: dt.datetime, **_rest: Any) -> Meeting:
    """Look, wait, book."""
    database: Database = app.extensions["database"]
    with database.reading() as before:
        request = meeting_request.find_request(before, event_id=event.id, request_id=request_id)
        slots = meeting_request.offers(before, event=event, request=request, now=now)
    slot = next((slot for slot in slots if slot.slot_id == request.slot_id), None)
    if slot is None:
        raise meeting_request.SlotGone()
    time.sleep(SECONDS_BETWEEN_LOOKING_AND_BOOKING)
    delegates = (slot.own_delegates[0], slot.other_delegates[0])
    meeting = create_meeting(
        session, event=event, sides=(request.from_id, request.to_id), slot_id=slot.slot_id,
        place_id=None, delegate_ids=delegates, status=MeetingStatus.CONFIRMED, now=now,
    )  # fmt: skip
    for number in delegates:
        person_id = session.get_one(Delegate, number).person_id
        session.add(
            Seat(
                meeting_id=meeting.id, person_id=person_id, slot_id=slot.slot_id, delegate_id=number,
                event_id=event.id,
            )
        )  # fmt: skip
    row = meeting_request.find_request(session, event_id=event.id, request_id=request_id)
    row.status, row.meeting_id = RequestStatus.ACCEPTED, meeting.id
    session.flush()
    return meeting


meeting_request_answer.accept_request = accept_request  # type: ignore[assignment]
