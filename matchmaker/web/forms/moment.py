"""A moment typed as a wall-clock time of the event's zone."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext, lazy_gettext
from wtforms import Field
from wtforms.widgets import DateTimeLocalInput

from matchmaker.errors import MatchmakerError
from matchmaker.local_time import moments_of, to_moment
from matchmaker.web.errors import sentence
from matchmaker.web.forms import Form

TYPED = "%Y-%m-%dT%H:%M"


class ZonedForm(Form):
    """A form whose moments are typed in one zone."""

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        self.zone = zone  # before the fields are bound, which ask for it
        super().__init__(*args, **kwargs)


class MomentField(Field):
    """Its data is an aware moment in UTC; a time that exists twice is asked about (`twice`)."""

    widget = DateTimeLocalInput()
    data: Any

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        self.zone: str = kwargs["_form"].zone
        self.twice: tuple[tuple[int, str, bool], ...] = ()
        super().__init__(label, validators, **kwargs)

    def process_data(self, value: dt.datetime | None) -> None:
        """Take the moment of a row."""
        self.data = value
        if value is not None:
            self._ask(value.astimezone(ZoneInfo(self.zone)), value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed and, where the time exists twice, which of the two is meant."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            local = dt.datetime.strptime(valuelist[0].strip()[:16], TYPED)  # noqa: DTZ007 - a wall clock
        except ValueError as error:
            raise ValueError(gettext("Write a day and a time.")) from error
        which = int(valuelist[1]) if len(valuelist) > 1 and valuelist[1] in ("0", "1") else None
        try:
            self.data = to_moment(local, self.zone, which=which)
        except MatchmakerError as error:
            raise ValueError(sentence(error)) from error
        finally:
            self._ask(local, self.data)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.data.astimezone(ZoneInfo(self.zone)).strftime(TYPED)

    def _ask(self, local: dt.datetime, chosen: dt.datetime | None) -> None:
        moments = moments_of(local, self.zone)
        if len(moments) == 2:
            names = (lazy_gettext("the first one"), lazy_gettext("the second one"))
            self.twice = tuple(
                (number, f"{names[number]} ({moment.astimezone(ZoneInfo(self.zone)):%Z})", moment == chosen)
                for number, moment in enumerate(moments)
            )
