"""What a person changes about the own account: name, language, zone, password, address, consent, log-ins."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, LinkInvalid
from matchmaker.models import Consent, Link, LinkKind, LoginSession, Person
from matchmaker.services.audit import record
from matchmaker.services.link import (
    find_link,
    hash_token,
    issue_link,
    revoke_links,
    revoke_links_of,
    use_link,
)
from matchmaker.services.login import end_all_logins
from matchmaker.services.outbox import queue_mail
from matchmaker.services.password import is_password_of, set_password
from matchmaker.services.registration import NEWS

RESET_LIFETIME = dt.timedelta(hours=2)
CHANGE_LIFETIME = dt.timedelta(days=1)


class WrongPassword(Invalid):
    """The present password was asked for and something else was typed."""

    message = N_("This is not your present password.")

    def __init__(self) -> None:
        super().__init__(field="present_password")


def edit_account(
    session: Session,
    *,
    person_id: int,
    name: str,
    job_title: str,
    language: str,
    time_zone: str,
    wants_news: bool,
    privacy_version: str,
    now: dt.datetime,
) -> None:
    """Correct what is kept of a person; consent to news is given or taken back with it."""
    person = session.get_one(Person, person_id)
    person.name, person.job_title = name, job_title
    person.language, person.time_zone = language, time_zone
    given = find_consent(session, person_id=person_id)
    if wants_news and given is None:
        session.add(Consent(person_id=person_id, kind=NEWS, version=privacy_version, given_at=now))
    elif not wants_news and given is not None:
        given.withdrawn_at = now
    _record(session, "edit_account", person_id, now)


def prefer_language(session: Session, *, person_id: int, language: str, now: dt.datetime) -> None:
    """Read pages and get mails in this language from now on; choosing it again changes nothing."""
    person = session.get_one(Person, person_id)
    if person.language == language:
        return
    person.language = language
    _record(session, "edit_account", person_id, now)


def find_consent(session: Session, *, person_id: int) -> Consent | None:
    """The person's standing consent to news of other events."""
    return session.scalar(
        sa.select(Consent)
        .where(Consent.person_id == person_id, Consent.kind == NEWS, Consent.withdrawn_at.is_(None))
        .limit(1)
    )


def check_password(session: Session, *, person_id: int, password: str) -> Person:
    """The person, if this is the present password; raises WrongPassword."""
    person = session.get_one(Person, person_id)
    if not is_password_of(person, password):
        raise WrongPassword()
    return person


def change_password(
    session: Session, *, person_id: int, present: str, new: str, login_id: int, now: dt.datetime
) -> None:
    """Set a new password; every other log-in ends."""
    person = check_password(session, person_id=person_id, password=present)
    set_password(person, new)
    end_other_logins(session, person_id=person_id, login_id=login_id, now=now)
    revoke_links(session, kind=LinkKind.RESET_PASSWORD, email=person.email or "", now=now)
    revoke_links_of(session, kind=LinkKind.CHANGE_EMAIL, person_id=person_id, now=now)
    _tell_changed(session, person, now)
    _record(session, "change_password", person_id, now)


def ask_new_password(session: Session, *, email: str, now: dt.datetime) -> None:
    """Mail a link that sets a new password, if the address has an account; tells nobody whether it has."""
    person = session.scalar(
        sa.select(Person).where(
            Person.email == email.lower(), Person.erased_at.is_(None), Person.password_hash.is_not(None)
        )
    )
    if person is None:
        return
    token = issue_password_link(session, person=person, lifetime=RESET_LIFETIME, now=now)
    queue_mail(
        session,
        kind="reset_password",
        key=f"reset-password:{hash_token(token)}",
        person=person,
        arguments={"token": token, "expires_at": (now + RESET_LIFETIME).isoformat()},
        now=now,
    )


def issue_password_link(session: Session, *, person: Person, lifetime: dt.timedelta, now: dt.datetime) -> str:
    """The token of a fresh link that sets a password; earlier ones become worthless."""
    email = person.email or ""
    revoke_links(session, kind=LinkKind.RESET_PASSWORD, email=email, now=now)
    return issue_link(
        session,
        kind=LinkKind.RESET_PASSWORD,
        email=email,
        lifetime=lifetime,
        now=now,
        person_id=person.id,
    )


