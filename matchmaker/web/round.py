"""Rounds: start one, watch it, review its draft, publish it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import Event, Round, RoundStatus, RoundStep
from matchmaker.permissions import can_run_rounds, is_on_team
from matchmaker.services.change import HOLD
from matchmaker.services.group import groups_of
from matchmaker.services.pair_rule import forbid_pairs_of
from matchmaker.services.place import publication_problems
from matchmaker.services.publication import NotPublishable, publish_round
from matchmaker.services.publication_outlook import foresee_publication
from matchmaker.services.round import (
    ACTIVE,
    cancel_round,
    find_round,
    queue_round,
)
from matchmaker.services.round_compare import compare_rounds
from matchmaker.services.round_draft import (
    Scope,
    choose_round,
    chosen_round,
    lock_meetings,
    run_again,
    scope_settings,
)
from matchmaker.services.round_opening import open_suggestions
from matchmaker.services.round_review import comparable_rounds, rounds_of
from matchmaker.services.round_scope import choosable_participations
from matchmaker.services.suggestion import opened_round
from matchmaker.services.worker import has_live_worker
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.round import OpenSuggestionsForm, RoundForm
from matchmaker.web.numbers import page_number, row_number
from matchmaker.web.phase_words import phase_bar
from matchmaker.web.round_page import page_of
from matchmaker.web.round_words import progress_text, without_text
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("round", __name__, url_prefix="/events/<event_slug>/rounds")


@blueprint.get("")
@requires(is_on_team)
def index(event_slug: str) -> ResponseReturnValue:
    """The event's rounds."""
    lines = rounds_of(reading(), event_id=g.event.id)
    active = next((line for line in lines if line.round.status in ACTIVE), None)
    return render_template(
        "round/index.html",
        lines=lines,
        active=active,
        has_worker=has_live_worker(reading(), now=clock.now()),
        progress_text=progress_text,
        chosen=chosen_round(reading(), event_id=g.event.id),
        **phase_bar(reading(), g.event),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_run_rounds)
