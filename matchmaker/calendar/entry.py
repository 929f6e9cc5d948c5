"""One entry of a calendar as plain data, on its way from a service to a file or a mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
Status = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]


@dataclass(frozen=True)
class CalendarEntry:
    """A meeting or session as a calendar keeps it; times are aware.

    `uid` is the same for life; `sequence` is higher when time or place changed, so that calendars
    take the newer one; `stamped_at` is when this state was made.
    """

    uid: str
    sequence: int
    method: Method
    status: Status
    starts_at: dt.datetime
    ends_at: dt.datetime
    stamped_at: dt.datetime
    summary: str
    description: str
    location: str
    url: str
    organiser_name: str
    organiser_email: str


def from_arguments(arguments: dict[str, Any], *, base_url: str) -> CalendarEntry:
    """Read an entry from plain JSON: moments are ISO text, `page` and `room` are paths.

    `page` is the entry's own page; `room`, where there is one, leads into the video room.
    """
    page = base_url + arguments["page"]
    room = base_url + arguments["room"] if arguments["room"] else ""
    starts_at, ends_at, stamped_at = (
        dt.datetime.fromisoformat(arguments[name]) for name in ("starts_at", "ends_at", "stamped_at")
    )
    return CalendarEntry(
        uid=arguments["uid"],
        sequence=arguments["sequence"],
        method=arguments["method"],
        status=arguments["status"],
        starts_at=starts_at,
        ends_at=ends_at,
        stamped_at=stamped_at,
        summary=arguments["summary"],
        description="\n".join(line for line in (*arguments["lines"], room, page) if line),
        location=arguments["location"] or room,
        url=room or page,
        organiser_name=arguments["organiser_name"],
        organiser_email=arguments["organiser_email"],
    )
