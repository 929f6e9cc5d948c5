"""Seeds the hydrogen day's roundtable and masterclass, and who would like a seat in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.demo.people import Team
from matchmaker.models import Block, Event, EventSession, Participation, SessionKind
from matchmaker.services.event_session import add_session
from matchmaker.services.seat_wish import wish_seat
from matchmaker.services.session_details import SessionDetails

HOST = "zeche-phantasia"
VERY_MUCH = ("maple-make-believe", "next-hydrogen", "erable-imaginaire")
AT_THE_TABLE = (*VERY_MUCH, "charbone", "ballard", "prairie-phantom")
IN_THE_MASTERCLASS = ("maple-make-believe", "erable-imaginaire", "prairie-phantom", "charbone", "ballard")


def seed_tables(
    session: Session,
    *,
    event: Event,
    participations: Mapping[str, Participation],
    team: Team,
    now: dt.datetime,
) -> None:
    """A roundtable in a slot that the round picks, and a masterclass with fewer seats than wishes."""
    first, second = session.scalars(
        sa.select(Block).where(Block.event_id == event.id).order_by(Block.starts_at)
    ).all()
    table = SessionDetails(
        kind=SessionKind.ROUNDTABLE,
        title="Roundtable: the first order",
        description=(
            "What has to be true before a plant orders from a firm it does not know yet: references,"
            " guarantees, certificates. Everybody brings one question."
        ),
        starts_at=second.starts_at,
        ends_at=second.ends_at,
        seats=6,
        least=3,
        is_by_round=True,
        host_id=participations[HOST].id,
        block_id=second.id,
    )
    masterclass = SessionDetails(
        kind=SessionKind.MASTERCLASS,
        title="Masterclass: European rules for hydrogen",
        description="What counts as renewable, who certifies it, and what a buyer will ask for.",
        starts_at=first.starts_at - dt.timedelta(minutes=40),
        ends_at=first.starts_at - dt.timedelta(minutes=5),
        seats=4,
        is_by_round=True,
    )
    for details, guests in ((table, AT_THE_TABLE), (masterclass, IN_THE_MASTERCLASS)):
        row = add_session(session, event_id=event.id, details=details, actor_id=team.organiser.id, now=now)
        _wish(session, row, [(key, participations[key]) for key in guests if key in participations], now)


def _wish(
    session: Session, row: EventSession, those: Sequence[tuple[str, Participation]], now: dt.datetime
) -> None:
    for key, one in those:
        wish_seat(
            session, event_id=row.event_id, session_id=row.id, participation_id=one.id,
            is_strong=key in VERY_MUCH, actor_id=one.delegates[0].person_id, now=now,
        )  # fmt: skip
