"""What a round decided: meetings, what was left out and why, and a proof of how good it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .stored import from_columns, frozen, to_columns


@dataclass(frozen=True, slots=True)
class Meeting:
    """A pair in a slot at a place; `delegate_a` sits for the pair's a, `delegate_b` for its b (positions)."""

    pair: int
    slot: int
    place: int | None
    delegate_a: int
    delegate_b: int


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A pair that does not meet, and why, as a code with arguments.

    forbidden       (why,)            the reason the pair carries: veto, group, ...
    no_common_slot  ()                no slot in which both sides have somebody free and the pair is allowed
    no_place        slots             in these slots both could meet, but no place admits them or has room
    limit_reached   participations    these have all the meetings that they allow (in all, that day, in a row)
    outvoted_by     pairs             these meetings hold the people; they would have to give way
    not_chosen      ()                it would fit, but adds nothing to the objective
    in_gathering    gatherings        their people sit in these whenever both could meet
    """

    pair: int
    code: str
    arguments: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A gathering in a slot at a place (None where it needs none), with those who sit in it.

    host     the host's delegate (position), None without host
    guests   (participation, delegate), by participation
    """

    gathering: int
    slot: int
    place: int | None
    host: int | None
    guests: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class WithoutSeat:
    """A guest that gets no seat, and why.

    not_held   the gathering is not held
    not_free   none of its people is free when it is held
    full       others to whom the seats are worth more hold them
    outvoted   its people meet somebody, or sit in another gathering, at that time
    """

    gathering: int
    participation: int
    code: str


@dataclass(frozen=True, slots=True)
class PricedSeats:
    """Delegates (positions) who together sit in at most so many meetings during `slots`, and its price."""

    delegates: tuple[int, ...]
    slots: tuple[int, ...]
    price: int


@dataclass(frozen=True, slots=True)
class PricedPlaces:
    """Places (positions) that together hold at most so many meetings during overlapping `slots`."""

    places: tuple[int, ...]
    slots: tuple[int, ...]
    price: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whole-number prices, each in 1/`scale` thousandths and at least 0, that prove an upper bound.

    By weak duality any such prices give a valid bound, whoever found them; `check` works it out from these
    rows and the rules alone.

    limits    per participation, for one more meeting in all
    days      (participation, day, price)
    subsidies per participation: what a meeting earns towards the extra value of first meetings
    seats     nobody is in two meetings at once
    rows      breaks: consecutive slots of a block, one more than somebody may have in a row
    places    capacity
    hours     a person's meetings at hours that cost something; `slots` empty, the rule says which
    """

    scale: int
    limits: tuple[int, ...]
    days: tuple[tuple[int, int, int], ...] = ()
    subsidies: tuple[int, ...] = ()
    seats: tuple[PricedSeats, ...] = ()
    rows: tuple[PricedSeats, ...] = ()
    places: tuple[PricedPlaces, ...] = ()
    hours: tuple[PricedSeats, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One level of effort: what it is called, the objective after it, seconds since the start, remarks."""

    level: str
    objective: int
    seconds: float
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The result of a round.

    value      sum of the values of the pairs that meet and of the seats taken in gatherings, thousandths
    objective  what was maximised (see problem.py); equals value without floor, costs and what was seen
    bound      no schedule of this problem has a larger objective
    certificate proves the bound; None only when there was no time to price anything
    log        the levels that ran
    """

    meetings: tuple[Meeting, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    value: int = 0
    objective: int = 0
    bound: float | None = None
    certificate: Certificate | None = None
    log: tuple[Step, ...] = field(default=(), compare=False)
    gatherings: tuple[Held, ...] = ()
    without_seat: tuple[WithoutSeat, ...] = ()

    @property
    def gap(self) -> float | None:
        """How far at most from the best possible, as a share of the bound: 0.01 is one per cent."""
        if self.bound is None:
            return None
        return max(0.0, self.bound - self.objective) / self.bound if self.bound > 0 else 0.0

    @property
    def is_optimal(self) -> bool:
        """The bound is reached: whole numbers cannot lie between."""
        return self.bound is not None and self.bound - self.objective < 1

    def to_json(self) -> str:
        """As JSON text."""
        parts: dict[str, Any] = {
            "meetings": to_columns(self.meetings, Meeting),
            "unplaced": to_columns(self.unplaced, Unplaced),
            "value": self.value,
            "objective": self.objective,
            "bound": self.bound,
            "certificate": None if self.certificate is None else _certificate_out(self.certificate),
            "log": to_columns(self.log, Step),
            "gatherings": to_columns(self.gatherings, Held),
            "without_seat": to_columns(self.without_seat, WithoutSeat),
        }
        return json.dumps(parts, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Schedule:
        """Read back what `to_json` wrote."""
        parts = json.loads(text)
        stored = parts["certificate"]
        return cls(
            meetings=from_columns(parts["meetings"], Meeting, {}),
            unplaced=from_columns(parts["unplaced"], Unplaced, {}),
            value=parts["value"],
            objective=parts["objective"],
            bound=parts["bound"],
            certificate=None if stored is None else _certificate_in(stored),
            log=from_columns(parts["log"], Step, {}),
            gatherings=from_columns(parts.get("gatherings", {"n": 0}), Held, {}),
            without_seat=from_columns(parts.get("without_seat", {"n": 0}), WithoutSeat, {}),
        )


def sittings(schedule: Schedule) -> list[tuple[int, int]]:
    """(delegate, slot) of everybody who sits in a meeting or a gathering."""
    sat = [(d, m.slot) for m in schedule.meetings for d in (m.delegate_a, m.delegate_b)]
    for held in schedule.gatherings:
        sat += [(d, held.slot) for _, d in held.guests]
        sat += [] if held.host is None else [(held.host, held.slot)]
    return sat


def _certificate_out(certificate: Certificate) -> dict[str, Any]:
    return {
        "scale": certificate.scale,
        "limits": certificate.limits,
        "days": certificate.days,
        "subsidies": certificate.subsidies,
        "seats": to_columns(certificate.seats, PricedSeats),
        "rows": to_columns(certificate.rows, PricedSeats),
        "places": to_columns(certificate.places, PricedPlaces),
        "hours": to_columns(certificate.hours, PricedSeats),
    }


def _certificate_in(stored: dict[str, Any]) -> Certificate:
    return Certificate(
        scale=stored["scale"],
        limits=tuple(stored["limits"]),
        days=frozen(stored["days"]),
        subsidies=tuple(stored["subsidies"]),
        seats=from_columns(stored["seats"], PricedSeats, {}),
        rows=from_columns(stored["rows"], PricedSeats, {}),
        places=from_columns(stored["places"], PricedPlaces, {}),
        hours=from_columns(stored["hours"], PricedSeats, {}) if "hours" in stored else (),
    )
