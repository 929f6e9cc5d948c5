"""The organiser's list of participations, and what is done to many or for one of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.errors import Invalid, MatchmakerError, NotAllowed
from matchmaker.models import Group, Organisation, Participation, ParticipationStatus
from matchmaker.permissions import (
    can_bring_participations,
    can_invite,
    can_list_participations,
    can_manage_participations,
)
from matchmaker.services.change import HOLD
from matchmaker.services.invitation import Invited, invite, usual_answer_by
from matchmaker.services.participation import approve
from matchmaker.services.participation_list import (
    ParticipationFilter,
    count_by_status,
    list_participations,
    matching_ids,
)
from matchmaker.services.participation_rules import include_unconfirmed
from matchmaker.services.removal import Outlook
from matchmaker.services.withdrawal import foresee_withdrawal, withdraw
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.participation import InviteForm
from matchmaker.web.limits import limit
from matchmaker.web.numbers import number_or_none, page_number, row_number
from matchmaker.web.participation import blueprint
from matchmaker.web.phase_words import HeldLine, held_lines
from matchmaker.web.storage import reading, transaction

# what enablers may do to the firms that they bring; the rest is the organiser's
OF_ENABLERS = frozenset({"invite"})
ASKED_FIRST = frozenset({"withdraw", "include", "exclude"})
# further than anybody leafs, and small enough for a database
ACTIONS = ("approve", "invite", "include", "exclude", "withdraw")


def own_scope() -> int | None:
    """Whose firms this request speaks of: an enabler's own, or (None) everybody's."""
    return None if can_list_all() else acting_id()


def can_list_all() -> bool:
    """Whether the reader sees all participations and not only those that it brought."""
    return bool(g.standing.event_role != "enabler")


def filter_of_request() -> ParticipationFilter:
    """The filter that the address names; what makes no sense is left open."""
    arguments = request.values
    status = arguments.get("status", "")
    return ParticipationFilter(
        text=arguments.get("q", "").replace("\0", "").strip()[:100],
        status=ParticipationStatus(status) if status in list(ParticipationStatus) else None,
        group_id=number_or_none(arguments.get("group", "")),
        is_unconfirmed=arguments.get("unconfirmed") == "1",
        is_thin=arguments.get("thin") == "1",
        brought_by_id=own_scope(),
    )


@blueprint.get("/participations")
@requires(can_list_participations)
def index(event_slug: str) -> ResponseReturnValue:
    """The participations, filtered, a page at a time."""
    session = reading()
    wanted = filter_of_request()
    page = page_number()
    return render_template(
        "participation_list/index.html",
        listed=list_participations(session, event_id=g.event.id, wanted=wanted, page=page),
        wanted=wanted,
        counts=count_by_status(session, event_id=g.event.id, brought_by_id=own_scope()),
        statuses=list(ParticipationStatus),
        groups=groups_of_event(session),
        held=_held(session),
    )


@blueprint.post("/participations/bulk")
@requires(can_bring_participations)
def bulk(event_slug: str) -> ResponseReturnValue:
    """Do one thing to many participations; what is hard to take back is asked first."""
    action = request.form.get("action", "")
    if action not in ACTIONS:
        raise Invalid()
    if action not in OF_ENABLERS and not can_manage_participations(g.standing):
        raise NotAllowed()
    numbers = _chosen()
    if not numbers:
        flash(gettext("Choose participations first."), "warning")
        return to_list()
    if action == "invite":
        return _invite(numbers)
    if action in ASKED_FIRST and "sure" not in request.form:
        return render_template(
            "participation_list/sure.html",
            action=action,
            numbers=numbers,
            names=_names(numbers),
            outlook=_outlook(numbers) if action == "withdraw" else None,
        )
    try:
        count = _done(action, numbers)
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        flash(ngettext("%(num)s participation changed.", "%(num)s participations changed.", count), "success")
    return to_list()


def _chosen() -> list[int]:
    """The participations that were ticked, or all that the filter finds; never any out of scope."""
    allowed = matching_ids(
        reading(), event_id=g.event.id, wanted=ParticipationFilter(brought_by_id=own_scope())
    )
    if request.form.get("everything") == "1":
        return matching_ids(reading(), event_id=g.event.id, wanted=filter_of_request())
    ticked = set(request.form.getlist("ids", type=row_number))
    return [number for number in allowed if number in ticked]


def _held(session: Session) -> list[HeldLine]:
    """Withdrawals that can still be undone; an enabler learns only of the own ones, not of others' firms."""
    return [
        line
        for line in held_lines(session, g.event)
        if "withdrawn" in line[0].details and (can_list_all() or line[0].made_by_id == acting_id())
    ]


