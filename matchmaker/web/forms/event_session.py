"""The form of a session of the programme."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from matchmaker.models import Event, EventSession, Place, SessionKind
from matchmaker.services.event_session import SessionDetails
from matchmaker.web.forms.moment import MomentField, ZonedForm
from matchmaker.web.labels import choices


class SessionForm(ZonedForm):
    """A break, talk, masterclass or site visit."""

    kind = SelectField(_("Kind"), [InputRequired()])
    title = StringField(_("Title"), [InputRequired(), Length(max=200)])
    starts_at = MomentField(_("From"), [InputRequired()])
    ends_at = MomentField(_("To"), [InputRequired()])
    place_id = SelectField(_("Place"), [Optional()], coerce=int)
    seats = IntegerField(_("Seats"), [Optional(), NumberRange(1, 100_000)])
    description = TextAreaField(_("Description"), [Length(max=10_000)])

    def __init__(self, event: Event, places: Sequence[Place], row: EventSession | None = None) -> None:
        super().__init__(obj=row, zone=event.time_zone)
        self.kind.choices = choices(SessionKind)
        self.place_id.choices = [
            (0, gettext("None: see the description")),
            *((p.id, p.name) for p in places),
        ]
        if not self.is_submitted() and (row is None or row.place_id is None):
            self.place_id.data = 0

    def details(self) -> SessionDetails:
        """What was typed."""
        return SessionDetails(
            kind=SessionKind(self.kind.data),
            title=self.title.data or "",
            starts_at=self.starts_at.data,
            ends_at=self.ends_at.data,
            description=self.description.data or "",
            place_id=self.place_id.data or None,
            seats=self.seats.data,
        )
