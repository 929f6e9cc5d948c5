"""Drops rows that have served their purpose."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import ImportFile, Link, LoginSession, RateCount
from matchmaker.services.import_file import LIFETIME
from matchmaker.services.worker import forget_workers

RATES_KEPT = dt.timedelta(days=2)
LINKS_KEPT = dt.timedelta(days=90)
LOGINS_KEPT = dt.timedelta(days=30)


def forget_old(session: Session, *, now: dt.datetime) -> None:
    """Drop counters, links, log-ins, files to import and workers that have had their time."""
    session.execute(sa.delete(RateCount).where(RateCount.window_start < now - RATES_KEPT))
    session.execute(sa.delete(Link).where(Link.expires_at < now - LINKS_KEPT))
    session.execute(sa.delete(LoginSession).where(LoginSession.expires_at < now - LOGINS_KEPT))
    session.execute(sa.delete(ImportFile).where(ImportFile.created_at < now - LIFETIME))
    forget_workers(session, now=now)
