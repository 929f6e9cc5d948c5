"""The gates between an event's phases, and what can be taken back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import Change, Event, Phase
from matchmaker.permissions import can_run_rounds, can_undo_changes
from matchmaker.services.change import HOLD, find_change, send_now
from matchmaker.services.gate import foresee, go_back, take_gate
from matchmaker.services.phase import NEXT, ORDER, read_phase, set_gate_date, view_phase
from matchmaker.services.publication import NotPublishable
from matchmaker.services.undo import undo_change
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.phase import GateForm
from matchmaker.web.labels import place_problem
from matchmaker.web.phase_words import GATES, phase_bar, phase_name
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("phase", __name__, url_prefix="/events/<event_slug>/rounds")

ASKS = (Phase.WISHES, Phase.REVIEW)
"""Gates after which people are asked to answer until a time."""


@blueprint.route(
    "/phases/<any(wishes, draft, review, top_up, published, live, closed):phase>", methods=["GET", "POST"]
)
@requires(can_run_rounds)
def gate(event_slug: str, phase: str) -> ResponseReturnValue:
    """Say what the gate would do; take it, or set a date for it."""
    to = Phase(phase)
    session = reading()
    view = view_phase(session, event_id=g.event.id)
    if ORDER.index(to) <= ORDER.index(view.phase):
        return redirect(_rounds())
    row = view.gates.get(to)
    data = {"due_at": row.due_at, "ends_at": row.ends_at} if row else None
    form = GateForm(zone=g.event.time_zone, data=data)
    if form.validate_on_submit():
        done = _set_date(to, form) if request.form.get("do") == "date" else _take(to, form)
        if done:
            return redirect(_rounds())
    return render_template(
        "phase/gate.html",
        to=to,
        title=GATES[to],
        form=form,
        asks=to in ASKS,
        foreseen=foresee(reading(), event=g.event, to=to),
        is_next=to in NEXT[view.phase],
        hold_minutes=int(HOLD.total_seconds() // 60),
        sentence=sentence,
        **phase_bar(session, g.event),
    )


@blueprint.route("/phases/back", methods=["GET", "POST"])
@requires(can_run_rounds)
def back(event_slug: str) -> ResponseReturnValue:
    """Ask, then go back to the phase before."""
    phase = read_phase(reading(), event_id=g.event.id)
    if phase == Phase.PROFILES:
        return redirect(_rounds())
    if request.method == "POST":
        try:
            with transaction() as session:
                event = session.get_one(Event, g.event.id)
                before = go_back(session, event=event, **_acting())
        except MatchmakerError as error:
            flash(sentence(error), "danger")
        else:
            flash(_("Back in the phase: %(phase)s.", phase=phase_name(before)), "success")
        return redirect(_rounds())
    return render_template("phase/back.html", **phase_bar(reading(), g.event))


@blueprint.post("/changes/<int:change_id>/undo")
@requires(can_undo_changes)
def undo(event_slug: str, change_id: int) -> ResponseReturnValue:
    """Take a change back while its mails are held."""
    try:
        with transaction() as session:
            change = find_change(session, event_id=g.event.id, change_id=change_id)
            undo_change(session, change=change, **_acting())
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        flash(_("Undone. Nobody was told anything."), "success")
    return redirect(_rounds())


@blueprint.post("/changes/<int:change_id>/send")
@requires(can_undo_changes)
def send(event_slug: str, change_id: int) -> ResponseReturnValue:
    """Let the mails of a change go now."""
    with transaction() as session:
        change: Change = find_change(session, event_id=g.event.id, change_id=change_id)
        send_now(session, change=change, **_acting())
    flash(_("The mails are on their way."), "success")
    return redirect(_rounds())


def _take(to: Phase, form: GateForm) -> bool:
    try:
        with transaction() as session:
            event = session.get_one(Event, g.event.id)
            is_through = take_gate(
                session, event=event, to=to, hold=HOLD, ends_at=form.ends_at.data, **_acting()
            )
    except NotPublishable as error:
        flash(" ".join([sentence(error), *(place_problem(problem) for problem in error.problems)]), "danger")
        return False
    except MatchmakerError as error:
        put_on_form(form, error)
        return False
    if is_through:
        flash(_("The phase is now: %(phase)s.", phase=phase_name(to)), "success")
    else:
        flash(_("The run has been started. The phase changes by itself as soon as it has ended."), "success")
    return True


def _set_date(to: Phase, form: GateForm) -> bool:
    try:
        with transaction() as session:
            set_gate_date(
                session, event_id=g.event.id, phase=to, due_at=form.due_at.data, ends_at=form.ends_at.data,
                **_acting(),
            )  # fmt: skip
    except MatchmakerError as error:
        put_on_form(form, error)
        return False
    is_dated = form.due_at.data is not None
    flash(_("The date is set.") if is_dated else _("This step is taken by hand."), "success")
    return True


def _acting() -> dict[str, Any]:
    return {"actor_id": acting_id(), "now": clock.now()}


def _rounds() -> str:
    return url_for("round.index", event_slug=g.event.slug)