def _outlook(numbers: list[int]) -> Outlook:
    return foresee_withdrawal(reading(), event_id=g.event.id, participation_ids=numbers, now=clock.now())


def _done(action: str, numbers: list[int]) -> int:
    now = clock.now()
    with transaction() as session:
        if action == "approve":
            return approve(session, event=g.event, participation_ids=numbers, actor_id=acting_id(), now=now)
        if action == "withdraw":
            return withdraw(
                session, event=g.event, participation_ids=numbers, actor_id=acting_id(), now=now, hold=HOLD
            )
        return include_unconfirmed(
            session,
            event=g.event,
            participation_ids=numbers,
            is_included=action == "include",
            actor_id=acting_id(),
            now=now,
        )


def _invite(numbers: list[int]) -> ResponseReturnValue:
    """Ask by when they shall answer, then send."""
    form = InviteForm(answer_by=usual_answer_by(g.event, today=clock.now().date()))
    if "sure" in request.form and form.validate():
        try:
            limit("invite", g.event.id, tries=100, minutes=60)
            with transaction() as session:
                invited = invite(
                    session,
                    event=g.event,
                    participation_ids=numbers,
                    answer_by=form.answer_by.data,
                    note=form.note.data or "",
                    actor_id=acting_id(),
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            _tell_invited(invited)
            return to_list()
    return render_template(
        "participation_list/invite.html", form=form, numbers=numbers, names=_names(numbers)
    )


@blueprint.post("/participations/<int:participation_id>/remind")
@requires(can_invite, of="participation_id")
def remind(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Send the invitation of one firm, or its reminder, with one press."""
    try:
        limit("invite", g.event.id, tries=100, minutes=60)
        with transaction() as session:
            invited = invite(
                session,
                event=g.event,
                participation_ids=[participation_id],
                answer_by=usual_answer_by(g.event, today=clock.now().date()),
                note="",
                actor_id=acting_id(),
                now=clock.now(),
            )
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        _tell_invited(invited)
    return to_list()


def _tell_invited(invited: Invited) -> None:
    flash(
        ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", invited.sent),
        "success" if invited.sent else "warning",
    )
    for count, one, many in (
        (invited.without_address, "%(num)s firm has no address.", "%(num)s firms have no address."),
        (invited.answered, "%(num)s firm has answered already.", "%(num)s firms have answered already."),
        (
            invited.just_sent,
            "%(num)s firm was mailed within the last hour.",
            "%(num)s firms were mailed within the last hour.",
        ),
    ):
        if count:
            flash(ngettext(one, many, count), "info")


def groups_of_event(session: Session) -> list[Group]:
    """The groups of the event in their order."""
    statement = sa.select(Group).where(Group.event_id == g.event.id).order_by(Group.position, Group.id)
    return list(session.scalars(statement))


def _names(numbers: list[int]) -> list[str]:
    """The first names of those chosen, to see whom one is about to change."""
    statement = (
        sa.select(Organisation.name)
        .join(Participation, Participation.organisation_id == Organisation.id)
        .where(Participation.id.in_(numbers[:20]))
        .order_by(sa.func.lower(Organisation.name))
    )
    return list(reading().scalars(statement))


def to_list() -> ResponseReturnValue:
    """Back to the list as it was filtered."""
    names = ("q", "status", "group", "unconfirmed", "thin", "page")
    kept: dict[str, Any] = {name: request.values[name] for name in names if request.values.get(name)}
    return redirect(url_for("participation.index", event_slug=g.event.slug, **kept))
