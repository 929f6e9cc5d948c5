"""Forms of log-in and of the own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length

from matchmaker.services.password import MAXIMUM_LENGTH
from matchmaker.web.forms import Form
from matchmaker.web.forms.person import PersonFields


class LogInForm(Form):
    """Address and password."""

    email = EmailField(
        _("E-mail address"), [InputRequired(), Length(max=254)], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        _("Password"),
        [InputRequired(), Length(max=MAXIMUM_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )


class ForgottenForm(Form):
    """The address whose password is forgotten."""

    email = EmailField(
        _("E-mail address"), [DataRequired(), Length(max=254)], render_kw={"autocomplete": "username"}
    )


class NewPasswordForm(Form):
    """A new password."""

    password = PasswordField(
        _("New password"),
        [InputRequired(), Length(max=MAXIMUM_LENGTH)],
        render_kw={"autocomplete": "new-password"},
    )


class AccountForm(PersonFields, Form):
    """What is kept of a person and can be corrected."""

    job_title = StringField(
        _("Job title"), [Length(max=200)], render_kw={"autocomplete": "organization-title"}
    )
    wants_news = BooleanField(_("Tell me about other events by e-mail, now and then"))


class PresentPasswordForm(Form):
    """The present password, asked for before what cannot be undone."""

    present_password = PasswordField(
        _("Present password"),
        [InputRequired(), Length(max=MAXIMUM_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )


class ChangePasswordForm(PresentPasswordForm, NewPasswordForm):
    """The present password and a new one."""


class ChangeEmailForm(PresentPasswordForm):
    """The present password and a new address."""

    email = EmailField(
        _("New e-mail address"),
        [DataRequired(), Length(max=254), Email(_("Please write an e-mail address such as name@firm.com."))],
        render_kw={"autocomplete": "email"},
    )
