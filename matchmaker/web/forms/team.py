"""Forms of an event's team."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, RadioField
from wtforms.validators import Email, InputRequired, Length

from matchmaker.models import EventRole, EventRoleKind
from matchmaker.services.team import Role
from matchmaker.web.forms import Form
from matchmaker.web.labels import choices


class RoleForm(Form):
    """What a person does for the event, and the rights of a co-organiser."""

    kind = RadioField(_("Role"), [InputRequired()])
    can_edit_event = BooleanField(_("Edit the event, its times, places, groups and programme"))
    can_manage_participations = BooleanField(_("Manage participations, and act for them"))
    can_run_rounds = BooleanField(_("Run and publish rounds, read the mails"))

    def __init__(self, row: EventRole | None = None) -> None:
        super().__init__(obj=row)
        self.kind.choices = choices(EventRoleKind)
        if row is None and not self.is_submitted():
            self.kind.data = EventRoleKind.CO_ORGANISER.value

    def role(self) -> Role:
        """What was typed."""
        return Role(
            kind=EventRoleKind(self.kind.data),
            can_edit_event=bool(self.can_edit_event.data),
            can_manage_participations=bool(self.can_manage_participations.data),
            can_run_rounds=bool(self.can_run_rounds.data),
        )


class InviteToTeamForm(RoleForm):
    """Whom to invite, and what for."""

    email = EmailField(_("E-mail address"), [InputRequired(), Email(), Length(max=254)])
