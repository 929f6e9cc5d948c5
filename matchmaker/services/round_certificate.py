"""What is proved of a round's schedule, as it is kept with the round and shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
