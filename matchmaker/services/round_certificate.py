"""How good a round's schedule is, proved: bounds of its value and of its count, and what fairness costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matchmaker import scheduling

COUNT_SHARE, PRICE_SHARE = 0.2, 0.3
"""Parts of the solver's time that may follow for the bound of the count and for the price of fairness."""


@dataclass(frozen=True)
class Certificate:
    """What the proof says, in thousandths where it speaks of value.

    missing   what the objective could still gain at most: no schedule that is as fair and keeps as good hours
              is worth more than value + missing
    most      no schedule has more meetings; None when there was no time to prove a bound
    given_up  the value that fairness costs, at least and at most; None when nothing was proved
    """

    value: int
    objective: int
    bound: int
    meetings: int
    most: int | None
    first: int
    seen: int
    hours: int
    prices: int
    scale: int
    floor: tuple[int, ...]
    given_up: tuple[int, int] | None

    @property
    def missing(self) -> int:
        """What the objective could still gain at most."""
        return max(0, self.bound - self.objective)

    @property
    def gap(self) -> float:
        """How far at most the value is from the best possible, as a share of that."""
        best = self.value + self.missing
        return self.missing / best if best > 0 else 0.0

    @property
    def is_optimal(self) -> bool:
        """Whether nothing better exists."""
        return self.missing == 0

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the round."""
        return {**vars(self), "floor": list(self.floor), "gap": self.gap, "is_optimal": self.is_optimal}


def read_certificate(stored: dict[str, Any] | None) -> Certificate | None:
    """What `to_json` wrote; None where nothing was proved."""
    if not stored:
        return None
    kept = {name: stored[name] for name in Certificate.__dataclass_fields__}
    given_up = stored["given_up"]
    return Certificate(
        **{
            **kept,
            "floor": tuple(stored["floor"]),
            "given_up": None if given_up is None else (given_up[0], given_up[1]),
        }
    )


def prove_count(
    problem: scheduling.Problem, schedule: scheduling.Schedule, *, seconds: float, seed: int
) -> scheduling.Schedule:
    """How many meetings there can be at most, proved: a schedule without meetings that carries the bound."""
    counted = scheduling.counted(problem)
    found = scheduling.solve(counted, seconds=COUNT_SHARE * seconds, seed=seed, start=schedule)
    return scheduling.Schedule(bound=found.bound, certificate=found.certificate)


def most_meetings(count: scheduling.Schedule | None) -> int | None:
    """The whole number of meetings that a proof of the count allows."""
    if count is None or count.bound is None:
        return None
    return int(count.bound) // scheduling.ONE


def price_of_fairness(
    problem: scheduling.Problem, schedule: scheduling.Schedule, *, seconds: float, seed: int
) -> tuple[int, int] | None:
    """How much more the meetings could be worth if nobody's first meeting counted for more: from, to.

    The first figure is of a schedule that was found, the second of a bound; None when there is no bound.
    """
    if not scheduling.is_fair(problem):
        return (0, 0)
    now = scheduling.parts(problem, schedule)
    unfair = scheduling.without_fairness(problem)
    free = scheduling.solve(unfair, seconds=PRICE_SHARE * seconds, seed=seed, start=schedule)
    if free.bound is None:
        return None
    worth = now.value + now.seen - now.hours
    return max(0, free.objective - worth), max(0, int(free.bound) - worth)


def certify(
    problem: scheduling.Problem,
    schedule: scheduling.Schedule,
    *,
    count: scheduling.Schedule | None,
    given_up: tuple[int, int] | None,
) -> Certificate | None:
    """What the schedule's own proof and the two others say together; None without a bound."""
    if schedule.bound is None or schedule.certificate is None:
        return None
    made_of = scheduling.parts(problem, schedule)
    proof = schedule.certificate
    return Certificate(
        value=schedule.value,
        objective=schedule.objective,
        bound=int(schedule.bound),
        meetings=len(schedule.meetings),
        most=most_meetings(count),
        first=made_of.first,
        seen=made_of.seen,
        hours=made_of.hours,
        prices=sum(map(bool, proof.limits))
        + len(proof.days) + len(proof.seats) + len(proof.rows) + len(proof.places),
        scale=proof.scale,
        floor=problem.floor,
        given_up=given_up,
    )  # fmt: skip
