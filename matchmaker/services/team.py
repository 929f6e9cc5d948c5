"""The team of an event: who runs it, with which rights, and how people are invited into it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from matchmaker.errors import N_, Conflict, LinkInvalid, NotFound
from matchmaker.models import Event, EventRole, EventRoleKind, Link, LinkKind, Person
from matchmaker.services.audit import record
from matchmaker.services.event import find_event
from matchmaker.services.link import find_link, hash_token, issue_link, use_link
from matchmaker.services.organisation_invitation import NewPerson, add_invited_person
from matchmaker.services.outbox import queue_mail
from matchmaker.services.registration import find_registered

LIFETIME = dt.timedelta(days=14)


class LastOrganiser(Conflict):
    """An event keeps an organiser, so that nobody is locked out."""

    message = N_("An event needs an organiser. Make somebody else an organiser first.")


@dataclass(frozen=True)
class Role:
    """What a person does for an event; the rights are those of a co-organiser and empty for others."""

    kind: EventRoleKind
    can_edit_event: bool = False
    can_manage_participations: bool = False
    can_run_rounds: bool = False

    def rights(self) -> dict[str, bool]:
        """The chosen rights as columns of EventRole."""
        chosen = {name: value for name, value in asdict(self).items() if name != "kind"}
        return chosen if self.kind == EventRoleKind.CO_ORGANISER else dict.fromkeys(chosen, False)


@dataclass(frozen=True)
class TeamInvitation:
    """An invitation that still waits; `person` is None while the address has no account."""

    link: Link
    event: Event
    kind: EventRoleKind
    person: Person | None


def team_of(session: Session, *, event_id: int) -> list[EventRole]:
    """The event's team with its people, organisers first."""
    rows = session.scalars(
        sa.select(EventRole).where(EventRole.event_id == event_id).options(joinedload(EventRole.person))
    )
    kinds = list(EventRoleKind)
    return sorted(rows, key=lambda row: (kinds.index(row.kind), row.person.name.casefold()))


def find_role(session: Session, *, event_id: int, person_id: int) -> EventRole:
    """What this person does for the event; raises NotFound."""
    role = session.get(EventRole, (event_id, person_id), options=[joinedload(EventRole.person)])
    if role is None:
        raise NotFound()
    return role


def invite_to_team(
    session: Session, *, event_id: int, email: str, role: Role, actor_id: int, now: dt.datetime
) -> None:
    """Mail an invitation; an earlier one to the same address and event becomes worthless."""
    email = email.lower()
    event = find_event(session, event_id=event_id)
    inviter = session.get_one(Person, actor_id)
    known = session.scalar(sa.select(Person).where(Person.email == email))
    if known and session.get(EventRole, (event_id, known.id)):
        raise Conflict(N_("%(email)s is on the team already."), field="email", email=email)
    for link in waiting_invitations(session, event_id=event_id):
        if link.email == email:
            link.revoked_at = now
    token = issue_link(
        session,
        kind=LinkKind.JOIN_EVENT_TEAM,
        email=email,
        lifetime=LIFETIME,
        now=now,
        event_id=event_id,
        invited_by=inviter.name,
        role={"kind": role.kind.value, **role.rights()},
    )
    queue_mail(
        session,
        kind="join_event_team",
        key=f"join-event-team:{hash_token(token)}",
        person=known or Person(email=email, name="", language=inviter.language, time_zone=event.time_zone),
        event_id=event_id,
        arguments={
            "token": token,
            "event": event.name,
            "inviter": inviter.name,
            "inviter_email": inviter.email,
            "role": role.kind.value,
            "expires_at": (now + LIFETIME).isoformat(),
        },
        now=now,
    )
    _record(session, "invite_to_team", event_id, None, actor_id, now, email=email, kind=role.kind.value)


def waiting_invitations(session: Session, *, event_id: int) -> list[Link]:
    """Invitations to this team that were neither answered nor taken back, oldest first."""
    return list(
        session.scalars(
            sa.select(Link)
            .where(
                Link.kind == LinkKind.JOIN_EVENT_TEAM,
                Link.arguments["event_id"].as_integer() == event_id,
                Link.used_at.is_(None),
                Link.revoked_at.is_(None),
            )
            .order_by(Link.id)
        )
    )


