"""The way to the mail server: smtp:// (with STARTTLS where the server offers it) or smtps://."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class UnsafeMailServer(smtplib.SMTPException):
    """The server would take the password in clear text."""


@contextmanager
def connected(url: str, *, timeout: float) -> Iterator[smtplib.SMTP]:
    """A session with the mail server of smtp[s]://user:password@host:port, closed at the end.

    Each answer of the server is waited for at most `timeout` seconds.
    """
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=timeout, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=timeout)
    try:
        is_safe = parts.scheme == "smtps" or _start_tls(server)
        if parts.username:
            if not is_safe and host not in LOCAL_HOSTS:
                raise UnsafeMailServer(f"{host} offers no encryption; the password was not sent to it")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server
    finally:
        _say_goodbye(server)


def _start_tls(server: smtplib.SMTP) -> bool:
    server.ehlo()
    if not server.has_extn("starttls"):
        return False
    server.starttls(context=ssl.create_default_context())
    server.ehlo()
    return True


def _say_goodbye(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()
