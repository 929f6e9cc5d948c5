"""Links of mails: single purpose, single use, expiring; only the hash of a token is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import LinkInvalid
from matchmaker.models import Link, LinkKind


def hash_token(token: str) -> str:
    """The form in which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue_link(
    session: Session,
    *,
    kind: LinkKind,
    email: str,
    lifetime: dt.timedelta,
    now: dt.datetime,
    person_id: int | None = None,
    **arguments: Any,
) -> str:
    """Make a link and give its token, which is not kept anywhere but in the mail's own row."""
    token = secrets.token_urlsafe(32)
    session.add(
        Link(
            kind=kind,
            token_hash=hash_token(token),
            person_id=person_id,
            email=email,
            arguments=arguments,
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    session.flush()
    return token


def find_link(session: Session, *, kind: LinkKind, token: str, now: dt.datetime) -> Link:
    """The link of this token, usable now; raises LinkInvalid (used, revoked, past its time, unknown)."""
    link = session.scalar(sa.select(Link).where(Link.token_hash == hash_token(token), Link.kind == kind))
    if link is None or link.used_at or link.revoked_at or link.expires_at <= now:
        raise LinkInvalid()
    return link


def use_link(session: Session, *, kind: LinkKind, token: str, now: dt.datetime) -> Link:
    """Find the link and use it up, so that of two uses at once only one succeeds."""
    link = find_link(session, kind=kind, token=token, now=now)
    used = session.execute(
        sa.update(Link).where(Link.id == link.id, Link.used_at.is_(None)).values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise LinkInvalid()
    return link


def revoke_links(session: Session, *, kind: LinkKind, email: str, now: dt.datetime) -> None:
    """Make the unused links of one kind to one address worthless."""
    session.execute(
        sa.update(Link)
        .where(Link.kind == kind, Link.email == email, Link.used_at.is_(None), Link.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def revoke_links_of(session: Session, *, kind: LinkKind, person_id: int, now: dt.datetime) -> None:
    """Make the unused links of one kind that one person asked for worthless, whatever their address."""
    session.execute(
        sa.update(Link)
        .where(
            Link.kind == kind,
            Link.person_id == person_id,
            Link.used_at.is_(None),
            Link.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
