"""The form of a shift at a shared stand."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from matchmaker.models import Event, Participation, Shift
from matchmaker.services.shift import ShiftDetails
from matchmaker.web.forms.moment import MomentField, ZonedForm


class ShiftForm(ZonedForm):
    """Who holds the stand from when to when."""

    participation_id = SelectField(_("Partner"), [InputRequired()], coerce=int)
    starts_at = MomentField(_("From"), [InputRequired()])
    ends_at = MomentField(_("To"), [InputRequired()])
    staff = SelectMultipleField(
        _("Staff on duty"),
        [Optional()],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, event: Event, partners: Sequence[Participation], shift: Shift | None = None) -> None:
        super().__init__(obj=shift, zone=event.time_zone)
        self.participation_id.choices = [(row.id, row.organisation.name) for row in partners]
        chosen = self.participation_id.data
        # without JavaScript the staff of one partner can be offered only once the partner is chosen
        self.staff.choices = [
            (delegate.id, delegate.person.name)
            for row in partners
            if row.id == chosen
            for delegate in row.delegates
        ]
        if shift is not None and not self.is_submitted():
            self.staff.data = [row.delegate_id for row in shift.staff]

    def details(self) -> ShiftDetails:
        """What was typed."""
        return ShiftDetails(
            participation_id=self.participation_id.data,
            starts_at=self.starts_at.data,
            ends_at=self.ends_at.data,
            staff=frozenset(self.staff.data or ()),
        )