def take_back_invitation(
    session: Session, *, event_id: int, link_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Make a waiting invitation worthless; repeating it changes nothing."""
    link = session.get(Link, link_id)
    if link is None or link.kind != LinkKind.JOIN_EVENT_TEAM or link.arguments.get("event_id") != event_id:
        raise NotFound()
    if link.revoked_at is None and link.used_at is None:
        link.revoked_at = now
        _record(session, "take_back_team_invitation", event_id, None, actor_id, now, email=link.email)


def look_at_team_invitation(session: Session, *, token: str, now: dt.datetime) -> TeamInvitation:
    """What an invitation's page shows; raises LinkInvalid."""
    link = find_link(session, kind=LinkKind.JOIN_EVENT_TEAM, token=token, now=now)
    event = session.get(Event, link.arguments["event_id"])
    if event is None:
        raise LinkInvalid()
    person = find_registered(session, email=link.email)
    return TeamInvitation(link, event, EventRoleKind(link.arguments["role"]["kind"]), person)


def join_team(
    session: Session, *, token: str, new_person: NewPerson | None, now: dt.datetime
) -> tuple[Person, bool]:
    """Join the team; gives the person and whether its account was made now.

    The link proves the address; `new_person` is what an address without an account tells of itself.
    """
    invitation = look_at_team_invitation(session, token=token, now=now)
    person, is_new = invitation.person, invitation.person is None
    if person is None:
        if new_person is None:
            raise LinkInvalid()
        person = add_invited_person(session, invitation.link.email, new_person, now)
    use_link(session, kind=LinkKind.JOIN_EVENT_TEAM, token=token, now=now)
    if session.get(EventRole, (invitation.event.id, person.id)) is None:
        role = dict(invitation.link.arguments["role"])
        role["kind"] = invitation.kind
        session.add(EventRole(event_id=invitation.event.id, person_id=person.id, created_at=now, **role))
        session.flush()
    _record(session, "join_team", invitation.event.id, person.id, person.id, now)
    return person, is_new


def change_role(
    session: Session, *, event_id: int, person_id: int, role: Role, actor_id: int, now: dt.datetime
) -> None:
    """Change what a person does for the event; raises LastOrganiser when nobody would be left to run it."""
    _lock_team(session, event_id)
    row = find_role(session, event_id=event_id, person_id=person_id)
    if role.kind != EventRoleKind.ORGANISER:
        _check_other_organiser(session, row)
    row.kind = role.kind
    for name, value in role.rights().items():
        setattr(row, name, value)
    session.flush()
    _record(session, "change_role", event_id, person_id, actor_id, now, kind=role.kind.value, **role.rights())


def remove_from_team(
    session: Session, *, event_id: int, person_id: int, actor_id: int, now: dt.datetime
) -> None:
    """Take a person off the team; raises LastOrganiser for the last one."""
    _lock_team(session, event_id)
    row = find_role(session, event_id=event_id, person_id=person_id)
    _check_other_organiser(session, row)
    _record(session, "remove_from_team", event_id, person_id, actor_id, now, kind=row.kind.value)
    session.delete(row)
    session.flush()


def _lock_team(session: Session, event_id: int) -> None:
    # two organisers who remove one another at the same moment must not both succeed
    session.execute(sa.select(Event.id).where(Event.id == event_id).with_for_update())


def _check_other_organiser(session: Session, row: EventRole) -> None:
    if row.kind != EventRoleKind.ORGANISER:
        return
    other = session.scalar(
        sa.select(EventRole.person_id).where(
            EventRole.event_id == row.event_id,
            EventRole.kind == EventRoleKind.ORGANISER,
            EventRole.person_id != row.person_id,
        )
    )
    if other is None:
        raise LastOrganiser()


def _record(
    session: Session,
    action: str,
    event_id: int,
    person_id: int | None,
    actor_id: int,
    now: dt.datetime,
    **details: Any,
) -> None:
    record(
        session,
        actor_id=actor_id,
        event_id=event_id,
        action=action,
        subject="team",
        subject_id=person_id,
        now=now,
        **details,
    )
