"""Adds a single firm by hand: an import of one row."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid
from matchmaker.models import Event, Group, OrganisationKind, Origin, Participation
from matchmaker.services.erased_address import erased_among
from matchmaker.services.organisation import name_key
from matchmaker.services.participant_apply import apply_import
from matchmaker.services.participant_import import ImportPlan, PlannedRow, RowAction
from matchmaker.services.participant_known import present_participations
from matchmaker.services.participant_row import FirmRow
from matchmaker.services.participation import record_change


class AlreadyThere(Conflict):
    """The event has this firm already."""

    message = N_("%(name)s is in the list already.")


def add_firm(
    session: Session,
    *,
    event: Event,
    firm: FirmRow,
    group_id: int,
    kind: OrganisationKind,
    source: str,
    actor_id: int,
    now: dt.datetime,
    brought_by_id: int | None = None,
) -> Participation:
    """Add an invited, unconfirmed firm; raises AlreadyThere, and Invalid for an address that said no."""
    if not name_key(firm.name):
        raise Invalid(N_("Please write the organisation's name."), field="name")
    group = session.scalar(sa.select(Group).where(Group.id == group_id, Group.event_id == event.id))
    if group is None:
        raise Invalid(N_("Choose one of the groups of this event."), field="group")
    emails = [person.email for person in firm.delegates if person.email]
    if erased_among(session, emails=emails):
        raise Invalid(
            N_("The owner of this address asked not to be invited again. Ask in person to register."),
            field="contact_email",
        )
    present = present_participations(session, event_id=event.id, brought_by_id=None)
    if name_key(firm.name) in present.by_name:
        raise AlreadyThere(field="name", name=firm.name)
    row = PlannedRow(firm, RowAction.CREATE, group.id, kind)
    made = apply_import(
        session,
        event=event,
        plan=ImportPlan((row,), ()),
        source=source,
        actor_id=actor_id,
        now=now,
        origin=Origin.ORGANISER if brought_by_id is None else Origin.ENABLER,
        brought_by_id=brought_by_id,
    ).participations[0]
    record_change(session, "add_firm", made, actor_id=actor_id, now=now)
    return made
