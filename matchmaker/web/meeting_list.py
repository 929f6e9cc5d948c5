"""The organiser's meetings: the list, and moving one."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import MeetingStatus, Participation
from matchmaker.permissions import can_manage_participations, is_on_team
from matchmaker.services.agenda import read_meetings
from matchmaker.services.block import blocks_of
from matchmaker.services.meeting import move as move_meeting
from matchmaker.services.meeting_list import MeetingFilter, count_by_status, list_meetings
from matchmaker.services.meeting_slot import movable_slots
from matchmaker.services.place import places_of
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import typed_number
from matchmaker.web.errors import put_on_form
from matchmaker.web.formats import day, time_span
from matchmaker.web.forms.meeting import MoveForm
from matchmaker.web.numbers import page_number, row_number
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("meeting_list", __name__, url_prefix="/events/<event_slug>")


@blueprint.get("/meetings")
@requires(is_on_team)
def index(event_slug: str) -> str:
    """The meetings that have left the draft, filtered, a page at a time."""
    session = reading()
    wanted = filter_of_request()
    return render_template(
        "meeting_list/index.html",
        listed=list_meetings(session, event=g.event, wanted=wanted, page=page_number()),
        wanted=wanted,
        counts=count_by_status(session, event=g.event),
        statuses=[status for status in MeetingStatus if status != MeetingStatus.DRAFT],
        places=places_of(session, event_id=g.event.id),
        blocks=blocks_of(session, event_id=g.event.id),
    )


@blueprint.route("/meetings/<int:meeting_id>/move", methods=["GET", "POST"])
@requires(can_manage_participations)
def move(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """Choose another time and place that suits both sides."""
    session = reading()
    row = next(iter(read_meetings(session, event=g.event, meeting_id=meeting_id)), None) or abort(404)
    own, other = session.get_one(Participation, row.own_id), session.get_one(Participation, row.partner_id)
    slots = movable_slots(session, event=g.event, meeting=row.meeting, own=own, other=other, now=clock.now())
    names = {place.id: place.name for place in places_of(session, event_id=g.event.id)}
    zone = g.event.time_zone
    form = MoveForm()
    form.where.choices = [
        (
            f"{slot.slot_id}-{place_id or 0}",
            f"{day(slot.starts_at, zone)}, {time_span(slot.starts_at, slot.ends_at, zone)}"
            f" · {names[place_id] if place_id else _('video')}",
        )
        for slot in slots
        for place_id in slot.place_ids
        if (slot.slot_id, place_id) != (row.meeting.slot_id, row.meeting.place_id)
    ]
    if form.validate_on_submit():
        slot_id, place_id = (int(part) for part in form.where.data.split("-"))
        try:
            with transaction() as db_session:
                move_meeting(
                    db_session, event=g.event, meeting_id=meeting_id, slot_id=slot_id,
                    place_id=place_id or None, version=typed_number("version"), actor_id=acting_id(),
                    now=clock.now(),
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("The meeting is moved. Both sides are told, and their calendars follow."), "success")
            return redirect(url_for("meeting.show", event_slug=event_slug, meeting_id=meeting_id))
    return render_template("meeting_list/move.html", form=form, row=row)


def filter_of_request() -> MeetingFilter:
    """The filter that the address names; what makes no sense is left open."""
    status = request.args.get("status", "")
    return MeetingFilter(
        text=request.args.get("q", "").replace("\0", "").strip()[:100],
        status=MeetingStatus(status) if status in set(MeetingStatus) - {MeetingStatus.DRAFT} else None,
        place_id=request.args.get("place", type=row_number),
        block_id=request.args.get("block", type=row_number),
    )
