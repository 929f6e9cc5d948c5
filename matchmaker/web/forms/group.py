"""The form of a group."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from matchmaker.models import Group, OrganisationKind
from matchmaker.services.group import GroupDetails
from matchmaker.web.forms import Form
from matchmaker.web.labels import choices


class GroupForm(Form):
    """A group's name, whom it takes in, and its limits."""

    name = StringField(_("Name"), [InputRequired(), Length(max=120)])
    kind = SelectField(_("Takes in"), [Optional()])
    minimum = IntegerField(_("Meetings, at least"), [Optional(), NumberRange(0, 1000)])
    maximum = IntegerField(_("Meetings, at most"), [Optional(), NumberRange(0, 1000)])

    def __init__(self, group: Group | None = None) -> None:
        super().__init__(obj=group)
        self.kind.choices = [("", gettext("Nobody by itself")), *choices(OrganisationKind)]

    def details(self) -> GroupDetails:
        """What was typed."""
        return GroupDetails(
            name=self.name.data or "",
            kind=self.kind.data or "",
            minimum=self.minimum.data,
            maximum=self.maximum.data,
        )
