"""Mails as those who run an event, or the installation, see them: how far each came, and what it says."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, g, render_template, request

from config import Config
from matchmaker.mail.render import RenderedMail, render
from matchmaker.models import MailStatus, OutboxMail
from matchmaker.permissions import can_run_rounds, is_administrator
from matchmaker.services.outbox_list import count_by_status, find_mail, holds_secret, list_mails
from matchmaker.services.restoration import held_since
from matchmaker.web.access import requires
from matchmaker.web.numbers import page_number
from matchmaker.web.security import CONTENT_SECURITY_POLICY
from matchmaker.web.storage import reading

blueprint = Blueprint("outbox", __name__)

# the mail's own styles apply inside its frame, where nothing runs and nothing is loaded
FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@blueprint.get("/events/<event_slug>/mails")
@requires(can_run_rounds)
def index(event_slug: str) -> str:
    """The event's mails, newest first."""
    return _list(g.event.id)


@blueprint.get("/events/<event_slug>/mails/<int:mail_id>")
@requires(can_run_rounds)
def show(event_slug: str, mail_id: int) -> Response:
    """One mail as text and as HTML."""
    return _mail(find_mail(reading(), event_id=g.event.id, mail_id=mail_id))


@blueprint.get("/events/<event_slug>/mails/<int:mail_id>/html")
@requires(can_run_rounds)
def html(event_slug: str, mail_id: int) -> Response:
    """The HTML of a mail, for its frame."""
    return _html(find_mail(reading(), event_id=g.event.id, mail_id=mail_id))


@blueprint.get("/mails")
@requires(is_administrator)
def installation_index() -> str:
    """The mails that belong to no event."""
    return _list(None)


@blueprint.get("/mails/<int:mail_id>")
@requires(is_administrator)
def installation_show(mail_id: int) -> Response:
    """One mail of no event."""
    return _mail(find_mail(reading(), event_id=None, mail_id=mail_id))


@blueprint.get("/mails/<int:mail_id>/html")
@requires(is_administrator)
def installation_html(mail_id: int) -> Response:
    """The HTML of a mail of no event, for its frame."""
    return _html(find_mail(reading(), event_id=None, mail_id=mail_id))


def _list(event_id: int | None) -> str:
    status = request.args.get("status", "")
    chosen = MailStatus(status) if status in set(MailStatus) else None
    text = request.args.get("q", "").strip()[:100]
    session = reading()
    return render_template(
        "outbox/index.html",
        listed=list_mails(
            session,
            event_id=event_id,
            status=chosen,
            text=text,
            page=page_number(),
        ),
        counts=count_by_status(session, event_id=event_id),
        statuses=list(MailStatus),
        chosen=chosen,
        text=text,
        has_mail_server=_config().smtp_url is not None,
        restored_at=held_since(session),
    )


def _mail(mail: OutboxMail) -> Response:
    rendered = _rendered(mail)
    page = render_template(
        "outbox/show.html", mail=mail, rendered=rendered, is_secret=holds_secret(mail),
        has_mail_server=_config().smtp_url is not None,
    )  # fmt: skip
    policy = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return Response(page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})


def _html(mail: OutboxMail) -> Response:
    rendered = _rendered(mail) or abort(404)
    headers = {"Content-Security-Policy": FRAME_POLICY, "Cache-Control": "no-store"}
    return Response(rendered.html, headers=headers)


def _rendered(mail: OutboxMail) -> RenderedMail | None:
    """What the mail says; None once it was sent, and for links of others except in the demonstration."""
    if mail.status != MailStatus.PENDING or not mail.arguments:
        return None
    config = _config()
    return None if holds_secret(mail) and not config.is_demo else render(mail, config)


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config
