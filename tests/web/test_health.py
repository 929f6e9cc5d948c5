"""Health, readiness and metrics: what is answered to whom, also while the database is away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Config, ConfigError, load
from matchmaker import clock, create_app, migrate
from matchmaker.db import Database
from matchmaker.models import MailStatus, OutboxMail
from matchmaker.services.worker import beat_worker
from tests.factories import NOW

TOKEN = "a token for the metrics"


def test_live_answers_without_a_database(config: Config, tmp_path: Path) -> None:
    gone = Database(f"sqlite:///{tmp_path}/gone/there.sqlite3")
    (tmp_path / "gone").rmdir()
    client = create_app(config, gone).test_client()
    assert client.get("/health/live").get_json() == {"status": "alive"}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "not ready", "database": False})


def test_ready_tells_workers_and_waits_for_migrations(config: Config, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.sqlite3")
    migrate.upgrade(database)
    with database.transaction() as session:
        beat_worker(session, name="host:1", started_at=clock.now(), now=clock.now())
    client = create_app(config, database).test_client()
    answer = client.get("/health/ready")
    assert answer.get_json() == {"status": "ready", "database": True, "migrations": True, "workers": 1}
    migrate.downgrade(database, migrate.known_revisions()[-1])
    assert client.get("/health/ready").status_code == 503
    with database.engine.begin() as connection:  # a newer version has migrated; this process still serves
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert client.get("/health/ready").status_code == 200
    database.dispose()


def _dead_mail(database: Database) -> None:
    with database.transaction() as session:
        session.add(
            OutboxMail(
                key="dead", kind="confirm_email", to_email="ada@firm.example", arguments={},
                message_id="<dead@matchmaker>", status=MailStatus.DEAD, created_at=NOW, due_at=NOW,
            )
        )  # fmt: skip


def test_metrics_are_for_those_with_the_token(config: Config, database: Database) -> None:
    _dead_mail(database)
    client = create_app(replace(config, metrics_token=TOKEN), database).test_client()
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 403
    client.get("/")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    lines = answer.text.splitlines()
    assert 'matchmaker_mails{status="dead"} 1.0' in lines
    assert 'matchmaker_rounds{status="queued"} 0.0' in lines
    assert any(
        line.startswith('matchmaker_requests_total{endpoint="home.start",method="GET",status="200"}')
        for line in lines
    )
    assert any(line.startswith('matchmaker_request_seconds_bucket{endpoint="home.start"') for line in lines)
    assert "ada@" not in answer.text


def test_metrics_are_for_the_addresses_of_the_settings(config: Config, database: Database) -> None:
    client = create_app(replace(config, metrics_addresses=("10.0.0.0/8",)), database).test_client()
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403


def test_metrics_are_closed_unless_the_settings_open_them(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [("METRICS_TOKEN", "short"), ("METRICS_ADDRESSES", "10.0.0.0/99"), ("LOG_FORMAT", "xml")],
)
def test_settings_that_cannot_be_meant_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load({"SECRET_KEY": "x" * 40, name: value})


def test_foreign_host_is_refused_without_a_failure(app: Flask) -> None:
    answer = app.test_client().get("/log-in", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert "evil" not in answer.get_data(as_text=True)
