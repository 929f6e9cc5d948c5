"""Merging two organisations that are one."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Conflict, NotFound
from matchmaker.models import (
    Entry,
    EntryKind,
    MemberRole,
    MemberStatus,
    OrganisationMember,
    OutboxMail,
    Participation,
    ParticipationStatus,
)
from matchmaker.services.organisation_merge import find_duplicates, merge, plan_merge
from tests.factories import NOW, add, make_event, make_organisation, make_participation, make_person

pytestmark = pytest.mark.both_databases


def _member(session: Session, organisation_id: int, person_id: int, role: MemberRole) -> None:
    add(
        session,
        OrganisationMember(
            organisation_id=organisation_id,
            person_id=person_id,
            role=role,
            status=MemberStatus.ACTIVE,
            created_at=NOW,
        ),
    )


def test_merge_moves_people_registrations_and_entries(session: Session, now: dt.datetime) -> None:
    boss, other_boss = make_person(session, password_hash="x"), make_person(session, password_hash="x")
    source, target = make_organisation(session, boss), make_organisation(session, other_boss)
    participation = make_participation(session, make_event(session), organisation=source)
    entry = add(
        session,
        Entry(organisation_id=source.id, kind=EntryKind.OFFER, title="Tanks", language="en", topics=[]),
    )
    plan = plan_merge(session, source_id=source.id, target_id=target.id)
    assert ([m.person_id for m in plan.members], list(plan.participations)) == ([boss.id], [participation])
    merge(session, source_id=source.id, target_id=target.id, actor_id=boss.id, now=now)
    assert (participation.organisation_id, entry.organisation_id) == (target.id, target.id)
    assert source.merged_into_id == target.id
    members = session.scalars(sa.select(OrganisationMember).order_by(OrganisationMember.person_id)).all()
    assert [(m.organisation_id, m.person_id) for m in members] == [
        (target.id, boss.id),
        (target.id, other_boss.id),
    ]
    told = session.scalars(sa.select(OutboxMail.to_email).order_by(OutboxMail.id)).all()
    assert told == [boss.email, other_boss.email]


def test_person_of_both_keeps_the_higher_role(session: Session, now: dt.datetime) -> None:
    person = make_person(session)
    source, target = make_organisation(session, person), make_organisation(session)
    _member(session, target.id, person.id, MemberRole.MEMBER)
    merge(session, source_id=source.id, target_id=target.id, actor_id=person.id, now=now)
    assert session.get_one(OrganisationMember, (target.id, person.id)).role == MemberRole.MANAGER


def test_two_registrations_at_one_event_are_refused_until_one_is_withdrawn(
    session: Session, now: dt.datetime
) -> None:
    source, target, actor = make_organisation(session), make_organisation(session), make_person(session)
    event = make_event(session, name="Hydrogen day")
    own = make_participation(session, event, organisation=source)
    make_participation(session, event, organisation=target)
    with pytest.raises(Conflict, match="Hydrogen day"):
        merge(session, source_id=source.id, target_id=target.id, actor_id=actor.id, now=now)
    own.status = ParticipationStatus.WITHDRAWN
    session.flush()
    merge(session, source_id=source.id, target_id=target.id, actor_id=actor.id, now=now)
    assert session.get_one(Participation, own.id).organisation_id == source.id


def test_merging_twice_or_with_itself_is_refused(session: Session, now: dt.datetime) -> None:
    source, target, actor = make_organisation(session), make_organisation(session), make_person(session)
    with pytest.raises(NotFound):
        plan_merge(session, source_id=source.id, target_id=source.id)
    merge(session, source_id=source.id, target_id=target.id, actor_id=actor.id, now=now)
    with pytest.raises(NotFound):
        merge(session, source_id=source.id, target_id=target.id, actor_id=actor.id, now=now)


def test_duplicates_share_a_name_or_a_domain(session: Session) -> None:
    one = make_organisation(session, name="Acme", name_key="acme")
    two = make_organisation(session, name="ACME Inc", name_key="acme", mail_domain="acme.example")
    three = make_organisation(session, name="Umbrella", mail_domain="acme.example")
    make_organisation(session, name="Lonely")
    event = make_event(session)
    for organisation in (one, two):
        make_participation(session, event, organisation=organisation)
    everywhere = [[row.id for row in group] for group in find_duplicates(session)]
    assert everywhere == [[one.id, two.id], [two.id, three.id]]
    assert [[r.id for r in g] for g in find_duplicates(session, event_id=event.id)] == [[one.id, two.id]]
