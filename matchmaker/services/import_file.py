"""Keeps an uploaded file of participants while its columns are mapped and its errors corrected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import NotFound
from matchmaker.models import Event, ImportFile, OrganisationKind, Origin
from matchmaker.services.participant_apply import ImportResult, apply_import
from matchmaker.services.participant_columns import complete_mapping, guess_mapping
from matchmaker.services.participant_import import ImportPlan, plan_import
from matchmaker.services.table_file import Table, read_table

# it holds addresses of people who know nothing of it yet
LIFETIME = dt.timedelta(days=1)


@dataclass(frozen=True)
class ImportSettings:
    """How a file is to be read and what happens to it."""

    mapping: Mapping[str, str]
    kind: OrganisationKind | None
    source: str
    includes_unconfirmed: bool = False
    skips_bad_rows: bool = False


def keep_file(
    session: Session, *, event: Event, name: str, content: bytes, actor_id: int, now: dt.datetime
) -> ImportFile:
    """Keep a file that can be read, with the guess of its columns; raises UnreadableFile."""
    table = read_table(content)
    session.execute(sa.delete(ImportFile).where(ImportFile.created_at < now - LIFETIME))
    file = ImportFile(
        event_id=event.id,
        person_id=actor_id,
        name=name[:200],
        content=content,
        settings=_as_json(ImportSettings(guess_mapping(table.columns), None, "")),
        created_at=now,
    )
    session.add(file)
    session.flush()
    return file


def find_file(session: Session, *, event: Event, import_id: int, actor_id: int) -> ImportFile:
    """The acting person's own file; raises NotFound."""
    file = session.scalar(
        sa.select(ImportFile).where(
            ImportFile.id == import_id, ImportFile.event_id == event.id, ImportFile.person_id == actor_id
        )
    )
    if file is None:
        raise NotFound()
    return file


def settings_of(file: ImportFile) -> ImportSettings:
    """How the file is to be read."""
    kept = file.settings
    return ImportSettings(
        mapping=kept["mapping"],
        kind=OrganisationKind(kept["kind"]) if kept["kind"] else None,
        source=kept["source"],
        includes_unconfirmed=kept["includes_unconfirmed"],
        skips_bad_rows=kept["skips_bad_rows"],
    )


def keep_settings(session: Session, *, file: ImportFile, settings: ImportSettings) -> None:
    """Keep how the file is to be read, also while it cannot be read that way."""
    file.settings = _as_json(settings)
    session.flush()


def plan_file(
    session: Session, *, event: Event, file: ImportFile, only_brought_by: int | None
) -> tuple[Table, ImportPlan]:
    """The file's table and what importing it would do; raises Invalid for a mapping that cannot be used."""
    settings = settings_of(file)
    table = read_table(file.content)
    plan = plan_import(
        session,
        event=event,
        table=table,
        mapping=complete_mapping(table.columns, settings.mapping),
        kind=settings.kind,
        only_brought_by=only_brought_by,
    )
    return table, plan


def import_file(
    session: Session,
    *,
    event: Event,
    file: ImportFile,
    actor_id: int,
    now: dt.datetime,
    brought_by_id: int | None = None,
) -> ImportResult:
    """Import the file as it is set up, and forget it; raises ImportHasErrors."""
    settings = settings_of(file)
    _table, plan = plan_file(session, event=event, file=file, only_brought_by=brought_by_id)
    result = apply_import(
        session,
        event=event,
        plan=plan,
        source=settings.source or file.name,
        actor_id=actor_id,
        now=now,
        # including the unconfirmed is the organiser's word alone
        includes_unconfirmed=settings.includes_unconfirmed and brought_by_id is None,
        skips_bad_rows=settings.skips_bad_rows,
        origin=Origin.IMPORTED if brought_by_id is None else Origin.ENABLER,
        brought_by_id=brought_by_id,
    )
    session.delete(file)
    session.flush()
    return result


def _as_json(settings: ImportSettings) -> dict[str, object]:
    return {
        "mapping": dict(settings.mapping),
        "kind": settings.kind.value if settings.kind else "",
        "source": settings.source,
        "includes_unconfirmed": settings.includes_unconfirmed,
        "skips_bad_rows": settings.skips_bad_rows,
    }
