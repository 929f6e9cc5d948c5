"""Logs people in and out; a log-in is a row, so that a log-out ends it for every copy of its cookie."""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from matchmaker.errors import N_, Invalid
from matchmaker.models import LoginSession, Person
from matchmaker.services.audit import record
from matchmaker.services.link import hash_token
from matchmaker.services.password import is_password_of, verify_nothing


class WrongLogIn(Invalid):
    """Address and password do not belong together."""

    message = N_("This e-mail address and password do not belong together.")


class NotConfirmed(Invalid):
    """The address has not been confirmed yet."""

    message = N_("Please confirm your e-mail address first: open the link in the mail that we sent you.")


class DemonstrationOnly(Invalid):
    """A log-in of the demonstration was tried from elsewhere than the machine that runs it."""

    message = N_("Log-ins of the demonstration work only on the machine that runs it.")


def log_in(
    session: Session,
    *,
    email: str,
    password: str,
    user_agent: str,
    lifetime: dt.timedelta,
    now: dt.datetime,
    is_this_machine: bool = False,
) -> str:
    """Check the password and open a log-in; gives the token for the cookie.

    Addresses ending in .example are nobody's (RFC 2606): the demonstration's people have them, with
    a password that everybody knows, so they log in only where browser and service are one machine.
    """
    if email.strip().lower().endswith(".example") and not is_this_machine:
        raise DemonstrationOnly()
    person = session.scalar(
        sa.select(Person).where(Person.email == email.strip().lower(), Person.erased_at.is_(None))
    )
    if person is None or person.password_hash is None:
        verify_nothing(password)  # the same time whether or not the address is known
        raise WrongLogIn()
    if not is_password_of(person, password):
        raise WrongLogIn()
    if person.email_confirmed_at is None:
        raise NotConfirmed()
    return open_login(session, person=person, user_agent=user_agent, lifetime=lifetime, now=now)


def open_login(
    session: Session, *, person: Person, user_agent: str, lifetime: dt.timedelta, now: dt.datetime
) -> str:
    """Open a log-in for a person who has proved who they are; gives the token for the cookie."""
    token = secrets.token_urlsafe(32)
    login = LoginSession(
        token_hash=hash_token(token),
        person_id=person.id,
        created_at=now,
        expires_at=now + lifetime,
        user_agent=user_agent[:200],
    )
    session.add(login)
    session.flush()
    record(session, actor_id=person.id, action="log_in", subject="login", subject_id=login.id, now=now)
    return token


def find_login(session: Session, *, token: str, now: dt.datetime) -> LoginSession | None:
    """The log-in of this token, if it still counts."""
    login = session.scalar(
        sa.select(LoginSession)
        .where(
            LoginSession.token_hash == hash_token(token),
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
        )
        .options(joinedload(LoginSession.person))
    )
    return None if login is None or login.person.erased_at else login


def log_out(session: Session, *, login_id: int, now: dt.datetime) -> None:
    """End this log-in."""
    login = session.get_one(LoginSession, login_id)
    login.ended_at = now
    record(session, actor_id=login.person_id, action="log_out", subject="login", subject_id=login.id, now=now)


def end_all_logins(session: Session, *, person_id: int, now: dt.datetime) -> None:
    """End every log-in of a person, as after a new password."""
    session.execute(
        sa.update(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None))
        .values(ended_at=now)
    )
