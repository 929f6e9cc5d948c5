"""What is asked of every person: a name, a language, a time zone."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from matchmaker import clock
from matchmaker.web.language import LANGUAGES, reader_language
from matchmaker.web.zones import guessed_zone, zone_choices


class PersonFields:
    """Fields to mix into a form."""

    name = StringField(_("Your name"), [DataRequired(), Length(max=200)], render_kw={"autocomplete": "name"})
    language = SelectField(_("Preferred language"), [InputRequired()], default=reader_language)
    time_zone = SelectField(
        _("Your time zone"), [InputRequired()], default=guessed_zone, render_kw={"data-own-zone": ""}
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.language.choices = [SelectChoice(*item) for item in LANGUAGES.items()]
        self.time_zone.choices = zone_choices(clock.now(), also=str(self.time_zone.object_data or ""))
