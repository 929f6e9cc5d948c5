"""Every kind of mail as the people of an event get it, and the organiser's own passage in it."""

from __future__ import annotations

from typing import cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from config import Config
from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.mail.passage import PLACEHOLDERS, unknown_placeholders
from matchmaker.mail.render import RenderedMail, render
from matchmaker.mail.samples import SERVICE_KINDS, SampleEvent, sample_arguments, sample_mail
from matchmaker.permissions import can_run_rounds
from matchmaker.services.mail_passage import passages_of, write_passage
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms.mail_passage import PassageForm
from matchmaker.web.language import LANGUAGES, reader_language
from matchmaker.web.mail_kinds import mail_kind
from matchmaker.web.outbox import FRAME_POLICY
from matchmaker.web.security import CONTENT_SECURITY_POLICY
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("mail_preview", __name__, url_prefix="/events/<event_slug>/mails/kinds")


@blueprint.get("")
@requires(can_run_rounds)
def index(event_slug: str) -> str:
    """All kinds, and which of them hold a passage of the organiser's."""
    written = {(kind, language) for _event, kind, language in passages_of(reading(), event_ids=[g.event.id])}
    kinds = sorted(sample_arguments(_event()), key=mail_kind)
    return render_template(
        "mail_preview/index.html", languages=LANGUAGES, written=written,
        of_event=[kind for kind in kinds if kind not in SERVICE_KINDS],
        of_service=[kind for kind in kinds if kind in SERVICE_KINDS],
    )  # fmt: skip


@blueprint.route("/<kind>", methods=["GET", "POST"])
@requires(can_run_rounds)
def show(event_slug: str, kind: str) -> ResponseReturnValue:
    """The mail with sample contents, and the form of its passage."""
    _check(kind)
    language = _language()
    form = PassageForm(data={"text": _passage(kind, language)})
    if kind not in SERVICE_KINDS and form.validate_on_submit():
        text = form.text.data or ""
        try:
            with transaction() as session:
                write_passage(
                    session, event=g.event, kind=kind, language=language, text=text,
                    unknown=unknown_placeholders(text), actor_id=acting_id(), now=clock.now(),
                )  # fmt: skip
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for(".show", event_slug=event_slug, kind=kind, language=language))
    page = render_template(
        "mail_preview/show.html", kind=kind, form=form, language=language, languages=LANGUAGES,
        rendered=_rendered(kind, language), placeholders=PLACEHOLDERS, has_passage=kind not in SERVICE_KINDS,
    )  # fmt: skip
    policy = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return Response(page, headers={"Content-Security-Policy": policy})


@blueprint.get("/<kind>/html")
@requires(can_run_rounds)
def html(event_slug: str, kind: str) -> Response:
    """The HTML of the sample, for its frame."""
    _check(kind)
    headers = {"Content-Security-Policy": FRAME_POLICY, "Cache-Control": "no-store"}
    return Response(_rendered(kind, _language()).html, headers=headers)


def _rendered(kind: str, language: str) -> RenderedMail:
    person = current_user.person
    mail = sample_mail(
        kind, _event(), name=person.name, email=person.email, language=language, now=clock.now()
    )
    config = cast(Config, current_app.extensions["config"])
    return render(mail, config, passage=_passage(kind, language))


def _passage(kind: str, language: str) -> str:
    return passages_of(reading(), event_ids=[g.event.id]).get((g.event.id, kind, language), "")


def _check(kind: str) -> None:
    if kind not in sample_arguments(_event()):
        abort(404)


def _language() -> str:
    chosen = request.args.get("language", "")
    return chosen if chosen in LANGUAGES else reader_language()


def _event() -> SampleEvent:
    event = g.event
    return SampleEvent(
        event.id, event.name, event.slug, event.time_zone, event.starts_on, event.ends_on,
        event.organiser_name, event.organiser_address, event.organiser_email,
    )  # fmt: skip
