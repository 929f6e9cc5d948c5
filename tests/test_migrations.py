"""Migrations run both ways and agree with the models, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from matchmaker import migrate
from matchmaker.db import Base, Database
from matchmaker.services.seat import claim_seats
from tests.conftest import leave_empty
from tests.factories import make_event, make_meeting, make_slots


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


def _counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in names}
