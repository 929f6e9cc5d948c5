"""gunicorn's settings: gunicorn --config deploy/gunicorn.conf.py wsgi:app."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

METRICS = Path(tempfile.gettempdir()) / "matchmaker-metrics"

bind = "127.0.0.1:8000"
workers = 2
threads = 4
worker_class = "gthread"
timeout = 60
graceful_timeout = 30
# a process is replaced now and then, not all at once
max_requests = 5000
max_requests_jitter = 1000
# nobody controls it over a socket
control_socket_disable = True

# each process counts its requests in a file there, and /metrics adds them up; read when the library is loaded
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS)

# counts of processes before this start are not ours
shutil.rmtree(METRICS, ignore_errors=True)
METRICS.mkdir(mode=0o700, parents=True, exist_ok=True)


def child_exit(_server: Any, worker: Any) -> None:
    """Take an ended process out of the figures of living ones."""
    # only once the folder above is named
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid, path=str(METRICS))
