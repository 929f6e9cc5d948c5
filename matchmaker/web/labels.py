"""The words of enums, in the reader's language."""

from __future__ import annotations

import enum

from flask_babel import lazy_gettext as _

from matchmaker.services.choices import Stage
from matchmaker.services.place import PlaceProblem

LABELS: dict[str, dict[str, object]] = {
    "OrganisationKind": {
        "startup": _("Startup"),
        "corporate": _("Corporate"),
        "research": _("Research institute"),
        "investor": _("Investor"),
        "public": _("Public body"),
        "enabler": _("Enabler (accelerator, chamber, hub)"),
    },
    "InstallationRight": {
        "administrator": _("Administrator"),
        "create_events": _("May create events"),
    },
    "MemberRole": {"manager": _("Manager"), "member": _("Member")},
    "MemberStatus": {"asked": _("Asked to join"), "active": _("Active"), "refused": _("Refused")},
    "EventFormat": {"virtual": _("Virtual"), "on_site": _("On site"), "hybrid": _("Hybrid")},
    "EventStatus": {
        "draft": _("Draft"),
        "open": _("Open for registration"),
        "closed": _("Registration closed"),
    },
    "Approval": {"by_hand": _("By hand"), "automatic": _("Automatically")},
    "EventRoleKind": {
        "organiser": _("Organiser"),
        "co_organiser": _("Co-organiser"),
        "enabler": _("Enabler"),
        "desk": _("Desk on site"),
    },
    "PlaceKind": {"booth": _("Booth"), "table": _("Table"), "room": _("Room"), "video": _("Video room")},
    "SessionKind": {
        "break": _("Break"),
        "talk": _("Talk"),
        "masterclass": _("Masterclass"),
        "site_visit": _("Site visit"),
        "roundtable": _("Roundtable"),
    },
    "ParticipationStatus": {
        "invited": _("Invited"),
        "registered": _("Registered"),
        "approved": _("Approved"),
        "withdrawn": _("Withdrawn"),
    },
    "Origin": {
        "self": _("Registered online"),
        "imported": _("Imported"),
        "organiser": _("Added by the organiser"),
        "enabler": _("Brought by an enabler"),
    },
    "EntryKind": {"offer": _("Offer"), "need": _("Need")},
    "Stage": {
        "idea": _("Idea"),
        "prototype": _("Prototype"),
        "pilot": _("Pilot"),
        "market": _("On the market"),
        "growth": _("Growth"),
    },
    "Missing": {
        "needs": _("What you need"),
        "offers": _("What you offer"),
        "description": _("A description of two or three sentences"),
        "topics": _("Topics of every offer and need"),
        "wanted": _("Whom you want to meet"),
        "languages": _("Languages you speak"),
        "sector": _("Sector"),
        "stage": _("Stage"),
        "size": _("Size"),
        "country": _("Country"),
        "website": _("Website"),
    },
    "InvitationState": {
        "not_needed": _("–"),
        "not_sent": _("Not invited yet"),
        "no_address": _("No address"),
        "waiting": _("Mail waits to be sent"),
        "sent": _("Sent"),
        "refused": _("Refused by the mail server"),
        "opened": _("Link used"),
        "yes": _("Answered yes"),
        "no": _("Answered no"),
    },
    "RowAction": {
        "create": _("New"),
        "update": _("Updated"),
        "keep_confirmed": _("Confirmed by the firm: left as it is"),
        "keep_withdrawn": _("Withdrawn: left as it is"),
        "skip_erased": _("Asked to be erased: not imported"),
    },
    "RoundStep": {
        "suggest": _("Suggestions"),
        "schedule": _("Meetings"),
        "both": _("Suggestions and meetings"),
    },
    "RoundStatus": {
        "queued": _("Waiting"),
        "computing": _("Computing"),
        "draft": _("Draft"),
        "published": _("Published"),
        "closed": _("Closed"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
    },
    "PairRuleKind": {"force": _("Must meet"), "forbid": _("Must not meet")},
    "ReviewAnswerKind": {"fits": _("Fits"), "unfit": _("Does not fit")},
    "AttendanceKind": {
        "held": _("It was held"),
        "missed": _("We did not come"),
        "no_show": _("They did not come"),
    },
    "WishKind": {"must": _("Must meet"), "meet": _("Meet"), "never": _("Never")},
    "MeetingStatus": {
        "draft": _("Draft"),
        "proposed": _("Proposed"),
        "confirmed": _("Confirmed"),
        "held": _("Held"),
        "missed": _("Missed"),
        "declined": _("Declined"),
        "cancelled": _("Cancelled"),
        "expired": _("Expired"),
    },
    "RequestStatus": {
        "open": _("Not decided yet"),
        "accepted": _("Accepted"),
        "declined": _("Declined"),
        "withdrawn": _("Withdrawn"),
        "expired": _("Expired"),
    },
    "MailTopic": {
        "wishes": _("Reminders that I have not said yet whom I want to meet"),
        "answers": _("Reminders of proposals and requests that wait for my answer"),
        "profile": _("Reminders that my profile lacks something"),
        "changes": _("A summary on days when several of my meetings changed"),
        "start": _("A reminder on the day before my meetings"),
        "invitations": _("Invitations to events in which I do not take part yet"),
    },
    "CalendarChoice": {
        "single": _(
            "When a single meeting is confirmed, moved or cancelled. The published agenda comes as one mail."
        ),
        "each": _("For every meeting, also those of the published agenda: one mail each."),
        "none": _("Never: I use the subscription or write meetings down myself."),
    },
    "MailStatus": {"pending": _("Waiting"), "sent": _("Sent"), "dead": _("Given up")},
    "LegalKind": {"imprint": _("Imprint"), "privacy": _("Privacy"), "accessibility": _("Accessibility")},
}

PLACE_PROBLEMS: dict[str, object] = {
    "no_places": _("The event has no places yet."),
    "no_video_room": _("A virtual event needs a video room."),
    "video_without_link": _("%(place)s has no link, and the event has none either."),
    "video_link_shared": _(
        "All meetings of %(place)s would share one link. Write {meeting} into it, or let it hold one meeting."
    ),
}


def place_problem(problem: PlaceProblem) -> str:
    """Why meetings cannot be published with these places, in words."""
    return str(PLACE_PROBLEMS[problem.code]) % {"place": problem.place}


def label(member: enum.StrEnum) -> str:
    """What people call this member of an enum."""
    return str(LABELS[type(member).__name__][member.value])


def kind_label(kind: str) -> str:
    """What people call a kind of organisation, given as its plain value."""
    return str(LABELS["OrganisationKind"].get(kind, kind))


def role_label(kind: str) -> str:
    """What people call a role in an event's team, given as its plain value."""
    return str(LABELS["EventRoleKind"].get(kind, kind))


def choices(kind: type[enum.StrEnum]) -> list[tuple[str, str]]:
    """All members of an enum for a select field."""
    return [(member.value, label(member)) for member in kind]


def stage_label(code: str) -> str:
    """What people call a stage, by its code; an unknown one stands as it is."""
    return label(Stage(code)) if code in list(Stage) else code


FIELD_LABELS: dict[str, object] = {
    "external_id": _("External id"),
    "name": _("Name of the organisation"),
    "kind": _("What it is"),
    "group": _("Group"),
    "country": _("Country"),
    "region": _("Region, province or state"),
    "city": _("City"),
    "website": _("Website"),
    "description": _("Description"),
    "language": _("Language of the texts"),
    "sector": _("Sector"),
    "stage": _("Stage"),
    "size": _("Size"),
    "languages": _("Languages spoken"),
    "wanted_kinds": _("Kinds of organisations wanted"),
    "wanted_text": _("Whom they want to meet"),
    "offers": _("Offers, separated by |"),
    "needs": _("Needs, separated by |"),
    "minimum": _("Meetings at least"),
    "maximum": _("Meetings at most"),
    "per_day": _("At most per day"),
    "in_a_row": _("At most in a row"),
    "pause": _("Pause between meetings, in minutes"),
}
PART_LABELS: dict[str, object] = {
    "name": _("name"),
    "email": _("e-mail address"),
    "job_title": _("job title"),
    "time_zone": _("time zone"),
    "language": _("language"),
    "title": _("title"),
    "text": _("text"),
    "topics": _("topics"),
}
NUMBERED_LABELS: dict[str, object] = {"delegate": _("Delegate"), "offer": _("Offer"), "need": _("Need")}


def field_label(name: str) -> str:
    """What people call a field of an import, such as "Offer 2: topics"."""
    if name in FIELD_LABELS:
        return str(FIELD_LABELS[name])
    what, number, part = name.split("_", 2)
    return f"{NUMBERED_LABELS[what]} {number}: {PART_LABELS[part]}"
