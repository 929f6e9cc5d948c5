"""Sessions whose seats a round gives: into the problem as gatherings, and back out of its schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matchmaker import scheduling
from matchmaker.services.gathering_apart import left_apart
from matchmaker.services.round_gathering import WISHED, GatheringInput
from matchmaker.services.round_input import RoundInput
from matchmaker.services.round_place import SlotInput
from matchmaker.services.session_plan import PlannedSeat, PlannedSession


@dataclass(frozen=True)
class Gatherings:
    """What the problem takes up: each gathering with the session that it is; and what it cannot take up.

    refused   session -> why it cannot be held at all
    without   session -> participations that wished and cannot be its guests, and why
    """

    rows: tuple[scheduling.Gathering, ...] = ()
    sessions: tuple[GatheringInput, ...] = ()
    refused: Mapping[int, str] = field(default_factory=dict)
    without: Mapping[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)


def slots_of_gatherings(frozen: RoundInput) -> tuple[SlotInput, ...]:
    """A slot of its own, with the session's negative number, for each whose time is fixed."""
    return tuple(
        SlotInput(-one.session_id, one.starts_at, one.ends_at, block_id=-one.session_id)
        for one in frozen.gatherings
        if not one.is_open
    )


def build_gatherings(
    frozen: RoundInput, *, row: Mapping[int, int], slot: Mapping[int, int], place: Mapping[int, int]
) -> Gatherings:
    """The gatherings by positions of participations, slots and places."""
    rows, sessions = [], []
    refused: dict[int, str] = {}
    without: dict[int, tuple[tuple[int, str], ...]] = {}
    for one in frozen.gatherings:
        barred = {p: why for p in one.wishes if (why := _bars(frozen, one, p, row))}
        barred |= dict.fromkeys(left_apart(frozen, one, barred.keys()), "apart")
        without[one.session_id] = tuple(barred.items())
        at = [
            slot[number] for number in (one.slot_ids if one.is_open else (-one.session_id,)) if number in slot
        ]
        seated = [row[p] for p in one.seated if p in row]
        most = one.most - one.others - (len(one.seated) - len(seated))
        guests = [scheduling.Guest(number, WISHED, force=True) for number in seated]
        guests += [scheduling.Guest(row[p], value) for p, value in one.wishes.items() if p not in barred]
        why = _refuses(one, at, len(guests), row)
        if why or not guests or (most < 1 and not seated):
            refused[one.session_id] = why or "few_wishes"
            continue
        sessions.append(one)
        rows.append(
            scheduling.Gathering(
                id=one.session_id,
                slots=tuple(at),
                guests=tuple(guests),
                least=max(1, min(one.least, len(seated))) if one.is_held else one.least,
                most=max(most, len(seated)),
                host=row[one.host_id] if one.needs_host and one.host_id is not None else None,
                places=tuple(place[number] for number in one.place_ids if number in place),
                lock=at[0] if seated and one.is_held else None,
            )
        )
    return Gatherings(tuple(rows), tuple(sessions), refused, without)


def may_sit_at(one: GatheringInput, delegate_id: int, participation_id: int) -> bool:
    """Whether a delegate can sit at a session of fixed time: it has the seat, or is free and nobody has."""
    if participation_id == one.host_id:
        is_taken_by = one.host_delegate_id
    else:
        is_taken_by = one.seated.get(participation_id)
    return delegate_id in one.free if is_taken_by is None else is_taken_by == delegate_id


def has_seat_at(one: GatheringInput, delegate_id: int) -> bool:
    """Whether the delegate has a seat there already."""
    return delegate_id == one.host_delegate_id or delegate_id in one.seated.values()


def plan_sessions(
    frozen: RoundInput,
    gatherings: Gatherings,
    slots: Sequence[SlotInput],
    schedule: scheduling.Schedule,
) -> list[PlannedSession]:
    """What the schedule says of every session whose seats the round gives."""
    number = {one.session_id: position for position, one in enumerate(gatherings.sessions)}
    held = {one.gathering: one for one in schedule.gatherings}
    codes: dict[int, list[tuple[int, str]]] = {}
    for left in schedule.without_seat:
        who = frozen.participants[left.participation].id
        codes.setdefault(left.gathering, []).append((who, left.code))
    found = []
    for one in frozen.gatherings:
        position = number.get(one.session_id)
        here = None if position is None else held.get(position)
        without = list(gatherings.without[one.session_id])
        if position is not None:
            without += codes.get(position, [])
        else:
            barred = {p for p, _ in without}
            without += [(p, "not_held") for p in one.wishes if p not in barred]
        if here is None:
            code = gatherings.refused.get(one.session_id) or _why_not(frozen, one)
            found.append(
                PlannedSession(
                    one.session_id,
                    one.starts_at,
                    one.ends_at,
                    one.place_id,
                    without=tuple(without),
                    code=code,
                )
            )
            continue
        found.append(
            PlannedSession(
                session_id=one.session_id,
                starts_at=slots[here.slot].starts_at,
                ends_at=slots[here.slot].ends_at,
                place_id=one.place_id if here.place is None else frozen.places[here.place].id,
                host=_host(frozen, one, here),
                guests=tuple(
                    PlannedSeat(
                        frozen.participants[guest].id,
                        frozen.delegates[delegate].id,
                        frozen.participants[guest].id in one.seated,
                    )
                    for guest, delegate in here.guests
                ),
                without=tuple(without),
            )
        )
    return found


def _host(frozen: RoundInput, one: GatheringInput, here: scheduling.Held) -> PlannedSeat | None:
    if here.host is None:
        return None
    delegate = frozen.delegates[here.host]
    return PlannedSeat(delegate.participation_id, delegate.id, delegate.id == one.host_delegate_id)


def _refuses(one: GatheringInput, at: Sequence[int], guests: int, row: Mapping[int, int]) -> str:
    """Why a session cannot be held whatever the round does."""
    if one.needs_host and one.host_id not in row:
        return "host_gone"
    if not at:
        return "no_slot"
    if not one.is_held and guests < one.least:
        return "few_wishes"
    return ""


def _bars(frozen: RoundInput, one: GatheringInput, guest_id: int, row: Mapping[int, int]) -> str:
    """Why a participation that wished cannot be a guest; a never between it and the host is final."""
    if guest_id not in row:
        return "not_in_round"
    if frozen.selected is not None and guest_id not in frozen.selected:
        return "not_selected"
    if one.host_id is None:
        return ""
    said = {frozen.wishes.get((guest_id, one.host_id)), frozen.wishes.get((one.host_id, guest_id))}
    if "never" in said:
        return "never"
    return "barred" if (min(guest_id, one.host_id), max(guest_id, one.host_id)) in frozen.barred else ""


def _why_not(frozen: RoundInput, one: GatheringInput) -> str:
    """Why a session that could have been held is not: nobody of the host, too few guests, or outvoted."""
    times = one.slot_ids if one.is_open else (0,)
    free = {time: _free_participations(frozen, one, time) for time in times}
    if one.needs_host and not any(one.host_id in who for who in free.values()):
        return "host_not_free"
    if max(len(who & one.wishes.keys()) for who in free.values()) < one.least:
        return "few_free"
    return "outvoted"


def _free_participations(frozen: RoundInput, one: GatheringInput, slot_id: int) -> set[int]:
    if not one.is_open:
        return {row.participation_id for row in frozen.delegates if row.id in one.free}
    return {row.participation_id for row in frozen.delegates if slot_id in row.slot_ids}
