"""The tabs of an event: for its team, and for each participation of the person.

A tab is shown when its endpoint exists and its rule admits the person, so that each noun adds
its line here and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext as _

from matchmaker.models import Organisation, Participation, ParticipationStatus
from matchmaker.permissions import (
    Standing,
    can_edit_event,
    can_list_participations,
    can_run_rounds,
    is_logged_in,
    is_on_team,
    is_organiser,
)
from matchmaker.web.storage import reading


@dataclass(frozen=True)
class Tab:
    """A tab: its words, where it leads, who sees it, and the blueprints or endpoints that belong to it."""

    label: str
    endpoint: str
    rule: Callable[[Standing], bool]
    pages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shown:
    """A tab as the template needs it."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class OwnParticipation:
    """A participation whose pages the person may open, by its organisation's name."""

    id: int
    name: str


SETUP_PAGES = frozenset({"event.rules", "block", "shift", "place", "group", "event_session", "topic"})
PARTICIPATION_PAGES = frozenset({"participation", "participant_import"})
AGENDA_PAGES = frozenset(
    {"agenda", "meeting", "meeting_request", "meeting_request_ask", "review", "video_room"}
)
PROFILE_PAGES = frozenset(
    {"entry", "delegate", "participation.edit", "participation.preview", "participation.leave"}
)

TEAM_TABS = (
    Tab(_("Overview"), "event.overview", is_on_team),
    Tab(_("Set-up"), "event.edit", can_edit_event, SETUP_PAGES),
    Tab(_("Participations"), "participation.index", can_list_participations, PARTICIPATION_PAGES),
    Tab(
        _("Rounds"),
        "round.index",
        is_on_team,
        frozenset(
            {
                "round",
                "phase",
                "pair_rule",
                "round_quality",
                "round_capacity",
                "round_repair",
                "round_tidy",
                "learned_weights",
            }
        ),
    ),
    Tab(
        _("Meetings"),
        "meeting_list.index",
        is_on_team,
        frozenset({"meeting_list", "meeting", "place_plan", "waiting_list"}),
    ),
    Tab(_("Results"), "result.show", is_on_team, frozenset({"result"})),
    Tab(_("Mails"), "outbox.index", can_run_rounds, frozenset({"outbox", "mail_preview"})),
    Tab(_("Team"), "team.index", is_organiser, frozenset({"team"})),
    Tab(_("History"), "audit.index", is_on_team),
)

SETUP_TABS = (
    Tab(_("Event"), "event.edit", can_edit_event),
    Tab(_("Rules"), "event.rules", can_edit_event),
    Tab(_("Times"), "block.index", can_edit_event, frozenset({"block", "shift"})),
    Tab(_("Places"), "place.index", can_edit_event, frozenset({"place"})),
    Tab(_("Groups"), "group.index", can_edit_event, frozenset({"group"})),
    Tab(_("Sessions"), "event_session.index", can_edit_event, frozenset({"event_session"})),
    Tab(_("Topics"), "topic.index", can_edit_event, frozenset({"topic"})),
)

# an endpoint with a participation_id gets the participation that the reader looks at
PARTICIPANT_TABS = (
    Tab(_("Profile"), "participation.profile", is_logged_in, PROFILE_PAGES),
    Tab(_("Suggestions"), "suggestion.index", is_logged_in, frozenset({"suggestion", "wish"})),
    Tab(
        _("Agenda"),
        "agenda.show",
        is_logged_in,
        AGENDA_PAGES,
    ),
    Tab(_("Programme"), "event_session.programme", is_logged_in),
)

# pages with a tab of their own belong to no other tab of the same row
OWN_TAB = frozenset(tab.endpoint for tab in (*TEAM_TABS, *PARTICIPANT_TABS)) | PROFILE_PAGES


def init_navigation(app: Flask) -> None:
    """Give templates the tabs."""
    for function in (
        team_tabs,
        setup_tabs,
        participant_tabs,
        own_participations,
        current_participation_id,
        switch_url,
        has_endpoint,
    ):
        app.add_template_global(function)


def has_endpoint(endpoint: str) -> bool:
    """Whether such a page exists in this installation."""
    return endpoint in current_app.view_functions


def team_tabs() -> list[Shown]:
    """The tabs of those who run the event."""
    return _shown(TEAM_TABS, participation_id=None)


def setup_tabs() -> list[Shown]:
    """The pages of the set-up."""
    return _shown(SETUP_TABS, participation_id=None)


def participant_tabs() -> list[Shown]:
    """The tabs of the participation that the reader looks at or, elsewhere, of the reader's first."""
    current = current_participation_id()
    return [] if current is None else _shown(PARTICIPANT_TABS, participation_id=current)


def current_participation_id() -> int | None:
    """The path's participation, else the reader's first of the event."""
    named = (request.view_args or {}).get("participation_id")
    if named is not None:
        return int(named)
    own = own_participations()
    return own[0].id if own else None


def own_participations() -> list[OwnParticipation]:
    """The reader's participations of this event, and that of the path where the reader acts for it."""
    if "own_participations" not in g:
        g.own_participations = _read_own_participations()
    found: list[OwnParticipation] = g.own_participations
    return found


def switch_url(participation_id: int) -> str:
    """The present page for another participation; its first tab where the page speaks of more."""
    values = dict(request.view_args or {})
    if set(values) == {"event_slug", "participation_id"} and request.endpoint:
        return url_for(request.endpoint, **{**values, "participation_id": participation_id})
    tabs = _shown(PARTICIPANT_TABS, participation_id=participation_id)
    return tabs[0].url


def _read_own_participations() -> list[OwnParticipation]:
    standing: Standing = g.standing
    named = (request.view_args or {}).get("participation_id")
    numbers = standing.managed | standing.delegated | ({named} if named is not None else set())
    if not numbers:
        return []
    rows = reading().execute(
        sa.select(Participation.id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(
            Participation.event_id == g.event.id,
            Participation.id.in_(numbers),
            sa.or_(Participation.status != ParticipationStatus.WITHDRAWN, Participation.id == named),
        )
        .order_by(Organisation.name)
    )
    return [OwnParticipation(row.id, row.name) for row in rows]


def _shown(tabs: tuple[Tab, ...], *, participation_id: int | None) -> list[Shown]:
    shown = []
    for tab in tabs:
        if not has_endpoint(tab.endpoint) or not tab.rule(g.standing):
            continue
        values = {"event_slug": g.event.slug}
        if _wants_participation(tab.endpoint):
            values["participation_id"] = participation_id
        shown.append(Shown(str(tab.label), url_for(tab.endpoint, **values), _is_current(tab)))
    return shown


def _is_current(tab: Tab) -> bool:
    if request.endpoint == tab.endpoint or request.endpoint in tab.pages:
        return True
    return request.blueprint in tab.pages and request.endpoint not in OWN_TAB


def _wants_participation(endpoint: str) -> bool:
    rules = current_app.url_map.iter_rules(endpoint)
    return any("participation_id" in rule.arguments for rule in rules)
