"""Addresses whose owners said "no, and erase me": only hashes are kept, so that imports respect them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.models import ErasedAddress
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


def remember_erased(session: Session, *, email: str, now: dt.datetime) -> None:
    """Keep the hash of an address whose owner does not want to be asked again."""
    insert = dialect_insert(session, ErasedAddress).values(email_hash=hash_token(email), erased_at=now)
    session.execute(insert.on_conflict_do_nothing(index_elements=["email_hash"]))
