"""A real SMTP server that keeps what it is given, for tests that read the mails of people."""

from __future__ import annotations

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """Every mail that was delivered, whoever it was for.

    It refuses what it is told to: `refused` is address -> answer, `answers` are given to the next
    mails instead of taking them.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.answers: list[str] = []

    # the names of the next two are aiosmtpd's
    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the mail."""
        if self.answers:
            return self.answers.pop(0)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 kept"

    def wait_for(self, to: str, subject: str = "", *, seconds: float = 30) -> EmailMessage:
        """The newest mail to this address whose subject contains the words; waits until it is there."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in reversed(self.messages):
                if (
                    to.lower() in str(message["To"]).lower()
                    and subject.lower() in str(message["Subject"]).lower()
                ):
                    return message
            time.sleep(0.1)
        got = [(str(m["To"]), str(m["Subject"])) for m in self.messages]
        raise AssertionError(f"no mail to {to} about {subject!r} came; there are {got}")


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    part = message.get_body(("plain",))
    assert part is not None, "a mail without plain text"
    return str(part.get_content())


def links_of(message: EmailMessage) -> list[str]:
    """The addresses in a mail's plain text, in order."""
    return re.findall(r"https?://\S+", text_of(message))


def start_mail_server(mailbox: Mailbox | None = None) -> tuple[Controller, Mailbox]:
    """A mail server on a free port of the loopback address."""
    mailbox = mailbox or Mailbox()
    controller = _FreePortController(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    return controller, mailbox


class _FreePortController(Controller):
    """Knocks at the port that it got; aiosmtpd's own would knock at port 0."""

    def _trigger_server(self) -> None:
        self.port = port_of(self)
        super()._trigger_server()


def port_of(controller: Controller) -> int:
    """The port that the operating system chose."""
    server: Any = controller.server
    return int(server.sockets[0].getsockname()[1])
