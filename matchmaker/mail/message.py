"""Puts a rendered mail into the form that travels: text, HTML, and a calendar entry where there is one."""

from __future__ import annotations

import datetime as dt
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from config import Config
from matchmaker.calendar.entry import from_arguments
from matchmaker.calendar.ics import agenda, invitation
from matchmaker.mail.render import RenderedMail, render
from matchmaker.mail.unsubscribe import unsubscribe_link
from matchmaker.models import OutboxMail


def compose(
    mail: OutboxMail, config: Config, *, reply_to: str | None, now: dt.datetime, passage: str = ""
) -> EmailMessage:
    """The whole message of an outbox row; its Message-ID is the row's, however often it is sent."""
    message = EmailMessage()
    rendered = render(mail, config, passage=passage)
    message["Subject"] = _one_line(rendered.subject)
    message["From"] = _address(config.mail_sender)
    message["To"] = Address(display_name=_one_line(mail.to_name), addr_spec=mail.to_email)
    if reply_to:
        message["Reply-To"] = reply_to
    message["Date"] = format_datetime(now)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    link = unsubscribe_link(mail, config)
    if link is not None:  # RFC 8058: the mail program posts there when the person presses its button
        message["List-Unsubscribe"] = f"<{link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    _fill(message, rendered, mail, config)
    return message


def _fill(message: EmailMessage, rendered: RenderedMail, mail: OutboxMail, config: Config) -> None:
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    # several at once are files only: a client answers at most one entry of a mail
    for number, arguments in enumerate(mail.arguments.get("calendars", ()), 1):
        entry = from_arguments(arguments, base_url=config.base_url)
        ics = invitation(entry, attendee_name=mail.to_name, attendee_email=mail.to_email)
        message.add_attachment(ics, maintype="application", subtype="ics", filename=f"meeting-{number}.ics")
    if mail.arguments.get("calendar_entries"):
        file = agenda(
            (from_arguments(row, base_url=config.base_url) for row in mail.arguments["calendar_entries"]),
            name=mail.arguments.get("event_name") or mail.arguments["event"],
        )
        message.add_attachment(file, maintype="text", subtype="calendar", filename="agenda.ics")
    if "calendar" not in mail.arguments:
        return
    entry = from_arguments(mail.arguments["calendar"], base_url=config.base_url)
    ics = invitation(entry, attendee_name=mail.to_name, attendee_email=mail.to_email)
    # as an alternative for clients that offer to answer it, as a file for those that do not
    message.add_alternative(ics.decode(), subtype="calendar", params={"method": entry.method})
    message.add_attachment(ics, maintype="application", subtype="ics", filename="meeting.ics")


def _one_line(text: str) -> str:
    """Names come from files and forms too: a break in one would end the header."""
    return " ".join(text.split())


def _address(sender: str) -> Address:
    name, address = parseaddr(sender)
    return Address(display_name=name, addr_spec=address)
