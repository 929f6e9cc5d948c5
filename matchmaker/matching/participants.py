"""What services hand over of a participation, and the texts of it that are compared."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KINDS = ("startup", "corporate", "research", "investor", "public", "enabler")

MOST_PIECES = 6
"""Pieces of text kept per side of a profile: it bounds the work and the memory of a round."""

LEAST_CLAUSE = 12
"""Characters below which a clause says too little to be compared on its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One offer or one need, as it was typed."""

    title: str
    text: str = ""
    topics: tuple[str, ...] = ()
    language: str | None = None

    @property
    def whole(self) -> str:
        """Title and text as one string, the form that is compared and quoted."""
        if not self.text or self.text == self.title:
            return self.title.strip()
        if not self.title:
            return self.text.strip()
        return f"{self.title.strip().rstrip('.')}. {self.text.strip()}"


@dataclass(frozen=True, slots=True)
class Participant:
    """One participation as matching sees it; `available` is None when it is not limited."""

    id: int
    organisation: int
    group: str
    kind: str = "startup"
    offers: tuple[Entry, ...] = ()
    needs: tuple[Entry, ...] = ()
    description: str = ""
    sector: str = ""
    stage: str = ""
    size: str = ""
    region: str = ""
    languages: tuple[str, ...] = ()
    wanted_kinds: tuple[str, ...] = ()
    wanted_regions: tuple[str, ...] = ()
    wanted_stages: tuple[str, ...] = ()
    opted_out: bool = False
    available: frozenset[int] | None = None


def normalise(text: str) -> str:
    """The form of a text that is hashed and encoded: NFC, single spaces, no outer blanks."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def content_hash(text: str) -> str:
    """32 hexadecimal digits that name a text; equal texts share one vector."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()[:32]


def clauses(text: str) -> list[str]:
    """Cut a list such as "heat pumps; storage for the grid, pilots" into its items.

    A need often names several things; compared as a whole, each drowns in the others.
    """
    parts = [part.strip(" .") for part in re.split(r"[;:•\n]|,\s|\.\s", text)]
    return [part for part in parts if len(part) >= LEAST_CLAUSE]


def pieces_of(entries: Sequence[Entry], description: str) -> list[tuple[int, str]]:
    """(entry number, text) of what stands for one side of a profile, at most `MOST_PIECES`.

    The whole entries come first, then their clauses; the description (-1) only where there is no entry.
    """
    whole = [(number, normalise(entry.whole)) for number, entry in enumerate(entries) if entry.whole.strip()]
    if not whole:
        return [(-1, normalise(description))] if description.strip() else []
    cut = [(number, clause) for number, text in whole for clause in clauses(text) if len(clauses(text)) > 1]
    return (whole + cut)[:MOST_PIECES]


def texts_to_encode(participants: Iterable[Participant]) -> dict[str, str]:
    """Every text that `build_profiles` wants a vector for, by content hash."""
    found: dict[str, str] = {}
    for person in participants:
        for entries in (person.offers, person.needs):
            for _, text in pieces_of(entries, person.description):
                found[content_hash(text)] = text
    return found
