"""Whatever else is wished, a vetoed pair never meets and a round keeps all rules."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import Config
from matchmaker.db import Database
from matchmaker.models import Meeting, Round, WishKind
from matchmaker.scheduling import check
from matchmaker.services.round_storage import unpack_round
from tests.rounds import make_fair, run_round, say

SIDES = st.tuples(st.booleans(), st.integers(0, 2), st.integers(0, 2))
WISHES = st.dictionaries(SIDES, st.sampled_from(list(WishKind)), max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(wishes=WISHES)
def test_vetoed_pair_never_meets(
    wishes: dict[tuple[bool, int, int], WishKind], sqlite_template: Path, tmp_path: Path, config: Config
) -> None:
    path = tmp_path / "fresh.sqlite3"
    for leftover in tmp_path.glob("fresh.sqlite3*"):
        leftover.unlink()
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    vetoes = set()
    with database.transaction() as session:
        fair = make_fair(session)
        for (is_startup, one, other), kind in wishes.items():
            pair = (fair.startups[one], fair.corporates[other])
            asking, asked = pair if is_startup else (pair[1], pair[0])
            say(session, asking, kind, asked)
            if kind == WishKind.NEVER:
                vetoes.add((pair[0].id, pair[1].id))
    round_id = run_round(database, config, fair.event, seconds=1)
    with database.reading() as session:
        rows = session.scalars(sa.select(Meeting)).all()
        stored = unpack_round(session.get_one(Round, round_id))
    database.dispose()
    assert not vetoes & {(row.participation_a_id, row.participation_b_id) for row in rows}
    assert stored is not None
    assert check(stored.problem, stored.schedule) == []
