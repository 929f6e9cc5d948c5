"""The matching of an event, for its team: weights in use and proposed, and whom lists name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from matchmaker.matching import LEAST_DECISIONS
from matchmaker.models import LearnedWeights
from matchmaker.permissions import can_choose_weights, is_on_team
from matchmaker.services.browsing import read_browsing_run
from matchmaker.services.learned_weights import (
    choose_weights,
    is_calibrated,
    read_choices,
    read_proposals,
    read_weights,
    weights_of,
)
from matchmaker.services.round_review import names_of
from matchmaker.web.access import requires
from matchmaker.web.change import attempt
from matchmaker.web.numbers import row_number
from matchmaker.web.storage import reading
from matchmaker.web.weights_words import weights_in_words

blueprint = Blueprint("learned_weights", __name__, url_prefix="/events/<event_slug>/weights")

# a figure, what it says, and whether more of it is better
FIGURES = (
    ("auc", lazy_gettext("A partner who was wanted stands above one who was not (AUC, 0.5 is chance)"), True),
    ("ndcg5", lazy_gettext("The first five of a list are the wanted ones (nDCG@5, at most 1)"), True),
    ("log_loss", lazy_gettext("Surprise at what was decided (log loss, less is better)"), False),
    ("brier", lazy_gettext("Distance from what was decided (Brier score, less is better)"), False),
)


@dataclass(frozen=True)
class FigureLine:
    """One figure with the present and the new weights; None where it cannot be told."""

    words: str
    present: float | None
    new: float | None
    is_better: bool


@blueprint.get("")
@requires(is_on_team)
def index(event_slug: str) -> str:
    """What is used, what is proposed, who chose what, and whom lists name."""
    session = reading()
    used = weights_of(session, event_id=g.event.id)
    run = read_browsing_run(session, event_id=g.event.id)
    figures = run.figures if run is not None else {}
    most = {part["most_id"] for part in figures.values() if isinstance(part, dict)}
    return render_template(
        "learned_weights/index.html",
        used=used,
        is_calibrated=is_calibrated(used.learned),
        proposals=read_proposals(session, event_id=g.event.id),
        choices=read_choices(session, event_id=g.event.id),
        tables_of=tables_of,
        words_of=lambda row: weights_in_words(read_weights(row)),
        is_better=is_better,
        run=run,
        names=names_of(session, most),
        least_decisions=LEAST_DECISIONS,
    )


@blueprint.post("")
@requires(can_choose_weights)
def choose(event_slug: str) -> ResponseReturnValue:
    """Use proposed weights from the next round on, or go back."""
    number = request.form.get("learned_weights_id", type=row_number)
    if attempt(choose_weights, learned_weights_id=number or None).is_done:
        flash(
            _("From the next round on these weights are used. What was computed before stays as it is."),
            "success",
        )
    return redirect(url_for("learned_weights.index", event_slug=event_slug))


def tables_of(row: LearnedWeights) -> list[tuple[str, int, list[FigureLine]]]:
    """The figures of a proposal: in all, then per side that decided."""
    groups = {group.code: group.name for group in g.event.groups}
    tables = [(_("All decisions"), row.figures["all"])]
    tables += [(groups.get(code, code), part) for code, part in row.figures["sides"].items()]
    return [(name, part["new"]["decisions"], list(_lines(part))) for name, part in tables]


def is_better(row: LearnedWeights) -> bool:
    """Whether the proposal foresees held-out decisions better than what was used when it was made."""
    figures = row.figures["all"]
    return bool(figures["new"]["log_loss"] < figures["present"]["log_loss"])


def _lines(part: Mapping[str, Any]) -> Iterator[FigureLine]:
    for name, words, more_is_better in FIGURES:
        present, new = part["present"][name], part["new"][name]
        is_better = None not in (present, new) and new != present and (new > present) == more_is_better
        yield FigureLine(str(words), present, new, is_better)
