"""Forms of participations: registering, the profile, limits, firms added by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional

from matchmaker.models import Group, Organisation, OrganisationKind, Participation, Topic
from matchmaker.services.choices import SIZES, Stage
from matchmaker.services.limits import LONGEST_PAUSE
from matchmaker.services.organisation import website_address
from matchmaker.services.profile import ProfileText
from matchmaker.web.formats import language_name
from matchmaker.web.forms import CheckboxListField, Form
from matchmaker.web.labels import choices
from matchmaker.web.numbers import seen_version
from matchmaker.web.zones import country_choices

# what people of such events speak; a profile may hold others from an import, which stay choosable
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "tr", "uk", "ar", "zh", "ja", "ko")
WRITTEN_IN = ("en", "de", "fr")


def language_choices(also: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Languages to choose from."""
    codes = dict.fromkeys((*LANGUAGES, *also))
    return [(code, language_name(code)) for code in codes]


def written_in_choices(also: str = "") -> list[tuple[str, str]]:
    """Languages in which texts are written."""
    codes = dict.fromkeys((*WRITTEN_IN, *([also] if also else [])))
    return [("", gettext("Not said")), *((code, language_name(code)) for code in codes)]


class RegisterForm(Form):
    """Which organisation takes part, and in which group where several fit."""

    organisation = RadioField(
        _("Your organisation"), [InputRequired(_("Choose an organisation."))], coerce=int
    )
    group = SelectField(_("Group"), [Optional()], coerce=int)

    def __init__(self, organisations: Sequence[Organisation], groups: Sequence[Group]) -> None:
        super().__init__()
        self.organisation.choices = [(row.id, row.name) for row in organisations]
        self.group.choices = [(group.id, group.name) for group in groups]
        if not self.is_submitted() and organisations:
            self.organisation.data = organisations[0].id


class ProfileForm(Form):
    """What a participation says of itself."""

    version = HiddenField()
    description = TextAreaField(_("What you do"), [Length(max=10_000)])
    language = SelectField(_("Written in"))
    sector = SelectField(_("Sector"))
    stage = SelectField(_("Stage"))
    size = SelectField(_("Size"))
    country = SelectField(_("Country"))
    region = StringField(_("Region, province or state"), [Length(max=120)])
    website = StringField(_("Website"), [Length(max=290)], render_kw={"inputmode": "url"})
    languages = CheckboxListField(_("Languages you can meet in"))
    wanted_kinds = CheckboxListField(_("Kinds of organisations you want to meet"))
    wanted_text = TextAreaField(_("Whom you want to meet, in your words"), [Length(max=5_000)])

    def __init__(self, participation: Participation, topics: Sequence[Topic]) -> None:
        super().__init__(obj=participation)
        language = str(get_locale() or "en")
        sectors = {topic.label_en: topic.label(language) for topic in topics if not topic.parent_code}
        if participation.sector:
            sectors.setdefault(participation.sector, participation.sector)
        nothing = ("", gettext("Please choose"))
        self.language.choices = written_in_choices(participation.language)
        self.sector.choices = [nothing, *sectors.items()]
        self.stage.choices = [("", gettext("Not a young firm")), *choices(Stage)]
        self.size.choices = [nothing, *((size, gettext("%(size)s people", size=size)) for size in SIZES)]
        self.country.choices = country_choices(get_locale())
        self.languages.choices = language_choices(participation.languages)
        self.wanted_kinds.choices = choices(OrganisationKind)

    def text(self) -> ProfileText:
        """What was typed, as the service takes it."""
        return ProfileText(
            description=self.description.data or "",
            language=self.language.data or "",
            sector=self.sector.data or "",
            stage=self.stage.data or "",
            size=self.size.data or "",
            country=self.country.data or "",
            region=self.region.data or "",
            languages=self.languages.data or [],
            website=self.website.data or "",
            wanted_kinds=self.wanted_kinds.data or [],
            wanted_text=self.wanted_text.data or "",
        )

    def seen_version(self) -> int:
        """The version that the reader saw; 0, which no row has, when somebody tampered with it."""
        return seen_version(str(self.version.data or ""))


class LimitsForm(Form):
    """A participation's group and its own limits."""

    group = SelectField(_("Group"), [InputRequired()], coerce=int)
    minimum = IntegerField(_("Meetings at least"), [Optional(), NumberRange(0, 1000)])
    maximum = IntegerField(_("Meetings at most"), [Optional(), NumberRange(0, 1000)])
    per_day = IntegerField(_("At most per day"), [Optional(), NumberRange(1, 1000)])
    in_a_row = IntegerField(_("At most in a row"), [Optional(), NumberRange(1, 1000)])
    pause = IntegerField(_("Pause between meetings, in minutes"), [Optional(), NumberRange(0, LONGEST_PAUSE)])

    def __init__(self, participation: Participation, groups: Sequence[Group]) -> None:
        super().__init__(obj=participation, data={"group": participation.group_id})
        self.group.choices = [(group.id, group.name) for group in groups]


class AddFirmForm(Form):
    """A firm that an organiser or enabler adds by hand."""

    name = StringField(_("Name of the organisation"), [DataRequired(), Length(max=200)])
    group = SelectField(_("Group"), [InputRequired()], coerce=int)
    kind = SelectField(_("What it is"), [InputRequired()])
    country = SelectField(_("Country"))
    website = URLField(_("Website"), [Length(max=290)])
    contact_name = StringField(_("Contact person"), [Length(max=200)])
    contact_email = EmailField(
        _("E-mail address of the contact"),
        [Optional(), Email(_("Write it like name@firm.example.")), Length(max=254)],
    )
    source = StringField(_("Where you know the firm from"), [DataRequired(), Length(max=300)])

    def __init__(self, groups: Sequence[Group], **values: Any) -> None:
        super().__init__(**values)
        self.group.choices = [(group.id, group.name) for group in groups]
        self.kind.choices = choices(OrganisationKind)
        self.country.choices = country_choices(get_locale())

    def profile(self) -> dict[str, object]:
        """What was typed of the profile, in the form of an import's row."""
        return {
            "country": self.country.data or "",
            "website": website_address(self.website.data or ""),
            "region": "",
            "language": "",
        }


class InviteForm(Form):
    """By when invited firms shall answer, and a word of the organiser's own."""

    answer_by = DateField(_("Please answer by"), [DataRequired(_("Choose a day."))])
    note = TextAreaField(_("A word of your own"), [Length(max=2_000)])
