"""Founds and corrects organisations, and knows when two names or mail domains mean the same one."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Invalid
from matchmaker.models import (
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationKind,
    OrganisationMember,
    Person,
)
from matchmaker.services.audit import record

PAGE = 50

# what a firm's name ends with says nothing of which firm it is; longer endings stand first
_LEGAL_FORMS = re.compile(
    r"\s+(?:gmbh\s*(?:und|and|&)?\s*co\s*\.?\s*kga?a?|ag\s*(?:und|and|&)\s*co\s*\.?\s*kga?a?|ggmbh|gmbh|mbh"
    r"|ug(?:\s+haftungsbeschränkt)?|ag|se|kg|kgaa|ohg|gbr|eg|e\s?v|incorporated|inc|corporation|corp|company|co"
    r"|limited|ltd|ltée|llc|llp|lp|plc|pty|sarl|sas|sa|srl|spa|bv|nv|oy|ab|as|aps)$"
)

# addresses at these are people's own and say nothing of their firm
FREE_MAIL_DOMAINS = frozenset(
    """aol.com arcor.de bell.net bluewin.ch email.de fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch
    gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.ca hotmail.com hotmail.de hotmail.fr icloud.com
    laposte.net live.ca live.com mac.com mail.com mail.de mailbox.org me.com msn.com online.de orange.fr
    outlook.com outlook.de posteo.de posteo.net proton.me protonmail.com qq.com rogers.com sfr.fr shaw.ca
    sympatico.ca t-online.de telus.net tuta.com tutanota.com videotron.ca wanadoo.fr web.de yahoo.ca yahoo.com
    yahoo.de yahoo.fr yandex.com ymail.com 163.com""".split()  # noqa: SIM905 - a list would take 57 lines
)


@dataclass(frozen=True)
class OrganisationProfile:
    """What an organisation says of itself whatever the event; `country` is an ISO 3166 code."""

    name: str
    kind: OrganisationKind
    country: str = ""
    region: str = ""
    city: str = ""
    website: str = ""


def name_key(name: str) -> str:
    """The form in which names are compared: lower case, letters and digits, without the legal form.

    A name that is nothing but a legal form keeps it.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().replace("&", " & ")
    words = " ".join(re.sub(r"[^\w&]+", " ", folded.replace(".", " ").replace("_", " ")).split())
    while (shorter := _LEGAL_FORMS.sub("", _joined_initials(words))) != words:
        words = shorter
    return words.rstrip(" &")[:200]


def _joined_initials(words: str) -> str:
    """Single letters in a row as one word, so that "S.A." and "e. V." are read as legal forms."""
    return re.sub(r"\b(\w) (?=\w\b)", r"\1", words)


def domain_of(email: str | None) -> str:
    """The mail domain that an address shares with its colleagues; empty for free-mail providers."""
    domain = (email or "").rpartition("@")[2].lower()
    return "" if domain in FREE_MAIL_DOMAINS else domain


def website_address(website: str) -> str:
    """A website as a link: https where no scheme was typed; raises Invalid when it is none."""
    if not website:
        return ""
    address = website if "://" in website else f"https://{website}"
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    except ValueError:
        is_usable = False
    if not is_usable or re.search(r"\s", address):
        raise Invalid(N_("Please write the website like https://www.example.org."), field="website")
    return address


def similar_organisations(
    session: Session, *, name: str, email: str | None, person_id: int | None = None
) -> list[Organisation]:
    """Known organisations with this name or the address's mail domain, the person's own excepted."""
    key = name_key(name)
    domain = domain_of(email)
    same = [Organisation.name_key == key] if key else []
    if domain:
        same.append(Organisation.mail_domain == domain)
    if not same:
        return []
    own = sa.select(OrganisationMember.organisation_id).where(
        OrganisationMember.person_id == person_id, OrganisationMember.status == MemberStatus.ACTIVE
    )
    return list(
        session.scalars(
            sa.select(Organisation)
            .where(sa.or_(*same), Organisation.merged_into_id.is_(None), Organisation.id.not_in(own))
            .order_by(Organisation.name, Organisation.id)
            .limit(10)
        )
    )


def found_organisation(
    session: Session, *, profile: OrganisationProfile, person: Person, now: dt.datetime
) -> Organisation:
    """Add an organisation whose first manager is this person."""
    organisation = Organisation(
        **asdict(_checked(profile)),
        name_key=name_key(profile.name),
        mail_domain=domain_of(person.email),
        created_at=now,
    )
    organisation.members = [
        OrganisationMember(
            person_id=person.id, role=MemberRole.MANAGER, status=MemberStatus.ACTIVE, created_at=now
        )
    ]
    session.add(organisation)
    session.flush()
    record(
        session,
        actor_id=person.id,
        action="found_organisation",
        subject="organisation",
        subject_id=organisation.id,
        now=now,
        name=organisation.name,
    )
    return organisation


def edit_organisation(
    session: Session, *, organisation_id: int, profile: OrganisationProfile, actor_id: int, now: dt.datetime
) -> Organisation:
    """Correct what is kept of an organisation."""
    organisation = session.get_one(Organisation, organisation_id)
    before = {name: getattr(organisation, name) for name in asdict(profile)}
    for name, value in asdict(_checked(profile)).items():
        setattr(organisation, name, value)
    organisation.name_key = name_key(profile.name)
    changed = sorted(name for name, value in before.items() if value != getattr(organisation, name))
    record(
        session,
        actor_id=actor_id,
        action="edit_organisation",
        subject="organisation",
        subject_id=organisation.id,
        now=now,
        changed=changed,
    )
    return organisation


def _checked(profile: OrganisationProfile) -> OrganisationProfile:
    if not name_key(profile.name):
        raise Invalid(N_("Please write the organisation's name."), field="organisation_name")
    return replace(profile, website=website_address(profile.website))


def search_organisations(session: Session, *, text: str, page: int) -> tuple[list[Organisation], bool]:
    """Organisations whose name, city or mail domain holds the text; and whether more follow."""
    words = text.strip().lower()
    found = sa.select(Organisation).where(Organisation.merged_into_id.is_(None))
    if words:
        columns = (
            sa.func.lower(Organisation.name),
            sa.func.lower(Organisation.city),
            Organisation.mail_domain,
        )
        found = found.where(sa.or_(*(column.contains(words, autoescape=True) for column in columns)))
    rows = session.scalars(
        found.order_by(sa.func.lower(Organisation.name), Organisation.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    ).all()
    return list(rows[:PAGE]), len(rows) > PAGE
