"""The team of an event: inviting, joining, changing roles, and never locking the organiser out."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.db import Database
from matchmaker.errors import Conflict, LinkInvalid, MatchmakerError, NotFound
from matchmaker.models import Event, EventRole, EventRoleKind, OutboxMail, Person
from matchmaker.services.organisation_invitation import NewPerson
from matchmaker.services.standing import read_standing
from matchmaker.services.team import (
    LIFETIME,
    LastOrganiser,
    Role,
    change_role,
    find_role,
    invite_to_team,
    join_team,
    look_at_team_invitation,
    remove_from_team,
    take_back_invitation,
    waiting_invitations,
)
from tests.factories import NOW, PASSWORD, add, make_event, make_person

NEW = NewPerson(
    name="Ben Beispiel", password=PASSWORD, language="en", time_zone="Europe/Berlin", privacy_version="1"
)
CO = Role(EventRoleKind.CO_ORGANISER, can_run_rounds=True)


def _event(session: Session) -> tuple[Event, dict[str, Any]]:
    organiser = make_person(session)
    event = make_event(session, organiser)
    return event, {"event_id": event.id, "actor_id": organiser.id, "now": NOW}


def _token(session: Session) -> str:
    mail = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail is not None
    return str(mail.arguments["token"])


def test_invited_person_without_an_account_joins_with_the_chosen_rights(session: Session) -> None:
    event, acting = _event(session)
    invite_to_team(session, email="Ben@Hub.example", role=CO, **acting)
    person, is_new = join_team(session, token=_token(session), new_person=NEW, now=NOW)
    standing = read_standing(session, person_id=person.id, event_id=event.id)
    assert (person.email, is_new, standing.event_role) == ("ben@hub.example", True, "co_organiser")
    assert (standing.runs_rounds, standing.edits_event, standing.manages_participations) == (
        True,
        False,
        False,
    )
    with pytest.raises(LinkInvalid):
        join_team(session, token=_token(session), new_person=NEW, now=NOW)


def test_invited_person_with_an_account_keeps_it(session: Session) -> None:
    _, acting = _event(session)
    known = make_person(session, email="anna@hub.example", password_hash="x")
    invite_to_team(session, email=known.email, role=Role(EventRoleKind.ENABLER), **acting)
    assert join_team(session, token=_token(session), new_person=None, now=NOW) == (known, False)
    with pytest.raises(Conflict):
        invite_to_team(session, email=known.email, role=CO, **acting)


def test_rights_are_those_of_co_organisers_only(session: Session) -> None:
    event, acting = _event(session)
    invite_to_team(
        session, email="a@hub.example", role=Role(EventRoleKind.DESK, can_edit_event=True), **acting
    )
    person, _is_new = join_team(session, token=_token(session), new_person=NEW, now=NOW)
    assert find_role(session, event_id=event.id, person_id=person.id).can_edit_event is False


def test_second_invitation_and_taking_back_make_the_link_worthless(session: Session) -> None:
    event, acting = _event(session)
    invite_to_team(session, email="a@hub.example", role=CO, **acting)
    first = _token(session)
    invite_to_team(session, email="a@hub.example", role=CO, **acting)
    second = _token(session)
    with pytest.raises(LinkInvalid):
        look_at_team_invitation(session, token=first, now=NOW)
    (link,) = waiting_invitations(session, event_id=event.id)
    take_back_invitation(session, link_id=link.id, **acting)
    take_back_invitation(session, link_id=link.id, **acting)
    with pytest.raises(LinkInvalid):
        look_at_team_invitation(session, token=second, now=NOW)
    assert waiting_invitations(session, event_id=event.id) == []


def test_invitation_past_its_time_is_worthless(session: Session) -> None:
    _, acting = _event(session)
    invite_to_team(session, email="a@hub.example", role=CO, **acting)
    with pytest.raises(LinkInvalid):
        look_at_team_invitation(session, token=_token(session), now=NOW + LIFETIME)


def test_invitation_of_another_event_is_not_found(session: Session) -> None:
    event, acting = _event(session)
    _other, acting_there = _event(session)
    invite_to_team(session, email="a@hub.example", role=CO, **acting)
    (link,) = waiting_invitations(session, event_id=event.id)
    with pytest.raises(NotFound):
        take_back_invitation(session, link_id=link.id, **acting_there)


def test_last_organiser_is_neither_removed_nor_demoted(session: Session) -> None:
    event, acting = _event(session)
    own = acting["actor_id"]
    with pytest.raises(LastOrganiser):
        remove_from_team(session, person_id=own, **acting)
    with pytest.raises(LastOrganiser):
        change_role(session, person_id=own, role=CO, **acting)
    other = make_person(session)
    add(
        session,
        EventRole(event_id=event.id, person_id=other.id, kind=EventRoleKind.ORGANISER, created_at=NOW),
    )
    remove_from_team(session, person_id=own, **acting)
    assert session.scalars(sa.select(EventRole.person_id)).all() == [other.id]


@pytest.mark.both_databases
def test_two_organisers_who_remove_one_another_leave_one(database: Database) -> None:
    with database.transaction() as session:
        event, acting = _event(session)
        other = make_person(session)
        add(
            session,
            EventRole(event_id=event.id, person_id=other.id, kind=EventRoleKind.ORGANISER, created_at=NOW),
        )
        event_id, pair = event.id, (acting["actor_id"], other.id)
    told: list[str] = []
    together = threading.Barrier(2)

    def remove(actor_id: int, person_id: int) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                remove_from_team(session, event_id=event_id, person_id=person_id, actor_id=actor_id, now=NOW)
            told.append("removed")
        except MatchmakerError as error:
            told.append(type(error).__name__)

    threads = [threading.Thread(target=remove, args=way) for way in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["LastOrganiser", "removed"]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EventRole)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 2
