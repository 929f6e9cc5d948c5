"""What is written down: JSON lines with ids, and nothing that tells who somebody is."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from config import Config
from matchmaker import clock, create_app
from matchmaker.db import Database
from matchmaker.log import configure_logging
from matchmaker.mail.send import send_due_mails
from matchmaker.models import Person
from matchmaker.services.outbox import queue_mail
from tests.factories import make_person
from tests.mailbox import port_of, start_mail_server


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave the log as it was."""
    handlers, level = logging.root.handlers, logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers = handlers
    logging.root.setLevel(level)


def _lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


def test_request_has_an_id_and_is_named_by_endpoint(
    config: Config, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(replace(config, log_format="json"))
    client = create_app(config, database).test_client()
    answer = client.get("/login?next=/secret-token", headers={"X-Request-ID": "proxy-id.0001"})
    assert answer.headers["X-Request-ID"] == "proxy-id.0001"
    (line,) = _lines(capsys)
    assert line["event"] == "request"
    assert line["request_id"] == "proxy-id.0001"
    assert "secret-token" not in json.dumps(line)
    assert {"endpoint", "method", "status", "milliseconds", "timestamp", "level"} <= set(line)


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g h", 'quote"quote"', "ada@firm.example"])
def test_request_id_that_is_not_well_formed_is_replaced(
    given: str, config: Config, database: Database
) -> None:
    answer = create_app(config, database).test_client().get("/", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 32


@pytest.mark.both_databases
def test_broken_constraint_tells_nobody_s_data(
    config: Config, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(replace(config, log_format="json"))
    try:
        with database.transaction() as session:
            make_person(session, email="ada@firm.example", name="Ada Lovelace")
            session.flush()
            session.add(
                Person(
                    email="ada@firm.example", name="Ada Lovelace", created_at=clock.now(), language="en",
                    time_zone="UTC",
                )
            )  # fmt: skip
    except IntegrityError:
        structlog.get_logger().exception("failed")
        logging.getLogger("some.library").exception("failed too")
    text = capsys.readouterr().err
    assert "IntegrityError" in text
    assert text.count("\n") == 2
    assert "ada" not in text.lower()


def test_refused_mail_tells_no_address(
    config: Config, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    controller, mailbox = start_mail_server()
    mailbox.refused = {"ada@firm.example": "550 no user ada here"}
    configure_logging(replace(config, log_format="json"))
    with database.transaction() as session:
        person = make_person(session, email="ada@firm.example", name="Ada Lovelace")
        arguments = {"token": "secret-token", "expires_at": clock.now().isoformat()}
        queue_mail(
            session, kind="confirm_email", key="one", person=person, arguments=arguments, now=clock.now()
        )
    send_due_mails(database, replace(config, smtp_url=f"smtp://127.0.0.1:{port_of(controller)}"), clock.now())
    controller.stop()
    lines = [line for line in _lines(capsys) if line["event"] == "mail_refused"]
    assert [line["code"] for line in lines] == ["550"]
    assert not any(word in json.dumps(lines).lower() for word in ("ada", "secret-token"))


def test_address_is_hidden_wherever_it_stands(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(replace(config, log_format="json"))
    log = structlog.get_logger()
    log.info("said to <ada@firm.example>", inner={"to": ["ada@firm.example"]}, raw=b"to:ada@firm.example")
    logging.getLogger("library").warning("for %s", "ada@firm.example")
    assert "ada" not in capsys.readouterr().err
