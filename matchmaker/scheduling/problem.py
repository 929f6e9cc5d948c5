"""What a round has to decide: slots, people, places, and the pairs that might meet.

Everything refers to everything else by position (slot 3, place 0, participation 17), so a problem is
self-contained; `id` fields carry the caller's own keys and are never looked into. Values are whole
thousandths, times whole minutes. A round is stored as its Problem and its Schedule, so both have an exact
JSON round trip.

The objective, in thousandths, that `solve` maximises and `check` recomputes:

    sum over meetings of   value of the pair
                         + weight of what was seen, when the meeting keeps the slot that it had
                         - cost of each of its two delegates for the slot
    + sum over gatherings held of the values of the seats taken, less the costs of all who sit in them
    + sum over participations of the extra value of their first meetings:
        the k-th meeting (k = 1, 2, ...) adds round(weight * (floor[k-1] + (shortfall if k <= minimum)))
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from .stored import from_columns, frozen, to_columns

PlaceKind = Literal["booth", "table", "room", "video"]
Key = int | str


def minutes(moment: datetime) -> int:
    """Whole minutes since 1970 in UTC of an aware datetime; ValueError when it has no zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return int(moment.astimezone(UTC).timestamp()) // 60


@dataclass(frozen=True, slots=True)
class Slot:
    """A span of time in which one meeting can take place.

    Slots of one block, in order of their start, are consecutive. Slots of different blocks may overlap:
    nobody can be in two of those at once. `places` names the only places for this slot (the stand of a
    booth session); None leaves all open places. `is_session`: for gatherings only, no pair meets in it.
    """

    start: int
    end: int
    day: int = 0
    block: int = 0
    places: tuple[int, ...] | None = None
    is_session: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where meetings happen.

    capacity  per slot: meetings at once; 0 closed, None without limit. In slots that overlap, meetings at
              one place are at most the largest of their capacities
    hosts     per slot: None admits anybody; otherwise one of these participations must be in the pair (an
              own booth, a stand held in rota). None as a whole admits anybody always
    """

    id: Key
    kind: PlaceKind
    capacity: tuple[int | None, ...]
    hosts: tuple[tuple[int, ...] | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Participation:
    """One organisation at the event, with its limits.

    maximum   meetings in all; per_day in each day; None for no limit
    in_a_row  a person who sits for it gets at most this many consecutive slots of a block without a break
    pause     whole minutes that a person who sits for it has free between two meetings, at least
    minimum   wanted, not forced: each of the first `minimum` meetings adds the problem's `shortfall`
    weight    multiplies the extra value of its first meetings (weights by group)
    """

    id: Key
    group: str = ""
    maximum: int | None = None
    minimum: int = 0
    per_day: int | None = None
    in_a_row: int | None = None
    weight: float = 1.0
    pause: int = 0


@dataclass(frozen=True, slots=True)
class Delegate:
    """One person sitting for one participation in the slots where the person is free.

    The same `person` may be the delegate of several participations. `costs` is empty or one cost in
    thousandths per entry of `slots` (an uncomfortable hour).
    """

    id: Key
    person: Key
    participation: int
    slots: tuple[int, ...]
    costs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """A meeting that must stay: its slot, and where not None its place and delegates."""

    slot: int
    place: int | None = None
    delegate_a: int | None = None
    delegate_b: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Where both sides have already seen this meeting; `weight` thousandths are gained by keeping it."""

    slot: int
    place: int | None = None
    weight: int = 0
    delegate_a: int | None = None
    delegate_b: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two participations that might meet, once.

    value      of the meeting, thousandths, at least 0
    slots      the only slots allowed, None for all
    lock       where it must be; force: it must be placed, anywhere; forbidden: why it never may ("veto",
               "group", ...)
    """

    a: int
    b: int
    value: int
    slots: tuple[int, ...] | None = None
    lock: Lock | None = None
    force: bool = False
    forbidden: str | None = None
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Guest:
    """A participation that may have one seat of a gathering, and what the seat is worth, thousandths.

    force   it must have the seat (it was promised)
    """

    participation: int
    value: int
    force: bool = False


@dataclass(frozen=True, slots=True)
class Gathering:
    """A meeting of more than two participations: a roundtable, or a session with seats.

    Held in one of `slots` with `least` to `most` guests beside the host, or not at all. Its seats count
    neither for limits and minimums nor as first meetings; nobody is in two places at once.

    host     the participation that must sit in it, None for none
    places   where it may be held, using one of the capacity there; empty: it needs none
    lock     the slot in which it must be held
    """

    id: Key
    slots: tuple[int, ...]
    guests: tuple[Guest, ...]
    least: int
    most: int
    host: int | None = None
    places: tuple[int, ...] = ()
    lock: int | None = None

    @property
    def must(self) -> bool:
        """Whether it cannot be left out."""
        return self.lock is not None or any(guest.force for guest in self.guests)


@dataclass(frozen=True, slots=True)
class Problem:
    """The frozen input of one round. With no places at all, meetings need none (place None).

    uncomfortable   nobody sits in more meetings than this at hours that cost them anything; None for no bound
    """

    slots: tuple[Slot, ...]
    participations: tuple[Participation, ...]
    delegates: tuple[Delegate, ...]
    pairs: tuple[Pair, ...]
    places: tuple[Place, ...] = ()
    floor: tuple[int, ...] = ()
    shortfall: int = 4000
    uncomfortable: int | None = None
    gatherings: tuple[Gathering, ...] = ()

    def to_json(self) -> str:
        """As JSON text, column by column."""
        parts: dict[str, Any] = {name: to_columns(getattr(self, name), kind) for name, kind in _KINDS.items()}
        parts |= {"floor": list(self.floor), "shortfall": self.shortfall, "uncomfortable": self.uncomfortable}
        if self.gatherings:
            parts["gatherings"] = [_row_of(gathering) for gathering in self.gatherings]
        return json.dumps(parts, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Problem:
        """Read back what `to_json` wrote: equal to the problem that was written."""
        parts = json.loads(text)
        columns = {name: from_columns(parts[name], kind, _NESTED) for name, kind in _KINDS.items()}
        return cls(
            **columns,
            floor=tuple(parts["floor"]),
            shortfall=parts["shortfall"],
            uncomfortable=parts.get("uncomfortable"),  # not in rounds stored before there was a bound
            gatherings=tuple(_gathering(row) for row in parts.get("gatherings", ())),
        )


def _row_of(gathering: Gathering) -> list[Any]:
    return list(astuple(gathering))


def _gathering(row: list[Any]) -> Gathering:
    identity, slots, guests, least, most, host, places, lock = frozen(row)
    seats = tuple(Guest(*guest) for guest in guests)
    return Gathering(identity, slots, seats, least, most, host, places, lock)


_KINDS: dict[str, type] = {
    "slots": Slot,
    "participations": Participation,
    "delegates": Delegate,
    "pairs": Pair,
    "places": Place,
}
_NESTED: dict[str, type] = {"lock": Lock, "seen": Seen}
