"""Topics of an event as pages show them: by parent, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import get_locale
from sqlalchemy.orm import Session

from matchmaker.models import Topic


@dataclass(frozen=True)
class TopicGroup:
    """A topic with those below it, as (code, label)."""

    code: str
    label: str
    topics: tuple[tuple[str, str], ...]


def read_topics(session: Session, *, event_id: int) -> Sequence[Topic]:
    """The topics of an event in their order."""
    return session.scalars(
        sa.select(Topic).where(Topic.event_id == event_id).order_by(Topic.position, Topic.id)
    ).all()


def grouped(topics: Sequence[Topic]) -> list[TopicGroup]:
    """The topics under their parents; one without children stands in a group of its own."""
    language = str(get_locale() or "en")
    codes = {topic.code for topic in topics}
    return [
        TopicGroup(
            root.code,
            root.label(language),
            tuple((topic.code, topic.label(language)) for topic in topics if topic.parent_code == root.code),
        )
        for root in topics
        if root.parent_code not in codes
    ]


def topic_labels(topics: Sequence[Topic]) -> dict[str, str]:
    """Code -> label in the reader's language."""
    language = str(get_locale() or "en")
    return {topic.code: topic.label(language) for topic in topics}
