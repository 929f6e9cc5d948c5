"""Answers from a mail's link, by the person to whom it was sent, without an account.

Every answer goes through the service that a logged-in person's answer goes through.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import NotFound
from matchmaker.models import Link, Meeting, Participation, WishKind
from matchmaker.services import meeting as meetings
from matchmaker.services.answer_link import QuestionKind
from matchmaker.services.audit import record
from matchmaker.services.mail_question import OpenedMail, has_open_question, open_mail
from matchmaker.services.meeting_request_answer import accept_request, decline_request
from matchmaker.services.wish import say_wish


def answer_meeting(
    session: Session,
    *,
    token: str,
    meeting_id: int,
    is_yes: bool,
    version: int,
    reason: str,
    now: dt.datetime,
) -> Meeting:
    """Accept or decline a proposed meeting that the mail asks about."""
    mail, side = _open(session, token, QuestionKind.MEETING, meeting_id, now)
    if is_yes:
        meeting = meetings.accept(
            session, event=mail.event, meeting_id=meeting_id, participation_id=side, version=version,
            actor_id=mail.person.id, now=now,
        )  # fmt: skip
    else:
        meeting = meetings.decline(
            session, event=mail.event, meeting_id=meeting_id, participation_id=side, version=version,
            reason=reason, actor_id=mail.person.id, now=now,
        )  # fmt: skip
    _close(session, mail, now)
    return meeting


def answer_request(
    session: Session,
    *,
    token: str,
    request_id: int,
    is_yes: bool,
    slot_id: int | None,
    version: int | None,
    meeting_version: int | None,
    reason: str,
    now: dt.datetime,
) -> Meeting | None:
    """Accept or decline a request that the mail asks about; gives the meeting where there is one."""
    mail, side = _open(session, token, QuestionKind.REQUEST, request_id, now)
    meeting = None
    if is_yes:
        meeting = accept_request(
            session, event=mail.event, request_id=request_id, by_id=side, slot_id=slot_id, version=version,
            meeting_version=meeting_version, actor_id=mail.person.id, now=now,
        )  # fmt: skip
    else:
        decline_request(
            session, event=mail.event, request_id=request_id, by_id=side, version=version, reason=reason,
            actor_id=mail.person.id, now=now,
        )  # fmt: skip
    _close(session, mail, now)
    return meeting


def answer_suggestion(
    session: Session, *, token: str, round_id: int, participation_id: int, other_id: int,
    kind: WishKind | None, now: dt.datetime,
) -> None:  # fmt: skip
    """Say must, meet or never of one of the suggestions of the mail, or take it back."""
    mail, _side = _open(
        session, token, QuestionKind.SUGGESTIONS, round_id, now, participation_id=participation_id
    )
    say_wish(
        session, participation=session.get_one(Participation, participation_id), other_id=other_id, kind=kind,
        actor_id=mail.person.id, now=now,
    )  # fmt: skip


def _open(
    session: Session,
    token: str,
    kind: QuestionKind,
    number: int,
    now: dt.datetime,
    participation_id: int | None = None,
) -> tuple[OpenedMail, int]:
    """The mail, and the side for which it asks this; NotFound for a question that it does not ask."""
    mail = open_mail(session, token=token, now=now)
    for question in mail.questions:
        is_side = participation_id in (None, question.participation_id)
        if (question.kind, question.id) == (kind, number) and is_side:
            return mail, question.participation_id
    raise NotFound()


def _close(session: Session, mail: OpenedMail, now: dt.datetime) -> None:
    """Use the link up with its last question."""
    session.flush()
    record(
        session, actor_id=mail.person.id, action="answer_from_mail", subject="link", subject_id=mail.link.id,
        event_id=mail.event.id, now=now,
    )  # fmt: skip
    if not has_open_question(session, mail=mail, now=now):
        session.execute(
            sa.update(Link).where(Link.id == mail.link.id, Link.used_at.is_(None)).values(used_at=now)
        )
