"""How complete a profile is, and what is missing: pure, from what was read of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from matchmaker.models import EntryKind, OrganisationKind, Participation

# a sentence or two; less says too little to be matched on
LEAST_DESCRIPTION = 80


class Missing(enum.StrEnum):
    """Parts of a profile that can be missing, the most useful first."""

    NEEDS = "needs"
    OFFERS = "offers"
    DESCRIPTION = "description"
    TOPICS = "topics"
    WANTED = "wanted"
    LANGUAGES = "languages"
    SECTOR = "sector"
    STAGE = "stage"
    SIZE = "size"
    COUNTRY = "country"
    WEBSITE = "website"


# what each part adds to the whole; offers and needs are what matching lives on
WEIGHTS: Mapping[Missing, int] = {
    Missing.NEEDS: 20,
    Missing.OFFERS: 20,
    Missing.DESCRIPTION: 15,
    Missing.TOPICS: 10,
    Missing.WANTED: 8,
    Missing.LANGUAGES: 7,
    Missing.SECTOR: 6,
    Missing.STAGE: 4,
    Missing.SIZE: 4,
    Missing.COUNTRY: 3,
    Missing.WEBSITE: 3,
}
# without these a profile can hardly be matched
ESSENTIAL = frozenset({Missing.NEEDS, Missing.OFFERS, Missing.DESCRIPTION})


@dataclass(frozen=True)
class Completeness:
    """The share that is there, in whole per cent, and the parts that are missing, most useful first."""

    percent: int
    missing: tuple[Missing, ...]

    @property
    def is_thin(self) -> bool:
        """Whether something without which matching has little to go by is missing."""
        return bool(ESSENTIAL & set(self.missing))


def completeness(participation: Participation, kind: OrganisationKind) -> Completeness:
    """How complete a participation's profile is; its entries must be loaded."""
    entries = participation.entries
    has = {
        Missing.NEEDS: any(entry.kind == EntryKind.NEED for entry in entries),
        Missing.OFFERS: any(entry.kind == EntryKind.OFFER for entry in entries),
        Missing.DESCRIPTION: len(participation.description) >= LEAST_DESCRIPTION,
        Missing.TOPICS: bool(entries) and all(entry.topics for entry in entries),
        Missing.WANTED: bool(participation.wanted_kinds or participation.wanted_text),
        Missing.LANGUAGES: bool(participation.languages),
        Missing.SECTOR: bool(participation.sector),
        Missing.SIZE: bool(participation.size),
        Missing.COUNTRY: bool(participation.country),
        Missing.WEBSITE: bool(participation.website),
    }
    if kind == OrganisationKind.STARTUP:
        has[Missing.STAGE] = bool(participation.stage)
    whole = sum(WEIGHTS[part] for part in has)
    there = sum(WEIGHTS[part] for part, is_there in has.items() if is_there)
    missing = tuple(part for part in Missing if part in has and not has[part])
    # only what lacks nothing is complete, whatever the rounding says
    return Completeness(min(100 * there // whole, 99) if missing else 100, missing)
