"""Forms of delegates: inviting one, and correcting one without an account."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, SelectField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from matchmaker.models import Delegate
from matchmaker.services.delegate import has_account
from matchmaker.web.forms import Form
from matchmaker.web.zones import zone_choices


class DelegateForm(Form):
    """Somebody who sits in meetings for the participation."""

    name = StringField(_("Name"), [DataRequired(), Length(max=200)])
    email = EmailField(
        _("E-mail address"), [DataRequired(), Email(_("Write it like name@firm.example.")), Length(max=254)]
    )
    job_title = StringField(_("Job title"), [Length(max=200)])
    time_zone = SelectField(_("Time zone"), [InputRequired()])
    is_manager = BooleanField(_("May edit the profile, wishes and delegates"))

    def __init__(self, *, now: dt.datetime, zone: str, delegate: Delegate | None = None) -> None:
        person = delegate.person if delegate else None
        known = {"is_manager": delegate.is_manager} if delegate else {"time_zone": zone}
        super().__init__(obj=person, data=known)
        self.time_zone.choices = zone_choices(now, also=person.time_zone if person else zone)
        if delegate is not None:
            # a listed firm's contact may have no address, and a refused one is corrected here
            self.email.validators = [Optional(), *list(self.email.validators)[1:]]
            self.email.flags.required = False
            if has_account(delegate.person):
                del self.email, self.name, self.job_title, self.time_zone
