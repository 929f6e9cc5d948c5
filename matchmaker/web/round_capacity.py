"""The page of a round's places: changes of place, what is scarce, and what more room would bring."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matchmaker import clock
from matchmaker.errors import Invalid, MatchmakerError
from matchmaker.models import STUDY_ACTIVE, StudyKind
from matchmaker.permissions import can_run_rounds
from matchmaker.services.place import places_of
from matchmaker.services.round import find_round
from matchmaker.services.round_capacity import PlanKind, check_plan, day_of
from matchmaker.services.round_review import names_of, slot_times
from matchmaker.services.round_share import ShareOrder, read_shares
from matchmaker.services.round_study import queue_study, studies_of
from matchmaker.services.worker import has_live_worker
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import sentence
from matchmaker.web.numbers import number_or_none, page_number
from matchmaker.web.round_quality import scheduled_round
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint(
    "round_capacity", __name__, url_prefix="/events/<event_slug>/rounds/<int:round_id>/room"
)


@blueprint.get("")
@requires(can_run_rounds)
def show(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Changes of place, the prices of what is scarce, and the runs with more room."""
    round_ = scheduled_round(round_id)
    session = reading()
    scarce = round_.figures.get("scarce") or {}
    plans = studies_of(session, round_id=round_.id, kind=StudyKind.PLAN)
    slots = {row["slot_id"] for row in scarce.get("slots", ())}
    slots |= {plan.arguments["subject"] for plan in plans if plan.arguments["kind"] == PlanKind.SLOT}
    places = places_of(session, event_id=g.event.id)
    is_waiting = any(plan.status in STUDY_ACTIVE for plan in plans)
    return render_template(
        "round/capacity.html",
        round=round_,
        figures=round_.figures,
        scarce=scarce,
        plans=plans,
        is_waiting=is_waiting,
        has_worker=not is_waiting or has_live_worker(session, now=clock.now()),
        times=slot_times(session, slots),
        pool=[place for place in places if place.capacity is not None],
        place_names={place.id: place.name for place in places},
        names=names_of(session, {row["participation_id"] for row in scarce.get("limits", ())}),
        day_of=day_of,
        shares=read_shares(
            session, round_=round_, order=ShareOrder.PLACE_CHANGES, search="", page=page_number()
        ),
    )


@blueprint.post("/plans")
@requires(can_run_rounds)
def ask(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Ask the worker for a run with more room."""
    try:
        arguments = _arguments()
        with transaction() as session:
            round_ = find_round(session, event_id=g.event.id, round_id=round_id)
            queue_study(
                session,
                round_=round_,
                kind=StudyKind.PLAN,
                arguments=arguments,
                actor_id=acting_id(),
                now=clock.now(),
            )
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    return redirect(url_for("round_capacity.show", event_slug=event_slug, round_id=round_id))


def _arguments() -> dict[str, Any]:
    kind = request.form.get("kind", "")
    if kind not in list(PlanKind):
        raise Invalid()
    subject = number_or_none(request.form.get("subject", ""))
    count = number_or_none(request.form.get("count", "1"))
    return check_plan(PlanKind(kind), count=count or 0, subject=subject or 0)
