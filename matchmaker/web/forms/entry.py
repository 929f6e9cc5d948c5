"""The form of an offer or need."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from matchmaker.models import Entry, Topic
from matchmaker.services.entry import EntryText
from matchmaker.web.forms import CheckboxListField, Form
from matchmaker.web.forms.participation import written_in_choices
from matchmaker.web.topics import topic_labels


class EntryForm(Form):
    """Title, text, language and topics."""

    title = StringField(_("In a few words"), [DataRequired(_("Please write a title.")), Length(max=200)])
    text = TextAreaField(_("More about it"), [Length(max=5_000)])
    language = SelectField(_("Written in"))
    topics = CheckboxListField(_("Topics"))

    def __init__(self, topics: Sequence[Topic], entry: Entry | None = None, language: str = "") -> None:
        super().__init__(obj=entry, data=None if entry else {"language": language})
        self.language.choices = written_in_choices(entry.language if entry else "")
        # codes of another event stay chosen nowhere: they are not among the choices
        self.topics.choices = list(topic_labels(topics).items())

    def entry_text(self) -> EntryText:
        """What was typed, as the service takes it."""
        return EntryText(
            self.title.data or "", self.text.data or "", self.language.data or "", self.topics.data or []
        )
