"""What a person wants by mail and in the calendar."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField

from matchmaker.models import CalendarChoice, MailTopic
from matchmaker.web.forms import CheckboxListField, Form
from matchmaker.web.labels import choices


class MailChoiceForm(Form):
    """A box for each topic, checked while its mails are wanted."""

    topics = CheckboxListField(_("Mails that I want"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.topics.choices = choices(MailTopic)


class CalendarChoiceForm(Form):
    """Which meetings come as invitations."""

    choice = RadioField(_("Invitations by mail"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.choice.choices = choices(CalendarChoice)
