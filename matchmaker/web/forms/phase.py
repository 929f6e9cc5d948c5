"""When a gate shall be taken."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms.validators import Optional

from matchmaker.web.forms.moment import MomentField, ZonedForm


class GateForm(ZonedForm):
    """A date for the gate, and until when people are asked to answer."""

    due_at = MomentField(_("Do it at"), [Optional()])
    ends_at = MomentField(_("Answers are due by"), [Optional()])
