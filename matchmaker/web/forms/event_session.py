"""The forms of a session of the programme and of a roundtable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from matchmaker.models import Block, Event, EventSession, Place, SessionKind
from matchmaker.services.session_details import (
    FEWEST_AT_A_TABLE,
    LARGEST_TABLE,
    LEAST_GUESTS,
    MOST_GUESTS,
    SessionDetails,
)
from matchmaker.web.forms import CheckboxListField
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
    is_by_round = BooleanField(_("The round gives the seats, by wishes"))
    least = IntegerField(_("Held only with at least"), [Optional(), NumberRange(1, 100_000)])
    description = TextAreaField(_("Description"), [Length(max=10_000)])

    def __init__(self, event: Event, places: Sequence[Place], row: EventSession | None = None) -> None:
        super().__init__(obj=row, zone=event.time_zone)
        kinds = choices(SessionKind)
        self.kind.choices = [choice for choice in kinds if choice[0] != SessionKind.ROUNDTABLE]
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
            is_by_round=bool(self.is_by_round.data),
            least=self.least.data if self.is_by_round.data else None,
        )


class RoundtableForm(ZonedForm):
    """A meeting of one host and several guests, in a slot that the round picks or at a set time."""

    title = StringField(_("Title"), [InputRequired(), Length(max=200)])
    host_id = SelectField(_("Host"), [InputRequired()], coerce=int)
    least = IntegerField(
        _("Guests at least"), [InputRequired(), NumberRange(FEWEST_AT_A_TABLE, LARGEST_TABLE)]
    )
    seats = IntegerField(
        _("Guests at most"), [InputRequired(), NumberRange(FEWEST_AT_A_TABLE, LARGEST_TABLE)]
    )
    block_id = SelectField(_("Time"), [Optional()], coerce=int)
    starts_at = MomentField(_("From"), [Optional()])
    ends_at = MomentField(_("To"), [Optional()])
    place_ids = CheckboxListField(_("Places"), coerce=int)
    description = TextAreaField(_("Description"), [Length(max=10_000)])

    def __init__(
        self,
        event: Event,
        *,
        blocks: Sequence[Block],
        hosts: Sequence[tuple[int, str]],
        places: Sequence[Place],
        row: EventSession | None = None,
    ) -> None:
        super().__init__(obj=row, zone=event.time_zone)
        self.blocks = {block.id: block for block in blocks if block.place_id is None}
        self.host_id.choices = list(hosts)
        self.block_id.choices = [
            *(
                (b.id, gettext("The round picks a slot of %(block)s", block=b.name))
                for b in self.blocks.values()
            ),
            (0, gettext("The set time below")),
        ]
        self.place_ids.choices = [(place.id, place.name) for place in places]
        if self.is_submitted():
            return
        if row is None:
            self.least.data, self.seats.data = LEAST_GUESTS, MOST_GUESTS
        else:
            self.block_id.data = row.block_id or 0
            self.place_ids.data = [place.place_id for place in row.places]
            if row.block_id is not None and not row.has_time:
                self.starts_at.process_data(None)
                self.ends_at.process_data(None)

    def validate(self, extra_validators: Any = None) -> bool:
        """A set time needs both ends."""
        is_good = super().validate(extra_validators)
        if self.block_id.data not in self.blocks:
            for moment in (self.starts_at, self.ends_at):
                if moment.data is None and not moment.errors:
                    moment.errors = [gettext("Write a day and a time, or let the round pick a slot.")]
                    is_good = False
        return bool(is_good)

    def details(self) -> SessionDetails:
        """What was typed; in a block the round picks the time."""
        block = self.blocks.get(self.block_id.data)
        return SessionDetails(
            kind=SessionKind.ROUNDTABLE,
            title=self.title.data or "",
            starts_at=block.starts_at if block else self.starts_at.data,
            ends_at=block.ends_at if block else self.ends_at.data,
            description=self.description.data or "",
            seats=self.seats.data,
            is_by_round=True,
            least=self.least.data,
            host_id=self.host_id.data,
            block_id=block.id if block else None,
            place_ids=tuple(self.place_ids.data or ()),
        )
