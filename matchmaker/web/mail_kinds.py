"""What people call the kinds of mails."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

KINDS: dict[str, object] = {
    "agenda_changed": _("Agenda changed"),
    "agenda_published": _("Agenda published"),
    "already_registered": _("Registered already"),
    "ask_to_join": _("Somebody asks to join"),
    "change_email": _("Confirm the new address"),
    "confirm_email": _("Confirm the address"),
    "delegate_added": _("Named as a delegate"),
    "email_changed": _("Address changed"),
    "invitation": _("Invitation"),
    "invitation_reminder": _("Reminder of the invitation"),
    "join_answered": _("Answer to a request to join"),
    "join_event_team": _("Invitation to the event's team"),
    "join_organisation": _("Invitation to an organisation"),
    "meeting_cancelled": _("Meeting cancelled"),
    "meeting_confirmed": _("Meeting confirmed"),
    "meeting_declined": _("Meeting declined"),
    "meeting_delegate_switched": _("Somebody else comes to a meeting"),
    "meeting_expired": _("Meeting not accepted in time"),
    "meeting_moved": _("Meeting moved"),
    "organisations_merged": _("Organisations merged"),
    "participation_approved": _("Participation approved"),
    "participation_registered": _("Registration waits for approval"),
    "password_changed": _("Password changed"),
    "reminder_changed": _("Summary of a day with several changes"),
    "reminder_profile": _("Reminder of what a profile lacks"),
    "reminder_start": _("Reminder before the meetings"),
    "reminder_unanswered": _("Reminder of what waits for an answer"),
    "reminder_wishes": _("Reminder of the wishes"),
    "request_countered": _("Another time proposed"),
    "request_declined": _("Request declined"),
    "request_expired": _("Request expired"),
    "request_received": _("Request for a meeting"),
    "reset_password": _("New password"),
    "review_open": _("Review of drafted meetings"),
    "right_granted": _("Right granted"),
    "session_cancelled": _("Session cancelled"),
    "session_moved": _("Session moved"),
    "seat_given": _("Seat given"),
    "seat_given_back": _("Seat given back"),
    "slot_offered": _("A freed time offered"),
    "suggestions_open": _("Suggestions open"),
}


def mail_kind(kind: str) -> str:
    """What people call this kind; the folder's own words where it has no name yet."""
    return str(KINDS.get(kind) or kind.replace("_", " ").capitalize())


def init_mail_kinds(app: Flask) -> None:
    """Give templates the function."""
    app.add_template_global(mail_kind)
