"""What is held of the reader: to see, to take along, to erase."""

from __future__ import annotations

import json

from flask import Blueprint, Response, render_template

from matchmaker import clock
from matchmaker.permissions import is_logged_in
from matchmaker.services.own_data import export_person
from matchmaker.web.access import acting_id, requires
from matchmaker.web.limits import limit
from matchmaker.web.storage import reading

blueprint = Blueprint("own_data", __name__)


@blueprint.get("/account/own-data")
@requires(is_logged_in)
def show() -> str:
    """What is held, in words, with the ways to correct, export and erase it."""
    return render_template("account/own_data.html")


@blueprint.get("/account/own-data/export")
@requires(is_logged_in)
def export() -> Response:
    """Everything held of the reader as a JSON file."""
    limit("export", acting_id(), tries=20, minutes=60)
    found = export_person(reading(), person_id=acting_id(), now=clock.now())
    text = json.dumps(found, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="matchmaker-own-data.json"'}
    return Response(text, mimetype="application/json", headers=headers)
