"""What single persons may do on the installation: administer it, create events."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import InstallationRight, Person, PersonRight
from matchmaker.services.account import issue_password_link
from matchmaker.services.audit import record
from matchmaker.services.outbox import queue_mail

FIRST_LINK_LIFETIME = dt.timedelta(days=1)
PAGE = 50


def make_administrator(session: Session, *, email: str, now: dt.datetime) -> tuple[Person, str | None]:
    """Make the owner of this address an administrator, who gives rights to others.

    Gives the token of a link that sets a password where the person has none yet, also to somebody
    who was made an administrator before and lost the link.
    """
    email = email.strip().lower()
    if "@" not in email:
        raise Invalid(N_("%(email)s is no e-mail address."), email=email)
    person = session.scalar(sa.select(Person).where(Person.email == email))
    if person is None:
        person = Person(email=email, name=email.split("@")[0], created_at=now)
        session.add(person)
        session.flush()
    _give(session, person.id, InstallationRight.ADMINISTRATOR, actor_id=None, now=now)
    if person.password_hash is not None:
        return person, None
    return person, issue_password_link(session, person=person, lifetime=FIRST_LINK_LIFETIME, now=now)


def grant_right(
    session: Session, *, person_id: int, right: InstallationRight, actor_id: int, now: dt.datetime
) -> None:
    """Give a person a right and tell them; granting it twice is harmless."""
    person = session.get(Person, person_id)
    if person is None or person.erased_at or person.password_hash is None:
        raise NotFound()
    if _give(session, person_id, right, actor_id=actor_id, now=now):
        queue_mail(
            session,
            kind="right_granted",
            key=f"right-granted:{person_id}:{right.value}:{now.isoformat()}",
            person=person,
            arguments={"right": right.value},
            now=now,
        )


def revoke_right(
    session: Session, *, person_id: int, right: InstallationRight, actor_id: int, now: dt.datetime
) -> None:
    """Take a right back; the last administrator keeps that right."""
    if right == InstallationRight.ADMINISTRATOR:
        # the rows are the lock: two administrators who revoke each other cannot both succeed
        holders = session.scalars(
            sa.select(PersonRight.person_id).where(PersonRight.right == right).with_for_update()
        ).all()
        if set(holders) <= {person_id}:
            raise Conflict(N_("The last administrator stays. Give the right to somebody else first."))
    row = session.get(PersonRight, (person_id, right))
    if row is None:
        return
    session.delete(row)
    session.flush()
    _record(session, "revoke_right", person_id, right, actor_id=actor_id, now=now)


def search_people(session: Session, *, text: str, page: int) -> tuple[list[Person], bool]:
    """People with an account by name or address, those with rights first; and whether more follow."""
    words = text.strip().lower()
    found = sa.select(Person).where(Person.password_hash.is_not(None), Person.erased_at.is_(None))
    if words:
        found = found.where(
            sa.or_(
                sa.func.lower(Person.name).contains(words, autoescape=True),
                Person.email.contains(words, autoescape=True),
            )
        )
    rights = sa.select(sa.func.count()).where(PersonRight.person_id == Person.id).scalar_subquery()
    rows = session.scalars(
        found.order_by(rights.desc(), Person.name, Person.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
        .options(selectinload(Person.rights))
    ).all()
    return list(rows[:PAGE]), len(rows) > PAGE


def _give(
    session: Session,
    person_id: int,
    right: InstallationRight,
    *,
    actor_id: int | None,
    now: dt.datetime,
) -> bool:
    if session.get(PersonRight, (person_id, right)) is not None:
        return False
    session.add(PersonRight(person_id=person_id, right=right, granted_by_id=actor_id, granted_at=now))
    session.flush()
    _record(session, "grant_right", person_id, right, actor_id=actor_id, now=now)
    return True


def _record(
    session: Session,
    action: str,
    person_id: int,
    right: InstallationRight,
    *,
    actor_id: int | None,
    now: dt.datetime,
) -> None:
    record(
        session,
        actor_id=actor_id,
        action=action,
        subject="person",
        subject_id=person_id,
        now=now,
        right=right.value,
    )
