"""Small timetables for the tests, random ones under every rule, and the best by trying all."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st

from matchmaker.scheduling.timetable import AgreedMeeting, Timetable, TimetableProblem, check_timetable


def agreed(
    *pairs: tuple[int, ...], slots: int = 4, tables: int | None = None, people: int | None = None
) -> TimetableProblem:
    """These meet, everybody can always."""
    n = people or 1 + max((p for pair in pairs for p in pair), default=0)
    return TimetableProblem((tables,) * slots, (frozenset(),) * n, tuple(AgreedMeeting(p) for p in pairs))


@st.composite
def timetable_problems(draw: st.DrawFn) -> TimetableProblem:
    """Up to five meetings in up to five slots: roundtables, days, tables, forbidden slots, order."""
    n_slots, n = draw(st.integers(1, 5)), draw(st.integers(2, 4))
    slots = st.sets(st.integers(0, n_slots - 1), min_size=1).map(lambda s: tuple(sorted(s)))
    n_meetings = draw(st.integers(0, 5))
    meetings = tuple(
        AgreedMeeting(
            tuple(draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3, unique=True))),
            draw(st.one_of(st.none(), slots)),
            tuple(draw(st.sets(st.integers(0, n_meetings - 1), max_size=1))) if draw(st.booleans()) else (),
        )
        for _ in range(n_meetings)
    )
    return TimetableProblem(
        tables=tuple(draw(st.one_of(st.none(), st.integers(0, 3))) for _ in range(n_slots)),
        forbidden=tuple(frozenset(draw(st.sets(st.integers(0, n_slots - 1), max_size=1))) for _ in range(n)),
        meetings=meetings,
        days=tuple(sorted(draw(st.integers(0, 1)) for _ in range(n_slots))) if draw(st.booleans()) else (),
    )


def best_by_trying_all(problem: TimetableProblem, fairness: int | None) -> int | None:
    """The fewest breaks of all timetables that the check accepts; None when it accepts none."""
    for breaks in range(len(problem.slots) * len(problem.forbidden) + 1):
        for at in product(problem.slots, repeat=len(problem.meetings)):
            if not check_timetable(problem, Timetable("optimal", at, breaks, breaks, fairness)):
                return breaks
    return None
