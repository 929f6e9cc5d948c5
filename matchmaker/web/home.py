"""The start page."""

from __future__ import annotations

from flask import Blueprint, render_template

from matchmaker.web.access import public

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def start() -> str:
    """What the service is; for a person who is logged in, their events."""
    return render_template("home/start.html")


@blueprint.get("/how-matching-works")
@public
def how_matching_works() -> str:
    """What the matching uses, what it does not, and how to stay out of it."""
    return render_template("home/how_matching_works.html")
