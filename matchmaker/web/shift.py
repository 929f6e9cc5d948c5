"""The rota of a booth session: who holds the shared stand when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.models import Block
from matchmaker.permissions import can_edit_event, is_on_team
from matchmaker.services import shift as shifts
from matchmaker.web.access import requires
from matchmaker.web.change import attempt
from matchmaker.web.formats import in_zone
from matchmaker.web.forms.shift import ShiftForm
from matchmaker.web.storage import reading

blueprint = Blueprint("shift", __name__, url_prefix="/events/<event_slug>/blocks/<int:block_id>/shifts")

# the drawing's own units: a thousand across, labels at the left, room for the last hour at the right
LABELS, RIGHT, ACROSS, ROW = 230, 30, 1000, 44


@dataclass(frozen=True)
class Bar:
    """A shift in the drawing of the rota."""

    x: float
    width: float
    y: int
    time: str
    staff: str


@dataclass(frozen=True)
class Drawing:
    """The rota as a picture: hours across, partners down."""

    width: int
    height: int
    labels: int
    hours: tuple[tuple[float, str], ...]
    partners: tuple[tuple[int, str], ...]
    bars: tuple[Bar, ...]
    gaps: tuple[tuple[float, float], ...]


@blueprint.get("")
@requires(is_on_team)
def index(event_slug: str, block_id: int) -> ResponseReturnValue:
    """The rota as a picture and as a table, with its gaps."""
    rota = shifts.read_rota(reading(), event_id=g.event.id, block_id=block_id)
    return render_template("shift/index.html", rota=rota, drawing=draw(rota, g.event.time_zone))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_edit_event)
def create(event_slug: str, block_id: int) -> ResponseReturnValue:
    """Give a partner a turn; the first gap is suggested."""
    session = reading()
    rota = shifts.read_rota(session, event_id=g.event.id, block_id=block_id)
    form = ShiftForm(g.event, shifts.possible_partners(session, event_id=g.event.id))
    if not form.is_submitted():
        start, end = rota.gaps[0] if rota.gaps else (rota.block.starts_at, rota.block.ends_at)
        form.starts_at.process_data(start)
        form.ends_at.process_data(end)
    elif _is_save() and form.validate():
        outcome = attempt(shifts.add_shift, form=form, block_id=block_id, details=form.details())
        if outcome.is_done:
            flash(_("Saved."), "success")
            return _to_rota(event_slug, block_id)
    return render_template("shift/form.html", form=form, block=rota.block, shift=None, impact=None)


@blueprint.route("/<int:shift_id>/edit", methods=["GET", "POST"])
@requires(can_edit_event)
def edit(event_slug: str, block_id: int, shift_id: int) -> ResponseReturnValue:
    """Change a turn."""
    session = reading()
    rota = shifts.read_rota(session, event_id=g.event.id, block_id=block_id)
    shift = shifts.find_shift(session, event_id=g.event.id, block_id=block_id, shift_id=shift_id)
    form = ShiftForm(g.event, shifts.possible_partners(session, event_id=g.event.id), shift)
    impact = None
    if form.is_submitted() and _is_save() and form.validate():
        outcome = attempt(
            shifts.edit_shift,
            form=form,
            shows_impact=True,
            block_id=block_id,
            shift_id=shift_id,
            details=form.details(),
        )
        if outcome.is_done:
            flash(_("Saved."), "success")
            return _to_rota(event_slug, block_id)
        impact = outcome.impact
    return render_template("shift/form.html", form=form, block=rota.block, shift=shift, impact=impact)


@blueprint.post("/<int:shift_id>/delete")
@requires(can_edit_event)
def delete(event_slug: str, block_id: int, shift_id: int) -> ResponseReturnValue:
    """Take a turn away; refused while the partner has meetings in it."""
    if attempt(shifts.delete_shift, block_id=block_id, shift_id=shift_id).is_done:
        flash(_("The shift is gone. The gap is marked in the rota."), "success")
    return _to_rota(event_slug, block_id)


def draw(rota: shifts.Rota, zone: str) -> Drawing:
    """Lay out the rota: one row per partner, in the order of their first shifts."""
    names = list(dict.fromkeys(turn.partner for turn in rota.turns))
    rows = {name: number for number, name in enumerate(names)}
    block = rota.block
    bars = tuple(
        Bar(
            x=_x(block, turn.shift.starts_at),
            width=_x(block, turn.shift.ends_at) - _x(block, turn.shift.starts_at),
            y=ROW * rows[turn.partner] + 34,
            time=_clock(turn.shift.starts_at, zone) + "–" + _clock(turn.shift.ends_at, zone),
            staff=", ".join(turn.staff),
        )
        for turn in rota.turns
    )
    return Drawing(
        width=ACROSS,
        height=ROW * max(1, len(names)) + 40,
        labels=LABELS,
        hours=tuple((_x(block, hour), _clock(hour, zone)) for hour in _hours(block, zone)),
        partners=tuple((ROW * number + 34, name) for name, number in rows.items()),
        bars=bars,
        gaps=tuple((_x(block, start), _x(block, end) - _x(block, start)) for start, end in rota.gaps),
    )


def _x(block: Block, moment: dt.datetime) -> float:
    share = (moment - block.starts_at) / (block.ends_at - block.starts_at)
    return round(LABELS + share * (ACROSS - LABELS - RIGHT), 1)


def _hours(block: Block, zone: str) -> list[dt.datetime]:
    """Full hours of the block on the clock of the zone; fewer of them for a long block."""
    length = block.ends_at - block.starts_at
    step = dt.timedelta(hours=1 if length <= dt.timedelta(hours=12) else 6)
    first = in_zone(block.starts_at, zone)
    hour = block.starts_at - dt.timedelta(minutes=first.minute, seconds=first.second)
    found = []
    while hour <= block.ends_at:
        if hour >= block.starts_at:
            found.append(hour)
        hour += step
    return found


def _clock(moment: dt.datetime, zone: str) -> str:
    return f"{in_zone(moment, zone):%H:%M}"


def _is_save() -> bool:
    return request.form.get("step") != "staff"


def _to_rota(event_slug: str, block_id: int) -> ResponseReturnValue:
    return redirect(url_for("shift.index", event_slug=event_slug, block_id=block_id))
