"""The page on which a draft is tidied: fewer breaks with the same meetings, shown before it is used."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import STUDY_ACTIVE, StudyKind
from matchmaker.permissions import can_run_rounds
from matchmaker.services.round import find_round
from matchmaker.services.round_study import find_study, latest_study
from matchmaker.services.round_tidy import FAIRNESS, MOST_FAIRNESS, ask_to_tidy, use_tidy
from matchmaker.services.worker import has_live_worker
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import sentence
from matchmaker.web.numbers import number_or_none
from matchmaker.web.round_quality import scheduled_round
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("round_tidy", __name__, url_prefix="/events/<event_slug>/rounds/<int:round_id>/tidy")


@blueprint.get("")
@requires(can_run_rounds)
def show(event_slug: str, round_id: int) -> ResponseReturnValue:
    """What tidying would do, as it was worked out last."""
    round_ = scheduled_round(round_id)
    session = reading()
    study = latest_study(session, round_id=round_.id, kind=StudyKind.TIDY)
    is_waiting = study is not None and study.status in STUDY_ACTIVE
    return render_template(
        "round/tidy.html",
        round=round_,
        study=study,
        is_waiting=is_waiting,
        has_worker=not is_waiting or has_live_worker(session, now=clock.now()),
        fairness=request.args.get("fairness", FAIRNESS if study is None else study.arguments["fairness"]),
        most_fairness=MOST_FAIRNESS,
    )


@blueprint.post("")
@requires(can_run_rounds)
def ask(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Ask the worker for better times."""
    typed = request.form.get("fairness", "")
    fairness = number_or_none(typed)
    try:
        with transaction() as session:
            ask_to_tidy(
                session,
                round_=find_round(session, event_id=g.event.id, round_id=round_id),
                fairness=-1 if fairness is None else fairness,
                moves_seen=request.form.get("moves_seen") == "1",
                actor_id=acting_id(),
                now=clock.now(),
            )
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(
            url_for("round_tidy.show", event_slug=event_slug, round_id=round_id, fairness=typed[:20])
        )
    return redirect(url_for("round_tidy.show", event_slug=event_slug, round_id=round_id))


@blueprint.post("/<int:study_id>/use")
@requires(can_run_rounds)
def use(event_slug: str, round_id: int, study_id: int) -> ResponseReturnValue:
    """Make the tidy times a run beside the draft, and choose it."""
    try:
        with transaction() as session:
            round_ = find_round(session, event_id=g.event.id, round_id=round_id)
            study = find_study(session, round_=round_, study_id=study_id, kind=StudyKind.TIDY)
            made = use_tidy(session, round_=round_, study=study, actor_id=acting_id(), now=clock.now())
            made_id, number = made.id, made.number
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(url_for("round_tidy.show", event_slug=event_slug, round_id=round_id))
    flash(
        _("Round %(number)s has the tidy times and counts now. The draft stays beside it.", number=number),
        "success",
    )
    return redirect(url_for("round.show", event_slug=event_slug, round_id=made_id))
