"""A participation as matching sees it: the same texts in a round and when vectors are made."""

from __future__ import annotations

from matchmaker.matching import Entry, Participant
from matchmaker.models import EntryKind, Participation


def as_participant(
    participation: Participation, *, group: str, available: frozenset[int] | None = None
) -> Participant:
    """The profile without its row; whom it wants to meet stands in for needs where it names none."""
    entries: dict[EntryKind, list[Entry]] = {EntryKind.OFFER: [], EntryKind.NEED: []}
    for row in participation.entries:
        entries[row.kind].append(
            Entry(title=row.title, text=row.text, topics=tuple(row.topics), language=row.language or None)
        )
    if not entries[EntryKind.NEED] and participation.wanted_text.strip():
        wanted = Entry(title="", text=participation.wanted_text, language=participation.language or None)
        entries[EntryKind.NEED].append(wanted)
    return Participant(
        id=participation.id,
        organisation=participation.organisation_id,
        group=group,
        kind=participation.organisation.kind.value,
        offers=tuple(entries[EntryKind.OFFER]),
        needs=tuple(entries[EntryKind.NEED]),
        description=participation.description,
        sector=participation.sector,
        stage=participation.stage,
        size=participation.size,
        region=participation.region or participation.country,
        languages=tuple(participation.languages),
        wanted_kinds=tuple(participation.wanted_kinds),
        opted_out=participation.is_opted_out,
        available=available,
    )
