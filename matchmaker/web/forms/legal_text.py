"""The form of a legal text."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import Length

from matchmaker.web.forms import Form


class LegalTextForm(Form):
    """One text in Markdown; empty takes the page back."""

    text = TextAreaField(_("Text"), [Length(max=200_000)])
