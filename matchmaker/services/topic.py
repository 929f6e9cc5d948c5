"""The taxonomy of an event: topics with labels in three languages, which offers and needs refer to."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid, NotFound
from matchmaker.models import Entry, Topic
from matchmaker.services.audit import record
from matchmaker.services.slug import make_slug

DEFAULT_TAXONOMY = Path(__file__).resolve().parents[1] / "taxonomy" / "default.csv"
CODE_LENGTH = 60


class TopicInUse(Conflict):
    """Offers or needs refer to the topic."""

    message = N_("%(count)s offers and needs have this topic. Choose which topic they shall have instead.")


@dataclass(frozen=True)
class TopicDetails:
    """What an organiser says of a topic; an empty label falls back to the English one."""

    label_en: str
    label_de: str = ""
    label_fr: str = ""
    parent_code: str = ""


def default_topics() -> list[Topic]:
    """The default taxonomy, as topics of no event yet."""
    with DEFAULT_TAXONOMY.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Topic(
            code=row["code"],
            parent_code=row["parent"],
            label_en=row["en"],
            label_de=row["de"],
            label_fr=row["fr"],
            position=position,
        )
        for position, row in enumerate(rows)
    ]


def copy_default_topics(session: Session, *, event_id: int) -> None:
    """Give a new event its own copy of the default taxonomy."""
    topics = default_topics()
    for topic in topics:
        topic.event_id = event_id
    session.add_all(topics)
    session.flush()


def find_topic(session: Session, *, event_id: int, topic_id: int) -> Topic:
    """The topic of this event; raises NotFound."""
    topic = session.scalar(sa.select(Topic).where(Topic.id == topic_id, Topic.event_id == event_id))
    if topic is None:
        raise NotFound()
    return topic


def topics_of(session: Session, *, event_id: int) -> list[Topic]:
    """The event's topics in their order."""
    return list(
        session.scalars(sa.select(Topic).where(Topic.event_id == event_id).order_by(Topic.position, Topic.id))
    )


def as_tree(topics: Iterable[Topic]) -> list[tuple[int, Topic]]:
    """Every topic with its depth, each below its parent; one whose parent is missing stands at the top."""
    rows = list(topics)
    codes = {row.code for row in rows}
    children: dict[str, list[Topic]] = {}
    for row in rows:
        children.setdefault(row.parent_code if row.parent_code in codes else "", []).append(row)
    found: list[tuple[int, Topic]] = []

    def walk(code: str, depth: int) -> None:
        for row in children.get(code, ()):
            found.append((depth, row))
            walk(row.code, depth + 1)

    walk("", 0)
    return found


def count_uses(session: Session, *, event_id: int) -> Counter[str]:
    """How many offers and needs of the event have each topic."""
    lists = session.scalars(sa.select(Entry.topics).where(Entry.event_id == event_id))
    return Counter(code for codes in lists for code in codes)


def add_topic(
    session: Session, *, event_id: int, details: TopicDetails, actor_id: int, now: dt.datetime
) -> Topic:
    """Add a topic below its parent, or at the top."""
    topics = topics_of(session, event_id=event_id)
    _check_details(topics, details, code=None)
    topic = Topic(
        event_id=event_id,
        code=make_slug(
            details.label_en, taken={row.code for row in topics}, length=CODE_LENGTH, fallback="topic"
        ),
        position=max((row.position for row in topics), default=-1) + 1,
        **vars(details),
    )
    session.add(topic)
    session.flush()
    _record(session, "add_topic", topic, actor_id, now)
    return topic


def edit_topic(
    session: Session,
    *,
    event_id: int,
    topic_id: int,
    details: TopicDetails,
    actor_id: int,
    now: dt.datetime,
) -> Topic:
    """Change labels and parent; the code stays, because offers and needs refer to it."""
    topic = find_topic(session, event_id=event_id, topic_id=topic_id)
    _check_details(topics_of(session, event_id=event_id), details, code=topic.code)
    for name, value in vars(details).items():
        setattr(topic, name, value)
    _record(session, "edit_topic", topic, actor_id, now)
    session.flush()
    return topic


def delete_topic(
    session: Session,
    *,
    event_id: int,
    topic_id: int,
    actor_id: int,
    now: dt.datetime,
    replacement_id: int | None = None,
) -> None:
    """Delete a topic; what has it gets the replacement, and its children get its parent.

    Raises TopicInUse when offers or needs have it and no replacement is named.
    """
    topic = find_topic(session, event_id=event_id, topic_id=topic_id)
    count = count_uses(session, event_id=event_id)[topic.code]
    if count and replacement_id is None:
        raise TopicInUse(count=count)
    replacement = None
    if replacement_id is not None:
        replacement = find_topic(session, event_id=event_id, topic_id=replacement_id)
        if replacement.id == topic.id:
            raise Invalid(N_("Choose another topic as replacement."), field="replacement_id")
    if count and replacement is not None:
        _replace(session, event_id, topic.code, replacement.code)
    session.execute(
        sa.update(Topic)
        .where(Topic.event_id == event_id, Topic.parent_code == topic.code)
        .values(parent_code=topic.parent_code)
    )
    _record(
        session,
        "delete_topic",
        topic,
        actor_id,
        now,
        replacement=replacement.code if replacement else "",
        entries=count,
    )
    session.delete(topic)
    session.flush()


def descendants(topics: Iterable[Topic], code: str) -> set[str]:
    """The codes of everything below a topic, and its own."""
    below = {code}
    rows = list(topics)
    while more := {row.code for row in rows if row.parent_code in below} - below:
        below |= more
    return below


def _check_details(topics: list[Topic], details: TopicDetails, *, code: str | None) -> None:
    if not details.label_en:
        raise Invalid(N_("Give the topic an English label."), field="label_en")
    others = [row for row in topics if row.code != code]
    same = (row for row in others if row.label_en.casefold() == details.label_en.casefold())
    if any(row.parent_code == details.parent_code for row in same):
        raise Conflict(N_("There is already such a topic at this place."), field="label_en")
    if details.parent_code and details.parent_code not in {row.code for row in others}:
        raise Invalid(N_("There is no such topic to put it below."), field="parent_code")
    if code is not None and details.parent_code in descendants(topics, code):
        raise Invalid(N_("A topic cannot be below itself."), field="parent_code")


def _replace(session: Session, event_id: int, old: str, new: str) -> None:
    for entry in session.scalars(sa.select(Entry).where(Entry.event_id == event_id)):
        if old in entry.topics:
            # a new list, because changes inside a JSON value go unnoticed; each topic once, in order
            entry.topics = list(dict.fromkeys(new if code == old else code for code in entry.topics))


def _record(
    session: Session, action: str, topic: Topic, actor_id: int, now: dt.datetime, **details: Any
) -> None:
    record(
        session,
        actor_id=actor_id,
        event_id=topic.event_id,
        action=action,
        subject="topic",
        subject_id=topic.id,
        now=now,
        label=topic.label_en,
        **details,
    )
