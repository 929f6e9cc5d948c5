"""For which side somebody acts: the own one, or (visibly) another's."""

from __future__ import annotations

from flask import Flask, abort, g, request

from matchmaker.models import Participation
from matchmaker.permissions import (
    Standing,
    TwoSided,
    acts_for,
    can_edit_participation,
    can_manage_participations,
)
from matchmaker.web.numbers import row_number
from matchmaker.web.storage import reading


def side_of(meeting: TwoSided) -> int | None:
    """The side that this request acts for; None is an organiser who acts for the event itself."""
    side = own_side_of(meeting)
    return side if side is not None or can_manage_participations(g.standing) else abort(403)


def own_side_of(meeting: TwoSided) -> int | None:
    """The side that this request names, else the person's own; None for somebody of neither."""
    standing: Standing = g.standing
    sides = (meeting.participation_a_id, meeting.participation_b_id)
    named = request.values.get("side", type=row_number)
    if named is not None:
        if named not in sides or not acts_for(standing, named):
            abort(403)
        return named
    own = [side for side in sides if side in standing.managed | standing.delegated]
    return own[0] if own else None


def behalf_of(participation_id: int | None) -> int | None:
    """The participation when it is not the acting person's own, for the audit row and the page's banner."""
    standing: Standing = g.standing
    own = standing.managed | standing.delegated
    if participation_id is None or participation_id in own:
        return None
    g.acted_for = participation_id
    return participation_id


def init_acting(app: Flask) -> None:
    """Let every page say for whom the reader acts."""
    app.add_template_global(acted_for_name)


def acted_for_name() -> str | None:
    """Whom the reader acts for on this page: the path's participation, or the side that was named."""
    if g.get("event") is None or g.get("standing") is None or g.standing.person_id is None:
        return None
    # of the address alone: the body may be what this page says is too large
    named = (request.view_args or {}).get("participation_id") or request.args.get("side", type=row_number)
    number = g.get("acted_for") or (behalf_of(named) if named else None)
    row = reading().get(Participation, number) if number else None
    if row is None or row.event_id != g.event.id or not can_edit_participation(g.standing, row):
        return None
    return row.organisation.name


def typed_number(name: str) -> int:
    """A whole number that a form carries along, such as the version that was seen."""
    number = request.form.get(name, type=row_number)
    return number if number is not None else abort(400)
