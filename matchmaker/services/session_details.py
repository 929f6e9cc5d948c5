"""What an organiser says of a session, and what it must keep to: roundtables, seats, places, times."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import N_, Conflict, Invalid
from matchmaker.models import Block, EventSession, Participation, ParticipationStatus, SessionKind
from matchmaker.services.event import check_within_days, find_event
from matchmaker.services.place import find_place

LEAST_GUESTS, MOST_GUESTS = 4, 12
"""Guests of a roundtable beside its host, unless said otherwise."""

FEWEST_AT_A_TABLE, LARGEST_TABLE = 2, 60
"""With one guest it is a meeting; with more than so many nobody talks with everybody."""


@dataclass(frozen=True)
class SessionDetails:
    """What an organiser says of a session; `seats` None is as many as come.

    With `is_by_round` people wish and a round gives the seats; with a `block` it also picks the slot, and
    until then start and end are those of the block. `place_ids` are those among which it chooses.
    """

    kind: SessionKind
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    description: str = ""
    place_id: int | None = None
    seats: int | None = None
    is_by_round: bool = False
    least: int | None = None
    host_id: int | None = None
    block_id: int | None = None
    place_ids: tuple[int, ...] = ()

    def columns(self) -> dict[str, Any]:
        """What is written into the session's own row."""
        return {name: value for name, value in vars(self).items() if name != "place_ids"}


def check_details(session: Session, *, event_id: int, details: SessionDetails) -> None:
    """Raise Invalid for what a session cannot be."""
    event = find_event(session, event_id=event_id)
    if not details.title:
        raise Invalid(N_("Give the session a title."), field="title")
    if details.seats is not None and details.seats < 1:
        raise Invalid(N_("Write a whole number, 1 or more, or leave it empty."), field="seats")
    if details.seats is not None and details.kind == SessionKind.BREAK:
        raise Invalid(N_("A break is for everybody and has no seats."), field="seats")
    _check_seats(details)
    if details.kind == SessionKind.ROUNDTABLE:
        _check_roundtable(session, event_id, details)
    elif details.block_id is not None or details.host_id is not None or details.place_ids:
        raise Invalid(N_("Only a roundtable has a host, and a time and place that the round picks."))
    for number in details.place_ids:
        find_place(session, event_id=event_id, place_id=number)
    if details.place_id is not None:
        find_place(session, event_id=event_id, place_id=details.place_id)
    check_within_days(event, details.starts_at, details.ends_at)


def settle(
    session: Session, *, event_id: int, details: SessionDetails, found: EventSession | None
) -> tuple[SessionDetails, bool]:
    """The details with their time and place, and whether the time is known; `found` has people in it.

    Whom a round has given seats keep the time and place that it picked, as long as they are still offered.
    """
    if details.kind != SessionKind.ROUNDTABLE:
        return details, True
    if found is not None and details.host_id != found.host_id:
        raise Conflict(
            N_("People of the host sit in this session already; it keeps its host."), field="host_id"
        )
    place_id = None if found is None else found.place_id
    if place_id is not None and details.place_ids and place_id not in details.place_ids:
        place_id = details.place_ids[0] if len(details.place_ids) == 1 else None
    if details.block_id is None:
        return replace(details, place_id=place_id), True
    if found is not None and found.block_id == details.block_id:
        kept = replace(details, starts_at=found.starts_at, ends_at=found.ends_at, place_id=place_id)
        return kept, found.has_time
    if found is not None:
        raise Conflict(N_("People have seats at its time; choose that time or delete it."), field="block_id")
    block = session.scalars(
        sa.select(Block).where(Block.id == details.block_id, Block.event_id == event_id)
    ).one()
    return replace(details, starts_at=block.starts_at, ends_at=block.ends_at, place_id=None), False


def _check_seats(details: SessionDetails) -> None:
    if not details.is_by_round:
        if details.least is not None:
            raise Invalid(N_("Only where the round gives the seats it can be held or not."), field="least")
        return
    if details.kind == SessionKind.BREAK:
        raise Invalid(N_("A break is for everybody and has no seats."), field="is_by_round")
    if details.seats is None:
        raise Invalid(N_("Say how many seats the round may give."), field="seats")
    if details.least is not None and not 1 <= details.least <= details.seats:
        raise Invalid(N_("Write a number between 1 and the number of seats."), field="least")


def _check_roundtable(session: Session, event_id: int, details: SessionDetails) -> None:
    if not details.is_by_round or details.seats is None or details.least is None:
        raise Invalid(N_("Say how many guests a roundtable has at least and at most."), field="seats")
    if details.seats > LARGEST_TABLE:
        raise Invalid(N_("A roundtable has at most %(most)s guests."), field="seats", most=LARGEST_TABLE)
    if details.least < FEWEST_AT_A_TABLE:
        raise Invalid(
            N_("A roundtable has at least %(least)s guests."), field="least", least=FEWEST_AT_A_TABLE
        )
    host = session.scalar(
        sa.select(Participation.id).where(
            Participation.id == details.host_id,
            Participation.event_id == event_id,
            Participation.status == ParticipationStatus.APPROVED,
        )
    )
    if host is None:
        raise Invalid(N_("Choose who hosts the roundtable: an approved participation."), field="host_id")
    if details.block_id is not None:
        block = session.scalar(
            sa.select(Block).where(Block.id == details.block_id, Block.event_id == event_id)
        )
        if block is None or block.place_id is not None:
            raise Invalid(N_("Choose a block that is not at a stand."), field="block_id")
