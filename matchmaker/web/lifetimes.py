"""How long a request waits, in words and as a choice."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from matchmaker.services.meeting_request import LIFETIMES, UNTIL_SLOT


def lifetime_words(minutes: int | None) -> str:
    """A lifetime as people say it; None and UNTIL_SLOT are the same."""
    if not minutes:
        return gettext("until the meeting would begin")
    if minutes < 60:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    if minutes < 24 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))


def lifetime_choices() -> list[tuple[int, str]]:
    """Every lifetime that can be chosen."""
    return [(minutes, lifetime_words(minutes)) for minutes in (*LIFETIMES, UNTIL_SLOT)]
