"""Whether this process lives, and whether it can serve: for load balancers and supervisors."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from matchmaker import clock, migrate
from matchmaker.services.operation import live_workers
from matchmaker.web.access import public
from matchmaker.web.storage import reading

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
@public
def live() -> ResponseReturnValue:
    """The process answers; asks nobody else, so that a database that is down restarts no web server."""
    return jsonify(status="alive")


@blueprint.get("/health/ready")
@public
def ready() -> ResponseReturnValue:
    """The database answers and has the tables of this version; how many workers live is told, not judged."""
    try:
        session = reading()
        revision = session.scalar(sa.text("SELECT version_num FROM alembic_version"))
        workers = len(live_workers(session, now=clock.now()))
    except SQLAlchemyError:
        return jsonify(status="not ready", database=False), 503
    is_migrated = _serves(str(revision))
    status = "ready" if is_migrated else "not ready"
    answer = jsonify(status=status, database=True, migrations=is_migrated, workers=workers)
    return answer, 200 if is_migrated else 503


def _serves(revision: str) -> bool:
    # unknown is newer: this process is about to be replaced, and migrations keep it working until then
    return revision == _known()[0] or revision not in _known()


@lru_cache
def _known() -> tuple[str, ...]:
    return tuple(migrate.known_revisions())
