"""The page behind the link of a mail: its questions, to be answered without an account.

Link scanners fetch every address of a mail, so opening the page changes nothing; only its buttons do.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from matchmaker import clock
from matchmaker.errors import LinkInvalid, MatchmakerError
from matchmaker.models import MeetingStatus, WishKind
from matchmaker.services import mail_answer as answers
from matchmaker.services.answer_link import LinkState, state_of
from matchmaker.services.delegate import has_account
from matchmaker.services.link import hash_token
from matchmaker.services.mail_question import open_mail, read_questions
from matchmaker.services.suggestion import topic_labels
from matchmaker.web.access import public
from matchmaker.web.errors import sentence
from matchmaker.web.language import reader_language
from matchmaker.web.limits import limit
from matchmaker.web.numbers import number_or_none, row_number, seen_version
from matchmaker.web.reasons import fit_number, fit_word, reasons_of
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("mail_answer", __name__, url_prefix="/answers")

TRIES, MINUTES, TRIES_FROM_HERE = 60, 15, 300


@blueprint.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """The mail's questions with their buttons, and what has become of those that were answered."""
    session, now = reading(), clock.now()
    try:
        mail = open_mail(session, token=token, now=now)
    except LinkInvalid:
        return _gone(token)
    topics = topic_labels(session, event_id=mail.event.id, language=mail.person.language)
    with force_locale(mail.person.language):
        page = render_template(
            "mail_answer/show.html", token=token, mail=mail, asking=mail.event,
            questions=read_questions(session, mail=mail, now=now), zone=mail.person.time_zone,
            has_account=has_account(mail.person), fit_word=fit_word, fit_number=fit_number,
            reasons_of=lambda card: reasons_of(card, topics), reader_language=mail.person.language,
        )  # fmt: skip
    return _private(page)


@blueprint.post("/<token>")
@public
def answer(token: str) -> ResponseReturnValue:
    """One answer; then the page says what happened."""
    limit("mail-answer", hash_token(token), tries=TRIES, minutes=MINUTES, tries_from_here=TRIES_FROM_HERE)
    try:
        mail = open_mail(reading(), token=token, now=clock.now())
    except LinkInvalid:
        return _gone(token)
    deeds: dict[str, Callable[[str, int], str]] = {
        "meeting": _meeting,
        "request": _request,
        "suggestions": _suggestion,
    }
    kind = request.form.get("kind", "")
    number = request.form.get("id", type=row_number)
    with force_locale(mail.person.language):
        try:
            if kind not in deeds or number is None:
                raise MatchmakerError()
            flash(deeds[kind](token, number), "success")
        except LinkInvalid:
            pass  # used up by a second click or another window: the page says so
        except MatchmakerError as error:
            flash(sentence(error), "danger")
    anchor = request.form.get("anchor", "")[:40] or None
    return redirect(url_for(".show", token=token, _anchor=anchor), 303)


def _meeting(token: str, number: int) -> str:
    is_yes = _is_yes()
    with transaction() as session:
        meeting = answers.answer_meeting(
            session, token=token, meeting_id=number, is_yes=is_yes,
            version=seen_version(request.form.get("version", "")), reason=_reason(), now=clock.now(),
        )  # fmt: skip
    if not is_yes:
        return _("You declined. The time is free again, and the other side is told.")
    if meeting.status == MeetingStatus.CONFIRMED:
        return _("The meeting is confirmed. Both sides get a mail with an entry for the calendar.")
    return _("You accepted. The meeting is confirmed as soon as the other side accepts too.")


def _request(token: str, number: int) -> str:
    is_yes = _is_yes()
    with transaction() as session:
        meeting = answers.answer_request(
            session, token=token, request_id=number, is_yes=is_yes,
            slot_id=request.form.get("slot_id", type=row_number),
            version=number_or_none(request.form.get("version", "")),
            meeting_version=number_or_none(request.form.get("meeting_version", "")),
            reason=_reason(), now=clock.now(),
        )  # fmt: skip
    if meeting is None:
        return _("You declined. The other side is told.")
    if request.form.get("meeting_version"):
        return _("The meeting is moved. Both sides are told, and their calendars follow.")
    return _("The meeting is confirmed. Both sides get a mail with an entry for the calendar.")


def _suggestion(token: str, number: int) -> str:
    kinds = {kind.value: kind for kind in WishKind}
    kind = kinds.get(request.form.get("answer", ""))
    with transaction() as session:
        answers.answer_suggestion(
            session, token=token, round_id=number, kind=kind,
            participation_id=request.form.get("participation_id", type=row_number) or 0,
            other_id=request.form.get("other_id", type=row_number) or 0, now=clock.now(),
        )  # fmt: skip
    return _("Saved.") if kind is not None else _("Taken back.")


def _is_yes() -> bool:
    """Which of the two buttons was pressed; anything else is no answer, and not a no."""
    answer = request.form.get("answer")
    if answer not in ("yes", "no"):
        raise MatchmakerError()
    return answer == "yes"


def _reason() -> str:
    return request.form.get("reason", "").replace("\0", "").strip()[:500]


def _gone(token: str) -> ResponseReturnValue:
    """A friendly page for a link that was used, revoked or is too old, with the way out."""
    state, language = state_of(reading(), token=token, now=clock.now())
    status = 200 if state == LinkState.USED else LinkInvalid.status
    with force_locale(language or reader_language()):
        page = render_template("mail_answer/gone.html", state=state.value)
    return _private(page, status)


def _private(page: str, status: int = 200) -> ResponseReturnValue:
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
