"""Writes participants as a table that an import reads back, and meetings as a table for people."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy.orm import Session, joinedload, selectinload

from matchmaker.models import Delegate, Entry, EntryKind, Event, Organisation, Participation
from matchmaker.services.meeting_list import MeetingFilter, all_meetings
from matchmaker.services.participant_columns import DELEGATE_PARTS, ENTRY_PARTS
from matchmaker.services.participation_list import ParticipationFilter, matching_ids
from matchmaker.services.table_file import guarded

Rows = Iterator[Sequence[str]]

FIRM_COLUMNS = (
    "external_id", "name", "kind", "group", "country", "region", "city", "website", "description",
    "language", "sector", "stage", "size", "languages", "wanted_kinds", "wanted_text", "minimum", "maximum",
    "per_day", "in_a_row", "pause",
)  # fmt: skip
# told to people; an import passes over them
STATE_COLUMNS = ("status", "origin", "source", "confirmed_at", "not_confirmed", "invitation_sent_at")
MEETING_COLUMNS = (
    "starts", "ends", "zone", "starts_utc", "ends_utc", "organisation_a", "organisation_b", "place", "status",
    "calendar_uid",
)  # fmt: skip
DEMONSTRATION = "demonstration"


def participant_rows(session: Session, *, event: Event, wanted: ParticipationFilter) -> Rows:
    """A heading and one row per participation that the filter finds, by name; constant in queries."""
    numbers = frozenset(matching_ids(session, event_id=event.id, wanted=wanted))
    participations = [row for row in _read(session, event.id) if row.id in numbers]
    counts = {
        kind: max((sum(e.kind == kind for e in row.entries) for row in participations), default=0)
        for kind in EntryKind
    }
    people = max((len(_present(row)) for row in participations), default=0)
    heading = [*FIRM_COLUMNS]
    heading += [f"delegate_{n}_{part}" for n in range(1, people + 1) for part in DELEGATE_PARTS]
    for kind in EntryKind:
        heading += [f"{kind}_{n}_{part}" for n in range(1, counts[kind] + 1) for part in ENTRY_PARTS]
    yield [*heading, *STATE_COLUMNS, *([DEMONSTRATION] if event.is_demo else [])]
    for row in participations:
        cells = [*_firm(row), *_padded(_people(_present(row)), people * len(DELEGATE_PARTS))]
        for kind in EntryKind:
            cells += _padded(_entries(row, kind), counts[kind] * len(ENTRY_PARTS))
        yield [*cells, *_state(row), *([_demonstration()] if event.is_demo else [])]


def meeting_rows(session: Session, *, event: Event, wanted: MeetingFilter) -> Rows:
    """A heading and one row per meeting, with its slot on the event's clock and in UTC."""
    zone = ZoneInfo(event.time_zone)
    yield [*MEETING_COLUMNS, *([DEMONSTRATION] if event.is_demo else [])]
    for row in all_meetings(session, event=event, wanted=wanted):
        yield [
            f"{row.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
            f"{row.ends_at.astimezone(zone):%Y-%m-%d %H:%M}",
            event.time_zone,
            _moment(row.starts_at),
            _moment(row.ends_at),
            row.name_a,
            row.name_b,
            row.place_name,
            row.meeting.status.value,
            row.meeting.uid,
            *([_demonstration()] if event.is_demo else []),
        ]


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as CSV in UTF-8 with a mark that spreadsheets know; nothing is taken for a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[Sequence[str]], *, title: str) -> bytes:
    """The rows as a workbook of one sheet; every cell is text, nothing is taken for a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([_text_cell(sheet, cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text_cell(sheet: Any, text: str) -> Any:
    # control characters cannot be kept in a workbook, and 32,767 letters are the most that a cell holds
    plain = "".join(sign for sign in text if sign >= " " or sign in "\n\t")[:32_767]
    cell = WriteOnlyCell(sheet, value=guarded(plain))
    cell.data_type = "s"
    return cell


def _read(session: Session, event_id: int) -> Sequence[Participation]:
    return session.scalars(
        sa.select(Participation)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.event_id == event_id)
        .order_by(sa.func.lower(Organisation.name), Participation.id)
        .options(
            joinedload(Participation.organisation),
            joinedload(Participation.group),
            selectinload(Participation.entries),
            selectinload(Participation.delegates).joinedload(Delegate.person),
        )
    ).all()


def _firm(row: Participation) -> list[str]:
    limits = (row.minimum, row.maximum, row.per_day, row.in_a_row, row.pause)
    return [
        row.external_id or "",
        row.organisation.name,
        row.organisation.kind.value,
        row.group.code,
        row.country,
        row.region,
        row.organisation.city,
        row.website,
        row.description,
        row.language,
        row.sector,
        row.stage,
        row.size,
        "|".join(row.languages),
        "|".join(row.wanted_kinds),
        row.wanted_text,
        *("" if limit is None else str(limit) for limit in limits),
    ]


def _present(row: Participation) -> list[Delegate]:
    return [delegate for delegate in row.delegates if delegate.left_at is None]


def _people(delegates: Iterable[Delegate]) -> list[str]:
    cells: list[str] = []
    for delegate in sorted(delegates, key=lambda one: (not one.is_manager, one.id)):
        person = delegate.person
        cells += [person.name, person.email or "", person.job_title, person.time_zone, person.language]
    return cells


def _entries(row: Participation, kind: EntryKind) -> list[str]:
    cells: list[str] = []
    for entry in sorted((e for e in row.entries if e.kind == kind), key=_place):
        cells += [entry.title, entry.text, "|".join(entry.topics), entry.language]
    return cells


def _place(entry: Entry) -> tuple[int, int]:
    return entry.position, entry.id


def _state(row: Participation) -> list[str]:
    return [
        row.status.value,
        row.origin.value,
        row.source,
        _moment(row.confirmed_at),
        "" if row.confirmed_at else "not confirmed",
        _moment(row.invitation_sent_at),
    ]


def _moment(moment: dt.datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _demonstration() -> str:
    return "demonstration: illustrative, not a statement of the organisation"


def _padded(cells: list[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]
