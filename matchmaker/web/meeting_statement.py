"""What became of a meeting, as each side and the organiser say."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import AttendanceKind
from matchmaker.permissions import can_answer, can_rate
from matchmaker.services.meeting_statement import rate_meeting, state_attendance
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import behalf_of, side_of, typed_number
from matchmaker.web.errors import sentence
from matchmaker.web.storage import transaction

blueprint = Blueprint("meeting_statement", __name__, url_prefix="/events/<event_slug>/meetings")


@blueprint.post("/<int:meeting_id>/statement")
@requires(can_answer, of="meeting_id")
def state(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """Held, missed or no-show, for one side; the organiser's own word settles it."""
    side = side_of(g.subject)
    said = request.form.get("kind", "")
    if said not in set(AttendanceKind):
        abort(400)
    try:
        with transaction() as session:
            state_attendance(
                session, event=g.event, meeting_id=meeting_id, participation_id=side,
                kind=AttendanceKind(said), actor_id=acting_id(), behalf_of_id=behalf_of(side),
                now=clock.now(),
            )  # fmt: skip
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        flash(_("Saved, thank you."), "success")
    named = side if behalf_of(side) else None
    return redirect(url_for("meeting.show", event_slug=event_slug, meeting_id=meeting_id, side=named))


@blueprint.post("/<int:meeting_id>/usefulness")
@requires(can_rate, of="meeting_id")
def rate(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """How useful it was, or nothing any more; nobody says that on behalf of others."""
    side = side_of(g.subject)
    if side is None or behalf_of(side):
        abort(403)
    usefulness = typed_number("usefulness") if request.form.get("usefulness") else None
    try:
        with transaction() as session:
            rate_meeting(
                session, event=g.event, meeting_id=meeting_id, participation_id=side,
                usefulness=usefulness, actor_id=acting_id(), now=clock.now(),
            )  # fmt: skip
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        flash(_("Saved, thank you."), "success")
    return redirect(url_for("meeting.show", event_slug=event_slug, meeting_id=meeting_id))
