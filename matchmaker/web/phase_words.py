"""The words of phases and gates, and what the phase bar shows."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from matchmaker import clock
from matchmaker.models import Change, ChangeKind, Event, Phase
from matchmaker.services.change import held_changes
from matchmaker.services.phase import NEXT, ORDER, view_phase
from matchmaker.services.restoration import held_since

PHASES: dict[Phase, tuple[object, object]] = {
    Phase.PROFILES: (_("Profiles"), _("Firms register and write what they offer and need.")),
    Phase.WISHES: (_("Wishes"), _("Both sides see their suggestions and say must, meet or never.")),
    Phase.DRAFT: (_("Draft"), _("Meetings are computed. Only you see them; try several runs.")),
    Phase.REVIEW: (_("Review"), _("Both sides look at their drafted meetings and say which fit.")),
    Phase.TOP_UP: (_("Top-up"), _("What both sides confirmed stays; free slots are filled again.")),
    Phase.PUBLISHED: (_("Published"), _("Everybody has an agenda, answers, and asks for more.")),
    Phase.LIVE: (_("Live"), _("Meetings take place; both sides say what became of them.")),
    Phase.CLOSED: (_("Closed"), _("The meetings are over; the results stay.")),
}

GATES: dict[Phase, object] = {
    Phase.WISHES: _("Open the suggestions"),
    Phase.DRAFT: _("Compute the meetings"),
    Phase.REVIEW: _("Open the review"),
    Phase.TOP_UP: _("Close the review and top up"),
    Phase.PUBLISHED: _("Publish the meetings"),
    Phase.LIVE: _("Begin the live phase"),
    Phase.CLOSED: _("Close the meetings"),
}

CHANGES: dict[ChangeKind, object] = {
    ChangeKind.OPEN_SUGGESTIONS: _("The suggestions of round %(number)s were opened."),
    ChangeKind.OPEN_REVIEW: _("The review of round %(number)s was opened."),
    ChangeKind.PUBLISH_ROUND: _("Round %(number)s was published."),
    ChangeKind.REPAIR: _("%(name)s was changed or deleted, and the meetings there were moved or cancelled."),
}

REPAIRED = _("A repair of round %(number)s was applied: meetings were moved, cancelled or added.")
REMOVED = _("%(name)s was removed from the delegates; the meetings were handed over, moved or cancelled.")
LEFT = _("%(name)s is no longer with %(organisation)s; the meetings were handed over, moved or cancelled.")
WITHDRAWN = _("%(name)s was withdrawn, and its coming meetings were cancelled.")
SEVERAL_WITHDRAWN = _("Several participations were withdrawn, and their coming meetings were cancelled.")

HeldLine = tuple[Change, str, str | None, int]

PROBLEMS: dict[str, object] = {
    "NoDraft": _("It waits: there is no draft with meetings yet."),
    "StillComputing": _("It waits until the run under way has ended."),
    "RunFailed": _("It waits: the run that it needs did not succeed."),
    "NotPublishable": _("It waits: some meetings would have nowhere to happen. Look at the places."),
    "RoundActive": _("It waits until the run under way has ended."),
}
WAITS = _("It waits: something stands in the way. Take it by hand to see what.")


def phase_name(phase: Phase) -> str:
    """What people call a phase."""
    return str(PHASES[phase][0])


def phase_bar(session: Session, event: Event) -> dict[str, Any]:
    """The variables of phase/_bar.html."""
    view = view_phase(session, event_id=event.id)
    return {
        "phases": view,
        "phase_order": ORDER,
        "phase_names": {phase: words[0] for phase, words in PHASES.items()},
        "phase_texts": {phase: words[1] for phase, words in PHASES.items()},
        "gate_names": GATES,
        "gate_problems": {
            phase: PROBLEMS.get(gate.problem, WAITS) for phase, gate in view.gates.items() if gate.problem
        },
        "next_phases": NEXT[view.phase],
        "held": held_lines(session, event),
        "restored_at": held_since(session),
    }


def held_lines(session: Session, event: Event) -> list[HeldLine]:
    """The lines of phase/_held.html: change, what was done, by whom, how many mails wait."""
    changes = held_changes(session, event_id=event.id, now=clock.now())
    return [
        (change, str(_words(change)) % {"number": "", "name": "", **change.details}, name, count)
        for change, name, count in changes
    ]


def _words(change: Change) -> object:
    if "repaired" in change.details:
        return REPAIRED
    if "left_organisation_id" in change.details:
        return LEFT
    if "participation_id" in change.details:
        return REMOVED
    if "withdrawn" not in change.details:
        return CHANGES[change.kind]
    return WITHDRAWN if change.details.get("name") else SEVERAL_WITHDRAWN
