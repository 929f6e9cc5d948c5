"""The operator's own legal texts: the newest version in the reader's language; older ones stay on record.

While the operator has published no privacy notice, the one that comes with the software is shown.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import LegalKind, LegalText
from matchmaker.services.audit import record

DEFAULT_PRIVACY = "2026-11"
"""The edition of the privacy notice that comes with the software; raise it when its text changes."""


def newest_texts(session: Session) -> dict[tuple[LegalKind, str], LegalText]:
    """The newest version of every page in every language, by kind and language."""
    rows = session.scalars(sa.select(LegalText).order_by(LegalText.version))
    return {(row.kind, row.language): row for row in rows}


def current_text(session: Session, *, kind: LegalKind, language: str) -> LegalText | None:
    """The newest text in this language, else in English, else in any; None while there is none.

    A language whose newest version is empty was taken back and does not count.
    """
    shown = {
        name: text for (of_kind, name), text in newest_texts(session).items() if of_kind == kind and text.text
    }
    return shown.get(language) or shown.get("en") or next((shown[name] for name in sorted(shown)), None)


def privacy_version(session: Session, *, language: str) -> str:
    """The name of the privacy notice that a reader of this language is shown, such as "en-3".

    The one that comes with the software is called by its edition, such as "software-en-2026-11".
    """
    text = current_text(session, kind=LegalKind.PRIVACY, language=language)
    return f"{text.language}-{text.version}" if text else f"software-{language}-{DEFAULT_PRIVACY}"


def missing_texts(session: Session) -> list[LegalKind]:
    """Which pages are empty in every language; the privacy notice of the software fills its page."""
    present = {kind for (kind, _language), text in newest_texts(session).items() if text.text}
    present.add(LegalKind.PRIVACY)
    return [kind for kind in LegalKind if kind not in present]


def publish_text(
    session: Session, *, kind: LegalKind, language: str, text: str, actor_id: int, now: dt.datetime
) -> LegalText:
    """Add a version of a text; publishing what stands there already adds none."""
    last = session.scalar(
        sa.select(LegalText)
        .where(LegalText.kind == kind, LegalText.language == language)
        .order_by(LegalText.version.desc())
        .limit(1)
    )
    if last is not None and last.text == text:
        return last
    published = LegalText(
        kind=kind,
        language=language,
        version=(last.version if last else 0) + 1,
        text=text,
        published_at=now,
        published_by_id=actor_id,
    )
    session.add(published)
    session.flush()
    record(
        session,
        actor_id=actor_id,
        action="publish_text",
        subject="legal_text",
        subject_id=published.id,
        now=now,
        kind=kind.value,
        language=language,
        version=published.version,
    )
    return published
