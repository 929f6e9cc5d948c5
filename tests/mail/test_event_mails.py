"""The wording of the mails about events: sessions of the programme, the team."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from config import Config
from matchmaker.mail.render import render
from matchmaker.models import MailStatus, OutboxMail

SNAPSHOTS = Path(__file__).parent / "snapshots"
NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
SESSION = {
    "event": "Hydrogen day <Essen>",
    "event_slug": "hydrogen-day",
    "title": "Masterclass electrolysis",
    "starts_at": "2026-11-25T15:00:00+00:00",
    "ends_at": "2026-11-25T16:00:00+00:00",
    "place": "Room 2",
}
INVITATION = {
    "event": "Hydrogen day <Essen>",
    "token": "the-token",
    "inviter": "Carla Chamber",
    "inviter_email": "carla@chamber.example",
    "role": "enabler",
    "expires_at": "2026-11-16T09:00:00+00:00",
}
MAILS: list[tuple[str, dict[str, Any]]] = [
    ("session_moved", SESSION),
    ("session_cancelled", SESSION),
    ("join_event_team", INVITATION),
]


@pytest.mark.parametrize(("kind", "arguments"), MAILS, ids=[kind for kind, _ in MAILS])
def test_mail_reads_as_its_snapshot(kind: str, arguments: dict[str, Any], config: Config) -> None:
    row = OutboxMail(
        key=kind,
        kind=kind,
        to_email="anna@acme.example",
        to_name="Anna Muster",
        language="en",
        time_zone="America/Toronto",
        arguments=arguments,
        message_id="<1@matchmaker>",
        status=MailStatus.PENDING,
        created_at=NOW,
        due_at=NOW,
    )
    mail = render(row, config)
    assert f"{mail.subject}\n\n{mail.text}" == (SNAPSHOTS / f"{kind}.txt").read_text()
    assert "<Essen>" not in mail.html
    for link in [word for word in mail.text.split() if word.startswith("http")]:
        assert link in mail.html
