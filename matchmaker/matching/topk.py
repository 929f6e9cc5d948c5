"""The best partners of every row, exactly, in blocks of bounded memory, on as many cores as BLAS may use.

Blocks of all pairs come out of rounded matrix products (panels.py); compiled loops (sift.py) then score in
full and enter what can still enter a list. Blocks that share no row run side by side: lists are ordered by
fit and then by row number, so that the order of the blocks does not matter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from matchmaker.matching.bestlists import BestLists, empty_lists, in_order
from matchmaker.matching.blocks import Block, blocks_of, parts
from matchmaker.matching.logits import Form, quiet
from matchmaker.matching.products import (
    Mixing,
    Prepared,
    Stack,
    compiled_products,
    doubt_of,
    mixing,
    prepare_left,
    prepare_right,
)
from matchmaker.matching.rules import Rules, pair_rows

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Progress = Callable[[float], None]

SLICE = 2048
"""Pieces of the columns of one product: larger ones seed lists better, smaller ones stay in the cache."""


def best_lists(form: Form, rules: Rules, top: int, progress: Progress | None = None) -> BestLists:
    """The best `top` partners of every row by mutual fit, of those who may meet as far as both may know.

    Vetoes are not looked at: a list that gave way to one would tell of it. `progress` receives the share that
    is done, in the calling thread; an exception that it raises ends the work.
    """
    waiting, cores = list(blocks_of(form, rules)), _cores()
    mixed = mixing(float(form.weights.offer))
    search = _Search(form, mixed, _facts(form, rules, mixed), empty_lists(len(form.profiles), top), cores)
    total, running = len(waiting), dict[Future[None], Block]()
    with ThreadPoolExecutor(cores) as pool:
        while waiting or running:
            for block in _free(waiting, list(running.values()), cores - len(running)):
                waiting.remove(block)
                running[pool.submit(search.work, block, search.columns(block))] = block
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                done.result()
                del running[done]
            if progress:
                progress(1 - (len(waiting) + len(running)) / total)
    return in_order(search.lists)


def _cores() -> int:
    """As many as the matrix products were allowed (OMP_NUM_THREADS and its like, or all)."""
    return max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=1)


def _free(waiting: Sequence[Block], running: list[Block], count: int) -> list[Block]:
    """The first blocks that clash neither with those that run nor with one another, at most `count`."""
    found: list[Block] = []
    for block in waiting:
        if len(found) == count:
            break
        if not any(block.clashes(other) for other in running + found):
            found.append(block)
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """What stays the same from block to block; `gathered` keeps the columns of so many parts, one a core."""

    form: Form
    mixed: Mixing
    facts: Any
    lists: BestLists
    cores: int
    rooms: threading.local = field(default_factory=threading.local)
    gathered: dict[tuple[int, int, int], tuple[Prepared, ...]] = field(default_factory=dict)

    def columns(self, block: Block) -> tuple[Prepared, ...]:
        """The columns of a block, ready for products, slice by slice."""
        part = block.right
        key = (block.left.group, part.group, part.begin)
        if key not in self.gathered:
            while len(self.gathered) >= self.cores:
                del self.gathered[next(iter(self.gathered))]
            slices = parts(self.form.profiles, part.group, part.rows, SLICE)
            self.gathered[key] = tuple(prepare_right(self.form, each.rows, block.fits) for each in slices)
        return self.gathered[key]

    @quiet
    def work(self, block: Block, columns: tuple[Prepared, ...]) -> None:
        """Enter the pairs of a block into the lists of both sides."""
        left = prepare_left(self.form, block.left.rows, block.fits)
        same_group, begin = block.left.group == block.right.group, block.right.begin
        for right in columns:
            there = self._product("there", left.needs, right.answers, left, right)
            back = self._product("back", left.answers, right.needs, left, right)
            shift = block.left.begin - begin if same_group else -len(left.rows) - 1
            self._sift(there, back, left.rows, right.rows, shift, doubt_of(self.mixed, left, right))
            begin += len(right.rows)

    def _sift(self, there: Floats, back: Floats, a: Rows, b: Rows, shift: int, doubt: float) -> None:
        """Enter the pairs of rows a and rows b; see `sift.walk`."""
        sift, lists = _compiled(), self.lists
        asked = [sift.least_of(lists.fits, lists.worst, rows, doubt) for rows in (a, b)]
        if any(least.min() == sift.LOWEST for least in asked):
            # lists that are not full would let everything through: the most promising pairs fill them first
            seeds = self._seeds(there, back, asked)
            sift.walk(self.facts, lists, there, back, a, b, shift, *seeds, doubt)
            asked = [sift.least_of(lists.fits, lists.worst, rows, doubt) for rows in (a, b)]
        sift.walk(self.facts, lists, there, back, a, b, shift, *asked, doubt)

    def _seeds(self, there: Floats, back: Floats, asked: list[Floats]) -> list[Floats]:
        """Bounds that about as many pairs reach as a list has places, for those with room in theirs."""
        sift, top, found = _compiled(), self.lists.fits.shape[1], []
        sizes = (len(asked[0]), len(asked[1]))
        tables = sift.best_of_groups(self.facts.mine, self.facts.theirs, there, back, *sizes)
        for least, table in zip(asked, tables, strict=True):
            last = table.shape[1] - top
            if last >= 0:
                promising = np.partition(table, last, axis=1)[:, last]
                least = np.where(least == sift.LOWEST, promising, least)
            found.append(least)
        return found

    def _product(self, name: str, one: Stack, other: Stack, left: Prepared, right: Prepared) -> Floats:
        """(left, right) and what lies beyond: products, over pieces the largest in front."""
        shape = (len(one.panels), len(other.panels))
        rooms: dict[str, Floats] = vars(self.rooms)
        room = rooms.get(name)
        if room is None or room.size < shape[0] * shape[1]:
            room = rooms[name] = np.empty(shape[0] * shape[1], dtype=np.float32)
        products = room[: shape[0] * shape[1]].reshape(shape)
        compiled_products().multiply(one.panels, other.panels, products)
        if (len(one.owners), len(other.owners)) != (len(left.rows), len(right.rows)):
            _compiled().fold(products, one.owners, len(left.rows), other.owners, len(right.rows))
        return products


def _facts(form: Form, rules: Rules, mixed: Mixing) -> Any:
    profiles, weights = form.profiles, form.weights
    scale = weights.scale(profiles.encoder)
    low, high = pair_rows(profiles, rules.met if rules.exclude_met_before else ())
    return _compiled().Facts(
        asking=form.asking,
        offers=profiles.offers.rows,
        offers_start=profiles.offers.start,
        offers_counts=profiles.offers.counts,
        needs=profiles.needs.rows,
        needs_start=profiles.needs.start,
        needs_counts=profiles.needs.counts,
        aims=profiles.aims,
        common=float(weights.common_aims),
        dimension=profiles.columns.vector.stop,
        fit_left=form.fit_left,
        fit_right=form.fit_right,
        organisations=profiles.organisations,
        available=profiles.available,
        common_slot=rules.require_common_slot,
        met=np.unique(low * len(profiles) + high),
        least=float(scale.centre + scale.spread),
        spread=float(scale.spread),
        competitor=float(weights.competitor),
        share=float(weights.offer),
        mine=float(mixed.mine),
        theirs=float(mixed.theirs),
        apart=mixed.apart,
    )


def _compiled() -> ModuleType:
    # late: compiled loops belong to rounds, and the web application must not load numba
    from matchmaker.matching import sift

    return sift
