"""Imports participants from a table: first a plan that changes nothing, then all of it or nothing.

A row belongs to the participation with its external id, else with its contact's address (of somebody who
has left only beside its name), else (for rows that have neither) with its name. What a firm has confirmed
itself is never overwritten, who withdrew is left alone, and who asked to be erased is not imported again.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_
from matchmaker.models import (
    Event,
    Group,
    OrganisationKind,
    ParticipationStatus,
    Topic,
)
from matchmaker.services.country import plain
from matchmaker.services.erased_address import erased_among
from matchmaker.services.organisation import name_key
from matchmaker.services.participant_known import (
    Known,
    Present,
    foreign_external_ids,
    present_participations,
)
from matchmaker.services.participant_row import DelegateRow, FirmRow, RowError, RowReader, read_firm
from matchmaker.services.table_file import Table


class RowAction(enum.StrEnum):
    """What an import does with a row."""

    CREATE = "create"
    UPDATE = "update"
    KEEP_CONFIRMED = "keep_confirmed"
    KEEP_WITHDRAWN = "keep_withdrawn"
    SKIP_ERASED = "skip_erased"


@dataclass(frozen=True)
class PlannedRow:
    """A row without errors, what is done with it, and the participation and group it belongs to."""

    firm: FirmRow
    action: RowAction
    group_id: int
    kind: OrganisationKind
    participation_id: int | None = None
    had_left: tuple[DelegateRow, ...] = ()
    """people of the row who had left the participation: updating brings them back, keeping does not"""


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do; rows with errors are not among `rows`."""

    rows: tuple[PlannedRow, ...]
    errors: tuple[RowError, ...]

    def count(self, action: RowAction) -> int:
        """How many rows have this done to them."""
        return sum(row.action == action for row in self.rows)

    @property
    def coming_back(self) -> tuple[tuple[str, str], ...]:
        """(person, firm) of those who had left and are brought back."""
        return self._had_left(is_updated=True)

    @property
    def staying_away(self) -> tuple[tuple[str, str], ...]:
        """(person, firm) of those who had left a firm that keeps its own people, and stay away."""
        return self._had_left(is_updated=False)

    def _had_left(self, *, is_updated: bool) -> tuple[tuple[str, str], ...]:
        return tuple(
            (person.name or person.email or "", row.firm.name)
            for row in self.rows
            for person in row.had_left
            if (row.action == RowAction.UPDATE) == is_updated
        )

    @property
    def bad_rows(self) -> int:
        """How many rows have at least one error."""
        return len({error.row for error in self.errors})


def plan_import(
    session: Session,
    *,
    event: Event,
    table: Table,
    mapping: Mapping[str, str],
    kind: OrganisationKind | None = None,
    only_brought_by: int | None = None,
) -> ImportPlan:
    """What importing this table would do; `kind` is taken for rows that name none.

    With `only_brought_by` (an enabler) participations that others brought are not touched.
    """
    firms, errors = _read(session, event, table, mapping, kind)
    errors += _double(firms)
    bad = {error.row for error in errors}
    groups = session.scalars(
        sa.select(Group).where(Group.event_id == event.id).order_by(Group.position)
    ).all()
    present = present_participations(session, event_id=event.id, brought_by_id=only_brought_by)
    foreign = foreign_external_ids(session, event_id=event.id, brought_by_id=only_brought_by)
    erased = erased_among(session, emails={d.email for firm in firms for d in firm.delegates if d.email})
    rows: list[PlannedRow] = []
    for firm in firms:
        if firm.number in bad:
            continue
        chosen = _chosen_group(firm, groups)
        if isinstance(chosen, RowError):
            errors.append(chosen)
            continue
        if firm.external_id in foreign:
            errors.append(
                _wrong(firm, firm.external_id or "", N_("Somebody else brought this firm already."))
            )
            continue
        rows.append(_planned(firm, chosen, present, erased))
    return ImportPlan(tuple(rows), tuple(sorted(errors, key=lambda error: (error.row, error.column))))


def _read(
    session: Session,
    event: Event,
    table: Table,
    mapping: Mapping[str, str],
    kind: OrganisationKind | None,
) -> tuple[list[FirmRow], list[RowError]]:
    topics = topic_words(session, event_id=event.id)
    given = frozenset(mapping.values()) - {""}
    firms: list[FirmRow] = []
    errors: list[RowError] = []
    for row in table.rows:
        reader = RowReader(row, table.columns, mapping, topics)
        firm = read_firm(reader, given=given)
        errors += reader.errors
        firms.append(replace(firm, kind=firm.kind or kind))
    return firms, errors


