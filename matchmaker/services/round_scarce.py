"""What is scarce in a round, read from the prices of its proof: places, slots, days, limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from matchmaker import scheduling

SHOWN = 12


def scarce_of(
    problem: scheduling.Problem, schedule: scheduling.Schedule, slot_ids: Sequence[int]
) -> dict[str, Any]:
    """What one more unit is worth at most, thousandths: prices promise the first unit's gain, never less.

    places  per kind of place: one more of it in every slot
    slots   the dearest slots: one more meeting at once at the dearest place, and a whole copy of the slot
    days    a whole copy of each day
    limits  participations with the dearest limit on their meetings
    """
    if schedule.certificate is None:
        return {}
    priced = scheduling.worth(problem, schedule)
    room: dict[int, float] = defaultdict(float)
    kinds: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for (place, slot), price in priced.places.items():
        room[slot] = max(room[slot], price)
        kind = problem.places[place].kind
        kinds[kind][slot] = max(kinds[kind][slot], price)
    copies = slot_copies(problem, schedule)
    days: dict[int, float] = defaultdict(float)
    for slot, price in enumerate(copies):
        days[problem.slots[slot].day] += price
    dear = sorted(range(len(copies)), key=lambda slot: (-copies[slot], slot))
    limits = sorted(priced.limits.items(), key=lambda entry: -entry[1])
    return {
        "places": {kind: round(sum(prices.values())) for kind, prices in sorted(kinds.items())},
        "slots": [
            {"slot_id": slot_ids[slot], "room": round(room[slot]), "second": round(copies[slot])}
            for slot in dear[:SHOWN]
            if slot_ids[slot] > 0 and (copies[slot] or room[slot])  # the others are of sessions
        ],
        "days": [{"day": day, "second": round(price)} for day, price in sorted(days.items())],
        "limits": [
            {"participation_id": int(problem.participations[p].id), "price": round(price)}
            for p, price in limits[:SHOWN]
        ],
    }


def slot_copies(problem: scheduling.Problem, schedule: scheduling.Schedule) -> list[float]:
    """Per slot: what a second slot of its kind, with the same people and places, is worth at most.

    The copy's rows at the same prices keep the proof valid, and add price x capacity for each of them.
    """
    worth = [0.0] * len(problem.slots)
    proof = schedule.certificate
    if proof is None:
        return worth
    for seats in proof.seats:
        people = len({problem.delegates[d].person for d in seats.delegates})
        for slot in seats.slots:
            worth[slot] += seats.price * people / proof.scale / len(seats.slots)
    for places in proof.places:
        for slot in places.slots:
            rooms = [problem.places[k].capacity[slot] or 0 for k in places.places]
            worth[slot] += places.price * sum(rooms) / proof.scale / len(places.slots)
    return worth
