"""The whole policy as small pure sentences about what a person's rows say (the Standing).

Each sentence takes the standing and, where it speaks of one thing, that thing. Rights come from
rows; the administrator of the installation sees no private wishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Standing:
    """What the rows say of one person, for one event where there is one."""

    person_id: int | None
    is_administrator: bool = False
    may_create_events: bool = False
    event_role: str | None = None
    edits_event: bool = False
    manages_participations: bool = False
    runs_rounds: bool = False
    managed: frozenset[int] = frozenset()
    delegated: frozenset[int] = frozenset()
    brought: frozenset[int] = frozenset()
    organisations_managed: frozenset[int] = frozenset()
    organisations: frozenset[int] = frozenset()
    organisations_hosted: frozenset[int] = frozenset()


class HasId(Protocol):
    """Anything with a row number."""

    @property
    def id(self) -> int:
        """The row number."""


class TwoSided(Protocol):
    """A meeting between two participations."""

    @property
    def participation_a_id(self) -> int:
        """The side with the smaller number."""

    @property
    def participation_b_id(self) -> int:
        """The side with the larger number."""


class FromTo(Protocol):
    """A request from one participation to another."""

    @property
    def from_id(self) -> int:
        """Who asks."""

    @property
    def to_id(self) -> int:
        """Who is asked."""


class Sitting(Protocol):
    """A delegate: a person of a participation."""

    @property
    def participation_id(self) -> int:
        """Whom the person sits for."""

    @property
    def person_id(self) -> int:
        """The person."""


def is_logged_in(standing: Standing) -> bool:
    """Anybody with a log-in."""
    return standing.person_id is not None


def is_administrator(standing: Standing) -> bool:
    """Administrators of the installation."""
    return standing.is_administrator


def can_create_events(standing: Standing) -> bool:
    """Those whom an administrator gave the right."""
    return standing.may_create_events or standing.is_administrator


def is_on_team(standing: Standing) -> bool:
    """The organiser and co-organisers."""
    return standing.event_role in {"organiser", "co_organiser"}


def is_organiser(standing: Standing) -> bool:
    """The organiser, who also chooses the team."""
    return standing.event_role == "organiser"


def can_see_draft(standing: Standing) -> bool:
    """Everybody who has a part in the event already: its team, and those whom it invited."""
    return standing.event_role is not None or bool(standing.managed | standing.delegated)


def can_edit_event(standing: Standing) -> bool:
    """The organiser, and co-organisers with that right."""
    return is_organiser(standing) or (is_on_team(standing) and standing.edits_event)


def can_manage_participations(standing: Standing) -> bool:
    """The organiser, and co-organisers with that right."""
    return is_organiser(standing) or (is_on_team(standing) and standing.manages_participations)


def can_list_participations(standing: Standing) -> bool:
    """The team, and enablers (who see only the firms that they bring)."""
    return is_on_team(standing) or standing.event_role == "enabler"


def can_bring_participations(standing: Standing) -> bool:
    """Those who manage participations, and enablers."""
    return can_manage_participations(standing) or standing.event_role == "enabler"


def can_invite(standing: Standing, participation: HasId) -> bool:
    """Those who manage participations, and the enabler who brought this one."""
    return participation.id in standing.brought or can_manage_participations(standing)


def can_run_rounds(standing: Standing) -> bool:
    """The organiser, and co-organisers with that right."""
    return is_organiser(standing) or (is_on_team(standing) and standing.runs_rounds)


def can_choose_weights(standing: Standing) -> bool:
    """The organiser, who answers for what an event makes of people's profiles."""
    return is_organiser(standing)


def can_see_participation(standing: Standing, participation: HasId) -> bool:
    """Its own people, the team, and the enabler who brought it."""
    own = standing.managed | standing.delegated | standing.brought
    return participation.id in own or is_on_team(standing)


def can_edit_participation(standing: Standing, participation: HasId) -> bool:
    """Its manager, those who manage participations, and the enabler who brought it."""
    return participation.id in standing.managed | standing.brought or can_manage_participations(standing)


def can_state_availability(standing: Standing, delegate: Sitting) -> bool:
    """The delegate, and whoever edits its participation."""
    edited = standing.managed | standing.brought
    is_editor = delegate.participation_id in edited or can_manage_participations(standing)
    return delegate.person_id == standing.person_id or is_editor


def can_say_wishes(standing: Standing, participation: HasId) -> bool:
    """Its own people, and organisers for them (visibly); wishes are nobody else's business."""
    return participation.id in standing.managed | standing.delegated or can_manage_participations(standing)


def can_see_agenda(standing: Standing, participation: HasId) -> bool:
    """Whoever sees the participation."""
    return can_see_participation(standing, participation)


def can_see_meeting(standing: Standing, meeting: TwoSided) -> bool:
    """The people of either side, the team, and the enabler who brought one of them."""
    own = standing.managed | standing.delegated | standing.brought
    is_side = meeting.participation_a_id in own or meeting.participation_b_id in own
    return is_side or is_on_team(standing)


def can_enter_room(standing: Standing, meeting: TwoSided) -> bool:
    """The people of either side, and the team."""
    own = standing.managed | standing.delegated
    is_side = meeting.participation_a_id in own or meeting.participation_b_id in own
    return is_side or is_on_team(standing)


def can_answer(standing: Standing, meeting: TwoSided) -> bool:
    """The people of either side, and organisers for them."""
    own = standing.managed | standing.delegated
    is_side = meeting.participation_a_id in own or meeting.participation_b_id in own
    return is_side or can_manage_participations(standing)


def can_rate(standing: Standing, meeting: TwoSided) -> bool:
    """The people of either side alone: what they say of its usefulness is not for organisers."""
    own = standing.managed | standing.delegated
    return meeting.participation_a_id in own or meeting.participation_b_id in own


def can_see_request(standing: Standing, request: FromTo) -> bool:
    """The people of either side, and organisers for them."""
    own = standing.managed | standing.delegated
    return request.from_id in own or request.to_id in own or can_manage_participations(standing)


def can_answer_request(standing: Standing, request: FromTo) -> bool:
    """The people of either side, who answer in turn, and organisers for them."""
    return can_see_request(standing, request)


def can_withdraw_request(standing: Standing, request: FromTo) -> bool:
    """The people who asked, and organisers for them."""
    return request.from_id in standing.managed | standing.delegated or can_manage_participations(standing)


def acts_for(standing: Standing, participation_id: int) -> bool:
    """A participation's own people, and organisers for them."""
    return participation_id in standing.managed | standing.delegated or can_manage_participations(standing)


def can_undo_changes(standing: Standing) -> bool:
    """Those who make changes whose mails are held back."""
    return can_run_rounds(standing) or can_edit_event(standing)


def can_see_organisation(standing: Standing, organisation: HasId) -> bool:
    """Its people, and administrators."""
    return organisation.id in standing.organisations or standing.is_administrator


def can_manage_organisation(standing: Standing, organisation: HasId) -> bool:
    """Its managers, and administrators."""
    return organisation.id in standing.organisations_managed or standing.is_administrator


def can_answer_askers(standing: Standing, organisation: HasId) -> bool:
    """Those who manage the organisation, and organisers of its events, who let people in."""
    is_host = organisation.id in standing.organisations_hosted
    return is_host or can_manage_organisation(standing, organisation)


def can_merge_organisation(standing: Standing, organisation: HasId) -> bool:
    """Administrators, and organisers of its events."""
    return organisation.id in standing.organisations_hosted or standing.is_administrator
