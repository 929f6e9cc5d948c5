"""The wording of the mails about meetings and requests, as snapshot files to read and to correct."""

from __future__ import annotations

import datetime as dt
from typing import Any

import icalendar
import pytest

from config import Config
from matchmaker.mail.message import compose
from tests.mail.snapshot import check_wording, make_mail

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
EVENT: dict[str, Any] = {
    "event": "Hydrogen day",
    "event_zone": "Europe/Berlin",
    "event_slug": "hydrogen-day",
    "participation_id": 7,
    "own": "Maple <Hydrogen>",
    "partner": "Ruhr & Sons",
    "starts_at": "2026-11-25T14:00:00+00:00",
}
MEETING: dict[str, Any] = {
    **EVENT, "meeting_id": 4, "ends_at": "2026-11-25T14:20:00+00:00", "place": "Video room",
    "room": "/events/hydrogen-day/meetings/4/room", "calendar": {},
}  # fmt: skip
SETTLED_ELSEWHERE = {name: value for name, value in MEETING.items() if name != "calendar"}
REQUEST: dict[str, Any] = {**EVENT, "request_id": 9}
PROPOSED: dict[str, Any] = {
    **REQUEST, "times": [EVENT["starts_at"], "2026-11-25T14:25:00+00:00"], "message": "", "moved_from": None,
    "expires_at": "2026-11-05T09:00:00+00:00",
}  # fmt: skip
MAILS: list[tuple[str, str, dict[str, Any]]] = [
    ("meeting_confirmed", "meeting_confirmed", MEETING),
    ("meeting_confirmed", "meeting_confirmed_at_a_table", {**MEETING, "place": "Table 3", "room": ""}),
    ("meeting_declined", "meeting_declined", {**MEETING, "reason": "We know each other."}),
    ("meeting_declined", "meeting_declined_without_reason", {**MEETING, "reason": ""}),
    ("meeting_moved", "meeting_moved", MEETING),
    ("meeting_expired", "meeting_expired", MEETING),
    ("meeting_confirmed", "meeting_confirmed_without_entry", SETTLED_ELSEWHERE),
    ("meeting_moved", "meeting_moved_without_entry", SETTLED_ELSEWHERE),
    (
        "meeting_cancelled",
        "meeting_cancelled_without_entry",
        {**SETTLED_ELSEWHERE, "reason": "", "ended_by_id": 8},
    ),
    ("meeting_cancelled", "meeting_cancelled_by_partner", {**MEETING, "reason": "Ill.", "ended_by_id": 8}),
    ("meeting_cancelled", "meeting_cancelled_by_us", {**MEETING, "reason": "", "ended_by_id": 7}),
    ("meeting_cancelled", "meeting_cancelled_by_organiser", {**MEETING, "reason": "", "ended_by_id": None}),
    *(
        (
            "meeting_delegate_switched",
            f"meeting_delegate_{role}",
            {**MEETING, "role": role, "delegate": "Ben"},
        )
        for role in ("comes", "leaves", "other_side")
    ),
    (
        "request_received",
        "request_received",
        {**REQUEST, "message": "Shall we talk?", "expires_at": "2026-11-05T09:00:00+00:00"},
    ),
    (
        "request_received",
        "request_to_move",
        {**PROPOSED, "moved_from": "2026-11-25T13:00:00+00:00", "answer_token": "t0ken"},
    ),
    (
        "slot_offered",
        "slot_offered",
        {**MEETING, "expires_at": "2026-11-05T09:00:00+00:00", "answer_token": "t0ken"},
    ),
    ("meeting_expired", "offer_expired", {**MEETING, "is_offer": True}),
    ("request_countered", "request_countered", {**PROPOSED, "answer_token": "t0ken", "place": "Table 3"}),
    ("request_declined", "request_declined", {**REQUEST, "reason": "Not this time."}),
    ("request_declined", "proposal_declined", {**REQUEST, "reason": "", "is_own_request": False}),
    ("request_expired", "move_expired", {**REQUEST, "moved_from": "2026-11-25T13:00:00+00:00"}),
    ("request_expired", "request_expired", {**REQUEST, "reason": ""}),
]


@pytest.mark.parametrize(("kind", "snapshot", "arguments"), MAILS, ids=[name for _, name, _ in MAILS])
def test_mail_reads_as_its_snapshot(
    kind: str, snapshot: str, arguments: dict[str, Any], config: Config
) -> None:
    check_wording(kind, snapshot, arguments, config)


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_calendar_entry_travels_with_its_method_in_the_header(config: Config, method: str) -> None:
    entry = {
        "uid": "abc@matchmaker", "sequence": 2, "method": method, "status": "CONFIRMED",
        "starts_at": MEETING["starts_at"], "ends_at": MEETING["ends_at"], "stamped_at": NOW.isoformat(),
        "summary": "Ruhr & Sons · Hydrogen day", "lines": ["Ruhr & Sons"],
        "page": "/events/hydrogen-day/meetings/4", "location": "", "room": MEETING["room"],
        "organiser_name": "Organiser", "organiser_email": "organiser@event.example",
    }  # fmt: skip
    mail = make_mail("meeting_confirmed", {**MEETING, "calendar": entry})
    message = compose(mail, config, reply_to="organiser@event.example", now=NOW)
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert part.get_param("method") == method
    (event,) = icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"], event["ATTENDEE"]) == (
        "abc@matchmaker", 2, "mailto:anna@acme.example",
    )  # fmt: skip
    attached = [part.get_filename() for part in message.iter_attachments()]
    assert attached == ["meeting.ics"]
