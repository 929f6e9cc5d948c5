"""Groups, their limits and the matrix."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from matchmaker.errors import Conflict, Invalid, MatchmakerError, NotFound
from matchmaker.models import Event, OrganisationKind
from matchmaker.services.group import (
    GroupDetails,
    GroupInUse,
    add_default_groups,
    add_group,
    allowed_pairs,
    delete_group,
    edit_group,
    group_for,
    groups_of,
    set_allowed_pairs,
)
from tests.factories import NOW, make_event, make_participation, make_person


def _acting(session: Session, event: Event) -> dict[str, Any]:
    return {"event_id": event.id, "actor_id": make_person(session).id, "now": NOW}


def test_default_groups_take_in_every_kind_and_startups_do_not_meet_startups(session: Session) -> None:
    event = make_event(session)
    for group in list(event.groups):
        session.delete(group)
    session.flush()
    add_default_groups(session, event_id=event.id)
    names = {group.id: group.code for group in groups_of(session, event_id=event.id)}
    pairs = {frozenset((names[a], names[b])) for a, b in allowed_pairs(session, event_id=event.id)}
    assert frozenset(("startups", "corporates")) in pairs
    assert frozenset(("startups",)) not in pairs
    for kind in OrganisationKind:
        assert group_for(session, event_id=event.id, kind=kind).kind == kind


def test_group_for_an_unknown_kind_is_the_first(session: Session) -> None:
    event = make_event(session)
    assert group_for(session, event_id=event.id, kind=OrganisationKind.PUBLIC).code == "startups"


def test_add_and_edit_group_keep_its_code(session: Session) -> None:
    event = make_event(session)
    acting = _acting(session, event)
    group = add_group(session, details=GroupDetails("Startups of the Ruhr"), **acting)
    edit_group(session, group_id=group.id, details=GroupDetails("Ruhr", "public", 1, 5), **acting)
    row = groups_of(session, event_id=event.id)[-1]
    assert (row.code, row.name, row.kind, row.minimum, row.maximum) == (
        "startups-of-the-ruhr",
        "Ruhr",
        "public",
        1,
        5,
    )


@pytest.mark.parametrize(
    ("details", "error", "field"),
    [
        (GroupDetails(""), Invalid, "name"),
        (GroupDetails("startups"), Conflict, "name"),
        (GroupDetails("More startups", "startup"), Conflict, "kind"),
        (GroupDetails("Guests", "", 3, 2), Invalid, "maximum"),
    ],
)
def test_add_group_names_the_field_that_is_wrong(
    session: Session, details: GroupDetails, error: type[MatchmakerError], field: str
) -> None:
    event = make_event(session)
    with pytest.raises(error) as raised:
        add_group(session, details=details, **_acting(session, event))
    assert raised.value.field == field


def test_delete_group_only_when_it_is_empty_and_not_the_last(session: Session) -> None:
    event = make_event(session)
    acting = _acting(session, event)
    startups, corporates = groups_of(session, event_id=event.id)
    participation = make_participation(session, event)
    with pytest.raises(GroupInUse):
        delete_group(session, group_id=startups.id, **acting)
    delete_group(session, group_id=corporates.id, **acting)
    session.delete(participation)
    session.flush()
    with pytest.raises(Conflict):
        delete_group(session, group_id=startups.id, **acting)
    assert allowed_pairs(session, event_id=event.id) == frozenset()


def test_set_allowed_pairs_replaces_the_matrix(session: Session) -> None:
    event, other = make_event(session), make_event(session)
    acting = _acting(session, event)
    a, b = (group.id for group in groups_of(session, event_id=event.id))
    set_allowed_pairs(session, pairs=frozenset({(a, a), (b, b)}), **acting)
    assert allowed_pairs(session, event_id=event.id) == {(a, a), (b, b)}
    foreign = groups_of(session, event_id=other.id)[0].id
    with pytest.raises(Invalid):
        set_allowed_pairs(session, pairs=frozenset({(a, foreign)}), **acting)


def test_groups_of_another_event_are_not_found(session: Session) -> None:
    event, other = make_event(session), make_event(session)
    foreign = groups_of(session, event_id=other.id)[0]
    with pytest.raises(NotFound):
        delete_group(session, group_id=foreign.id, **_acting(session, event))
