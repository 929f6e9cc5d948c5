"""Fixtures of tests that start and kill workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mailbox import Mailbox, port_of, start_mail_server
from tests.nursery import Nursery, Workers


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """The process that forks workers, for all tests of this process."""
    opened = Nursery(tmp_path_factory.mktemp("nursery") / "workers.log")
    yield opened
    opened.close()


@pytest.fixture
def workers(nursery: Nursery, database_url: str) -> Iterator[Workers]:
    """Workers of the test's database."""
    started = Workers(nursery, database_url)
    yield started
    started.kill_all()


@pytest.fixture
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    """A running mail server and its port."""
    controller, mailbox = start_mail_server()
    yield mailbox, port_of(controller)
    controller.stop()
