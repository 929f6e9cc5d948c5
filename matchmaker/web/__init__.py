"""The only HTTP: one blueprint module per noun."""

from __future__ import annotations

from flask import Flask

from matchmaker.web import (
    account,
    administration,
    agenda,
    audit,
    block,
    delegate,
    entry,
    event,
    event_session,
    export,
    group,
    home,
    invitation,
    language,
    legal_text,
    meeting,
    meeting_list,
    meeting_request,
    organisation,
    organisation_entry,
    organisation_invitation,
    organisation_member,
    organisation_merge,
    outbox,
    own_account,
    own_data,
    participant_import,
    participation_by_hand,
    password,
    place,
    place_plan,
    registration,
    round,
    shift,
    suggestion,
    team,
    topic,
)

BLUEPRINTS = (
    home.blueprint,
    account.blueprint,
    language.blueprint,
    event.blueprint,
    block.blueprint,
    shift.blueprint,
    place.blueprint,
    group.blueprint,
    event_session.blueprint,
    topic.blueprint,
    team.blueprint,
    audit.blueprint,
    registration.blueprint,
    organisation.blueprint,
    organisation_entry.blueprint,
    organisation_member.blueprint,
    organisation_invitation.blueprint,
    organisation_merge.blueprint,
    own_account.blueprint,
    own_data.blueprint,
    password.blueprint,
    legal_text.blueprint,
    # one noun in three files: it brings the views of participation.py and participation_list.py along
    participation_by_hand.blueprint,
    entry.blueprint,
    delegate.blueprint,
    round.blueprint,
    suggestion.blueprint,
    agenda.blueprint,
    meeting.blueprint,
    meeting_list.blueprint,
    meeting_request.blueprint,
    place_plan.blueprint,
    outbox.blueprint,
    invitation.blueprint,
    administration.blueprint,
    participant_import.blueprint,
    export.blueprint,
)


def register_blueprints(app: Flask) -> None:
    """Mount every noun."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
