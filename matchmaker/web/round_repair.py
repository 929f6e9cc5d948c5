"""The pages of a repair: say what was lost, choose what to gain for how many moves, see who is hit, apply."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import STUDY_ACTIVE, Event, StudyKind
from matchmaker.permissions import can_run_rounds
from matchmaker.services.change import HOLD
from matchmaker.services.gone import Closed, Gone
from matchmaker.services.place import places_of
from matchmaker.services.place_closure import closures_of, reopen_place
from matchmaker.services.removal import Outlook, foresee_removal
from matchmaker.services.round import find_round
from matchmaker.services.round_place import Span
from matchmaker.services.round_repair_apply import NothingToRepair, apply_repair, plan_of
from matchmaker.services.round_repair_preview import preview_of
from matchmaker.services.round_study import find_study, latest_study, queue_study
from matchmaker.services.schedule_change import shut_place
from matchmaker.services.worker import has_live_worker
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.round_repair import ClosureForm
from matchmaker.web.phase_words import held_lines
from matchmaker.web.round_quality import scheduled_round
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint(
    "round_repair", __name__, url_prefix="/events/<event_slug>/rounds/<int:round_id>/repair"
)


@blueprint.get("")
@requires(can_run_rounds)
def show(event_slug: str, round_id: int) -> ResponseReturnValue:
    """What is closed, and the ways to repair that were worked out last."""
    return _page(round_id, _closure_form())


@blueprint.post("/closures")
@requires(can_run_rounds)
def close(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Close a place for a time, after saying which roundtables and masterclasses are hit."""
    form = _closure_form()
    if form.validate():
        span = Span(form.starts_at.data, form.ends_at.data)
        gone = Gone(closed=Closed(form.place_id.data, span))
        outlook = foresee_removal(reading(), event=g.event, gone=gone, now=clock.now())
        if outlook.sessions and request.form.get("step") != "mend":
            return _page(round_id, form, outlook)
        try:
            with transaction() as session:
                shut_place(
                    session,
                    event_id=g.event.id,
                    place_id=form.place_id.data,
                    starts_at=span.starts_at,
                    ends_at=span.ends_at,
                    hold=HOLD,
                    **_acting(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("It is closed. Now work out a repair for the meetings that were there."), "success")
            return redirect(_url(round_id))
    return _page(round_id, form)


@blueprint.post("/closures/<int:closure_id>/reopen")
@requires(can_run_rounds)
def reopen(event_slug: str, round_id: int, closure_id: int) -> ResponseReturnValue:
    """Open a place again."""
    with transaction() as session:
        reopen_place(session, event_id=g.event.id, closure_id=closure_id, **_acting())
    return redirect(_url(round_id))


@blueprint.post("")
@requires(can_run_rounds)
def ask(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Ask the worker how the round can be repaired as things stand."""
    try:
        with transaction() as session:
            round_ = find_round(session, event_id=g.event.id, round_id=round_id)
            if round_.status != "published":
                raise NothingToRepair()
            queue_study(session, round_=round_, kind=StudyKind.REPAIR, arguments={}, **_acting())
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    return redirect(_url(round_id))


@blueprint.route("/<int:study_id>/<int:option>", methods=["GET", "POST"])
@requires(can_run_rounds)
def preview(event_slug: str, round_id: int, study_id: int, option: int) -> ResponseReturnValue:
    """Say whom this way of repairing hits, then do it."""
    if request.method == "POST":
        return _apply(round_id, study_id, option)
    session, round_ = reading(), scheduled_round(round_id)
    study = find_study(session, round_=round_, study_id=study_id, kind=StudyKind.REPAIR)
    plan = plan_of(study, option)
    return render_template(
        "round/repair_preview.html",
        round=round_,
        study=study,
        option=option,
        figures=study.result["options"][option],
        preview=preview_of(session, event_id=g.event.id, plan=plan),
    )


def _apply(round_id: int, study_id: int, option: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            round_ = find_round(session, event_id=g.event.id, round_id=round_id)
            done = apply_repair(
                session,
                event=session.get_one(Event, g.event.id),
                round_=round_,
                study=find_study(session, round_=round_, study_id=study_id, kind=StudyKind.REPAIR),
                option=option,
                hold=HOLD,
                **_acting(),
            )
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(_url(round_id))
    if done is not None:
        people = ngettext("%(num)s person gets one mail.", "%(num)s people get one mail each.", done.people)
        flash(
            _(
                "Repaired: %(placed)s meetings moved, %(dropped)s cancelled, %(added)s new.",
                placed=done.placed,
                dropped=done.dropped,
                added=done.added,
            )
            + f" {people}",
            "success",
        )
    return redirect(_url(round_id))


def _page(round_id: int, form: ClosureForm, outlook: Outlook | None = None) -> ResponseReturnValue:
    round_ = scheduled_round(round_id)
    session = reading()
    study = latest_study(session, round_id=round_.id, kind=StudyKind.REPAIR)
    is_waiting = study is not None and study.status in STUDY_ACTIVE
    places = places_of(session, event_id=g.event.id)
    return render_template(
        "round/repair.html",
        round=round_,
        form=form,
        outlook=outlook,
        closures=closures_of(session, event_id=g.event.id),
        place_names={place.id: place.name for place in places},
        study=study,
        is_waiting=is_waiting,
        held=held_lines(session, g.event),
        has_worker=not is_waiting or has_live_worker(session, now=clock.now()),
    )


def _closure_form() -> ClosureForm:
    form = ClosureForm(zone=g.event.time_zone)
    places = places_of(reading(), event_id=g.event.id)
    form.place_id.choices = [(place.id, place.name) for place in places]
    return form


def _acting() -> dict[str, Any]:
    return {"actor_id": acting_id(), "now": clock.now()}


def _url(round_id: int) -> str:
    # without an anchor: a page with one in its address does not load itself again while it waits
    return url_for("round_repair.show", event_slug=g.event.slug, round_id=round_id)
