"""Which place has room for a roundtable or a masterclass that needs another one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Event, EventSession, PlaceClaim, SessionKind, Slot
from matchmaker.services.gone import Gone
from matchmaker.services.round_place import PlaceInput, Span, read_places, read_slots


class Rooms:
    """The event's places as they will be, with what is claimed of them, read once."""

    def __init__(self, session: Session, event: Event, gone: Gone) -> None:
        places = read_places(session, event=event)
        self._was = {place.id: place for place in places}
        if gone.narrowed is not None:
            places = gone.narrowed.applied_to(places)
        if gone.closed is not None:
            shut = gone.closed
            places = tuple(
                replace(place, filled=(*place.filled, shut.span)) if place.id == shut.place_id else place
                for place in places
            )
        self._places = {place.id: place for place in places if place.id != gone.place_id}
        self._stands: dict[int, list[Span]] = defaultdict(list)
        for slot in read_slots(session, event=event):
            if slot.stand is not None:
                self._stands[slot.stand.place_id].append(Span(slot.starts_at, slot.ends_at))
        self._claims: dict[int, list[Span]] = defaultdict(list)
        rows = session.execute(
            sa.select(PlaceClaim.place_id, Slot.starts_at, Slot.ends_at)
            .join(Slot, Slot.id == PlaceClaim.slot_id)
            .where(PlaceClaim.event_id == event.id)
        )
        for place_id, starts_at, ends_at in rows:
            self._claims[place_id].append(Span(starts_at, ends_at))

    def find(self, row: EventSession, span: Span) -> tuple[bool, int | None]:
        """Whether the session can be held then, and where; one without any place needs none."""
        if row.place_id is None and not row.places:
            return True, None
        for place in self._offered(row):
            if self._fits(place, row, span):
                return True, place.id
        return False, None

    def take(self, row: EventSession, place_id: int | None, span: Span) -> None:
        """Let the session be there then, so that the next one does not go to the same place."""
        if place_id is None:
            return
        place = self._places[place_id]
        if row.kind == SessionKind.ROUNDTABLE:
            place = replace(place, tables=(*place.tables, span))
        else:
            place = replace(place, filled=(*place.filled, span))
        self._places[place_id] = place

    def _offered(self, row: EventSession) -> list[PlaceInput]:
        """The places to try: where it is, then those among which a round may choose, else others like it."""
        wanted = [one.place_id for one in row.places]
        if not wanted:
            old = self._was[row.place_id or 0]
            like = [
                place
                for place in self._places.values()
                if place.kind == old.kind and not place.owners and _holds_as_many(place, old)
            ]
            wanted = [place.id for place in sorted(like, key=lambda one: (one.capacity or 0, one.id))]
        if row.place_id is not None:
            wanted = [row.place_id, *wanted]
        return [self._places[number] for number in dict.fromkeys(wanted) if number in self._places]

    def _fits(self, place: PlaceInput, row: EventSession, span: Span) -> bool:
        own = Span(row.starts_at, row.ends_at) if place.id == row.place_id else None
        if place.open and not any(hours.holds(span) for hours in place.open):
            return False
        filled = [other for other in place.filled if other.overlaps(span)]
        tables = [other for other in place.tables if other.overlaps(span)]
        for those in (filled, tables):
            if own is not None and own in those:  # it does not stand in its own way
                those.remove(own)
        claims = sum(other.overlaps(span) for other in self._claims[place.id])
        if filled or any(other.overlaps(span) for other in self._stands[place.id]):
            return False
        if row.kind != SessionKind.ROUNDTABLE:
            return not tables and not claims
        return place.capacity is None or len(tables) + claims < place.capacity


def _holds_as_many(place: PlaceInput, old: PlaceInput) -> bool:
    if place.capacity is None or old.capacity is None:
        return place.capacity is None
    return place.capacity >= old.capacity
