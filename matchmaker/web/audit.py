"""The history of an event: who did what, when, on whose behalf."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from matchmaker.models import AuditEntry, Phase
from matchmaker.permissions import is_on_team
from matchmaker.services.audit import read_history
from matchmaker.web.access import requires
from matchmaker.web.numbers import page_number, row_number
from matchmaker.web.phase_words import phase_name
from matchmaker.web.storage import reading

blueprint = Blueprint("audit", __name__)

ACTIONS: dict[str, object] = {
    "create_event": _("created the event"),
    "edit_event": _("edited the event"),
    "set_rules": _("set the rules"),
    "open_registration": _("opened registration"),
    "close_registration": _("closed registration"),
    "add_block": _("added a block of time"),
    "edit_block": _("edited a block of time"),
    "delete_block": _("deleted a block of time"),
    "add_shift": _("added a shift to a rota"),
    "edit_shift": _("edited a shift of a rota"),
    "delete_shift": _("deleted a shift of a rota"),
    "add_place": _("added a place"),
    "add_places": _("added places"),
    "edit_place": _("edited a place"),
    "delete_place": _("deleted a place"),
    "add_opening_hours": _("added opening hours"),
    "remove_opening_hours": _("removed opening hours"),
    "set_owners": _("set the owners of a place"),
    "add_group": _("added a group"),
    "edit_group": _("edited a group"),
    "delete_group": _("deleted a group"),
    "set_allowed_pairs": _("set who may meet whom"),
    "add_session": _("added a session"),
    "edit_session": _("edited a session"),
    "delete_session": _("deleted a session"),
    "attend_session": _("took a seat in a session"),
    "leave_session": _("gave back a seat in a session"),
    "call_off_session": _("called a roundtable off"),
    "move_session": _("moved a roundtable or masterclass that lost its place or slot"),
    "let_session_stay": _("let a roundtable stay with fewer guests than its least"),
    "give_seat": _("gave a freed seat to the waiting list"),
    "wish_seat": _("said that they would like a seat in a session"),
    "take_back_seat_wish": _("took back a wish for a seat"),
    "add_topic": _("added a topic"),
    "edit_topic": _("edited a topic"),
    "delete_topic": _("deleted a topic"),
    "import_topics": _("imported topics"),
    "invite_to_team": _("invited to the team"),
    "take_back_team_invitation": _("took back an invitation to the team"),
    "join_team": _("joined the team"),
    "change_role": _("changed a role in the team"),
    "remove_from_team": _("removed somebody from the team"),
    "register": _("registered"),
    "add_firm": _("added a firm by hand"),
    "approve": _("approved a participation"),
    "withdraw": _("withdrew a participation"),
    "opt_out": _("asked not to be suggested"),
    "opt_in": _("asked to be suggested again"),
    "include_unconfirmed": _("included a participation that is not confirmed"),
    "exclude_unconfirmed": _("excluded a participation that is not confirmed"),
    "invite": _("sent an invitation"),
    "remind": _("sent a reminder of an invitation"),
    "accept_invitation": _("accepted an invitation"),
    "erase_invited": _("erased an invited firm that said no"),
    "take_back_invitation": _("took back an invitation"),
    "edit_profile": _("edited a profile"),
    "set_limits": _("set how many meetings"),
    "change_group": _("changed the group"),
    "merge": _("merged two organisations"),
    "add_entry": _("added an offer or a need"),
    "edit_entry": _("edited an offer or a need"),
    "remove_entry": _("removed an offer or a need"),
    "move_entry": _("moved an offer or a need"),
    "add_delegate": _("added a delegate"),
    "correct_delegate": _("corrected a delegate"),
    "remove_delegate": _("removed a delegate"),
    "say_wish": _("said whom they want to meet"),
    "take_back_wish": _("took back what they said of a partner"),
    "state_availability": _("stated availability"),
    "import_participants": _("imported participants"),
    "queue_round": _("asked for a round"),
    "finish_round": _("finished computing a round"),
    "fail_round": _("stopped a round with an error"),
    "cancel_round": _("cancelled a round"),
    "open_suggestions": _("opened suggestions"),
    "pass_gate": _("went into a phase"),
    "go_back": _("went back from a phase"),
    "set_gate_date": _("set the date of a phase"),
    "undo_change": _("undid a change"),
    "send_now": _("let mails go at once"),
    "open_review": _("opened the review of a draft"),
    "answer_review": _("answered in the review"),
    "choose_round": _("chose a draft"),
    "use_tidy": _("tidied a draft"),
    "force_pair": _("wants two to meet"),
    "forbid_pair": _("does not want two to meet"),
    "free_pair": _("left a pair to the round again"),
    "publish_round": _("published a round"),
    "repair_round": _("repaired a round"),
    "write_passage": _("wrote a passage of the mails"),
    "lock_meetings": _("locked meetings of a draft"),
    "unlock_meetings": _("unlocked meetings of a draft"),
    "propose_weights": _("proposed weights of the matching"),
    "choose_weights": _("chose weights of the matching"),
    "accept": _("accepted a meeting"),
    "decline": _("declined a meeting"),
    "cancel": _("cancelled a meeting"),
    "expire_meeting": _("let a proposed meeting expire"),
    "state_attendance": _("said what became of a meeting"),
    "rate_meeting": _("said how useful a meeting was"),
    "settle_meeting": _("settled what became of a meeting"),
    "move": _("moved a meeting"),
    "switch_delegate": _("switched a delegate of a meeting"),
    "ask": _("asked for a meeting"),
    "ask_to_move": _("asked for another time of a meeting"),
    "counter_request": _("proposed something else to a request"),
    "offer_slot": _("offered a freed slot to the waiting list"),
    "answer_from_mail": _("answered from a mail"),
    "accept_request": _("accepted a request"),
    "decline_request": _("declined a request"),
    "withdraw_request": _("withdrew a request"),
    "expire_request": _("let a request expire"),
}
# which of an entry's details names the thing, the first that is there
NAMES = ("name", "title", "label", "email", "organisation", "number")


@blueprint.get("/events/<event_slug>/history")
@requires(is_on_team)
def index(event_slug: str) -> ResponseReturnValue:
    """All changes of the event, the latest first, fifty a page; of one person where asked."""
    history = read_history(
        reading(),
        event_id=g.event.id,
        page=page_number(),
        actor_id=request.args.get("person", type=row_number),
    )
    return render_template(
        "audit/index.html",
        history=history,
        person_id=request.args.get("person", type=row_number),
        action_words=action_words,
        thing_of=thing_of,
    )


def action_words(entry: AuditEntry) -> str:
    """What was done, in words; an action without words of its own by its code."""
    return str(ACTIONS.get(entry.action) or entry.action.replace("_", " "))


def thing_of(entry: AuditEntry) -> str:
    """The name of what was changed, as it was then."""
    if entry.subject == "phase":
        return phase_name(Phase(entry.details["phase"]))
    return next((str(entry.details[name]) for name in NAMES if entry.details.get(name)), "")
