"""Delegates of a participation and when they can meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session, joinedload

from matchmaker import clock
from matchmaker.errors import MatchmakerError, NotAllowed, NotFound
from matchmaker.models import Delegate, Organisation
from matchmaker.permissions import can_edit_participation, can_see_participation, can_state_availability
from matchmaker.services import delegate as delegates
from matchmaker.services.availability import Span, state_availability, stated_slots, usual_slots
from matchmaker.services.change import HOLD
from matchmaker.services.delegate_removal import foresee_delegate_removal, has_begun, remove_delegate
from matchmaker.services.participation import find_participation
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import behalf_of
from matchmaker.web.errors import put_on_form
from matchmaker.web.formats import in_zone
from matchmaker.web.forms.delegate import DelegateForm
from matchmaker.web.limits import limit
from matchmaker.web.numbers import row_number
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint(
    "delegate", __name__, url_prefix="/events/<event_slug>/participations/<int:participation_id>/delegates"
)


@dataclass(frozen=True)
class Day:
    """The slots of one day in the delegate's own zone."""

    date: dt.date
    slots: Sequence[Span]
    usual: frozenset[int]


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_edit_participation, of="participation_id")
def new(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Add a delegate, who is told by mail."""
    form = DelegateForm(now=clock.now(), zone=current_user.person.time_zone)
    if form.validate_on_submit():
        try:
            limit("add-delegate", acting_id(), tries=60, minutes=60)
            with transaction() as session:
                delegates.add_delegate(
                    session,
                    event=g.event,
                    participation=find_participation(
                        session, event_id=g.event.id, participation_id=participation_id
                    ),
                    email=form.email.data or "",
                    name=form.name.data or "",
                    job_title=form.job_title.data or "",
                    time_zone=form.time_zone.data,
                    is_manager=bool(form.is_manager.data),
                    actor_id=acting_id(),
                    behalf_of_id=behalf_of(participation_id),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("%(name)s is a delegate and is told by mail.", name=form.name.data), "success")
            return _to_profile(participation_id)
    return render_template("delegate/edit.html", form=form, delegate=None)


@blueprint.route("/<int:delegate_id>/edit", methods=["GET", "POST"])
@requires(can_edit_participation, of="participation_id")
def edit(event_slug: str, participation_id: int, delegate_id: int) -> ResponseReturnValue:
    """Change what a delegate may do and, of somebody without an account, name and zone."""
    delegate = _find(reading(), participation_id, delegate_id)
    form = DelegateForm(now=clock.now(), zone=delegate.person.time_zone, delegate=delegate)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                _correct(session, form, participation_id, delegate_id)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            return _to_profile(participation_id)
    return render_template("delegate/edit.html", form=form, delegate=delegate)


def _correct(session: Session, form: DelegateForm, participation_id: int, delegate_id: int) -> None:
    delegate = _find(session, participation_id, delegate_id)
    person = delegate.person
    is_free = "name" in form
    delegates.correct_delegate(
        session,
        delegate=delegate,
        name=(form.name.data or "") if is_free else person.name,
        email=(form.email.data or "") if is_free else person.email or "",
        job_title=(form.job_title.data or "") if is_free else person.job_title,
        time_zone=form.time_zone.data if is_free else person.time_zone,
        is_manager=bool(form.is_manager.data),
        actor_id=acting_id(),
        behalf_of_id=behalf_of(participation_id),
        now=clock.now(),
    )


@blueprint.route("/<int:delegate_id>/remove", methods=["GET", "POST"])
@requires(can_edit_participation, of="participation_id")
def remove(event_slug: str, participation_id: int, delegate_id: int) -> ResponseReturnValue:
    """Say who is hit and what becomes of the meetings, then take a delegate out."""
    if request.method == "POST":
        try:
            with transaction() as session:
                remove_delegate(
                    session,
                    event=g.event,
                    delegate=_find(session, participation_id, delegate_id),
                    actor_id=acting_id(),
                    behalf_of_id=behalf_of(participation_id),
                    now=clock.now(),
                    hold=HOLD,
                )
        except NotFound:  # a second click
            pass
        except MatchmakerError as error:
            put_on_form(None, error)
        else:
            flash(gettext("Removed."), "success")
        return _to_profile(participation_id)
    session = reading()
    delegate = _find(session, participation_id, delegate_id)
    return render_template(
        "delegate/remove.html",
        delegate=delegate,
        outlook=foresee_delegate_removal(session, event=g.event, delegate=delegate, now=clock.now()),
        has_sat=has_begun(session, delegate=delegate, now=clock.now()),
    )


@blueprint.route("/<int:delegate_id>/availability", methods=["GET", "POST"])
@requires(can_see_participation, of="participation_id")
def availability(event_slug: str, participation_id: int, delegate_id: int) -> ResponseReturnValue:
    """When the delegate can meet, slot by slot."""
    delegate = _find(reading(), participation_id, delegate_id)
    if not can_state_availability(g.standing, delegate):
        raise NotAllowed()
    zone = delegate.person.time_zone
    slots, chosen = stated_slots(reading(), delegate=delegate)
    days = _by_day(slots, zone)
    if request.method == "POST":
        wanted = _wanted(days)
        with transaction() as session:
            state_availability(
                session,
                delegate=_find(session, participation_id, delegate_id),
                slot_ids=wanted,
                actor_id=acting_id(),
                behalf_of_id=behalf_of(participation_id),
                now=clock.now(),
            )
        flash(gettext("Saved: %(count)s of %(all)s slots.", count=len(wanted), all=len(slots)), "success")
        return redirect(request.path)
    organisation = reading().get_one(Organisation, g.subject.organisation_id)
    return render_template(
        "delegate/availability.html",
        delegate=delegate,
        organisation=organisation,
        days=days,
        chosen=chosen,
        own_zone=zone,
    )


def _by_day(slots: Sequence[Span], zone: str) -> list[Day]:
    usual = usual_slots(slots, zone)
    dates = dict.fromkeys(in_zone(slot.starts_at, zone).date() for slot in slots)
    return [
        Day(date, [slot for slot in slots if in_zone(slot.starts_at, zone).date() == date], usual)
        for date in dates
    ]


def _wanted(days: Sequence[Day]) -> set[int]:
    """The slots that are ticked, after the button for a whole day where one was pressed."""
    wanted = set(request.form.getlist("slot", type=row_number)) & {
        slot.id for day in days for slot in day.slots
    }
    for day in days:
        own = {slot.id for slot in day.slots}
        if request.form.get("all_of") == day.date.isoformat():
            wanted |= own
        if request.form.get("none_of") == day.date.isoformat():
            wanted -= own
    return wanted


def _find(session: Session, participation_id: int, delegate_id: int) -> Delegate:
    delegate = session.scalar(
        sa.select(Delegate)
        .where(
            Delegate.id == delegate_id,
            Delegate.participation_id == participation_id,
            Delegate.event_id == g.event.id,
            Delegate.left_at.is_(None),
        )
        .options(joinedload(Delegate.person))
    )
    if delegate is None:
        raise NotFound()
    return delegate


def _to_profile(participation_id: int) -> ResponseReturnValue:
    return redirect(
        url_for("participation.profile", event_slug=g.event.slug, participation_id=participation_id)
    )
