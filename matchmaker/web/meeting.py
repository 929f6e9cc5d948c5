"""One meeting: read it, answer it, cancel it, choose who sits in it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.calendar.links import google_link, outlook_link
from matchmaker.errors import MatchmakerError
from matchmaker.models import AttendanceKind, Meeting, MeetingStatus, Participation
from matchmaker.permissions import can_answer, can_see_meeting, is_on_team
from matchmaker.services import meeting as meetings
from matchmaker.services.agenda import AgendaMeeting, read_meetings
from matchmaker.services.meeting_delegate import candidates, switch_delegate
from matchmaker.services.meeting_history import Deed, read_meeting_history
from matchmaker.services.meeting_statement import STATED, statements_of, usefulness_of
from matchmaker.services.suggestion import read_cards
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import behalf_of, own_side_of, side_of, typed_number
from matchmaker.web.audit import action_words
from matchmaker.web.calendar_file import calendar_response, meeting_entry
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.meeting import DelegateForm, ReasonForm
from matchmaker.web.labels import label
from matchmaker.web.reasons import reason_words
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("meeting", __name__, url_prefix="/events/<event_slug>/meetings/<int:meeting_id>")


@blueprint.get("")
@requires(can_see_meeting, of="meeting_id")
def show(event_slug: str, meeting_id: int) -> str:
    """Who meets whom, when and where, and what can be done."""
    side = own_side_of(g.subject)
    row = _seen(side)
    card = None
    if side is not None:
        own = reading().get_one(Participation, side)
        card = read_cards(reading(), participation=own, other_ids=[row.partner_id]).get(row.partner_id)
    entry = meeting_entry(row, g.event)
    may_rate = side is not None and behalf_of(side) is None
    return render_template(
        "meeting/show.html", row=row, side=side, card=card, now=clock.now(),
        google_link=google_link(entry), outlook_link=outlook_link(entry),
        statements=statements_of(reading(), meeting_id=meeting_id),
        may_rate=may_rate,
        usefulness=usefulness_of(reading(), meeting_id=meeting_id, participation_id=side)
        if side is not None and may_rate else None,
        can_be_stated=row.meeting.status in STATED and row.starts_at <= clock.now(),
        history=_history(row.meeting, side),
        action_words=action_words,
        attendance_label=lambda kind: label(AttendanceKind(kind)), **reason_words(),
    )  # fmt: skip


@blueprint.get("/meeting.ics")
@requires(can_see_meeting, of="meeting_id")
def calendar(event_slug: str, meeting_id: int) -> Response:
    """The meeting as a calendar file."""
    entry = meeting_entry(_seen(own_side_of(g.subject)), g.event)
    return calendar_response([entry], name=g.event.name, file_name=f"meeting-{meeting_id}.ics")


@blueprint.post("/accept")
@requires(can_answer, of="meeting_id")
def accept(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """Accept for one side."""
    side = side_of(g.subject) or abort(400)
    try:
        with transaction() as session:
            meeting = meetings.accept(
                session, event=g.event, meeting_id=meeting_id, participation_id=side,
                version=typed_number("version"), actor_id=acting_id(), behalf_of_id=behalf_of(side),
                now=clock.now(),
            )  # fmt: skip
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(_page(meeting_id, side))
    if meeting.status == MeetingStatus.CONFIRMED:
        flash(_("The meeting is confirmed."), "success")
    else:
        flash(_("You accepted. The meeting is confirmed as soon as the other side accepts too."), "success")
    return redirect(_agenda(side))


@blueprint.route("/decline", methods=["GET", "POST"])
@requires(can_answer, of="meeting_id")
def decline(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """Decline a proposed meeting, with a reason or without."""
    side = side_of(g.subject) or abort(400)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                meetings.decline(
                    session, event=g.event, meeting_id=meeting_id, participation_id=side,
                    version=typed_number("version"), reason=form.reason.data or "", actor_id=acting_id(),
                    behalf_of_id=behalf_of(side), now=clock.now(),
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("You declined. The time is free again, and the other side is told."), "success")
            return redirect(_agenda(side))
    return render_template("meeting/decline.html", form=form, row=_seen(side), side=side)


@blueprint.route("/cancel", methods=["GET", "POST"])
@requires(can_answer, of="meeting_id")
def cancel(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """Cancel a meeting; the other side is told."""
    side = side_of(g.subject)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                meetings.cancel(
                    session, event=g.event, meeting_id=meeting_id, participation_id=side,
                    version=typed_number("version"), reason=form.reason.data or "", actor_id=acting_id(),
                    behalf_of_id=behalf_of(side), now=clock.now(),
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("The meeting is cancelled. Everybody who would have come is told by mail."), "success")
            return redirect(_agenda(side) if side else _page(meeting_id, None))
    return render_template("meeting/cancel.html", form=form, row=_seen(side), side=side)


@blueprint.route("/delegates", methods=["GET", "POST"])
@requires(can_answer, of="meeting_id")
def delegates(event_slug: str, meeting_id: int) -> ResponseReturnValue:
    """Choose who of the own side sits in the meeting."""
    side = side_of(g.subject) or abort(400)
    row = _seen(side)
    choice = candidates(reading(), event=g.event, meeting=g.subject, participation_id=side)
    form = DelegateForm(data={"delegate_id": next((c.delegate_id for c in choice if c.sits), None)})
    form.delegate_id.choices = [(c.delegate_id, c.name) for c in choice]
    if form.validate_on_submit():
        try:
            with transaction() as session:
                switch_delegate(
                    session, event=g.event, meeting_id=meeting_id, participation_id=side,
                    delegate_id=form.delegate_id.data, version=typed_number("version"),
                    actor_id=acting_id(), behalf_of_id=behalf_of(side), now=clock.now(),
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("Saved. Those concerned are told by mail."), "success")
            return redirect(_page(meeting_id, side))
    return render_template("meeting/delegates.html", form=form, row=row, side=side, candidates=choice)


def _seen(side: int | None) -> AgendaMeeting:
    """The meeting from a side (None: from the first); a draft is not there."""
    rows = read_meetings(reading(), event=g.event, meeting_id=g.subject.id)
    return next((row for row in rows if side in (None, row.own_id)), None) or abort(404)


def _history(meeting: Meeting, side: int | None) -> list[Deed]:
    """The history as the reader's side sees it; as the team does for organisers, also while they act."""
    if is_on_team(g.standing) and behalf_of(side) == side:
        return read_meeting_history(reading(), meeting=meeting, side=None)
    # an enabler is of neither side
    return read_meeting_history(reading(), meeting=meeting, side=side) if side is not None else []


def _page(meeting_id: int, side: int | None) -> str:
    named = side if behalf_of(side) else None
    return url_for("meeting.show", event_slug=g.event.slug, meeting_id=meeting_id, side=named)


def _agenda(side: int) -> str:
    return url_for("agenda.show", event_slug=g.event.slug, participation_id=side)
