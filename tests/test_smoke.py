"""The quickest sign that the application stands."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import configure_mappers

from matchmaker.db import Database


def test_models_are_consistent() -> None:
    configure_mappers()


def test_start_page_is_served(client: FlaskClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "Content-Security-Policy" in response.headers


@pytest.mark.both_databases
def test_database_answers(database: Database) -> None:
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
