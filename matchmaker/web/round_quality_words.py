"""The words and figures of a schedule's quality: the certificate's sentence, shares, minutes, points."""

from __future__ import annotations

import math

from flask import Blueprint
from flask_babel import format_decimal, lazy_gettext, ngettext
from flask_babel import gettext as _

from matchmaker.services.round_certificate import Certificate
from matchmaker.services.round_lapse import HandChange

RULES = {
    "forbidden": lazy_gettext("A pair meets that must not."),
    "slot_not_allowed": lazy_gettext("A meeting is in a slot that is not allowed for it."),
    "delegate_not_free": lazy_gettext("Somebody sits in a meeting who is not available then."),
    "two_places_at_once": lazy_gettext("Somebody is in two meetings at once."),
    "lock_moved": lazy_gettext("A locked meeting is not where it was locked."),
    "no_pause": lazy_gettext("Somebody has no pause between two meetings, though the rules ask for one."),
    "too_many_in_a_row": lazy_gettext("Somebody has more meetings in a row than the rules allow."),
    "maximum": lazy_gettext("A participation has more meetings than its limit."),
    "per_day": lazy_gettext("A participation has more meetings in a day than its limit."),
    "no_place": lazy_gettext("A meeting has no place."),
    "not_admitted": lazy_gettext("A meeting is at a place that does not admit it."),
    "place_full": lazy_gettext("A place holds more meetings at once than its capacity."),
    "must_be_placed": lazy_gettext("A meeting is missing that must be held."),
    "not_every_pair_once": lazy_gettext("A pair is missing or counted twice."),
    "miscounted": lazy_gettext("The value was counted wrongly."),
    "bound_not_proved": lazy_gettext("The stored prices do not prove the bound."),
    "certificate_invalid": lazy_gettext("The stored prices belong to no rule."),
    "objective_above_bound": lazy_gettext("The value lies above its bound."),
    "bound_without_proof": lazy_gettext("There is a bound without a proof."),
}

CHANGES = {
    HandChange.MOVED: lazy_gettext("moved"),
    HandChange.ENDED: lazy_gettext("no longer takes place"),
    HandChange.ADDED: lazy_gettext("added"),
}


def add_words(blueprint: Blueprint) -> None:
    """Give all templates these filters."""
    for function in (certificate_sentence, share_text, points, hours_text, change_text, decimal):
        blueprint.add_app_template_filter(function)


def certificate_sentence(certificate: Certificate) -> str:
    """How many meetings of at most how many, and how near the best possible value."""
    count = certificate.meetings
    if certificate.most is None:
        meetings = ngettext("%(num)s meeting", "%(num)s meetings", count)
    elif certificate.most <= count:
        meetings = ngettext(
            "%(num)s meeting, the most that can be", "%(num)s meetings, the most that can be", count
        )
    else:
        meetings = _("%(count)s of at most %(most)s meetings", count=count, most=certificate.most)
    if certificate.is_optimal:
        return _(
            "%(meetings)s; no schedule is worth more by this event's scores and rules.", meetings=meetings
        )
    return _(
        "%(meetings)s; within %(share)s of the best possible value by this event's scores and rules.",
        meetings=meetings,
        share=share_text(certificate.gap),
    )


def share_text(share: float) -> str:
    """A share as per cent with two figures that count, never rounded down: "0.81 %"."""
    percent = 100 * share
    if percent <= 0:
        return "0 %"
    digits = min(3, max(0, 1 - math.floor(math.log10(percent))))
    rounded = math.ceil(percent * 10**digits - 1e-9) / 10**digits
    return f"{format_decimal(rounded, format='#,##0.###')} %"


def points(thousandths: float) -> str:
    """A value: 1 is a meeting of two that fit perfectly."""
    return str(format_decimal(thousandths / 1000, format="#,##0.0##"))


def decimal(number: float) -> str:
    """A number without needless decimals."""
    return str(format_decimal(number, format="#,##0.##"))


def hours_text(minutes: int) -> str:
    """Minutes as hours and minutes: "2:20 h"."""
    return f"{minutes // 60}:{minutes % 60:02} h"


def change_text(change: HandChange) -> str:
    """What became of a meeting by hand."""
    return str(CHANGES[change])


def rule_text(violation: str) -> str:
    """A broken rule in words, from the checker's code with its arguments."""
    code = violation.split(" ", 1)[0]
    return str(RULES.get(code, code))
