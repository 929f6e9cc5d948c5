"""Brings a database's tables to the present models, under a lock, and back."""

from __future__ import annotations

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy.engine import Connection

from config import ROOT
from matchmaker.db import Database

# any constant: it only has to be the same for all who migrate one PostgreSQL
ADVISORY_LOCK = 7_215_501


def alembic_config(connection: Connection) -> AlembicConfig:
    """Alembic's settings for the project's migrations on this connection."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    settings.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def upgrade(database: Database, revision: str = "head") -> None:
    """Go forward to a revision; several at once wait for one another."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        command.upgrade(alembic_config(connection), revision)


def downgrade(database: Database, revision: str = "base") -> None:
    """Go back to a revision."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        command.downgrade(alembic_config(connection), revision)


def generate(database: Database, message: str) -> None:
    """Write a new migration from the difference between the tables and the models."""
    with database.engine.begin() as connection:
        command.revision(alembic_config(connection), message=message, autogenerate=True)
