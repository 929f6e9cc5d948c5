"""The organiser's own passages in an event's mails, one for each kind and language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Invalid
from matchmaker.models import Event, MailPassage
from matchmaker.services.audit import record

LONGEST = 2000


def write_passage(
    session: Session,
    *,
    event: Event,
    kind: str,
    language: str,
    text: str,
    unknown: Collection[str],
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Keep what the organiser adds to mails of this kind; an empty text takes it away.

    `unknown` is what stands in braces in it without being a placeholder.
    """
    if unknown:
        names = ", ".join(f"{{{name}}}" for name in unknown)
        raise Invalid(N_("Nothing can be filled in for %(names)s."), field="text", names=names)
    if len(text) > LONGEST:
        raise Invalid(N_("Write at most %(longest)s characters."), field="text", longest=LONGEST)
    row = session.get(MailPassage, (event.id, kind, language))
    if (row.text if row else "") == text:
        return
    if row is None:
        session.add(
            MailPassage(
                event_id=event.id, kind=kind, language=language, text=text, updated_at=now,
                updated_by_id=actor_id,
            )
        )  # fmt: skip
    elif not text:
        session.delete(row)
    else:
        row.text, row.updated_at, row.updated_by_id = text, now, actor_id
    session.flush()
    record(
        session, actor_id=actor_id, event_id=event.id, action="write_passage", subject="mail_passage",
        subject_id=None, now=now, kind=kind, language=language,
    )  # fmt: skip


def passages_of(session: Session, *, event_ids: Collection[int]) -> dict[tuple[int, str, str], str]:
    """The passages of these events by event, kind and language."""
    rows = session.scalars(sa.select(MailPassage).where(MailPassage.event_id.in_(event_ids)))
    return {(row.event_id, row.kind, row.language): row.text for row in rows}
