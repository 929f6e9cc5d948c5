"""Migrations run both ways and agree with the models, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from matchmaker import migrate
from matchmaker.db import Base, Database


@pytest.mark.both_databases
def test_migrations_agree_with_the_models_and_go_back(database: Database) -> None:
    with database.engine.begin() as connection:
        Base.metadata.drop_all(connection)
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    migrate.downgrade(database)
    with database.engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
