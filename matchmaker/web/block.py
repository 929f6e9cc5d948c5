"""Blocks of time: the list, the form with its preview of slots, and deleting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.local_time import moments_of
from matchmaker.models import Block, Event, EventSession
from matchmaker.permissions import can_edit_event
from matchmaker.services import block as blocks
from matchmaker.services.booth_session import Span
from matchmaker.services.change import HOLD
from matchmaker.services.gone import Gone
from matchmaker.services.impact import Impact
from matchmaker.services.place import places_of
from matchmaker.services.removal import foresee_removal
from matchmaker.services.schedule_change import recut_block, remove_block
from matchmaker.services.session_hit import hit_by
from matchmaker.web.access import requires
from matchmaker.web.change import Outcome, attempt
from matchmaker.web.forms.block import BlockForm
from matchmaker.web.phase_words import held_lines
from matchmaker.web.storage import reading

blueprint = Blueprint("block", __name__, url_prefix="/events/<event_slug>/blocks")


@blueprint.get("")
@requires(can_edit_event)
def index(event_slug: str) -> ResponseReturnValue:
    """All blocks of the event with their slots."""
    rows = blocks.blocks_of(reading(), event_id=g.event.id)
    clashes = {
        row.id: found
        for row in rows
        if (found := blocks.overlapping(rows, details=blocks.details_of(row), but=row.id))
    }
    return render_template(
        "block/index.html", blocks=rows, clashes=clashes, held=held_lines(reading(), g.event)
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_edit_event)
def create(event_slug: str) -> ResponseReturnValue:
    """Add a block; the preview shows its slots first."""
    session = reading()
    form = BlockForm(g.event, places_of(session, event_id=g.event.id))
    if not form.is_submitted():
        _suggest(form, g.event, blocks.blocks_of(session, event_id=g.event.id))
    is_valid = form.validate_on_submit()
    if is_valid and _is_save() and attempt(blocks.add_block, form=form, details=form.details()).is_done:
        flash(_("Saved."), "success")
        return redirect(url_for("block.index", event_slug=event_slug))
    return _form_page(form, None, show_preview=is_valid)


@blueprint.route("/<int:block_id>/edit", methods=["GET", "POST"])
@requires(can_edit_event)
def edit(event_slug: str, block_id: int) -> ResponseReturnValue:
    """Change a block; slots that stay equal keep their meetings."""
    block = blocks.find_block(reading(), event_id=g.event.id, block_id=block_id)
    form = BlockForm(g.event, places_of(reading(), event_id=g.event.id), block)
    is_valid = form.validate_on_submit()
    outcome = Outcome(False)
    hit = _sessions_hit(block_id, form) if is_valid else []
    if is_valid and _is_save():
        details = form.details()
        if request.form.get("step") == "mend":
            outcome = attempt(recut_block, form=form, block_id=block_id, details=details, hold=HOLD)
        elif not hit:
            outcome = attempt(
                blocks.edit_block, form=form, shows_impact=True, block_id=block_id, details=details
            )
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("block.index", event_slug=event_slug))
    impact = outcome.impact
    if is_valid and not _is_save():
        recut = blocks.preview_edit(reading(), event_id=g.event.id, block_id=block_id, details=form.details())
        impact = recut.impact if recut.impact.is_blocking else None
    return _form_page(form, block, show_preview=is_valid, impact=impact, sessions=hit)


@blueprint.route("/<int:block_id>/delete", methods=["GET", "POST"])
@requires(can_edit_event)
def delete(event_slug: str, block_id: int) -> ResponseReturnValue:
    """Say who is hit and what becomes of their meetings, then delete the block."""
    if request.method == "POST":
        if attempt(remove_block, block_id=block_id, hold=HOLD).is_done:
            flash(_("Deleted."), "success")
            return redirect(url_for("block.index", event_slug=event_slug))
        return redirect(url_for("block.delete", event_slug=event_slug, block_id=block_id))
    session = reading()
    block = blocks.find_block(session, event_id=g.event.id, block_id=block_id)
    gone = Gone(frozenset(slot.id for slot in block.slots))
    return render_template(
        "block/delete.html",
        block=block,
        outlook=foresee_removal(session, event=g.event, gone=gone, now=clock.now()),
        impact=blocks.impact_of_block(session, event_id=g.event.id, block_id=block_id),
    )


def _sessions_hit(block_id: int, form: BlockForm) -> list[EventSession]:
    """The roundtables whose slot would go."""
    recut = blocks.preview_edit(reading(), event_id=g.event.id, block_id=block_id, details=form.details())
    return hit_by(reading(), event=g.event, gone=Gone(frozenset(recut.going)), now=clock.now())


def _is_save() -> bool:
    return request.form.get("step") != "preview"


def _form_page(
    form: BlockForm,
    block: Block | None,
    *,
    show_preview: bool,
    impact: Impact | None = None,
    sessions: Sequence[EventSession] = (),
) -> str:
    slots: tuple[Span, ...] = ()
    clashes: list[Block] = []
    if show_preview:
        details = form.details()
        slots = blocks.cut(details) if details.starts_at < details.ends_at else ()
        rows = blocks.blocks_of(reading(), event_id=g.event.id)
        clashes = blocks.overlapping(rows, details=details, but=block.id if block else None)
    return render_template(
        "block/form.html",
        form=form,
        block=block,
        slots=slots,
        clashes=clashes,
        impact=impact,
        sessions=sessions,
        # another stand cannot be mended: only slots that go
        can_mend=block is not None and form.is_submitted() and form.details().place_id == block.place_id,
    )


def _suggest(form: BlockForm, event: Event, present: list[Block]) -> None:
    """Begin where the last block of the day ended, or at nine o'clock of the first day."""
    nine = moments_of(dt.datetime.combine(event.starts_on, dt.time(9)), event.time_zone)
    start = present[-1].ends_at + dt.timedelta(minutes=30) if present else nine[0]
    form.name.data = _("Meetings")
    form.starts_at.process_data(start)
    form.ends_at.process_data(start + dt.timedelta(hours=3))
    form.slot_minutes.data, form.pause_minutes.data = 20, 5
