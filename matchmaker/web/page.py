"""What every page needs: the frame's links, the demonstration's mark, the icons."""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_babel import get_locale
from flask_bootstrap import Bootstrap5
from flask_login import current_user

from config import Config
from matchmaker import permissions
from matchmaker.web.labels import field_label, kind_label, label, place_problem, role_label, stage_label
from matchmaker.web.language import reader_zone


def init_page(app: Flask, config: Config) -> None:
    """Attach Bootstrap's local files and the frame's variables."""
    Bootstrap5(app)
    app.add_template_global(described)
    app.add_template_filter(label)
    app.add_template_global(place_problem)
    app.add_template_global(kind_label)
    app.add_template_global(role_label)
    app.add_template_global(stage_label)
    app.add_template_global(field_label)

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "is_demo": config.is_demo,
            "base_url": config.base_url,
            "person": current_user.person if current_user.is_authenticated else None,
            "zone": reader_zone(),
            "event": g.get("event"),
            "standing": g.get("standing"),
            "can": permissions,
            "get_locale": get_locale,
            "label": label,
        }


def described(field: Any, help_text: str) -> dict[str, str]:
    """The attributes that tie a field to its help and errors for a screen reader."""
    ids = [f"{field.id}-help"] if help_text else []
    ids += [f"{field.id}-error"] if field.errors else []
    attributes = {"aria-describedby": " ".join(ids)} if ids else {}
    return {**attributes, "aria-invalid": "true"} if field.errors else attributes
