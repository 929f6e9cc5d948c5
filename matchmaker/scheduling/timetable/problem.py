"""Form B: a given set of meetings to be timed, every one of them, with few breaks for everybody.

The business-to-business meeting scheduling problem of Bofill, Coll, Garcia, Giráldez-Cru, Pesant, Suy and
Villaret (Constraint Solving Approaches to the Business-to-Business Meeting Scheduling Problem, JAIR 74,
2022), with days, roundtables and a number of tables per slot added. Participants, meetings and slots are
positions from 0.

A break of a participant is a maximal run of slots without a meeting between two of its meetings on the same
day. The sum of all breaks is minimised; with fairness d, the numbers of breaks of any two participants differ
by at most d.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


class MalformedTimetable(ValueError):
    """The problem itself is wrong: a position out of range, a participant twice in a meeting."""


@dataclass(frozen=True, slots=True)
class AgreedMeeting:
    """A meeting that must take place once.

    participants  two, or more at a roundtable
    slots         the only ones allowed (a session, a fixed slot); None for all
    after         meetings that must take place in an earlier slot
    """

    participants: tuple[int, ...]
    slots: tuple[int, ...] | None = None
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TimetableProblem:
    """What has to be timed.

    tables        per slot: meetings at once; None without limit
    forbidden     per participant: the slots in which it cannot meet; such a slot still makes a break
    days          empty, or the day of each slot, never falling: a night is no break
    """

    tables: tuple[int | None, ...]
    forbidden: tuple[frozenset[int], ...]
    meetings: tuple[AgreedMeeting, ...]
    days: tuple[int, ...] = ()

    @property
    def slots(self) -> range:
        """All slots."""
        return range(len(self.tables))

    def allowed(self, meeting: AgreedMeeting) -> list[int]:
        """The slots that the meeting and all of its participants allow, rising."""
        wanted = self.slots if meeting.slots is None else sorted(set(meeting.slots))
        return [t for t in wanted if not any(t in self.forbidden[p] for p in meeting.participants)]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one engine fared: decided, ended, made room, stopped, or failed and its last words; seconds."""

    engine: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Timetable:
    """The answer.

    status   optimal and infeasible are proved; feasible is the best found; unknown is nothing yet
    slots    per meeting its slot; empty when infeasible or unknown
    breaks   of all participants; None without slots
    bound    no timetable has fewer breaks; None when infeasible
    fairness the d that was asked for
    seconds  wall time
    log      the engines that ran
    """

    status: Status
    slots: tuple[int, ...] = ()
    breaks: int | None = None
    bound: int | None = None
    fairness: int | None = None
    seconds: float = field(default=0.0, compare=False)
    log: tuple[Attempt, ...] = field(default=(), compare=False)

    @property
    def gap(self) -> float | None:
        """How far at most from the best possible, as a share of the breaks; 0 is proved best."""
        if self.breaks is None or self.bound is None:
            return None
        return (self.breaks - self.bound) / self.breaks if self.breaks else 0.0


def validate(problem: TimetableProblem) -> None:
    """MalformedTimetable when a position is out of range, or somebody sits twice in one meeting."""
    everybody = range(len(problem.forbidden))
    if problem.days and (
        len(problem.days) != len(problem.slots) or list(problem.days) != sorted(problem.days)
    ):
        raise MalformedTimetable("days", problem.days)
    for m, meeting in enumerate(problem.meetings):
        people = meeting.participants
        if not people or len(set(people)) < len(people) or any(p not in everybody for p in people):
            raise MalformedTimetable("participants", m)
        if any(t not in problem.slots for t in meeting.slots or ()):
            raise MalformedTimetable("slots", m)
        if any(e not in range(len(problem.meetings)) for e in meeting.after):
            raise MalformedTimetable("after", m)
