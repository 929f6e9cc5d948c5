"""A participation as its own people see it: registering, the profile and its home page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import joinedload, selectinload

from matchmaker import clock
from matchmaker.errors import MatchmakerError, Stale
from matchmaker.models import (
    Delegate,
    EventStatus,
    Group,
    Organisation,
    Participation,
    ParticipationStatus,
)
from matchmaker.permissions import can_edit_participation, can_see_participation, can_undo_changes
from matchmaker.services.change import HOLD, find_own_change, is_of
from matchmaker.services.completeness import completeness
from matchmaker.services.meeting_history import read_deeds_for
from matchmaker.services.participation import find_participation, groups_for, register
from matchmaker.services.participation_rules import set_opt_out
from matchmaker.services.profile import save_profile
from matchmaker.services.undo import undo_change
from matchmaker.services.withdrawal import foresee_withdrawal, withdraw
from matchmaker.web.access import acting_id, public, requires
from matchmaker.web.acting import behalf_of
from matchmaker.web.audit import action_words
from matchmaker.web.errors import put_on_form, sentence
from matchmaker.web.forms.participation import ProfileForm, RegisterForm
from matchmaker.web.phase_words import HeldLine, held_lines
from matchmaker.web.storage import reading, transaction
from matchmaker.web.topics import read_topics, topic_labels

blueprint = Blueprint("participation", __name__, url_prefix="/events/<event_slug>")


@blueprint.route("/register", methods=["GET", "POST"], endpoint="register")
@public
def register_organisation(event_slug: str) -> ResponseReturnValue:
    """Register one of the person's organisations for the event."""
    here = url_for("participation.register", event_slug=event_slug)
    if g.standing.person_id is None:
        return redirect(url_for("registration.register", next=here))
    organisations = _own_organisations()
    if not organisations and g.event.status == EventStatus.OPEN:
        return redirect(url_for("organisation.new", next=here))
    present = _present(organisations)
    free = [row for row in organisations if row.id not in present]
    form = RegisterForm(free, _groups_to_choose(free))
    if form.validate_on_submit():
        try:
            participation = _registered(form)
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            return redirect(_profile_url(participation.id))
    if request.method == "POST" and len(present) == 1 and not free:
        # the second of two clicks
        return redirect(_profile_url(next(iter(present.values()))))
    return render_template(
        "participation/register.html", form=form, organisations=organisations, present=present, here=here
    )


def _present(organisations: Sequence[Organisation]) -> dict[int, int]:
    """The participations that the organisations have in the event, confirmed and not withdrawn."""
    rows = reading().execute(
        sa.select(Participation.organisation_id, Participation.id).where(
            Participation.event_id == g.event.id,
            Participation.organisation_id.in_([row.id for row in organisations]),
            Participation.status != ParticipationStatus.WITHDRAWN,
            Participation.confirmed_at.is_not(None),
        )
    )
    return {row.organisation_id: row.id for row in rows}


def _registered(form: RegisterForm) -> Participation:
    with transaction() as session:
        participation = register(
            session,
            event=g.event,
            organisation_id=form.organisation.data,
            group_id=form.group.data or None,
            actor_id=acting_id(),
            now=clock.now(),
        )
    if participation.status == "approved":
        flash(gettext("You are in. Complete your profile so that we can suggest partners."), "success")
    else:
        flash(
            gettext(
                "You are registered. The organiser looks at it and you get a mail; "
                "complete your profile meanwhile."
            ),
            "success",
        )
    return participation


def _own_organisations() -> Sequence[Organisation]:
    return (
        reading()
        .scalars(
            sa.select(Organisation)
            .where(Organisation.id.in_(g.standing.organisations), Organisation.merged_into_id.is_(None))
            .order_by(Organisation.name)
        )
        .all()
    )


def _groups_to_choose(organisations: Sequence[Organisation]) -> list[Group]:
    """Groups to choose from; none where every organisation fits exactly one."""
    fitting = [groups_for(reading(), event=g.event, kind=row.kind) for row in organisations]
    if all(len(groups) == 1 for groups in fitting):
        return []
    return list({group.id: group for groups in fitting for group in groups}.values())


