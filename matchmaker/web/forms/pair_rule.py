"""Two participations by name, and whether they shall meet or not."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from matchmaker.models import PairRuleKind
from matchmaker.web.forms import Form


class PairRuleForm(Form):
    """One rule."""

    one = StringField(_("One participation"), [InputRequired(), Length(max=200)])
    other = StringField(_("The other participation"), [InputRequired(), Length(max=200)])
    kind = RadioField(
        _("They"),
        [InputRequired()],
        choices=[
            SelectChoice(PairRuleKind.FORCE.value, _("shall meet: the next run places them wherever it can")),
            SelectChoice(PairRuleKind.FORBID.value, _("must not meet: no run proposes them")),
        ],
        default=PairRuleKind.FORCE.value,
    )
