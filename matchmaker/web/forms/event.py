"""Forms of an event: what it says of itself, and its rules."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from matchmaker import clock
from matchmaker.models import Approval, Event, EventFormat
from matchmaker.services.event import EventDetails, EventRules
from matchmaker.services.limits import LONGEST_PAUSE
from matchmaker.services.meeting_request import UNTIL_SLOT
from matchmaker.web.forms import Form
from matchmaker.web.labels import choices
from matchmaker.web.lifetimes import lifetime_choices
from matchmaker.web.numbers import seen_version
from matchmaker.web.zones import zone_choices

MOST_REQUESTS = 20  # where the field was left empty


class EventForm(Form):
    """What an event says of itself."""

    version = HiddenField()
    name = StringField(_("Name"), [InputRequired(), Length(max=200)])
    format = RadioField(_("Where people meet"), [InputRequired()])
    starts_on = DateField(_("First day"), [InputRequired()])
    ends_on = DateField(_("Last day"), [InputRequired()])
    time_zone = SelectField(_("Time zone"), [InputRequired()])
    venue = StringField(_("Venue"), [Length(max=300)])
    description = TextAreaField(_("What it is about"), [Length(max=20_000)])
    video_link = StringField(_("Video link"), [Length(max=500)])
    organiser_name = StringField(_("Organiser"), [Length(max=200)])
    organiser_address = TextAreaField(_("Postal address"), [Length(max=1000)])
    organiser_email = EmailField(_("E-mail address for questions"), [Optional(), Email(), Length(max=254)])

    def __init__(self, event: Event | None = None) -> None:
        super().__init__(obj=event)
        self.format.choices = choices(EventFormat)
        self.time_zone.choices = zone_choices(clock.now(), also=event.time_zone if event else "")

    def details(self) -> EventDetails:
        """What was typed."""
        return EventDetails(
            name=self.name.data or "",
            format=EventFormat(self.format.data),
            time_zone=self.time_zone.data,
            starts_on=self.starts_on.data,  # type: ignore[arg-type]  # required above
            ends_on=self.ends_on.data,  # type: ignore[arg-type]  # required above
            description=self.description.data or "",
            venue=self.venue.data or "",
            organiser_name=self.organiser_name.data or "",
            organiser_address=self.organiser_address.data or "",
            organiser_email=self.organiser_email.data or "",
            video_link=self.video_link.data or "",
        )


class RulesForm(Form):
    """How participations are approved, meetings confirmed and limited."""

    version = HiddenField()
    approval = RadioField(_("Registrations are approved"), [InputRequired()])
    confirms_all = BooleanField(_("Confirm all meetings of a round when it is published"))
    excludes_met_before = BooleanField(_("Leave out organisations that met at an earlier event"))
    minimum = IntegerField(_("At least"), [Optional(), NumberRange(0, 1000)])
    maximum = IntegerField(_("At most"), [Optional(), NumberRange(1, 1000)])
    per_day = IntegerField(_("At most per day"), [Optional(), NumberRange(1, 1000)])
    in_a_row = IntegerField(_("At most in a row"), [Optional(), NumberRange(1, 1000)])
    pause = IntegerField(_("Pause between meetings, in minutes"), [Optional(), NumberRange(0, LONGEST_PAUSE)])
    most_musts = IntegerField(_("Musts of one participation"), [Optional(), NumberRange(0, 1000)])
    most_requests = IntegerField(_("Open requests of one participation"), [Optional(), NumberRange(1, 1000)])
    request_minutes = SelectField(_("A request waits for an answer"), [InputRequired()], coerce=int)
    confirms_mutual = BooleanField(_("Confirm at once what both sides wished"))
    has_waiting_list = BooleanField(_("Offer freed slots to the next pair that wanted to meet"))

    def __init__(self, event: Event) -> None:
        super().__init__(obj=event)
        self.approval.choices = choices(Approval)
        self.request_minutes.choices = lifetime_choices()
        if not self.is_submitted():
            self.request_minutes.data = event.request_minutes or UNTIL_SLOT

    def rules(self) -> EventRules:
        """What was typed."""
        return EventRules(
            approval=Approval(self.approval.data),
            confirms_all=bool(self.confirms_all.data),
            excludes_met_before=bool(self.excludes_met_before.data),
            minimum=self.minimum.data or 0,
            maximum=self.maximum.data,
            per_day=self.per_day.data,
            in_a_row=self.in_a_row.data,
            pause=self.pause.data,
            most_musts=self.most_musts.data,
            most_requests=self.most_requests.data or MOST_REQUESTS,
            request_minutes=self.request_minutes.data or None,
            confirms_mutual=bool(self.confirms_mutual.data),
            has_waiting_list=bool(self.has_waiting_list.data),
        )


def version_of(form: EventForm | RulesForm) -> int:
    """The version that the reader saw; 0, which no row has, when somebody tampered with it."""
    text = str(form.version.data or "")
    return seen_version(text)
