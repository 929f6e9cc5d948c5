"""The way into a meeting's video room: an address of our own, so that the provider's can change."""

from __future__ import annotations

import datetime as dt
from typing import cast

from flask import Blueprint, current_app, g, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from config import Config
from matchmaker import clock
from matchmaker.permissions import can_enter_room
from matchmaker.services.video_room import Jitsi, Room, RoomState, read_room
from matchmaker.web.access import requires
from matchmaker.web.storage import reading

blueprint = Blueprint("video_room", __name__, url_prefix="/events/<event_slug>/meetings/<int:meeting_id>")

# a page that waits looks again by itself, also without JavaScript
LOOKS_AGAIN_WITHIN = dt.timedelta(hours=1)
MOST_SECONDS = 60


@blueprint.get("/room")
@requires(can_enter_room, of="meeting_id")
def enter(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """Lead into the room while it is open; before, say when it opens."""
    now = clock.now()
    room = read_room(
        reading(), event=g.event, meeting=g.subject, person=current_user.person, jitsi=_jitsi(), now=now
    )
    if room.state == RoomState.OPEN:
        response = make_response(redirect(room.link))
        response.headers["Referrer-Policy"] = "no-referrer"
    else:
        response = make_response(render_template("video_room/show.html", room=room, meeting=g.subject))
        response.headers.update(_refresh(room, now))
    response.headers["Cache-Control"] = "no-store"
    return response


def _refresh(room: Room, now: dt.datetime) -> dict[str, str]:
    wait = room.opens_at - now
    if room.state != RoomState.EARLY or wait > LOOKS_AGAIN_WITHIN:
        return {}
    return {"Refresh": str(max(1, min(MOST_SECONDS, int(wait.total_seconds()) + 1)))}


def _jitsi() -> Jitsi | None:
    config = cast(Config, current_app.extensions["config"])
    if not config.jitsi_url:
        return None
    return Jitsi(config.jitsi_url, config.jitsi_app_id, config.jitsi_secret)
