"""Every endpoint and method against every role, generated from the URL map.

MATRIX says which roles each endpoint admits; an endpoint that is not listed fails. The check runs
the application's own guard on a real request (cookie and all), without running the view.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden
from werkzeug.routing import Rule

from config import Config
from matchmaker import create_app
from matchmaker.db import Database
from matchmaker.models import EventRole, EventRoleKind, InstallationRight, Person, PersonRight
from tests.factories import (
    NOW,
    add,
    make_delegate,
    make_event,
    make_organisation,
    make_participation,
    make_person,
)
from tests.subjects import make_subjects
from tests.visitor import Visitor

# the roles, each a person of the same event; "own" is the participation that the paths speak of
VISITOR = "visitor"
PERSON = "person"
STRANGER = "stranger"  # manager of another participation of the event
DELEGATE = "delegate"  # of the own participation
MANAGER = "manager"  # of the own participation and its organisation
OTHER_SIDE = "other side"  # manager of the participation that the own one meets
ENABLER = "enabler"  # brought the own participation
OTHER_ENABLER = "other enabler"
DESK = "desk"
CO_WITHOUT = "co-organiser without rights"
CO_EVENT = "co-organiser who edits the event"
CO_PEOPLE = "co-organiser who manages participations"
CO_ROUNDS = "co-organiser who runs rounds"
ORGANISER = "organiser"
FOREIGN_ORGANISER = "organiser of another event"
CREATOR = "creator of events"
ADMINISTRATOR = "administrator"

EVERYBODY = frozenset(
    {
        VISITOR, PERSON, STRANGER, DELEGATE, MANAGER, OTHER_SIDE, ENABLER, OTHER_ENABLER, DESK, CO_WITHOUT,
        CO_EVENT, CO_PEOPLE, CO_ROUNDS, ORGANISER, FOREIGN_ORGANISER, CREATOR, ADMINISTRATOR,
    }
)  # fmt: skip
LOGGED_IN = EVERYBODY - {VISITOR}
TEAM = frozenset({CO_WITHOUT, CO_EVENT, CO_PEOPLE, CO_ROUNDS, ORGANISER})
EVENT_EDITORS = frozenset({CO_EVENT, ORGANISER})
PEOPLE_MANAGERS = frozenset({CO_PEOPLE, ORGANISER})
ROUND_RUNNERS = frozenset({CO_ROUNDS, ORGANISER})
OWN = frozenset({DELEGATE, MANAGER})
BOTH_SIDES = OWN | {OTHER_SIDE}
ENABLERS = frozenset({ENABLER, OTHER_ENABLER})
PROFILE_READERS = OWN | TEAM | {ENABLER}
PROFILE_EDITORS = PEOPLE_MANAGERS | {MANAGER, ENABLER}
ADMINISTRATORS = frozenset({ADMINISTRATOR})
CREATORS = frozenset({CREATOR, ADMINISTRATOR})

MATRIX: dict[str, frozenset[str]] = {
    "home.start": EVERYBODY,
    "health.live": EVERYBODY,
    "health.ready": EVERYBODY,
    # it has its own guard: addresses and a token of the settings
    "metrics.show": EVERYBODY,
    "account.log_in": EVERYBODY,
    "account.log_out": LOGGED_IN,
    "language.choose": EVERYBODY,
    "own_calendar.show": LOGGED_IN,
    "own_calendar.subscribe": LOGGED_IN,
    "own_calendar.unsubscribe": LOGGED_IN,
    "own_calendar.feed": EVERYBODY,
    "own_mails.edit": LOGGED_IN,
    "unsubscribe.show": EVERYBODY,
    "unsubscribe.end": EVERYBODY,
    "language.prefer": LOGGED_IN,
    "event.create": CREATORS,
    "event.show": EVERYBODY,
    "event.overview": TEAM,
    "event.edit": EVENT_EDITORS,
    "event.rules": EVENT_EDITORS,
    "event.open_registration": EVENT_EDITORS,
    "event.close_registration": EVENT_EDITORS,
    "block.index": EVENT_EDITORS,
    "block.create": EVENT_EDITORS,
    "block.edit": EVENT_EDITORS,
    "block.delete": EVENT_EDITORS,
    "shift.create": EVENT_EDITORS,
    "shift.edit": EVENT_EDITORS,
    "shift.delete": EVENT_EDITORS,
    "place.index": EVENT_EDITORS,
    "place.create": EVENT_EDITORS,
    "place.edit": EVENT_EDITORS,
    "place.delete": EVENT_EDITORS,
    "place.add_hours": EVENT_EDITORS,
    "place.remove_hours": EVENT_EDITORS,
    "place.add_owner": EVENT_EDITORS,
    "place.remove_owner": EVENT_EDITORS,
    "group.index": EVENT_EDITORS,
    "group.create": EVENT_EDITORS,
    "group.edit": EVENT_EDITORS,
    "group.delete": EVENT_EDITORS,
    "group.set_matrix": EVENT_EDITORS,
    "event_session.index": EVENT_EDITORS,
    "event_session.create": EVENT_EDITORS,
    "event_session.edit": EVENT_EDITORS,
    "event_session.delete": EVENT_EDITORS,
    "event_session.seats": EVENT_EDITORS,
    "event_session.call_off": EVENT_EDITORS,
    "event_session.let_stay": EVENT_EDITORS,
    "shift.index": TEAM,
    "topic.index": EVENT_EDITORS,
    "topic.create": EVENT_EDITORS,
    "topic.edit": EVENT_EDITORS,
    "topic.delete": EVENT_EDITORS,
    "topic.import_file": EVENT_EDITORS,
    "topic.export_file": EVENT_EDITORS,
    "team.index": frozenset({ORGANISER}),
    "team.invite": frozenset({ORGANISER}),
    "team.take_back": frozenset({ORGANISER}),
    "team.edit": frozenset({ORGANISER}),
    "team.remove": frozenset({ORGANISER}),
    "team.join": EVERYBODY,
    "audit.index": TEAM,
    "event_session.programme": EVERYBODY,
    "event_session.attend": LOGGED_IN,
    "event_session.stay_away": LOGGED_IN,
    "event_session.wish": OWN | PEOPLE_MANAGERS,
    "home.how_matching_works": EVERYBODY,
    "registration.register": EVERYBODY,
    "registration.sent": EVERYBODY,
    "registration.resend": EVERYBODY,
    "registration.confirm": EVERYBODY,
    "organisation.new": LOGGED_IN,
    "organisation.ask_to_join": LOGGED_IN,
    "organisation.show": frozenset({MANAGER, ADMINISTRATOR}),
    "organisation.edit": frozenset({MANAGER, ADMINISTRATOR}),
    "organisation_member.index": frozenset({MANAGER, ADMINISTRATOR}) | PEOPLE_MANAGERS,
    "organisation_member.answer": frozenset({MANAGER, ADMINISTRATOR}) | PEOPLE_MANAGERS,
    "organisation_member.change_role": frozenset({MANAGER, ADMINISTRATOR}),
    "departure.remove": frozenset({MANAGER, ADMINISTRATOR}),
    "departure.leave": LOGGED_IN,
    "departure.left": LOGGED_IN,
    "departure.take_back": LOGGED_IN,
    "organisation_member.take_back": frozenset({MANAGER, ADMINISTRATOR}),
    "organisation_invitation.answer": EVERYBODY,
    "own_account.edit": LOGGED_IN,
    "own_account.change_password": LOGGED_IN,
    "own_account.change_email": LOGGED_IN,
    "own_account.confirm_email": LOGGED_IN,
    "own_account.logins": LOGGED_IN,
    "own_account.end_other_logins": LOGGED_IN,
    "own_account.revoke_links": LOGGED_IN,
    "own_data.show": LOGGED_IN,
    "own_data.export": LOGGED_IN,
    "own_data.erase": LOGGED_IN,
    "organisation_entry.new": frozenset({MANAGER, ADMINISTRATOR}),
    "organisation_entry.edit": frozenset({MANAGER, ADMINISTRATOR}),
    "organisation_entry.remove": frozenset({MANAGER, ADMINISTRATOR}),
    "password.forgotten": EVERYBODY,
    "password.reset": EVERYBODY,
    "organisation_merge.duplicates": PEOPLE_MANAGERS,
    "organisation_merge.choose": ADMINISTRATORS | PEOPLE_MANAGERS,
    "organisation_merge.merge": ADMINISTRATORS | PEOPLE_MANAGERS,
    "administration.show": ADMINISTRATORS,
    "administration.change_right": ADMINISTRATORS,
    "administration.organisations": ADMINISTRATORS,
    "legal_text.show": EVERYBODY,
    "round.index": TEAM,
    "round.new": ROUND_RUNNERS,
    "round.show": ROUND_RUNNERS,
    "round.cancel": ROUND_RUNNERS,
    "round.discard": ROUND_RUNNERS,
    "round.again": ROUND_RUNNERS,
    "round.open_lists": ROUND_RUNNERS,
    "round.lock": ROUND_RUNNERS,
    "round.publish": ROUND_RUNNERS,
    "round_quality.certificate": ROUND_RUNNERS,
    "round_quality.check": ROUND_RUNNERS,
    "round_quality.fairness": ROUND_RUNNERS,
    "round_quality.hours": ROUND_RUNNERS,
    "round_capacity.show": ROUND_RUNNERS,
    "round_capacity.ask": ROUND_RUNNERS,
    "round_tidy.show": ROUND_RUNNERS,
    "round_tidy.ask": ROUND_RUNNERS,
    "round_tidy.use": ROUND_RUNNERS,
    "round_repair.show": ROUND_RUNNERS,
    "round_repair.ask": ROUND_RUNNERS,
    "round_repair.close": ROUND_RUNNERS,
    "round_repair.reopen": ROUND_RUNNERS,
    "round_repair.preview": ROUND_RUNNERS,
    "learned_weights.index": TEAM,
    "learned_weights.choose": frozenset({ORGANISER}),
    "model_card.standard": EVERYBODY,
    "model_card.of_event": EVERYBODY,
    "round.choose": ROUND_RUNNERS,
    "round.compare": ROUND_RUNNERS,
    "phase.gate": ROUND_RUNNERS,
    "phase.back": ROUND_RUNNERS,
    "phase.undo": ROUND_RUNNERS | EVENT_EDITORS,
    "phase.send": ROUND_RUNNERS | EVENT_EDITORS,
    "pair_rule.index": ROUND_RUNNERS,
    "pair_rule.remove": ROUND_RUNNERS,
    "pair_rule.force": ROUND_RUNNERS,
    "review.index": OWN | PEOPLE_MANAGERS,
    "review.answer": OWN | PEOPLE_MANAGERS,
    "suggestion.index": OWN | PEOPLE_MANAGERS,
    "suggestion.others": OWN | PEOPLE_MANAGERS,
    "suggestion.wish": OWN | PEOPLE_MANAGERS,
    "legal_text.index": ADMINISTRATORS,
    "legal_text.edit": ADMINISTRATORS,
    "participation.register": EVERYBODY,
    "participation.profile": PROFILE_READERS,
    "participation.preview": PROFILE_READERS,
    "participation.edit": PROFILE_EDITORS,
    "participation.opt_out": PROFILE_EDITORS,
    "participation.leave": PROFILE_EDITORS,
    "participation.undo": PROFILE_EDITORS,
    "entry.new": PROFILE_EDITORS,
    "entry.edit": PROFILE_EDITORS,
    "entry.move": PROFILE_EDITORS,
    "entry.remove": PROFILE_EDITORS,
    "delegate.new": PROFILE_EDITORS,
    "delegate.edit": PROFILE_EDITORS,
    "delegate.remove": PROFILE_EDITORS,
    "delegate.availability": PROFILE_READERS,
    "participation.index": TEAM | ENABLERS,
    "participation.bulk": PEOPLE_MANAGERS | ENABLERS,
    "participation.create": PEOPLE_MANAGERS | ENABLERS,
    "participation.remind": PEOPLE_MANAGERS | {ENABLER},
    "participation.limits": PEOPLE_MANAGERS,
    "participant_import.upload": PEOPLE_MANAGERS | ENABLERS,
    "participant_import.check": PEOPLE_MANAGERS | ENABLERS,
    "participant_import.apply": PEOPLE_MANAGERS | ENABLERS,
    "participant_import.discard": PEOPLE_MANAGERS | ENABLERS,
    "export.participants": PEOPLE_MANAGERS | ENABLERS,
    "export.meetings": TEAM,
    "invitation.answer": EVERYBODY,
    "invitation.decline": EVERYBODY,
    "invitation.erase": EVERYBODY,
    "mail_answer.show": EVERYBODY,
    "mail_answer.answer": EVERYBODY,
    "agenda.show": OWN | TEAM | {ENABLER},
    "agenda.printed": OWN | TEAM | {ENABLER},
    "agenda.calendar": OWN | TEAM | {ENABLER},
    "agenda.all_printed": TEAM,
    "video_room.enter": BOTH_SIDES | TEAM,
    "meeting.show": BOTH_SIDES | TEAM | {ENABLER},
    "meeting.calendar": BOTH_SIDES | TEAM | {ENABLER},
    "meeting.accept": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting.decline": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting.cancel": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting.delegates": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting_list.index": TEAM,
    "meeting_statement.state": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting_statement.rate": BOTH_SIDES,
    "result.show": TEAM,
    "result.workbook": TEAM,
    "meeting_list.move": PEOPLE_MANAGERS,
    "meeting_request_ask.ask": OWN | PEOPLE_MANAGERS,
    "meeting_request_ask.reschedule": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting_request.show": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting_request.accept": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting_request.counter": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting_request.decline": BOTH_SIDES | PEOPLE_MANAGERS,
    "meeting_request.withdraw": PEOPLE_MANAGERS | {OTHER_SIDE},
    "waiting_list.index": TEAM,
    "place_plan.printed": TEAM,
    "place_plan.all_printed": TEAM,
    "mail_preview.index": ROUND_RUNNERS,
    "mail_preview.show": ROUND_RUNNERS,
    "mail_preview.html": ROUND_RUNNERS,
    "outbox.index": ROUND_RUNNERS,
    "outbox.show": ROUND_RUNNERS,
    "outbox.html": ROUND_RUNNERS,
    "outbox.installation_index": ADMINISTRATORS,
    "outbox.installation_show": ADMINISTRATORS,
    "outbox.installation_html": ADMINISTRATORS,
}


def _people(session: Session) -> tuple[dict[str, int | None], dict[str, Any]]:
    """One person per role around one event, and the path arguments of its rows."""
    people = {role: make_person(session) for role in EVERYBODY - {VISITOR}}
    event = make_event(session, people[ORGANISER], slug="matrix")
    make_event(session, people[FOREIGN_ORGANISER], slug="foreign")
    grant(people[ADMINISTRATOR], InstallationRight.ADMINISTRATOR)
    grant(people[CREATOR], InstallationRight.CREATE_EVENTS)
    for role, kind, flags in (
        (ENABLER, EventRoleKind.ENABLER, {}),
        (OTHER_ENABLER, EventRoleKind.ENABLER, {}),
        (DESK, EventRoleKind.DESK, {}),
        (CO_WITHOUT, EventRoleKind.CO_ORGANISER, {}),
        (CO_EVENT, EventRoleKind.CO_ORGANISER, {"can_edit_event": True}),
        (CO_PEOPLE, EventRoleKind.CO_ORGANISER, {"can_manage_participations": True}),
        (CO_ROUNDS, EventRoleKind.CO_ORGANISER, {"can_run_rounds": True}),
    ):
        person = people[role]
        add(session, EventRole(event_id=event.id, person_id=person.id, kind=kind, created_at=NOW, **flags))
    firm = make_organisation(session, people[MANAGER])
    own = make_participation(
        session, event, person=people[MANAGER], organisation=firm, brought_by_id=people[ENABLER].id
    )
    make_delegate(session, own, people[DELEGATE])
    other = make_participation(session, event, group="corporates", person=people[OTHER_SIDE])
    make_participation(session, event, group="corporates", person=people[STRANGER])
    arguments = make_subjects(session, event=event, own=own, other=other)
    return {VISITOR: None, **{role: person.id for role, person in people.items()}}, arguments


def grant(person: Person, right: InstallationRight) -> None:
    """Give a person a right of the installation."""
    person.rights.append(PersonRight(right=right, granted_at=NOW))


@pytest.fixture
def open_app(config: Config, database: Database) -> Flask:
    """The application without CSRF tokens, which would answer before the guard does."""
    app = create_app(config, database)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def _routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.endswith("static"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def test_every_endpoint_is_listed_and_no_other(app: Flask) -> None:
    endpoints = {rule.endpoint for rule, _method in _routes(app)}
    assert sorted(endpoints ^ set(MATRIX)) == [], "list it in MATRIX, or remove it there"


def test_every_role_is_admitted_where_the_matrix_says_so_and_nowhere_else(
    open_app: Flask, database: Database
) -> None:
    with database.transaction() as session:
        roles, arguments = _people(session)
    wrong = []
    for role, person_id in roles.items():
        visitor = Visitor(open_app)
        if person_id is not None:
            visitor.log_in(person_id)
        cookie = visitor.client.get_cookie("matchmaker", domain="localhost")
        headers = {"Cookie": f"matchmaker={cookie.value}"} if cookie else {}
        for rule, method in _routes(open_app):
            values = {name: arguments[name] for name in rule.arguments}
            is_admitted = _is_admitted(open_app, rule, method, values, headers)
            if is_admitted != (role in MATRIX.get(rule.endpoint, frozenset())):
                wrong.append(f"{role}: {method} {rule.endpoint}: {'admitted' if is_admitted else 'refused'}")
    assert wrong == []


def _is_admitted(
    app: Flask, rule: Rule, method: str, values: dict[str, Any], headers: dict[str, str]
) -> bool:
    path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    with app.test_request_context(path, method=method, headers=headers):
        try:
            answer = app.preprocess_request()
        except Forbidden:
            return False
        if answer is not None:
            assert "/log-in" in app.make_response(answer).headers.get("Location", ""), rule.endpoint
            return False
        return True
