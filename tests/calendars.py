"""What the mails of a person bring for the calendar, as a mail program finds it in them."""

from __future__ import annotations

import icalendar
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.mail.message import compose
from matchmaker.models import OutboxMail


class CalendarMail:
    """Reads the messages of the mails that a person gets, each once."""

    def __init__(self, database: Database, config: Config, person_id: int) -> None:
        self._database, self._config, self._person_id, self._last = database, config, person_id, 0

    def read(self) -> list[bytes]:
        """The attached files of the mails since the last reading; what can be answered is one of them."""
        with self._database.reading() as session:
            mails = session.scalars(
                sa.select(OutboxMail)
                .where(OutboxMail.id > self._last, OutboxMail.person_id == self._person_id)
                .order_by(OutboxMail.id)
            ).all()
            messages = [compose(mail, self._config, reply_to=None, now=clock.now()) for mail in mails]
            self._last = max((mail.id for mail in mails), default=self._last)
        return [
            part.get_payload(decode=True)
            for message in messages
            for part in message.iter_attachments()
            if part.get_content_type() in ("text/calendar", "application/ics")
        ]

    def events(self) -> list[tuple[str, icalendar.Event]]:
        """The same, read: the method and each event."""
        calendars = [icalendar.Calendar.from_ical(text) for text in self.read()]
        return [(str(one["METHOD"]), event) for one in calendars for event in one.walk("VEVENT")]
