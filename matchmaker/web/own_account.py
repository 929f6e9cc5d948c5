"""The own account: what is kept of a person, the password, the address, the log-ins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.permissions import is_logged_in
from matchmaker.services import account, legal_text
from matchmaker.services.answer_link import count_answer_links, revoke_answer_links
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.forms import Form
from matchmaker.web.forms.account import AccountForm, ChangeEmailForm, ChangePasswordForm
from matchmaker.web.language import reader_language
from matchmaker.web.limits import limit
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("own_account", __name__)


@blueprint.route("/account", methods=["GET", "POST"])
@requires(is_logged_in)
def edit() -> ResponseReturnValue:
    """Name, language, zone and consent."""
    consent = account.find_consent(reading(), person_id=acting_id())
    form = AccountForm(obj=current_user.person, wants_news=consent is not None)
    if form.validate_on_submit():
        with transaction() as session:
            account.edit_account(
                session,
                person_id=acting_id(),
                name=form.name.data or "",
                job_title=form.job_title.data or "",
                language=form.language.data,
                time_zone=form.time_zone.data,
                wants_news=bool(form.wants_news.data),
                privacy_version=legal_text.privacy_version(session, language=reader_language()),
                now=clock.now(),
            )
        flash(gettext("Saved."), "success")
        return redirect(url_for(".edit"))
    return render_template("account/edit.html", form=form)


@blueprint.route("/account/password", methods=["GET", "POST"])
@requires(is_logged_in)
def change_password() -> ResponseReturnValue:
    """Set a new password; every other log-in ends."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            _limit_guesses()
            with transaction() as session:
                account.change_password(
                    session,
                    person_id=acting_id(),
                    present=form.present_password.data or "",
                    new=form.password.data or "",
                    login_id=current_user.login_id,
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            flash(gettext("Your new password is set, and all other log-ins have ended."), "success")
            return redirect(url_for(".edit"))
    return render_template("account/change_password.html", form=form)


@blueprint.route("/account/email", methods=["GET", "POST"])
@requires(is_logged_in)
def change_email() -> ResponseReturnValue:
    """Ask for another address; it counts once the link sent there was opened."""
    form = ChangeEmailForm()
    if form.validate_on_submit():
        try:
            _limit_guesses()
            with transaction() as session:
                account.ask_new_email(
                    session,
                    person_id=acting_id(),
                    password=form.present_password.data or "",
                    email=form.email.data or "",
                    now=clock.now(),
                )
        except MatchmakerError as error:
            put_on_form(form, error)
        else:
            text = gettext("Open the link that we sent to %(email)s.", email=form.email.data)
            flash(text, "success")
            return redirect(url_for(".edit"))
    return render_template("account/change_email.html", form=form)


@blueprint.route("/account/email/<token>", methods=["GET", "POST"])
@requires(is_logged_in)
def confirm_email(token: str) -> ResponseReturnValue:
    """Show the new address; the button, not the link, makes it count."""
    form = Form()
    if form.validate_on_submit():
        with transaction() as session:
            account.confirm_new_email(session, token=token, actor_id=acting_id(), now=clock.now())
        flash(gettext("Your new address counts from now on."), "success")
        return redirect(url_for(".edit"))
    link = account.find_new_email(reading(), token=token, actor_id=acting_id(), now=clock.now())
    return render_template("account/confirm_email.html", form=form, link=link)


@blueprint.get("/account/log-ins")
@requires(is_logged_in)
def logins() -> str:
    """Where this person is logged in."""
    rows = account.open_logins(reading(), person_id=acting_id(), now=clock.now())
    links = count_answer_links(reading(), person_id=acting_id(), now=clock.now())
    return render_template("account/logins.html", logins=rows, login_id=current_user.login_id, links=links)


@blueprint.post("/account/log-ins/end-others")
@requires(is_logged_in)
def end_other_logins() -> ResponseReturnValue:
    """End every log-in but this one."""
    with transaction() as session:
        account.end_other_logins(
            session, person_id=acting_id(), login_id=current_user.login_id, now=clock.now()
        )
    flash(gettext("All other log-ins have ended."), "success")
    return redirect(url_for(".logins"))


@blueprint.post("/account/log-ins/revoke-answer-links")
@requires(is_logged_in)
def revoke_links() -> ResponseReturnValue:
    """Make the links of one's mails worthless, as when a mail was passed on by mistake."""
    with transaction() as session:
        revoke_answer_links(session, person_id=acting_id(), now=clock.now())
    flash(gettext("The links in the mails that you have no longer answer for you."), "success")
    return redirect(url_for(".logins"))


def _limit_guesses() -> None:
    limit("present-password", acting_id(), tries=10, minutes=15)


@blueprint.app_template_global()
def browser_name(user_agent: str) -> str:
    """A browser and its system as people call them, such as "Firefox, Windows"."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "Linux": "Linux",
    }
    signs = (browsers, systems)
    found = [next((name for sign, name in names.items() if sign in user_agent), "") for names in signs]
    return ", ".join(name for name in found if name) or user_agent[:40] or gettext("Unknown browser")
