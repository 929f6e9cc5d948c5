"""Sample arguments of every kind of mail, so that an organiser reads what people will get.

Everything comes from the event but the invented names; the tokens open nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from matchmaker.models import MailStatus, OutboxMail

PARTNER, OWN = "Muster Wasserstoff GmbH", "Maple Hydrogen Inc."
# what concerns accounts and organisations rather than events
SERVICE_KINDS = frozenset(
    {
        "already_registered", "ask_to_join", "change_email", "confirm_email", "email_changed",
        "join_answered", "join_organisation", "organisations_merged", "password_changed", "reset_password",
        "right_granted",
    }
)  # fmt: skip


@dataclass(frozen=True)
class SampleEvent:
    """What the samples take from an event."""

    id: int
    name: str
    slug: str
    time_zone: str
    starts_on: dt.date
    ends_on: dt.date
    organiser_name: str
    organiser_address: str
    organiser_email: str


def sample_mail(
    kind: str, event: SampleEvent, *, name: str, email: str, language: str, now: dt.datetime
) -> OutboxMail:
    """A mail of this kind as the outbox would hold it; it is never stored."""
    return OutboxMail(
        key=f"sample:{kind}", event_id=event.id, person_id=0, kind=kind, to_email=email, to_name=name,
        language=language, time_zone=event.time_zone, arguments=sample_arguments(event)[kind],
        message_id="<sample@matchmaker>", status=MailStatus.PENDING, created_at=now, due_at=now,
    )  # fmt: skip


def sample_arguments(event: SampleEvent) -> dict[str, dict[str, Any]]:
    """Arguments by kind."""
    return {**_of_meetings(event), **_of_event(event), **_of_reminders(event), **_of_service(event)}


def _start(event: SampleEvent) -> dt.datetime:
    return dt.datetime.combine(event.starts_on, dt.time(14, 0), dt.UTC)


def _of_meetings(event: SampleEvent) -> dict[str, dict[str, Any]]:
    start = _start(event)
    about: dict[str, Any] = {
        "event": event.name,
        "event_zone": event.time_zone,
        "event_slug": event.slug,
        "participation_id": 0,
        "own": OWN,
        "partner": PARTNER,
        "starts_at": start.isoformat(),
    }
    meeting = {
        **about,
        "meeting_id": 0,
        "ends_at": (start + dt.timedelta(minutes=20)).isoformat(),
        "place": "",
        "room": f"/events/{event.slug}/meetings/0/room",
        "calendar": {},
    }
    request = {**about, "request_id": 0, "reason": ""}
    until = (start - dt.timedelta(days=2)).isoformat()
    earlier = start - dt.timedelta(hours=1)
    moved = {
        **meeting,
        "kind": "moved",
        "was_starts_at": earlier.isoformat(),
        "was_ends_at": (earlier + dt.timedelta(minutes=20)).isoformat(),
        "was_place": "",
        "needs_answer": False,
    }
    return {
        "agenda_changed": {**about, "changes": [moved], "calendars": []},
        "meeting_confirmed": meeting,
        "meeting_moved": meeting,
        "meeting_declined": {**meeting, "reason": ""},
        "meeting_expired": {**meeting, "reason": ""},
        "meeting_cancelled": {**meeting, "reason": "", "ended_by_id": 1},
        "meeting_delegate_switched": {**meeting, "role": "other_side", "delegate": "Ben Beispiel"},
        "slot_offered": {**meeting, "expires_at": until, "answer_token": "sample"},
        "request_received": {**request, "message": "", "expires_at": until, "answer_token": "sample"},
        "request_countered": {**request, "message": "", "expires_at": until, "answer_token": "sample"},
        "request_declined": request,
        "request_expired": request,
    }


def _of_event(event: SampleEvent) -> dict[str, dict[str, Any]]:
    start = _start(event)
    about = {
        "event_name": event.name,
        "event_slug": event.slug,
        "event_zone": event.time_zone,
        "organiser_name": event.organiser_name,
        "organiser_address": event.organiser_address,
    }
    invitation = {
        **about,
        "token": "sample",
        "organisation": OWN,
        "starts_on": event.starts_on.isoformat(),
        "ends_on": event.ends_on.isoformat(),
        "organiser_email": event.organiser_email,
        "source": "",
        "answer_by": (event.starts_on - dt.timedelta(days=7)).isoformat(),
        "note": "",
        "is_included": False,
    }
    session = {
        "event": event.name,
        "event_slug": event.slug,
        "title": "Masterclass",
        "starts_at": start.isoformat(),
        "ends_at": (start + dt.timedelta(hours=1)).isoformat(),
        "place": "",
        "event_zone": event.time_zone,
        "host": PARTNER,
        "calendar": {},
    }
    change = {
        "meeting_id": 0,
        "own": OWN,
        "partner": PARTNER,
        "starts_at": start.isoformat(),
        "ends_at": (start + dt.timedelta(minutes=20)).isoformat(),
        "place": "",
        "kind": "moved",
        "room": f"/events/{event.slug}/meetings/0/room",
        "needs_answer": False,
        "was_place": "",
        "was_starts_at": (start - dt.timedelta(hours=1)).isoformat(),
        "was_ends_at": (start - dt.timedelta(minutes=40)).isoformat(),
    }
    return {
        "agenda_published": {
            **about, "agendas": [_agenda(event)], "calendar_entries": [], "answer_token": "sample",
        },
        "agenda_changed": {**about, "event": event.name, "changes": [change], "calendars": []},
        "review_open": {
            **about,
            "until": (start - dt.timedelta(days=3)).isoformat(),
            "lists": [{"participation_id": 0, "name": OWN, "count": 8}],
        },
        "suggestions_open": {
            **about,
            "wishes_until": (start - dt.timedelta(days=7)).isoformat(),
            "lists": [{"participation_id": 0, "name": OWN, "count": 20}],
            "answer_token": "sample",
        },
        "participation_registered": {**about, "organisation": OWN, "participation_id": 0},
        "participation_approved": {**about, "participation_id": 0},
        "delegate_added": {
            **about, "organisation": OWN, "added_by": "Ben Beispiel", "participation_id": 0,
            "delegate_id": 0, "token": None,
        },
        "invitation": invitation,
        "invitation_reminder": invitation,
        "session_moved": session,
        "session_cancelled": session,
        "seat_given": {**session, "how": "freed"},
        "seat_given_back": session,
        "join_event_team": {
            "event": event.name, "token": "sample", "inviter": event.organiser_name,
            "inviter_email": event.organiser_email, "role": "co_organiser", "expires_at": start.isoformat(),
        },
    }  # fmt: skip


def _of_reminders(event: SampleEvent) -> dict[str, dict[str, Any]]:
    start = _start(event)
    about = {
        "event_name": event.name,
        "event_slug": event.slug,
        "event_zone": event.time_zone,
        "organiser_name": event.organiser_name,
    }
    meeting = {
        "starts_at": start.isoformat(),
        "ends_at": (start + dt.timedelta(minutes=20)).isoformat(),
        "partner": PARTNER,
        "place": "",
        "room": f"/events/{event.slug}/meetings/0/room",
        "path": f"/events/{event.slug}/meetings/0",
        "is_moved": True,
    }
    item = {
        "partner": PARTNER,
        "starts_at": start.isoformat(),
        "path": f"/events/{event.slug}/requests/0",
        "expires_at": (start - dt.timedelta(days=2)).isoformat(),
    }
    return {
        "reminder_wishes": {
            **about,
            "wishes_until": (start - dt.timedelta(days=7)).isoformat(),
            "lists": [{"participation_id": 0, "name": OWN}],
        },
        "reminder_unanswered": {**about, "items": [item]},
        "reminder_profile": {
            **about, "participation_id": 0, "organisation": OWN, "missing": ["needs", "description"],
        },
        "reminder_changed": {**about, "count": 3, "meetings": [meeting]},
        "reminder_start": {**about, "meetings": [meeting]},
    }  # fmt: skip


def _agenda(event: SampleEvent) -> dict[str, Any]:
    meetings = [
        {
            "starts_at": (_start(event) + dt.timedelta(minutes=minutes)).isoformat(),
            "ends_at": (_start(event) + dt.timedelta(minutes=minutes + 20)).isoformat(),
            "other": other,
            "place": "",
            "is_confirmed": is_confirmed,
            "needs_answer": not is_confirmed,
        }
        for minutes, other, is_confirmed in ((0, PARTNER, True), (25, "Beispiel Stahl AG", False))
    ]
    table = {
        "starts_at": (_start(event) + dt.timedelta(minutes=50)).isoformat(),
        "ends_at": (_start(event) + dt.timedelta(minutes=70)).isoformat(),
        "title": "Roundtable: first orders for electrolysers",
        "place": "",
        "host": PARTNER,
        "is_host": False,
        "people": ["Anna Beispiel"],
    }
    return {"participation_id": 0, "name": OWN, "meetings": meetings, "sessions": [table]}


def _of_service(event: SampleEvent) -> dict[str, dict[str, Any]]:
    at = _start(event).isoformat()
    link = {"token": "sample", "expires_at": at}
    person = {"organisation": OWN, "organisation_id": 0}
    return {
        "already_registered": {"next": ""},
        "ask_to_join": {**person, "asker": "Ben Beispiel", "asker_email": "ben@firm.example"},
        "change_email": link,
        "confirm_email": link,
        "email_changed": {"new_email": "anna@firm.example"},
        "join_answered": {**person, "is_welcome": True},
        "join_organisation": {
            **link,
            **person,
            "inviter": "Ben Beispiel",
            "inviter_email": "ben@firm.example",
        },
        "organisations_merged": {**person, "source": PARTNER, "target": OWN},
        "password_changed": {"at": at},
        "reset_password": link,
        "right_granted": {"right": "create_events"},
    }
