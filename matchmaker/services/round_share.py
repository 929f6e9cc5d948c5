"""Reads what each participation gets from a round, page by page."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import Organisation, Participation, Round, RoundShare
from matchmaker.services.round_review import PER_PAGE, LinePage


class ShareOrder(enum.StrEnum):
    """Which participations are read, and who comes first."""

    DISCOMFORT = "discomfort"
    PLACE_CHANGES = "place_changes"
    MISSING = "missing"


@dataclass(frozen=True)
class ShareLine:
    """A participation's share and its organisation's name."""

    share: RoundShare
    name: str


def read_shares(
    session: Session, *, round_: Round, order: ShareOrder, search: str, page: int
) -> LinePage[ShareLine]:
    """Those with meetings by discomfort or by changes of place, or those below their minimum."""
    chosen = (
        sa.select(RoundShare, Organisation.name)
        .join(Participation, Participation.id == RoundShare.participation_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(RoundShare.round_id == round_.id)
    )
    first: tuple[sa.ColumnElement[int], ...]
    if order == ShareOrder.MISSING:
        chosen = chosen.where(RoundShare.meetings < RoundShare.minimum)
        first = ((RoundShare.meetings - RoundShare.minimum).asc(),)
    elif order == ShareOrder.PLACE_CHANGES:
        chosen = chosen.where(RoundShare.meetings > 0)
        first = (RoundShare.place_changes.desc(),)
    else:
        chosen = chosen.where(RoundShare.meetings > 0)
        first = (RoundShare.discomfort.desc(), RoundShare.tolerable_minutes.desc())
    for word in search.split():
        chosen = chosen.where(Organisation.name.icontains(word, autoescape=True))
    total = session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PER_PAGE)))
    rows = session.execute(
        chosen.order_by(*first, sa.func.lower(Organisation.name), RoundShare.participation_id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return LinePage(tuple(ShareLine(share, name) for share, name in rows), total, page)
