"""A session that is hit by a change of the schedule: who sits there and what becomes of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

FREED, HANDED, OFF, MOVED = "freed", "handed", "off", "moved"


@dataclass(frozen=True)
class Then:
    """When and where a session is that moves; without a place it waits for one."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    place_id: int | None
    place: str


@dataclass(frozen=True)
class LeftSession:
    """A session that somebody leaves, or that loses its place or time, and what becomes of it.

    fate   FREED: seats come free; HANDED: a colleague hosts it; OFF: it is not held; MOVED: see `then`
    """

    session_id: int
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    host: str
    fate: str
    leaving: frozenset[int]
    """the delegates who leave"""
    losing: frozenset[int] = frozenset()
    """those whom the leaving of others costs their seat"""
    takes_over_id: int | None = None
    sits: str = ""
    seats: int = 0
    """how many seats come free"""
    guests_then: int = 0
    """how many guests a roundtable has then, where that is fewer than its least"""
    least: int = 0
    """its least number of guests, where it falls below; else 0"""
    staying: frozenset[int] = frozenset()
    """those who sit in it when it moves"""
    then: Then | None = None


@dataclass(frozen=True)
class Leaving:
    """What became of the sessions, and what is needed to undo it."""

    sessions: tuple[LeftSession, ...] = ()
    before: dict[str, Any] = field(default_factory=dict)
