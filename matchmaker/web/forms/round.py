"""Forms of a round: starting one, and opening its suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FloatField, IntegerField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from matchmaker.models import Group, RoundStep
from matchmaker.services.round import DEFAULT_SETTINGS
from matchmaker.services.round_draft import Scope
from matchmaker.web.forms import Form
from matchmaker.web.forms.moment import MomentField, ZonedForm

STEPS = {
    RoundStep.SUGGEST: _("Suggest: score everybody, then ask both sides whom they want to meet"),
    RoundStep.SCHEDULE: _("Schedule: make meetings from the fits and what both sides said"),
    RoundStep.BOTH: _("Both at once, without asking in between"),
}


SCOPES = {
    Scope.ALL: _("Everything but locked meetings"),
    Scope.FREE: _("Nothing: it fills free slots only"),
    Scope.SELECTED: _("Only meetings of selected participations"),
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

    floor = IntegerField(_("Meetings for everybody first"), [InputRequired(), NumberRange(0, 5)])

    uncomfortable = IntegerField(
        _("Meetings at uncomfortable hours for anybody, at most"), [Optional(), NumberRange(0, 50)]
    )

    scope = RadioField(
        _("What it may change of the draft that counts"),
        choices=[SelectChoice(scope.value, text) for scope, text in SCOPES.items()],
        default=Scope.ALL.value,
    )
    participations = SelectMultipleField(_("Selected participations"), coerce=int)

    def __init__(
        self, *, zone: str, step: RoundStep, names: list[tuple[int, str]], groups: Sequence[Group]
    ) -> None:
        super().__init__(
            zone=zone,
            data={
                "step": step.value,
                "opens_when_done": True,
                "top": DEFAULT_SETTINGS["top"],
                "least_fit": round(100 * DEFAULT_SETTINGS["least_fit"]),
                "seconds": DEFAULT_SETTINGS["seconds"],
                "scope": Scope.ALL.value,
                "floor": DEFAULT_SETTINGS["floor"],
            },
        )
        self.weights = weights_form(groups)
        self.participations.choices = [SelectChoice(number, name) for number, name in names]

    def validate(self, extra_validators: Any = None) -> bool:
        """The form and its weights; both are looked at, so that all errors are shown at once."""
        is_valid = bool(super().validate(extra_validators))
        return bool(self.weights.validate()) and is_valid

    def settings(self) -> dict[str, Any]:
        """What was chosen, as a round keeps it."""
        return {
            "top": self.top.data,
            "least_fit": (self.least_fit.data or 0) / 100,
            "seconds": self.seconds.data,
            "opens_when_done": bool(self.opens_when_done.data),
            "floor": self.floor.data,
            "uncomfortable": self.uncomfortable.data,
            "weights": {
                name: field.data
                for name, field in ((field.description, field) for field in self.weights)
                if field.data is not None and field.data != 1
            },
        }


def weights_form(groups: Sequence[Group]) -> Form:
    """One field per group: how much its first meetings count; its code is the field's description."""
    fields = {
        f"weight_{group.id}": FloatField(
            group.name, [Optional(), NumberRange(1, 9)], default=1, description=group.code
        )
        for group in groups
    }
    made: Form = type("WeightsForm", (Form,), fields)(meta={"csrf": False})
    return made


class OpenSuggestionsForm(ZonedForm):
    """Until when both sides shall answer."""

    wishes_until = MomentField(_("Answers are due by"), [Optional()])
