"""What one side says changes nothing that the other sees: two worlds, word for word the same."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import Config
from matchmaker import clock, create_app
from matchmaker.db import Database
from matchmaker.jobs.browsing import compute_due_browsing
from matchmaker.models import MeetingRequest, OutboxMail, Participation, RoundStep, WishKind
from matchmaker.services.meeting_request_expiry import expire_requests
from tests.rounds import Fair, make_fair, plain, run_round, say
from tests.visitor import Visitor


def _seen_by_corporate(
    database: Database, config: Config, fair: Fair, other: Participation
) -> dict[str, str]:
    """Every page and file about the others that the first corporate can open, and its mails.

    It asks the other for a meeting, nobody answers, and the request runs into its expiry.
    """
    reader = fair.corporates[0]
    run_round(database, config, fair.event, RoundStep.SUGGEST, opens_when_done=True, top=3)
    compute_due_browsing(database, plain(config))
    visitor = Visitor(create_app(config, database)).log_in(fair.people[reader.id])
    own = f"/events/{fair.event.slug}/participations/{reader.id}"
    seen = {}
    visitor.get(f"{own}/requests/new?to={other.id}")
    slot = visitor.page().find("input", {"name": "slot_id"})
    assert slot is not None
    visitor.submit(slot_id=str(slot["value"]), message="Shall we?")
    with database.reading() as session:
        request = session.scalars(sa.select(MeetingRequest)).one()
    paths = [
        f"{own}/suggestions", f"{own}/suggestions?show=open", f"{own}/others", f"{own}/others?search=firm",
        f"{own}/agenda", f"{own}/agenda/print", f"{own}/agenda.ics", f"{own}/requests/new?to={other.id}",
        f"/events/{fair.event.slug}/requests/{request.id}", f"/events/{fair.event.slug}/model-card",
        f"{own}/preview", "/account/own-data", "/account/own-data/export", "/",
    ]  # fmt: skip
    for when in ("while the request is open", "after it has expired"):
        for path in paths:
            answer = visitor.client.get(path, follow_redirects=True)
            assert answer.status_code == 200, path
            seen[f"{path} {when}"] = _settled(answer.get_data(as_text=True))
        with database.transaction() as session:
            expire_requests(session, now=request.expires_at)
    with database.reading() as session:
        for mail in session.scalars(
            sa.select(OutboxMail)
            .where(OutboxMail.person_id == fair.people[reader.id])
            .order_by(OutboxMail.key)
        ):
            seen[mail.key] = _settled(str(mail.arguments))
    return seen


def _settled(page: str) -> str:
    """The page without what differs from one visit to the next."""
    page = re.sub(r'(name="csrf_token"[^>]*value=)"[^"]*"', r"\1", page)
    return re.sub(r"'answer_token': '[^']*'", "", page)


# the first is the best partner, the last is on no list of three
@pytest.mark.parametrize("position", [0, 7])
@pytest.mark.parametrize("kind", list(WishKind))
def test_a_wish_of_the_other_side_changes_nothing_that_is_seen(
    kind: WishKind,
    position: int,
    database: Database,
    config: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
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
