"""The taxonomy: adding, moving, deleting with a replacement, import and export."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Conflict, Invalid, MatchmakerError
from matchmaker.models import Event, Topic
from matchmaker.services.topic import (
    TopicDetails,
    TopicInUse,
    add_topic,
    as_tree,
    copy_default_topics,
    count_uses,
    delete_topic,
    edit_topic,
    topics_of,
)
from matchmaker.services.topic_file import WrongTopicFile, export_topics, import_topics
from tests.factories import NOW, make_event, make_participation, make_person


def _event(session: Session) -> tuple[Event, dict[str, Any]]:
    event = make_event(session)
    return event, {"event_id": event.id, "actor_id": make_person(session).id, "now": NOW}


def _tree(session: Session, event: Event) -> list[tuple[int, str]]:
    return [(depth, row.code) for depth, row in as_tree(topics_of(session, event_id=event.id))]


def _three(session: Session, acting: dict[str, Any]) -> tuple[Topic, Topic, Topic]:
    top = add_topic(session, details=TopicDetails("Hydrogen"), **acting)
    below = add_topic(session, details=TopicDetails("Storage", parent_code=top.code), **acting)
    lowest = add_topic(session, details=TopicDetails("Caverns", parent_code=below.code), **acting)
    return top, below, lowest


def test_topics_stand_below_their_parents(session: Session) -> None:
    event, acting = _event(session)
    _three(session, acting)
    add_topic(session, details=TopicDetails("Heat"), **acting)
    assert _tree(session, event) == [(0, "hydrogen"), (1, "storage"), (2, "caverns"), (0, "heat")]


@pytest.mark.parametrize(
    ("details", "error", "field"),
    [
        (TopicDetails(""), Invalid, "label_en"),
        (TopicDetails("hydrogen"), Conflict, "label_en"),
        (TopicDetails("Steel", parent_code="nowhere"), Invalid, "parent_code"),
    ],
)
def test_add_topic_names_the_field_that_is_wrong(
    session: Session, details: TopicDetails, error: type[MatchmakerError], field: str
) -> None:
    _, acting = _event(session)
    _three(session, acting)
    with pytest.raises(error) as raised:
        add_topic(session, details=details, **acting)
    assert raised.value.field == field


def test_edit_topic_never_puts_it_below_itself(session: Session) -> None:
    _, acting = _event(session)
    top, _below, lowest = _three(session, acting)
    with pytest.raises(Invalid):
        edit_topic(
            session, topic_id=top.id, details=TopicDetails("Hydrogen", parent_code=lowest.code), **acting
        )


def test_edit_topic_keeps_the_code_that_offers_refer_to(session: Session) -> None:
    _, acting = _event(session)
    top, *_rest = _three(session, acting)
    edit_topic(session, topic_id=top.id, details=TopicDetails("H2", "Wasserstoff", "Hydrogène"), **acting)
    assert (top.code, top.label("de"), top.label("fr"), top.label("en")) == (
        "hydrogen",
        "Wasserstoff",
        "Hydrogène",
        "H2",
    )


def test_delete_topic_in_use_asks_for_another(session: Session) -> None:
    event, acting = _event(session)
    top, below, lowest = _three(session, acting)
    entry = make_participation(session, event, offers=("Tanks",)).entries[0]
    entry.topics = [below.code, top.code]
    session.flush()
    with pytest.raises(TopicInUse):
        delete_topic(session, topic_id=below.id, **acting)
    with pytest.raises(Invalid):
        delete_topic(session, topic_id=below.id, replacement_id=below.id, **acting)
    delete_topic(session, topic_id=below.id, replacement_id=top.id, **acting)
    session.expire_all()
    assert entry.topics == [top.code]
    assert count_uses(session, event_id=event.id) == {top.code: 1}
    assert _tree(session, event) == [(0, top.code), (1, lowest.code)]


def test_exported_topics_are_imported_unchanged(session: Session) -> None:
    event, acting = _event(session)
    copy_default_topics(session, event_id=event.id)
    content = ("\ufeff" + export_topics(session, event_id=event.id)).encode()
    again = import_topics(session, content=content, **acting)
    other, acting_there = _event(session)
    there = import_topics(session, content=content, **acting_there)
    assert ((again.added, again.changed), (there.added, there.changed)) == ((0, 0), (90, 0))
    assert _tree(session, other) == _tree(session, event)


def test_import_topics_reads_semicolons_and_windows_letters_and_deletes_nothing(session: Session) -> None:
    event, acting = _event(session)
    _three(session, acting)
    text = "code;parent;en;de;fr\nhydrogen;;Hydrogen;Wasserstoff;Hydrogène\nheat;hydrogen;Heat;Wärme;\n"
    done = import_topics(session, content=text.encode("cp1252"), **acting)
    assert (done.added, done.changed) == (1, 1)
    heat = session.scalars(sa.select(Topic).where(Topic.code == "heat")).one()
    assert (heat.label_de, heat.label_fr, heat.event_id) == ("Wärme", "Heat", event.id)
    assert len(topics_of(session, event_id=event.id)) == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,en\na,A\n", "code is missing"),
        ("code,en\nBig Code,A\n", "Line 2: the code Big Code"),
        ("code,en\na,A\nb,\n", "Line 3: the English label"),
        ("code,en\na,A\na,B\n", "a stands in the file twice"),
        ("code,parent,en\na,z,A\n", "parent z of a"),
        ("code,parent,en\na,b,A\nb,a,B\n", "below itself"),
        (f"code,en\na,{'x' * 121}\n", "at most 120 characters"),
    ],
)
def test_import_topics_says_what_is_wrong_and_changes_nothing(session: Session, text: str, told: str) -> None:
    event, acting = _event(session)
    with pytest.raises(WrongTopicFile, match=told):
        import_topics(session, content=text.encode(), **acting)
    assert topics_of(session, event_id=event.id) == []
