"""The few figures of quality that stand on the round's own page."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from matchmaker.models import Round
from matchmaker.services.round_certificate import read_certificate
from matchmaker.services.round_lapse import read_lapse


def quality_of(session: Session, round_: Round) -> dict[str, Any] | None:
    """The variables of round/_quality.html; None where the round has no report."""
    figures = round_.figures
    if "fairness" not in figures:
        return None
    certificate = read_certificate(figures.get("certificate"))
    zones = figures["hours"]["zones"]
    tolerable = sum(row["tolerable"] for row in zones)
    minutes = tolerable + sum(row["comfortable"] for row in zones)
    given_up = certificate.given_up[1] if certificate and certificate.given_up else 0
    best = certificate.value + given_up if certificate else 0
    return {
        "certificate": certificate,
        "lapse": read_lapse(session, round_=round_),
        "fairness": figures["fairness"],
        "hours": figures["hours"],
        "places": figures["places"],
        "uncomfortable": tolerable / minutes if minutes else 0.0,
        "price_share": given_up / best if best else 0.0,
    }
