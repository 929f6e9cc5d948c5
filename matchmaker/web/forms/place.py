"""Forms of places, their hours and owners."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from matchmaker.models import Event, EventFormat, Place, PlaceKind
from matchmaker.services.place import MOST_AT_ONCE, PlaceDetails
from matchmaker.web.forms import Form
from matchmaker.web.forms.moment import MomentField, ZonedForm
from matchmaker.web.labels import choices


class PlaceForm(Form):
    """A place, or several of one kind at once."""

    kind = SelectField(_("Kind"), [InputRequired()])
    name = StringField(_("Name"), [InputRequired(), Length(max=110)])
    count = IntegerField(_("How many"), [Optional(), NumberRange(1, MOST_AT_ONCE)])
    capacity = IntegerField(_("Meetings at once"), [Optional(), NumberRange(1, 10_000)])
    note = StringField(_("How to find it"), [Length(max=300)])
    link = StringField(_("Video link"), [Length(max=500)])

    def __init__(self, event: Event, place: Place | None = None) -> None:
        super().__init__(obj=place)
        no_video = event.format == EventFormat.ON_SITE and (place is None or place.kind != PlaceKind.VIDEO)
        self.kind.choices = [c for c in choices(PlaceKind) if not (no_video and c[0] == PlaceKind.VIDEO)]

    def details(self) -> PlaceDetails:
        """What was typed."""
        kind = PlaceKind(self.kind.data)
        return PlaceDetails(
            kind=kind,
            name=self.name.data or "",
            note=self.note.data or "",
            capacity=self.capacity.data or (None if kind == PlaceKind.VIDEO else 1),
            link=self.link.data or "",
        )


class OpeningHoursForm(ZonedForm):
    """A span in which a place is open."""

    starts_at = MomentField(_("From"), [InputRequired()])
    ends_at = MomentField(_("To"), [InputRequired()])


class OwnerForm(Form):
    """A participation whose place it shall be."""

    participation_id = SelectField(_("Participation"), [InputRequired()], coerce=int)
