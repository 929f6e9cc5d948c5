"""Rounds for the tests: a plain one to vary, and random ones under every rule."""

from __future__ import annotations

from hypothesis import strategies as st

from matchmaker.scheduling import Delegate, Lock, Pair, Participation, Place, Problem, Slot


def plain(
    startups: int = 2,
    corporates: int = 2,
    slots: int = 3,
    *,
    tables: int | None = None,
    maximum: int | None = None,
) -> Problem:
    """Everybody may meet everybody of the other side, everybody is there all the time, one delegate each."""
    n = startups + corporates
    return Problem(
        slots=tuple(Slot(start=30 * t, end=30 * t + 25) for t in range(slots)),
        participations=tuple(Participation(id=p, maximum=maximum) for p in range(n)),
        delegates=tuple(Delegate(p, f"person {p}", p, tuple(range(slots))) for p in range(n)),
        pairs=tuple(Pair(a, b, 100 + 10 * a + b) for a in range(startups) for b in range(startups, n)),
        places=(Place("hall", "table", (tables,) * slots),),
    )


@st.composite
def problems(draw: st.DrawFn, *, locks: bool = False) -> Problem:
    """Small rounds in which every rule occurs: overlapping blocks, shared persons, booths, breaks, limits."""
    n_slots = draw(st.integers(1, 5))
    starts = draw(st.lists(st.integers(0, 6), min_size=n_slots, max_size=n_slots))
    n_places = draw(st.integers(0, 3))
    slots = tuple(
        Slot(
            start=10 * start,
            end=10 * start + draw(st.sampled_from([10, 10, 20])),
            day=start // 4,
            block=draw(st.integers(0, 1)),
            places=draw(st.sampled_from([None, None, (0,)])) if n_places else None,
        )
        for start in starts
    )
    n = draw(st.integers(2, 5))
    limit = st.one_of(st.none(), st.integers(0, 3))
    participations = tuple(
        Participation(
            id=p,
            maximum=draw(limit),
            minimum=draw(st.integers(0, 1)),
            per_day=draw(limit),
            in_a_row=draw(st.one_of(st.none(), st.integers(1, 2))),
            weight=draw(st.sampled_from([1.0, 0.5, 2.0])),
        )
        for p in range(n)
    )
    hours = st.lists(st.integers(0, n_slots - 1), unique=True, max_size=n_slots).map(tuple)
    delegates = []
    for d in range(draw(st.integers(n, n + 3))):
        free = draw(hours)
        costs = tuple(draw(st.integers(0, 50)) for _ in free) if draw(st.booleans()) else ()
        delegates.append(Delegate(d, draw(st.integers(0, n + 2)), d % n, free, costs))
    ends = [(a, b) for a in range(n) for b in range(a + 1, n)]
    chosen = draw(st.lists(st.sampled_from(ends), unique=True, max_size=8))
    lock = st.builds(Lock, st.integers(0, n_slots - 1)) if locks else st.none()
    pairs = tuple(
        Pair(
            a,
            b,
            draw(st.integers(0, 300)),
            slots=draw(st.one_of(st.none(), hours)),
            lock=draw(st.one_of(st.none(), lock)),
            forbidden=draw(st.sampled_from([None, None, None, "veto"])),
        )
        for a, b in chosen
    )
    rota = st.one_of(
        st.none(), st.lists(st.integers(0, n - 1), min_size=1, max_size=2, unique=True).map(tuple)
    )
    places = tuple(
        Place(
            k,
            draw(st.sampled_from(["table", "booth"])),
            tuple(draw(st.sampled_from([0, 1, 1, 2, None])) for _ in slots),
            draw(st.one_of(st.none(), st.tuples(*(rota for _ in slots)))),
        )
        for k in range(n_places)
    )
    floor = draw(st.sampled_from([(), (200,), (300, 100)]))
    uncomfortable = draw(st.sampled_from([None, None, 0, 1]))
    return Problem(slots, participations, tuple(delegates), pairs, places, floor, uncomfortable=uncomfortable)
