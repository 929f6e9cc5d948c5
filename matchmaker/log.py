"""What is written down while the service runs: one JSON object a line, with no personal data in it.

Addresses are blanked in every value, and what a database says of a row is cut off, so that the texts of
errors (a mail server's refusal, a broken constraint) tell nobody's name. Requests are named by endpoint,
because a path can hold the token of a link.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from config import Config

ADDRESS = re.compile(r"[^\s<>\"'(),;:=\[\]]+@[^\s<>\"'(),;:=\[\]]+")

# PostgreSQL's next lines: the values of the row, the statement's place
ROW = re.compile(r"^(DETAIL|CONTEXT|LINE \d+):.*$", re.MULTILINE)

# libraries that say at INFO what each job and each request says already
QUIET = ("procrastinate", "apscheduler", "waitress")


def configure_logging(config: Config) -> None:
    """Send our log and the libraries' to standard error, as JSON lines or, for a terminal, as text."""
    level = logging.getLevelNamesMapping().get(config.log_level.upper(), logging.INFO)
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        hide_personal_data,
    ]
    renderer: Any = structlog.processors.JSONRenderer(default=repr)
    if config.log_format == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*before, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def hide_personal_data(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blank addresses and rows of the database in every value."""
    return {name: _hidden(value) for name, value in event.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return ROW.sub(r"\1: [hidden]", ADDRESS.sub("[address]", value))
    if isinstance(value, dict):
        return {_hidden(name): _hidden(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_hidden(inner) for inner in value]
    if isinstance(value, int | float | None):
        return value
    return _hidden(repr(value))
