"""Proves how good a round's schedule is: bounds of its value and of its count, and what fairness costs."""

from __future__ import annotations

from matchmaker import scheduling
from matchmaker.services.round_certificate import Certificate

COUNT_SHARE, PRICE_SHARE = 0.2, 0.3
"""Parts of the solver's time that may follow for the bound of the count and for the price of fairness."""


def prove_count(
    problem: scheduling.Problem, schedule: scheduling.Schedule, *, seconds: float, seed: int
) -> scheduling.Schedule:
    """How many meetings there can be at most, proved: a schedule without meetings that carries the bound."""
    counted = scheduling.counted(problem)
    found = scheduling.solve(counted, seconds=COUNT_SHARE * seconds, seed=seed, start=schedule)
    proofs = [proof for proof in (found.certificate, *scheduling.plain_proofs(counted)) if proof is not None]
    bound, best = min(((scheduling.bound(counted, proof), proof) for proof in proofs), key=lambda one: one[0])
    return scheduling.Schedule(bound=bound, certificate=best)


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
