"""The whole examination."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.doctor.database import examine_database
from matchmaker.doctor.finding import Finding, fault
from matchmaker.doctor.machine import LEAST_FREE_BYTES, examine_machine
from matchmaker.doctor.settings import examine_settings


def examine(
    config: Config,
    *,
    now: Callable[[], dt.datetime] = clock.now,
    least_free: int = LEAST_FREE_BYTES,
) -> list[Finding]:
    """Look at everything; nothing is changed, and nothing found keeps the rest from being looked at."""
    findings = [*examine_settings(config), *examine_machine(config, least_free=least_free)]
    try:
        database = Database(config.database_url)
    except (OSError, SQLAlchemyError) as error:
        return [*findings, fault("database", f"DATABASE_URL cannot be used: {error}")]
    findings += examine_database(database, config, now=now)
    database.dispose()
    return findings
