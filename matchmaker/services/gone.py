"""What is taken out of a schedule that people know."""

from __future__ import annotations

from dataclasses import dataclass

from matchmaker.services.round_place import Narrowed, Span


@dataclass(frozen=True)
class Closed:
    """A place that is closed for a time."""

    place_id: int
    span: Span


@dataclass(frozen=True)
class Gone:
    """What is taken out of the schedule: slots, a place or a part of its room and hours, a delegate.

    session_id   a roundtable that is called off
    closed   only sessions are hit, where the place is closed then: meetings wait for a repair
    """

    slot_ids: frozenset[int] = frozenset()
    place_id: int | None = None
    narrowed: Narrowed | None = None
    delegate_id: int | None = None
    closed: Closed | None = None
    session_id: int | None = None
