"""The words of a round's codes: progress, failure, why a pair was left out, how good the schedule is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from matchmaker.models import Round
from matchmaker.web.formats import day, time_span

PROGRESS = {
    "": lazy_gettext("Waiting"),
    "starting": lazy_gettext("Starting"),
    "reading": lazy_gettext("Reading the event"),
    "encoding": lazy_gettext("Reading what everybody offers and needs"),
    "scoring": lazy_gettext("Comparing everybody with everybody"),
    "scheduling": lazy_gettext("Finding slots and places"),
    "proving": lazy_gettext("Proving how good the schedule is"),
    "explaining": lazy_gettext("Writing down the reasons"),
    "storing": lazy_gettext("Storing the result"),
    "done": lazy_gettext("Done"),
}

FORBIDDEN = {
    "veto": lazy_gettext("One of the two does not want to meet the other. They are not told."),
    "same_organisation": lazy_gettext("Both belong to the same organisation."),
    "groups_may_not_meet": lazy_gettext("Their groups may not meet."),
    "opted_out": lazy_gettext("One of the two does not want to be suggested."),
    "met_before": lazy_gettext("They have met, or one of the two declined or cancelled."),
    "met_earlier": lazy_gettext("They met at an earlier event, and the rules leave such pairs out."),
    "no_common_slot": lazy_gettext("There is no slot in which both are free."),
    "organiser": lazy_gettext("The organiser does not want them to meet."),
    "unfit": lazy_gettext("One of the two said in the review that it does not fit."),
}

REASONS = {
    "no_common_slot": lazy_gettext("There is no slot in which both are free."),
    "not_chosen": lazy_gettext("It would fit, but other meetings are worth more."),
    "no_delegate": lazy_gettext("%(names)s: nobody is named who would sit in the meeting."),
    "limit_reached": lazy_gettext("%(names)s: has all the meetings that the limits allow."),
    "outvoted_by": lazy_gettext("Outvoted by these meetings: %(meetings)s."),
    "in_gathering": lazy_gettext("Their people sit at roundtables or in sessions whenever both could meet."),
    "no_place": lazy_gettext("No place is free when both could meet: %(times)s."),
    "withdrawn_meanwhile": lazy_gettext("One of the two has withdrawn meanwhile."),
    "vetoed_meanwhile": lazy_gettext("One of the two said never meanwhile. They are not told."),
    "forbidden_meanwhile": lazy_gettext("The organiser does not want them to meet."),
    "unfit_in_review": lazy_gettext("One of the two said in the review that it does not fit."),
    "met_meanwhile": lazy_gettext("They agreed on a meeting by themselves meanwhile."),
    "gone_meanwhile": lazy_gettext("The slot, the place or a delegate is gone meanwhile."),
    "ended_meanwhile": lazy_gettext("The meeting ended meanwhile."),
    "pause_meanwhile": lazy_gettext("It would leave somebody of the two no pause to another meeting."),
    "slot_taken_meanwhile": lazy_gettext("Somebody of the two got another appointment at that time."),
    "place_taken_meanwhile": lazy_gettext("The place was taken by another meeting."),
}

SHORT = {
    "forbidden": lazy_gettext("Excluded by a rule or a wish"),
    "no_common_slot": lazy_gettext("No slot in common"),
    "no_delegate": lazy_gettext("Nobody is named who would sit in the meeting"),
    "limit_reached": lazy_gettext("A limit on meetings is reached"),
    "outvoted_by": lazy_gettext("Outvoted by other meetings"),
    "in_gathering": lazy_gettext("At roundtables or in sessions"),
    "no_place": lazy_gettext("No place is free at the common slots"),
    "not_chosen": lazy_gettext("Other meetings are worth more"),
    "meanwhile": lazy_gettext("Something changed meanwhile"),
}

WITHOUT = {
    "no_delegate": lazy_gettext("Nobody is named who would sit in meetings."),
    "never_available": lazy_gettext("Nobody of them is free in any slot."),
    "no_candidate": lazy_gettext("Nobody fits well enough, and nobody wished for a meeting."),
    "opted_out": lazy_gettext("They do not want to be suggested."),
    "forbidden": lazy_gettext("All who were wished for are excluded by rules or wishes."),
    "no_common_slot": lazy_gettext("No slot in common with those who fit."),
    "no_place": lazy_gettext("No place was free when they could meet."),
    "limit_reached": lazy_gettext("Those who fit have all the meetings that their limits allow."),
    "outvoted_by": lazy_gettext("Those who fit meet others who fit better."),
    "in_gathering": lazy_gettext("They sit at roundtables or in sessions whenever those who fit are free."),
    "not_chosen": lazy_gettext("Other meetings were worth more."),
}

FAILURES = {
    "gave_up": lazy_gettext(
        "It was begun %(attempts)s times and did not end. Look at the worker's log, then start it again."
    ),
    "unexpected": lazy_gettext(
        "Something went wrong on our side (%(error)s); the worker's log says more. Start it again."
    ),
    "forbidden_pair": lazy_gettext(
        "These meetings are locked, but must not be: %(pairs)s. Unlock or cancel them."
    ),
    "lock_impossible": lazy_gettext(
        "These meetings stand where they are not possible any more: %(pairs)s. Unlock or move them."
    ),
    "forced_impossible": lazy_gettext("These pairs cannot meet at all: %(pairs)s."),
    "overfull": lazy_gettext(
        "These meetings together exceed a place, a limit or somebody's time: %(pairs)s. Unlock or move some."
    ),
    "cannot_all_be_placed": lazy_gettext(
        "These locked meetings cannot all be held: %(pairs)s. Unlock or move some."
    ),
    "gatherings_impossible": lazy_gettext(
        "Promised seats at roundtables or in sessions cannot all be kept: somebody is no longer free then. "
        "Take the seat back, or change the time."
    ),
}


def progress_text(round_: Round) -> str:
    """What a round is doing."""
    return str(PROGRESS.get(round_.progress_code, PROGRESS[""]))


def failure_text(round_: Round, names: Mapping[int, str]) -> str:
    """Why a round failed, and what to do."""
    arguments = dict(round_.error_arguments)
    pairs = arguments.get("pairs", ())
    arguments["pairs"] = "; ".join(pair_text(pair, names) for pair in pairs)
    text = str(FAILURES.get(round_.error, FAILURES["unexpected"]))
    return text % {"attempts": "", "error": round_.error, **arguments}


def unplaced_text(
    reason: str,
    arguments: Mapping[str, Any],
    names: Mapping[int, str],
    slots: Mapping[int, tuple[dt.datetime, dt.datetime]],
    zone: str,
) -> str:
    """Why a pair was left out."""
    if reason == "forbidden":
        return str(FORBIDDEN.get(str(arguments.get("why")), FORBIDDEN["groups_may_not_meet"]))
    times = [time_span(*slots[number], zone) for number in arguments.get("slots", ()) if number in slots]
    told = {
        "names": ", ".join(names.get(number, "?") for number in arguments.get("participations", ())),
        "meetings": "; ".join(pair_text(pair, names) for pair in arguments.get("pairs", ())),
        "times": ", ".join(times),
    }
    return str(REASONS.get(reason, REASONS["not_chosen"])) % told


def ways_text(
    arguments: Mapping[str, Any],
    names: Mapping[int, str],
    slots: Mapping[int, tuple[dt.datetime, dt.datetime]],
    zone: str,
) -> list[str]:
    """What would have to give for a pair to meet, one sentence for each way."""
    told = []
    for way in arguments.get("ways", ()):
        if way["slot"] not in slots:
            continue
        start, end = slots[way["slot"]]
        when = f"{day(start, zone)}, {time_span(start, end, zone)}"
        meetings = "; ".join(pair_text(pair, names) for pair in way["pairs"])
        change = f"{way['change']:+.2f}"
        if meetings:
            told.append(
                _(
                    "%(when)s, instead of %(meetings)s (value %(change)s)",
                    when=when,
                    meetings=meetings,
                    change=change,
                )
            )
        else:
            told.append(_("%(when)s: it would fit there (value %(change)s)", when=when, change=change))
    return told


def reason_text(reason: str) -> str:
    """Why pairs were left out, without saying which."""
    return str(SHORT.get(reason, SHORT["meanwhile"]))


def without_text(code: str) -> str:
    """Why somebody has no meeting."""
    return str(WITHOUT.get(code, WITHOUT["not_chosen"]))


def pair_text(pair: Any, names: Mapping[int, str]) -> str:
    """Two names."""
    return " – ".join(names.get(side, "?") for side in pair)
