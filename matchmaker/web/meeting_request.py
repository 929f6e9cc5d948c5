"""Requests for meetings: ask, read, accept, decline, withdraw."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import MeetingRequest, Organisation, Participation, RequestStatus, Slot
from matchmaker.permissions import (
    can_answer_request,
    can_say_wishes,
    can_see_request,
    can_withdraw_request,
)
from matchmaker.services import meeting_request as requests
from matchmaker.services.meeting_limit import check_limits
from matchmaker.services.meeting_slot import CommonSlot, common_slots
from matchmaker.services.rate_limit import count_try
from matchmaker.services.seat import PlaceTaken, SlotTaken
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import behalf_of
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.meeting import AnswerForm, AskForm, ReasonForm
from matchmaker.web.numbers import row_number
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("meeting_request", __name__, url_prefix="/events/<event_slug>")

ASKED_IN_AN_HOUR = 60


@blueprint.route("/participations/<int:participation_id>/requests/new", methods=["GET", "POST"])
@requires(can_say_wishes, of="participation_id")
def ask(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Choose a common free slot, write a few words, and ask (?to= names the other participation)."""
    to_id = request.args.get("to", type=row_number) or abort(404)
    form = AskForm()
    if form.validate_on_submit():
        try:
            _ask(form, participation_id, to_id)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("Your request is on its way. It blocks nobody's agenda until it is accepted."), "success")
            return redirect(url_for("agenda.show", event_slug=event_slug, participation_id=participation_id))
    session = reading()
    try:
        own, other = requests.pair_that_may_ask(session, event=g.event, from_id=participation_id, to_id=to_id)
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(url_for("agenda.show", event_slug=event_slug, participation_id=participation_id))
    slots = common_slots(session, event=g.event, own=own, other=other, now=clock.now())
    return render_template(
        "meeting_request/ask.html", form=form, own=own, other=other, slots=slots,
        partner_zone=_zone_of(other, slots), lifetime=requests.LIFETIME,
        obstacle=None if slots else _obstacle(own, other),
    )  # fmt: skip


@blueprint.get("/requests/<int:request_id>")
@requires(can_see_request, of="request_id")
def show(event_slug: str, request_id: int) -> str:
    """What was asked, by whom and for when; with buttons for those who may answer."""
    return _page(AnswerForm(formdata=None))


@blueprint.post("/requests/<int:request_id>/accept")
@requires(can_answer_request, of="request_id")
def accept(event_slug: str, request_id: int) -> ResponseReturnValue:
    """Accept in the slot asked for, or in another common one."""
    row: MeetingRequest = g.subject
    _check_visible(row)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction() as session:
            meeting = requests.accept_request(
                session, event=g.event, request_id=request_id, slot_id=form.slot_id.data,
                actor_id=acting_id(), behalf_of_id=behalf_of(row.to_id), now=clock.now(),
            )  # fmt: skip
    except (SlotTaken, PlaceTaken) as error:
        flash(sentence(error), "warning")
        return _page(AnswerForm(formdata=None)), error.status
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return _page(AnswerForm(formdata=None)), error.status
    flash(_("The meeting is confirmed. Both sides get a mail with an entry for the calendar."), "success")
    return redirect(url_for("meeting.show", event_slug=event_slug, meeting_id=meeting.id))


@blueprint.route("/requests/<int:request_id>/decline", methods=["GET", "POST"])
@requires(can_answer_request, of="request_id")
def decline(event_slug: str, request_id: int) -> ResponseReturnValue:
    """Say no, with a reason or without."""
    row: MeetingRequest = g.subject
    _check_visible(row)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                requests.decline_request(
                    session, event=g.event, request_id=request_id, reason=form.reason.data or "",
                    actor_id=acting_id(), behalf_of_id=behalf_of(row.to_id), now=clock.now(),
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("You declined. Whoever asked is told."), "success")
            return redirect(_agenda(row.to_id))
    return render_template("meeting_request/decline.html", form=form, row=row, partner=_name(row.from_id))


@blueprint.post("/requests/<int:request_id>/withdraw")
@requires(can_withdraw_request, of="request_id")
def withdraw(event_slug: str, request_id: int) -> ResponseReturnValue:
    """Take a request back."""
    row: MeetingRequest = g.subject
    from_id = row.from_id
    try:
        with transaction() as session:
            requests.withdraw_request(
                session, event=g.event, request_id=request_id, actor_id=acting_id(),
                behalf_of_id=behalf_of(from_id), now=clock.now(),
            )  # fmt: skip
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        flash(_("The request is withdrawn."), "success")
    return redirect(_agenda(from_id))


def _ask(form: AskForm, participation_id: int, to_id: int) -> None:
    now = clock.now()
    with transaction() as session:
        count_try(
            session, key=f"ask:{participation_id}", limit=ASKED_IN_AN_HOUR, window=dt.timedelta(hours=1),
            now=now,
        )  # fmt: skip
    with transaction() as session:
        requests.ask(
            session, event=g.event, from_id=participation_id, to_id=to_id, slot_id=form.slot_id.data,
            message=form.message.data or "", actor_id=acting_id(), behalf_of_id=behalf_of(participation_id),
            now=now,
        )  # fmt: skip


def _page(form: AnswerForm) -> str:
    session = reading()
    row = session.get_one(MeetingRequest, g.subject.id)
    _check_visible(row)
    now = clock.now()
    is_open = row.status == RequestStatus.OPEN and row.expires_at > now
    may_answer = is_open and can_answer_request(g.standing, row)
    slots = requests.offers(session, event=g.event, request=row, now=now) if may_answer else []
    slot = session.get_one(Slot, row.slot_id)
    return render_template(
        "meeting_request/show.html", row=row, form=form, slot=slot, slots=slots, is_open=is_open,
        may_answer=may_answer, is_slot_free=any(s.slot_id == slot.id for s in slots),
        own=_name(row.to_id), partner=_name(row.from_id),
    )  # fmt: skip


def _check_visible(row: MeetingRequest) -> None:
    """A request of somebody to whom the asked side said never is not there for that side."""
    own = g.standing.managed | g.standing.delegated
    if row.from_id not in own and requests.is_hidden_from_asked(reading(), row):
        abort(404)


def _name(participation_id: int) -> str:
    session = reading()
    participation = session.get_one(Participation, participation_id)
    return session.get_one(Organisation, participation.organisation_id).name


def _obstacle(own: Participation, other: Participation) -> str | None:
    """Why there is no common slot where it is a limit, in words."""
    try:
        check_limits(reading(), event=g.event, participations=(own, other))
    except MatchmakerError as error:
        return sentence(error)
    return None


def _zone_of(other: Participation, slots: list[CommonSlot]) -> str:
    """The zone of the person who would come first; the event's when nobody is free."""
    delegates = {delegate.id: delegate for delegate in other.delegates}
    first = next((slot.other_delegates[0] for slot in slots), None)
    return delegates[first].person.time_zone if first else str(g.event.time_zone)


def _agenda(participation_id: int) -> str:
    return url_for("agenda.show", event_slug=g.event.slug, participation_id=participation_id)
