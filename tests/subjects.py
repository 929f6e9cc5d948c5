"""One row of each noun that a path can name, for tests that walk the URL map."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from matchmaker.models import (
    Change,
    ChangeKind,
    Event,
    EventSession,
    MailStatus,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    OutboxMail,
    Participation,
    RequestStatus,
    Round,
    RoundStatus,
    RoundStep,
    SessionKind,
    Topic,
)
from tests.factories import NOW, add, make_place, make_slots


def make_subjects(
    session: Session, *, event: Event, own: Participation, other: Participation
) -> dict[str, Any]:
    """Path argument -> value; meeting and request lie between the own and the other participation."""
    slots = make_slots(session, event, count=2)
    place = make_place(session, event)
    round_ = add(
        session,
        Round(
            event_id=event.id, number=1, step=RoundStep.BOTH, status=RoundStatus.DRAFT, settings={},
            due_at=NOW, created_at=NOW,
        ),
    )  # fmt: skip
    first, second = sorted((own.id, other.id))
    meeting = add(
        session,
        Meeting(
            event_id=event.id, participation_a_id=first, participation_b_id=second, slot_id=slots[0].id,
            place_id=place.id, status=MeetingStatus.DRAFT, uid="meeting@matrix.example",
            created_at=NOW, updated_at=NOW,
        ),
    )  # fmt: skip
    request = add(
        session,
        MeetingRequest(
            event_id=event.id, from_id=other.id, to_id=own.id, slot_id=slots[1].id,
            status=RequestStatus.OPEN, asked_at=NOW, expires_at=NOW + dt.timedelta(days=3),
        ),
    )  # fmt: skip
    talk = add(
        session,
        EventSession(
            event_id=event.id, kind=SessionKind.TALK, title="Talk", starts_at=slots[0].starts_at,
            ends_at=slots[1].ends_at,
        ),
    )  # fmt: skip
    topic = add(
        session,
        Topic(event_id=event.id, code="hydrogen", label_en="Hydrogen", label_de="Wasserstoff",
              label_fr="Hydrogène"),
    )  # fmt: skip
    mail = add(
        session,
        OutboxMail(
            key="mail of the matrix", event_id=event.id, kind="meeting_confirmed",
            to_email="ada@firm.example", arguments={}, message_id="<matrix@matchmaker>",
            status=MailStatus.PENDING, created_at=NOW,
            due_at=NOW,
        ),
    )  # fmt: skip
    change = add(
        session,
        Change(event_id=event.id, kind=ChangeKind.OPEN_REVIEW, made_at=NOW, held_until=NOW,
               details={"number": 1}, before={"round_id": round_.id}),
    )  # fmt: skip
    return {
        "event_slug": event.slug,
        "participation_id": own.id,
        "organisation_id": own.organisation_id,
        "delegate_id": own.delegates[0].id,
        "person_id": own.delegates[0].person_id,
        "entry_id": 1,
        "kind": "offer",
        "import_id": 1,
        "file_type": "csv",
        "meeting_id": meeting.id,
        "request_id": request.id,
        "round_id": round_.id,
        "place_id": place.id,
        "block_id": slots[0].block_id,
        "slot_id": slots[0].id,
        "group_id": event.groups[0].id,
        "session_id": talk.id,
        "topic_id": topic.id,
        "other_id": other.id,
        "shift_id": 1,
        "hours_id": 1,
        "closure_id": 1,
        "study_id": 1,
        "option": 0,
        "token": "an-unknown-token",
        "link_id": 1,
        "target_id": other.organisation_id,
        "legal_kind": "privacy",
        "language": "en",
        "uid": meeting.uid,
        "mail_id": mail.id,
        "change_id": change.id,
        "phase": "closed",
    }
