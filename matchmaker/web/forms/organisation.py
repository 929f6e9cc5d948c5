"""Forms of organisations: what they are, who belongs to them, what they offer and need."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import EmailField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length

from matchmaker.models import MemberRole, Organisation, OrganisationKind
from matchmaker.services.organisation import OrganisationProfile
from matchmaker.web.forms import Form
from matchmaker.web.labels import choices
from matchmaker.web.zones import country_choices, guessed_country


class OrganisationFields:
    """Fields to mix into a form."""

    organisation_name = StringField(
        _("Name of the organisation"),
        [DataRequired(), Length(max=200)],
        render_kw={"autocomplete": "organization"},
    )
    kind = SelectField(_("What it is"), [InputRequired()])
    country = SelectField(
        _("Country"), [DataRequired(_("Please choose the country."))], default=guessed_country
    )
    region = StringField(
        _("Region or province"), [Length(max=120)], render_kw={"autocomplete": "address-level1"}
    )
    city = StringField(_("City"), [Length(max=120)], render_kw={"autocomplete": "address-level2"})
    website = StringField(
        _("Website"), [Length(max=290)], render_kw={"autocomplete": "url", "inputmode": "url"}
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.kind.choices = [SelectChoice(*item) for item in choices(OrganisationKind)]
        self.country.choices = country_choices(get_locale())

    def profile(self) -> OrganisationProfile:
        """What was typed, as the service takes it."""
        return OrganisationProfile(
            name=self.organisation_name.data or "",
            kind=OrganisationKind(self.kind.data),
            country=self.country.data,
            region=self.region.data or "",
            city=self.city.data or "",
            website=self.website.data or "",
        )


class OrganisationForm(OrganisationFields, Form):
    """An organisation's own entries."""

    @classmethod
    def of(cls, organisation: Organisation | OrganisationProfile) -> OrganisationForm:
        """The form filled in with what is kept."""
        return cls(obj=organisation, organisation_name=organisation.name)


class InvitationForm(Form):
    """A colleague to invite."""

    email = EmailField(
        _("E-mail address"),
        [DataRequired(), Length(max=254), Email(_("Please write an e-mail address such as name@firm.com."))],
        render_kw={"autocomplete": "off"},
    )
    role = RadioField(
        _("May do"),
        choices=[
            SelectChoice(MemberRole.MEMBER.value, _("Take part in events for the organisation")),
            SelectChoice(MemberRole.MANAGER.value, _("Manage it too: its data, people and registrations")),
        ],
        default=MemberRole.MEMBER.value,
    )
