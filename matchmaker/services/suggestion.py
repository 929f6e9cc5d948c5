"""What a participation is shown: its own list, in the order of fit, with its own wishes and nobody else's."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from matchmaker.models import (
    Delegate,
    EntryKind,
    Organisation,
    Participation,
    Person,
    Round,
    Suggestion,
    Topic,
    Wish,
    WishKind,
)
from matchmaker.services.browsing import browsing_order
from matchmaker.services.history import EarlierMeeting, earlier_meetings
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.wish import wishable

PER_PAGE = 20


class Shown(enum.StrEnum):
    """Which part of a list is shown."""

    ALL = "all"
    OPEN = "open"
    MUST = "must"
    MEET = "meet"
    NEVER = "never"


@dataclass(frozen=True)
class OwnWish:
    """What the reader's side said; `organiser` names who said it where it was none of its own people."""

    kind: WishKind
    organiser: str | None = None


@dataclass(frozen=True)
class Card:
    """Another participation as the reader is shown it; without a suggestion it has no fit and no reasons.

    `theirs` and `ours` are the parts of both directions, (code, weight, arguments): why they interest the
    reader's side, and why it interests them, both computed without anybody's wishes.
    """

    id: int
    name: str
    kind: str
    country: str
    region: str
    sector: str
    website: str
    description: str
    is_confirmed: bool
    offers: tuple[tuple[str, str], ...]
    needs: tuple[tuple[str, str], ...]
    wish: OwnWish | None
    fit: float | None = None
    theirs: tuple[tuple[str, float, Mapping[str, Any]], ...] = ()
    ours: tuple[tuple[str, float, Mapping[str, Any]], ...] = ()
    confidence: str = "good"
    met: EarlierMeeting | None = None

    @property
    def is_thin(self) -> bool:
        """Whether the other profile names too little to be compared well."""
        return not (self.offers and self.needs)


@dataclass(frozen=True)
class CardPage:
    """One page of cards, how many there are of each kind, and whether there is more."""

    cards: tuple[Card, ...]
    counts: Mapping[Shown, int]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def opened_round(session: Session, *, event_id: int) -> Round | None:
    """The round whose suggestions are shown."""
    return session.scalar(
        sa.select(Round)
        .where(Round.event_id == event_id, Round.opened_at.is_not(None))
        .order_by(Round.opened_at.desc(), Round.id.desc())
        .limit(1)
    )