def new(event_slug: str) -> ResponseReturnValue:
    """Start a round, now or at a set time."""
    event = cast(Event, g.event)
    opened = opened_round(reading(), event_id=event.id)
    names = choosable_participations(reading(), event_id=event.id)
    form = RoundForm(
        zone=event.time_zone,
        step=RoundStep.SCHEDULE if opened else RoundStep.SUGGEST,
        names=names,
        groups=groups_of(reading(), event_id=event.id),
    )
    if form.validate_on_submit():
        try:
            with transaction() as session:
                round_ = queue_round(
                    session,
                    event=session.get_one(Event, event.id),
                    step=RoundStep(form.step.data),
                    actor_id=acting_id(),
                    now=clock.now(),
                    due_at=form.due_at.data,
                    wishes_until=form.wishes_until.data,
                    settings=form.settings()
                    | scope_settings(
                        session,
                        event_id=event.id,
                        scope=Scope(form.scope.data),
                        participation_ids=form.participations.data or (),
                    ),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            return redirect(_url(round_.id))
    return render_template("round/new.html", form=form, opened=opened, count=len(names))


@blueprint.get("/<int:round_id>")
@requires(can_run_rounds)
def show(event_slug: str, round_id: int) -> ResponseReturnValue:
    """The round as it stands: progress, or its result."""
    round_ = _round(round_id)
    form = OpenSuggestionsForm(zone=g.event.time_zone, data={"wishes_until": round_.wishes_until})
    return render_template(
        "round/show.html", form=form, without_text=without_text, **page_of(reading(), g.event, round_)
    )


@blueprint.post("/<int:round_id>/cancel")
@requires(can_run_rounds)
def cancel(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Stop a waiting or computing round, or discard a draft."""
    if _done(round_id, lambda session, round_: cancel_round(session, round_=round_, **_acting())):
        flash(_("The round is cancelled. Nobody was told anything."), "success")
    return redirect(_url(round_id))


@blueprint.get("/<int:round_id>/discard")
@requires(can_run_rounds)
def discard(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Ask before a draft is thrown away."""
    return render_template("round/discard.html", round=_round(round_id))


@blueprint.post("/<int:round_id>/run-again")
@requires(can_run_rounds)
def again(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Queue a round that keeps what is locked in this one."""
    try:
        with transaction() as session:
            event = session.get_one(Event, g.event.id)
            round_ = find_round(session, event_id=event.id, round_id=round_id)
            queued = run_again(session, event=event, round_=round_, **_acting())
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(_url(round_id))
    return redirect(_url(queued.id))


@blueprint.post("/<int:round_id>/open-suggestions")
@requires(can_run_rounds)
def open_lists(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Open the suggestions to both sides."""
    form = OpenSuggestionsForm(zone=g.event.time_zone)
    if not form.validate():
        flash(" ".join(str(text) for text in form.wishes_until.errors), "danger")
        return redirect(_url(round_id))
    until = form.wishes_until.data
    if _done(
        round_id,
        lambda session, round_: open_suggestions(
            session, round_=round_, wishes_until=until, hold=HOLD, **_acting()
        ),
    ):
        flash(_("The suggestions are open to both sides, and everybody gets a mail."), "success")
    return redirect(_url(round_id))


@blueprint.post("/<int:round_id>/locks")
@requires(can_run_rounds)
def lock(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Lock or unlock the meetings that were ticked."""
    chosen = set(request.form.getlist("meeting", type=row_number))
    if request.form.get("do") == "forbid":
        return _forbid(round_id, chosen)
    is_locked = request.form.get("do") == "lock"
    count = _done(
        round_id,
        lambda session, round_: lock_meetings(
            session, round_=round_, meeting_ids=chosen, is_locked=is_locked, **_acting()
        ),
    )
    if count:
        locked = ngettext("%(num)s meeting is locked.", "%(num)s meetings are locked.", count)
        unlocked = ngettext("%(num)s meeting is unlocked.", "%(num)s meetings are unlocked.", count)
        flash(locked if is_locked else unlocked, "success")
    page = page_number()
    search = request.form.get("search", "")[:100] or None
    return redirect(_url(round_id, page=page if page > 1 else None, search=search, _anchor="meetings"))


def _forbid(round_id: int, meeting_ids: set[int]) -> ResponseReturnValue:
    """Forbid the pairs of the ticked meetings."""
    count = _done(
        round_id,
        lambda session, round_: forbid_pairs_of(session, round_=round_, meeting_ids=meeting_ids, **_acting()),
    )
    if count:
        text = ngettext("%(num)s pair is forbidden.", "%(num)s pairs are forbidden.", int(count))
        flash(text + " " + _("The next run leaves them out, and so does publishing."), "success")
    return redirect(_url(round_id, _anchor="meetings"))


@blueprint.post("/<int:round_id>/choose")
@requires(can_run_rounds)
def choose(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Make this draft the one that is reviewed and published."""
    if _done(round_id, lambda session, round_: choose_round(session, round_=round_, **_acting())):
        flash(_("This round counts now. The others stay as they are."), "success")
    return redirect(_url(round_id))


@blueprint.get("/<int:round_id>/compare")
@requires(can_run_rounds)
def compare(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Two runs side by side."""
    session, round_ = reading(), _round(round_id)
    other_id = request.args.get("with", type=row_number)
    other = next((row for row in comparable_rounds(session, round_=round_) if row.id == other_id), None)
    if other is None:
        return redirect(_url(round_id))
    return render_template(
        "round/compare.html",
        compared=compare_rounds(session, round_=round_, other=other),
        chosen=chosen_round(session, event_id=g.event.id),
    )


@blueprint.route("/<int:round_id>/publish", methods=["GET", "POST"])
@requires(can_run_rounds)
def publish(event_slug: str, round_id: int) -> ResponseReturnValue:
    """Say what publishing will do, then do it."""
    if request.method == "POST":
        return _publish(round_id)
    round_ = _round(round_id)
    if round_.status != RoundStatus.DRAFT:
        return redirect(_url(round_id))
    foreseen = foresee_publication(reading(), round_=round_, event=g.event)
    problems = publication_problems(reading(), g.event)
    return render_template("round/publish.html", round=round_, foreseen=foreseen, problems=problems)


def _publish(round_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            event = session.get_one(Event, g.event.id)
            round_ = find_round(session, event_id=event.id, round_id=round_id)
            is_new = publish_round(session, round_=round_, event=event, hold=HOLD, **_acting())
            confirmed, proposed = round_.figures.get("confirmed", 0), round_.figures.get("proposed", 0)
    except NotPublishable as error:
        flash(sentence(error), "danger")  # the page says what is wrong with the places
        return redirect(url_for("round.publish", event_slug=g.event.slug, round_id=round_id))
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return redirect(_url(round_id))
    if is_new:
        flash(
            _(
                "Published: %(confirmed)s meetings are confirmed, %(proposed)s wait for answers.",
                confirmed=confirmed,
                proposed=proposed,
            ),
            "success",
        )
    return redirect(_url(round_id))


def _round(round_id: int) -> Round:
    return find_round(reading(), event_id=g.event.id, round_id=round_id)


def _acting() -> dict[str, Any]:
    return {"actor_id": acting_id(), "now": clock.now()}


def _done(round_id: int, change: Callable[[Session, Round], Any]) -> Any:
    """Do one thing to the path's round; a refusal is told, and gives None."""
    try:
        with transaction() as session:
            return change(session, find_round(session, event_id=g.event.id, round_id=round_id)) or True
    except MatchmakerError as error:
        flash(sentence(error), "danger")
        return None


def _url(round_id: int, **query: Any) -> str:
    return url_for("round.show", event_slug=g.event.slug, round_id=round_id, **query)
