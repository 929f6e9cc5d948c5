"""What one side says changes nothing that the other sees: two worlds, word for word the same."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import create_app
from matchmaker.db import Database
from matchmaker.models import OutboxMail, Participation, RoundStep, WishKind
from tests.rounds import Fair, make_fair, run_round, say
from tests.visitor import Visitor


def _seen_by_corporate(
    database: Database, config: Config, fair: Fair, other: Participation
) -> dict[str, str]:
    """Every page and file about the others that the first corporate can open, and its mails."""
    reader = fair.corporates[0]
    run_round(database, config, fair.event, RoundStep.SUGGEST, opens_when_done=True, top=3)
    visitor = Visitor(create_app(config, database)).log_in(fair.people[reader.id])
    own = f"/events/{fair.event.slug}/participations/{reader.id}"
    seen = {}
    visitor.get(f"{own}/requests/new?to={other.id}")
    slot = visitor.page().find("input", {"name": "slot_id"})
    assert slot is not None
    visitor.submit(slot_id=str(slot["value"]), message="Shall we?")
    paths = [
        f"{own}/suggestions", f"{own}/suggestions?show=open", f"{own}/others", f"{own}/agenda",
        f"{own}/agenda.ics", f"{own}/requests/new?to={other.id}", f"{own}/preview", "/account/own-data",
    ]  # fmt: skip
    for path in paths:
        answer = visitor.client.get(path)
        assert answer.status_code == 200, path
        seen[path] = _settled(answer.get_data(as_text=True))
    with database.reading() as session:
        for mail in session.scalars(
            sa.select(OutboxMail)
            .where(OutboxMail.person_id == fair.people[reader.id])
            .order_by(OutboxMail.key)
        ):
            seen[mail.key] = str(mail.arguments)
    return seen


def _settled(page: str) -> str:
    """The page without what differs from one visit to the next."""
    page = re.sub(r'(name="csrf_token"[^>]*value=)"[^"]*"', r"\1", page)
    return re.sub(r"DTSTAMP:\w+", "", page)


# the first is the best partner, the last is on no list of three
@pytest.mark.parametrize("position", [0, 7])
@pytest.mark.parametrize("kind", list(WishKind))
def test_a_wish_of_the_other_side_changes_nothing_that_is_seen(
    kind: WishKind, position: int, database: Database, config: Config, tmp_path: Path
) -> None:
    with database.transaction() as session:
        fair = make_fair(session, startups=8, corporates=3)
    database.dispose()
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    shutil.copy(tmp_path / "test.sqlite3", tmp_path / "other.sqlite3")
    other_world = Database(url)
    with other_world.transaction() as session:
        say(session, fair.startups[position], kind, fair.corporates[0])
    other = fair.startups[position]
    with_wish = _seen_by_corporate(other_world, replace(config, database_url=url), fair, other)
    other_world.dispose()
    assert with_wish == _seen_by_corporate(database, config, fair, other)
