"""The only HTTP: one blueprint module per noun."""

from __future__ import annotations

from flask import Flask

from matchmaker.web import account, event, home, legal_text, organisation, registration

BLUEPRINTS = (
    home.blueprint,
    account.blueprint,
    event.blueprint,
    registration.blueprint,
    organisation.blueprint,
    legal_text.blueprint,
)


def register_blueprints(app: Flask) -> None:
    """Mount every noun."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