@blueprint.get("/participations/<int:participation_id>")
@requires(can_see_participation, of="participation_id")
def profile(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """The home of a participation: its profile, what is missing, its delegates."""
    return render_template(
        "participation/profile.html",
        held=_held(participation_id),
        deeds=read_deeds_for(reading(), participation_id=participation_id),
        action_words=action_words,
        **_shown(participation_id),
    )


@blueprint.get("/participations/<int:participation_id>/preview")
@requires(can_see_participation, of="participation_id")
def preview(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """The profile as partners see it."""
    return render_template("participation/preview.html", **_shown(participation_id))


def _shown(participation_id: int) -> dict[str, Any]:
    session = reading()
    participation = session.scalars(
        sa.select(Participation)
        .where(Participation.id == participation_id, Participation.event_id == g.event.id)
        .options(
            joinedload(Participation.organisation),
            joinedload(Participation.group),
            selectinload(Participation.entries),
            selectinload(Participation.delegates).joinedload(Delegate.person),
        )
    ).one()
    return {
        "participation": participation,
        "organisation": participation.organisation,
        "whole": completeness(participation, participation.organisation.kind),
        "topic_labels": topic_labels(read_topics(session, event_id=g.event.id)),
        "behalf": behalf_of(participation_id) is not None,
    }


@blueprint.route("/participations/<int:participation_id>/edit", methods=["GET", "POST"])
@requires(can_edit_participation, of="participation_id")
def edit(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Change what the participation says of itself."""
    form = ProfileForm(g.subject, read_topics(reading(), event_id=g.event.id))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                save_profile(
                    session,
                    participation=find_participation(
                        session, event_id=g.event.id, participation_id=participation_id
                    ),
                    text=form.text(),
                    version=form.seen_version(),
                    actor_id=acting_id(),
                    behalf_of_id=behalf_of(participation_id),
                    now=clock.now(),
                )
        except Stale:
            form.version.raw_data = None
            form.version.data = str(
                find_participation(reading(), event_id=g.event.id, participation_id=participation_id).version
            )
            flash(
                gettext(
                    "Somebody saved this profile in the meantime. What you typed is still here: "
                    "save again to keep yours."
                ),
                "warning",
            )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            return redirect(_profile_url(participation_id))
    organisation = reading().get_one(Organisation, g.subject.organisation_id)
    return render_template("participation/edit.html", form=form, organisation=organisation, subject=g.subject)


@blueprint.post("/participations/<int:participation_id>/opt-out")
@requires(can_edit_participation, of="participation_id")
def opt_out(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Leave suggestions and rounds, or come back; the event and its meetings stay."""
    is_opted_out = request.form.get("is_opted_out") == "1"
    with transaction() as session:
        set_opt_out(
            session,
            participation=find_participation(session, event_id=g.event.id, participation_id=participation_id),
            is_opted_out=is_opted_out,
            actor_id=acting_id(),
            behalf_of_id=behalf_of(participation_id),
            now=clock.now(),
        )
    if is_opted_out:
        flash(gettext("You are no longer suggested to anybody. Your meetings stay."), "success")
    else:
        flash(gettext("You are suggested again, from the next round on."), "success")
    return redirect(_profile_url(participation_id))


@blueprint.route("/participations/<int:participation_id>/withdraw", methods=["GET", "POST"])
@requires(can_edit_participation, of="participation_id")
def leave(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Withdraw from the event, after a question."""
    if request.method == "POST":
        with transaction() as session:
            withdraw(
                session,
                event=g.event,
                participation_ids=[participation_id],
                actor_id=acting_id(),
                behalf_of_id=behalf_of(participation_id),
                now=clock.now(),
                hold=HOLD,
            )
        flash(gettext("Withdrawn. You can register again while registration is open."), "success")
        return redirect(_profile_url(participation_id))
    outlook = foresee_withdrawal(
        reading(), event_id=g.event.id, participation_ids=[participation_id], now=clock.now()
    )
    return render_template("participation/leave.html", outlook=outlook, **_shown(participation_id))


@blueprint.post("/participations/<int:participation_id>/changes/<int:change_id>/undo")
@requires(can_edit_participation, of="participation_id")
def undo(event_slug: str, participation_id: int, change_id: int) -> ResponseReturnValue:
    """Take the own withdrawal, or the removal of a delegate, back while its mails are held."""
    now = clock.now()
    try:
        with transaction() as session:
            change = find_own_change(
                session, event_id=g.event.id, change_id=change_id, participation_id=participation_id,
                actor_id=acting_id(),
            )  # fmt: skip
            undo_change(session, change=change, actor_id=acting_id(), now=now)
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    else:
        flash(gettext("Undone. Nobody was told anything."), "success")
    return redirect(_profile_url(participation_id))


def _held(participation_id: int) -> list[HeldLine]:
    """What was withdrawn or removed of this participation, as far as the reader can take it back."""
    return [
        line
        for line in held_lines(reading(), g.event)
        if is_of(line[0], participation_id=participation_id)
        and (line[0].made_by_id == g.standing.person_id or can_undo_changes(g.standing))
    ]


def _profile_url(participation_id: int) -> str:
    return url_for("participation.profile", event_slug=g.event.slug, participation_id=participation_id)
