"""Migrations run both ways and agree with the models, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from matchmaker import clock, migrate
from matchmaker.db import Base, Database
from matchmaker.models import CalendarChoice, Event, EventSession, Person, SeatMessage
from matchmaker.services.outbox import queue_mail
from matchmaker.services.person_calendar import choose_invitations
from matchmaker.services.seat import claim_seats
from matchmaker.services.seat_calendar import uid_of_session
from tests.conftest import leave_empty
from tests.factories import make_event, make_meeting, make_slots
from tests.rounds import make_fair
from tests.tables import make_masterclass, sit_down


@pytest.mark.breaks_invariants  # leaves no tables to check
@pytest.mark.both_databases
def test_migrations_agree_with_the_models_and_go_back(database: Database) -> None:
    leave_empty(database)
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    migrate.downgrade(database)
    with database.engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]


@pytest.mark.both_databases
def test_migrating_a_filled_database_loses_nothing(database: Database) -> None:
    leave_empty(database)
    migrate.upgrade(database)
    with database.transaction() as session:
        event = make_event(session)
        claim_seats(session, meeting=make_meeting(session, event, slot=make_slots(session, event)[0]))
    before = _counts(database)
    migrate.downgrade(database, "0001")
    migrate.upgrade(database)
    assert _counts(database) == before
    with database.reading() as session, pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.text("UPDATE event SET most_requests = 0"))


@pytest.mark.both_databases
def test_seats_that_came_in_a_file_are_known_to_calendars_after_migrating(database: Database) -> None:
    leave_empty(database)
    migrate.upgrade(database)
    with database.transaction() as session:
        fair = make_fair(session)
        row = make_masterclass(session, fair)
        sit_down(session, row, *(one.delegates[0] for one in fair.startups[:2]))
        people = [fair.people[one.id] for one in fair.startups]
        choose_invitations(session, person_id=people[1], choice=CalendarChoice.NONE, now=clock.now())
        for number in people:
            queue_mail(
                session, kind="agenda_published", key=f"agenda_published:1:{number}", arguments={},
                person=session.get_one(Person, number), event_id=fair.event.id, now=clock.now(),
            )  # fmt: skip
    migrate.downgrade(database, "0010")
    migrate.upgrade(database)
    with database.reading() as session:
        known = session.execute(
            sa.select(SeatMessage.session_id, SeatMessage.person_id, SeatMessage.method)
        ).all()
        # a session keeps the name that calendars know it by
        found = session.get_one(EventSession, row.id)
        assert uid_of_session(found, session.get_one(Event, fair.event.id)) == (
            f"session-{row.id}-{fair.event.slug}@matchmaker"
        )
    # who wanted no entries, and who has no seat, got none
    assert known == [(row.id, people[0], "PUBLISH")]


def _counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in names}
