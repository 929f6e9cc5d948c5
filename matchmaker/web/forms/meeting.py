"""Forms of meetings and requests."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from matchmaker.services.meeting_request import UNTIL_SLOT
from matchmaker.web.forms import Form
from matchmaker.web.lifetimes import lifetime_choices
from matchmaker.web.numbers import row_number, seen_version


class ReasonForm(Form):
    """Why somebody declines or cancels; the other side reads it."""

    reason = TextAreaField(_("Reason"), [Optional(), Length(max=500)])


class DelegateForm(Form):
    """Who sits in a meeting."""

    delegate_id = RadioField(_("Who comes"), [InputRequired()], coerce=int)


class MoveForm(Form):
    """When and where a meeting takes place instead."""

    where = SelectField(_("Time and place"), [InputRequired()])


class LifetimeForm(Form):
    """A few words, and how long the other side has to answer."""

    message = TextAreaField(_("Message"), [Optional(), Length(max=1000)])
    minutes = SelectField(_("They can answer for"), [InputRequired()], coerce=int)

    def __init__(self, default: int | None) -> None:
        super().__init__(data={"minutes": default or UNTIL_SLOT})
        self.minutes.choices = lifetime_choices()


class AskForm(LifetimeForm):
    """A slot, a few words, and how long to wait."""

    slot_id = RadioField(
        _("When"), [InputRequired(_("Choose one of the times."))], coerce=row_number, validate_choice=False
    )


class ProposeForm(LifetimeForm):
    """Several slots to choose from, and a place where it matters."""

    slot_id = SelectMultipleField(
        _("When"), [InputRequired(_("Choose one of the times."))], coerce=row_number, validate_choice=False
    )
    place_id = SelectField(_("Where"), [Optional()], coerce=int)

    def __init__(self, default: int | None, places: dict[int, str]) -> None:
        super().__init__(default)
        self.place_id.choices = [(0, gettext("wherever there is room")), *places.items()]


class AnswerForm(Form):
    """The slot in which a request is accepted, and the versions that the reader saw."""

    slot_id = RadioField(_("When"), [InputRequired()], coerce=row_number, validate_choice=False)
    version = HiddenField()
    meeting_version = HiddenField()

    def seen(self) -> dict[str, int | None]:
        """The versions of the request and of the meeting that is to be moved, where they were sent."""
        return {
            name: seen_version(getattr(self, name).data) if getattr(self, name).data else None
            for name in ("version", "meeting_version")
        }
