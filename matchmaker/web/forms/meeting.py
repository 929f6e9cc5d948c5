"""Forms of meetings and requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from matchmaker.web.forms import Form
from matchmaker.web.numbers import row_number


class ReasonForm(Form):
    """Why somebody declines or cancels; the other side reads it."""

    reason = TextAreaField(_("Reason"), [Optional(), Length(max=500)])


class DelegateForm(Form):
    """Who sits in a meeting."""

    delegate_id = RadioField(_("Who comes"), [InputRequired()], coerce=int)


class MoveForm(Form):
    """When and where a meeting takes place instead."""

    where = SelectField(_("Time and place"), [InputRequired()])


class AskForm(Form):
    """A slot and a few words."""

    slot_id = RadioField(
        _("When"), [InputRequired(_("Choose one of the times."))], coerce=row_number, validate_choice=False
    )
    message = TextAreaField(_("Message"), [Optional(), Length(max=1000)])


class AnswerForm(Form):
    """The slot in which a request is accepted."""

    slot_id = RadioField(_("When"), [InputRequired()], coerce=row_number, validate_choice=False)
