"""What a mail says, held as files: `<name>.txt` in English, `<name>.de.txt` in German."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from config import Config
from matchmaker.mail.render import render
from matchmaker.models import MailStatus, OutboxMail

SNAPSHOTS = Path(__file__).parent / "snapshots"
NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
SUFFIXES = {"en": ".txt", "de": ".de.txt"}


def make_mail(kind: str, arguments: dict[str, Any], *, language: str = "en", **values: Any) -> OutboxMail:
    """A mail of this kind to Anna Muster in Toronto, as the outbox would hold it."""
    return OutboxMail(
        **{
            "key": kind,
            "kind": kind,
            "to_email": "anna@acme.example",
            "to_name": "Anna Muster",
            "language": language,
            "time_zone": "America/Toronto",
            "arguments": arguments,
            "message_id": "<1@matchmaker>",
            "status": MailStatus.PENDING,
            "created_at": NOW,
            "due_at": NOW,
            **values,
        }
    )


def check_wording(kind: str, snapshot: str, arguments: dict[str, Any], config: Config) -> None:
    """The mail reads as its two snapshots do, and every link of the text stands in the HTML too."""
    for language, suffix in SUFFIXES.items():
        mail = render(make_mail(kind, arguments, language=language), config)
        assert f"{mail.subject}\n\n{mail.text}" == (SNAPSHOTS / f"{snapshot}{suffix}").read_text()
        assert "prefers-color-scheme: dark" in mail.html
        for link in [word for word in mail.text.split() if word.startswith("http")]:
            assert link.replace("&", "&amp;") in mail.html
