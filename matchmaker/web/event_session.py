"""Sessions: the organiser's list and form, and the programme in which people take seats."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.local_time import moments_of
from matchmaker.models import EventSession, PlaceKind, SessionKind
from matchmaker.permissions import (
    can_edit_event,
    can_manage_participations,
    can_say_wishes,
    is_logged_in,
)
from matchmaker.services import attendance
from matchmaker.services import event_session as sessions
from matchmaker.services.block import blocks_of
from matchmaker.services.change import HOLD
from matchmaker.services.freed_slot import freed_seats_of
from matchmaker.services.phase import read_phase
from matchmaker.services.place import places_of
from matchmaker.services.programme import attending_of, programme_of
from matchmaker.services.round_scope import choosable_participations
from matchmaker.services.seat_wish import (
    can_wish_later,
    can_wish_now,
    own_seat_wishes,
    seat_wishes_of,
    take_back_seat_wish,
    wish_seat,
)
from matchmaker.services.session_short import call_off as call_table_off
from matchmaker.services.session_short import foresee_call_off, short_tables
from matchmaker.services.session_short import let_stay as let_table_stay
from matchmaker.web.access import acting_id, public, requires
from matchmaker.web.change import attempt
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.event_session import RoundtableForm, SessionForm
from matchmaker.web.phase_words import held_lines
from matchmaker.web.session_words import seat_reason
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("event_session", __name__, url_prefix="/events/<event_slug>")


@blueprint.get("/programme")
@public
def programme(event_slug: str) -> ResponseReturnValue:
    """The programme; delegates take and give back seats, and wish for those that a round gives."""
    session = reading()
    person_id = g.standing.person_id
    attended: frozenset[int] = frozenset()
    is_delegate = False
    if person_id is not None:
        attended = attendance.attended_sessions(session, event_id=g.event.id, person_id=person_id)
        is_delegate = bool(attendance.can_attend_as(session, event_id=g.event.id, person_id=person_id))
    own = g.standing.managed | g.standing.delegated
    phase = read_phase(session, event_id=g.event.id)
    items = programme_of(session, event_id=g.event.id, now=clock.now())
    return render_template(
        "event_session/programme.html",
        items=items,
        attended=attended,
        is_delegate=is_delegate,
        own_wishes=own_seat_wishes(session, event_id=g.event.id, participation_ids=own) if own else {},
        can_wish=can_wish_now(session, event_id=g.event.id),
        can_take=phase in attendance.TAKING,
        late={
            item.session.id
            for item in items
            if can_wish_later(
                phase,
                is_roundtable=item.session.kind == SessionKind.ROUNDTABLE,
                is_held=item.is_held,
                starts_at=item.starts_at,
                now=clock.now(),
            )
        },
        seat_reason=seat_reason,
    )


@blueprint.post("/participations/<int:participation_id>/seat-wishes/<int:session_id>")
@requires(can_say_wishes, of="participation_id")
def wish(event_slug: str, participation_id: int, session_id: int) -> ResponseReturnValue:
    """Say that the participation would like a seat, would like it very much, or would not after all."""
    said = request.form.get("said", "")
    is_own = participation_id in g.standing.managed | g.standing.delegated
    about: dict[str, Any] = {
        "event_id": g.event.id,
        "session_id": session_id,
        "participation_id": participation_id,
        "actor_id": acting_id(),
        "now": clock.now(),
        "behalf_of_id": None if is_own else participation_id,
    }
    try:
        with transaction() as session:
            if said in ("seat", "very"):
                wish_seat(session, is_strong=said == "very", **about)
            else:
                take_back_seat_wish(session, **about)
    except MatchmakerError as error:
        put_on_form(None, error)
    return redirect(url_for("event_session.programme", event_slug=event_slug, _anchor=f"s{session_id}"))


@blueprint.post("/sessions/<int:session_id>/attend")
@requires(is_logged_in)
def attend(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Take a seat."""
    try:
        with transaction() as session:
            attendance.attend(
                session,
                event_id=g.event.id,
                session_id=session_id,
                person_id=acting_id(),
                now=clock.now(),
            )
    except MatchmakerError as error:
        put_on_form(None, error)
    else:
        flash(_("You have a seat. You are busy for the time of the session."), "success")
    return redirect(url_for("event_session.programme", event_slug=event_slug))


