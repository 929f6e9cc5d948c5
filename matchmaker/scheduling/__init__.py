"""Which pairs meet, when and where: pure, with a proof of how good it is.

`solve(problem, seconds=..., seed=...)` gives a Schedule; `check(problem, schedule)` proves it right without
trusting `solve`. See problem.py for the input and the objective, schedule.py for the result.
"""

from .capacity import Worth, gain, more_places, one_more_day, one_more_slot, worth
from .check import Violation, check
from .errors import Contradiction, MalformedProblem
from .expansion import standing
from .fairness import Fairness, Spread, report, spread, with_floor
from .problem import (
    Delegate,
    Gathering,
    Guest,
    Lock,
    Pair,
    Participation,
    Place,
    Problem,
    Seen,
    Slot,
    minutes,
)
from .proof import bound
from .repair import Option, as_seen, compare
from .schedule import Certificate, Held, Meeting, Schedule, Step, Unplaced, WithoutSeat
from .solve import solve, warm_up
from .stability import ladder, repair
from .variants import ONE, Objective, counted, degrees, is_fair, parts, plain_proofs, without_fairness
from .why_not import Way, ways, ways_of

__all__ = [
    "ONE",
    "Certificate",
    "Contradiction",
    "Delegate",
    "Fairness",
    "Gathering",
    "Guest",
    "Held",
    "Lock",
    "MalformedProblem",
    "Meeting",
    "Objective",
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
    "WithoutSeat",
    "Worth",
    "as_seen",
    "bound",
    "check",
    "compare",
    "counted",
    "degrees",
    "gain",
    "is_fair",
    "ladder",
    "minutes",
    "more_places",
    "one_more_day",
    "one_more_slot",
    "parts",
    "plain_proofs",
    "repair",
    "report",
    "solve",
    "spread",
    "standing",
    "warm_up",
    "ways",
    "ways_of",
    "with_floor",
    "without_fairness",
    "worth",
]
