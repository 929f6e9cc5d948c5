"""Who can sit for a side once one of its delegates leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from matchmaker.models import Delegate, Event, Meeting, Participation, Slot
from matchmaker.services.availability import available_slots
from matchmaker.services.meeting_limit import Room, room_of
from matchmaker.services.meeting_slot import meetings_per_delegate, on_duty
from matchmaker.services.pause import is_too_near, pauses_of
from matchmaker.services.placing import Placement
from matchmaker.services.round_place import SlotInput


class Colleagues:
    """The other delegates of the side, and when each of them can sit: free, and with a pause around.

    Who was chosen is busy from then on.
    """

    def __init__(
        self,
        session: Session,
        event: Event,
        *,
        leaving_id: int,
        slots: Sequence[SlotInput],
        rows: Sequence[Slot],
    ) -> None:
        leaving = session.get_one(Delegate, leaving_id)
        side = session.get_one(Participation, leaving.participation_id)
        session.refresh(side, ["delegates"])  # as they are, whatever this transaction has seen before
        self.leaving_id, self.side_id = leaving_id, side.id
        self.numbers = [row.id for row in side.delegates if row.id != leaving_id]
        self._slots = {slot.id: slot for slot in slots}
        self._rows = {row.id: row for row in rows}
        self._room: Room = room_of(session, event=event, participation=side, slots=rows)
        self._busy = meetings_per_delegate(session, self.numbers)
        self._taken: dict[int, list[SlotInput]] = defaultdict(list)
        free = available_slots(session, event=event, delegates=self.numbers)
        self._pauses = pauses_of(session, event=event, delegate_ids=self.numbers)
        self._free = {
            number: {
                slot.id
                for slot in slots
                if slot.id in free.get(number, ())
                and number in self._on_stand(side, slot)
                and self._pauses.allows(number, slot.starts_at, slot.ends_at)
            }
            for number in self.numbers
        }

    def _on_stand(self, side: Participation, slot: SlotInput) -> set[int]:
        """Without the one who leaves, who may have been the only one named for the shift."""
        others = set(self.numbers)
        return (on_duty(side, slot) & others) or others

    def free_slots(self) -> Mapping[int, set[int]]:
        """Per colleague the slots in which it can still sit."""
        return {
            number: {slot for slot in found if not self._is_taken(number, self._slots[slot])}
            for number, found in self._free.items()
        }

    def able(self, slot_id: int) -> list[int]:
        """Who can sit in the slot, whoever has fewest meetings first."""
        slot = self._slots[slot_id]
        able = [
            number
            for number in self.numbers
            if slot_id in self._free[number]
            and not self._is_taken(number, slot)
            and self._room.allows_delegate(number, self._rows[slot_id])
        ]
        return sorted(able, key=lambda number: (self._busy[number], number))

    def choose(self, number: int, slot_id: int) -> None:
        """Let this colleague sit in the slot."""
        self._taken[number].append(self._slots[slot_id])
        self._busy[number] += 1
        self._room.seats[number] = self._room.seats.get(number, frozenset()) | {slot_id}

    def _is_taken(self, number: int, slot: SlotInput) -> bool:
        span, pause = (slot.starts_at, slot.ends_at), self._pauses.length(number)
        return any(is_too_near(span, (o.starts_at, o.ends_at), pause) for o in self._taken[number])


def hand_over(
    session: Session, *, meetings: Sequence[Meeting], colleagues: Colleagues
) -> dict[int, Placement]:
    """Meeting -> where it was, without the one who leaves; those without a free colleague are left out.

    The one who leaves sits in one meeting at a time, so that whom one meeting takes no other one misses.
    """
    sides = _sides_of(session, meetings)
    found = {}
    for row in meetings:
        before = Placement.of(row)
        staying = before.delegate_ids - {colleagues.leaving_id}
        if any(sides[number] == colleagues.side_id for number in staying):
            found[row.id] = Placement(row.slot_id, row.place_id, staying)
            continue
        able = colleagues.able(row.slot_id)
        if able:
            colleagues.choose(able[0], row.slot_id)
            found[row.id] = Placement(row.slot_id, row.place_id, staying | {able[0]})
    return found


def _sides_of(session: Session, meetings: Sequence[Meeting]) -> dict[int, int]:
    numbers = {sitter.delegate_id for row in meetings for sitter in row.sitters}
    return {number: session.get_one(Delegate, number).participation_id for number in sorted(numbers)}
