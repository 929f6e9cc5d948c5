"""What the page of one round shows, gathered for its template."""

from __future__ import annotations

from typing import Any

from flask import g, request
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.models import Event, Round, RoundStatus
from matchmaker.permissions import can_manage_participations
from matchmaker.services.review import count_review
from matchmaker.services.round import ACTIVE
from matchmaker.services.round_draft import chosen_round
from matchmaker.services.round_review import (
    comparable_rounds,
    count_answered,
    count_reasons,
    ids_in,
    names_of,
    read_meetings,
    read_unplaced,
    requester_of,
    slot_times,
    slots_in,
)
from matchmaker.services.session_review import read_planned_sessions
from matchmaker.services.session_short import short_tables
from matchmaker.services.worker import has_live_worker
from matchmaker.web.numbers import page_number
from matchmaker.web.phase_words import phase_bar
from matchmaker.web.round_quality_summary import quality_of
from matchmaker.web.round_words import failure_text, progress_text, reason_text, unplaced_text, ways_text
from matchmaker.web.session_words import not_held_text, without_seat_text

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
        "chosen": chosen_round(session, event_id=event.id),
        "review": count_review(session, round_=round_) if round_.review_opened_at else None,
        # who wished whom is for those who manage participations; a round is run without it
        "sees_wishes": can_manage_participations(g.standing),
        **phase_bar(session, event),
    }
    if round_.status == RoundStatus.FAILED:
        names = names_of(session, ids_in(round_.error_arguments))
        shown["failure"] = failure_text(round_, names)
    if round_.status in RESULTS and "meetings" in round_.figures:
        shown |= _result(session, event, round_)
        shown |= {
            "planned": read_planned_sessions(session, round_=round_),
            "short": short_tables(session, event_id=event.id, now=clock.now()) if round_.published_at else [],
            "not_held_text": not_held_text,
            "without_seat_text": without_seat_text,
        }
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
    slots = slot_times(session, {number for line in unplaced.lines for number in slots_in(line.arguments)})
    others = comparable_rounds(session, round_=round_)
    return {
        "meetings": meetings,
        "search": search,
        "only_locked": only_locked,
        "unplaced": unplaced,
        "without": without,
        "names": names,
        "reasons": count_reasons(session, round_=round_),
        "reason_text": reason_text,
        "ways_of": lambda line: ways_text(line.arguments, names, slots, event.time_zone),
        "why": lambda line: unplaced_text(line.reason, line.arguments, names, slots, event.time_zone),
        "others": others,
    }


def _number(name: str) -> int:
    return page_number(name)
