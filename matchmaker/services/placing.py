"""Where a meeting is to be and who is to sit in it, whoever or whatever changed the schedule."""

from __future__ import annotations

from dataclasses import dataclass

from matchmaker.models import Meeting, MeetingDelegate


@dataclass(frozen=True)
class Placement:
    """A slot, a place (None: the event's video link) and the delegates who sit."""

    slot_id: int
    place_id: int | None
    delegate_ids: frozenset[int]

    @classmethod
    def of(cls, meeting: Meeting) -> Placement:
        """The meeting as it stands."""
        sitting = frozenset(sitter.delegate_id for sitter in meeting.sitters)
        return cls(meeting.slot_id, meeting.place_id, sitting)

    def is_elsewhere(self, meeting: Meeting) -> bool:
        """Whether the meeting has another time or place."""
        return (self.slot_id, self.place_id) != (meeting.slot_id, meeting.place_id)


def place_meeting(meeting: Meeting, to: Placement) -> None:
    """Put the meeting there; a calendar that holds it needs a higher number for another time or place.

    The caller claims the seats.
    """
    if to.is_elsewhere(meeting):
        meeting.slot_id, meeting.place_id = to.slot_id, to.place_id
        meeting.sequence += 1
    stays = {sitter.delegate_id: sitter for sitter in meeting.sitters}
    if stays.keys() != to.delegate_ids:
        meeting.sitters = [
            stays.get(number) or MeetingDelegate(delegate_id=number, event_id=meeting.event_id)
            for number in sorted(to.delegate_ids)
        ]
