"""The form with which people and their organisations come in."""

from __future__ import annotations

from typing import cast

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, HiddenField, PasswordField
from wtforms.validators import DataRequired, Email, InputRequired, Length

from matchmaker.services.organisation_invitation import NewPerson
from matchmaker.services.password import MAXIMUM_LENGTH
from matchmaker.services.registration import Registration
from matchmaker.web.forms import Form
from matchmaker.web.forms.organisation import OrganisationFields
from matchmaker.web.forms.person import PersonFields


class RegistrationForm(PersonFields, OrganisationFields, Form):
    """A person with an organisation; consent is separate, for extras only, and never ticked beforehand."""

    email = EmailField(
        _("E-mail address"),
        [DataRequired(), Length(max=254), Email(_("Please write an e-mail address such as name@firm.com."))],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _("Password"),
        [InputRequired(), Length(max=MAXIMUM_LENGTH)],
        render_kw={"autocomplete": "new-password"},
    )
    wants_news = BooleanField(_("Tell me about other events by e-mail, now and then"))
    privacy_version = HiddenField()

    def registration(self, *, next_page: str, browser: str) -> Registration:
        """What was typed, as the service takes it."""
        return Registration(
            email=cast(str, self.email.data),
            name=cast(str, self.name.data),
            password=cast(str, self.password.data),
            language=self.language.data,
            time_zone=self.time_zone.data,
            organisation=self.profile(),
            privacy_version=cast(str, self.privacy_version.data),
            wants_news=bool(self.wants_news.data),
            next_page=next_page,
            browser=browser,
        )


class ConfirmForm(Form):
    """The password typed at registration, asked for in another browser only."""

    password = PasswordField(
        _("Password"), [Length(max=MAXIMUM_LENGTH)], render_kw={"autocomplete": "current-password"}
    )


class InvitedForm(PersonFields, Form):
    """What an invited person without an account tells of itself; the link proves the address."""

    password = PasswordField(
        _("Choose a password"),
        [InputRequired(), Length(max=MAXIMUM_LENGTH)],
        render_kw={"autocomplete": "new-password"},
    )

    def new_person(self, privacy_version: str) -> NewPerson:
        """What was typed, as the service takes it."""
        return NewPerson(
            name=cast(str, self.name.data),
            password=cast(str, self.password.data),
            language=self.language.data,
            time_zone=self.time_zone.data,
            privacy_version=privacy_version,
        )
