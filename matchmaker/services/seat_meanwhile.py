"""Why a seat stands against undoing a change, in words that name the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from matchmaker.errors import N_
from matchmaker.models import EventSession, SessionKind
from matchmaker.services.change import AnsweredMeanwhile

ROUNDTABLE, MASTERCLASS = SessionKind.ROUNDTABLE, SessionKind.MASTERCLASS


class SeatMeanwhile(AnsweredMeanwhile):
    """Seats that would be given back are not as the change left them; `of_kind` names the kind of session."""

    of_kind: ClassVar[Mapping[SessionKind, str]] = {}

    def __init__(self, row: EventSession) -> None:
        super().__init__(self.of_kind.get(row.kind), title=row.title)


class SessionGone(AnsweredMeanwhile):
    """The session is no longer there."""

    message = N_(
        "A roundtable or session in which people had seats was deleted since then,"
        " so this can no longer be undone."
    )


class SeatsTaken(SeatMeanwhile):
    """Somebody has taken a seat, or given one back."""

    of_kind = {
        ROUNDTABLE: N_(
            "Seats at the roundtable %(title)s were taken or given back since then,"
            " so this can no longer be undone."
        ),
        MASTERCLASS: N_(
            "Seats in the masterclass %(title)s were taken or given back since then,"
            " so this can no longer be undone."
        ),
    }
    message = N_("Seats in %(title)s were taken or given back since then, so this can no longer be undone.")


class SitterBusy(SeatMeanwhile):
    """Somebody who would get a seat back sits somewhere else at that time."""

    of_kind = {
        ROUNDTABLE: N_(
            "Somebody who had a seat at the roundtable %(title)s has something else at that time by now,"
            " so this can no longer be undone."
        ),
        MASTERCLASS: N_(
            "Somebody who had a seat in the masterclass %(title)s has something else at that time by now,"
            " so this can no longer be undone."
        ),
    }
    message = N_(
        "Somebody who had a seat in %(title)s has something else at that time by now,"
        " so this can no longer be undone."
    )


class SitterGone(SeatMeanwhile):
    """Somebody who would get a seat back takes no part any more."""

    of_kind = {
        ROUNDTABLE: N_(
            "Somebody who had a seat at the roundtable %(title)s takes no part any more,"
            " so this can no longer be undone."
        ),
        MASTERCLASS: N_(
            "Somebody who had a seat in the masterclass %(title)s takes no part any more,"
            " so this can no longer be undone."
        ),
    }
    message = N_(
        "Somebody who had a seat in %(title)s takes no part any more, so this can no longer be undone."
    )


class HeldOtherwise(SeatMeanwhile):
    """It was planned anew, or its place is taken."""

    of_kind = {
        ROUNDTABLE: N_(
            "The roundtable %(title)s was planned anew since then, or its place is taken,"
            " so this can no longer be undone."
        ),
        MASTERCLASS: N_(
            "The masterclass %(title)s was planned anew since then, or its place is taken,"
            " so this can no longer be undone."
        ),
    }
    message = N_(
        "%(title)s was planned anew since then, or its place is taken, so this can no longer be undone."
    )
