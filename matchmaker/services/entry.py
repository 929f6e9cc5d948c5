"""Offers and needs, of a participation or (whatever the event) of an organisation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import Entry, EntryKind, Organisation, Participation, Topic
from matchmaker.services.audit import record

MOST_ENTRIES = 20
MOST_TOPICS = 12

Owner = Participation | Organisation


class TooManyEntries(Conflict):
    """There are as many offers or needs as anybody will read."""

    message = N_("There are %(maximum)s already, and nobody reads more. Remove or edit one of them.")


@dataclass(frozen=True)
class EntryText:
    """What an offer or need says."""

    title: str
    text: str
    language: str
    topics: Sequence[str]


def entries_of(session: Session, *, owner: Owner) -> Sequence[Entry]:
    """The offers and needs of an owner, each kind in its own order."""
    statement = sa.select(Entry).where(_belongs_to(owner)).order_by(Entry.kind, Entry.position, Entry.id)
    return session.scalars(statement).all()


def find_entry(session: Session, *, owner: Owner, entry_id: int) -> Entry:
    """An entry of this owner; raises NotFound."""
    entry = session.scalar(sa.select(Entry).where(Entry.id == entry_id, _belongs_to(owner)))
    if entry is None:
        raise NotFound()
    return entry


def add_entry(
    session: Session,
    *,
    owner: Owner,
    kind: EntryKind,
    text: EntryText,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> Entry:
    """Add an offer or need at the end; the same one sent twice is kept once."""
    siblings = [entry for entry in entries_of(session, owner=owner) if entry.kind == kind]
    checked = _checked(session, owner, text)
    for entry in siblings:
        if (entry.title, entry.text) == (checked.title, checked.text):
            return entry
    if len(siblings) >= MOST_ENTRIES:
        raise TooManyEntries(maximum=MOST_ENTRIES)
    is_of_event = isinstance(owner, Participation)
    entry = Entry(
        participation_id=owner.id if is_of_event else None,
        event_id=owner.event_id if isinstance(owner, Participation) else None,
        organisation_id=None if is_of_event else owner.id,
        kind=kind,
        title=checked.title,
        text=checked.text,
        language=checked.language,
        topics=list(checked.topics),
        position=max((entry.position for entry in siblings), default=-1) + 1,
    )
    session.add(entry)
    _note(session, "add_entry", owner, entry, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id)
    return entry


def edit_entry(
    session: Session,
    *,
    owner: Owner,
    entry: Entry,
    text: EntryText,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Change what an offer or need says."""
    checked = _checked(session, owner, text)
    entry.title = checked.title
    entry.text = checked.text
    entry.language = checked.language
    entry.topics = list(checked.topics)
    _note(session, "edit_entry", owner, entry, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id)


def remove_entry(
    session: Session,
    *,
    owner: Owner,
    entry: Entry,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Remove an offer or need."""
    _note(session, "remove_entry", owner, entry, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id)
    session.delete(entry)
    session.flush()


def move_entry(
    session: Session,
    *,
    owner: Owner,
    entry: Entry,
    up: bool,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None = None,
) -> None:
    """Move an offer or need one place up or down among its kind; at the end it stays."""
    siblings = [other for other in entries_of(session, owner=owner) if other.kind == entry.kind]
    at = siblings.index(entry)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(siblings):
        return
    siblings[at], siblings[to] = siblings[to], siblings[at]
    for position, other in enumerate(siblings):
        other.position = position
    _note(session, "move_entry", owner, entry, actor_id=actor_id, now=now, behalf_of_id=behalf_of_id)


def _belongs_to(owner: Owner) -> sa.ColumnElement[bool]:
    if isinstance(owner, Participation):
        return Entry.participation_id == owner.id
    return Entry.organisation_id == owner.id


def _checked(session: Session, owner: Owner, text: EntryText) -> EntryText:
    if not text.title.strip():
        raise Invalid(N_("Please write a title: a few words that a busy person understands."), field="title")
    topics = tuple(dict.fromkeys(text.topics))
    if isinstance(owner, Participation):
        topics = _known(session, owner.event_id, topics)
    if len(topics) > MOST_TOPICS:
        raise Invalid(
            N_("Choose at most %(maximum)s topics, those that fit best."), field="topics", maximum=MOST_TOPICS
        )
    return EntryText(text.title.strip()[:200], text.text.strip(), text.language, topics)


def _known(session: Session, event_id: int, codes: Collection[str]) -> tuple[str, ...]:
    known = set(session.scalars(sa.select(Topic.code).where(Topic.event_id == event_id)))
    return tuple(code for code in codes if code in known)


def _note(
    session: Session,
    action: str,
    owner: Owner,
    entry: Entry,
    *,
    actor_id: int,
    now: dt.datetime,
    behalf_of_id: int | None,
) -> None:
    if isinstance(owner, Participation):
        owner.updated_at = now
    session.flush()
    record(
        session,
        actor_id=actor_id,
        action=action,
        subject="entry",
        subject_id=entry.id,
        event_id=entry.event_id,
        behalf_of_id=behalf_of_id,
        now=now,
        kind=entry.kind.value,
        title=entry.title,
    )
