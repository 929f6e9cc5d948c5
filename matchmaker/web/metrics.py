"""Figures for Prometheus: requests of the web processes, and the installation's waiting work."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config import Config
from matchmaker import clock
from matchmaker.services.operation import Operation, read_operation
from matchmaker.web.access import public
from matchmaker.web.storage import reading

blueprint = Blueprint("metrics", __name__)

REQUESTS = Counter("matchmaker_requests", "Requests answered", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "matchmaker_request_seconds", "Time to answer", ["endpoint"],
    buckets=(0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 3, 10, 30),
)  # fmt: skip


def init_metrics(app: Flask) -> None:
    """Count and time every request."""

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        REQUESTS.labels(endpoint, request.method, str(response.status_code)).inc()
        if "began" in g:
            SECONDS.labels(endpoint).observe(time.monotonic() - g.began)
        return response


@blueprint.get("/metrics")
@public
def show() -> Response:
    """All figures, to those addresses or with that token which the settings name."""
    config: Config = current_app.extensions["config"]
    if not _may_read(config):
        abort(403)
    registry = CollectorRegistry()
    registry.register(_State(read_operation(reading(), now=clock.now())))
    requests: CollectorRegistry = REGISTRY
    if config.metrics_folder:
        # each web process writes its counts there; any of them answers for all
        requests = CollectorRegistry()
        MultiProcessCollector(requests, path=config.metrics_folder)  # type: ignore[no-untyped-call]
    body = generate_latest(requests) + generate_latest(registry)
    return Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read(config: Config) -> bool:
    given = request.authorization.token if request.authorization and request.authorization.token else ""
    if config.metrics_token and hmac.compare_digest(given.encode(), config.metrics_token.encode()):
        return True
    address = ip_address(request.remote_addr or "0.0.0.0")
    return any(address in ip_network(network) for network in config.metrics_addresses)


class _State(Collector):
    """The waiting work as gauges."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    def collect(self) -> Iterator[Metric]:
        """What prometheus_client asks for."""
        now = self._operation
        single = (
            ("matchmaker_workers", "Workers seen lately", now.workers),
            ("matchmaker_oldest_due_mail_seconds", "How long the oldest mail waits", now.oldest_mail),
            ("matchmaker_oldest_due_round_seconds", "How long the oldest round waits", now.oldest_round),
        )
        for name, text, value in single:
            yield GaugeMetricFamily(name, text, value=value)
        mails = GaugeMetricFamily("matchmaker_mails", "Mails of the outbox", labels=["status"])
        for status, count in (
            ("pending", now.mails_pending), ("dead", now.mails_dead), ("held", now.mails_held),
        ):  # fmt: skip
            mails.add_metric([status], count)
        yield mails
        rounds = GaugeMetricFamily("matchmaker_rounds", "Rounds", labels=["status"])
        for status, count in now.rounds.items():
            rounds.add_metric([status], count)
        yield rounds
