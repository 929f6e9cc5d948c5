"""Turns a row of the outbox into subject, text and HTML, in the person's language and zone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config import ROOT, Config
from matchmaker.mail.passage import as_html, fill
from matchmaker.mail.unsubscribe import unsubscribe_link
from matchmaker.models import OutboxMail
from matchmaker.translations import spoken, translations


@dataclass(frozen=True)
class RenderedMail:
    """What a person reads."""

    subject: str
    text: str
    html: str


def render(mail: OutboxMail, config: Config, *, passage: str = "") -> RenderedMail:
    """Render the mail's templates in templates/emails/<kind>; a missing argument is an error.

    `passage` is what the organiser adds to mails of this kind.
    """
    language = spoken(mail.language)
    environment = _environment(language)
    variables = {
        **mail.arguments,
        "to_name": mail.to_name,
        "language": language,
        "zone": mail.time_zone,
        "base_url": config.base_url,
        "is_demo": config.is_demo,
        "unsubscribe": unsubscribe_link(mail, config),
    }
    values = _placeholders(mail)
    subject = environment.get_template(f"{mail.kind}/subject.txt").render(variables).strip()
    text = environment.get_template(f"{mail.kind}/body.txt").render(variables, subject=subject)
    end = environment.get_template("_end.txt").render(variables, passage=fill(passage, values))
    html = environment.get_template(f"{mail.kind}/body.html").render(
        variables, subject=subject, passage=as_html(passage, values)
    )
    whole = "\n\n".join(part.strip() for part in (text, end) if part.strip()) + "\n"
    return RenderedMail(" ".join(subject.split()), whole, _inliner.inline(html))


# what depends on the reader's screen (dark, narrow) cannot be written at the elements and stays above
_inliner = css_inline.CSSInliner(keep_at_rules=True)


def _placeholders(mail: OutboxMail) -> dict[str, str]:
    """What a passage can name; every kind that takes one knows its event."""
    event = mail.arguments.get("event_name") or mail.arguments.get("event") or ""
    return {"name": mail.to_name, "event": event, "organiser": mail.arguments.get("organiser_name") or event}


@lru_cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "emails"),
        autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]

    def moment(value: str, zone: str) -> str:
        local = dt.datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        date = format_date(local, format="full", locale=language)
        return f"{date}, {format_time(local, format='HH:mm', locale=language)} ({zone_city(zone)})"

    def time_only(value: str, zone: str) -> str:
        local = dt.datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        return format_time(local, format="HH:mm", locale=language)

    def span(start: str, end: str, zone: str) -> str:
        return moment(start, zone).replace(" (", f"–{time_only(end, zone)} (", 1)

    def full_date(value: str) -> str:
        return format_date(dt.date.fromisoformat(value), format="full", locale=language)

    filters: dict[str, Any] = {
        "moment": moment,
        "span": span,
        "time_only": time_only,
        "zone_city": zone_city,
        "full_date": full_date,
    }
    environment.filters.update(filters)
    return environment


def zone_city(zone: str) -> str:
    """A zone as people call it: its city."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")
