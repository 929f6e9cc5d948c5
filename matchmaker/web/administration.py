"""The installation's own pages: who may do what, organisations and their duplicates."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from matchmaker import clock
from matchmaker.errors import MatchmakerError, NotFound
from matchmaker.models import InstallationRight
from matchmaker.permissions import is_administrator
from matchmaker.services import legal_text, person_right
from matchmaker.services.organisation import search_organisations
from matchmaker.services.organisation_merge import find_duplicates
from matchmaker.web.access import acting_id, requires
from matchmaker.web.errors import put_on_form
from matchmaker.web.numbers import page_number
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("administration", __name__, url_prefix="/admin")


@blueprint.get("")
@requires(is_administrator)
def show() -> str:
    """People with an account, and what they may do."""
    text, page = request.args.get("text", ""), page_number()
    people, has_more = person_right.search_people(reading(), text=text, page=page)
    return render_template(
        "administration/people.html",
        people=people,
        text=text,
        number=page,
        has_more=has_more,
        rights=list(InstallationRight),
        missing_texts=legal_text.missing_texts(reading()),
    )


@blueprint.post("/people/<int:person_id>/rights")
@requires(is_administrator)
def change_right(person_id: int) -> ResponseReturnValue:
    """Give a right or take it back."""
    name = request.form.get("right", "")
    if name not in set(InstallationRight):
        raise NotFound()
    change = person_right.grant_right if request.form.get("is_given") == "1" else person_right.revoke_right
    try:
        with transaction() as session:
            change(
                session,
                person_id=person_id,
                right=InstallationRight(name),
                actor_id=acting_id(),
                now=clock.now(),
            )
    except NotFound:
        raise
    except MatchmakerError as error:
        put_on_form(None, error)
    else:
        flash(gettext("Saved."), "success")
    if person_id == acting_id() and name == InstallationRight.ADMINISTRATOR:
        return redirect(url_for("home.start"))
    return redirect(url_for(".show", text=request.form.get("text") or None))


@blueprint.get("/organisations")
@requires(is_administrator)
def organisations() -> str:
    """All organisations, and those that look alike."""
    text, page = request.args.get("text", ""), page_number()
    found, has_more = search_organisations(reading(), text=text, page=page)
    return render_template(
        "administration/organisations.html",
        organisations=found,
        text=text,
        number=page,
        has_more=has_more,
        duplicates=find_duplicates(reading()),
    )
