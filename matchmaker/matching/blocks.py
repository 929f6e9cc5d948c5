"""All pairs of an event that may meet, cut into blocks of rows x columns of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.logits import Form
from matchmaker.matching.products import PairFits, pair_fits
from matchmaker.matching.profiles import Profiles
from matchmaker.matching.rules import Rules, group_table

Rows = NDArray[np.int64]

ROWS, COLUMNS = 2048, 10_240
"""Most pieces of the rows and of the columns of a block. What is gathered for columns serves many blocks, but
blocks run side by side only when they share neither."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some rows of one group, from place `begin` among its members."""

    group: int
    begin: int
    rows: Rows

    def overlaps(self, other: Part) -> bool:
        """Whether a row is in both."""
        return (
            self.group == other.group
            and self.begin < other.begin + len(other.rows)
            and other.begin < self.begin + len(self.rows)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """All pairs of two parts; of two parts of one group only those in order, or each would come twice."""

    left: Part
    right: Part
    fits: PairFits

    def clashes(self, other: Block) -> bool:
        """Whether both would change the list of some row."""
        mine, theirs = (self.left, self.right), (other.left, other.right)
        return any(one.overlaps(another) for one in mine for another in theirs)


def blocks_of(form: Form, rules: Rules) -> Iterator[Block]:
    """Every pair of two rows of groups that may meet, once; who opted out is left out."""
    profiles = form.profiles
    allowed, members = group_table(profiles, rules), members_of(profiles)
    for one, left in enumerate(members):
        for other in range(one, len(members)):
            right = members[other]
            if not allowed[one, other] or not len(left) or not len(right):
                continue
            fits = pair_fits(form, left, right)
            rows = list(parts(profiles, one, left, ROWS))
            for column in parts(profiles, other, right, COLUMNS):
                end = column.begin + len(column.rows)
                yield from (Block(row, column, fits) for row in rows if one != other or row.begin < end)


def members_of(profiles: Profiles) -> list[Rows]:
    """The rows of each group, without those who opted out."""
    return [
        np.flatnonzero((profiles.group == number) & ~profiles.opted_out)
        for number in range(len(profiles.groups))
    ]


def parts(profiles: Profiles, group: int, members: Rows, pieces: int) -> Iterator[Part]:
    """Cut the members of a group into parts of about so many pieces of text on either side."""
    counts = np.maximum(profiles.offers.counts, profiles.needs.counts)[members]
    number = (np.cumsum(counts) - 1) // pieces
    begins = np.flatnonzero(np.diff(number, prepend=-1))
    for begin, end in zip(begins, [*begins[1:], len(members)], strict=True):
        yield Part(group, int(begin), members[begin:end])
