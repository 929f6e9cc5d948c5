"""Which mails a person wants: topics that can be switched off one by one; the others are needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import dialect_insert
from matchmaker.models import MailRefusal, MailTopic
from matchmaker.services.audit import record

# a kind that is not named here cannot be switched off
TOPICS: Mapping[str, MailTopic] = {
    "reminder_wishes": MailTopic.WISHES,
    "reminder_unanswered": MailTopic.ANSWERS,
    "reminder_profile": MailTopic.PROFILE,
    "reminder_changed": MailTopic.CHANGES,
    "reminder_start": MailTopic.START,
    "invitation": MailTopic.INVITATIONS,
    "invitation_reminder": MailTopic.INVITATIONS,
}


def topic_of(kind: str) -> MailTopic | None:
    """The topic with which mails of this kind are switched off; None for those that are needed."""
    return TOPICS.get(kind)


def refused_topics(session: Session, *, person_id: int) -> frozenset[MailTopic]:
    """What the person switched off."""
    return frozenset(
        session.scalars(sa.select(MailRefusal.topic).where(MailRefusal.person_id == person_id)).all()
    )


def is_refused(session: Session, *, person_id: int, kind: str) -> bool:
    """Whether the person switched mails of this kind off."""
    topic = topic_of(kind)
    return topic is not None and topic in refused_topics(session, person_id=person_id)


def refuse_topic(session: Session, *, person_id: int, topic: MailTopic, now: dt.datetime) -> None:
    """Switch a topic off; doing it twice changes nothing."""
    insert = dialect_insert(session, MailRefusal).values(person_id=person_id, topic=topic, refused_at=now)
    row = session.execute(
        insert.on_conflict_do_nothing(index_elements=["person_id", "topic"]).returning(MailRefusal.person_id)
    ).one_or_none()
    if row is not None:
        _record(session, person_id, now, refused=topic.value)


def want_topics(session: Session, *, person_id: int, topics: Collection[MailTopic], now: dt.datetime) -> None:
    """Switch these topics on and all others off."""
    before = refused_topics(session, person_id=person_id)
    wanted = before & set(topics)
    if wanted:
        session.execute(
            sa.delete(MailRefusal).where(MailRefusal.person_id == person_id, MailRefusal.topic.in_(wanted))
        )
        _record(session, person_id, now, wanted=",".join(sorted(wanted)))
    for topic in MailTopic:
        if topic not in topics and topic not in before:
            refuse_topic(session, person_id=person_id, topic=topic, now=now)
    session.flush()


def _record(session: Session, person_id: int, now: dt.datetime, **details: Any) -> None:
    record(
        session, actor_id=person_id, action="choose_mails", subject="person", subject_id=person_id, now=now,
        **details,
    )  # fmt: skip
