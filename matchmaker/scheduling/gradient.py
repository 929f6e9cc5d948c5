"""The first-order method behind prices: restarted, reflected and anchored primal-dual hybrid gradient.

Sources: Applegate et al., PDLP, 2021; Lu and Yang, Restarted Halpern PDHG, 2024. Two changes for this
problem: each pair's columns are projected together onto "at most one" (so a pair needs no row of its own),
and the extra values of first meetings are variables with a price per participation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import Model
from .steps import by_row, dual_step, pair_part, primal_step, reduced_values

Reals = NDArray[np.float64]
THREADS = 2
SETTLED = 5.0  # so many times the tolerance the shares may be off when the prices are called the best
WORTH_A_THREAD = 150_000  # columns: below, handing work over takes longer than doing it


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """row: price of each row of the model; credit: per participation, earned by its first meetings.

    bound is the value that these prices prove (as real numbers); x is the relaxation's solution that goes
    with them, a share 0..1 per column; omega the primal weight that the method had reached. off is how far
    the shares are from proving these prices the best: what they are worth beside the bound, and what they
    use beyond the rooms at these prices.
    """

    row: Reals
    credit: Reals
    bound: float
    x: Reals
    omega: float = 0.0
    off: float = math.inf


def bound_of(model: Model, row: Reals, credit: Reals) -> float:
    """The bound that any prices prove, in thousandths."""
    worth = reduced(model, row, credit)
    return _fixed_part(model, row, credit) + float(
        pair_part(model.start, worth, model.must, 0, len(model.start) - 1)
    )


def reduced(model: Model, row: Reals, credit: Reals) -> Reals:
    """What each column is worth after paying for its rows."""
    out = np.empty(model.n)
    reduced_values(
        model.rows,
        model.pair,
        model.gain,
        model.side_a,
        model.side_b,
        np.append(row, 0.0),
        credit,
        out,
        0,
        model.n,
    )
    return out


def _fixed_part(model: Model, row: Reals, credit: Reals) -> float:
    total = float((row * model.room).sum())  # not a BLAS dot: its threads cost more than they do here
    if model.extra.shape[1]:
        total += float(np.maximum(model.extra - credit[:, None], 0).sum())
    return total


class Iteration:
    """The state of the method; one instance per call."""

    def __init__(self, model: Model, start: Prices | None) -> None:
        self.model = model
        self.threads = THREADS if model.n > WORTH_A_THREAD else 1
        m, n, people = len(model.room), model.n, len(model.extra)
        self.first, self.members = by_row(model.rows, m)
        self.x = np.zeros(n) if start is None else start.x.copy()
        self.y = np.zeros(m + 1)
        self.credit = np.zeros(people)
        if start is not None:
            self.y[:m], self.credit = start.row, start.credit.copy()
        self.image_x, self.turned = np.zeros(n), np.zeros(n)
        self.image_y = np.zeros(m + 1)
        self.gain = model.gain.astype(np.float64)
        self.scale = max(1.0, float(np.abs(self.gain).mean())) if model.n else 1.0
        self.room = model.room.astype(np.float64)
        self.omega = start.omega if start is not None and start.omega > 0 else self.scale
        self.weight = 1.0 / np.maximum(np.diff(self.first), 1)
        self.width = float(max(1, (model.rows >= 0).sum(axis=1).max(initial=1)))
        # extra values of first meetings: u[p, k] in 0..1, and a row per participation whose price is credit
        self.u = np.zeros(model.extra.shape)
        self.image_u, self.image_credit = self.u, self.credit
        has_extra = bool(model.extra.shape[1])
        if has_extra:
            self.width += 2
            self.meetings = np.bincount(model.side_a[model.pair], minlength=people)
            self.meetings += np.bincount(model.side_b[model.pair], minlength=people)
            self.credit_weight = 1.0 / (self.meetings + model.extra.shape[1])
        self.has_extra = has_extra
        self.best = Prices(self.y[:m].copy(), self.credit.copy(), math.inf, self.x)

    def run(self, deadline: float, tolerance: float, most: int) -> Prices:
        """Iterate until the bound stands still, for `most` steps, or until the time `deadline`."""
        m, omega = len(self.model.room), self.omega
        steps = since = 0
        error_at_restart = error_before = math.inf
        mark, looked = math.inf, 0
        self._anchor()
        with ThreadPoolExecutor(self.threads) as pool:
            spread = pool.map if self.threads > 1 else map
            while steps < most:
                bound, move_x, move_y = self._step(spread, omega, (since + 1.0) / (since + 2.0))
                error = math.sqrt(move_x * omega + move_y / omega)
                if bound < self.best.bound:
                    self.best = Prices(self.old_y[:m], self.old_credit, bound, self.x)
                steps, since = steps + 1, since + 1
                if since == 1:
                    error_at_restart = error
                elif (
                    error <= 0.2 * error_at_restart
                    or (error <= 0.8 * error_at_restart and error > error_before)
                    or since >= 0.36 * steps
                ):
                    omega = self._restart(omega)
                    since, error = 0, math.inf
                error_before = error
                if steps >= looked + max(200, looked // 4):
                    near = tolerance * abs(mark)
                    if mark - self.best.bound < near and self._off() < SETTLED * near:
                        break
                    mark, looked = self.best.bound, steps
                if steps % 8 == 0 and time.monotonic() > deadline:
                    break
        self.steps = steps
        return replace(self.best, x=self.image_x, omega=omega, off=self._off())

    def _off(self) -> float:
        """See Prices.off. A bound can stand still for hundreds of steps long before it is the best."""
        model, best = self.model, self.best
        if not math.isfinite(best.bound):
            return math.inf
        loads = np.bincount(
            (model.rows + 1).ravel(), np.repeat(self.image_x, model.rows.shape[1]), len(model.room) + 1
        )[1:]
        beyond = float((np.maximum(loads - self.room, 0.0) * best.row).sum())
        worth = float((self.gain * self.image_x).sum())
        if self.has_extra:
            worth += float((model.extra * self.image_u).sum())
            beyond += float(
                (np.maximum(self.image_u.sum(axis=1) - self._met(self.image_x), 0) * best.credit).sum()
            )
        return abs(best.bound - worth) + beyond

    def _met(self, share: Reals) -> Reals:
        """How many meetings each participation has."""
        model, people = self.model, len(self.credit)
        sides = np.concatenate([model.side_a[model.pair], model.side_b[model.pair]])
        return np.bincount(sides, np.tile(share, 2), people).astype(np.float64)

    def _anchor(self) -> None:
        self.x0, self.y0 = self.x.copy(), self.y.copy()
        self.credit0, self.u0 = self.credit.copy(), self.u.copy()

    def _step(self, spread: Callable[..., Any], omega: float, pull: float) -> tuple[float, float, float]:
        """One step of both sides; the bound at the prices before it, and the squared moves."""
        model = self.model
        prices_now, credit_now = np.maximum(self.y, 0.0), np.maximum(self.credit, 0.0)
        prices_now[-1] = 0.0  # what the padding of `rows` points at
        self.old_y, self.old_credit = prices_now, credit_now
        tau, sigma = 0.99 / (self.width * omega), 0.99 * omega
        outs = np.zeros((2 * self.threads, 8))
        cut = np.linspace(0, len(model.start) - 1, self.threads + 1).astype(int)
        list(
            spread(
                lambda k: primal_step(
                    model.start,
                    model.rows,
                    self.gain,
                    model.side_a,
                    model.side_b,
                    model.must,
                    prices_now,
                    credit_now,
                    self.x,
                    self.x0,
                    self.image_x,
                    self.turned,
                    tau,
                    pull,
                    cut[k],
                    cut[k + 1],
                    outs[k],
                ),
                range(self.threads),
            )
        )
        bound = float(outs[: self.threads, 0].sum()) + _fixed_part(model, prices_now[:-1], credit_now)
        move_x, move_y = float(outs[:, 1].sum()) * self.width, 0.0
        if self.has_extra:
            more = self._extra_step(tau, sigma, pull)
            move_x, move_y = move_x + more[0] * self.width, more[1]
        row = np.linspace(0, len(model.room), self.threads + 1).astype(int)
        list(
            spread(
                lambda k: dual_step(
                    self.first,
                    self.members,
                    self.room,
                    self.turned,
                    self.y,
                    self.y0,
                    self.image_y,
                    self.weight,
                    sigma,
                    pull,
                    row[k],
                    row[k + 1],
                    outs[self.threads + k],
                ),
                range(self.threads),
            )
        )
        return bound, move_x, move_y + float(outs[self.threads :, 0].sum())

    def _extra_step(self, tau: float, sigma: float, pull: float) -> tuple[float, float]:
        """The step for the extra values of first meetings: at most as many as there are meetings."""
        model = self.model
        image = np.clip(self.u + tau * (model.extra - np.maximum(self.credit, 0)[:, None]), 0, 1)
        move = image - self.u
        turned = image + move
        self.image_u, self.u = image, pull * turned + (1 - pull) * self.u0
        owed = turned.sum(axis=1) - self._met(self.turned)
        self.image_credit = np.maximum(self.credit + sigma * self.credit_weight * owed, 0)
        shift = self.image_credit - self.credit
        self.credit = pull * (self.image_credit + shift) + (1 - pull) * self.credit0
        return float((move**2).sum()), float((shift**2 / self.credit_weight).sum())

    def _restart(self, omega: float) -> float:
        self.x, self.y = self.image_x.copy(), self.image_y.copy()
        self.u, self.credit = self.image_u.copy(), self.image_credit.copy()
        change_x = math.sqrt(float(((self.x - self.x0) ** 2).sum()) * self.width)
        change_y = math.sqrt(float((((self.y - self.y0)[:-1]) ** 2 / self.weight).sum()))
        if change_x > 1e-12 and change_y > 1e-12:
            omega = math.sqrt(omega * change_y / change_x)
            omega = min(max(omega, 1e-3 * self.scale), 1e3 * self.scale)
        self._anchor()
        return omega
