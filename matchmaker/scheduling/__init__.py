"""Which pairs meet, when and where: pure, with a proof of how good it is.

`solve(problem, seconds=..., seed=...)` gives a Schedule; `check(problem, schedule)` proves it right without
trusting `solve`. See problem.py for the input and the objective, schedule.py for the result.
"""

from .check import Violation, check
from .errors import Contradiction, MalformedProblem
from .problem import Delegate, Lock, Pair, Participation, Place, Problem, Seen, Slot, minutes
from .schedule import Certificate, Meeting, Schedule, Step, Unplaced
from .solve import solve

__all__ = [
    "Certificate",
    "Contradiction",
    "Delegate",
    "Lock",
    "MalformedProblem",
    "Meeting",
    "Pair",
    "Participation",
    "Place",
    "Problem",
    "Schedule",
    "Seen",
    "Slot",
    "Step",
    "Unplaced",
    "Violation",
    "check",
    "minutes",
    "solve",
]
