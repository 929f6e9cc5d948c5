"""What the page of one round shows, gathered for its template."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.models import Event, Round, RoundStatus
from matchmaker.services.round import ACTIVE
from matchmaker.services.round_review import (
    comparable_rounds,
    compare_rounds,
    count_answered,
    ids_in,
    names_of,
    read_meetings,
    read_unplaced,
    requester_of,
    slot_times,
)
from matchmaker.services.worker import has_live_worker
from matchmaker.web.numbers import page_number
from matchmaker.web.round_quality_summary import quality_of
from matchmaker.web.round_words import failure_text, progress_text, unplaced_text

RESULTS = (RoundStatus.DRAFT, RoundStatus.PUBLISHED, RoundStatus.CLOSED)
WITHOUT_SHOWN = 100


def page_of(session: Session, event: Event, round_: Round) -> dict[str, Any]:
    """The variables of round/show.html."""
    is_active = round_.status in ACTIVE
    shown: dict[str, Any] = {
        "round": round_,
        "figures": round_.figures,
        "requested_by": requester_of(session, round_=round_),
        "is_active": is_active,
        "is_due": is_active and round_.due_at <= clock.now(),
        "has_worker": not is_active or has_live_worker(session, now=clock.now()),
        "progress_text": progress_text(round_),
        "quality": None,
        "failure": None,
        "answered": count_answered(session, event_id=event.id),
    }
    if round_.status == RoundStatus.FAILED:
        names = names_of(session, ids_in(round_.error_arguments))
        shown["failure"] = failure_text(round_, names)
    if round_.status in RESULTS and "meetings" in round_.figures:
        shown |= _result(session, event, round_)
        shown["quality"] = quality_of(session, round_)
    return shown


def _result(session: Session, event: Event, round_: Round) -> dict[str, Any]:
    search = " ".join(request.args.get("search", "").replace("\x00", "").split())[:100]
    only_locked = request.args.get("locked") == "1"
    meetings = read_meetings(
        session, round_=round_, search=search, only_locked=only_locked, page=_number("page")
    )
    unplaced = read_unplaced(session, round_=round_, page=_number("unplaced"))
    without = round_.figures.get("without", [])[:WITHOUT_SHOWN]
    named = {number for line in unplaced.lines for number in ids_in(line.arguments)}
    names = names_of(session, named | {entry["participation_id"] for entry in without})
    slots = slot_times(
        session, {number for line in unplaced.lines for number in line.arguments.get("slots", ())}
    )
    others = comparable_rounds(session, round_=round_)
    other = next((row for row in others if row.id == _number("compare")), None)
    return {
        "meetings": meetings,
        "search": search,
        "only_locked": only_locked,
        "unplaced": unplaced,
        "without": without,
        "names": names,
        "why": lambda line: unplaced_text(line.reason, line.arguments, names, slots, event.time_zone),
        "others": others,
        "other": other,
        "difference": compare_rounds(session, round_=round_, other=other) if other else None,
    }


def _number(name: str) -> int:
    return page_number(name)
