"""What matching knows of the participations of an event, as columns over n rows.

Services hand over `Participant`s (frozen, without any table behind them) together with the vectors that
a background job made of their texts; `build_profiles` lays both out as arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.fits import Fit, all_fits
from matchmaker.matching.participants import Entry, Participant, content_hash, pieces_of
from matchmaker.matching.topics import expand_topics

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Vectors of one side (offers or needs), padded to the same number of pieces per row.

    vectors  float32 (pieces, n, dimension), unit length or zero; a row with fewer pieces repeats its first
    counts   int32 (n), pieces that the row really has; 0 = nothing known
    entries  int32 (pieces, n), the entry a piece was cut from; -1 = the description
    """

    vectors: Floats
    counts: Integers
    entries: Integers


@dataclass(frozen=True, slots=True)
class Profiles:
    """Columns over n participations; row numbers are positions in `participants`.

    Every column depends on its own row alone, so that a newcomer changes nobody else's score.
    """

    participants: tuple[Participant, ...]
    encoder: str
    offers: Pieces
    needs: Pieces
    topic_codes: tuple[str, ...]
    offer_topics: Floats
    need_topics: Floats
    ids: NDArray[np.int64]
    organisations: NDArray[np.int64]
    groups: tuple[str, ...]
    group: Integers
    available: NDArray[np.uint64]
    fits: tuple[Fit, ...]
    missing: int = 0
    rows: Mapping[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.participants)


def build_profiles(
    participants: Sequence[Participant],
    vectors: Mapping[str, Floats],
    taxonomy: Mapping[str, str | None] | None = None,
    *,
    encoder: str = "",
) -> Profiles:
    """Lay out participations as columns.

    vectors   content hash -> float32 vector of the encoder named `encoder`; a missing one counts as unknown
              and is counted in `Profiles.missing`
    taxonomy  topic code -> code of its parent or None; None when topics are not used
    """
    people = tuple(participants)
    dimension = next((len(vector) for vector in vectors.values()), 1)
    offers, lost_offers = _pieces([pieces_of(p.offers, p.description) for p in people], vectors, dimension)
    needs, lost_needs = _pieces([pieces_of(p.needs, p.description) for p in people], vectors, dimension)
    parents = dict(taxonomy or {})
    used = {topic for p in people for entry in p.offers + p.needs for topic in entry.topics}
    codes, position = _topic_positions(parents, used)
    groups = tuple(sorted({p.group for p in people}))
    return Profiles(
        participants=people,
        encoder=encoder,
        offers=offers,
        needs=needs,
        topic_codes=codes,
        offer_topics=expand_topics([_topics(p.offers) for p in people], position, parents),
        need_topics=expand_topics([_topics(p.needs) for p in people], position, parents),
        ids=np.array([p.id for p in people], dtype=np.int64),
        organisations=np.array([p.organisation for p in people], dtype=np.int64),
        groups=groups,
        group=np.array([groups.index(p.group) for p in people], dtype=np.int32),
        available=_slot_bits([p.available for p in people]),
        fits=all_fits(people),
        missing=lost_offers + lost_needs,
        rows={p.id: row for row, p in enumerate(people)},
    )


def _topics(entries: Sequence[Entry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic for entry in entries for topic in entry.topics))


def _topic_positions(
    parents: Mapping[str, str | None], used: Iterable[str]
) -> tuple[tuple[str, ...], dict[str, int]]:
    codes = tuple(sorted(set(parents) | {p for p in parents.values() if p} | set(used)))
    return codes, {code: number for number, code in enumerate(codes)}


def _pieces(
    texts: Sequence[Sequence[tuple[int, str]]], vectors: Mapping[str, Floats], dimension: int
) -> tuple[Pieces, int]:
    n = len(texts)
    missing = 0
    known: list[list[tuple[int, Floats]]] = []
    for row in texts:
        found = [(number, vectors.get(content_hash(text))) for number, text in row]
        missing += sum(vector is None for _, vector in found)
        known.append([(number, vector) for number, vector in found if vector is not None])
    most = max((len(row) for row in known), default=0) or 1
    table = np.zeros((most, n, dimension), dtype=np.float32)
    entries = np.full((most, n), -1, dtype=np.int32)
    for at, own in enumerate(known):
        for piece in range(most if own else 0):
            number, vector = own[piece] if piece < len(own) else own[0]
            table[piece, at] = vector
            entries[piece, at] = number
    return Pieces(table, np.array([len(row) for row in known], dtype=np.int32), entries), missing


def _slot_bits(available: Sequence[frozenset[int] | None]) -> NDArray[np.uint64]:
    """(n, words) bits of the slots; a row without limits has every bit set."""
    last = max((max(slots) for slots in available if slots), default=0)
    words = last // 64 + 1
    bits = np.zeros((len(available), words), dtype=np.uint64)
    for row, slots in enumerate(available):
        if slots is None:
            bits[row] = ~np.uint64(0)
            continue
        for slot in slots:
            bits[row, slot // 64] |= np.uint64(1 << (slot % 64))
    return bits
