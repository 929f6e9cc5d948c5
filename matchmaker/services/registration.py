"""Registration: nothing is kept but a link until its mail was answered, so that nothing is revealed.

A registration waits in its link's arguments. Only who reads the address's mail makes it a person, and only
from the browser that registered or with the password typed there: a stranger who registers somebody else's
address gets nothing out of that person's click.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Invalid, LinkInvalid
from matchmaker.models import Consent, ErasedAddress, Link, LinkKind, OrganisationKind, OutboxMail, Person
from matchmaker.services.audit import record
from matchmaker.services.link import find_link, hash_token, issue_link, revoke_links, use_link
from matchmaker.services.organisation import (
    OrganisationProfile,
    found_organisation,
    similar_organisations,
    website_address,
)
from matchmaker.services.outbox import queue_mail
from matchmaker.services.password import is_password_of, set_password

CONFIRMATION_LIFETIME = dt.timedelta(days=3)
NEWS = "news_of_events"


@dataclass(frozen=True)
class Registration:
    """What a person typed to register; `browser` is a secret that the registering browser keeps."""

    email: str
    name: str
    password: str
    language: str
    time_zone: str
    organisation: OrganisationProfile
    privacy_version: str
    wants_news: bool
    next_page: str
    browser: str


@dataclass(frozen=True)
class Confirmed:
    """A registration that became a person; `similar` are known organisations that may be the same."""

    person: Person
    next_page: str
    organisation: OrganisationProfile
    has_similar: bool


class WrongPassword(Invalid):
    """Not the password of this registration."""

    message = N_("This is not the password that you chose when you registered.")

    def __init__(self) -> None:
        super().__init__(field="password")


def register(session: Session, *, registration: Registration, now: dt.datetime) -> None:
    """Send a link that confirms the address; whose address has an account already is told so by mail.

    Takes equally long and answers alike in both cases.
    """
    email = registration.email.lower()
    website_address(registration.organisation.website)
    person = Person(
        email=email,
        name=registration.name,
        language=registration.language,
        time_zone=registration.time_zone,
    )
    set_password(person, registration.password)
    known = find_registered(session, email=email)
    if known is not None:
        _tell_registered(session, known, registration.next_page, now)
        return
    token = issue_link(
        session,
        kind=LinkKind.CONFIRM_EMAIL,
        email=email,
        lifetime=CONFIRMATION_LIFETIME,
        now=now,
        name=registration.name,
        password_hash=person.password_hash,
        language=registration.language,
        time_zone=registration.time_zone,
        organisation=asdict(registration.organisation),
        privacy_version=registration.privacy_version,
        privacy_shown_at=now.isoformat(),
        wants_news=registration.wants_news,
        next_page=registration.next_page,
        browser=hash_token(registration.browser),
    )
    _send_link(session, person, token, now)


def send_again(session: Session, *, email: str, browser: str, now: dt.datetime) -> None:
    """Send a fresh link for the newest registration from this browser, if there is one that still waits."""
    waiting = session.scalars(
        sa.select(Link)
        .where(
            Link.kind == LinkKind.CONFIRM_EMAIL,
            Link.email == email.lower(),
            Link.used_at.is_(None),
            Link.revoked_at.is_(None),
        )
        .order_by(Link.id.desc())
    )
    link = next((row for row in waiting if _is_from(row, browser)), None)
    if link is None:
        known = find_registered(session, email=email.lower())
        if known is not None:
            _tell_registered(session, known, "", now)
        return
    link.revoked_at = now
    token = issue_link(
        session,
        kind=LinkKind.CONFIRM_EMAIL,
        email=link.email,
        lifetime=CONFIRMATION_LIFETIME,
        now=now,
        **link.arguments,
    )
    _send_link(session, _person_of(link), token, now)


def waiting_token(session: Session, *, email: str, browser: str) -> str | None:
    """The token mailed last for a registration from this browser, while its mail has not been sent.

    Only for the demonstration, where no mail leaves and the page shows what would stand in it.
    """
    mails = session.scalars(
        sa.select(OutboxMail)
        .where(OutboxMail.kind == "confirm_email", OutboxMail.to_email == email.lower())
        .order_by(OutboxMail.id.desc())
    )
    for mail in mails:
        token: str = mail.arguments.get("token", "")
        link = session.scalar(sa.select(Link).where(Link.token_hash == hash_token(token)))
        if link is not None and _is_from(link, browser):
            return token
    return None


def look_at_confirmation(
    session: Session, *, token: str, browser: str, now: dt.datetime
) -> tuple[Link, bool]:
    """The waiting registration and whether this is the browser that registered."""
    link = find_link(session, kind=LinkKind.CONFIRM_EMAIL, token=token, now=now)
    return link, _is_from(link, browser)


def confirm(session: Session, *, token: str, browser: str, password: str, now: dt.datetime) -> Confirmed:
    """Make the registration a person, and its organisation one unless a similar one is known."""
    link = find_link(session, kind=LinkKind.CONFIRM_EMAIL, token=token, now=now)
    if not _is_from(link, browser) and not is_password_of(_person_of(link), password):
        raise WrongPassword()
    if find_registered(session, email=link.email) is not None:
        raise LinkInvalid()
    use_link(session, kind=LinkKind.CONFIRM_EMAIL, token=token, now=now)
    revoke_links(session, kind=LinkKind.CONFIRM_EMAIL, email=link.email, now=now)
    person = _keep_person(session, link, now)
    profile = _organisation_of(link)
    similar = similar_organisations(session, name=profile.name, email=person.email, person_id=person.id)
    if not similar:
        found_organisation(session, profile=profile, person=person, now=now)
    arguments = link.arguments
    link.arguments = {}  # the password's hash has moved to the person
    return Confirmed(person, arguments["next_page"], profile, bool(similar))


def find_registered(session: Session, *, email: str) -> Person | None:
    """The person who can log in with this address; imported contacts without a password cannot."""
    return session.scalar(
        sa.select(Person).where(
            Person.email == email,
            Person.erased_at.is_(None),
            Person.password_hash.is_not(None),
            Person.email_confirmed_at.is_not(None),
        )
    )


def _is_from(link: Link, browser: str) -> bool:
    return bool(browser) and link.arguments.get("browser") == hash_token(browser)


def _person_of(link: Link) -> Person:
    arguments = link.arguments
    return Person(
        email=link.email,
        name=arguments["name"],
        password_hash=arguments["password_hash"],
        language=arguments["language"],
        time_zone=arguments["time_zone"],
    )


def _organisation_of(link: Link) -> OrganisationProfile:
    values: dict[str, Any] = dict(link.arguments["organisation"])
    return OrganisationProfile(**{**values, "kind": OrganisationKind(values["kind"])})


def _keep_person(session: Session, link: Link, now: dt.datetime) -> Person:
    arguments = link.arguments
    # an imported or invited contact has a row already, with its place in events
    person = session.scalar(sa.select(Person).where(Person.email == link.email))
    if person is None:
        person = Person(email=link.email, created_at=now)
        session.add(person)
    person.name = arguments["name"]
    person.password_hash = arguments["password_hash"]
    person.language = arguments["language"]
    person.time_zone = arguments["time_zone"]
    person.email_confirmed_at = now
    person.erased_at = None
    person.privacy_version = arguments["privacy_version"]
    person.privacy_shown_at = dt.datetime.fromisoformat(arguments["privacy_shown_at"])
    session.flush()
    if arguments["wants_news"]:
        session.add(
            Consent(person_id=person.id, kind=NEWS, version=arguments["privacy_version"], given_at=now)
        )
    # who said "no, and erase me" to an invitation once has now come of its own will
    session.execute(sa.delete(ErasedAddress).where(ErasedAddress.email_hash == hash_token(link.email)))
    record(session, actor_id=person.id, action="register", subject="person", subject_id=person.id, now=now)
    return person


def _send_link(session: Session, person: Person, token: str, now: dt.datetime) -> None:
    queue_mail(
        session,
        kind="confirm_email",
        key=f"confirm-email:{hash_token(token)}",
        person=person,
        arguments={"token": token, "expires_at": (now + CONFIRMATION_LIFETIME).isoformat()},
        now=now,
    )


def _tell_registered(session: Session, person: Person, next_page: str, now: dt.datetime) -> None:
    queue_mail(
        session,
        kind="already_registered",
        key=f"already-registered:{person.id}:{now.isoformat()}",
        person=person,
        arguments={"next": quote(next_page, safe="/")},
        now=now,
    )
