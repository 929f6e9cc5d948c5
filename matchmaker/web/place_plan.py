"""What happens at a booth, table or room, to print and put up there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from flask import Blueprint, g, render_template

from matchmaker.permissions import is_on_team
from matchmaker.services.place_plan import PlacePlan, read_place_plans
from matchmaker.web.access import requires
from matchmaker.web.formats import in_zone
from matchmaker.web.storage import reading

blueprint = Blueprint("place_plan", __name__, url_prefix="/events/<event_slug>/places")


@blueprint.get("/print")
@requires(is_on_team)
def all_printed(event_slug: str) -> str:
    """The plans of all places, one after the other."""
    return _rendered(read_place_plans(reading(), event=g.event))


@blueprint.get("/<int:place_id>/print")
@requires(is_on_team)
def printed(event_slug: str, place_id: int) -> str:
    """The plan of one place."""
    return _rendered(read_place_plans(reading(), event=g.event, place_id=place_id))


def _rendered(plans: list[PlacePlan]) -> str:
    used = plans if len(plans) == 1 else [plan for plan in plans if plan.meetings or plan.shifts]
    return render_template(
        "place_plan/print.html",
        plans=[(plan, list(_by_day(plan))) for plan in used],
        unused=[plan.place.name for plan in plans if plan not in used],
    )


def _by_day(plan: PlacePlan) -> Iterator[tuple[Any, list[Any]]]:
    # a turn at the stand is named before the meetings that begin with it
    rows: list[Any] = sorted([*plan.shifts, *plan.meetings], key=lambda row: row.starts_at)
    for day, items in groupby(rows, key=lambda row: in_zone(row.starts_at, g.event.time_zone).date()):
        yield day, list(items)
