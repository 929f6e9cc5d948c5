"""The form of a place that is closed for a time."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.validators import InputRequired

from matchmaker.web.forms.moment import MomentField, ZonedForm


class ClosureForm(ZonedForm):
    """Which place, from when to when."""

    place_id = SelectField(_("Place"), [InputRequired()], coerce=int)
    starts_at = MomentField(_("Closed from"), [InputRequired()])
    ends_at = MomentField(_("until"), [InputRequired()])
