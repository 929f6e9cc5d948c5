"""The mails of an event (or of the installation, without an event) as those who run it see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import NotFound
from matchmaker.models import MailStatus, OutboxMail

PER_PAGE = 50


@dataclass(frozen=True)
class MailPage:
    """One page of the outbox, newest first, and how many there are in all."""

    rows: tuple[OutboxMail, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


def list_mails(
    session: Session, *, event_id: int | None, status: MailStatus | None, text: str, page: int
) -> MailPage:
    """A page of the mails of this event; None lists those that belong to no event."""
    statement = sa.select(OutboxMail).where(_of(event_id))
    if status is not None:
        statement = statement.where(OutboxMail.status == status)
    if text:
        pattern = f"%{text.lower()}%"
        statement = statement.where(
            sa.or_(
                sa.func.lower(OutboxMail.to_email).like(pattern),
                sa.func.lower(OutboxMail.to_name).like(pattern),
            )
        )
    total = session.scalar(sa.select(sa.func.count()).select_from(statement.subquery())) or 0
    rows = session.scalars(
        statement.order_by(OutboxMail.created_at.desc(), OutboxMail.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return MailPage(tuple(rows), total, page)


def count_by_status(session: Session, *, event_id: int | None) -> dict[MailStatus, int]:
    """How many mails wait, were sent, were given up."""
    rows = session.execute(
        sa.select(OutboxMail.status, sa.func.count()).where(_of(event_id)).group_by(OutboxMail.status)
    )
    return dict(rows.all())


def find_mail(session: Session, *, event_id: int | None, mail_id: int) -> OutboxMail:
    """The mail of this event (None: of no event); raises NotFound."""
    mail = session.scalar(sa.select(OutboxMail).where(OutboxMail.id == mail_id, _of(event_id)))
    if mail is None:
        raise NotFound()
    return mail


def holds_secret(mail: OutboxMail) -> bool:
    """Whether the mail holds a link that acts for its recipient, and so is nobody else's to read."""
    return _has_token(mail.arguments)


def _has_token(value: Any) -> bool:
    if isinstance(value, dict):
        return any("token" in name or _has_token(part) for name, part in value.items())
    return isinstance(value, list) and any(_has_token(part) for part in value)


def _of(event_id: int | None) -> sa.ColumnElement[bool]:
    return OutboxMail.event_id.is_(None) if event_id is None else OutboxMail.event_id == event_id
