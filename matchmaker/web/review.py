"""The review as a participation sees it: its drafted meetings, and whether they fit."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import ReviewAnswerKind
from matchmaker.permissions import can_say_wishes
from matchmaker.services.review import answer_review, read_review, round_in_review
from matchmaker.web.access import acting_id, requires
from matchmaker.web.acting import behalf_of
from matchmaker.web.errors import sentence
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("review", __name__, url_prefix="/events/<event_slug>/participations")


@blueprint.get("/<int:participation_id>/review")
@requires(can_say_wishes, of="participation_id")
def index(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """The drafted meetings while the organiser keeps the review open."""
    round_ = round_in_review(reading(), event_id=g.event.id)
    rows = read_review(reading(), round_=round_, participation_id=participation_id) if round_ else []
    is_over = round_ is not None and round_.review_until is not None and round_.review_until <= clock.now()
    return render_template(
        "review/index.html",
        participation_id=participation_id,
        round=round_,
        rows=rows,
        is_over=is_over,
        behalf=behalf_of(participation_id),
    )


@blueprint.post("/<int:participation_id>/review/<int:meeting_id>")
@requires(can_say_wishes, of="participation_id")
def answer(event_slug: str, participation_id: int, meeting_id: int) -> ResponseReturnValue:
    """Say whether one of them fits."""
    said = request.form.get("kind", "")
    if said not in set(ReviewAnswerKind):
        abort(400)
    try:
        with transaction() as session:
            answer_review(
                session, event_id=g.event.id, meeting_id=meeting_id, participation_id=participation_id,
                kind=ReviewAnswerKind(said), reason=request.form.get("reason", "").replace("\0", ""),
                actor_id=acting_id(), behalf_of_id=behalf_of(participation_id), now=clock.now(),
            )  # fmt: skip
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        flash(_("Saved. You can change your answer as long as the review is open."), "success")
    return redirect(url_for("review.index", event_slug=event_slug, participation_id=participation_id))
