"""Links in mails with which a person answers that mail's questions without an account.

Such a link names its questions and answers no others; it is the person's own, expires with the last
question, is used up with the last answer, and can be revoked. It gives none of an organiser's rights.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Delegate, Link, LinkKind, Person
from matchmaker.services.link import hash_token, issue_link, revoke_links_of

LONGEST = dt.timedelta(days=60)


class QuestionKind(enum.StrEnum):
    """What a mail asks: about a proposed meeting, a request, or a list of suggestions."""

    MEETING = "meeting"
    REQUEST = "request"
    SUGGESTIONS = "suggestions"


@dataclass(frozen=True)
class Question:
    """One question to a participation; `id` is the number of the meeting, request or round."""

    kind: QuestionKind
    id: int
    participation_id: int


class LinkState(enum.StrEnum):
    """What became of a link."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


def make_answer_link(
    session: Session,
    *,
    person: Person,
    event_id: int,
    questions: Sequence[Question],
    expires_at: dt.datetime,
    now: dt.datetime,
) -> str:
    """The token of a new link to these questions; empty when there is none to ask or nobody to mail."""
    if not questions or person.email is None or expires_at <= now:
        return ""
    return issue_link(
        session, kind=LinkKind.ANSWER_MAIL, email=person.email, lifetime=min(expires_at - now, LONGEST),
        now=now, person_id=person.id, event_id=event_id,
        questions=[[question.kind.value, question.id, question.participation_id] for question in questions],
    )  # fmt: skip


def questions_of(link: Link) -> list[Question]:
    """What the link may answer."""
    return [Question(QuestionKind(kind), *numbers) for kind, *numbers in link.arguments["questions"]]


def state_of(session: Session, *, token: str, now: dt.datetime) -> tuple[LinkState, str | None]:
    """Whether the link of this token can be used, and why not; and the language of whoever it belongs to."""
    link = session.scalar(
        sa.select(Link).where(Link.token_hash == hash_token(token), Link.kind == LinkKind.ANSWER_MAIL)
    )
    if link is None:
        return LinkState.UNKNOWN, None
    person = session.get(Person, link.person_id) if link.person_id else None
    return _state_of(link, now), person.language if person is not None else None


def _state_of(link: Link, now: dt.datetime) -> LinkState:
    if link.revoked_at:
        return LinkState.REVOKED
    if link.used_at:
        return LinkState.USED
    return LinkState.OPEN if link.expires_at > now else LinkState.EXPIRED


def count_answer_links(session: Session, *, person_id: int, now: dt.datetime) -> int:
    """How many links of this person still answer something."""
    counted = sa.select(sa.func.count()).where(
        Link.kind == LinkKind.ANSWER_MAIL,
        Link.person_id == person_id,
        Link.used_at.is_(None),
        Link.revoked_at.is_(None),
        Link.expires_at > now,
    )
    return session.scalar(counted) or 0


def revoke_answer_links(session: Session, *, person_id: int, now: dt.datetime) -> None:
    """Make all links of this person's mails worthless."""
    revoke_links_of(session, kind=LinkKind.ANSWER_MAIL, person_id=person_id, now=now)


def revoke_answer_links_of_participation(
    session: Session, *, participation_id: int, now: dt.datetime
) -> None:
    """Make the links of a participation's people at its event worthless, as when it withdraws."""
    rows = session.execute(
        sa.select(Delegate.person_id, Delegate.event_id).where(Delegate.participation_id == participation_id)
    ).all()
    for person_id, event_id in rows:
        session.execute(
            sa.update(Link)
            .where(
                Link.kind == LinkKind.ANSWER_MAIL,
                Link.person_id == person_id,
                Link.arguments["event_id"].as_integer() == event_id,
                Link.used_at.is_(None),
                Link.revoked_at.is_(None),
            )
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )
