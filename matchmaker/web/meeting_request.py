"""Requests for meetings: read, accept, decline, propose something else, withdraw."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import Meeting, MeetingRequest, Organisation, Participation, RequestStatus, Slot
from matchmaker.permissions import can_answer_request, can_see_request, can_withdraw_request
from matchmaker.services import meeting_request as requests
from matchmaker.services import meeting_request_answer as answers
from matchmaker.services.meeting_history import read_request_history
from matchmaker.services.place import places_of
from matchmaker.services.seat import PlaceTaken, SlotTaken
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import behalf_of
from matchmaker.web.audit import action_words
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.meeting import AnswerForm, ProposeForm, ReasonForm
from matchmaker.web.meeting_request_ask import held_by, place_names, slow_down, zone_of
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("meeting_request", __name__, url_prefix="/events/<event_slug>")


@blueprint.get("/requests/<int:request_id>")
@requires(can_see_request, of="request_id")
def show(event_slug: str, request_id: int) -> str:
    """What was proposed, by whom and for when; with buttons for those who answer next."""
    return _page(AnswerForm(formdata=None))


@blueprint.post("/requests/<int:request_id>/accept")
@requires(can_answer_request, of="request_id")
def accept(event_slug: str, request_id: int) -> ResponseReturnValue:
    """Accept in a slot that was proposed, or in another common one."""
    row = _visible()
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction() as session:
            meeting = answers.accept_request(
                session, event=g.event, request_id=request_id, slot_id=form.slot_id.data,
                by_id=_side(row), **form.seen(), actor_id=acting_id(), behalf_of_id=behalf_of(_side(row)),
                now=clock.now(),
            )  # fmt: skip
    except (SlotTaken, PlaceTaken) as error:
        flash(sentence(error), "warning")
        return _page(AnswerForm(formdata=None)), error.status
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return _page(AnswerForm(formdata=None)), error.status
    if row.moves_id is None:
        flash(_("The meeting is confirmed. Both sides get a mail with an entry for the calendar."), "success")
    else:
        flash(_("The meeting is moved. Both sides are told, and their calendars follow."), "success")
    return redirect(url_for("meeting.show", event_slug=event_slug, meeting_id=meeting.id))


@blueprint.route("/requests/<int:request_id>/counter", methods=["GET", "POST"])
@requires(can_answer_request, of="request_id")
def counter(event_slug: str, request_id: int) -> ResponseReturnValue:
    """Propose other times or another place; then the other side answers."""
    row = _visible()
    session, side = reading(), _side(row)
    slots = requests.offers(session, event=g.event, request=row, now=clock.now())
    form = ProposeForm(g.event.request_minutes, place_names(g.event.id, slots))
    if form.validate_on_submit():
        try:
            slow_down(side)
            with transaction() as writing:
                answers.counter_request(
                    writing, event=g.event, request_id=request_id, slot_ids=form.slot_id.data or [],
                    place_id=form.place_id.data or None, message=form.message.data or "",
                    minutes=form.minutes.data, by_id=side, actor_id=acting_id(),
                    behalf_of_id=behalf_of(side), now=clock.now(),
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("Your proposal is on its way. Now it is their turn to answer."), "success")
            return redirect(_agenda(side))
    other = session.get_one(Participation, row.other_side(side))
    return render_template(
        "meeting_request/counter.html", form=form, row=row, side=side, slots=slots, holds=held_by(side),
        partner=_name(other.id), partner_zone=zone_of(other),
    )  # fmt: skip


@blueprint.route("/requests/<int:request_id>/decline", methods=["GET", "POST"])
@requires(can_answer_request, of="request_id")
def decline(event_slug: str, request_id: int) -> ResponseReturnValue:
    """Say no, with a reason or without."""
    row = _visible()
    side = _side(row)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                answers.decline_request(
                    session, event=g.event, request_id=request_id, reason=form.reason.data or "",
                    by_id=side, actor_id=acting_id(), behalf_of_id=behalf_of(side), now=clock.now(),
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("You declined. The other side is told."), "success")
            return redirect(_agenda(side))
    return render_template(
        "meeting_request/decline.html", form=form, row=row, partner=_name(row.other_side(side))
    )


@blueprint.post("/requests/<int:request_id>/withdraw")
@requires(can_withdraw_request, of="request_id")
def withdraw(event_slug: str, request_id: int) -> ResponseReturnValue:
    """Take a request back."""
    row: MeetingRequest = g.subject
    from_id = row.from_id
    try:
        with transaction() as session:
            answers.withdraw_request(
                session, event=g.event, request_id=request_id, by_id=from_id, actor_id=acting_id(),
                behalf_of_id=behalf_of(from_id), now=clock.now(),
            )  # fmt: skip
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        flash(_("The request is withdrawn."), "success")
    return redirect(_agenda(from_id))


def _page(form: AnswerForm) -> str:
    session = reading()
    row = session.get_one(MeetingRequest, g.subject.id, populate_existing=True)
    _visible()
    now = clock.now()
    is_open = row.status == RequestStatus.OPEN and row.expires_at > now
    side = _side(row)
    may_answer = is_open and can_answer_request(g.standing, row) and side == row.answering_id
    slots = requests.offers(session, event=g.event, request=row, now=now) if may_answer else []
    meeting = session.get(Meeting, row.moves_id) if row.moves_id else None
    behalf_of(side)  # for the banner
    return render_template(
        "meeting_request/show.html", row=row, form=form, is_open=is_open, side=side, may_answer=may_answer,
        slots=slots, possible=requests.still_possible(row, slots), holds=held_by(side),
        history=read_request_history(session, request=row, side=side), action_words=action_words,
        proposals=_proposals(row), meeting=meeting, names={n: _name(n) for n in (row.from_id, row.to_id)},
        meeting_slot=session.get_one(Slot, meeting.slot_id) if meeting else None,
    )  # fmt: skip


def _proposals(row: MeetingRequest) -> list[dict[str, Any]]:
    """What was proposed in turn, the newest first, for the page."""
    session = reading()
    places = {place.id: place.name for place in places_of(session, event_id=g.event.id)}
    numbers = {slot.slot_id for proposal in row.proposals for slot in proposal.slots} | {row.slot_id}
    slots = session.scalars(sa.select(Slot).where(Slot.id.in_(numbers)).order_by(Slot.starts_at)).all()
    told = [
        {
            "by_id": proposal.by_id,
            "slots": [slot for slot in slots if slot.id in {row.slot_id for row in proposal.slots}],
            "place": places.get(proposal.place_id or 0, ""),
            "message": proposal.message,
            "made_at": proposal.made_at,
        }
        for proposal in reversed(row.proposals)
    ]
    first = {
        "by_id": row.from_id,
        "slots": slots,
        "place": "",
        "message": row.message,
        "made_at": row.asked_at,
    }
    return told or [first]


def _side(row: MeetingRequest) -> int:
    """The side that the reader answers for: the own one; of both, or for an organiser, whose turn it is."""
    own = g.standing.managed | g.standing.delegated
    sides = [side for side in (row.answering_id, row.waiting_id) if side in own]
    return sides[0] if sides else row.answering_id


def _visible() -> MeetingRequest:
    """A request of somebody to whom the asked side said never is not there for that side."""
    row: MeetingRequest = g.subject
    own = g.standing.managed | g.standing.delegated
    if row.from_id not in own and requests.is_hidden_from_asked(reading(), row):
        abort(404)
    return row


def _name(participation_id: int) -> str:
    session = reading()
    participation = session.get_one(Participation, participation_id)
    return session.get_one(Organisation, participation.organisation_id).name


def _agenda(participation_id: int) -> str:
    return url_for("agenda.show", event_slug=g.event.slug, participation_id=participation_id)
