"""Asking: for a meeting in a common free slot, or for another time of a confirmed one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import Participation, Slot
from matchmaker.permissions import can_answer, can_say_wishes
from matchmaker.services import meeting_request_ask as asking
from matchmaker.services.agenda_request import held_softly, read_requests
from matchmaker.services.meeting_limit import check_limits
from matchmaker.services.meeting_request import slots_to_move_to
from matchmaker.services.meeting_slot import CommonSlot, common_slots
from matchmaker.services.place import places_of
from matchmaker.services.rate_limit import count_try
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import behalf_of, own_side_of
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.meeting import AskForm, ProposeForm
from matchmaker.web.numbers import row_number
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("meeting_request_ask", __name__, url_prefix="/events/<event_slug>")

ASKED_IN_AN_HOUR = 60


@blueprint.route("/participations/<int:participation_id>/requests/new", methods=["GET", "POST"])
@requires(can_say_wishes, of="participation_id")
def ask(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Choose a common free slot, write a few words, and ask (?to= names the other participation)."""
    to_id = request.args.get("to", type=row_number) or abort(404)
    form = AskForm(g.event.request_minutes)
    if form.validate_on_submit():
        try:
            _ask(form, participation_id, to_id)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("Your request is on its way. It blocks nobody's agenda until it is accepted."), "success")
            return redirect(_agenda(participation_id))
    session = reading()
    try:
        own, other = asking.pair_that_may_ask(session, event=g.event, from_id=participation_id, to_id=to_id)
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(_agenda(participation_id))
    slots = common_slots(session, event=g.event, own=own, other=other, now=clock.now())
    return render_template(
        "meeting_request/ask.html", form=form, own=own, other=other, slots=slots,
        partner_zone=zone_of(other), holds=held_by(own.id),
        open_now=asking.open_requests(session, participation_id=own.id),
        obstacle=None if slots else _obstacle(own, other),
    )  # fmt: skip


@blueprint.route("/meetings/<int:meeting_id>/reschedule", methods=["GET", "POST"])
@requires(can_answer, of="meeting_id")
def reschedule(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """Ask the other side for another time or place; the meeting stays as it is until they accept."""
    side = own_side_of(g.subject) or abort(400)
    session, now = reading(), clock.now()
    try:
        meeting = asking.meeting_to_move(session, event=g.event, meeting_id=meeting_id, from_id=side, now=now)
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(url_for("meeting.show", event_slug=event_slug, meeting_id=meeting_id))
    slots = slots_to_move_to(session, event=g.event, meeting_id=meeting_id, now=now)
    form = ProposeForm(g.event.request_minutes, place_names(g.event.id, slots))
    if form.validate_on_submit():
        try:
            slow_down(side)
            with transaction() as writing:
                asking.ask_to_move(
                    writing, event=g.event, meeting_id=meeting_id, from_id=side,
                    slot_ids=form.slot_id.data or [], place_id=form.place_id.data or None,
                    message=form.message.data or "", minutes=form.minutes.data, actor_id=acting_id(),
                    behalf_of_id=behalf_of(side), now=now,
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("Your proposal is on its way. Until they accept, the meeting stays as it is."), "success")
            return redirect(_agenda(side))
    other = session.get_one(Participation, meeting.other_side(side))
    return render_template(
        "meeting_request/reschedule.html", form=form, meeting=meeting, side=side, slots=slots,
        slot=session.get_one(Slot, meeting.slot_id), partner=other.organisation.name,
        partner_zone=zone_of(other), holds=held_by(side),
    )  # fmt: skip


def held_by(participation_id: int) -> dict[int, tuple[str, ...]]:
    """The slots of which this side's open requests speak, with whom: soft holds."""
    return held_softly(read_requests(reading(), event=g.event, participation_id=participation_id))


def place_names(event_id: int, slots: Sequence[CommonSlot]) -> dict[int, str]:
    """The places among which there is a choice, by name; none where there is no choice."""
    found = {place for slot in slots for place in slot.place_ids if place is not None}
    if len(found) < 2:
        return {}
    return {place.id: place.name for place in places_of(reading(), event_id=event_id) if place.id in found}


def zone_of(other: Participation) -> str:
    """The zone of the other side's first person; the event's when it has none."""
    present = [delegate for delegate in other.delegates if delegate.left_at is None]
    return present[0].person.time_zone if present else str(g.event.time_zone)


def slow_down(participation_id: int) -> None:
    """Every proposal is a mail to somebody else, so a side makes only so many in an hour."""
    with transaction() as session:
        count_try(
            session, key=f"ask:{participation_id}", limit=ASKED_IN_AN_HOUR, window=dt.timedelta(hours=1),
            now=clock.now(),
        )  # fmt: skip


def _ask(form: AskForm, participation_id: int, to_id: int) -> None:
    now = clock.now()
    slow_down(participation_id)
    with transaction() as session:
        asking.ask(
            session, event=g.event, from_id=participation_id, to_id=to_id, slot_id=form.slot_id.data,
            message=form.message.data or "", minutes=form.minutes.data, actor_id=acting_id(),
            behalf_of_id=behalf_of(participation_id), now=now,
        )  # fmt: skip


def _obstacle(own: Participation, other: Participation) -> str | None:
    """Why there is no common slot where it is a limit, in words."""
    try:
        check_limits(reading(), event=g.event, participations=(own, other))
    except MatchmakerError as error:
        return sentence(error)
    return None


def _agenda(participation_id: int) -> str:
    return url_for("agenda.show", event_slug=g.event.slug, participation_id=participation_id)
