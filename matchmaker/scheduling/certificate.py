"""From prices to a proof: whole numbers, in the words of the rules rather than of the model."""

from __future__ import annotations

import numpy as np

from .gradient import Prices, Reals
from .model import Longs, Model
from .problem import Problem
from .schedule import Certificate, PricedPlaces, PricedSeats

SCALE = 1024
"""Prices are whole multiples of 1/1024 thousandth: rounding costs less than 0.001 %."""


def certify(problem: Problem, model: Model, found: Prices) -> Certificate:
    """The certificate of these prices; its bound is what `check.bound` works out from it."""
    people = len(problem.participations)
    limits = np.zeros(people, np.int64)
    days: list[tuple[int, int, int]] = []
    seats: list[PricedSeats] = []
    rows: list[PricedSeats] = []
    places: list[PricedPlaces] = []
    hours: list[PricedSeats] = []
    for r, price in _whole(found.row):
        name = int(model.row_names[r])
        kind = next(k for k in reversed(model.kinds) if name >= k.first)
        key, at = divmod(name - kind.first, len(kind.spans))
        span = kind.spans[at]
        if kind.name == "limit":
            limits[key] = price
        elif kind.name == "day":
            days.append((key, problem.slots[span[0]].day, price))
        elif kind.name == "seat":
            seats.append(PricedSeats(_delegates(model, key), span, price))
        elif kind.name == "row":
            rows.append(PricedSeats(_delegates(model, key), span, price))
        elif kind.name == "hours":
            hours.append(PricedSeats(_delegates(model, key), (), price))
        else:
            of = model.places.of
            pool = model.places.places[key]
            members = tuple(k for k in pool if any(of.get((k, t)) == key for t in span))
            places.append(PricedPlaces(members, span, price))
    credit = np.maximum(np.rint(found.credit * SCALE).astype(np.int64), SCALE * _out_of_reach(problem, model))
    subsidies = tuple(credit.tolist()) if model.extra.shape[1] else ()
    return Certificate(
        SCALE,
        tuple(limits.tolist()),
        tuple(days),
        subsidies,
        tuple(seats),
        tuple(rows),
        tuple(places),
        tuple(hours),
    )


def _out_of_reach(problem: Problem, model: Model) -> Longs:
    """Per participation the extra value of the first meeting that it cannot have, for want of candidates.

    A smaller credit would promise extra values that nobody can reach.
    """
    some = np.diff(model.start) > 0
    people, depth = model.extra.shape
    reach = np.bincount(model.side_a[some], minlength=people) + np.bincount(
        model.side_b[some], minlength=people
    )
    limits = [people if one.maximum is None else one.maximum for one in problem.participations]
    reach = np.minimum(reach, np.array(limits, np.int64))
    least = np.zeros(people, np.int64)
    inside = np.nonzero(reach < depth)[0]
    least[inside] = model.extra[inside, reach[inside]]
    return least


def _whole(row: Reals) -> list[tuple[int, int]]:
    """(row, price) of the prices that are not zero."""
    whole = np.rint(row * SCALE).astype(np.int64)
    used = np.nonzero(whole > 0)[0]
    return list(zip(used.tolist(), whole[used].tolist(), strict=True))


def _delegates(model: Model, crew: int) -> tuple[int, ...]:
    return model.crews[crew].delegates
