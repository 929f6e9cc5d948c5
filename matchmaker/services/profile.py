"""The profile of a participation: what it starts from, and its changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Stale
from matchmaker.models import Entry, Organisation, Participation, Topic
from matchmaker.services.audit import record
from matchmaker.services.organisation import website_address

COPIED = (
    "description",
    "language",
    "sector",
    "stage",
    "size",
    "country",
    "region",
    "languages",
    "website",
    "wanted_kinds",
    "wanted_text",
)


def start_profile(session: Session, *, participation: Participation, organisation: Organisation) -> None:
    """Fill a new participation from the organisation's last one, else from the organisation itself."""
    last = session.scalar(
        sa.select(Participation)
        .where(
            Participation.organisation_id == organisation.id,
            Participation.id != participation.id,
            # what nobody of the firm has confirmed is not the firm's word to start from
            Participation.confirmed_at.is_not(None),
        )
        .order_by(Participation.created_at.desc(), Participation.id.desc())
        .limit(1)
    )
    if last is not None:
        for column in COPIED:
            setattr(participation, column, getattr(last, column))
        entries = list(last.entries)
    else:
        participation.country = organisation.country
        participation.region = organisation.region
        participation.website = organisation.website
        entries = list(
            session.scalars(
                sa.select(Entry)
                .where(Entry.organisation_id == organisation.id)
                .order_by(Entry.kind, Entry.position)
            )
        )
    known = set(session.scalars(sa.select(Topic.code).where(Topic.event_id == participation.event_id)))
    participation.entries = [
        Entry(
            kind=entry.kind,
            title=entry.title,
            text=entry.text,
            language=entry.language,
            # a topic that this event does not have would be shown nowhere and match nothing
            topics=[code for code in entry.topics if code in known],
            position=entry.position,
        )
        for entry in entries
    ]
    session.flush()


@dataclass(frozen=True)
class ProfileText:
    """What a participation says of itself, besides its offers and needs."""

    description: str
    language: str
    sector: str
    stage: str
    size: str
    country: str
    region: str
    languages: Sequence[str]
    website: str
    wanted_kinds: Sequence[str]
    wanted_text: str


def save_profile(
    session: Session,
    *,
    participation: Participation,
    text: ProfileText,
    version: int,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Write down a profile; raises Stale when somebody saved another one since `version` was read."""
    if participation.version != version:
        raise Stale()
    website = website_address(text.website)
    wanted = {**asdict(text), "website": website}
    wanted["languages"], wanted["wanted_kinds"] = list(text.languages), list(text.wanted_kinds)
    changed = sorted(name for name, value in wanted.items() if getattr(participation, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(participation, name, wanted[name])
    participation.updated_at = now
    session.flush()
    record(
        session,
        actor_id=actor_id,
        action="edit_profile",
        subject="participation",
        subject_id=participation.id,
        event_id=participation.event_id,
        behalf_of_id=behalf_of_id,
        now=now,
        changed=changed,
    )
