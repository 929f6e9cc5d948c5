"""What can be told from the database: its tables, its clock, who lives, what waits."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import Config
from matchmaker import migrate
from matchmaker.db import Database, is_sqlite
from matchmaker.doctor.finding import Finding, fault, ok, warning
from matchmaker.models import LegalKind, WorkerHeartbeat
from matchmaker.services.legal_text import current_text
from matchmaker.services.operation import live_workers, read_operation
from matchmaker.services.restoration import held_since
from matchmaker.translations import SOURCE_LANGUAGE

LARGEST_SKEW_SECONDS = 2.0

# SQLite has no clock; a sign of life from the future tells that some clock is wrong
LARGEST_LEAD_SECONDS = 30.0

LATE_SECONDS = 15 * 60


def examine_database(
    database: Database, config: Config, *, now: Callable[[], dt.datetime]
) -> Iterator[Finding]:
    """Reached, migrated, clock, workers, hosts, mails, operator; the first two must hold to ask the rest."""
    try:
        with database.reading() as session:
            session.execute(sa.text("SELECT 1"))
            yield ok("database", database.engine.dialect.name)
            is_migrated = _migrations(session)
            yield is_migrated
            if is_migrated.severity == "fault":
                return
            yield _clock(session, now)
            yield from _workers(session, now())
            yield from _waiting(session, now())
            yield _operator(session, config)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        yield fault("database", f"DATABASE_URL cannot be used: {reason}")


def _migrations(session: Session) -> Finding:
    revision = migrate.present_revision(session.connection())
    if revision == migrate.newest_revision():
        return ok("migrations", f"at {revision}")
    if revision is not None and revision not in migrate.known_revisions():
        return fault("migrations", f"the database is at {revision}, of a newer version than this software")
    return fault("migrations", f"the database is at {revision or 'nothing'}. Run: matchmaker migrate")


def _clock(session: Session, now: Callable[[], dt.datetime]) -> Finding:
    if is_sqlite(session):
        seen = session.scalar(sa.select(sa.func.max(WorkerHeartbeat.seen_at)))
        skew = (seen - now()).total_seconds() if seen else 0.0
        is_right = skew <= LARGEST_LEAD_SECONDS
    else:
        before = now()
        theirs: dt.datetime = session.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        skew = (theirs - (before + (now() - before) / 2)).total_seconds()
        is_right = abs(skew) <= LARGEST_SKEW_SECONDS
    if is_right:
        return ok("clock", "this machine's clock is right")
    return fault(
        "clock", f"this machine's clock is {abs(skew):.0f} s off; deadlines shift. Synchronise it (NTP)."
    )


def _workers(session: Session, now: dt.datetime) -> Iterator[Finding]:
    names = live_workers(session, now=now)
    if not names:
        yield fault("workers", "no worker lives: no round, mail or expiry is done. Run: matchmaker worker")
        return
    yield ok("workers", ", ".join(names))
    if not is_sqlite(session):
        return
    hosts = {name.rsplit(":", 1)[0] for name in names} | {socket.gethostname()}
    if len(hosts) > 1:
        yield fault(
            "one machine",
            f"SQLite is used from {', '.join(sorted(hosts))}: its locks do not reach across machines, the "
            "file will be damaged. Move to PostgreSQL: matchmaker move-database --to URL",
        )
    elif len(names) > 1:
        yield fault("one worker", f"{len(names)} workers live on SQLite: stop all but one, or use PostgreSQL")


def _waiting(session: Session, now: dt.datetime) -> Iterator[Finding]:
    waiting = read_operation(session, now=now)
    if waiting.mails_dead:
        yield warning("dead mails", f"{waiting.mails_dead} mails were given up; the page Mails says why")
    since = held_since(session)
    if since is not None:
        yield warning(
            "restored",
            f"held since the restore of {since:%Y-%m-%d %H:%M} UTC: {waiting.mails_held} mails and all that "
            "goes by date. To see it and let it go: matchmaker after-restore",
        )
    if waiting.oldest_mail > LATE_SECONDS:
        yield fault("late mails", f"a mail waits for {waiting.oldest_mail / 60:.0f} minutes")
    if waiting.oldest_round > LATE_SECONDS:
        yield fault("late rounds", f"a round waits for {waiting.oldest_round / 60:.0f} minutes")


def _operator(session: Session, config: Config) -> Finding:
    own = current_text(session, kind=LegalKind.PRIVACY, language=SOURCE_LANGUAGE)
    if own is not None:
        return ok("operator", "the operator has published a privacy notice")
    if config.names_operator:
        return ok("operator", f"the privacy notice names {config.operator_name}")
    text = (
        "the privacy notice names nobody who is responsible: set OPERATOR_NAME, OPERATOR_ADDRESS and "
        "OPERATOR_EMAIL, or publish your own under Administration, Legal texts"
    )
    is_local = urlsplit(config.base_url).hostname in {"127.0.0.1", "localhost"}
    return warning("operator", text) if is_local else fault("operator", text)
