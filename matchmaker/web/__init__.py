"""The only HTTP: one blueprint module per noun."""

from __future__ import annotations

from flask import Flask

from matchmaker.web import account, event, home

BLUEPRINTS = (home.blueprint, account.blueprint, event.blueprint)


def register_blueprints(app: Flask) -> None:
    """Mount every noun."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
