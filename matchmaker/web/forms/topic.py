"""Forms of the taxonomy."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from matchmaker.models import Topic
from matchmaker.services.topic import TopicDetails, as_tree, descendants
from matchmaker.web.forms import Form


class TopicForm(Form):
    """A topic's labels and what it stands below."""

    label_en = StringField(_("English"), [InputRequired(), Length(max=120)])
    label_de = StringField(_("German"), [Length(max=120)])
    label_fr = StringField(_("French"), [Length(max=120)])
    parent_code = SelectField(_("Below"), [Optional()])

    def __init__(self, topics: Sequence[Topic], language: str, topic: Topic | None = None) -> None:
        super().__init__(obj=topic)
        own = descendants(topics, topic.code) if topic else set()
        tree = [(depth, row) for depth, row in as_tree(topics) if row.code not in own]
        self.parent_code.choices = [
            ("", gettext("Nothing: at the top")),
            *((row.code, "\u2003" * depth + row.label(language)) for depth, row in tree),
        ]

    def details(self) -> TopicDetails:
        """What was typed; a missing label is the English one."""
        english = self.label_en.data or ""
        return TopicDetails(
            label_en=english,
            label_de=self.label_de.data or english,
            label_fr=self.label_fr.data or english,
            parent_code=self.parent_code.data or "",
        )


class ReplaceTopicForm(Form):
    """Which topic takes the place of one that goes."""

    replacement_id = SelectField(_("Instead, they get"), [Optional()], coerce=int)

    def __init__(self, topics: Sequence[Topic], language: str, topic: Topic) -> None:
        super().__init__()
        self.replacement_id.choices = [
            (0, gettext("Please choose")),
            *(
                (row.id, "\u2003" * depth + row.label(language))
                for depth, row in as_tree(topics)
                if row.id != topic.id
            ),
        ]


class TopicFileForm(Form):
    """A file of topics."""

    file = FileField(_("CSV or Excel file"), [FileRequired()])