def read_suggestions(
    session: Session, *, participation: Participation, round_: Round, shown: Shown, search: str, page: int
) -> CardPage:
    """The participation's list and, behind it, those of whom it said something itself."""
    listed = {
        _other_of(row, participation.id): row for row in _suggestions(session, participation.id, round_.id)
    }
    wishes = own_wishes(session, participation=participation)
    order = [*listed, *(number for number in wishes if number not in listed)]
    present = _present(session, participation.event_id, order, search)
    order = [number for number in order if number in present]
    counts = {kind: sum(_is_shown(kind, wishes.get(number)) for number in order) for kind in Shown}
    order = [number for number in order if _is_shown(shown, wishes.get(number))]
    page = min(max(1, page), max(1, -(-len(order) // PER_PAGE)))
    part = order[(page - 1) * PER_PAGE : page * PER_PAGE]
    people = _read_participations(session, part)
    cards = tuple(_card(people[n], wishes.get(n), listed.get(n), participation.id) for n in part)
    return CardPage(_with_history(session, participation, cards), counts, len(order), page)


def read_others(session: Session, *, participation: Participation, search: str, page: int) -> CardPage:
    """Everybody whom the participation may meet: those of its browsing list first, the others by name."""
    chosen = wishable(session, participation=participation).join(
        Organisation, Organisation.id == Participation.organisation_id
    )
    for word in search.split():
        chosen = chosen.where(_contains(word))
    total = session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PER_PAGE)))
    order = {
        number: at for at, number in enumerate(browsing_order(session, participation_id=participation.id))
    }
    first = [sa.case(order, value=Participation.id, else_=len(order))] if order else []
    part = session.scalars(
        chosen.with_only_columns(Participation.id)
        .order_by(*first, sa.func.lower(Organisation.name), Participation.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    people = _read_participations(session, part)
    wishes = own_wishes(session, participation=participation)
    cards = tuple(_card(people[number], wishes.get(number), None, participation.id) for number in part)
    return CardPage(_with_history(session, participation, cards), {}, total, page)


def read_cards(
    session: Session, *, participation: Participation, other_ids: Collection[int]
) -> dict[int, Card]:
    """The reasons for meeting each of these, from the newest round that both sides may know of."""
    a_id, b_id = Suggestion.participation_a_id, Suggestion.participation_b_id
    rows = session.scalars(
        sa.select(Suggestion)
        .join(Round, Round.id == Suggestion.round_id)
        .where(
            sa.or_(
                sa.and_(a_id == participation.id, b_id.in_(other_ids)),
                sa.and_(b_id == participation.id, a_id.in_(other_ids)),
            ),
            sa.or_(Round.opened_at.is_not(None), Round.published_at.is_not(None)),
        )
        .order_by(Suggestion.round_id)
    )
    newest = {_other_of(row, participation.id): row for row in rows}
    people = _read_participations(session, list(newest))
    return {n: _card(people[n], None, row, participation.id) for n, row in newest.items()}


def own_wishes(session: Session, *, participation: Participation) -> dict[int, OwnWish]:
    """What the participation itself says of others, by their ids, the newest first."""
    own = sa.select(Delegate.person_id).where(Delegate.participation_id == participation.id)
    rows = session.execute(
        sa.select(Wish.to_id, Wish.kind, Person.name, Wish.said_by_id.in_(own))
        .outerjoin(Person, Person.id == Wish.said_by_id)
        .where(Wish.from_id == participation.id)
        .order_by(Wish.said_at.desc(), Wish.to_id)
    )
    return {to: OwnWish(kind, None if is_own else name) for to, kind, name, is_own in rows}


def topic_labels(session: Session, *, event_id: int, language: str) -> dict[str, str]:
    """The event's topics in the reader's language, by code."""
    rows = session.scalars(sa.select(Topic).where(Topic.event_id == event_id))
    return {row.code: row.label(language) for row in rows}


def _suggestions(session: Session, participation_id: int, round_id: int) -> Sequence[Suggestion]:
    mine = sa.or_(
        sa.and_(Suggestion.participation_a_id == participation_id, Suggestion.rank_a > 0),
        sa.and_(Suggestion.participation_b_id == participation_id, Suggestion.rank_b > 0),
    )
    rows = session.scalars(sa.select(Suggestion).where(Suggestion.round_id == round_id, mine)).all()

    def place(row: Suggestion) -> int:
        return row.rank_a if row.participation_a_id == participation_id else row.rank_b

    return sorted(rows, key=place)


def _other_of(row: Suggestion, participation_id: int) -> int:
    is_a = row.participation_a_id == participation_id
    return row.participation_b_id if is_a else row.participation_a_id


def _present(session: Session, event_id: int, numbers: Sequence[int], search: str) -> frozenset[int]:
    """Those of the numbers that are still there and that the search finds."""
    chosen = participations_for_rounds(event_id).where(Participation.id.in_(numbers))
    if search:
        chosen = chosen.join(Organisation, Organisation.id == Participation.organisation_id)
        for word in search.split():
            chosen = chosen.where(_contains(word))
    return frozenset(session.scalars(chosen.with_only_columns(Participation.id)))


def _contains(word: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        *(
            column.icontains(word, autoescape=True)
            for column in (
                Organisation.name,
                Participation.description,
                Participation.sector,
                Participation.region,
            )
        )
    )


def _is_shown(kind: Shown, wish: OwnWish | None) -> bool:
    if kind == Shown.ALL:
        return True
    return wish is None if kind == Shown.OPEN else wish is not None and wish.kind.value == kind.value


def _read_participations(session: Session, numbers: Sequence[int]) -> dict[int, Participation]:
    rows = session.scalars(
        sa.select(Participation)
        .where(Participation.id.in_(numbers))
        .options(selectinload(Participation.organisation), selectinload(Participation.entries))
    )
    return {row.id: row for row in rows}


def _card(row: Participation, wish: OwnWish | None, suggestion: Suggestion | None, reader_id: int) -> Card:
    entries: dict[EntryKind, list[tuple[str, str]]] = {EntryKind.OFFER: [], EntryKind.NEED: []}
    for entry in row.entries:
        entries[entry.kind].append((entry.title, entry.language))
    card = Card(
        id=row.id,
        name=row.organisation.name,
        kind=row.organisation.kind.value,
        country=row.country,
        region=row.region,
        sector=row.sector,
        website=row.website,
        description=row.description,
        is_confirmed=row.confirmed_at is not None,
        offers=tuple(entries[EntryKind.OFFER]),
        needs=tuple(entries[EntryKind.NEED]),
        wish=wish,
    )
    return card if suggestion is None else _with_reasons(card, suggestion, reader_id)


def _with_history(
    session: Session, participation: Participation, cards: tuple[Card, ...]
) -> tuple[Card, ...]:
    """The cards with where the two organisations met before: both sides know that."""
    met = earlier_meetings(
        session,
        event=participation.event,
        participation=participation,
        other_ids=[card.id for card in cards],
    )
    return tuple(replace(card, met=met.get(card.id)) for card in cards)


def _with_reasons(card: Card, suggestion: Suggestion, reader_id: int) -> Card:
    is_a = suggestion.participation_a_id == reader_id
    explanation = suggestion.explanation
    forth, back = ("ab", "ba") if is_a else ("ba", "ab")
    return replace(
        card,
        fit=suggestion.fit,
        theirs=tuple((code, weight, values) for code, weight, values in explanation[forth]),
        ours=tuple((code, weight, values) for code, weight, values in explanation[back]),
        confidence=explanation["confidence"],
    )
