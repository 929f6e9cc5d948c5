"""Which pairs meet, when and where: pure, with a proof of how good it is.

`solve(problem, seconds=..., seed=...)` gives a Schedule; `check(problem, schedule)` proves it right without
trusting `solve`. See problem.py for the input and the objective, schedule.py for the result.
"""

from .capacity import Worth, worth
from .check import Violation, check
from .errors import Contradiction, MalformedProblem
from .fairness import Fairness, Spread, report, with_floor
from .problem import Delegate, Lock, Pair, Participation, Place, Problem, Seen, Slot, minutes
from .repair import Option, as_seen, compare
from .schedule import Certificate, Meeting, Schedule, Step, Unplaced
from .solve import solve, warm_up
from .stability import ladder, repair
from .why_not import Way, ways

__all__ = [
    "Certificate",
    "Contradiction",
    "Delegate",
    "Fairness",
    "Lock",
    "MalformedProblem",
    "Meeting",
    "Option",
    "Pair",
    "Participation",
    "Place",
    "Problem",
    "Schedule",
    "Seen",
    "Slot",
    "Spread",
    "Step",
    "Unplaced",
    "Violation",
    "Way",
    "Worth",
    "as_seen",
    "check",
    "compare",
    "ladder",
    "minutes",
    "repair",
    "report",
    "solve",
    "warm_up",
    "ways",
    "with_floor",
    "worth",
]
