"""The form of a block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from matchmaker.models import Block, Event, Place, PlaceKind
from matchmaker.services.block import LONGEST_PAUSE, LONGEST_SLOT, SHORTEST_SLOT, BlockDetails
from matchmaker.web.forms.moment import MomentField, ZonedForm
from matchmaker.web.labels import label


class BlockForm(ZonedForm):
    """A span of time, how it is cut and, for a booth session, its stand."""

    name = StringField(_("Name"), [InputRequired(), Length(max=120)])
    starts_at = MomentField(_("From"), [InputRequired()])
    ends_at = MomentField(_("To"), [InputRequired()])
    slot_minutes = IntegerField(
        _("Minutes of a slot"), [InputRequired(), NumberRange(SHORTEST_SLOT, LONGEST_SLOT)]
    )
    pause_minutes = IntegerField(_("Minutes between slots"), [Optional(), NumberRange(0, LONGEST_PAUSE)])
    place_id = SelectField(_("Shared stand"), [Optional()], coerce=int)
    capacity = IntegerField(_("Meetings at once"), [Optional(), NumberRange(1, 1000)])

    def __init__(self, event: Event, places: Sequence[Place], block: Block | None = None) -> None:
        super().__init__(obj=block, zone=event.time_zone)
        stands = [place for place in places if place.kind != PlaceKind.VIDEO]
        self.place_id.choices = [
            (0, gettext("None: meetings happen at any free place")),
            *((place.id, f"{place.name} ({label(place.kind)})") for place in stands),
        ]
        if not self.is_submitted() and (block is None or block.place_id is None):
            self.place_id.data = 0

    def details(self) -> BlockDetails:
        """What was typed."""
        return BlockDetails(
            name=self.name.data or "",
            starts_at=self.starts_at.data,
            ends_at=self.ends_at.data,
            slot_minutes=cast(int, self.slot_minutes.data),
            pause_minutes=self.pause_minutes.data or 0,
            place_id=self.place_id.data or None,
            capacity=self.capacity.data,
        )
