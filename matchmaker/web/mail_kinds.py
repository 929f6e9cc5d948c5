"""What people call the kinds of mails."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

KINDS: dict[str, object] = {
    "confirm_email": _("Confirm the address"),
    "already_registered": _("Registered already"),
    "reset_password": _("New password"),
    "meeting_confirmed": _("Meeting confirmed"),
    "meeting_declined": _("Meeting declined"),
    "meeting_cancelled": _("Meeting cancelled"),
    "meeting_moved": _("Meeting moved"),
    "meeting_delegate_switched": _("Somebody else comes to a meeting"),
    "request_received": _("Request for a meeting"),
    "request_declined": _("Request declined"),
    "request_expired": _("Request expired"),
}


def mail_kind(kind: str) -> str:
    """What people call this kind; the folder's own words where it has no name yet."""
    return str(KINDS.get(kind) or kind.replace("_", " ").capitalize())


def init_mail_kinds(app: Flask) -> None:
    """Give templates the function."""
    app.add_template_global(mail_kind)
