"""One form module per noun; the base strips what people type and carries the CSRF token."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


def strip(value: Any) -> Any:
    """Text without blanks around it and without NUL, which PostgreSQL refuses; anything else as it is."""
    return value.replace("\x00", "").strip() if isinstance(value, str) else value


class Form(FlaskForm):
    """Parent of every form."""

    class Meta(FlaskForm.Meta):
        """Every field strips text, passwords excepted."""

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Add the strip filter to text fields."""
            if "Password" not in unbound_field.field_class.__name__:
                filters = list(unbound_field.kwargs.get("filters", ()))
                unbound_field.kwargs["filters"] = [strip, *(f for f in filters if f is not strip)]
            return super().bind_field(form, unbound_field, options)


class CheckboxListField(SelectMultipleField):
    """Several of some choices, each with its own box: usable without JavaScript and on a phone."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
