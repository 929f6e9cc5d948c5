"""The page behind the link of an invitation: a firm's own filled-in profile, to confirm or refuse."""

from __future__ import annotations

import datetime as dt
from typing import cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from config import Config
from matchmaker import clock
from matchmaker.errors import LinkInvalid, MatchmakerError
from matchmaker.models import EntryKind
from matchmaker.services import invitation_answer as answers
from matchmaker.services import legal_text
from matchmaker.services.invitation_answer import EntryLine, Invitation
from matchmaker.services.link import hash_token
from matchmaker.services.login import open_login
from matchmaker.web.access import public
from matchmaker.web.account import remember
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms import Form
from matchmaker.web.forms.participation import ProfileForm
from matchmaker.web.forms.registration import InvitedForm
from matchmaker.web.language import reader_language
from matchmaker.web.limits import limit
from matchmaker.web.numbers import number_or_none
from matchmaker.web.storage import reading, transaction
from matchmaker.web.topics import read_topics, topic_labels

blueprint = Blueprint("invitation", __name__, url_prefix="/invitations")

MOST_LINES = 40


@blueprint.route("/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> ResponseReturnValue:
    """Show the profile as it would be seen; the button confirms it with the corrections."""
    invitation = _open(token)
    if invitation is None:
        return render_template("invitation/invalid.html"), LinkInvalid.status
    topics = read_topics(reading(), event_id=invitation.participation.event_id)
    profile = ProfileForm(invitation.participation, topics) if invitation.is_of_firm else Form()
    person = None if invitation.has_account else _person_form(invitation)
    lines = _typed_lines() if request.method == "POST" else _lines_of(invitation)
    if request.method == "POST":
        is_valid = [form.validate() for form in (profile, person) if form is not None]
        if all(is_valid):
            try:
                return _accepted(token, profile, person, lines)
            except MatchmakerError as error:
                put_on_form(person if person and error.field in person else profile, error)
    return render_template(
        "invitation/answer.html",
        invitation=invitation,
        participation=invitation.participation,
        organisation=invitation.participation.organisation,
        inviting=invitation.participation.event,
        profile=profile,
        person_form=person,
        lines=_with_blanks(lines),
        topic_labels=topic_labels(topics),
        token=token,
    )


@blueprint.post("/<token>/decline")
@public
def decline(token: str) -> ResponseReturnValue:
    """Say no."""
    _slow_down(token)
    with transaction() as session:
        answers.decline(session, token=token, now=clock.now())
    flash(gettext("Thank you for telling. You get no more mails about this event."), "success")
    return redirect(url_for("home.start"))


@blueprint.post("/<token>/erase")
@public
def erase(token: str) -> ResponseReturnValue:
    """Say no and be erased."""
    _slow_down(token)
    with transaction() as session:
        answers.erase(session, token=token, now=clock.now())
    flash(
        gettext(
            "Your data is erased. We keep only a fingerprint of your address, "
            "so that nobody imports it again."
        ),
        "success",
    )
    return redirect(url_for("home.start"))


def _open(token: str) -> Invitation | None:
    try:
        invitation = answers.look_at_invitation(reading(), token=token, now=clock.now())
        if request.method == "GET" and invitation.link.opened_at is None:
            with transaction() as session:
                answers.note_opened(session, token=token, now=clock.now())
            invitation = answers.look_at_invitation(reading(), token=token, now=clock.now())
    except LinkInvalid:
        return None
    return invitation


def _person_form(invitation: Invitation) -> InvitedForm:
    person = invitation.person
    is_named = person.name != invitation.participation.organisation.name
    known = {
        "name": person.name if is_named else "",
        "language": person.language,
        "time_zone": person.time_zone,
    }
    return InvitedForm(prefix="person", data=known)


def _accepted(
    token: str, profile: Form, person_form: InvitedForm | None, lines: list[EntryLine]
) -> ResponseReturnValue:
    _slow_down(token)
    now = clock.now()
    shown = legal_text.privacy_version(reading(), language=reader_language())
    login_token = None
    with transaction() as session:
        invitation = answers.accept(
            session,
            token=token,
            new_person=person_form.new_person(shown) if person_form else None,
            profile=profile.text() if isinstance(profile, ProfileForm) else None,
            entries=lines,
            now=now,
        )
        participation = invitation.participation
        target = url_for(
            "participation.profile",
            event_slug=participation.event.slug,
            participation_id=participation.id,
        )
        if person_form is not None:
            config = cast(Config, current_app.extensions["config"])
            login_token = open_login(
                session,
                person=invitation.person,
                user_agent=request.user_agent.string,
                lifetime=dt.timedelta(days=config.login_days),
                now=now,
            )
    if login_token is not None:
        remember(login_token)
    elif not (current_user.is_authenticated and current_user.person_id == invitation.person.id):
        flash(gettext("Confirmed. Log in to see your profile."), "success")
        return redirect(url_for("account.log_in", next=target))
    flash(
        gettext("Confirmed: you take part. Offers and needs with topics bring the best suggestions."),
        "success",
    )
    return redirect(target)


def _slow_down(token: str) -> None:
    limit("invitation", hash_token(token), tries=30, minutes=15, tries_from_here=300)


def _lines_of(invitation: Invitation) -> list[EntryLine]:
    return [
        EntryLine(entry.id, entry.kind, entry.title, entry.text) for entry in invitation.participation.entries
    ]


def _typed_lines() -> list[EntryLine]:
    """Offers and needs as they were typed, in the order of the page."""
    fields = zip(
        request.form.getlist("line_id"),
        request.form.getlist("line_kind"),
        request.form.getlist("line_title"),
        request.form.getlist("line_text"),
        strict=False,
    )
    return [
        EntryLine(
            number_or_none(number),
            EntryKind(kind),
            " ".join(title.replace("\0", "").split())[:200],
            text.replace("\0", "").strip()[:5_000],
        )
        for number, kind, title, text in list(fields)[:MOST_LINES]
        if kind in list(EntryKind)
    ]


def _with_blanks(lines: list[EntryLine]) -> dict[EntryKind, list[EntryLine]]:
    """The lines of each kind, and an empty one to add another."""
    shown = {}
    for kind in (EntryKind.OFFER, EntryKind.NEED):
        own = [line for line in lines if line.kind == kind and (line.title or line.text or line.entry_id)]
        shown[kind] = [*own, EntryLine(None, kind, "", "")]
    return shown
