"""Form B: the time of every agreed meeting, with few breaks for everybody, and a proof.

`timetable(problem, seconds=..., seed=...)` gives a Timetable; `check_timetable(problem, timetable)` checks it
without trusting `timetable`; `retime(problem, schedule, ...)` tidies a round. See problem.py for the rules.
"""

from .check import check_timetable
from .gaps import breaks_of
from .problem import AgreedMeeting, Attempt, MalformedTimetable, Timetable, TimetableProblem
from .retime import retime
from .solve import timetable

__all__ = [
    "AgreedMeeting",
    "Attempt",
    "MalformedTimetable",
    "Timetable",
    "TimetableProblem",
    "breaks_of",
    "check_timetable",
    "retime",
    "timetable",
]