@blueprint.post("/sessions/<int:session_id>/stay-away")
@requires(is_logged_in)
def stay_away(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Give the seat back."""
    try:
        with transaction() as session:
            attendance.stay_away(
                session, event_id=g.event.id, session_id=session_id, person_id=acting_id(), now=clock.now()
            )
    except MatchmakerError as error:
        put_on_form(None, error)
    else:
        flash(_("Your seat is free for others."), "success")
    return redirect(url_for("event_session.programme", event_slug=event_slug))


@blueprint.get("/sessions")
@requires(can_edit_event)
def index(event_slug: str) -> ResponseReturnValue:
    """All sessions, to edit."""
    items = programme_of(reading(), event_id=g.event.id, now=clock.now())
    short = short_tables(reading(), event_id=g.event.id, now=clock.now())
    return render_template(
        "event_session/index.html", items=items, short=short, held=held_lines(reading(), g.event)
    )


@blueprint.get("/sessions/<int:session_id>/seats")
@requires(can_edit_event)
def seats(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Who has a seat, who would like one, and who gave one back."""
    session = reading()
    sessions.find_session(session, event_id=g.event.id, session_id=session_id)
    items = programme_of(session, event_id=g.event.id, now=clock.now())
    return render_template(
        "event_session/seats.html",
        item=next(item for item in items if item.session.id == session_id),
        attending=attending_of(session, event_id=g.event.id, session_id=session_id),
        wishes=seat_wishes_of(session, event_id=g.event.id, session_id=session_id),
        freed=freed_seats_of(session, event_id=g.event.id, session_id=session_id),
        short=[
            one
            for one in short_tables(session, event_id=g.event.id, now=clock.now())
            if one.session_id == session_id
        ],
        held=held_lines(session, g.event),
        # who wished is for those who manage participations, as with wishes for meetings
        sees_wishes=can_manage_participations(g.standing),
    )


@blueprint.route("/sessions/<int:session_id>/call-off", methods=["GET", "POST"])
@requires(can_edit_event)
def call_off(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Say who loses a seat and how many are told, then call the roundtable off."""
    if request.method == "POST":
        outcome = attempt(call_table_off, session_id=session_id, hold=HOLD)
        if outcome.is_done and outcome.result is not None:
            flash(_("It is called off. The mails wait ten minutes; until then you can undo it."), "success")
        return redirect(url_for("event_session.index", event_slug=event_slug))
    session = reading()
    row = sessions.find_session(session, event_id=g.event.id, session_id=session_id)
    outlook = foresee_call_off(session, event_id=g.event.id, session_id=session_id, now=clock.now())
    return render_template("event_session/call_off.html", row=row, outlook=outlook)


@blueprint.post("/sessions/<int:session_id>/let-stay")
@requires(can_edit_event)
def let_stay(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Hold the roundtable with the guests that it has."""
    if attempt(let_table_stay, session_id=session_id).is_done:
        flash(_("It is held with the guests that it has; for them nothing changes."), "success")
    return redirect(url_for("event_session.index", event_slug=event_slug))


@blueprint.route("/sessions/new", methods=["GET", "POST"])
@requires(can_edit_event)
def create(event_slug: str) -> ResponseReturnValue:
    """Add a session, or with ?kind=roundtable a roundtable."""
    is_roundtable = request.args.get("kind") == SessionKind.ROUNDTABLE
    form = _form(None, is_roundtable)
    impact = None
    if not form.is_submitted() and not is_roundtable:
        nine = moments_of(dt.datetime.combine(g.event.starts_on, dt.time(9)), g.event.time_zone)
        form.starts_at.process_data(nine[0])
        form.ends_at.process_data(nine[0] + dt.timedelta(hours=1))
    if form.validate_on_submit():
        outcome = attempt(sessions.add_session, form=form, shows_impact=True, details=form.details())
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("event_session.index", event_slug=event_slug))
        impact = outcome.impact
    return render_template(
        "event_session/form.html", form=form, row=None, impact=impact, is_roundtable=is_roundtable
    )


@blueprint.route("/sessions/<int:session_id>/edit", methods=["GET", "POST"])
@requires(can_edit_event)
def edit(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Change a session."""
    row = sessions.find_session(reading(), event_id=g.event.id, session_id=session_id)
    is_roundtable = row.kind == SessionKind.ROUNDTABLE
    form = _form(row, is_roundtable)
    impact = None
    if form.validate_on_submit():
        outcome = attempt(
            sessions.edit_session,
            form=form,
            shows_impact=True,
            session_id=session_id,
            details=form.details(),
        )
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("event_session.index", event_slug=event_slug))
        impact = outcome.impact
    return render_template(
        "event_session/form.html", form=form, row=row, impact=impact, is_roundtable=is_roundtable
    )


def _form(row: EventSession | None, is_roundtable: bool) -> SessionForm | RoundtableForm:
    session, event_id = reading(), g.event.id
    places = places_of(session, event_id=event_id)
    if not is_roundtable:
        return SessionForm(g.event, places, row)
    return RoundtableForm(
        g.event,
        blocks=blocks_of(session, event_id=event_id),
        hosts=choosable_participations(session, event_id=event_id),
        # a booth with owners is for their own meetings
        places=[place for place in places if place.kind != PlaceKind.BOOTH],
        row=row,
    )


@blueprint.route("/sessions/<int:session_id>/delete", methods=["GET", "POST"])
@requires(can_edit_event)
def delete(event_slug: str, session_id: int) -> ResponseReturnValue:
    """Say who attends, and delete the session; they are told by mail."""
    if request.method == "POST":
        if attempt(sessions.delete_session, session_id=session_id).is_done:
            flash(_("Deleted."), "success")
        return redirect(url_for("event_session.index", event_slug=event_slug))
    session = reading()
    return render_template(
        "event_session/delete.html",
        row=sessions.find_session(session, event_id=g.event.id, session_id=session_id),
        people=sessions.attending_people(session, session_id=session_id),
    )
