"""Groups of an event, their limits, and which of them may meet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import Group, GroupRule, OrganisationKind, Participation
from matchmaker.services.audit import record
from matchmaker.services.slug import make_slug

DEFAULT_GROUPS = (
    ("startups", N_("Startups"), OrganisationKind.STARTUP),
    ("corporates", N_("Corporates"), OrganisationKind.CORPORATE),
    ("research", N_("Research"), OrganisationKind.RESEARCH),
    ("investors", N_("Investors"), OrganisationKind.INVESTOR),
    ("public", N_("Public bodies"), OrganisationKind.PUBLIC),
    ("enablers", N_("Enablers"), OrganisationKind.ENABLER),
)
# startups meet everybody but one another; corporates also meet those who research, rule and connect
DEFAULT_PAIRS = (
    ("startups", "corporates"),
    ("startups", "research"),
    ("startups", "investors"),
    ("startups", "public"),
    ("startups", "enablers"),
    ("corporates", "research"),
    ("corporates", "public"),
    ("corporates", "enablers"),
    ("research", "investors"),
)


class GroupInUse(Conflict):
    """A group with participations cannot vanish."""

    message = N_("%(count)s participations are in this group. Move them to another group first.")


@dataclass(frozen=True)
class GroupDetails:
    """What an organiser says of a group; `kind` is the kind of organisation that it takes in, or ""."""

    name: str
    kind: str = ""
    minimum: int | None = None
    maximum: int | None = None


def find_group(session: Session, *, event_id: int, group_id: int) -> Group:
    """The group of this event; raises NotFound."""
    group = session.scalar(sa.select(Group).where(Group.id == group_id, Group.event_id == event_id))
    if group is None:
        raise NotFound()
    return group


def groups_of(session: Session, *, event_id: int) -> list[Group]:
    """The event's groups in their order."""
    return list(
        session.scalars(sa.select(Group).where(Group.event_id == event_id).order_by(Group.position, Group.id))
    )


def group_for(session: Session, *, event_id: int, kind: OrganisationKind) -> Group:
    """The group that takes in organisations of this kind, the event's first group where none does."""
    groups = groups_of(session, event_id=event_id)
    if not groups:
        raise NotFound(N_("This event has no groups yet."))
    return next((group for group in groups if group.kind == kind), groups[0])


def add_default_groups(session: Session, *, event_id: int) -> None:
    """A group for every kind of organisation, and a matrix that suits most events."""
    groups = {
        code: Group(event_id=event_id, code=code, name=name, kind=kind.value, position=position)
        for position, (code, name, kind) in enumerate(DEFAULT_GROUPS)
    }
    session.add_all(groups.values())
    session.flush()
    for first, second in DEFAULT_PAIRS:
        low, high = sorted((groups[first].id, groups[second].id))
        session.add(GroupRule(group_a_id=low, group_b_id=high, event_id=event_id))
    session.flush()


def add_group(
    session: Session, *, event_id: int, details: GroupDetails, actor_id: int, now: dt.datetime
) -> Group:
    """Add a group at the end of the list; it meets nobody until the matrix says so."""
    groups = groups_of(session, event_id=event_id)
    _check_details(groups, details)
    group = Group(
        event_id=event_id,
        code=make_slug(details.name, taken={row.code for row in groups}, length=40, fallback="group"),
        name=details.name,
        kind=details.kind,
        minimum=details.minimum,
        maximum=details.maximum,
        position=max((row.position for row in groups), default=-1) + 1,
    )
    session.add(group)
    session.flush()
    _record(session, "add_group", group, actor_id, now)
    return group


def edit_group(
    session: Session,
    *,
    event_id: int,
    group_id: int,
    details: GroupDetails,
    actor_id: int,
    now: dt.datetime,
) -> Group:
    """Change a group's name, kind and limits; its code stays, because imports refer to it."""
    group = find_group(session, event_id=event_id, group_id=group_id)
    others = [row for row in groups_of(session, event_id=event_id) if row.id != group.id]
    _check_details(others, details)
    group.name, group.kind = details.name, details.kind
    group.minimum, group.maximum = details.minimum, details.maximum
    _record(session, "edit_group", group, actor_id, now)
    session.flush()
    return group


def delete_group(session: Session, *, event_id: int, group_id: int, actor_id: int, now: dt.datetime) -> None:
    """Delete an empty group; raises GroupInUse when participations are in it."""
    group = find_group(session, event_id=event_id, group_id=group_id)
    count = session.scalar(
        sa.select(sa.func.count()).where(
            Participation.group_id == group.id, Participation.event_id == event_id
        )
    )
    if count:
        raise GroupInUse(count=count)
    if len(groups_of(session, event_id=event_id)) == 1:
        raise Conflict(N_("An event needs at least one group."))
    _record(session, "delete_group", group, actor_id, now)
    session.delete(group)
    session.flush()


def allowed_pairs(session: Session, *, event_id: int) -> frozenset[tuple[int, int]]:
    """The pairs of groups that may meet, each with the smaller number first."""
    rules = session.execute(
        sa.select(GroupRule.group_a_id, GroupRule.group_b_id).where(GroupRule.event_id == event_id)
    )
    return frozenset((row.group_a_id, row.group_b_id) for row in rules)


def set_allowed_pairs(
    session: Session,
    *,
    event_id: int,
    pairs: frozenset[tuple[int, int]],
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Say which groups may meet; raises Invalid for a group of another event."""
    own = {group.id for group in groups_of(session, event_id=event_id)}
    wanted = {(min(pair), max(pair)) for pair in pairs}
    if any(number not in own for pair in wanted for number in pair):
        raise Invalid()
    present = allowed_pairs(session, event_id=event_id)
    for low, high in sorted(present - wanted):
        session.execute(
            sa.delete(GroupRule).where(
                GroupRule.event_id == event_id, GroupRule.group_a_id == low, GroupRule.group_b_id == high
            )
        )
    for low, high in sorted(wanted - present):
        session.add(GroupRule(group_a_id=low, group_b_id=high, event_id=event_id))
    record(
        session,
        actor_id=actor_id,
        event_id=event_id,
        action="set_allowed_pairs",
        subject="group",
        subject_id=None,
        now=now,
        added=len(wanted - present),
        removed=len(present - wanted),
    )
    session.flush()


def count_by_group(session: Session, *, event_id: int) -> dict[int, int]:
    """How many participations each group has, withdrawn ones too."""
    rows = session.execute(
        sa.select(Participation.group_id, sa.func.count())
        .where(Participation.event_id == event_id)
        .group_by(Participation.group_id)
    )
    return {row[0]: row[1] for row in rows}


def _check_details(others: list[Group], details: GroupDetails) -> None:
    if not details.name:
        raise Invalid(N_("Give the group a name."), field="name")
    if any(row.name.casefold() == details.name.casefold() for row in others):
        raise Conflict(N_("There is already a group called %(name)s."), field="name", name=details.name)
    taken = next((row for row in others if details.kind and row.kind == details.kind), None)
    if taken is not None:
        raise Conflict(
            N_("%(group)s already takes in this kind of organisation."), field="kind", group=taken.name
        )
    if details.maximum is not None and details.maximum < (details.minimum or 0):
        raise Invalid(N_("The most cannot be less than the least."), field="maximum")


def _record(session: Session, action: str, group: Group, actor_id: int, now: dt.datetime) -> None:
    record(
        session,
        actor_id=actor_id,
        event_id=group.event_id,
        action=action,
        subject="group",
        subject_id=group.id,
        now=now,
        name=group.name,
    )
