"""The pages of a round's quality: what is proved, how fair it is, whose hours, and a check again."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matchmaker import clock
from matchmaker.errors import N_, MatchmakerError, NotFound
from matchmaker.models import Round, StudyKind
from matchmaker.permissions import can_run_rounds
from matchmaker.services.round import find_round
from matchmaker.services.round_certificate import read_certificate
from matchmaker.services.round_lapse import certified_at, read_lapse
from matchmaker.services.round_review import names_of
from matchmaker.services.round_share import ShareOrder, read_shares
from matchmaker.services.round_study import latest_study, queue_study
from matchmaker.services.worker import has_live_worker
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import sentence
from matchmaker.web.numbers import page_number
from matchmaker.web.round_quality_words import add_words, rule_text
from matchmaker.web.round_words import without_text
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("round_quality", __name__, url_prefix="/events/<event_slug>/rounds/<int:round_id>")
add_words(blueprint)

WITHOUT_SHOWN = 200


@blueprint.get("/certificate")
@requires(can_run_rounds)
def certificate(event_slug: str, round_id: int) -> ResponseReturnValue:
    """What is proved of the schedule, of what it speaks, and whether it still holds."""
    round_ = scheduled_round(round_id)
    session = reading()
    study = latest_study(session, round_id=round_.id, kind=StudyKind.CHECK)
    return render_template(
        "round/certificate.html",
        round=round_,
        certificate=read_certificate(round_.figures.get("certificate")),
        certified_at=certified_at(round_),
        lapse=read_lapse(session, round_=round_),
        study=study,
        has_worker=study is None or has_live_worker(session, now=clock.now()),
        rule_text=rule_text,
    )


@blueprint.post("/certificate/check")
@requires(can_run_rounds)
def check(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Ask the worker to check the round again from its rows."""
    try:
        with transaction() as session:
            round_ = find_round(session, event_id=g.event.id, round_id=round_id)
            queue_study(
                session,
                round_=round_,
                kind=StudyKind.CHECK,
                arguments={},
                actor_id=acting_id(),
                now=clock.now(),
            )
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    return redirect(url_for("round_quality.certificate", event_slug=event_slug, round_id=round_id))


@blueprint.get("/fairness")
@requires(can_run_rounds)
def fairness(event_slug: str, round_id: int) -> ResponseReturnValue:
    """How evenly meetings are shared out, who has none and why, and what fairness costs."""
    round_ = scheduled_round(round_id)
    session = reading()
    without = round_.figures.get("without", [])[:WITHOUT_SHOWN]
    below = read_shares(session, round_=round_, order=ShareOrder.MISSING, search="", page=page_number())
    return render_template(
        "round/fairness.html",
        round=round_,
        figures=round_.figures,
        certificate=read_certificate(round_.figures.get("certificate")),
        without=without,
        without_text=without_text,
        names=names_of(session, {entry["participation_id"] for entry in without}),
        below=below,
    )


@blueprint.get("/hours")
@requires(can_run_rounds)
def hours(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Who meets at which hours of their own zone, the worst first."""
    round_ = scheduled_round(round_id)
    search = " ".join(request.args.get("search", "").replace("\x00", "").split())[:100]
    return render_template(
        "round/hours.html",
        round=round_,
        figures=round_.figures,
        search=search,
        shares=read_shares(
            reading(), round_=round_, order=ShareOrder.DISCOMFORT, search=search, page=page_number()
        ),
    )


def scheduled_round(round_id: int) -> Round:
    """The path's round; NotFound when it has made no meetings."""
    round_ = find_round(reading(), event_id=g.event.id, round_id=round_id)
    if "fairness" not in round_.figures:
        raise NotFound(N_("This round has no report: it made no meetings, or an older version made it."))
    return round_
