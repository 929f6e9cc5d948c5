"""The organiser's own passage in a mail."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import Length

from matchmaker.services.mail_passage import LONGEST
from matchmaker.web.forms import Form


class PassageForm(Form):
    """A few lines of text."""

    text = TextAreaField(_("Your own passage"), [Length(max=LONGEST)])
