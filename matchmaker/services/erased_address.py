"""Addresses whose owners said "no, and erase me": only hashes are kept, so that imports respect them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.models import AuditEntry, ErasedAddress, Link, OutboxMail, RateCount
from matchmaker.services.chunks import chunks
from matchmaker.services.link import hash_token


def erased_among(session: Session, *, emails: Iterable[str]) -> frozenset[str]:
    """Those of these addresses whose owners do not want to be asked again."""
    by_hash = {hash_token(email): email for email in emails}
    found: set[str] = set()
    for few in chunks(sorted(by_hash)):
        rows = session.scalars(sa.select(ErasedAddress.email_hash).where(ErasedAddress.email_hash.in_(few)))
        found.update(by_hash[row] for row in rows)
    return frozenset(found)


def forget_address(session: Session, *, email: str, now: dt.datetime) -> None:
    """Delete what is kept under an address (mails, links, counters, notes of invitations) but its hash."""
    remember_erased(session, email=email, now=now)
    session.execute(sa.delete(OutboxMail).where(OutboxMail.to_email == email))
    session.execute(sa.delete(Link).where(Link.email == email))
    session.execute(sa.delete(RateCount).where(RateCount.key.endswith(f":{email}", autoescape=True)))
    noted = session.scalars(sa.select(AuditEntry).where(AuditEntry.details["email"].as_string() == email))
    for entry in noted:
        entry.details = {name: value for name, value in entry.details.items() if name != "email"}
    session.flush()


def remember_erased(session: Session, *, email: str, now: dt.datetime) -> None:
    """Keep the hash of an address whose owner does not want to be asked again."""
    insert = dialect_insert(session, ErasedAddress).values(email_hash=hash_token(email), erased_at=now)
    session.execute(insert.on_conflict_do_nothing(index_elements=["email_hash"]))
