"""The link of a meeting's video room: fixed, or made from a template, the same for the meeting's life."""

from __future__ import annotations

import hashlib

from matchmaker.models import Event, Meeting, Place, PlaceKind
from matchmaker.services import place as places


def video_link(event: Event, meeting: Meeting, place: Place | None) -> str:
    """Where a virtual meeting takes place: its video room's link, else the event's; "" on site."""
    if place is not None and place.kind != PlaceKind.VIDEO:
        return ""
    return places.video_link(event, place, meeting=secret_name(meeting.uid))


def secret_name(uid: str) -> str:
    """A name that follows from the meeting's random UID and that nobody else can guess."""
    return "mm-" + hashlib.sha256(f"video:{uid}".encode()).hexdigest()[:24]