def topic_words(session: Session, *, event_id: int) -> dict[str, str]:
    """Topics of an event by everything that people may write for them: code and labels."""
    words: dict[str, str] = {}
    for topic in session.scalars(sa.select(Topic).where(Topic.event_id == event_id).order_by(Topic.position)):
        for word in (topic.code, topic.label_en, topic.label_de, topic.label_fr):
            words.setdefault(plain(word), topic.code)
    return words


def _double(firms: Sequence[FirmRow]) -> list[RowError]:
    """Rows that name the same firm as a row above them."""
    errors = []
    seen: dict[tuple[str, str], int] = {}
    for firm in firms:
        key = _identity(firm)
        if key in seen and firm.name:
            message = N_("Row %(row)s stands for the same firm. Keep one of the two.")
            errors.append(_wrong(firm, key[1], message, row=seen[key]))
        seen.setdefault(key, firm.number)
    return errors


def _identity(firm: FirmRow) -> tuple[str, str]:
    if firm.external_id:
        return "external_id", firm.external_id
    email = next((person.email for person in firm.delegates if person.email), None)
    return ("email", email) if email else ("name", name_key(firm.name))


def _wrong(firm: FirmRow, value: str, message: str, **arguments: object) -> RowError:
    return RowError(firm.number, "", value, message, arguments)


def _chosen_group(firm: FirmRow, groups: Sequence[Group]) -> tuple[Group, OrganisationKind] | RowError:
    names = ", ".join(group.code for group in groups)
    if firm.group:
        wanted = [group for group in groups if plain(firm.group) in (plain(group.code), plain(group.name))]
        if not wanted:
            return _wrong(
                firm, firm.group, N_("There is no such group. The groups are: %(groups)s."), groups=names
            )
        kind = firm.kind or (OrganisationKind(wanted[0].kind) if wanted[0].kind else None)
        return (wanted[0], kind or OrganisationKind.STARTUP)
    if firm.kind is None:
        return _wrong(firm, "", N_("Say what this organisation is: the kind or the group is missing."))
    own = [group for group in groups if group.kind == firm.kind]
    fitting = own or [group for group in groups if not group.kind] or list(groups)
    if len(fitting) != 1:
        message = N_("Several groups could take this firm. Name one of them in a group column: %(groups)s.")
        return _wrong(firm, firm.kind, message, groups=", ".join(group.code for group in fitting))
    return fitting[0], firm.kind


def _planned(
    firm: FirmRow,
    chosen: tuple[Group, OrganisationKind],
    present: Present,
    erased: Collection[str],
) -> PlannedRow:
    group, kind = chosen
    emails = [person.email for person in firm.delegates if person.email]
    if emails and emails[0] in erased:
        return PlannedRow(firm, RowAction.SKIP_ERASED, group.id, kind)
    # a colleague who does not want to be asked is left out, the firm is not
    wanted = tuple(person for person in firm.delegates if person.email not in erased)
    firm = replace(firm, delegates=wanted)
    known = _find(firm, present)
    if known is None:
        return PlannedRow(firm, RowAction.CREATE, group.id, kind)
    action = RowAction.UPDATE
    if known.status == ParticipationStatus.WITHDRAWN:
        action = RowAction.KEEP_WITHDRAWN
    elif known.is_confirmed:
        action = RowAction.KEEP_CONFIRMED
    had_left = tuple(one for one in firm.delegates if (one.email or "", known.id) in present.left)
    return PlannedRow(firm, action, group.id, kind, known.id, had_left)


def _find(firm: FirmRow, present: Present) -> Known | None:
    if firm.external_id and firm.external_id in present.by_external_id:
        return present.by_external_id[firm.external_id]
    for person in firm.delegates:
        known = present.by_email.get(person.email or "")
        # the same person may speak for two firms; two different numbers are two firms
        if known is not None and (not firm.external_id or known.external_id is None):
            return known
    for person in firm.delegates:
        known = present.by_left.get((person.email or "", name_key(firm.name)))
        if known is not None and (not firm.external_id or known.external_id is None):
            return known
    known = present.by_name.get(name_key(firm.name))
    is_same = known is not None and (not firm.external_id or known.external_id is None)
    has_address = any(person.email for person in firm.delegates)
    return known if is_same and not has_address else None
