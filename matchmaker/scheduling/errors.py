"""Input that no schedule can satisfy, named so that an organiser can act on it."""

from __future__ import annotations


class Contradiction(Exception):
    """No schedule keeps these locks and forced pairs; `code` says why, `arguments` which.

    forbidden_pair      pairs     locked or forced, and forbidden
    lock_impossible     pairs     slot not allowed, a delegate not free there, or the place closed to them
    forced_impossible   pairs     forced, and no slot in which both are free and a place admits them
    overfull            pairs     locked meetings that together exceed a place, a limit or a person's time
    cannot_all_be_placed pairs    each could be placed alone, but not all together
    gatherings_impossible gatherings  must be held, or have promised seats, and that cannot be together
    """

    def __init__(self, code: str, pairs: tuple[int, ...]) -> None:
        super().__init__(code, pairs)
        self.code = code
        self.pairs = pairs


class MalformedProblem(ValueError):
    """The problem itself is wrong: a position out of range, a pair twice, a negative value."""
