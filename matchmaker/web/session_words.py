"""Why a session is not held, and why somebody got no seat, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext

NOT_HELD = {
    "few_wishes": lazy_gettext("Fewer would like a seat than it needs."),
    "few_free": lazy_gettext("Fewer of those who would like a seat are free at the same time than it needs."),
    "host_not_free": lazy_gettext("Nobody of the host is free when it could be held."),
    "host_gone": lazy_gettext("Its host does not take part in this round."),
    "no_slot": lazy_gettext("None of its slots lies ahead."),
    "outvoted": lazy_gettext("The meetings or places that it would need are worth more."),
}

WITHOUT_SEAT = {
    "not_held": lazy_gettext("it is not held"),
    "not_free": lazy_gettext("nobody of them is free at its time"),
    "full": lazy_gettext("all seats are taken by others"),
    "outvoted": lazy_gettext("their people meet somebody then"),
    "never": lazy_gettext("a never between them and the host"),
    "barred": lazy_gettext("kept apart from the host"),
    "apart": lazy_gettext("kept apart from somebody else who would like a seat"),
    "not_in_round": lazy_gettext("they do not take part in rounds"),
    "not_selected": lazy_gettext("the run was for others"),
}


OWN_REASONS = {
    "full": lazy_gettext("All seats are taken."),
    "not_held": lazy_gettext("It is not held."),
    "not_free": lazy_gettext("Nobody of you is free then."),
    "not_proposed": lazy_gettext("The round did not propose it."),
}
"""What the participation itself reads; it infers no never from it: see services/seat_reason.py."""


def seat_reason(code: str) -> str:
    """Why the reader's own participation has no seat."""
    return str(OWN_REASONS.get(code, OWN_REASONS["not_proposed"]))


def not_held_text(code: str) -> str:
    """Why a session is not held."""
    return str(NOT_HELD.get(code, NOT_HELD["outvoted"]))


def without_seat_text(code: str) -> str:
    """Why somebody who would like a seat has none."""
    return str(WITHOUT_SEAT.get(code, WITHOUT_SEAT["outvoted"]))
