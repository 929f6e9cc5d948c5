"""One line for each request, with an id that the answer and every other line of the request carry."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()

# what a proxy may hand over; anything else could forge lines or carry data into the log
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

QUIET = ("static", "bootstrap.static", "health.live", "health.ready", "metrics.show")


def init_request_log(app: Flask) -> None:
    """Give every request its id, and write down how it was answered."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        g.request_began = time.monotonic()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" not in g:
            return response
        response.headers["X-Request-ID"] = g.request_id
        write = log.debug if request.endpoint in QUIET else log.info
        write(
            "request",
            endpoint=request.endpoint,
            method=request.method,
            status=response.status_code,
            milliseconds=round(1000 * (time.monotonic() - g.request_began)),
        )
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()
