"""Where a seat stands against undoing, the refusal names the roundtable or the masterclass."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.models import Change, Delegate
from matchmaker.services.change import HOLD
from matchmaker.services.event_session import delete_session
from matchmaker.services.seat_meanwhile import (
    HeldOtherwise,
    SeatsTaken,
    SessionGone,
    SitterBusy,
    SitterGone,
)
from matchmaker.services.undo import undo_change
from matchmaker.services.withdrawal import withdraw
from matchmaker.translations import translations
from tests.factories import make_place
from tests.rounds import Fair, make_fair
from tests.tables import event_of, held_roundtable, make_masterclass, sit_down

pytestmark = pytest.mark.both_databases


def _leave(session: Session, fair: Fair, one: int) -> None:
    """A participation of the fair withdraws, which can be undone."""
    withdraw(
        session, event=event_of(session, fair), participation_ids=[one], actor_id=fair.organiser.id,
        now=clock.now(), hold=HOLD,
    )  # fmt: skip


def _undo(session: Session, fair: Fair) -> None:
    change = session.scalars(sa.select(Change).order_by(Change.id.desc()).limit(1)).one()
    undo_change(session, change=change, actor_id=fair.organiser.id, now=clock.now())


def test_a_masterclass_whose_seat_has_gone_is_named(session: Session) -> None:
    fair = make_fair(session)
    row = make_masterclass(session, fair, seats=1)
    sit_down(session, row, fair.startups[0].delegates[0])
    _leave(session, fair, fair.startups[0].id)
    sit_down(session, row, fair.startups[1].delegates[0])
    with pytest.raises(SeatsTaken) as refused:
        _undo(session, fair)
    assert str(refused.value) == (
        "Seats in the masterclass Selling to industry were taken or given back since then,"
        " so this can no longer be undone."
    )
    german = translations("de").gettext(refused.value.message) % refused.value.arguments
    assert german == (
        "In der Masterclass Selling to industry wurden seitdem Plätze belegt oder zurückgegeben;"
        " das kann nicht mehr rückgängig gemacht werden."
    )


def test_a_roundtable_at_whose_time_a_guest_has_something_else_is_named(session: Session) -> None:
    fair = make_fair(session)
    row = held_roundtable(session, fair, *fair.startups[:2])
    _leave(session, fair, fair.startups[0].id)
    span = {"starts_at": row.starts_at, "ends_at": row.ends_at}
    sit_down(session, make_masterclass(session, fair, **span), fair.startups[0].delegates[0])
    with pytest.raises(SitterBusy) as refused:
        _undo(session, fair)
    assert str(refused.value) == (
        "Somebody who had a seat at the roundtable First orders has something else at that time by now,"
        " so this can no longer be undone."
    )
    german = translations("de").gettext(refused.value.message) % refused.value.arguments
    assert german.startswith("Jemand, der am Roundtable First orders einen Platz hatte")


def test_a_roundtable_that_was_planned_anew_or_whose_table_has_gone_is_named(session: Session) -> None:
    fair = make_fair(session)
    place = make_place(session, fair.event, name="Large table")
    row = held_roundtable(session, fair, *fair.startups, place=place)
    span = {"starts_at": row.starts_at, "ends_at": row.ends_at}
    _leave(session, fair, fair.corporates[0].id)
    make_masterclass(session, fair, place_id=place.id, **span)
    with pytest.raises(HeldOtherwise, match="The roundtable First orders was planned anew"):
        _undo(session, fair)


def test_a_roundtable_whose_guest_is_no_longer_there_is_named(session: Session) -> None:
    fair = make_fair(session)
    held_roundtable(session, fair, *fair.startups)
    guest = fair.startups[0].delegates[0].id
    _leave(session, fair, fair.corporates[0].id)
    session.execute(sa.delete(Delegate).where(Delegate.id == guest))
    with pytest.raises(SitterGone, match="at the roundtable First orders takes no part"):
        _undo(session, fair)


def test_a_session_that_was_deleted_meanwhile_is_said_to_be(session: Session) -> None:
    fair = make_fair(session)
    row = make_masterclass(session, fair)
    sit_down(session, row, fair.startups[0].delegates[0])
    _leave(session, fair, fair.startups[0].id)
    delete_session(
        session, event_id=fair.event.id, session_id=row.id, actor_id=fair.organiser.id, now=clock.now()
    )
    with pytest.raises(SessionGone):
        _undo(session, fair)
