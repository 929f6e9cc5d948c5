"""Fixtures: a fresh database per test (SQLite, or both where a test is marked), an app, a client."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock, create_app, migrate
from matchmaker.db import Base, Database
from matchmaker.models import Meeting
from matchmaker.services.invariants import broken_invariants
from tests import postgres

# the same examples in every run, however slow the machine; `make explore` draws new ones
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
START = dt.datetime(2026, 11, 24, int(os.environ.get("TESTS_HOUR", "12")), tzinfo=dt.UTC)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks."""
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "browser: drives a real chromium")
    config.addinivalue_line("markers", "breaks_invariants: leaves a database that must not be, on purpose")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked so on both databases."""
    if "database_kind" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        metafunc.parametrize(
            "database_kind", ["sqlite", "postgresql"] if both else ["sqlite"], indirect=True, scope="function"
        )


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts at the same moment, before the events that tests make, on whatever day it runs.

    `TESTS_HOUR` sets another hour (UTC). Not beside an installation: its processes have the real clock, and
    two clocks in one test disagree on what is over. Such tests give their events dates far ahead.
    """
    if "installation" in request.fixturenames:
        return
    real = clock.now
    ahead = real() - START
    monkeypatch.setattr(clock, "now", lambda: real() - ahead)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all xdist workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server per worker process."""
    server = postgres.start()
    yield server
    server.stop()


def _make_tables(database: Database) -> None:
    """The tables of the models, which are those of the newest migration (tests/test_migrations.py)."""
    Base.metadata.create_all(database.engine)
    with database.engine.begin() as connection:
        command.stamp(migrate.alembic_config(connection), "head")


def leave_empty(database: Database) -> None:
    """Take the tables away again, for what starts from an empty database."""
    with database.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """The name of a database that holds the empty tables."""
    name = postgres_server.create()
    database = Database(postgres_server.url(name))
    _make_tables(database)
    database.dispose()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that holds the empty tables."""
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}")
    _make_tables(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database with empty tables."""
    if database_kind == "sqlite":
        path = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        _check_invariants(f"sqlite:///{path}", request)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    try:
        _check_invariants(server.url(name), request)
    finally:
        server.drop(name)


def _check_invariants(url: str, request: pytest.FixtureRequest) -> None:
    """Whatever a test did with meetings, what must be true of every database is true afterwards."""
    if request.node.get_closest_marker("breaks_invariants") is not None:
        return
    database = Database(url)
    try:
        with database.reading() as session:
            has_meetings = session.scalar(sa.select(Meeting.id).limit(1)) is not None
            assert not has_meetings or broken_invariants(session) == {}
    finally:
        database.dispose()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session whose work is rolled back: for services, which flush and never commit."""
    with database._writing() as session:
        yield session
        session.rollback()


@pytest.fixture
def now() -> dt.datetime:
    """The moment at which service tests happen."""
    return NOW


@pytest.fixture
def config(database_url: str) -> Config:
    """Settings of a small installation on this machine."""
    return Config(
        database_url=database_url,
        secret_key="a secret only for tests, long enough",
        base_url="http://localhost",
        trusted_hosts=("localhost", "127.0.0.1"),
        smtp_url=None,
        mail_sender="Matchmaker <no-reply@matchmaker.example>",
        is_testing=True,
    )


@pytest.fixture
def app(config: Config, database: Database) -> Flask:
    """The web application on the test's database."""
    return create_app(config, database)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript; forms need their real CSRF token."""
    return app.test_client()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the project; a test that needs it says so when it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data beside the project, which is absent")
    return folder
