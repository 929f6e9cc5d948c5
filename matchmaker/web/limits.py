"""Slows down what could be used to guess or to spam, whatever becomes of the request itself."""

from __future__ import annotations

import datetime as dt

from flask import request

from matchmaker import clock
from matchmaker.services.rate_limit import count_try
from matchmaker.web.storage import transaction


def limit(what: str, who: object, *, tries: int, minutes: int, tries_from_here: int = 0) -> None:
    """Count a try of `who`, and one from this network address; raises RateLimited above the limits.

    Its transaction is its own, so that the try counts although the request's work is undone.
    """
    window = dt.timedelta(minutes=minutes)
    now = clock.now()
    with transaction() as session:
        count_try(session, key=f"{what}:{who}", limit=tries, window=window, now=now)
        if tries_from_here:
            here = f"{what}-from:{request.remote_addr}"
            count_try(session, key=here, limit=tries_from_here, window=window, now=now)
