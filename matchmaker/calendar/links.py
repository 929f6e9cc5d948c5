"""Links that open a calendar on the web with the entry filled in; times in UTC."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from matchmaker.calendar.entry import CalendarEntry

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.office.com/calendar/0/deeplink/compose"


def google_link(entry: CalendarEntry) -> str:
    """Opens Google Calendar with a new entry."""
    span = "/".join(f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" for at in (entry.starts_at, entry.ends_at))
    values = {
        "action": "TEMPLATE",
        "text": entry.summary,
        "dates": span,
        "details": entry.description,
        "location": entry.location,
    }
    return f"{GOOGLE}?{urlencode(values)}"


def outlook_link(entry: CalendarEntry) -> str:
    """Opens Outlook on the web with a new entry."""
    starts_at, ends_at = (
        f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (entry.starts_at, entry.ends_at)
    )
    values = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": entry.summary,
        "startdt": starts_at,
        "enddt": ends_at,
        "body": entry.description,
        "location": entry.location,
    }
    return f"{OUTLOOK}?{urlencode(values)}"
