"""The organiser's view of the waiting list."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from matchmaker.permissions import is_on_team
from matchmaker.services.freed_slot import list_freed
from matchmaker.web.access import requires
from matchmaker.web.numbers import page_number
from matchmaker.web.storage import reading

blueprint = Blueprint("waiting_list", __name__, url_prefix="/events/<event_slug>")


@blueprint.get("/waiting-list")
@requires(is_on_team)
def index(event_slug: str) -> str:
    """Which slots came free, to whom they were offered, and what became of it."""
    return render_template(
        "waiting_list/index.html", listed=list_freed(reading(), event=g.event, page=page_number())
    )
