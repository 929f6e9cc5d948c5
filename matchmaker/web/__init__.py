"""The only HTTP: one blueprint module per noun."""

from __future__ import annotations

from flask import Flask

from matchmaker.web import (
    account,
    event,
    home,
    legal_text,
    organisation,
    organisation_invitation,
    organisation_member,
    own_account,
    own_data,
    password,
    registration,
)

BLUEPRINTS = (
    home.blueprint,
    account.blueprint,
    event.blueprint,
    registration.blueprint,
    organisation.blueprint,
    organisation_member.blueprint,
    organisation_invitation.blueprint,
    own_account.blueprint,
    own_data.blueprint,
    password.blueprint,
    legal_text.blueprint,
)


def register_blueprints(app: Flask) -> None:
    """Mount every noun."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
