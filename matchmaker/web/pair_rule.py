"""Pairs that the organiser forces or forbids."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import PairRuleKind
from matchmaker.permissions import can_run_rounds
from matchmaker.services.pair_rule import find_by_name, pair_rules_of, remove_pair_rule, set_pair_rule
from matchmaker.services.round_scope import choosable_participations
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.pair_rule import PairRuleForm
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("pair_rule", __name__, url_prefix="/events/<event_slug>/rounds/pairs")


@blueprint.route("", methods=["GET", "POST"])
@requires(can_run_rounds)
def index(event_slug: str) -> ResponseReturnValue:
    """The rules, and a form for another."""
    form = PairRuleForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                pair = (
                    find_by_name(session, event_id=g.event.id, name=form.one.data or "", field="one"),
                    find_by_name(session, event_id=g.event.id, name=form.other.data or "", field="other"),
                )
                kind = PairRuleKind(form.kind.data)
                set_pair_rule(session, event_id=g.event.id, pairs=[pair], kind=kind, **_acting())
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(_("Saved. The next run keeps to it."), "success")
            return redirect(url_for("pair_rule.index", event_slug=event_slug))
    return render_template(
        "pair_rule/index.html",
        form=form,
        rules=pair_rules_of(reading(), event_id=g.event.id),
        names=[name for _number, name in choosable_participations(reading(), event_id=g.event.id)],
    )


@blueprint.post("/<int:participation_id>/<int:other_id>/remove")
@requires(can_run_rounds)
def remove(event_slug: str, participation_id: int, other_id: int) -> ResponseReturnValue:
    """Leave the pair to the round again."""
    with transaction() as session:
        remove_pair_rule(session, event_id=g.event.id, pair=(participation_id, other_id), **_acting())
    flash(_("The round decides about this pair again."), "success")
    return redirect(url_for("pair_rule.index", event_slug=event_slug))


@blueprint.post("/<int:participation_id>/<int:other_id>/force")
@requires(can_run_rounds)
def force(event_slug: str, participation_id: int, other_id: int) -> ResponseReturnValue:
    """Have a pair that was left out placed by the next run."""
    with transaction() as session:
        pairs = [(participation_id, other_id)]
        set_pair_rule(session, event_id=g.event.id, pairs=pairs, kind=PairRuleKind.FORCE, **_acting())
    flash(_("The next run places this pair wherever it can be placed."), "success")
    return redirect(url_for("pair_rule.index", event_slug=event_slug))


def _acting() -> dict[str, Any]:
    return {"actor_id": acting_id(), "now": clock.now()}
