"""What a participation is suggested and what it wishes; with nothing of what others wish."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matchmaker import clock
from matchmaker.errors import MatchmakerError
from matchmaker.models import Participation, ParticipationStatus, WishKind
from matchmaker.permissions import can_say_wishes
from matchmaker.services.suggestion import (
    Shown,
    opened_round,
    own_wishes,
    read_others,
    read_suggestions,
)
from matchmaker.services.wish import read_musts, say_wish
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import sentence
from matchmaker.web.numbers import page_number, row_number
from matchmaker.web.reasons import fit_number, fit_word, reason_words
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("suggestion", __name__, url_prefix="/events/<event_slug>/participations")


@blueprint.get("/<int:participation_id>/suggestions")
@requires(can_say_wishes, of="participation_id")
def index(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """The participation's list, in the order of fit."""
    session, participation = reading(), _participation()
    round_ = opened_round(session, event_id=g.event.id)
    if round_ is None:
        wishes = len(own_wishes(session, participation=participation))
        return render_template("suggestion/none.html", participation=participation, wishes=wishes)
    shown, search, page = _asked()
    found = read_suggestions(
        session, participation=participation, round_=round_, shown=shown, search=search, page=page
    )
    return render_template(
        "suggestion/index.html",
        participation=participation,
        round=round_,
        found=found,
        shown=shown,
        search=search,
        choices=Shown,
        is_over=round_.wishes_until is not None and round_.wishes_until <= clock.now(),
        **_words(),
    )


@blueprint.get("/<int:participation_id>/others")
@requires(can_say_wishes, of="participation_id")
def others(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Everybody whom the participation may meet, for wishes beyond its list."""
    _shown, search, page = _asked()
    found = read_others(reading(), participation=_participation(), search=search, page=page)
    return render_template(
        "suggestion/others.html", participation=_participation(), found=found, search=search, **_words()
    )


@blueprint.post("/<int:participation_id>/wishes")
@requires(can_say_wishes, of="participation_id")
def wish(event_slug: str, participation_id: int) -> ResponseReturnValue:
    """Say must, meet or never of another, or take it back; leads back to where the button stood."""
    other_id = request.form.get("other_id", type=row_number) or 0
    kinds = {kind.value: kind for kind in WishKind}
    is_own = participation_id in g.standing.managed | g.standing.delegated
    try:
        with transaction() as session:
            say_wish(
                session,
                participation=session.get_one(Participation, participation_id),
                other_id=other_id,
                kind=kinds.get(request.form.get("kind", "")),
                actor_id=acting_id(),
                now=clock.now(),
                behalf_of_id=None if is_own else participation_id,
            )
    except MatchmakerError as error:
        flash(sentence(error), "danger")
    page = "suggestion.others" if request.form.get("from") == "others" else "suggestion.index"
    shown, search, number = _asked()
    return redirect(
        url_for(
            page,
            event_slug=event_slug,
            participation_id=participation_id,
            page=number if number > 1 else None,
            show=shown.value if shown != Shown.ALL else None,
            search=search or None,
            _anchor=f"p{other_id}",
        )
    )


def _participation() -> Participation:
    return cast(Participation, g.subject)


def _asked() -> tuple[Shown, str, int]:
    """What part of the list, which words, which page: from the form of a button, else from the address."""
    values = request.form if request.method == "POST" else request.args
    known = {member.value: member for member in Shown}
    search = " ".join(values.get("search", "").replace("\x00", "").split())[:100]
    return known.get(values.get("show", ""), Shown.ALL), search, page_number()


def _words() -> dict[str, object]:
    """The functions with which a card speaks."""
    return {
        **reason_words(),
        "fit_word": fit_word,
        "fit_number": fit_number,
        "is_in_rounds": _participation().status == ParticipationStatus.APPROVED,
        "musts": read_musts(reading(), participation=_participation()),
    }
