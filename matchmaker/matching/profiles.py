"""What matching knows of the participations of an event, as columns over n rows.

Services hand over `Participant`s (frozen, without any table behind them) together with the vectors that
a background job made of their texts; `build_profiles` lays both out as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching import lexicon
from matchmaker.matching.fits import Fit, all_fits
from matchmaker.matching.participants import Entry, Participant, content_hash, marked, pieces_of
from matchmaker.matching.topics import expand_topics

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

DESCRIPTION = 1.8
DESCRIPTION_BY_LETTERS = 5.2
"""How much text a description counts as when it stands in for entries: it says what everybody says too.

Two descriptions must resemble each other more than a need and an offer, by the product of both, before that
speaks for a meeting. Chosen so that of pairs of real firms with nothing but descriptions one in ten is a good
fit; counted as entries, half of all pairs were very good ones.
"""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the parts of a piece's row stand: vector | lexical groups | topics | has text | has topics."""

    vector: slice
    words: slice
    topics: slice

    has_text: int
    has_topics: int
    width: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """One side (offers or needs) of all profiles: one row per piece of text, those of a profile together.

    rows     float32 (pieces, width of Columns); a profile without text has one row, with its topics only
    start    (n), the first row of each profile
    counts   (n), rows of each profile, at least 1
    entries  (pieces), number of the entry from which the piece was cut; -1 = the description or nothing
    texts    the pieces themselves; "" where there is nothing
    """

    rows: Floats
    start: Rows
    counts: Rows
    entries: Rows
    texts: tuple[str, ...]

    def of(self, row: int) -> slice:
        """The pieces of one profile."""
        return slice(int(self.start[row]), int(self.start[row] + self.counts[row]))

    def nth(self, rows: Rows, piece: int, columns: slice = slice(None)) -> Floats:
        """Float32 (len(rows), width): one piece of each profile, its last where it has fewer."""
        return np.asarray(self.rows[:, columns][self.start[rows] + np.minimum(piece, self.counts[rows] - 1)])


@dataclass(frozen=True, slots=True)
class Profiles:
    """Columns over n participations; row numbers are positions in `participants`.

    Every column depends on its own row alone, so that a newcomer changes nobody else's score.
    `aims` float32 (n, width) is where a row's needs point: their mean in the columns of vector and words.
    `missing` counts the texts without a vector; `rows` finds a row by participation id.
    """

    participants: tuple[Participant, ...]
    encoder: str
    columns: Columns
    offers: Pieces
    needs: Pieces
    aims: Floats
    topic_codes: tuple[str, ...]
    ids: NDArray[np.int64]
    organisations: NDArray[np.int64]
    groups: tuple[str, ...]
    group: Rows
    available: NDArray[np.uint64]
    opted_out: NDArray[np.bool_]
    fits: tuple[Fit, ...]
    missing: int
    rows: Mapping[int, int]

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

    vectors   content hash -> float32 vector of the encoder whose version is `encoder`; a text without one
              counts as unknown
    taxonomy  topic code -> code of its parent or None; None when topics are not used
    """
    people = tuple(participants)
    parents = dict(taxonomy or {})
    used = {topic for p in people for entry in p.offers + p.needs for topic in entry.topics}
    codes = tuple(sorted(set(parents) | {p for p in parents.values() if p} | used))
    columns = _columns(next((len(vector) for vector in vectors.values()), 1), len(codes))
    position = {code: number for number, code in enumerate(codes)}
    sides = []
    for side in ("offer", "need"):
        entries = [p.offers if side == "offer" else p.needs for p in people]
        texts = [pieces_of(own, p.description) for own, p in zip(entries, people, strict=True)]
        topics = expand_topics([_topics(own) for own in entries], position, parents)
        described = DESCRIPTION_BY_LETTERS if encoder.startswith("ngrams") else DESCRIPTION
        sides.append(_pieces(side, texts, vectors, topics, columns, described))
    groups = tuple(sorted({p.group for p in people}))
    place = {name: number for number, name in enumerate(groups)}
    return Profiles(
        participants=people,
        encoder=encoder,
        columns=columns,
        offers=sides[0][0],
        needs=sides[1][0],
        aims=_aims(sides[1][0], columns),
        topic_codes=codes,
        ids=np.array([p.id for p in people], dtype=np.int64),
        organisations=np.array([p.organisation for p in people], dtype=np.int64),
        groups=groups,
        group=np.array([place[p.group] for p in people], dtype=np.int64),
        available=_slot_bits([p.available for p in people]),
        opted_out=np.array([p.opted_out for p in people], dtype=np.bool_),
        fits=all_fits(people),
        missing=sides[0][1] + sides[1][1],
        rows={p.id: row for row, p in enumerate(people)},
    )


def _topics(entries: Sequence[Entry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic for entry in entries for topic in entry.topics))


def _columns(dimension: int, topics: int) -> Columns:
    words = dimension + lexicon.size()
    end = words + topics
    return Columns(slice(0, dimension), slice(dimension, words), slice(words, end), end, end + 1, end + 2)


def _pieces(
    side: str,
    texts: Sequence[Sequence[tuple[int, str]]],
    vectors: Mapping[str, Floats],
    topics: Floats,
    columns: Columns,
    described: float,
) -> tuple[Pieces, int]:
    """The pieces of one side and how many of their texts have no vector."""
    flat = [(number, text) for own in texts for number, text in own or [(-1, "")]]
    counts = np.array([max(len(own), 1) for own in texts], dtype=np.int64)
    rows = np.zeros((len(flat), columns.width), dtype=np.float32)
    missing = 0
    for at, (number, text) in enumerate(flat):
        vector = vectors.get(content_hash(marked(side, text))) if text else None
        missing += bool(text) and vector is None
        if vector is not None:
            rows[at, columns.vector] = vector
            rows[at, columns.has_text] = described if number < 0 else 1
    rows[:, columns.words] = lexicon.lexical_rows([text for _, text in flat])
    rows[:, columns.topics] = np.repeat(topics, counts, axis=0)
    rows[:, columns.has_topics] = rows[:, columns.topics].any(axis=1)
    entries = np.array([number for number, _ in flat], dtype=np.int64)
    start = np.cumsum(counts) - counts
    return Pieces(rows, start, counts, entries, tuple(text for _, text in flat)), missing


def _aims(needs: Pieces, columns: Columns) -> Floats:
    if not len(needs.start):
        return needs.rows
    mean = np.add.reduceat(needs.rows, needs.start, axis=0)
    mean /= needs.counts[:, None]
    mean[:, columns.topics.start :] = 0
    return mean


def _slot_bits(available: Sequence[frozenset[int] | None]) -> NDArray[np.uint64]:
    """(n, words) bits of the slots; a row without limits has every bit set."""
    last = max((max(slots) for slots in available if slots), default=0)
    bits = np.zeros((len(available), last // 64 + 1), dtype=np.uint64)
    for row, slots in enumerate(available):
        if slots is None:
            bits[row] = ~np.uint64(0)
            continue
        for slot in slots:
            bits[row, slot // 64] |= np.uint64(1 << (slot % 64))
    return bits
