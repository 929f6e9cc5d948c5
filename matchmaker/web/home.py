"""The start page, and how matching works."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask_login import current_user

from matchmaker import clock
from matchmaker.models import MemberStatus
from matchmaker.services import legal_text, overview
from matchmaker.web.access import acting_id, public
from matchmaker.web.storage import reading

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def start() -> str:
    """What the service is; for a person who is logged in, what to do next."""
    now = clock.now()
    if not current_user.is_authenticated:
        return render_template("home/start.html", events=overview.open_events(reading(), today=now.date()))
    session, person_id = reading(), acting_id()
    organisations = overview.own_organisations(session, person_id=person_id)
    own = overview.own_events(session, person_id=person_id, now=now)
    taking_part = {row.participation.event_id for row in own}
    run = overview.run_events(session, person_id=person_id)
    others = [
        event for event in overview.open_events(session, today=now.date()) if event.id not in taking_part
    ]
    return render_template(
        "home/my_events.html",
        own=own,
        run=run,
        organisations=organisations,
        has_organisation=any(row.member.status == MemberStatus.ACTIVE for row in organisations),
        others=others,
        missing_texts=legal_text.missing_texts(session) if g.standing.is_administrator else [],
        today=now.date(),
    )


@blueprint.get("/how-matching-works")
@public
def how_matching_works() -> str:
    """What the matching uses, what it does not, and how to stay out of it."""
    return render_template("home/how_matching_works.html")
