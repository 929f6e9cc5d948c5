"""Where a meeting's video room is: behind an address of our own, the same for the meeting's life."""

from __future__ import annotations

import hashlib

from matchmaker.models import Event, Meeting, Place, PlaceKind
from matchmaker.services import place as places


def video_link(event: Event, meeting: Meeting, place: Place | None) -> str:
    """The provider's address: the video room's link, else the event's; "" on site.

    Pages and mails give `room_path` instead, so that the provider can change without new mails.
    """
    if place is not None and place.kind != PlaceKind.VIDEO:
        return ""
    return places.video_link(event, place, meeting=secret_name(meeting.uid))


def room_path(event: Event, meeting: Meeting, place: Place | None) -> str:
    """The path that leads into the room shortly before the start; "" for a meeting without a room."""
    if not video_link(event, meeting, place):
        return ""
    return f"/events/{event.slug}/meetings/{meeting.id}/room"


def secret_name(uid: str) -> str:
    """A name that follows from the meeting's random UID and that nobody else can guess."""
    return "mm-" + hashlib.sha256(f"video:{uid}".encode()).hexdigest()[:24]
