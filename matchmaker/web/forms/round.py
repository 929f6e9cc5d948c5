"""Forms of a round: starting one, and opening its suggestions."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from matchmaker.models import RoundStep
from matchmaker.services.round import DEFAULT_SETTINGS
from matchmaker.web.forms.moment import MomentField, ZonedForm

STEPS = {
    RoundStep.SUGGEST: _("Suggest: score everybody, then ask both sides whom they want to meet"),
    RoundStep.SCHEDULE: _("Schedule: make meetings from the fits and what both sides said"),
    RoundStep.BOTH: _("Both at once, without asking in between"),
}


class RoundForm(ZonedForm):
    """What a round shall do, when, and how."""

    step = RadioField(
        _("Step"), [InputRequired()], choices=[SelectChoice(step.value, text) for step, text in STEPS.items()]
    )
    due_at = MomentField(_("Start at"), [Optional()])
    opens_when_done = BooleanField(_("Open the suggestions to both sides as soon as they are computed"))
    wishes_until = MomentField(_("Answers are due by"), [Optional()])
    top = IntegerField(_("Suggestions for each"), [InputRequired(), NumberRange(1, 200)])
    least_fit = IntegerField(_("Propose nothing below a fit of"), [InputRequired(), NumberRange(0, 100)])
    seconds = IntegerField(_("Seconds for the schedule"), [InputRequired(), NumberRange(1, 3600)])

    def __init__(self, *, zone: str, step: RoundStep) -> None:
        super().__init__(
            zone=zone,
            data={
                "step": step.value,
                "opens_when_done": True,
                "top": DEFAULT_SETTINGS["top"],
                "least_fit": round(100 * DEFAULT_SETTINGS["least_fit"]),
                "seconds": DEFAULT_SETTINGS["seconds"],
            },
        )

    def settings(self) -> dict[str, Any]:
        """What was chosen, as a round keeps it."""
        return {
            "top": self.top.data,
            "least_fit": (self.least_fit.data or 0) / 100,
            "seconds": self.seconds.data,
            "opens_when_done": bool(self.opens_when_done.data),
        }


class OpenSuggestionsForm(ZonedForm):
    """Until when both sides shall answer."""

    wishes_until = MomentField(_("Answers are due by"), [Optional()])
