"""The model card: what the matching uses, how much each part counts, where that comes from, its limits."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from matchmaker.matching import LEAST_DECISIONS
from matchmaker.services.learned_weights import EventWeights, is_calibrated, weights_of
from matchmaker.web.access import public
from matchmaker.web.storage import reading
from matchmaker.web.weights_words import weights_in_words

ROUNDED_TO = 100
"""Everybody may read this page: a count to the last decision would tell of each new one."""

blueprint = Blueprint("model_card", __name__)


@blueprint.get("/model-card")
@public
def standard() -> str:
    """With the standard weights, which hold where an event has none of its own."""
    return _page(EventWeights())


@blueprint.get("/events/<event_slug>/model-card")
@public
def of_event(event_slug: str) -> str:
    """With the weights that this event's next round uses."""
    return _page(weights_of(reading(), event_id=g.event.id))


def _page(used: EventWeights) -> str:
    return render_template(
        "model_card/show.html",
        used=used,
        at_least=used.learned.decisions // ROUNDED_TO * ROUNDED_TO if used.learned else 0,
        lines=weights_in_words(used.weights),
        is_calibrated=is_calibrated(used.learned),
        least_decisions=LEAST_DECISIONS,
    )
