"""Asking to join, being let in, roles, and the last manager."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import NotFound
from matchmaker.models import (
    InstallationRight,
    MemberRole,
    MemberStatus,
    OrganisationMember,
    OutboxMail,
)
from matchmaker.services.departure import remove_member
from matchmaker.services.organisation_member import (
    LastManager,
    answer_asker,
    approvers,
    ask_to_join,
    change_role,
)
from tests.factories import make_event, make_organisation, make_participation, make_person

pytestmark = pytest.mark.both_databases


def _mails(session: Session) -> list[tuple[str, str]]:
    return [(m.kind, m.to_email) for m in session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))]


def test_asking_mails_the_managers_once(session: Session, now: dt.datetime) -> None:
    manager = make_person(session, password_hash="x")
    firm, asker = make_organisation(session, manager), make_person(session)
    assert ask_to_join(session, organisation_id=firm.id, person=asker, now=now)
    assert ask_to_join(session, organisation_id=firm.id, person=asker, now=now)
    assert _mails(session) == [("ask_to_join", manager.email)]


def test_without_a_real_manager_organisers_and_administrators_decide(session: Session) -> None:
    imported_contact = make_person(session, password_hash=None)
    administrator = make_person(session, InstallationRight.ADMINISTRATOR, password_hash="x")
    organiser = make_person(session, password_hash="x")
    make_person(session, password_hash="x")
    firm = make_organisation(session, imported_contact)
    make_participation(session, make_event(session, organiser), organisation=firm, person=imported_contact)
    assert [p.id for p in approvers(session, organisation_id=firm.id)] == [administrator.id, organiser.id]


def test_who_is_let_in_where_there_is_no_manager_becomes_it(session: Session, now: dt.datetime) -> None:
    administrator = make_person(session, InstallationRight.ADMINISTRATOR, password_hash="x")
    firm, asker = make_organisation(session), make_person(session)
    ask_to_join(session, organisation_id=firm.id, person=asker, now=now)
    for _twice in range(2):
        answer_asker(
            session,
            organisation_id=firm.id,
            person_id=asker.id,
            is_welcome=True,
            actor_id=administrator.id,
            now=now,
        )
    member = session.get_one(OrganisationMember, (firm.id, asker.id))
    assert (member.status, member.role) == (MemberStatus.ACTIVE, MemberRole.MANAGER)
    assert _mails(session)[1:] == [("join_answered", asker.email)]


def test_refused_person_is_no_member_and_can_ask_again(session: Session, now: dt.datetime) -> None:
    manager = make_person(session, password_hash="x")
    firm, asker = make_organisation(session, manager), make_person(session)
    ask_to_join(session, organisation_id=firm.id, person=asker, now=now)
    answer_asker(
        session,
        organisation_id=firm.id,
        person_id=asker.id,
        is_welcome=False,
        actor_id=manager.id,
        now=now,
    )
    assert session.get_one(OrganisationMember, (firm.id, asker.id)).status == MemberStatus.REFUSED
    ask_to_join(session, organisation_id=firm.id, person=asker, now=now + dt.timedelta(days=1))
    assert session.get_one(OrganisationMember, (firm.id, asker.id)).status == MemberStatus.ASKED


def test_last_manager_stays(session: Session, now: dt.datetime) -> None:
    manager = make_person(session)
    firm = make_organisation(session, manager)
    values = {"organisation_id": firm.id, "person_id": manager.id, "actor_id": manager.id, "now": now}
    with pytest.raises(LastManager):
        remove_member(session, **values)
    with pytest.raises(LastManager):
        change_role(session, role=MemberRole.MEMBER, **values)


def test_merged_organisation_cannot_be_joined(session: Session, now: dt.datetime) -> None:
    target = make_organisation(session)
    firm = make_organisation(session, merged_into_id=target.id)
    with pytest.raises(NotFound):
        ask_to_join(session, organisation_id=firm.id, person=make_person(session), now=now)