def reset_password(session: Session, *, token: str, password: str, now: dt.datetime) -> Person:
    """Set a password through a mailed link, which proves the address too; every log-in ends."""
    link = find_link(session, kind=LinkKind.RESET_PASSWORD, token=token, now=now)
    person = session.get(Person, link.person_id) if link.person_id else None
    if person is None or person.erased_at or person.email != link.email:
        raise LinkInvalid()
    set_password(person, password)
    use_link(session, kind=LinkKind.RESET_PASSWORD, token=token, now=now)
    person.email_confirmed_at = person.email_confirmed_at or now
    end_all_logins(session, person_id=person.id, now=now)
    revoke_links_of(session, kind=LinkKind.CHANGE_EMAIL, person_id=person.id, now=now)
    _tell_changed(session, person, now)
    _record(session, "reset_password", person.id, now)
    return person


def ask_new_email(session: Session, *, person_id: int, password: str, email: str, now: dt.datetime) -> None:
    """Mail a link to the new address; until it is opened the old one stays."""
    person = check_password(session, person_id=person_id, password=password)
    email = email.lower()
    if email == person.email:
        raise Invalid(N_("This is your address already."), field="email")
    revoke_links_of(session, kind=LinkKind.CHANGE_EMAIL, person_id=person_id, now=now)
    token = issue_link(
        session,
        kind=LinkKind.CHANGE_EMAIL,
        email=email,
        lifetime=CHANGE_LIFETIME,
        now=now,
        person_id=person_id,
    )
    addressee = Person(
        id=person.id, email=email, name=person.name, language=person.language, time_zone=person.time_zone
    )
    queue_mail(
        session,
        kind="change_email",
        key=f"change-email:{hash_token(token)}",
        person=addressee,
        arguments={"token": token, "expires_at": (now + CHANGE_LIFETIME).isoformat()},
        now=now,
    )


def confirm_new_email(session: Session, *, token: str, actor_id: int, now: dt.datetime) -> None:
    """Move the acting person's account to the address that the link proves; the old one is told."""
    link = find_new_email(session, token=token, actor_id=actor_id, now=now)
    if session.scalar(sa.select(Person.id).where(Person.email == link.email)) is not None:
        raise Conflict(N_("This address belongs to another account or contact. Use a different one."))
    use_link(session, kind=LinkKind.CHANGE_EMAIL, token=token, now=now)
    person = session.get_one(Person, actor_id)
    queue_mail(
        session,
        kind="email_changed",
        key=f"email-changed:{hash_token(token)}",
        person=person,
        arguments={"new_email": link.email},
        now=now,
    )
    if person.email:
        revoke_links(session, kind=LinkKind.RESET_PASSWORD, email=person.email, now=now)
    person.email, person.email_confirmed_at = link.email, now
    _record(session, "change_email", actor_id, now)


def find_new_email(session: Session, *, token: str, actor_id: int, now: dt.datetime) -> Link:
    """The waiting change of the acting person's address; raises LinkInvalid, also for others."""
    link = find_link(session, kind=LinkKind.CHANGE_EMAIL, token=token, now=now)
    if link.person_id != actor_id:
        raise LinkInvalid(N_("This link belongs to another account. Log in with that one first."))
    return link


def open_logins(session: Session, *, person_id: int, now: dt.datetime) -> list[LoginSession]:
    """The person's log-ins that still count, newest first."""
    return list(
        session.scalars(
            sa.select(LoginSession)
            .where(
                LoginSession.person_id == person_id,
                LoginSession.ended_at.is_(None),
                LoginSession.expires_at > now,
            )
            .order_by(LoginSession.id.desc())
        )
    )


def end_other_logins(session: Session, *, person_id: int, login_id: int, now: dt.datetime) -> None:
    """End every log-in of the person but this one."""
    session.execute(
        sa.update(LoginSession)
        .where(
            LoginSession.person_id == person_id,
            LoginSession.id != login_id,
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    _record(session, "end_other_logins", person_id, now)


def _tell_changed(session: Session, person: Person, now: dt.datetime) -> None:
    queue_mail(
        session,
        kind="password_changed",
        key=f"password-changed:{person.id}:{now.isoformat()}",
        person=person,
        arguments={"at": now.isoformat()},
        now=now,
    )


def _record(session: Session, action: str, person_id: int, now: dt.datetime) -> None:
    record(session, actor_id=person_id, action=action, subject="person", subject_id=person_id, now=now)
